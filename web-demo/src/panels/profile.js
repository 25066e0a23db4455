// SPDX-License-Identifier: MIT
//
// A profile on the page: of a file, of a trace that is played, or of a program in another tab.

import { FORMATS, exportProfile } from '../../../js/sight/exporters/index.js';
import { reportOf } from '../../../js/sight/report.js';
import { innermost } from '../../../js/sight/words.js';
import { element, find, setText, table } from '../dom.js';
import { Programs } from './programs.js';
import { ProfileChart } from './profile-chart.js';
import {
  TABLES,
  blockRows,
  growthRows,
  leakSentence,
  reportFigures,
  reportSentence,
  stackRows,
} from './profile-view.js';

const ROWS = 20;

export class ProfilePanel {
  /** @type {import('../../../js/sight/profile.js').Profile | undefined} */
  #profile;
  #report;
  /** Of a program that is watched, its last minutes; drawn in place of the profile's. */
  #moments;

  constructor() {
    this.status = element('p', { className: 'status', role: 'status', id: 'profile-status' }, HINT);
    this.programs = new Programs({
      onProfile: (profile) => this.show(profile),
      onMoments: (moments) => this.#draw(moments),
      onProblem: (error) => setText(this.status, error.message),
    });
    this.figures = element('dl', { className: 'figures', id: 'profile-figures' });
    const frame = element('div', { className: 'chart', role: 'img', 'aria-label': CHART });
    this.chart = new ProfileChart(frame);
    this.value = element(
      'select',
      { id: 'profile-value', 'aria-label': 'What the stacks did' },
      Object.entries(TABLES).map(([value, { title }]) => element('option', { value }, title)),
    );
    this.value.addEventListener('change', () => this.#fill());
    this.format = element(
      'select',
      { id: 'profile-format', 'aria-label': 'Format of the file' },
      FORMATS.map(({ name }) => element('option', { value: name }, name)),
    );
    const save = element(
      'button',
      { type: 'button', id: 'profile-save', onclick: () => this.#save() },
      'Save for its viewer',
    );
    const region = (id, label) =>
      element('div', { className: 'scroll', id, tabIndex: 0, role: 'region', 'aria-label': label });
    this.stacks = region('profile-stacks', 'Bytes by stack');
    this.growths = region('profile-growths', 'Growths of memory');
    this.leaks = region('profile-leaks', 'Leaks');
    this.content = element(
      'div',
      { hidden: true },
      this.figures,
      frame,
      element('div', { className: 'tools' }, this.value, this.format, save),
      this.stacks,
      this.growths,
      this.leaks,
    );
    find('#profile-body').append(this.programs.body, this.status, this.content);
  }

  repaint() {
    this.chart.repaint();
  }

  /** @param {import('../../../js/sight/profile.js').Profile} profile */
  show(profile) {
    this.#profile = profile;
    this.#report = reportOf(profile, { top: ROWS });
    this.content.hidden = false;
    setText(this.status, reportSentence(this.#report));
    this.figures.replaceChildren(
      ...reportFigures(this.#report).map(([name, text]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, text)),
      ),
    );
    this.chart.show(this.#moments ?? profile.timeline);
    this.#fill();
  }

  #draw(moments) {
    this.#moments = moments;
    if (moments && this.#profile) this.chart.show(moments);
  }

  #fill() {
    const report = this.#report;
    const { title } = TABLES[this.value.value];
    this.stacks.replaceChildren(
      rowTable(title, ['Bytes', 'Share', 'Blocks', 'Where'], stackRows(report, this.value.value)),
    );
    const grown = `Why memory grew, ${report.growths.length} times`;
    this.growths.replaceChildren(
      rowTable(grown, ['Memory', 'Asked', 'Largest free', 'Reason', 'For'], growthRows(report)),
    );
    const head = ['Bytes', 'Blocks', 'Fate', 'Where', 'Held by'];
    const { groups = [], held = [] } = report.leaks ?? {};
    this.leaks.replaceChildren(
      element('p', { id: 'profile-leaked' }, leakSentence(report)),
      ...(groups.length > 0 ? [rowTable('Leaked', head, blockRows(groups))] : []),
      ...(held.length > 0 ? [rowTable('What is held, and by what', head, blockRows(held))] : []),
    );
  }

  async #save() {
    const format = FORMATS.find(({ name }) => name === this.format.value);
    try {
      const bytes = await exportProfile(this.#profile, format);
      const href = URL.createObjectURL(new Blob([bytes]));
      const download = `${this.#profile.program || 'program'}${format.endings[0]}`;
      element('a', { href, download }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
      setText(this.status, `${download} opens in ${format.opensIn}.`);
    } catch (error) {
      setText(this.status, error.message);
    }
  }
}

const HINT =
  'Drop a profile that heaplet run -o app.heaplet.json wrote, or a trace, anywhere on the page. It stays in this browser.';
const CHART = 'Live data and linear memory over time';

/** A table whose cells may be stacks, which open. */
function rowTable(caption, head, rows) {
  const cells = ([first, ...rest]) => [
    first,
    ...rest.map((cell) => (cell.stack ? element('td', {}, stackCell(cell.stack)) : cell)),
  ];
  return table(caption, head, rows.map(cells));
}

function stackCell(stack) {
  if (stack.length < 2) return innermost(stack);
  return element(
    'details',
    { className: 'stack' },
    element('summary', {}, innermost(stack)),
    element(
      'ol',
      {},
      stack.map((place) => element('li', {}, place)),
    ),
  );
}
