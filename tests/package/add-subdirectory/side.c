// SPDX-License-Identifier: MIT
//
// A dynamically linked module without an allocator of its own: malloc and free are the main one's.

#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((used, visibility("default")))

EXPORTED char* side_make(size_t size) {
  char* text = malloc(size);
  if (text != NULL) memset(text, 's', size);
  return text;
}

EXPORTED void side_drop(char* text) { free(text); }

EXPORTED void* side_malloc(void) { return (void*)malloc; }
