// SPDX-License-Identifier: MIT
//
// Purpose: puts the page together. Panels show a session's moment; the address after '#' says which.

import { find, setText } from './dom.js';
import { formatView, parseView } from './address.js';
import { readPalette } from './palette.js';
import { Compare } from './panels/compare.js';
import { Fragmentation } from './panels/fragmentation.js';
import { Handles } from './panels/handles.js';
import { stateLegend } from './panels/legend.js';
import { HeapMap } from './panels/map.js';
import { ProfilePanel } from './panels/profile.js';
import { Race } from './panels/race.js';
import { Timeline } from './panels/timeline.js';
import { keys, transport } from './panels/transport.js';
import { Workload } from './panels/workload.js';
import { Session } from './session.js';
import { theme } from './theme.js';

const ALLOCATORS = ['heaplet', 'dlmalloc', 'emmalloc', 'mimalloc'];
const FIRST_WORKLOAD = 'lua-wasm';

const base = new URL('.', document.baseURI);
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const wish = parseView(location.hash);
let subject = ALLOCATORS.includes(wish.allocator) ? wish.allocator : ALLOCATORS[0];
let palettes = new Map();

const problem = (error) => setText(find('#problem'), error.message);

const session = new Session(ALLOCATORS, wantedOf, base);
const page = {
  palette(colour = 'state') {
    if (!palettes.has(colour)) palettes.set(colour, readPalette(colour));
    return palettes.get(colour);
  },
  subject: () => subject,
  sites: () => session.trace?.siteNames ?? [],
  base,
  onSubject: choose,
  onTimes: (times) => {
    race.times = times;
  },
  onTrace: begin,
  onProfile(shown) {
    profile.show(shown);
    if (!session.trace) document.documentElement.dataset.view = 'profile';
    find('#profile').scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth' });
  },
  onView() {
    session.refresh();
    link();
  },
};
const panels = [];
// Before the panels, which read colours from the style sheet.
theme(() => {
  palettes = new Map();
  stateLegend(find('#race-legend'));
  for (const panel of panels) panel.repaint();
});
const race = new Race(session, page);
const map = new HeapMap(session, page);
const timeline = new Timeline(session, page);
const fragmentation = new Fragmentation(session, page);
const compare = new Compare(session, page);
const workload = new Workload(session, page);
const profile = new ProfilePanel();
panels.push(race, map, timeline, fragmentation, compare, workload, profile, new Handles(page));
transport(session);
keys(session);

function wantedOf(lane, details) {
  const wanted = { lane: race.wanted(lane.name) };
  if (lane.name !== subject) return wanted;
  return { ...wanted, map: map.wanted(), series: details, free: details };
}

function choose(name) {
  subject = name;
  race.subject(name);
  map.subject();
  for (const label of document.querySelectorAll('.subject')) setText(label, `of ${name}`);
  for (const panel of [timeline, fragmentation]) panel.repaint();
  session.refresh();
  link();
}

function link() {
  if (!session.trace || session.isPlaying) return;
  const at = Math.floor(session.position);
  history.replaceState(
    null,
    '',
    formatView({ ...workload.link, allocator: subject, at, ...map.link }),
  );
}

/** The first trace is shown at the moment of a link, if there is one; every other runs. */
async function begin(trace) {
  setText(find('#problem'), '');
  delete document.documentElement.dataset.race;
  delete document.documentElement.dataset.view;
  await session.open(trace);
  const { at } = wish;
  delete wish.at;
  if (at === undefined && !calm.matches) return session.play(trace.peakAt);
  await session.complete();
  session.seek(at ?? trace.peakAt);
  await ended();
}

async function ended() {
  await session.settled();
  document.documentElement.dataset.race = 'finished';
  if (!calm.matches) await compare.measure();
  await keepOffline();
}

/** All of the page is kept for when there is no network; after the race, which it would disturb. */
async function keepOffline() {
  // `heaplet serve` shows the page of its own version, each time.
  if (import.meta.env.MODE !== 'production' || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register(new URL('service-worker.js', base), { scope: base });
    await navigator.serviceWorker.ready;
    document.documentElement.dataset.offline = 'ready';
  } catch {
    // Not from this address, or not in a private window: the page then needs its server.
  }
}

setText(
  find('#isolation'),
  globalThis.crossOriginIsolated
    ? ''
    : 'This page is not cross-origin isolated: its clock ticks more coarsely, which short times show. Nothing here needs threads.',
);

session.addEventListener('failed', ({ detail: { lane, error } }) => {
  session.pause();
  problem(new Error(`${lane.name}: ${error.message}`));
});
session.addEventListener('finished', async () => {
  await session.complete();
  await ended();
});
session.addEventListener('control', link);

// For the console, and for tests that compare what is shown with what was measured.
globalThis.heapletDemo = { session, map };

choose(subject);
map.restore(wish);
if (wish.profile) await workload.openProfile(wish.profile);
if (wish.workload || !wish.profile) {
  workload.open({ ...wish, workload: wish.workload ?? FIRST_WORKLOAD });
}
