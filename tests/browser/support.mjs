// SPDX-License-Identifier: MIT
//
// Takes the place of tests/js/support.mjs in browsers, where the module comes by fetch().

import { loadHeaplet } from '../../js/slim.js';
import { loadShared } from '../../js/shared.js';
import { sharedBy } from '../js/steps.mjs';

export const modulePath = '/heaplet-raw.wasm';
export const load = (options = {}) => loadHeaplet({ wasm: modulePath, ...options });

export const sharedHeaplet = (options) => sharedBy(() => load(options));

export { errorOf, growMemory, staysUsable, takeMemory } from '../js/steps.mjs';

/** A new memory for threads. */
export const loadSharedHere = () => loadShared({ wasm: '/heaplet-shared.wasm' });

export const isMainOfPage = true;
export const isWasm64 = false;

// A worker's place is the page's to vouch for; heaplet needs no policy.
const policy = trustedTypes.createPolicy('tests', { createScriptURL: (url) => url });

/** A module worker. */
export const newWorker = (place) => new Worker(policy.createScriptURL(place), { type: 'module' });

/** As in tests/js/support.mjs. */
export async function startThread() {
  const worker = newWorker('/tests/js/thread.mjs');
  const answer = () =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data: { result, error } }) =>
        error ? reject(new Error(error)) : resolve(result);
      worker.onerror = (event) => reject(new Error(event.message));
    });
  await answer();
  const ask = (message) => {
    const answered = answer();
    worker.postMessage(message);
    return answered;
  };
  const end = async (shared, seat) => {
    worker.terminate();
    await shared.reclaimWhenGone(seat);
  };
  return { ask, end };
}
