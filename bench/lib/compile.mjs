// SPDX-License-Identifier: MIT
// Compiles and links what is measured, and only when something it is made of has changed.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { emscripten } from '../../scripts/emscripten.mjs';
import { repository as root, run } from '../../scripts/run.mjs';

export { root };
export const buildFolder = join(root, 'build/bench');
const objectFolder = join(buildFolder, 'objects');

const hashOf = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
};

/** The files a make rule names after its colon. */
const prerequisites = (rule) =>
  rule
    .slice(rule.indexOf(':') + 1)
    .replaceAll('\\\n', ' ')
    .trim()
    .split(/\s+/);

const inRoot = (file) => (isAbsolute(file) ? file : join(root, file));

export class Compiler {
  #tools;

  static async create() {
    const compiler = new Compiler();
    compiler.#tools = await emscripten();
    return compiler;
  }

  get version() {
    return this.#tools.version;
  }

  /** A path inside Emscripten's own tree. */
  systemPath(file) {
    return join(this.#tools.root, file);
  }

  /**
   * Compiles a source of the repository, or `emscripten:<path>` of Emscripten's tree.
   * @returns {Promise<string>} the object's path
   */
  async object(source, flags) {
    const path = source.startsWith('emscripten:') ? this.systemPath(source.slice(11)) : source;
    const object = join(objectFolder, `${hashOf(path, this.version, ...flags)}.o`);
    const stamp = `${object}.stamp`;
    const rule = `${object}.d`;
    const inputs = () => {
      const files = existsSync(rule) ? prerequisites(readFileSync(rule, 'utf8')).map(inRoot) : [];
      const gone = files.length === 0 || files.some((file) => !existsSync(file));
      return gone ? undefined : hashOf(...files.map((file) => readFileSync(file)));
    };
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs()) return object;

    mkdirSync(objectFolder, { recursive: true });
    const tool = path.endsWith('.c') ? this.#tools.emcc : this.#tools.emxx;
    const args = ['-c', path, '-o', object, '-MMD', '-MF', rule, ...flags];
    await run(tool, args, { cwd: root, env: this.#tools.env });
    writeFileSync(stamp, inputs());
    return object;
  }

  /**
   * Links to `output`; the fingerprint says what the result is made of, so that exact
   * measurements can be remembered.
   * @returns {Promise<string>} the fingerprint
   */
  async link(objects, flags, output) {
    const parts = [this.version, ...flags, ...objects.map((object) => readFileSync(object))];
    const fingerprint = hashOf(...parts);
    const stamp = `${output}.stamp`;
    if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) {
      return fingerprint;
    }
    mkdirSync(dirname(output), { recursive: true });
    await run(this.#tools.emcc, [...objects, '-o', output, ...flags], {
      cwd: root,
      env: this.#tools.env,
    });
    writeFileSync(stamp, fingerprint);
    return fingerprint;
  }
}
