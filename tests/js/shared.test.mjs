// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import { Cell, Layout, Rc, RefCell, text } from '../../js/slim.js';
import { errorOf, growMemory, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();

describe('an Rc', () => {
  test('ends its value with the last owner', () => {
    const ended = [];
    const first = heaplet().rc('i32', 7);
    first.onDrop(() => ended.push('value'));
    const second = first.clone();
    expect(second).toBeInstanceOf(Rc);
    expect([first.strongCount, second.strongCount]).toEqual([2, 2]);
    first.drop();
    expect(ended).toEqual([]);
    expect(second.value).toBe(7);
    second.drop();
    expect(ended).toEqual(['value']);
  });

  test('cannot be used through a dropped owner while another lives', () => {
    const first = heaplet().rc('i32', 7);
    const second = first.clone();
    first.drop();
    expect(errorOf(() => first.value).code).toBe('E0382');
    expect(errorOf(() => first.clone()).code).toBe('E0382');
    expect(errorOf(() => first.drop()).code).toBe('E0382');
    expect(second.strongCount).toBe(1);
    second.drop();
  });

  test('is not assigned to', () => {
    const rc = heaplet().rc('i32', 7);
    const error = errorOf(() => (rc.value = 8));
    expect(error.code).toBe('E0594');
    expect(rc.value).toBe(7);
    rc.drop();
  });

  test('knows whether another owns the same value', () => {
    const first = heaplet().rc('i32', 7);
    const second = first.clone();
    const other = heaplet().rc('i32', 7);
    expect([first.is(second), first.is(other)]).toEqual([true, false]);
    for (const rc of [first, second, other]) rc.drop();
  });

  test('moves one share', () => {
    const first = heaplet().rc(text, 'shared');
    const second = first.clone();
    const moved = first.move();
    expect(second.strongCount).toBe(2);
    expect(errorOf(() => first.value).code).toBe('E0382');
    moved.drop();
    expect(second.value).toBe('shared');
    second.drop();
  });

  test('survives the growth of memory', () => {
    const first = heaplet().rc('i32', 7);
    growMemory(heaplet());
    const second = first.clone();
    growMemory(heaplet());
    first.drop();
    growMemory(heaplet());
    expect(second.strongCount).toBe(1);
    second.drop();
  });
});

describe('a Weak', () => {
  test('upgrades while an owner lives, and is null afterwards', () => {
    const rc = heaplet().rc('i32', 7);
    const weak = rc.downgrade();
    expect(rc.weakCount).toBe(1);
    const upgraded = weak.upgrade();
    expect(upgraded.value).toBe(7);
    expect(rc.strongCount).toBe(2);
    upgraded.drop();
    rc.drop();
    expect(weak.upgrade()).toBe(null);
    expect(weak.isAlive).toBe(false);
    weak.drop();
  });

  test('stops being counted when dropped, once', () => {
    const rc = heaplet().rc('i32', 7);
    const weak = rc.downgrade();
    weak.drop();
    weak.drop();
    weak[Symbol.dispose]();
    expect(rc.weakCount).toBe(0);
    expect(weak.upgrade()).toBe(null);
    rc.drop();
  });

  test('has no value of its own', () => {
    const rc = heaplet().rc('i32', 7);
    expect('value' in rc.downgrade()).toBe(false);
    rc.drop();
  });

  test('upgrades after memory has grown', () => {
    const rc = heaplet().rc('i32', 7);
    const weak = rc.downgrade();
    growMemory(heaplet());
    weak.upgrade().drop();
    rc.drop();
  });

  test('upgrades to an owner of the same kind', () => {
    const cell = heaplet().cell('i32', 7);
    const upgraded = cell.downgrade().upgrade();
    expect(upgraded).toBeInstanceOf(Cell);
    upgraded.drop();
    cell.drop();
  });
});

describe('a Cell', () => {
  test('changes for all its owners', () => {
    const first = heaplet().cell('i32', 1);
    const second = first.clone();
    second.set(2);
    expect(first.get()).toBe(2);
    expect(first.replace(3)).toBe(2);
    expect(second.update((value) => value * 2)).toBe(6);
    first.drop();
    second.drop();
  });
});

describe('a RefCell', () => {
  test('lends to many readers or one writer', () => {
    const cell = heaplet().refCell('i32', 1);
    const readers = [cell.borrow(), cell.borrow()];
    expect(cell.borrowState).toBe(2);
    expect(cell.tryBorrowMut()).toBe(null);
    expect(errorOf(() => cell.borrowMut()).code).toBe('E0502');
    for (const reader of readers) reader.drop();
    const writer = cell.borrowMut();
    writer.value = 5;
    expect(cell.tryBorrow()).toBe(null);
    expect(errorOf(() => cell.borrow()).code).toBe('E0502');
    expect(errorOf(() => cell.borrowMut()).code).toBe('E0499');
    writer.drop();
    expect(cell.with((value) => value)).toBe(5);
    cell.drop();
  });

  test('gives borrows back when the body throws', () => {
    const cell = heaplet().refCell('i32', 1);
    const fail = () => {
      throw new Error('mine');
    };
    expect(() => cell.with(fail)).toThrow('mine');
    expect(() => cell.withMut(fail)).toThrow('mine');
    expect(cell.borrowState).toBe(0);
    cell.drop();
  });

  test('gives the borrow back when the body drops the owner it was asked of', () => {
    const first = heaplet().refCell('i32', 1);
    const second = first.clone();
    expect(first.with((value) => (first.drop(), value))).toBe(1);
    expect(second.borrowState).toBe(0);
    second.drop();
  });

  test('gives borrows back when memory grows in the body', () => {
    const cell = heaplet().refCell('i32', 1);
    cell.with(() => growMemory(heaplet()));
    expect(cell.borrowState).toBe(0);
    cell.withMut((value) => {
      growMemory(heaplet());
      return value + 1;
    });
    expect(cell.borrowState).toBe(0);
    const guard = cell.borrow();
    growMemory(heaplet());
    expect(guard.value).toBe(2);
    growMemory(heaplet());
    guard.drop();
    expect(cell.borrowState).toBe(0);
    cell.drop();
  });

  test('gives a borrow back once', () => {
    const cell = heaplet().refCell('i32', 1);
    const first = cell.borrow();
    const second = cell.borrow();
    first.drop();
    first.drop();
    first[Symbol.dispose]();
    expect(cell.borrowState).toBe(1);
    expect(errorOf(() => first.value).code).toBe('E0597');
    second.drop();
    cell.drop();
  });

  test('refuses to write through a shared borrow', () => {
    const cell = heaplet().refCell('i32', 1);
    const guard = cell.borrow();
    expect(errorOf(() => (guard.value = 2)).code).toBe('H0006');
    guard.drop();
    cell.drop();
  });

  test('lends structs as views', () => {
    const Point = Layout.of({ x: 'f32', y: 'f32' }, 'Point');
    const cell = heaplet().refCell(Point, { x: 1, y: 2 });
    cell.withMut((point) => {
      point.x += 10;
    });
    expect(cell.with((point) => [point.x, point.y])).toEqual([11, 2]);
    cell.drop();
  });

  test('ends views with the borrow that they came from', () => {
    const Point = Layout.of({ x: 'f32', y: 'f32' }, 'Point');
    const cell = heaplet().refCell(Point, { x: 1 });
    const guard = cell.borrowMut();
    const view = guard.value;
    view.x = 2;
    growMemory(heaplet());
    view.x = 3;
    guard.drop();
    expect(errorOf(() => view.x).code).toBe('E0597');
    expect(errorOf(() => (view.x = 4)).code).toBe('E0597');
    let kept;
    cell.with((value) => void (kept = value));
    expect(errorOf(() => kept.x).code).toBe('E0597');
    cell.withMut((value) => void (kept = value));
    expect(errorOf(() => kept.x).code).toBe('E0597');
    expect(cell.with(({ x }) => x)).toBe(3);
    cell.drop();
  });

  test('is shared as an Rc is', () => {
    const cell = heaplet().refCell('i32', 1);
    const other = cell.clone();
    expect(other).toBeInstanceOf(RefCell);
    other.withMut(() => 9);
    cell.drop();
    expect(other.with((value) => value)).toBe(9);
    other.drop();
  });
});
