// SPDX-License-Identifier: MIT
// The module for wasm64: a value past 4 GiB.
import { bytes, loadHeaplet } from 'heaplet/slim';

const heaplet = await loadHeaplet({ wasm: import.meta.resolve('heaplet/heaplet-wasm64.wasm') });
for (let gib = 0; gib < 5; gib++) heaplet.unsafe.allocate(2 ** 30);
const box = heaplet.box(bytes, 2 ** 20);
box.value.set(2 ** 20 - 1, 42);
console.log(box.value.at(2 ** 20 - 1), heaplet.unsafe.addressOf(box) > 5 * 2 ** 30);
box.drop();
