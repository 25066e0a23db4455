// SPDX-License-Identifier: MIT
//
// Traces: every operation of a program's allocator, in a few bits each. docs/TRACES.md has the format.

export { decodeTrace, readTrace } from './trace-reader.js';
export { Kind, TRACE_VERSION, TraceError } from './trace-format.js';
export { TraceWriter } from './trace-writer.js';
