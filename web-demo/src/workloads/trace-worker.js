// SPDX-License-Identifier: MIT
//
// Reads and makes traces, away from the page: a million operations take a moment to decode.

import { serve } from '../engine/rpc.js';
import { readFile, readTrace, transferOf } from '../trace.js';
import { makePattern } from './patterns.js';

serve(
  {
    async recorded({ name, url }) {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`no recorded program is called ${name}`);
      return readTrace(new Uint8Array(await response.arrayBuffer()), name);
    },
    pattern: ({ name, parameters }) => readTrace(makePattern(name, parameters), name),
    file: ({ bytes, name }) => readFile(new Uint8Array(bytes), name),
  },
  (result) => transferOf(result.trace ?? result),
);
