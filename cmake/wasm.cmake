# SPDX-License-Identifier: MIT

# A program that ctest runs in Node. CommonJS, because the package is of type "module" and the
# program would be read as a module otherwise.
#
# Linked at -O1, whatever the objects are compiled with: wasm-opt over GoogleTest takes 7 s a program,
# and programs that were optimised in full are tested as package consumers.
function(heaplet_wasm_program target)
  set_target_properties(${target} PROPERTIES SUFFIX .cjs)
  target_link_options(${target} PRIVATE
    -O1 -sENVIRONMENT=node -sEXIT_RUNTIME=1 -sALLOW_MEMORY_GROWTH=1 -sSTACK_SIZE=1MB)
endfunction()
