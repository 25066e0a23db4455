// SPDX-License-Identifier: MIT
// The bar that holds the moment: play, step, reset, speed, and the next growth that fails.

import { element, find, setText } from '../dom.js';
import { count } from '../format.js';

/** Operations a second, and what the whole page calls them. */
const SPEEDS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

/** @param {import('../session.js').Session} session */
export function transport(session) {
  const play = find('#play');
  const scrub = find('#scrub');
  const speed = find('#speed');

  play.addEventListener('click', () => (session.isPlaying ? session.pause() : session.play()));
  find('#step').addEventListener('click', () => session.step(1));
  find('#step-back').addEventListener('click', () => session.step(-1));
  find('#reset').addEventListener('click', () => session.reset());
  find('#refuse').addEventListener('click', () => session.refuseNextGrowth());
  scrub.addEventListener('input', () => {
    session.pause();
    session.seek(Number(scrub.value));
  });
  speed.addEventListener('change', () => {
    session.speed = Number(speed.value);
  });

  session.addEventListener('open', () => {
    const { trace } = session;
    scrub.max = `${trace.count}`;
    const fitting = Math.round(session.speed);
    speed.replaceChildren(
      ...[...new Set([...SPEEDS, fitting])]
        .sort((a, b) => a - b)
        .map((value) => {
          const selected = value === fitting;
          return element('option', { value: `${value}`, selected }, `${count(value)} operations/s`);
        }),
    );
  });

  const show = () => {
    const position = Math.floor(session.position);
    setText(play, session.isPlaying ? 'Pause' : 'Play');
    if (Number(scrub.value) !== position) scrub.value = `${position}`;
    const total = session.trace?.count ?? 0;
    setText(find('#moment'), `${count(position)} of ${count(total)}`);
    scrub.setAttribute('aria-valuetext', `operation ${count(position)} of ${count(total)}`);
  };
  session.addEventListener('control', show);
  session.addEventListener('open', show);
  session.addEventListener('lane', show);
}

/** Keys for the whole page, unless something is typed or a control has a use for them. */
export function keys(session) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.target.closest('input, select, textarea, button, a, summary, canvas')) return;
    if (!session.trace) return;
    if (event.key === ' ') {
      event.preventDefault();
      if (session.isPlaying) session.pause();
      else session.play();
    } else if (event.key === '.') session.step(1);
    else if (event.key === ',') session.step(-1);
  });
}
