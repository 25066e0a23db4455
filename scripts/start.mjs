// SPDX-License-Identifier: MIT
// npm start: sets up what is missing, builds the demo page and serves it until it is stopped.
//
//   npm start                 prints the address
//   npm start -- --port=8080  on another port than a free one near 4173
//   npm start -- --check      runs the real programs on small inputs, loads the page in a headless
//                             browser, and exits; 0 only if all is well
//
// HEAPLET_EMSCRIPTEN chooses the Emscripten, HEAPLET_CACHE the folder for what is downloaded.

import { parseArgs } from 'node:util';
import { checkPage } from '../tests/demo/check-page.mjs';
import { buildDemo } from '../web-demo/build.mjs';
import { serveDemo } from '../web-demo/serve.mjs';
import { runPrograms } from './programs.mjs';
import { ScriptError, main } from './run.mjs';

await main(import.meta, async (args) => {
  const { check, port } = options(args);
  if (check) await runPrograms({ check });
  await buildDemo();
  const server = await serveDemo({ port });
  if (!check) return console.log(`\nheaplet's page is at ${server.url}\nCtrl+C ends it.`);
  try {
    console.log(await checkPage(server.url));
  } finally {
    await server.close();
  }
});

function options(args) {
  const known = { check: { type: 'boolean' }, port: { type: 'string' } };
  try {
    const { values } = parseArgs({ args, options: known });
    const port = Number(values.port ?? 0);
    if (!Number.isInteger(port) || port < 0 || port > 65535)
      throw new Error(`--port=${values.port}`);
    return { check: values.check ?? false, port };
  } catch (error) {
    throw new ScriptError(
      error.message,
      'see the first lines of scripts/start.mjs for the options; npm run programs has the table',
    );
  }
}
