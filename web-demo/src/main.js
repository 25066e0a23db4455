// SPDX-License-Identifier: MIT
//
// Purpose: puts the page together. Panels show a session's moment; the address after '#' says which.

import { find, setText } from './dom.js';
import { formatView, parseView } from './address.js';
import { readPalette } from './palette.js';
import { Race } from './panels/race.js';
import { keys, transport } from './panels/transport.js';
import { Session } from './session.js';
import { theme } from './theme.js';
import { readTrace } from './trace.js';

const ALLOCATORS = ['heaplet', 'dlmalloc', 'emmalloc', 'mimalloc'];
const FIRST_WORKLOAD = 'lua-wasm';

const base = new URL('.', document.baseURI);
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const view = { workload: FIRST_WORKLOAD, allocator: ALLOCATORS[0], ...parseView(location.hash) };
let palette = readPalette();

const problem = (error) => setText(find('#problem'), error.message);

const session = new Session(ALLOCATORS, wantedOf, base);
const race = new Race(session, { palette: () => palette, onSubject: choose });
transport(session);
keys(session);

theme(() => {
  palette = readPalette();
  race.repaint();
});

function wantedOf(lane) {
  return { lane: race.wanted(lane.name) };
}

function choose(name) {
  view.allocator = name;
  race.subject(name);
  for (const label of document.querySelectorAll('.subject')) setText(label, `of ${name}`);
  session.refresh();
}

async function openRecorded(name) {
  const response = await fetch(new URL(`traces/${name}.gz`, base));
  if (!response.ok) throw new Error(`no recorded program is called ${name}`);
  await session.open(await readTrace(new Uint8Array(await response.arrayBuffer()), name));
}

session.addEventListener('failed', ({ detail: { lane, error } }) => {
  session.pause();
  problem(new Error(`${lane.name}: ${error.message}`));
});
session.addEventListener('finished', async () => {
  await session.complete();
  document.documentElement.dataset.race = 'finished';
});
session.addEventListener('control', () => {
  if (session.isPlaying) return;
  view.at = Math.floor(session.position);
  history.replaceState(null, '', formatView(view));
});

choose(view.allocator);
const { at } = view;
openRecorded(view.workload).then(() => {
  if (at !== undefined || calm.matches) session.seek(at ?? session.trace.peakAt);
  else session.play(session.trace.peakAt);
}, problem);
