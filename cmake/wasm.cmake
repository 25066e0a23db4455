# SPDX-License-Identifier: MIT

# A program that ctest runs in Node. CommonJS, because the package is of type "module" and the
# program would be read as a module otherwise.
function(heaplet_wasm_program target)
  set_target_properties(${target} PROPERTIES SUFFIX .cjs)
  target_link_options(${target} PRIVATE
    -sENVIRONMENT=node -sEXIT_RUNTIME=1 -sALLOW_MEMORY_GROWTH=1 -sSTACK_SIZE=1MB)
endfunction()
