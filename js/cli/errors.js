// SPDX-License-Identifier: MIT

/** What the command line ends with; the program's own code is passed on where it failed itself. */
export const Exit = Object.freeze({ ok: 0, failed: 1, usage: 2, limit: 3 });

/** A failure that is told in a line and a hint, without a stack. */
export class CommandError extends Error {
  /**
   * @param {string} what
   * @param {string} [hint] what to do
   * @param {number} [code]
   */
  constructor(what, hint, code = Exit.usage) {
    super(what);
    this.name = 'CommandError';
    this.hint = hint;
    this.code = code;
  }
}
