// SPDX-License-Identifier: MIT
import { nodeResolve } from '@rollup/plugin-node-resolve';
import url from '@rollup/plugin-url';

export default {
  input: 'src/explicit.js',
  output: { dir: 'out', format: 'es' },
  plugins: [nodeResolve(), url({ include: ['**/*.wasm'], limit: 0 })],
};
