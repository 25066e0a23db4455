// SPDX-License-Identifier: MIT
import { drop, loadHeaplet, text, type Box, type Heaplet, type Rc } from 'heaplet';
import * as raw from 'heaplet/raw';

const heaplet: Heaplet = await loadHeaplet({ diagnostics: 'full' });
const box: Box<number> = heaplet.box('i32', 41);
box.value += 1;
const name: Rc<string> = heaplet.rc(text, 'shared');
const length: number = name.value.length;
const other: raw.Heaplet = await raw.loadHeaplet();
name.drop();
drop(box);
// @ts-expect-error: dropped
box.value;
console.log(length, other.liveValues().length);
