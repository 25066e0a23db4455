// SPDX-License-Identifier: MIT
// For bundlers that do not follow `new URL(…, import.meta.url)` into a package.
import wasm from 'heaplet/heaplet.wasm';
import { program } from '../program.js';

document.body.textContent = await program({ wasm: new URL(wasm, import.meta.url) });
