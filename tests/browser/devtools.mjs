// SPDX-License-Identifier: MIT
//
// What DevTools shows of owners (js/devtools.js): asked of Chromium as DevTools asks it, by the protocol.

import assert from 'node:assert/strict';

/** Runs in the page: what the tests look at is left in `shown`. */
const PROGRAM = `(async () => {
  const { Layout, arrayOf, loadHeaplet, text } = await import('/js/slim.js');
  const { formatOwners } = await import('/js/devtools.js');
  const heaplet = await loadHeaplet({ wasm: '/heaplet-raw.wasm', diagnostics: 'full' });
  const closed = await loadHeaplet({ wasm: '/heaplet-raw.wasm' });
  const Point = Layout.of({ x: 'f32', y: 'f32' }, 'Point');
  globalThis.shown = {
    plain: { x: 1 },
    box: heaplet.box('i32', 42).named('answer'),
    point: heaplet.rc(Point, { x: 1.5, y: 2 }),
    string: heaplet.box(text, 'né'),
    slice: heaplet.box(arrayOf('u8'), 1000),
    cell: heaplet.refCell('i32', 7),
    arena: heaplet.arena(),
    moved: heaplet.box('u8', 1),
    dropped: heaplet.box('u8', 1),
    orphan: closed.box('u8', 1),
    proxy: new Proxy({}, { getPrototypeOf() { throw new Error('looked at'); } }),
  };
  shown.weak = shown.point.downgrade();
  shown.guard = shown.cell.borrow();
  shown.next = shown.moved.move();
  shown.dropped.drop();
  closed.close();
  globalThis.unformat = formatOwners();
  formatOwners();
  return devtoolsFormatters.length;
})()`;

/** What a console shows of \`shown[name]\`: the header's text and values, and the lines of the body. */
async function look(client, name) {
  const { result } = await client.send('Runtime.evaluate', {
    expression: `shown.${name}`,
    generatePreview: true,
  });
  if (!result.customPreview) return null;
  const { header, bodyGetterId } = result.customPreview;
  const { result: body } = await client.send('Runtime.callFunctionOn', {
    functionDeclaration: 'function (get) { return JSON.stringify(get()); }',
    objectId: bodyGetterId,
    arguments: [{ objectId: bodyGetterId }],
  });
  return { header: await textOf(client, JSON.parse(header)), body: rowsOf(body) };
}

/** Text of JsonML; objects in it are asked for. */
async function textOf(client, [tag, attributes, ...children]) {
  if (tag === 'object') {
    const { objectId, value, description } = attributes;
    if (objectId === undefined) return JSON.stringify(value) ?? description;
    const functionDeclaration = 'function () { return JSON.stringify(this); }';
    const { result } = await client.send('Runtime.callFunctionOn', {
      functionDeclaration,
      objectId,
    });
    return result.value;
  }
  const parts = [];
  for (const child of children) {
    parts.push(Array.isArray(child) ? await textOf(client, child) : child);
  }
  return parts.join('');
}

function rowsOf({ value }) {
  return (
    value &&
    JSON.parse(value)
      .slice(2)
      .map(([, , ...cells]) => cells.map((cell) => cell[2]))
  );
}

/** By name, as tests. */
export const DEVTOOLS_TESTS = {
  async 'DevTools shows owners by their values'(client) {
    const { result } = await client.send('Runtime.evaluate', {
      expression: PROGRAM,
      awaitPromise: true,
    });
    assert.equal(result.value, 1, 'formatters, with one asked for twice');
    const header = async (name) => (await look(client, name))?.header.replace(/\d+v\d+/, '_');
    assert.equal(await header('box'), 'Box#_ <i32> 42');
    assert.equal(await header('point'), 'Rc#_ <Point> {"x":1.5,"y":2}');
    assert.equal(await header('string'), 'Box#_ <text> "né"');
    assert.equal(await header('slice'), `Box#_ <u8[]> [${Array(100).fill(0)}]`);
    assert.equal(await header('cell'), 'RefCell#_ <i32> 7');
    assert.equal(await header('weak'), 'Weak#_ <Point>');
    assert.equal(await header('arena'), 'Arena#_ <Arena>');
    assert.equal(await header('moved'), 'Box#_ <u8> moved');
    assert.equal(await header('dropped'), 'Box#_ <u8> dropped');
    assert.equal(await header('orphan'), 'Box#? <u8> of a closed instance');
  },

  async 'DevTools shows what keeps a value, and where it was made'(client) {
    const { body } = await look(client, 'cell');
    const rows = Object.fromEntries(body.filter(({ length }) => length === 2));
    assert.deepEqual(
      { ...rows, address: rows.address > 0 },
      { bytes: '4', address: true, owners: '1', observers: '0', borrowed: '1 times, shared' },
    );
    const box = (await look(client, 'box')).body.flat();
    assert.ok(box.includes('it is called "answer"'));
    assert.ok(box.some((line) => line.startsWith('created at ')));
    const dropped = (await look(client, 'dropped')).body.flat();
    assert.ok(dropped.some((line) => line.startsWith('dropped at ')));
    assert.equal(dropped.includes('bytes'), false);
  },

  async 'DevTools changes nothing by looking, and leaves other objects alone'(client) {
    assert.equal(await look(client, 'plain'), null);
    assert.equal(await look(client, 'proxy'), null);
    const { result } = await client.send('Runtime.evaluate', {
      expression: `JSON.stringify([shown.point.strongCount, shown.point.weakCount, shown.cell.tryBorrowMut(),
        (shown.guard.drop(), shown.cell.tryBorrowMut() !== null)])`,
    });
    assert.equal(result.value, '[1,1,null,true]');
    await client.send('Runtime.evaluate', { expression: 'unformat()' });
    assert.equal(await look(client, 'box'), null);
  },
};
