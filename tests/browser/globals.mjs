// SPDX-License-Identifier: MIT
//
// As much of Jest's globals as tests/js/ uses, for browsers. An import map puts it in Jest's place.

const tests = [];
const groups = [];
const hooks = { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] };

export const beforeAll = (hook) => hooks.beforeAll.push(hook);
export const afterAll = (hook) => hooks.afterAll.push(hook);
export const beforeEach = (hook) => hooks.beforeEach.push(hook);
export const afterEach = (hook) => hooks.afterEach.push(hook);

export function describe(name, body) {
  groups.push(name);
  body();
  groups.pop();
}

export function test(name, body) {
  tests.push({ name: [...groups, name].join(' › '), body });
}

test.each = (rows) => (name, body) => {
  for (const row of rows) {
    const values = Array.isArray(row) ? row : [row];
    let next = 0;
    test(
      name.replace(/%[sp]/g, () => String(values[next++])),
      () => body(...values),
    );
  }
};

/** Runs what was registered since the last time: `[{name, error}]`, error being null when passed. */
export async function runTests() {
  const results = [];
  for (const hook of hooks.beforeAll) await hook();
  for (const { name, body } of tests.splice(0)) {
    let error = null;
    try {
      for (const hook of hooks.beforeEach) await hook();
      await body();
    } catch (thrown) {
      error = `${thrown?.message}\n${thrown?.stack}`;
    }
    try {
      for (const hook of hooks.afterEach) await hook();
    } catch (thrown) {
      error ??= `${thrown?.message}`;
    }
    results.push({ name, error });
  }
  for (const hook of hooks.afterAll) await hook();
  for (const list of Object.values(hooks)) list.length = 0;
  return results;
}

const isObject = (value) => typeof value === 'object' && value !== null;

/** Deep equality; with `isPartial`, `actual` may have more fields. */
function equal(actual, expected, isPartial = false) {
  if (Object.is(actual, expected)) return true;
  if (!isObject(actual) || !isObject(expected)) return false;
  if (Array.isArray(actual) !== Array.isArray(expected)) return false;
  const defined = (value) => Object.keys(value).filter((key) => value[key] !== undefined);
  if (!isPartial && defined(actual).length !== defined(expected).length) return false;
  return defined(expected).every((key) => equal(actual[key], expected[key], isPartial));
}

function throws(body, expected) {
  try {
    body();
  } catch (error) {
    if (expected === undefined) return true;
    return typeof expected === 'string'
      ? error.message.includes(expected)
      : error instanceof expected;
  }
  return false;
}

const matchers = {
  toBe: (actual, expected) => Object.is(actual, expected),
  toEqual: (actual, expected) => equal(actual, expected),
  toMatchObject: (actual, expected) => equal(actual, expected, true),
  toThrow: throws,
  toBeInstanceOf: (actual, expected) => actual instanceof expected,
  toHaveLength: (actual, expected) => actual.length === expected,
  toContain: (actual, expected) => actual.includes(expected),
  toMatch: (actual, expected) => expected.test(actual),
  toBeGreaterThan: (actual, expected) => actual > expected,
  toBeGreaterThanOrEqual: (actual, expected) => actual >= expected,
  toBeLessThan: (actual, expected) => actual < expected,
  toBeLessThanOrEqual: (actual, expected) => actual <= expected,
};

const show = (value) => {
  const text = (key, item) => (typeof item === 'bigint' ? `${item}n` : item);
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value, text) ?? `${value}`);
};

export function expect(actual) {
  const made = (isNegated) =>
    Object.fromEntries(
      Object.entries(matchers).map(([name, matches]) => [
        name,
        (...expected) => {
          if (matches(actual, ...expected) !== isNegated) return;
          const negation = isNegated ? 'not ' : '';
          throw new Error(`expected ${show(actual)} ${negation}${name} ${expected.map(show)}`);
        },
      ]),
    );
  return { ...made(false), not: made(true) };
}
