// SPDX-License-Identifier: MIT
import * as wholePackage from '../../js/index.js';
import * as heapletPackage from '../../js/slim.js';
import { runProgram } from '../js/program.mjs';

addEventListener('message', async ({ data }) => {
  const entry = data === '/heaplet.wasm' ? wholePackage : heapletPackage;
  postMessage(await runProgram(entry, data).catch((error) => `${error.stack}`));
});
