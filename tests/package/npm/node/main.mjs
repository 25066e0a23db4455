// SPDX-License-Identifier: MIT
import { program } from './program.js';

console.log(await program());
