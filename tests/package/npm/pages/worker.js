// SPDX-License-Identifier: MIT
import { program } from './resolved.js';

postMessage(await program());
