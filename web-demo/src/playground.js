// SPDX-License-Identifier: MIT
//
// Purpose: a line of JavaScript at a time, over names that the visitor makes. The page's policy
// forbids eval, so this reads the few forms that ownership needs:
//
//   let name = expression    path = expression    expression
//
// An expression is a literal, a name, fields, calls and indices of it, or an object of expressions.

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|('[^']*'|"[^"]*")|([A-Za-z_$][\w$]*)|(=>|[-.,:;=(){}[\]]))/y;
const FORBIDDEN = new Set(['constructor', 'prototype', '__proto__']);

class Unreadable extends Error {}

function tokens(line) {
  const found = [];
  TOKEN.lastIndex = 0;
  const text = line.replace(/\/\/.*$/, '').trimEnd();
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match)
      throw new Unreadable(`cannot read this from column ${at + 1}: ${text.slice(at, at + 12)}`);
    const [, number, string, name, sign] = match;
    if (number !== undefined) found.push({ value: Number(number) });
    else if (string !== undefined) found.push({ value: string.slice(1, -1) });
    else found.push(name !== undefined ? { name } : { sign });
  }
  return found;
}

class Line {
  #tokens;
  #at = 0;
  #names;

  constructor(line, names) {
    this.#tokens = tokens(line);
    this.#names = names;
  }

  run() {
    if (this.#tokens.length === 0) return { value: undefined, isSilent: true };
    const [first, second] = this.#tokens;
    let declared;
    if (['let', 'const'].includes(first.name) && second?.name) {
      declared = second.name;
      this.#at = 2;
      this.#expect('=');
    }
    const reference = this.#reference();
    const isAssignment = !declared && this.#take('=');
    const value = isAssignment ? this.#reference().value : reference.value;
    if (isAssignment) reference.assign(value);
    this.#take(';');
    if (this.#at < this.#tokens.length)
      throw new Unreadable(`one statement a line: what is "${this.#shown()}"?`);
    if (declared) this.#names.set(declared, value);
    return { value, declared, isSilent: declared !== undefined || isAssignment };
  }

  #shown() {
    const { name, sign, value } = this.#tokens[this.#at] ?? {};
    return name ?? sign ?? value ?? 'the end of the line';
  }

  #take(sign) {
    if (this.#tokens[this.#at]?.sign !== sign) return false;
    this.#at++;
    return true;
  }

  #expect(sign) {
    if (!this.#take(sign)) throw new Unreadable(`expected "${sign}" and found "${this.#shown()}"`);
  }

  /** A value, and how to assign to where it came from. Getters run once, when the value is wanted. */
  #reference() {
    let current = this.#primary();
    for (;;) {
      const target = current;
      if (this.#take('.')) {
        const { name } = this.#tokens[this.#at++] ?? {};
        current = field(target, name);
      } else if (this.#take('[')) {
        const key = this.#reference().value;
        this.#expect(']');
        current = field(target, key);
      } else if (this.#take('(')) {
        const values = this.#list(')');
        const result = target.call(values);
        current = constant(result);
      } else return target;
    }
  }

  #primary() {
    const token = this.#tokens[this.#at++];
    if (!token) throw new Unreadable('the line ends too early');
    if ('value' in token) return constant(token.value);
    if (token.sign === '-') return constant(-this.#primary().value);
    if (token.sign === '{') return constant(this.#object());
    if (token.sign) throw new Unreadable(`did not expect "${token.sign}"`);
    if (token.name in LITERALS) return constant(LITERALS[token.name]);
    return this.#named(token.name);
  }

  #named(name) {
    const names = this.#names;
    return {
      get value() {
        if (!names.has(name)) throw new Unreadable(`there is no ${name}`);
        return names.get(name);
      },
      assign: (value) => names.set(name, value),
      call(values) {
        return this.value(...values);
      },
    };
  }

  #object() {
    const made = {};
    while (!this.#take('}')) {
      const { name } = this.#tokens[this.#at++] ?? {};
      if (!name || FORBIDDEN.has(name)) throw new Unreadable('a field begins with its name');
      this.#expect(':');
      made[name] = this.#reference().value;
      if (!this.#take(',') && this.#tokens[this.#at]?.sign !== '}') this.#expect('}');
    }
    return made;
  }

  #list(end) {
    const values = [];
    while (!this.#take(end)) {
      values.push(this.#reference().value);
      if (!this.#take(',') && this.#tokens[this.#at]?.sign !== end) this.#expect(end);
    }
    return values;
  }
}

const LITERALS = { true: true, false: false, null: null, undefined };
const constant = (value) => ({
  value,
  assign() {
    throw new Unreadable('only a name or a field can be assigned to');
  },
  call: () => {
    throw new TypeError('this is not a function');
  },
});

function field(target, key) {
  if (key === undefined || FORBIDDEN.has(`${key}`))
    throw new Unreadable('expected the name of a field');
  const owner = target.value;
  return {
    get value() {
      return owner[key];
    },
    assign(value) {
      owner[key] = value;
    },
    call(values) {
      if (typeof owner[key] !== 'function')
        throw new TypeError(`${String(key)} is not a function here`);
      return owner[key](...values);
    },
  };
}

/**
 * Runs one line over `names`. Errors of what it calls are thrown on.
 * @param {string} line
 * @param {Map<string, any>} names
 * @returns {{value: any, declared?: string, isSilent: boolean}} silent where nothing is to be shown
 */
export const runLine = (line, names) => new Line(line, names).run();
