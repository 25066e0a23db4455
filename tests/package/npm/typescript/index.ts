// SPDX-License-Identifier: MIT
import { drop, loadHeaplet, text, type Box, type Heaplet, type Rc } from 'heaplet';
import { loadHeap } from 'heaplet/raw';
import * as slim from 'heaplet/slim';

const heaplet: Heaplet = await loadHeaplet({ diagnostics: 'full' });
const box: Box<number> = heaplet.box('i32', 41);
box.value += 1;
const name: Rc<string> = heaplet.rc(text, 'shared');
const length: number = name.value.length;
const other: slim.Heaplet = await slim.loadHeaplet();
const whole = await loadHeaplet();
const free: number = new whole.module.Heap(1000).stats().freeBytes;
// @ts-expect-error: no such class
new whole.module.Hoop();
const address: number = (await loadHeap()).create(8).address;
name.drop();
drop(box);
// @ts-expect-error: dropped
box.value;
console.log(length, other.liveValues().length, free, address);
