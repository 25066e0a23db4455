// SPDX-License-Identifier: MIT
//
// pprof's profile.proto, not compressed: opens in `go tool pprof`, speedscope, Pyroscope, Parca and
// others. Four values a stack, in the order and by the names of Go's own heap profiles. Places that
// were inlined into one another share a location. Tags are labels.

import { ProtobufWriter } from './protobuf.js';
import { UNKNOWN, placeOf } from './resolved.js';

/** @typedef {import('../profile.js').Profile} Profile */
/** @typedef {import('../profile.js').Total} Total */

// Numbers of fields, as profile.proto has them.
const PROFILE = {
  sampleType: 1,
  sample: 2,
  mapping: 3,
  location: 4,
  function: 5,
  strings: 6,
  time: 9,
  duration: 10,
  periodType: 11,
  period: 12,
  comment: 13,
  defaultSampleType: 14,
};
const MAPPING = { id: 1, file: 5, buildId: 6, hasFunctions: 7, hasFiles: 8, hasLines: 9 };
const LOCATION = { id: 1, mapping: 2, address: 3, line: 4 };
const FUNCTION = { id: 1, name: 2, systemName: 3, file: 4 };

const VALUES = /** @type {const} */ ([
  ['alloc_objects', 'count', 'allocatedBlocks'],
  ['alloc_space', 'bytes', 'allocatedBytes'],
  ['inuse_objects', 'count', 'liveBlocks'],
  ['inuse_space', 'bytes', 'liveBytes'],
]);

/**
 * @param {Profile} profile
 * @returns {Uint8Array}
 */
export function exportPprof(profile) {
  const strings = new Strings();
  const locations = new Locations(profile, strings);
  const samples = profile.totals.map((total) => sampleOf(profile, total, strings, locations));
  const known = profile.frames.some(({ function: name }) => name !== 0);
  const lines = profile.frames.some(({ line }) => line !== 0);

  const out = new ProtobufWriter();
  for (const [type, unit] of VALUES) out.message(PROFILE.sampleType, pair(strings, type, unit));
  for (const sample of samples) out.message(PROFILE.sample, sample);
  out.message(PROFILE.mapping, (mapping) => {
    mapping.number(MAPPING.id, 1);
    mapping.number(MAPPING.file, strings.index(profile.program || 'program'));
    mapping.number(MAPPING.buildId, strings.index(profile.buildId));
    mapping.number(MAPPING.hasFunctions, Number(known));
    mapping.number(MAPPING.hasFiles, Number(lines));
    mapping.number(MAPPING.hasLines, Number(lines));
  });
  locations.write(out);
  out.message(PROFILE.periodType, pair(strings, 'space', 'bytes'));
  out.number(PROFILE.period, Math.max(1, Math.round(profile.samplingBytes)));
  out.number(PROFILE.time, BigInt(Math.round(profile.startedAt)) * 1_000_000n);
  out.number(PROFILE.duration, BigInt(Math.round(profile.milliseconds * 1e6)));
  out.number(PROFILE.comment, strings.index(`heaplet, ${profile.mode}`));
  out.number(PROFILE.defaultSampleType, strings.index('inuse_space'));
  for (const string of strings.list) out.string(PROFILE.strings, string);
  return out.bytes();
}

function sampleOf(
  /** @type {Profile} */ profile,
  /** @type {Total} */ total,
  /** @type {Strings} */ strings,
  /** @type {Locations} */ locations,
) {
  const ids = locations.ofStack(profile.stacks[total.stack]);
  return (/** @type {ProtobufWriter} */ sample) => {
    sample.packed(1, ids);
    sample.packed(
      2,
      VALUES.map(([, , key]) => Math.round(total[key])),
    );
    if (total.tag === 0) return;
    sample.message(3, (label) => {
      label.number(1, strings.index('tag'));
      label.number(2, strings.index(profile.strings[total.tag]));
    });
  };
}

/** A type and its unit. */
function pair(
  /** @type {Strings} */ strings,
  /** @type {string} */ type,
  /** @type {string} */ unit,
) {
  return (/** @type {ProtobufWriter} */ out) => {
    out.number(1, strings.index(type));
    out.number(2, strings.index(unit));
  };
}

/** The table of strings, each once; the first is empty. */
class Strings {
  list = [''];
  #known = new Map([['', 0]]);

  index(/** @type {string} */ text) {
    let index = this.#known.get(text);
    if (index === undefined) {
      index = this.list.push(text) - 1;
      this.#known.set(text, index);
    }
    return index;
  }
}

/** Locations and functions, numbered from 1 as stacks need them. */
class Locations {
  /** @type {Map<string, number>} */ #known = new Map();
  /** @type {number[][]} frames of each location, innermost first */ #locations = [];
  /** @type {Map<string, number>} */ #functions = new Map();
  #profile;
  #strings;

  constructor(/** @type {Profile} */ profile, /** @type {Strings} */ strings) {
    this.#profile = profile;
    this.#strings = strings;
  }

  /** Ids of locations, leaf first. */
  ofStack(/** @type {number[]} */ stack) {
    const ids = [];
    let frames = [];
    for (const frame of stack) {
      frames.push(frame);
      if (this.#profile.frames[frame].inlined) continue;
      ids.push(this.#id(frames));
      frames = [];
    }
    if (frames.length > 0 || ids.length === 0) ids.push(this.#id(frames));
    return ids;
  }

  #id(/** @type {number[]} */ frames) {
    const key = frames.join(' ');
    const id = this.#known.get(key) ?? this.#locations.push(frames);
    this.#known.set(key, id);
    return id;
  }

  write(/** @type {ProtobufWriter} */ out) {
    this.#locations.forEach((frames, index) => {
      out.message(PROFILE.location, (location) => {
        location.number(LOCATION.id, index + 1);
        location.number(LOCATION.mapping, 1);
        if (frames.length === 0) return location.message(LOCATION.line, this.#line(UNKNOWN));
        location.number(LOCATION.address, this.#profile.frames[frames[0]].offset);
        for (const frame of frames) {
          location.message(LOCATION.line, this.#line(placeOf(this.#profile, frame)));
        }
      });
    });
    for (const [key, id] of this.#functions) {
      const [name, file] = key.split('\0');
      out.message(PROFILE.function, (part) => {
        part.number(FUNCTION.id, id);
        part.number(FUNCTION.name, this.#strings.index(name));
        part.number(FUNCTION.systemName, this.#strings.index(name));
        part.number(FUNCTION.file, this.#strings.index(file));
      });
    }
  }

  #line(/** @type {import('./resolved.js').Place} */ { name, file, line, column }) {
    const key = `${name}\0${file}`;
    const id = this.#functions.get(key) ?? this.#functions.size + 1;
    this.#functions.set(key, id);
    return (/** @type {ProtobufWriter} */ out) => {
      out.number(1, id);
      out.number(2, line);
      out.number(3, column);
    };
  }
}
