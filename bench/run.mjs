// SPDX-License-Identifier: MIT
// The bench's command line; `node bench/run.mjs --help` says what it can do.

import { parseArgs } from 'node:util';
import { ScriptError, main } from '../scripts/run.mjs';
import { allocatorNamed } from './allocators.mjs';
import { check } from './check.mjs';
import { full, reportCollected } from './full.mjs';
import { loadTrace, recordedNames } from './lib/node.mjs';
import { quick } from './quick.mjs';
import { syntheticNames } from './synthetic.mjs';

const help = `node bench/run.mjs [--processes n] [--rounds n] [--no-browsers]
                  everything: bench/results/*.csv and docs/BENCHMARKS.md; wants a quiet machine
  --processes     per Node and browser; default 3
  --rounds        interleaved samples in each; default 5
node bench/run.mjs --report
                  the same files again from what was measured last
node bench/run.mjs --quick [--memory-only] [--allocators a,b] [--traces x,y] [--rounds n] [--passes n]
  --quick         tables on the terminal, for a loop of change and measure
  --memory-only   only what is exact: the heap's top against peak live bytes
  --allocators    default: heaplet,dlmalloc,emmalloc,mimalloc; all are in allocators.mjs
  --traces        names, or recorded (the default), or synthetic
  --rounds        interleaved samples of the time; default 3
  --passes        passes in one heap of which the last is shown; default 3
node bench/run.mjs --check [--update]
  --check         memory, code bytes and operation counts against budgets.json, in ten seconds
  --update        make what is measured the budgets`;

const options = {
  help: { type: 'boolean' },
  quick: { type: 'boolean' },
  check: { type: 'boolean' },
  update: { type: 'boolean' },
  'memory-only': { type: 'boolean' },
  'no-browsers': { type: 'boolean' },
  report: { type: 'boolean' },
  allocators: { type: 'string', default: 'heaplet,dlmalloc,emmalloc,mimalloc' },
  traces: { type: 'string', default: 'recorded' },
  rounds: { type: 'string' },
  processes: { type: 'string' },
  passes: { type: 'string' },
};

function parse(args) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new ScriptError(error.message, 'node bench/run.mjs --help lists the options');
  }
}

function number(values, option, fallback) {
  const value = Number(values[option] ?? fallback);
  if (Number.isInteger(value) && value > 0) return value;
  throw new ScriptError(`--${option} ${values[option]}: wants a whole number above zero`);
}

function chosenTraces(list) {
  const recorded = recordedNames();
  const sets = { recorded, synthetic: syntheticNames };
  const names = list.split(',').flatMap((name) => sets[name] ?? [name]);
  const known = [...recorded, ...syntheticNames];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names.map(loadTrace);
  throw new ScriptError(`no such trace: ${unknown.join(', ')}\n  there are ${known.join(', ')}`);
}

await main(import.meta, async (args) => {
  const values = parse(args);
  if (values.help) {
    console.log(help);
  } else if (values.check) {
    if (!(await check({ update: values.update }))) process.exitCode = 1;
  } else if (values.quick) {
    const failures = await quick({
      names: values.allocators.split(',').map((name) => allocatorNamed(name).name),
      traces: chosenTraces(values.traces),
      rounds: number(values, 'rounds', 3),
      passes: number(values, 'passes', 3),
      memoryOnly: values['memory-only'],
    });
    if (failures > 0) process.exitCode = 1;
  } else if (values.report) {
    await reportCollected();
  } else {
    await full({
      processes: number(values, 'processes', 3),
      rounds: number(values, 'rounds', 5),
      browsers: !values['no-browsers'],
    });
  }
});
