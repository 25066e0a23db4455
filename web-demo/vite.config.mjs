// SPDX-License-Identifier: MIT
// The page as a static folder that runs from any sub-path. Everything is a file: no scripts or styles
// inside the HTML, which a strict content security policy would refuse.

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Isolated: browsers then give their finest clock. The page works without. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** The page says where the package's module is: nothing is to be bundled in its stead. */
const withoutDefaultModule = {
  name: 'without-default-module',
  transform: (code, file) =>
    file.endsWith('/js/slim.js')
      ? code.replace("new URL('../dist/heaplet-raw.wasm', import.meta.url)", 'undefined')
      : null,
};

export default defineConfig({
  root: here,
  base: './',
  appType: 'mpa', // what is not there is not there
  // What build.mjs made: WebAssembly, traces and a copy of public/.
  publicDir: fileURLToPath(new URL('../build/demo/public', import.meta.url)),
  plugins: [withoutDefaultModule],
  build: {
    outDir: fileURLToPath(new URL('../build/demo/site', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // heaplet's messages name its classes.
    rolldownOptions: { output: { keepNames: true } },
  },
  worker: { format: 'es' },
  server: { headers, fs: { allow: [fileURLToPath(new URL('..', import.meta.url))] } },
  preview: { headers },
});
