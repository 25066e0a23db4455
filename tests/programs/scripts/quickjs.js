// SPDX-License-Identifier: MIT
//
// QuickJS at work on a real C header (SQLite's): tokens by regular expressions, a parser for its
// declarations, indexes in maps and sets, JSON there and back; then an interpreter written in
// JavaScript, classes, closures, generators, promises, big integers and typed arrays. Runs inside
// QuickJS, so its globals are print(), readText() and scale. Its output depends on nothing else.
/* global print, readText, scale */

'use strict';

function checksum(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

const byCountThenName = ([a, m], [b, n]) => n - m || (a < b ? -1 : 1);

// ---- the header as tokens, declarations and an index ----

const TOKEN =
  /\/\*([\s\S]*?)\*\/|^[ \t]*#[ \t]*(\w+)(.*(?:\\\n.*)*)|([A-Za-z_]\w*)|(0x[\da-fA-F]+|\d+)|"((?:[^"\\]|\\.)*)"|[{}()[\];,*=]|\S/gm;

function tokenize(text) {
  const tokens = [];
  for (const match of text.matchAll(TOKEN)) {
    const [all, comment, directive, rest, name, number, string] = match;
    if (comment !== undefined) tokens.push({ kind: 'comment', text: comment.trim() });
    else if (directive !== undefined) tokens.push({ kind: 'directive', text: directive, rest });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string });
    else tokens.push({ kind: 'mark', text: all });
  }
  return tokens;
}

class Declarations {
  #functions = new Map();
  #constants = new Map();
  #types = new Set();

  constructor(tokens) {
    let comment = '';
    let pending = [];
    let depth = 0;
    for (const token of tokens) {
      if (token.kind === 'comment') comment = token.text;
      else if (token.kind === 'directive') this.#define(token, comment);
      else {
        if (token.kind === 'mark' && '{('.includes(token.text)) depth++;
        if (token.kind === 'mark' && '})'.includes(token.text)) depth--;
        pending.push(token);
        if (pending.map(({ text }) => text).join(' ') === 'extern C {') pending = [];
        if (pending.length === 0) depth = 0;
        if (token.text === ';' && depth === 0) {
          this.#declare(pending, comment);
          pending = [];
        }
      }
    }
  }

  #define({ text, rest }, comment) {
    const match = text === 'define' && /^\s+(SQLITE_\w+)\s+(.*?)\s*(\/\*.*)?$/.exec(rest);
    if (match) this.#constants.set(match[1], { value: match[2], about: comment.slice(0, 60) });
  }

  #declare(tokens, comment) {
    const words = tokens.map((token) => token.text);
    const open = words.indexOf('(');
    if (words[0] === 'typedef') this.#types.add(words[words.length - 2]);
    else if (open > 0 && /^sqlite3_/.test(words[open - 1])) {
      const parameters = words
        .slice(open + 1, words.lastIndexOf(')'))
        .join(' ')
        .split(' , ');
      this.#functions.set(words[open - 1], {
        returns: words.slice(0, open - 1).join(' '),
        parameters,
        about: comment.split(/\s+/).slice(0, 20),
      });
    }
  }

  toJSON() {
    return {
      functions: Object.fromEntries(this.#functions),
      constants: [...this.#constants].map(([name, { value, about }]) => ({ name, value, about })),
      types: [...this.#types].sort(),
    };
  }
}

function header() {
  const text = readText('data.txt').slice(0, 60000 + 30000 * scale);
  print('header', text.length, checksum(text));
  const tokens = tokenize(text);
  const kinds = new Map();
  for (const { kind } of tokens) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  print('tokens', tokens.length, JSON.stringify([...kinds].sort(byCountThenName)));
  const encoded = JSON.stringify(new Declarations(tokens), null, 1);
  const decoded = JSON.parse(encoded);
  print('declarations', Object.keys(decoded.functions).length, decoded.constants.length);
  print('types', decoded.types.slice(0, 8).join(' '));
  print('json', encoded.length, checksum(encoded), JSON.stringify(decoded, null, 1) === encoded);
  const widest = Object.entries(decoded.functions)
    .map(([name, { parameters }]) => [name, parameters.length])
    .sort(byCountThenName);
  for (const [name, count] of widest.slice(0, 5)) print(' ', name, count);
  return text;
}

function words(text) {
  const counts = new Map();
  const lines = new Map();
  text.split('\n').forEach((line, number) => {
    for (const word of line.toLowerCase().match(/[a-z]{3,}/g) ?? []) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      if (!lines.has(word)) lines.set(word, new Set());
      lines.get(word).add(number);
    }
  });
  const order = [...counts].sort(byCountThenName);
  print('words', order.length);
  for (const [word, count] of order.slice(0, 10)) print(' ', word, count, lines.get(word).size);
  const snake = text.replace(
    /\b([a-z]+)((?:_[a-z]+)+)\b/g,
    (all, head, tail) => head + tail.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
  );
  print('renamed', snake.length, checksum(snake));
}

// ---- a small language: parsed to a tree, folded, run ----

class Parser {
  #tokens;
  #at = 0;

  constructor(source) {
    this.#tokens = source.match(/\d+|[a-z]+|=>|[-+*/%(){};,?:<=]/g) ?? [];
  }

  #take(text) {
    if (this.#tokens[this.#at] !== text) return false;
    this.#at++;
    return true;
  }

  #expect(text) {
    if (!this.#take(text)) throw new SyntaxError(`${text} expected at ${this.#at}`);
  }

  program() {
    const functions = {};
    while (this.#at < this.#tokens.length) {
      const name = this.#tokens[this.#at++];
      this.#expect('(');
      const parameters = [];
      while (!this.#take(')')) {
        parameters.push(this.#tokens[this.#at++]);
        this.#take(',');
      }
      this.#expect('=>');
      functions[name] = { parameters, body: this.#choice() };
      this.#expect(';');
    }
    return functions;
  }

  #choice() {
    const test = this.#binary(0);
    if (!this.#take('?')) return test;
    const yes = this.#choice();
    this.#expect(':');
    return { type: 'choice', test, yes, no: this.#choice() };
  }

  #binary(level) {
    const levels = [['<'], ['+', '-'], ['*', '/', '%']];
    if (level === levels.length) return this.#atom();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = levels[level].find((text) => this.#take(text));
      if (!operator) return left;
      left = { type: 'binary', operator, left, right: this.#binary(level + 1) };
    }
  }

  #atom() {
    if (this.#take('(')) {
      const inner = this.#choice();
      this.#expect(')');
      return inner;
    }
    const text = this.#tokens[this.#at++];
    if (/^\d/.test(text)) return { type: 'number', value: Number(text) };
    if (!this.#take('(')) return { type: 'name', name: text };
    const values = [];
    while (!this.#take(')')) {
      values.push(this.#choice());
      this.#take(',');
    }
    return { type: 'call', name: text, values };
  }
}

const OPERATORS = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => Math.trunc(a / b),
  '%': (a, b) => a % b,
  '<': (a, b) => (a < b ? 1 : 0),
};

function evaluate(node, scope, functions) {
  switch (node.type) {
    case 'number':
      return node.value;
    case 'name':
      return scope[node.name];
    case 'choice':
      return evaluate(evaluate(node.test, scope, functions) ? node.yes : node.no, scope, functions);
    case 'binary':
      return OPERATORS[node.operator](
        evaluate(node.left, scope, functions),
        evaluate(node.right, scope, functions),
      );
    default: {
      const { parameters, body } = functions[node.name];
      const inner = Object.create(null);
      parameters.forEach((name, i) => (inner[name] = evaluate(node.values[i], scope, functions)));
      return evaluate(body, inner, functions);
    }
  }
}

function interpreter() {
  const source = `
    fib(n) => n < 2 ? n : fib(n - 1) + fib(n - 2);
    gcd(a, b) => b < 1 ? a : gcd(b, a % b);
    sum(n, m) => n < 1 ? 0 : gcd(n, m) + sum(n - 1, m);
    main(n) => (fib(n) * 3 - sum(n, 12)) / 2 + gcd(1071, 462);`;
  const functions = new Parser(source).program();
  const number = (value) => ({ type: 'number', value });
  const run = (n) => evaluate({ type: 'call', name: 'main', values: [number(n)] }, {}, functions);
  const results = [];
  for (let i = 0; i < scale; i++) results.push(run(8 + (i % 5)));
  print('interpreter', Object.keys(functions).join(), results.join());
  let caught = 0;
  for (let i = 0; i < 50 * scale; i++) {
    try {
      new Parser(`broken(${'a,'.repeat(i % 7)}b) => (1 + `).program();
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) caught++;
    }
  }
  print('caught', caught);
}

// ---- objects of many shapes ----

class Shape {
  constructor(name) {
    this.name = name;
  }
  get area() {
    return 0;
  }
  toString() {
    return `${this.name}:${this.area}`;
  }
}

class Box extends Shape {
  constructor(width, height) {
    super('box');
    Object.assign(this, { width, height });
  }
  get area() {
    return this.width * this.height;
  }
}

class Group extends Shape {
  constructor(parts) {
    super('group');
    this.parts = parts;
    for (const part of parts) part.parent = this; // cycles, for the collector
  }
  get area() {
    return this.parts.reduce((sum, part) => sum + part.area, 0);
  }
}

function objects() {
  let total = 0;
  let text = '';
  for (let round = 0; round < 40 * scale; round++) {
    const boxes = Array.from({ length: 20 }, (_, i) => new Box(i + 1, round % 9));
    const groups = [];
    while (boxes.length) groups.push(new Group(boxes.splice(0, 3)));
    const all = new Group(groups);
    total += all.area;
    text = `${all}`.padEnd(12, '.') + text.slice(0, 200);
  }
  print('shapes', total, checksum(text));
  const table = {};
  for (let i = 0; i < 600 * scale; i++) table[`key${(i * 7919) % 1009}`] = { i, list: [i, [i]] };
  for (const key of Object.keys(table)) if (table[key].i % 3) delete table[key];
  const rows = Object.entries(table).map(([key, { list }]) => ({ key, n: list.flat(2).length }));
  print('table', rows.length, checksum(JSON.stringify(rows)));
}

function* primes(limit) {
  const composite = new Uint8Array(limit + 1);
  for (let i = 2; i <= limit; i++) {
    if (composite[i]) continue;
    yield i;
    for (let j = i * i; j <= limit; j += i) composite[j] = 1;
  }
}

function numbers() {
  let sum = 0;
  for (const prime of primes(3000 * scale)) sum += prime;
  let factorial = 1n;
  for (let i = 2n; i <= 100n + 20n * BigInt(scale); i++) factorial *= i;
  const digits = factorial.toString();
  print('primes', sum, 'factorial', digits.length, checksum(digits));
  const samples = new Float64Array(1000 * scale);
  for (let i = 0; i < samples.length; i++) samples[i] = Math.sin(i) * 1000;
  samples.sort();
  const rounded = Array.from(samples, (x) => x.toFixed(2)).join();
  print('samples', rounded.length, checksum(rounded));
  let grown = [];
  for (let i = 0; i < 5000 * scale; i++) {
    grown.push(i ^ (i >> 3));
    if (i % 1000 === 999) grown = grown.filter((x) => x & 2).concat(grown.slice(0, 50));
  }
  print('grown', grown.length, grown.slice(-3).join());
}

function closures() {
  const counters = Array.from({ length: 500 }, (_, i) => {
    let n = i;
    return { add: (by) => (n += by), reset: () => (n = 0) };
  });
  let sum = 0;
  for (let round = 0; round < 5 * scale; round++) {
    for (const { add } of counters) sum += add(round);
    if (round % 4 === 3) counters.forEach(({ reset }) => reset());
  }
  const compose = (...steps) =>
    steps.reduce(
      (f, g) =>
        (...values) =>
          g(f(...values)),
    );
  const steps = Array.from({ length: 30 }, (_, i) => (x) => (x * 31 + i) % 65521);
  for (let i = 0; i < 20 * scale; i++) sum += compose(...steps)(i);
  print('closures', sum);
}

async function promises() {
  const wait = async (n) => (n ? (await wait(n - 1)) + 1 : 0);
  let sum = 0;
  for (let i = 0; i < 20 * scale; i++) {
    const results = await Promise.all([wait(i % 10), wait(5), Promise.resolve(i)]);
    sum += results.reduce((a, b) => a + b);
  }
  print('promises', sum);
}

const text = header();
words(text);
interpreter();
objects();
numbers();
closures();
promises();
