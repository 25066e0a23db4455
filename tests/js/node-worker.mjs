// SPDX-License-Identifier: MIT
import { parentPort, workerData } from 'node:worker_threads';
import * as heapletPackage from '../../js/slim.js';
import { runProgram } from './program.mjs';

parentPort.postMessage(await runProgram(heapletPackage, workerData));
