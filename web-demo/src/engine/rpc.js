// SPDX-License-Identifier: MIT
//
// Calls across the border of a worker: one message there, one back.

/**
 * Answers calls in a worker. A method's buffers that should be moved and not copied are listed by
 * `transfer(result)`.
 * @param {Record<string, (argument: any) => any>} methods
 * @param {(result: any) => Transferable[]} [transfer]
 */
export function serve(methods, transfer = () => []) {
  self.onmessage = async ({ data: { id, method, argument } }) => {
    try {
      const result = await methods[method](argument);
      self.postMessage({ id, result }, transfer(result));
    } catch (error) {
      self.postMessage({ id, error: error.message });
    }
  };
}

/** Calls a worker's methods. `pending` counts those not yet answered. */
export class Caller {
  #worker;
  #waiting = new Map();
  #next = 0;

  /** @param {Worker} worker */
  constructor(worker) {
    this.#worker = worker;
    worker.onmessage = ({ data: { id, result, error } }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    };
    worker.onerror = (event) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(event.message));
      this.#waiting.clear();
    };
  }

  get pending() {
    return this.#waiting.size;
  }

  call(method, argument, transfer = []) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, argument }, transfer);
    });
  }

  end() {
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(new Error('ended'));
    this.#waiting.clear();
  }
}
