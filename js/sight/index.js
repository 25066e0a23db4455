// SPDX-License-Identifier: MIT
//
// heaplet/sight: profiles and traces of programs that are linked with heaplet::profiler. The same in
// Node and in browsers.

export * from './exporters/index.js';
export { announce, Watcher } from './live.js';
export { checkProfile, emptyProfile, parseProfile, ProfileError } from './profile.js';
export { Profiler } from './profiler.js';
export { readSites, tagSites } from './postlink.js';
export { reportOf } from './report.js';
export { fileSink, memorySink, opfsSink } from './sinks.js';
export { symbolise } from './symbols.js';
export { decodeTrace, Kind, readTrace, TraceError, TraceWriter } from './trace.js';
export { profileOfTrace } from './trace-profile.js';
export { WasmError } from './wasm.js';
