// SPDX-License-Identifier: MIT
import { program } from '../program.js';

document.body.textContent = await program();
