// SPDX-License-Identifier: MIT
// Turns a raw log of recorder.c into a committed trace: node pack.mjs <raw log> <name>
// Reads the result back and compares it with the log, operation by operation.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { Kind, TraceWriter, decodeTrace } from '../../js/sight/trace.js';
import { programs } from './programs.mjs';

const folder = resolve(dirname(fileURLToPath(import.meta.url)), '../traces');

// Longer runs are cut here: the head is kept, which has the start-up and the peak or most of it.
const eventLimit = 1_000_000;

/** The events of a raw log as {kind, alignment, size, oldBlock, block}; addresses as BigInt. */
function* eventsOf(log) {
  const words = new BigUint64Array(log.buffer, log.byteOffset, Math.floor(log.length / 8));
  for (let at = 0; at + 3 < words.length && words[at]; at += 4) {
    yield {
      kind: Number(words[at] & 255n),
      alignment: Number(words[at] >> 8n),
      size: Number(words[at + 1]),
      oldBlock: words[at + 2],
      block: words[at + 3],
    };
  }
}

function encode(log, meta, limit) {
  const writer = new TraceWriter(meta);
  const serials = new Map();
  const take = (address) => {
    const serial = serials.get(address);
    if (serial === undefined)
      throw new Error(`event ${writer.events}: block ${address} was never seen`);
    serials.delete(address);
    return serial;
  };
  const give = (address, serial) => {
    if (serials.has(address))
      throw new Error(`event ${writer.events}: block ${address} given twice`);
    serials.set(address, serial);
  };
  for (const { kind, alignment, size, oldBlock, block } of eventsOf(log)) {
    if (writer.events === limit) break;
    if (kind === Kind.free) writer.free(take(oldBlock));
    else if (kind === Kind.malloc) give(block, writer.malloc(size));
    else if (kind === Kind.calloc) give(block, writer.calloc(size));
    else if (kind === Kind.aligned) give(block, writer.aligned(alignment, size));
    else if (kind !== Kind.realloc) throw new Error(`event ${writer.events}: unknown kind ${kind}`);
    else if (oldBlock) give(block, writer.realloc(take(oldBlock), size));
    else give(block, writer.reallocNew(size));
  }
  return writer.finish();
}

/** Replays the decoded operations beside the log: kinds, sizes, alignments and block identity. */
function verify(trace, log) {
  const addressIn = new Map();
  let at = 0;
  for (const event of eventsOf(log)) {
    if (at === trace.count) return;
    const word = trace.operations[at * 2];
    const kind = event.kind === Kind.realloc && !event.oldBlock ? Kind.reallocNew : event.kind;
    const slot = word >>> 8;
    const sameBlock = !event.oldBlock || addressIn.get(slot) === event.oldBlock;
    const sameAlignment = kind !== Kind.aligned || 2 ** ((word >>> 3) & 31) === event.alignment;
    if (
      (word & 7) !== kind ||
      trace.operations[at * 2 + 1] !== event.size ||
      !sameBlock ||
      !sameAlignment
    ) {
      throw new Error(`operation ${at} reads back differently`);
    }
    if (event.block) addressIn.set(slot, event.block);
    at++;
  }
  if (at !== trace.count) throw new Error(`${trace.count} operations packed, ${at} logged`);
}

const versionOf = (program) =>
  execFileSync('dpkg-query', ['-W', '-f', '${Version}', program.package.split(',')[0]], {
    encoding: 'utf8',
  });

export function pack(path, program) {
  const log = readFileSync(path);
  const meta = {
    name: program.name,
    kind: program.kind,
    package: program.package,
    version: program.version ?? versionOf(program),
    program: program.program,
    run: program.run.replace(/\s*\n\s*/g, '; '),
    ...(program.env ? { env: program.env } : {}),
  };
  const bytes = encode(log, meta, program.limit ?? eventLimit);
  verify(decodeTrace(bytes), log);
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  writeFileSync(join(folder, `${program.name}.trace.br`), packed);
  const { count, peakBytes, peakBlocks } = decodeTrace(bytes);
  console.log(
    `${program.name}: ${count} operations, peak ${peakBytes} bytes in ${peakBlocks} blocks, ${packed.length} bytes packed`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, name] = process.argv.slice(2);
  const program = programs.find((entry) => entry.name === name);
  if (!path || !program) throw new Error('usage: node pack.mjs <raw log> <name in programs.mjs>');
  pack(path, program);
}
