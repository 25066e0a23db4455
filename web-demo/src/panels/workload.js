// SPDX-License-Identifier: MIT
//
// What runs: a recorded program, a pattern, a program with a script of the visitor's, or a trace file.
// A workload has an id for links: the name of a recording, `pattern:name` or `run:program`.

import { element, find, setText } from '../dom.js';
import { Caller } from '../engine/rpc.js';
import { bytes, count } from '../format.js';
import { PATTERNS, refuse } from '../workloads/patterns.js';
import json from '../../examples/json.js?raw';
import orders from '../../examples/orders.sql?raw';
import words from '../../examples/words.lua?raw';

const PROGRAMS = {
  lua: { title: 'Lua', fileName: 'script.lua', script: words },
  sqlite: { title: 'SQLite', fileName: 'script.sql', script: orders },
  quickjs: { title: 'QuickJS', fileName: 'script.js', script: json },
};
const KINDS = {
  recorded: 'A recorded program',
  pattern: 'A pattern',
  run: 'Run a program',
  file: 'Your own file',
};

export class Workload {
  /** What a link needs to open the same again. */
  link = {};
  #worker;
  #program;
  #running;
  #wanted = '';
  /** How many there are. @type {Promise<number>} */
  #recordings;

  /**
   * @param {import('../session.js').Session} session
   * @param {{base: URL, onTrace: (trace: import('../trace.js').Trace) => void,
   *   onProfile: (profile: object) => void}} page
   */
  constructor(session, page) {
    this.session = session;
    this.page = page;
    const worker = new Worker(new URL('../workloads/trace-worker.js', import.meta.url), {
      type: 'module',
    });
    this.#worker = new Caller(worker);
    this.status = element('p', { className: 'status', role: 'status' });
    this.forms = {
      recorded: this.#recordedForm(),
      pattern: this.#patternForm(),
      run: this.#runForm(),
      file: this.#fileForm(),
    };
    const kinds = Object.entries(KINDS).map(([kind, text]) =>
      element(
        'button',
        {
          type: 'button',
          id: `kind-${kind}`,
          'aria-pressed': 'false',
          onclick: () => this.#showForm(kind),
        },
        text,
      ),
    );
    find('#workload-body').append(
      element(
        'div',
        { className: 'tools', role: 'group', 'aria-label': 'Kind of workload' },
        kinds,
      ),
      ...Object.values(this.forms),
      this.status,
    );
    this.#showForm('recorded');
    session.addEventListener('open', () => this.#opened());
    this.#acceptDrops();
  }

  repaint() {}

  /** Opens what a link names; the page's first workload by default. */
  async open({ workload, size, count: blocks, seed }) {
    const [kind, name] = workload.includes(':') ? workload.split(/:(.*)/) : ['recorded', workload];
    if (kind === 'pattern' && Object.hasOwn(PATTERNS, name)) {
      this.#showForm('pattern');
      this.#choosePattern(name, { size, count: blocks, seed });
      return this.#makePattern();
    }
    if (kind === 'run' && Object.hasOwn(PROGRAMS, name)) {
      this.#showForm('run');
      this.#chooseProgram(name);
      return this.#runProgram();
    }
    if (kind === 'file') {
      this.#showForm('file');
      return this.#openUrl(name);
    }
    if ((await this.#recordings) === 0) return this.open({ workload: 'pattern:churn' });
    this.#showForm('recorded');
    return this.#openRecorded(name);
  }

  /** Shows the profile that lies at an address of this page's origin. */
  async openProfile(url) {
    this.#showForm('file');
    await this.#take(url.split('/').at(-1), `Loading ${url}…`, async () => {
      const response = await fetch(new URL(url, this.page.base));
      if (!response.ok) throw new Error(`there is no ${url}`);
      return response.arrayBuffer();
    });
  }

  #showForm(kind) {
    for (const [name, form] of Object.entries(this.forms)) {
      form.hidden = name !== kind;
      find(`#kind-${name}`)?.setAttribute('aria-pressed', `${name === kind}`);
    }
  }

  /** Runs `make`, opens the trace that comes of it, and says what went wrong. */
  async #load(link, words, make) {
    setText(this.status, words);
    try {
      const trace = await make();
      if (trace.count === 0) throw new Error(`${trace.name}: a trace without a single operation`);
      this.link = link;
      await this.page.onTrace(trace);
    } catch (error) {
      setText(this.status, error.message);
    }
  }

  #opened() {
    const { name, title, count: operations, peakBytes } = this.session.trace;
    const what = title === name ? name : `${name} (${title})`;
    setText(
      this.status,
      `${what}: ${count(operations)} operations, ${bytes(peakBytes)} live at most.`,
    );
  }

  #recordedForm() {
    this.recorded = element('select', { id: 'recorded', 'aria-label': 'Recorded program' });
    this.recorded.addEventListener('change', () => this.#openRecorded(this.recorded.value));
    this.#recordings = this.#listRecorded();
    return element(
      'div',
      { className: 'form' },
      element(
        'p',
        {},
        'Every allocation of a real program, recorded once, replayed on each allocator to the byte.',
      ),
      this.recorded,
    );
  }

  async #listRecorded() {
    const response = await fetch(new URL('traces/index.json', this.page.base));
    const list = response.ok ? await response.json() : [];
    this.recorded.replaceChildren(
      ...list.map(({ name, kind, count: operations, peakBytes }) =>
        element(
          'option',
          { value: name },
          `${name}: ${kind}, ${count(operations)} operations, ${bytes(peakBytes)}`,
        ),
      ),
    );
    this.recorded.value = this.#wanted;
    // The page that comes with the package has neither recordings nor programs.
    for (const kind of ['recorded', 'run']) find(`#kind-${kind}`).hidden = list.length === 0;
    return list.length;
  }

  async #openRecorded(name) {
    this.recorded.value = this.#wanted = name;
    const url = new URL(`traces/${encodeURIComponent(name)}.gz`, this.page.base).href;
    await this.#load({ workload: name }, `Loading ${name}…`, () =>
      this.#worker.call('recorded', { name, url }),
    );
  }

  #patternForm() {
    this.pattern = element(
      'select',
      { id: 'pattern', 'aria-label': 'Pattern' },
      Object.entries(PATTERNS).map(([value, { title }]) => element('option', { value }, title)),
    );
    this.pattern.addEventListener('change', () => this.#choosePattern(this.pattern.value));
    this.about = element('p', {});
    const number = (name, label) => {
      const input = element('input', { type: 'number', id: `pattern-${name}`, name });
      input.addEventListener('input', () =>
        input.setCustomValidity(refuse(name, input.valueAsNumber) ?? ''),
      );
      return element('label', {}, `${label} `, input);
    };
    const form = element(
      'form',
      {
        className: 'form',
        onsubmit: (event) => {
          event.preventDefault();
          this.#makePattern();
        },
      },
      this.about,
      element(
        'div',
        { className: 'tools' },
        this.pattern,
        number('size', 'Bytes'),
        number('count', 'Blocks'),
        number('seed', 'Seed'),
        element('button', { type: 'submit', id: 'make-pattern' }, 'Run it'),
      ),
    );
    this.patternFields = form.elements;
    queueMicrotask(() => this.#choosePattern('churn'));
    return form;
  }

  #choosePattern(name, given = {}) {
    const { about, defaults } = PATTERNS[name];
    this.pattern.value = name;
    setText(this.about, about);
    for (const [key, value] of Object.entries(defaults)) {
      this.patternFields[key].value = given[key] ?? value;
      this.patternFields[key].setCustomValidity('');
    }
  }

  async #makePattern() {
    const name = this.pattern.value;
    const parameters = {};
    for (const key of ['size', 'count', 'seed'])
      parameters[key] = this.patternFields[key].valueAsNumber;
    await this.#load({ workload: `pattern:${name}`, ...parameters }, `Making ${name}…`, () =>
      this.#worker.call('pattern', { name, parameters }),
    );
  }

  #runForm() {
    this.program = element(
      'select',
      { id: 'program', 'aria-label': 'Program' },
      Object.entries(PROGRAMS).map(([value, { title }]) => element('option', { value }, title)),
    );
    this.program.addEventListener('change', () => this.#chooseProgram(this.program.value));
    this.script = element('textarea', {
      id: 'script',
      rows: 14,
      spellcheck: false,
      'aria-label': 'Script',
    });
    this.output = element('pre', {
      id: 'output',
      tabIndex: 0,
      'aria-label': 'What the program printed',
    });
    this.runButton = element('button', { type: 'button', id: 'run-program' }, 'Run it');
    this.runButton.addEventListener('click', () =>
      this.#running ? this.#running.end() : this.#runProgram(),
    );
    this.#chooseProgram('lua');
    return element(
      'div',
      { className: 'form' },
      element(
        'p',
        {},
        'The program runs once, here, and every allocation is recorded; then all four replay it. Change the script.',
      ),
      element('div', { className: 'tools' }, this.program, this.runButton),
      element('div', { className: 'script-and-output' }, this.script, this.output),
    );
  }

  #chooseProgram(name) {
    this.program.value = this.#program = name;
    this.script.value = PROGRAMS[name].script;
    this.output.textContent = '';
  }

  async #runProgram() {
    const program = this.#program;
    const { fileName, title } = PROGRAMS[program];
    const worker = new Worker(new URL('../workloads/program-worker.js', import.meta.url), {
      type: 'module',
    });
    this.#running = new Caller(worker);
    setText(this.runButton, 'Stop');
    const url = new URL(`programs/${program}.mjs`, this.page.base).href;
    await this.#load({ workload: `run:${program}` }, `${title} is running…`, async () => {
      try {
        const request = { program: title, url, fileName, script: this.script.value };
        const { trace, output, ending } = await this.#running.call('run', request);
        this.output.textContent = [output, ending].filter(Boolean).join('\n');
        return trace;
      } finally {
        this.#running.end();
        this.#running = undefined;
        setText(this.runButton, 'Run it');
      }
    });
  }

  #fileForm() {
    const input = element('input', {
      type: 'file',
      id: 'trace-file',
      accept: '.trace,.json,.gz,.br',
      'aria-label': 'Trace or profile',
    });
    input.addEventListener('change', () => input.files[0] && this.#openFile(input.files[0]));
    return element(
      'div',
      { className: 'form drop' },
      element(
        'p',
        {},
        'Drop a trace or a .heaplet.json anywhere on the page, or choose one: plain, or packed by gzip. It stays in this browser.',
      ),
      input,
    );
  }

  async #openFile(file) {
    this.#showForm('file');
    await this.#take(file.name, `Reading ${file.name}…`, () => file.arrayBuffer());
  }

  /** A trace is played, and shown as a profile; a profile is shown. */
  async #take(name, words, read) {
    setText(this.status, words);
    try {
      const { trace, profile } = await this.#worker.call('file', { bytes: await read(), name });
      this.page.onProfile(profile);
      if (trace) await this.#load({}, words, () => trace);
      else setText(this.status, `${name}: shown below.`);
    } catch (error) {
      setText(this.status, error.message);
    }
  }

  async #openUrl(url) {
    await this.#load({ workload: `file:${url}` }, `Loading ${url}…`, () =>
      this.#worker.call('recorded', {
        name: url.split('/').at(-1),
        url: new URL(url, this.page.base).href,
      }),
    );
  }

  #acceptDrops() {
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) this.#openFile(file);
    });
  }
}
