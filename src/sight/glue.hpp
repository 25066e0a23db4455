// SPDX-License-Identifier: MIT
//
// Glue: what the profiler calls in JavaScript; it becomes part of the program's own JavaScript.
// Names that others use are in quotes, or closure would shorten them.
#pragma once

#include <emscripten/em_js.h>
#include <stddef.h>
#include <stdint.h>

// clang-format off
// A profiler is given to the program as Module.heapletSight before it starts, or attached later to
// Module.heapletProgram.
EM_JS_DEPS(heaplet_sight, "$getWasmTableEntry")
EM_JS(int, heaplet_sight_open, (void* control), {
  const program = {
    'control': control >>> 0,
    'growths': [],
    'memory': () => wasmMemory.buffer,
    'entry': (index) => getWasmTableEntry(index),
    // Who cannot reach Module, as the command line, offers a profiler to all that starts.
    'sight': Module['heapletSight'] || (globalThis['heapletSight'] && globalThis['heapletSight']()),
  };
  Module['heapletProgram'] = program;
  if (program['sight']) program['sight']['open'](program);
  return program['sight'] ? 1 : 0;
})
EM_JS(void, heaplet_sight_sample, (uint32_t context, uint32_t bytes, void* block), {
  Module['heapletProgram']['sight']['sample'](context >>> 0, bytes >>> 0, block >>> 0);
})
EM_JS(int, heaplet_sight_stack, (void), {
  return Module['heapletProgram']['sight']['stack']();
})
EM_JS(void, heaplet_sight_context, (uint32_t context), {
  Module['heapletProgram']['sight']['context'](context >>> 0);
})
EM_JS(void, heaplet_sight_drain, (void), {
  Module['heapletProgram']['sight']['drain']();
})
EM_JS(void, heaplet_sight_blocks, (void), {
  Module['heapletProgram']['sight']['blocks']();
})
// Growths are rare: the first are kept with their stacks for whoever attaches later.
EM_JS(void, heaplet_sight_growth, (size_t before, size_t after, size_t asked, size_t alignment), {
  const program = Module['heapletProgram'];
  const growth = {
    'before': before >>> 0,
    'after': after >>> 0,
    'asked': asked >>> 0,
    'alignment': alignment,
    'milliseconds': performance.now(),
  };
  if (program['sight']) return program['sight']['growth'](growth);
  if (program['growths'].length < 256) {
    growth['stack'] = new Error().stack;
    program['growths'].push(growth);
  }
})
// clang-format on
