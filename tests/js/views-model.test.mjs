// SPDX-License-Identifier: MIT
//
// Random values of each type, compared with what plain JavaScript holds: scalars, arrays, texts, layouts.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Layout, arrayOf, text } from '../../js/slim.js';
import { explore, outcome, same } from './random.mjs';
import { sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();

const KINDS = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
};

/** A number that may or may not be of the type. */
function value(random, name) {
  const near = [0, 1, -1, 127, 128, 255, 256, 32768, 65535, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 0.5];
  const number = random(2) ? near[random(near.length)] : random(2 ** 32) - 2 ** 31;
  return name.endsWith('64') && name !== 'f64' ? BigInt(Math.trunc(number)) : number;
}

function slices(random, steps) {
  const names = Object.keys(KINDS);
  const name = names[random(names.length)];
  const Kind = KINDS[name];
  const length = 1 + random(12);
  const box = heaplet().box(arrayOf(name), length);
  // A view in JavaScript, and its like in the module: cut in the same way.
  let views = [{ plain: new Kind(length), real: box.value }];
  const fits = (number) => {
    if (name.startsWith('f')) return true;
    return new Kind([number])[0] === number;
  };
  for (let step = 0; step < steps; step++) {
    const { plain, real } = views[random(views.length)];
    const index = random(plain.length + 2) - 1;
    const isInside = index >= 0 && index < plain.length;
    switch (random(5)) {
      case 0:
        same(
          outcome(() => real.at(index)),
          isInside ? plain[index] : 'H0002',
        );
        break;
      case 1: {
        const given = value(random, name);
        const expected = !isInside ? 'H0002' : fits(given) ? undefined : 'H0006';
        same(
          outcome(() => real.set(index, given)),
          expected,
        );
        if (expected === undefined) plain[index] = given;
        break;
      }
      case 2: {
        const end = random(plain.length + 1);
        const start = random(end + 1);
        if (views.length > 8) views = [views[0]];
        const cut = real.slice(start, end);
        views.push({ plain: plain.subarray(start, end), real: cut });
        same(cut.length, end - start);
        break;
      }
      case 3: {
        const given = [value(random, name), value(random, name)];
        const isFine = given.every(fits);
        const room = index >= 0 && index <= plain.length;
        const expected = room && isFine && plain.length - index >= 2;
        const result = outcome(() => real.copyFrom(given, index));
        same(result === real, expected);
        if (expected) plain.set(given, index);
        break;
      }
      default:
        same(real.toArray().join(), plain.join());
    }
  }
  box.drop();
  for (const { real } of views)
    if (real.length > 0)
      same(
        outcome(() => real.at(0)),
        'E0597',
      );
}

test('slices agree with typed arrays', () => explore(slices, 100_000, 400), 60_000);

test('texts agree with strings, and are cut where UTF-8 allows', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 12 });
  fc.assert(
    fc.property(anyText, fc.nat(40), fc.nat(40), (string, from, to) => {
      const utf8 = new TextEncoder().encode(string);
      const box = heaplet().box(text, string);
      same(box.value, string);
      const view = box.view();
      same(view.length, utf8.length);
      const [start, end] = [from % (utf8.length + 1), to % (utf8.length + 1)];
      let expected = start > end ? 'H0006' : undefined;
      const isInside = (at) => at < utf8.length && (utf8[at] & 0xc0) === 0x80;
      if (expected === undefined && (isInside(start) || isInside(end))) expected = 'H0003';
      expected ??= new TextDecoder('utf-8', { ignoreBOM: true }).decode(utf8.slice(start, end));
      same(
        outcome(() => `${view.slice(start, end)}`),
        expected,
      );
      box.drop();
    }),
    { numRuns: 5000 },
  );
});

test('layouts agree with a DataView at the offsets that C gives', () => {
  const names = fc.array(fc.constantFrom(...Object.keys(KINDS)), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(names, fc.integer(), (types, seed) => {
      const layout = Layout.of(Object.fromEntries(types.map((type, i) => [`f${i}`, type])));
      let end = 0;
      const offsets = types.map((type) => {
        const bytes = KINDS[type].BYTES_PER_ELEMENT;
        const offset = Math.ceil(end / bytes) * bytes;
        end = offset + bytes;
        return offset;
      });
      const alignment = Math.max(...types.map((type) => KINDS[type].BYTES_PER_ELEMENT));
      same(layout.bytes, Math.ceil(end / alignment) * alignment);
      expect(layout.fields.map(({ offset }) => offset)).toEqual(offsets);
      expect(layout.suggestion.bytes).toBeLessThanOrEqual(layout.bytes);

      const box = heaplet().box(layout);
      const given = types.map((type, i) => {
        const number = (seed + 31 * i) & 0x7f;
        return /^[iu]64$/.test(type) ? BigInt(number) : number;
      });
      given.forEach((number, i) => (box.value[`f${i}`] = number));
      const memory = heaplet().unsafe.bytes(heaplet().unsafe.addressOf(box), layout.bytes);
      types.forEach((type, i) => {
        const Kind = KINDS[type];
        const raw = memory.slice(offsets[i], offsets[i] + Kind.BYTES_PER_ELEMENT);
        same(new Kind(raw.buffer)[0], given[i]);
        same(box.value[`f${i}`], given[i]);
      });
      const copy = heaplet().box(layout, box.value);
      expect(copy.value.toJSON()).toEqual(box.value.toJSON());
      copy.drop();
      box.drop();
    }),
    { numRuns: 500 },
  );
});
