// SPDX-License-Identifier: MIT

/** A profile that a format cannot hold, or a format that there is not. `hint` says what to do. */
export class ExportError extends Error {
  /**
   * @param {string} what
   * @param {string} hint
   */
  constructor(what, hint) {
    super(`${what}: ${hint}`);
    this.name = 'ExportError';
    this.what = what;
    this.hint = hint;
  }
}
