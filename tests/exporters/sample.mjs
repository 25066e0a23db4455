// SPDX-License-Identifier: MIT
// A profile with its truth: a made-up program runs against a model that writes down every block, and
// the sums of the profile are taken from that list the slow way.

import { emptyProfile } from '../../js/sight/profile.js';

/** Numbers from a seed, so that a failure can be repeated. */
export function randomFrom(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const FUNCTIONS = [
  ['main', 'src/main.cpp', 42],
  ['load_level(char const*)', 'src/level.cpp', 17],
  ['std::vector<Mesh, std::allocator<Mesh> >::reserve(unsigned long)', '', 0],
  ['alloc_texture(int, int)', 'src/gfx.cpp', 88],
  ['parse(std::string_view)::{lambda(int)#1}::operator()(int) const', 'src/parse.cpp', 9],
  ['free; of "quotes" and ünïcode', 'src/odd name.cpp', 3],
  ['', '', 0], // a function without a name
];
// Leaf first. The last but one frame of the fourth was inlined into main.
const STACKS = [[], [3, 1, 0], [2, 1, 0], [4, 0], [5, 7, 0], [6]];
const TAGS = ['', 'json'];

/** `{profile, events}`: events are `{stack, tag, bytes, born, died}`, died undefined while live. */
export function sampleProfile({ seed = 1, operations = 400 } = {}) {
  const random = randomFrom(seed);
  const strings = [''];
  const string = (text) =>
    strings.includes(text) ? strings.indexOf(text) : strings.push(text) - 1;
  const frames = FUNCTIONS.map(([name, file, line], index) => ({
    function: string(name),
    file: string(file),
    line,
    column: line ? 5 : 0,
    functionIndex: 10 + index,
    offset: 0x1200 + 0x111 * index,
    inlined: false,
  }));
  // Frame 7 is frame 0's place, seen through inlining: the same offset as the frame that it is in.
  frames[5].inlined = true;
  frames.push({ ...frames[4], offset: frames[5].offset, functionIndex: 15 });
  const tags = TAGS.map(string);
  const { events, history } = runProgram({ random, operations, tags });

  const peakAt = history.reduce((best, { liveBytes }, at) => (liveBytes > history[best].liveBytes ? at : best), 0); // prettier-ignore
  const live = (at) => events.filter(({ born, died }) => born <= at && (died ?? Infinity) > at);
  const end = history.length - 1;
  const totals = groups(events).map(([stack, tag, all]) =>
    totalOf({ stack, tag, all, peakAt, end }),
  );
  const momentOf = (at) => ({ milliseconds: at, operations: at + 1, ...history[at] });
  const snapshotAt = (at, label, withBlocks) => {
    const held = live(at);
    const blocks = held.map(({ stack, tag, bytes, serial, address }) => ({
      address,
      bytes,
      stack,
      tag,
      serial,
    }));
    return {
      label,
      ...pick(momentOf(at), ['milliseconds', 'operations', 'liveBytes', 'liveBlocks']),
      memoryBytes: history[at].memoryBytes,
      totals: groups(held).map(([stack, tag, all]) => ({
        stack,
        tag,
        blocks: all.length,
        bytes: sum(all),
      })),
      blocks: withBlocks ? blocks : null,
      references: withBlocks ? referencesBetween(blocks.length) : null,
    };
  };
  const peak = live(peakAt);
  const profile = emptyProfile({
    program: 'game.wasm',
    buildId: 'c0ffee0123',
    startedAt: 1_795_000_000_000,
    milliseconds: end,
    operations: history.length,
    ...pick(history[end], ['liveBytes', 'liveBlocks', 'allocatedBytes', 'memoryBytes']),
    allocatedBlocks: events.length,
    peakBytes: sum(peak),
    peakBlocks: peak.length,
    peakMilliseconds: peakAt,
    strings,
    frames,
    stacks: STACKS,
    totals,
    timeline: history.map((_, at) => momentOf(at)).filter((_, at) => at % 7 === 0),
    snapshots: [
      snapshotAt(Math.floor(end / 3), '', false),
      snapshotAt(Math.floor(end / 2), 'middle', true),
      snapshotAt(end, 'end', true),
    ],
  });
  return { profile, events };
}

function runProgram({ random, operations, tags }) {
  const events = [];
  const history = [];
  let allocatedBytes = 0;
  let memoryBytes = 65536;
  for (let at = 0; at < operations; at++) {
    const live = events.filter(({ died }) => died === undefined);
    // First it grows, then it shrinks, and always some of what it allocates is freed at once.
    const frees = live.length > 12 && random(100) < (at < operations / 2 ? 40 : 62);
    if (frees) {
      const last = live.at(-1);
      const victim = last.born === at - 1 && random(2) ? last : live[random(live.length)];
      victim.died = at;
    } else {
      const bytes = 1 + random(random(10) ? 300 : 40_000);
      const address = 0x10000 + events.length * 0x10000;
      const which = { stack: random(STACKS.length), tag: tags[random(tags.length)] };
      events.push({ ...which, bytes, address, serial: events.length + 1, born: at });
      allocatedBytes += bytes;
    }
    const now = events.filter(({ died }) => died === undefined);
    const liveBytes = sum(now);
    while (memoryBytes < liveBytes) memoryBytes += 65536;
    history.push({ liveBytes, liveBlocks: now.length, allocatedBytes, memoryBytes });
  }
  return { events, history };
}

function totalOf({ stack, tag, all, peakAt, end }) {
  const at = (time) => all.filter(({ born, died }) => born <= time && (died ?? Infinity) > time);
  const times = Array.from({ length: end + 1 }, (_, time) => at(time));
  const max = times.reduce((best, now) => (sum(now) > sum(best) ? now : best), []);
  const temporary = all.filter(({ born, died }) => died === born + 1);
  return {
    stack,
    tag,
    allocatedBlocks: all.length,
    allocatedBytes: sum(all),
    liveBlocks: times[end].length,
    liveBytes: sum(times[end]),
    maxBlocks: max.length,
    maxBytes: sum(max),
    peakBlocks: times[peakAt].length,
    peakBytes: sum(times[peakAt]),
    lifetimeOperations: all.reduce((total, { born, died }) => total + (died ?? end + 1) - born, 0),
    temporaryBlocks: temporary.length,
    temporaryBytes: sum(temporary),
  };
}

/**
 * Static data holds block 0; each block holds the two after it in a binary tree; the last four are out
 * of reach: one that holds the next, and a ring of two.
 */
function referencesBetween(count) {
  const references = [{ from: -1, to: 0, offset: 0x400 }];
  const reached = count - 4;
  for (let child = 1; child < reached; child++) {
    references.push({ from: (child - 1) >> 1, to: child, offset: child % 2 ? 0 : 8 });
  }
  references.push({ from: count - 4, to: count - 3, offset: 4 });
  references.push({ from: count - 2, to: count - 1, offset: 0 });
  references.push({ from: count - 1, to: count - 2, offset: 0 });
  return references;
}

function groups(events) {
  const found = new Map();
  for (const event of events) {
    const key = `${event.stack} ${event.tag}`;
    found.set(key, [event.stack, event.tag, [...(found.get(key)?.[2] ?? []), event]]);
  }
  return [...found.values()];
}

const sum = (events) => events.reduce((total, { bytes }) => total + bytes, 0);
const pick = (object, keys) => Object.fromEntries(keys.map((key) => [key, object[key]]));
