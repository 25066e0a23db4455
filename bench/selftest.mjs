// SPDX-License-Identifier: MIT
// Shows that the judge can say no: allocators wrong on purpose and traces spoiled on purpose.

import { join } from 'node:path';
import { linkReplay } from './build.mjs';
import { buildFolder } from './lib/compile.mjs';
import { loadReplay } from './lib/node.mjs';
import { TraceError, TraceWriter, decodeTrace } from '../js/sight/trace.js';

/** What each fault of limits/faulty.c must be found as. */
const faults = [
  { fault: 'kNoFault', found: undefined },
  { fault: 'kOverlap', found: /mark was lost|lost their marks/ },
  { fault: 'kDirtyCalloc', found: /not zero/ },
  { fault: 'kMisaligned', found: /misaligned/ },
  { fault: 'kForgetfulRealloc', found: /mark was lost/ },
  { fault: 'kScribbleOnFree', found: /mark was lost|lost their marks/ },
];

/** A few of everything, most of it still live at the end. */
function smallTrace() {
  const writer = new TraceWriter({ name: 'self-test', kind: 'synthetic' });
  const blocks = [];
  for (let n = 0; n < 40; n++) {
    blocks.push(writer.malloc(24 + n), writer.calloc(40), writer.aligned(64, 100));
    blocks.push(writer.realloc(writer.reallocNew(20), 60));
    if (n % 3 === 0) writer.free(blocks.shift());
  }
  return writer.finish();
}

async function faultResult(compiler, { fault, found }, trace) {
  const object = await compiler.object('bench/limits/faulty.c', [
    '-O2',
    '-fno-builtin',
    '-w',
    `-DFAULT=${fault}`,
  ]);
  const module = join(buildFolder, 'replay', `faulty-${fault}.mjs`);
  const built = await linkReplay(
    compiler,
    { name: `faulty (${fault})`, malloc: 'none' },
    [object],
    module,
    [],
  );
  const instance = await (await loadReplay(built)).instance();
  let message;
  try {
    instance.pass(trace);
    instance.freeAll(trace);
  } catch (error) {
    message = error.message;
  }
  const within = found ? found.test(message ?? '') : message === undefined;
  const wanted = found ? 'is noticed' : 'is not accused';
  return { within, text: `an allocator with ${fault} ${wanted}: ${message ?? 'no complaint'}` };
}

function refusal(what, bytes) {
  try {
    decodeTrace(bytes);
    return { within: false, text: `a trace with ${what} is refused: it was accepted` };
  } catch (error) {
    const within = error instanceof TraceError;
    return { within, text: `a trace with ${what} is refused: ${error.message}` };
  }
}

const changed = (bytes, at, value) => bytes.map((byte, index) => (index === at ? value : byte));

/** @returns {Promise<Array<{within: boolean, text: string}>>} */
export async function selfTest(compiler) {
  const bytes = smallTrace();
  const trace = decodeTrace(bytes);
  const results = [];
  for (const fault of faults) results.push(await faultResult(compiler, fault, trace));

  const first = bytes.indexOf(0x7d) + 1; // the first event follows the description's last brace
  const end = bytes.length;
  results.push(
    refusal('another magic', changed(bytes, 0, 0)),
    refusal('a later version', changed(bytes, 4, 9)),
    refusal('an unknown operation', changed(bytes, first, 0x47)),
    refusal('a free of nothing', changed(bytes, first, 1)),
    refusal('its end cut off', bytes.subarray(0, end - 8)),
    refusal('bytes after its end', new Uint8Array([...bytes, 0])),
    refusal('a wrong count', changed(bytes, end - 1, bytes[end - 1] ^ 1)),
  );
  return results;
}
