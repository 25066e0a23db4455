// SPDX-License-Identifier: MIT
//
// What JavaScript gets of owned_class(): Box and Rc, scopes, reports, and ends that come once.

import assert from 'node:assert/strict';
import { attachHeaplet } from '../../js/attach.js';

const XML = '<library><book year="1968">Do Androids Dream</book></library>';

/** Tests by name; each gets the factory that Emscripten generated. */
export const TESTS = {
  async 'a document has one owner, and ends with it'(createModule) {
    const { classes, liveValues, heaplet } = await attach(createModule);
    const box = classes.Document.box();
    assert.equal(box.value.load(XML), true);
    assert.equal(box.value.evaluate('/library/book'), 'Do Androids Dream');
    const document = box.value;
    const moved = box.move();
    assert.throws(() => box.value, { code: 'E0382' });
    moved.drop();
    assert.equal(document.isDeleted(), true);
    assert.throws(() => moved.value, { code: 'E0382' });
    assert.throws(() => moved.drop(), { code: 'E0382' });
    assert.deepEqual(liveValues(), []);
    heaplet.close();
  },

  async 'a document is shared, and observed'(createModule) {
    const { classes, liveValues } = await attach(createModule);
    const rc = classes.Document.rc();
    const weak = rc.downgrade();
    const other = rc.clone();
    rc.value.load(XML);
    rc.drop();
    assert.equal(other.value.evaluate('count(//book)'), '1');
    const again = weak.upgrade();
    assert.equal(again.value, other.value);
    again.drop();
    other.drop();
    assert.equal(weak.upgrade(), null);
    assert.deepEqual(liveValues(), []);
  },

  async 'arguments reach the constructor, and destructors run once, last first'(createModule) {
    const { classes, module, heaplet } = await attach(createModule);
    const ended = [];
    heaplet.scope((scope) => {
      for (const name of ['a', 'b', 'c']) {
        const session = scope.own(classes.Session.box(name));
        session.onDrop(() => ended.push(name));
        assert.equal(session.value.name, name);
      }
      assert.equal(module.liveSessions(), 3);
    });
    assert.deepEqual(ended, ['c', 'b', 'a']);
    assert.equal(module.liveSessions(), 0);
  },

  async 'a scope of hundreds gives all memory back'(createModule) {
    const { classes, heaplet } = await attach(createModule);
    const parse = () =>
      heaplet.scope((scope) => {
        for (let i = 0; i < 300; i++) {
          assert.equal(scope.own(classes.Document.box()).value.load(XML), true);
        }
      });
    parse();
    const { buffer } = heaplet.unsafe.bytes(0, 0);
    const before = buffer.byteLength;
    for (let i = 0; i < 20; i++) parse();
    assert.equal(heaplet.unsafe.bytes(0, 0).buffer.byteLength, before);
    assert.equal(heaplet.stats().liveCount, 0);
  },

  async 'a forgotten document is reported, by class, size and place'(createModule) {
    const { classes, heaplet } = await attach(createModule, { diagnostics: 'full' });
    const forgotten = classes.Document.box();
    const [{ type, count, bytes, site }] = heaplet.leakReport();
    assert.equal(type, 'Document');
    assert.equal(count, 1);
    assert.equal(bytes, classes.Document.bytes);
    assert.match(site, /documents\.mjs/);
    assert.throws(() => heaplet.assertNoLeaks(() => classes.Document.rc()), { code: 'H0007' });
    assert.equal(heaplet.liveValues().length, 2);
    forgotten.drop();
  },

  async 'only classes that were handed over are listed'(createModule) {
    const { classes } = await attach(createModule);
    assert.deepEqual(Object.keys(classes).sort(), ['Document', 'Meter', 'Session']);
  },

  async 'a constructor that refuses its arguments leaves nothing behind'(createModule) {
    const { classes, liveValues, module } = await attach(createModule);
    assert.throws(() => classes.Session.box());
    assert.throws(() => classes.Session.box('a', 'b'));
    assert.equal(module.liveSessions(), 0);
    assert.deepEqual(liveValues(), []);
  },

  async 'methods of numbers are called without Embind'(createModule) {
    const { classes, heaplet } = await attach(createModule);
    const { reset, add, addScaled, isAbove, bits, least } = classes.Meter.methods;
    const meter = classes.Meter.box();
    assert.equal(add(meter, 1.5), 1.5);
    assert.equal(addScaled(meter, 0.5, -3, true), 3);
    assert.deepEqual([isAbove(meter, 2), isAbove(meter, 3)], [true, false]);
    assert.equal(bits(meter, 0xffffffff), 0xf000000f);
    assert.deepEqual([least(meter, -128, 255), least(meter, 5, 3)], [-128, 3]);
    assert.equal(reset(meter), undefined);
    assert.equal(add(meter, 1), 1);
    const shared = classes.Meter.rc();
    assert.equal(add(shared.clone(), 2), 2);
    assert.equal(add(shared, 2), 4);
    // Memory grows.
    const big = heaplet.unsafe.allocate(64 << 20);
    assert.equal(add(shared, 0), 4);
    heaplet.unsafe.deallocate(big, 64 << 20);
  },

  async 'a method refuses what is no owner of its class, and what is no number of its kind'(
    createModule,
  ) {
    const { classes, heaplet } = await attach(createModule);
    const other = (await attach(createModule)).classes.Meter.box();
    const { add, addScaled, isAbove, bits, least } = classes.Meter.methods;
    const meter = classes.Meter.rc();
    class Meter {
      delete() {}
    }
    const strangers = [undefined, null, 1, {}, meter.value, meter.downgrade(), other];
    strangers.push(classes.Document.box(), heaplet.box('i32', 1), heaplet.own(new Meter()));
    for (const stranger of strangers) assert.throws(() => add(stranger, 1), { code: 'H0006' });
    for (const wrong of [undefined, null, '1', 1n, {}, true])
      assert.throws(() => add(meter, wrong), { code: 'H0006' });
    for (const wrong of [0.5, 32768, -32769, NaN, Infinity])
      assert.throws(() => isAbove(meter, wrong), { code: 'H0006' });
    for (const wrong of [-1, 2 ** 32]) assert.throws(() => bits(meter, wrong), { code: 'H0006' });
    assert.throws(() => least(meter, 128, 0), { code: 'H0006' });
    assert.throws(() => least(meter, 0, 256), { code: 'H0006' });
    assert.throws(() => addScaled(meter, 1, 1, 1), { code: 'H0006' });
    meter.drop();
    assert.throws(() => add(meter, 1), { code: 'E0382' });
    other.drop();
  },

  async 'an object that has an owner is not ended by hand'(createModule) {
    const { classes, heaplet } = await attach(createModule);
    const { add } = classes.Meter.methods;
    const meter = classes.Meter.box();
    assert.throws(() => meter.value.delete(), { code: 'E0505' });
    assert.throws(() => meter.value[Symbol.dispose ?? 'delete'](), { code: 'E0505' });
    assert.equal(add(meter, 1), 1);
    const object = meter.value;
    meter.drop();
    assert.equal(object.isDeleted(), true);
    assert.equal(heaplet.stats().liveCount, 0);
  },

  async 'values of heaplet live in the same module'(createModule) {
    const { heaplet, module } = await attach(createModule);
    const box = heaplet.box('f64', 0.5);
    assert.equal(box.value, 0.5);
    box.drop();
    assert.equal(attachHeaplet(module), heaplet);
  },
};

async function attach(createModule, options) {
  const module = await createModule();
  const heaplet = attachHeaplet(module, options);
  return {
    module,
    heaplet,
    classes: heaplet.classes,
    liveValues: () => heaplet.liveValues(),
  };
}
