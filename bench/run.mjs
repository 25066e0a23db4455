// SPDX-License-Identifier: MIT
// The bench's command line; `node bench/run.mjs --help` says what it can do.

import { parseArgs } from 'node:util';
import { allocatorNamed } from './allocators.mjs';
import { check } from './check.mjs';
import { loadTrace, recordedNames } from './lib/node.mjs';
import { syntheticNames } from './synthetic.mjs';
import { quick } from './quick.mjs';

const help = `node bench/run.mjs [--processes n] [--rounds n] [--no-browsers]
                  everything: bench/results/*.csv and docs/BENCHMARKS.md; wants a quiet machine
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

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    quick: { type: 'boolean' },
    check: { type: 'boolean' },
    update: { type: 'boolean' },
    'memory-only': { type: 'boolean' },
    'no-browsers': { type: 'boolean' },
    allocators: { type: 'string', default: 'heaplet,dlmalloc,emmalloc,mimalloc' },
    traces: { type: 'string' },
    rounds: { type: 'string' },
    processes: { type: 'string', default: '3' },
    passes: { type: 'string', default: '3' },
  },
});

if (values.help) {
  console.log(help);
  process.exit(0);
}
if (values.check) process.exit((await check({ update: values.update })) ? 0 : 1);
if (!values.quick) {
  const { full } = await import('./full.mjs');
  await full({
    processes: Number(values.processes),
    rounds: Number(values.rounds ?? 5),
    browsers: !values['no-browsers'],
  });
  process.exit(0);
}

const names = values.allocators.split(',').map((name) => allocatorNamed(name).name);
const recorded = recordedNames();
const known = [...recorded, ...syntheticNames];
const traceNames = (values.traces ?? 'recorded')
  .split(',')
  .flatMap((name) =>
    name === 'recorded' ? recorded : name === 'synthetic' ? syntheticNames : [name],
  );
const unknown = traceNames.filter((name) => !known.includes(name));
if (unknown.length)
  throw new Error(`no such trace: ${unknown.join(', ')}; there are ${known.join(', ')}`);

process.exitCode = (await quick({
  names,
  traces: traceNames.map(loadTrace),
  rounds: Number(values.rounds ?? 3),
  passes: Number(values.passes),
  memoryOnly: values['memory-only'],
}))
  ? 1
  : 0;
