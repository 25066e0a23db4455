// SPDX-License-Identifier: MIT
//
// Handles on the page: the package itself, over an instance of its module. Lines are tried, values are
// drawn, heaplet's own errors are read.

import { Layout, drop, explain, loadHeaplet, owned, text, weak } from '../../../js/slim.js';
import { element, find, setText, svg, table } from '../dom.js';
import { bytes, count } from '../format.js';
import { runLine } from '../playground.js';
import { BOX, byType, handlesSummary, handlesView } from './handles-view.js';

const Node = Layout.of({ value: 'i32', next: owned(() => Node), back: weak(() => Node) }, 'Node');

const SCENES = {
  Moving: ["let a = heaplet.box('i32', 41)", 'let b = a.move()', 'b.value', 'a.value'],
  Sharing: [
    "let a = heaplet.rc(text, 'shared')",
    'let b = a.clone()',
    'let w = a.downgrade()',
    'a.drop()',
    'b.strongCount',
    'b.drop()',
    'w.upgrade()',
  ],
  Borrowing: [
    "let cell = heaplet.refCell('i32', 1)",
    'let reader = cell.borrow()',
    'cell.borrowMut()',
    'cell.drop()',
    'reader.drop()',
    'let writer = cell.borrowMut()',
    'cell.borrow()',
  ],
  'Dropping twice': ["let a = heaplet.box('f64', 1.5)", 'a.drop()', 'a.drop()', "explain('E0382')"],
  'A list': [
    'let third = heaplet.box(Node, { value: 3 })',
    'let second = heaplet.box(Node, { value: 2, next: third })',
    'let first = heaplet.box(Node, { value: 1, next: second })',
    'first.value.next.next.value',
    'second.value',
  ],
  'A cycle': [
    'let a = heaplet.rc(Node, { value: 1 })',
    'let b = heaplet.rc(Node, { value: 2 })',
    'let c = heaplet.rc(Node, { value: 3 })',
    'a.value.next = b.clone()',
    'b.value.next = c.clone()',
    'c.value.next = a.clone()',
  ],
};

const isOwner = (value) => typeof value?.drop === 'function' && 'isAlive' in value;

export class Handles {
  #heaplet;
  #names = new Map();

  /** @param {{base: URL}} page */
  constructor(page) {
    const scenes = Object.entries(SCENES).map(([name, lines]) =>
      element('button', { type: 'button', onclick: () => this.#play(lines) }, name),
    );
    this.log = element('ol', {
      className: 'log',
      id: 'log',
      tabIndex: 0,
      'aria-label': 'Lines and what came of them',
    });
    this.line = element('input', {
      type: 'text',
      id: 'line',
      className: 'line',
      spellcheck: false,
      autocomplete: 'off',
      value: "let a = heaplet.box('i32', 41)",
      'aria-label': 'A line of JavaScript',
    });
    this.announcement = element('p', { className: 'visually-hidden', 'aria-live': 'polite' });
    this.graph = element('div', {
      className: 'graph',
      id: 'graph',
      tabIndex: 0,
      role: 'region',
      'aria-label': 'Who owns whom',
    });
    this.kinds = element('div', {
      className: 'scroll',
      tabIndex: 0,
      role: 'region',
      'aria-label': 'Living values by type',
    });
    this.leaks = element('div', { className: 'leaks', id: 'leaks' });
    const form = element(
      'form',
      {
        className: 'tools',
        onsubmit: (event) => {
          event.preventDefault();
          this.#run(this.line.value);
          this.line.select();
        },
      },
      this.line,
      element('button', { type: 'submit', id: 'run-line' }, 'Try it'),
    );
    find('#handles-body').append(
      element(
        'p',
        {},
        'Values in WebAssembly memory have owners, and the rules are checked when they are used. Try a scene, or write lines of your own: ',
        element('code', {}, 'heaplet, Node, text, drop, explain'),
        ' are there, and every name you make.',
      ),
      element('div', { className: 'tools', role: 'group', 'aria-label': 'Scenes' }, scenes),
      element(
        'div',
        { className: 'handles-columns' },
        element('div', {}, form, this.log, this.announcement),
        element(
          'div',
          {},
          element(
            'div',
            { className: 'tools' },
            element(
              'button',
              { type: 'button', id: 'drop-all', onclick: () => this.#dropAll() },
              'Drop everything',
            ),
            element(
              'button',
              { type: 'button', id: 'collect', onclick: () => this.#collect() },
              'Collect cycles',
            ),
            element('button', { type: 'button', onclick: () => this.#fresh() }, 'Start afresh'),
          ),
          this.graph,
          this.kinds,
          this.leaks,
        ),
      ),
    );
    this.wasm = new URL('heaplet-raw.wasm', page.base);
    this.ready = this.#fresh();
  }

  repaint() {}

  async #fresh() {
    this.#heaplet?.close();
    this.#heaplet = await loadHeaplet({ wasm: this.wasm, diagnostics: 'full' });
    this.#names = new Map(Object.entries({ heaplet: this.#heaplet, Node, text, drop, explain }));
    this.log.replaceChildren();
    this.leaks.replaceChildren();
    this.#draw();
  }

  async #play(lines) {
    await this.#fresh();
    for (const line of lines) this.#run(line);
  }

  #run(line) {
    let outcome;
    let failed = false;
    try {
      const { value, declared, isSilent } = runLine(line, this.#names);
      if (declared && isOwner(value) && value.isAlive) value.named?.(declared);
      outcome = isSilent ? '' : show(value);
    } catch (error) {
      failed = true;
      outcome = error.message;
    }
    this.log.append(
      element(
        'li',
        {},
        element('code', {}, line),
        outcome
          ? element('pre', { className: failed ? 'failed' : '' }, failed ? outcome : `→ ${outcome}`)
          : null,
      ),
    );
    this.log.scrollTop = this.log.scrollHeight;
    setText(this.announcement, outcome || 'done');
    this.leaks.replaceChildren();
    this.#draw();
  }

  /** Every name gives up what it owns. What then lives is kept by values alone. */
  #dropAll() {
    // Guards and views before what they look into.
    for (const [name, value] of [...this.#names].reverse()) {
      if (!isOwner(value)) continue;
      try {
        if (value.isAlive) value.drop();
      } catch (error) {
        this.log.append(element('li', {}, element('pre', { className: 'failed' }, error.message)));
      }
      this.#names.delete(name);
    }
    this.#draw();
    const left = this.#heaplet.leakReport();
    const rows = left.map(({ type, count: number, bytes: sum }) => [
      type,
      count(number),
      bytes(sum),
    ]);
    this.leaks.replaceChildren(
      left.length === 0
        ? element('p', {}, 'Nothing is left: no leak.')
        : table('Left behind', ['Type', 'Values', 'Memory'], rows),
      ...this.#heaplet.findCycles().map((path) => element('p', {}, `Cycle: ${path.join(' → ')}`)),
    );
  }

  #collect() {
    const { count: number, bytes: sum } = this.#heaplet.collectCycles();
    this.leaks.replaceChildren(
      element('p', {}, `${count(number)} values ended, ${bytes(sum)} given back.`),
    );
    this.#draw();
  }

  #draw() {
    const graph = this.#heaplet.ownershipGraph();
    const view = handlesView(graph);
    this.graph.replaceChildren(
      graph.values.length > 0
        ? drawing(view, handlesSummary(graph))
        : element('p', { className: 'hint' }, 'Nothing lives.'),
    );
    const rows = byType(graph.values).map(
      ({ type, count: number, bytes: sum, owners, observers, borrowed }) => [
        type,
        ...[count(number), bytes(sum), count(owners), count(observers), count(borrowed)],
      ],
    );
    this.kinds.replaceChildren(
      table(
        'Living values by type',
        ['Type', 'Values', 'Memory', 'Strong', 'Weak', 'Borrowed'],
        rows,
      ),
    );
  }
}

function show(value) {
  if (isOwner(value)) return `a ${value.constructor.name}`;
  if (typeof value === 'string') return value.includes('\n') ? value : `'${value}'`;
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'an object';
  return String(value);
}

function drawing({ nodes, edges, width, height, cycleCount }, summary) {
  const arrow = (id) =>
    svg(
      'marker',
      { id, viewBox: '0 0 8 8', refX: 8, refY: 4, markerWidth: 8, markerHeight: 8, orient: 'auto' },
      svg('path', { d: 'M0 0 8 4 0 8z', class: id }),
    );
  const lines = edges.map(({ from, to, inCycle }) =>
    svg('path', {
      d: between(nodes[from], nodes[to]),
      class: inCycle ? 'edge cycle' : 'edge',
      'marker-end': `url(#${inCycle ? 'arrow-cycle' : 'arrow'})`,
    }),
  );
  const boxes = nodes.map(({ x, y, title, type, counts, inCycle, isBorrowed }) =>
    svg(
      'g',
      { class: ['node', inCycle && 'cycle', isBorrowed && 'borrowed'].filter(Boolean).join(' ') },
      svg('rect', {
        x: x - BOX.width,
        y: y - BOX.height,
        width: BOX.width * 2,
        height: BOX.height * 2,
        rx: 4,
      }),
      svg('text', { x, y: y - 6 }, `${title}: ${type}`),
      svg('text', { x, y: y + 12, class: 'counts' }, counts),
    ),
  );
  return svg(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': summary,
      'data-cycles': cycleCount,
    },
    svg('defs', {}, arrow('arrow'), arrow('arrow-cycle')),
    lines,
    boxes,
  );
}

/** From the edge of one box to the edge of another, slightly bent; a loop for a value that owns itself. */
function between(from, to) {
  if (from === to) {
    const [x, y] = [from.x, from.y - BOX.height];
    return `M${x - 20} ${y} C ${x - 40} ${y - 40}, ${x + 40} ${y - 40}, ${x + 20} ${y}`;
  }
  const start = edgeOf(from, to);
  const end = edgeOf(to, from);
  const [middleX, middleY] = [(start.x + end.x) / 2, (start.y + end.y) / 2];
  const bend = 0.12;
  const control = { x: middleX - (end.y - start.y) * bend, y: middleY + (end.x - start.x) * bend };
  return `M${start.x} ${start.y} Q ${control.x} ${control.y}, ${end.x} ${end.y}`;
}

function edgeOf(box, towards) {
  const [dx, dy] = [towards.x - box.x, towards.y - box.y];
  const scale = Math.min(
    BOX.width / Math.max(Math.abs(dx), 0.01),
    BOX.height / Math.max(Math.abs(dy), 0.01),
  );
  return { x: box.x + dx * scale, y: box.y + dy * scale };
}
