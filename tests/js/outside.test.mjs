// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import { Layout, Outside, owned } from '../../js/slim.js';
import { errorOf, growMemory, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();

class Thing {
  deletions = 0;
  delete() {
    this.deletions += 1;
  }
}

describe('an owner of an object from elsewhere', () => {
  test('deletes it once, with the last owner', () => {
    const thing = new Thing();
    const first = heaplet().own(thing);
    const second = first.clone();
    const weak = first.downgrade();
    expect(second).toBeInstanceOf(Outside);
    expect(second.value).toBe(thing);
    first.drop();
    expect(thing.deletions).toBe(0);
    second.drop();
    expect(thing.deletions).toBe(1);
    expect(weak.upgrade()).toBe(null);
    expect(errorOf(() => second.value).code).toBe('E0382');
    second[Symbol.dispose]();
    expect(thing.deletions).toBe(1);
  });

  test('ends it as it is told to', () => {
    const ended = [];
    const object = { name: 'socket' };
    heaplet()
      .own(object, (it) => ended.push(it))
      .drop();
    expect(ended).toEqual([object]);
  });

  test('leaves it to a scope, or to a struct', () => {
    const [first, second] = [new Thing(), new Thing()];
    heaplet().scope((scope) => scope.own(heaplet().own(first)));
    expect(first.deletions).toBe(1);
    const owner = heaplet().own(second);
    const Holder = Layout.of({ thing: owned(owner.type) }, 'Holder');
    const holder = heaplet().box(Holder, { thing: owner });
    expect(second.deletions).toBe(0);
    holder.drop();
    expect(second.deletions).toBe(1);
  });

  test('shows it in reports under the name of its class', () => {
    const owners = [heaplet().own(new Thing()), heaplet().own(new Thing())];
    expect(heaplet().leakReport()).toMatchObject([{ type: 'Thing', count: 2 }]);
    for (const owner of owners) owner.drop();
  });

  test('survives the growth of memory', () => {
    const thing = new Thing();
    const owner = heaplet().own(thing);
    growMemory(heaplet());
    expect(owner.value).toBe(thing);
    growMemory(heaplet());
    owner.drop();
    expect(thing.deletions).toBe(1);
  });

  test('refuses what has an owner already, cannot be deleted, or is no object', () => {
    const thing = new Thing();
    const owner = heaplet().own(thing);
    expect(errorOf(() => heaplet().own(thing)).code).toBe('H0006');
    owner.drop();
    for (const value of [{}, null, 1, undefined]) {
      expect(errorOf(() => heaplet().own(value)).code).toBe('H0006');
    }
  });
});
