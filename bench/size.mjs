// SPDX-License-Identifier: MIT
// What an allocator adds to a module: node bench/size.mjs [name …]
//
// Each figure is a module that exports the functions, less an empty module linked alike. Three
// ways of building, because they differ by a quarter: the allocator as it ships, in a program
// linked at -O2; the same linked at -Oz; its source compiled at -Oz too.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { allocatorNamed, allocators } from './allocators.mjs';
import { allocatorObjects } from './build.mjs';
import { Compiler, buildFolder } from './lib/compile.mjs';
import { textTable } from './lib/table.mjs';
import { sectionBytes } from './lib/wasm.mjs';

const pair = ['malloc', 'free'];
const withRealloc = [...pair, 'realloc'];
export const functionSets = {
  'malloc+free': pair,
  '+realloc': withRealloc,
  family: [
    ...withRealloc,
    'calloc',
    'memalign',
    'posix_memalign',
    'aligned_alloc',
    'malloc_usable_size',
  ],
};

/** `link` for the program, `compile` in place of the allocator's own optimisation level. */
export const buildings = {
  'as shipped, linked -O2': { link: '-O2' },
  'as shipped, linked -Oz': { link: '-Oz' },
  'compiled and linked -Oz': { link: '-Oz', compile: '-Oz' },
};

const linkFlags = (link, names) => [
  link,
  '--no-entry',
  '-sALLOW_MEMORY_GROWTH=1',
  '-sMAXIMUM_MEMORY=4GB',
  '-sFILESYSTEM=0',
  '-sENVIRONMENT=node,web,worker',
  `-sEXPORTED_FUNCTIONS=${names.map((name) => `_${name}`).join(',')}`,
];

/** The allocator's objects and its -sMALLOC, or undefined where there is no source to compile. */
async function objectsFor(compiler, allocator, compile) {
  if (!compile) return [await allocatorObjects(compiler, allocator), allocator.malloc];
  const source = allocator.source ?? { sources: allocator.sources, flags: allocator.flags };
  if (!source.sources) return undefined;
  const flags = source.flags.filter((flag) => !/^-O/.test(flag));
  return [await allocatorObjects(compiler, { ...source, flags: [...flags, compile] }), 'none'];
}

async function weigh(compiler, label, objects, malloc, names, link) {
  const output = join(buildFolder, 'size', `${label}.js`);
  await compiler.link(objects, [`-sMALLOC=${malloc}`, ...linkFlags(link, names)], output);
  const wasm = readFileSync(output.replace(/js$/, 'wasm'));
  return {
    code: sectionBytes(wasm)[10],
    raw: wasm.length,
    brotli: brotliCompressSync(wasm).length,
  };
}

/** Where static data, zeroed or not, ends and the heap begins. */
async function heapBase(compiler, label, objects, malloc, names) {
  const output = join(buildFolder, 'size', `${label}-statics.js`);
  // -O1, at which what is exported stays exported under its name.
  const flags = [...linkFlags('-O1', names), '-Wl,--export=__heap_base'];
  await compiler.link(objects, [`-sMALLOC=${malloc}`, ...flags], output);
  const module = new WebAssembly.Module(readFileSync(output.replace(/js$/, 'wasm')));
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = () => 0;
  }
  return new WebAssembly.Instance(module, imports).exports.__heap_base.value;
}

/**
 * @returns {Promise<{code: number, raw: number, brotli: number, statics: number} | undefined>}
 *   undefined where the allocator lacks a function or cannot be built that way
 */
export async function sizeOf(compiler, name, building, functions) {
  const allocator = allocatorNamed(name);
  const names = functionSets[functions];
  if (allocator.lacks?.some((missing) => names.includes(missing))) return undefined;
  const { link, compile } = buildings[building];
  const made = await objectsFor(compiler, allocator, compile);
  if (!made) return undefined;
  const nothing = ['bench_nothing'];
  const empty = await compiler.object('bench/size/empty.c', ['-Oz']);
  const full = [[empty, ...made[0]], made[1], [...nothing, ...names]];
  const label = `${name}${compile ?? ''}-${names.length}`;
  const sizes = await weigh(compiler, `${label}${link}`, ...full, link);
  const base = await weigh(compiler, `empty${link}`, [empty], 'none', nothing, link);
  return {
    ...Object.fromEntries(Object.keys(sizes).map((key) => [key, sizes[key] - base[key]])),
    statics:
      (await heapBase(compiler, label, ...full)) -
      (await heapBase(compiler, 'empty', [empty], 'none', nothing)),
  };
}

/** Every figure of the given allocators, one row each. */
export async function sizeRows(compiler, names, progress = () => {}) {
  const rows = [];
  for (const allocator of names) {
    for (const building of Object.keys(buildings)) {
      for (const functions of Object.keys(functionSets)) {
        progress(`${allocator}, ${building}, ${functions}`);
        const size = await sizeOf(compiler, allocator, building, functions);
        if (size) rows.push({ allocator, building, functions, ...size });
      }
    }
  }
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const names = given.length
    ? given
    : allocators.filter(({ name }) => name !== 'null').map(({ name }) => name);
  const rows = await sizeRows(await Compiler.create(), names);
  const keys = ['allocator', 'building', 'functions', 'code', 'raw', 'brotli', 'statics'];
  console.log(textTable([keys, ...rows.map((row) => keys.map((key) => row[key]))]));
}
