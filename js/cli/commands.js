// SPDX-License-Identifier: MIT
// What the command line can do: the one list that help, parsing and running read.

import { FORMATS } from '../sight/exporters/index.js';
import { VALUES } from '../sight/report.js';
import { attachCommand } from './attach.js';
import { convertCommand, diffCommand, reportCommand } from './files.js';
import { ALLOCATORS, compareCommand, replayCommand } from './replay.js';
import { recordCommand, runCommand } from './run.js';
import { serveCommand } from './serve.js';
import { SYMBOL_OPTIONS } from './symbols.js';

const format = {
  type: 'string',
  value: 'NAME',
  among: FORMATS.map(({ name }) => name),
  about: `instead of the one that FILE ends like: ${FORMATS.map(({ name }) => name).join(', ')}`,
};
const top = { type: 'number', value: 'N', about: 'rows of each table (10)' };
const mode = {
  type: 'string',
  value: 'MODE',
  among: ['exact', 'sites', 'sampled', 'off'],
  about: 'exact: every block, with its stack (the default); sites: the calling line; sampled: some',
};
const wholeStacks = { type: 'boolean', about: 'print stacks to their end' };
const replayOptions = {
  rounds: { type: 'number', value: 'N', about: 'how often; medians are shown' },
  modules: { type: 'string', value: 'DIR', about: 'replay modules of your own' },
};

export const COMMANDS = [
  {
    name: 'run',
    summary: 'run a program and say what its memory did',
    usage: 'heaplet run [options] app.mjs [arguments of the program]',
    about: [
      'Runs a program in Node and prints what holds memory, what churns, why memory grew and what',
      'leaked. The program must be linked with heaplet::profiler; it needs no other change.',
      '',
      'Exits with the code of the program; else with 3 if a limit was broken.',
    ],
    runsProgram: true,
    positionals: [1, 1],
    options: {
      profile: { type: 'string', short: 'o', value: 'FILE', about: 'write the profile to FILE' },
      format,
      mode,
      'sampling-bytes': { type: 'bytes', value: 'SIZE', about: 'mean distance of samples (512k)' },
      'fail-on-leak': { type: 'boolean', about: 'exit with 3 if nothing points at a live block' },
      'max-bytes': { type: 'bytes', value: 'SIZE', about: 'exit with 3 if more was live at once' },
      'max-memory': {
        type: 'bytes',
        value: 'SIZE',
        about: 'exit with 3 if linear memory is larger',
      },
      listen: { type: 'boolean', about: 'let `heaplet attach` watch' },
      top,
      'whole-stacks': wholeStacks,
      ...SYMBOL_OPTIONS,
    },
    run: runCommand,
  },
  {
    name: 'record',
    summary: 'write down every operation of a program',
    usage: 'heaplet record [-o out.trace] app.mjs [arguments of the program]',
    about: ['Runs a program and writes a trace of its allocator: what replay and compare read.'],
    runsProgram: true,
    positionals: [1, 1],
    options: {
      output: { type: 'string', short: 'o', value: 'FILE', about: 'the trace (app.trace)' },
      mode: { ...mode, among: ['exact', 'sites'] },
    },
    run: recordCommand,
  },
  {
    name: 'replay',
    summary: 'carry out a trace on one allocator',
    usage: 'heaplet replay [options] app.trace',
    about: ['Carries out the operations of a trace in WebAssembly, and checks every block.'],
    positionals: [1, 1],
    options: {
      allocator: { type: 'string', value: 'NAME', among: ALLOCATORS, about: ALLOCATORS.join(', ') },
      ...replayOptions,
    },
    run: replayCommand,
  },
  {
    name: 'compare',
    summary: 'your program on four mallocs',
    usage: 'heaplet compare [options] app.trace | app.mjs [arguments of the program]',
    about: [
      "Carries out a trace on heaplet's malloc and on Emscripten's three, in turns, each time in a",
      'fresh memory. A program is recorded first.',
    ],
    runsProgram: true,
    positionals: [1, 1],
    options: replayOptions,
    run: compareCommand,
  },
  {
    name: 'report',
    summary: 'print what a profile says',
    usage: 'heaplet report [options] file.heaplet.json | app.trace',
    about: [
      'Prints the tables that `heaplet run` prints, from a file that it wrote, or from a trace. Names and',
      'lines are those of a .wasm of the same build in the folder of the file or in this one.',
    ],
    positionals: [1, 1],
    options: { top, 'whole-stacks': wholeStacks, ...SYMBOL_OPTIONS },
    run: reportCommand,
  },
  {
    name: 'diff',
    summary: 'compare two profiles',
    usage: 'heaplet diff [options] before after',
    about: ['Prints by stack what the second profile has more than the first, and what less.'],
    positionals: [2, 2],
    options: {
      value: {
        type: 'string',
        value: 'NAME',
        among: Object.keys(VALUES),
        about: 'which bytes (live)',
      },
      'max-growth': { type: 'bytes', value: 'SIZE', about: 'exit with 3 if more was added' },
      top: { ...top, about: 'rows (20)' },
      ...SYMBOL_OPTIONS,
    },
    run: diffCommand,
  },
  {
    name: 'convert',
    summary: 'write a profile for another viewer',
    usage: 'heaplet convert [options] file.heaplet.json out.massif',
    about: [
      'The format is the one that the name of the output ends like:',
      '',
      ...FORMATS.map(
        ({ name, endings, opensIn }) =>
          `  ${name.padEnd(12)} ${endings.join(', ').padEnd(20)} ${opensIn}`,
      ),
    ],
    positionals: [2, 2],
    options: {
      format,
      value: {
        type: 'string',
        value: 'NAME',
        among: ['live', 'peak', 'allocated'],
        about: 'which bytes, of collapsed and heapprofile (live)',
      },
      snapshot: { type: 'string', value: 'LABEL', about: 'which one, of heapsnapshot (the last)' },
      ...SYMBOL_OPTIONS,
    },
    run: convertCommand,
  },
  {
    name: 'serve',
    summary: 'show a profile, a trace or your program on a page',
    usage: 'heaplet serve [options] [file.heaplet.json | app.trace | folder]',
    about: [
      'Serves a page to the browser of this machine, until it is ended. It shows what `report` prints,',
      'and plays traces on four allocators. A folder is served beside it: pages in it whose programs call',
      'announce() of heaplet/sight can be watched.',
    ],
    positionals: [0, 1],
    options: {
      port: { type: 'number', value: 'N', about: 'another than a free one' },
      'no-open': { type: 'boolean', about: 'print the address alone, start no browser' },
      page: {
        type: 'string',
        value: 'DIR',
        about: 'a page of your own: what `npm run demo:build` made',
      },
      ...SYMBOL_OPTIONS,
    },
    run: serveCommand,
  },
  {
    name: 'attach',
    summary: 'watch a running program',
    usage: 'heaplet attach [options] [process id]',
    about: [
      'Shows the figures of a program that was started with `heaplet run --listen`; with --profile writes',
      'what it holds now, and what points at it. Programs on pages are watched on the page of `serve`.',
    ],
    positionals: [0, 1],
    options: {
      count: {
        type: 'number',
        value: 'N',
        about: 'stop after N updates, of which there are at most ten a second',
      },
      profile: {
        type: 'string',
        short: 'o',
        value: 'FILE',
        about: 'write its profile so far to FILE',
      },
      format,
      ...SYMBOL_OPTIONS,
    },
    run: attachCommand,
  },
];
