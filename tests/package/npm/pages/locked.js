// SPDX-License-Identifier: MIT
import { program } from './resolved.js';

document.body.textContent = await program();
