// SPDX-License-Identifier: MIT
import { program } from './resolved.js';

addEventListener('message', (event) => {
  const answer = (line) => event.source.postMessage(line);
  event.waitUntil(program().then(answer, (error) => answer(`error: ${error.message}`)));
});
