// SPDX-License-Identifier: MIT
// npm run programs: sets up what is missing, builds, and runs real programs on heaplet's memory.
//
//   npm run programs                 in full: about a minute once everything is built
//   npm run programs -- --check      the same on small inputs; exits 0 only if every result is right
//   npm run programs -- --programs=lua --allocators=heaplet,dlmalloc --rounds=9
//
// HEAPLET_EMSCRIPTEN chooses the Emscripten, HEAPLET_CACHE the folder for what is downloaded.

import { parseArgs } from 'node:util';
import { mainJob } from '../tests/programs/main-job.mjs';
import { table } from '../tests/programs/table.mjs';
import { ScriptError, main } from './run.mjs';

await main(import.meta, (args) => runPrograms(options(args)));

/** Prints the table; throws a ScriptError if a result is wrong. */
export async function runPrograms({ check, programs, allocators, rounds }) {
  const rows = await mainJob({ short: check, rounds, allocators, only: programs });
  console.log(`\n${table(rows)}\n`);
  const wrong = rows.filter(({ problem }) => problem !== null);
  for (const { program, allocator, problem } of wrong) {
    console.log(`${program} on ${allocator}: ${problem}`);
  }
  if (wrong.length > 0) {
    throw new ScriptError(`${wrong.length} of ${rows.length} results are wrong (see above)`);
  }
  console.log(`all ${rows.length} results are equal`);
}

function options(args) {
  const type = 'string';
  const known = {
    check: { type: 'boolean' },
    programs: { type },
    allocators: { type },
    rounds: { type },
  };
  try {
    const { values } = parseArgs({ args, options: known });
    const rounds = values.rounds && Number(values.rounds);
    if (rounds !== undefined && !(rounds >= 1)) throw new Error(`--rounds=${values.rounds}`);
    return {
      check: values.check ?? false,
      programs: values.programs?.split(','),
      allocators: values.allocators?.split(','),
      rounds,
    };
  } catch (error) {
    throw new ScriptError(
      error.message,
      'see the first lines of scripts/programs.mjs for the options',
    );
  }
}
