// SPDX-License-Identifier: MIT
// Plain ES modules, as shipped: nothing is transformed. Node needs --experimental-vm-modules for it,
// which scripts/test.mjs passes.
export default {
  testEnvironment: 'node',
  transform: {},
  // For a machine that is busy with other things; a test that hangs is stopped all the same.
  testTimeout: 60_000,
  testMatch: ['<rootDir>/tests/{cli,demo,exporters,js,repo,sight,wasm64}/**/*.test.mjs'],
  // The generated module, of the build under test.
  moduleNameMapper: process.env.HEAPLET_WASM_BUILD
    ? { '^\\.\\./dist/heaplet\\.js$': `${process.env.HEAPLET_WASM_BUILD}/bindings/heaplet.js` }
    : {},
  moduleFileExtensions: ['mjs', 'js', 'json'],
  testPathIgnorePatterns: ['/node_modules/', process.env.HEAPLET_JEST_WITHOUT].filter(Boolean),
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
};
