// SPDX-License-Identifier: MIT
import * as heapletPackage from '../../js/raw.js';
import { runProgram } from '../js/program.mjs';

addEventListener('message', async ({ data }) => {
  postMessage(await runProgram(heapletPackage, data).catch((error) => `${error.stack}`));
});
