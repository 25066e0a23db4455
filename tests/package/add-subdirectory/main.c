// SPDX-License-Identifier: MIT
//
//   consumer work                    the C family, blocks in random order, C++ containers
//   consumer throw                   C++ exceptions
//   consumer grow                    linear memory grows and JavaScript sees it
//   consumer limit LOW HIGH BLOCK    blocks of BLOCK KiB until null, which must come between LOW
//   and
//                                    HIGH MiB, with ENOMEM and a heap that still works
//   consumer new                     operator new at the limit
//   consumer abort                   must not come back from the allocation that does not fit
//   consumer side PATH               memory passed to and from a dynamically linked module

#include <stdlib.h>
#include <string.h>

#include "consumer.h"

// The optimiser may drop an allocation that nobody looks at, and then calls it a success.
static void* volatile seen;

#ifdef CONSUMER_DYNAMIC_LINKING
#include <dlfcn.h>

static void use_side_module(const char* path) {
  void* side = dlopen(path, RTLD_NOW);
  if (side == NULL) printf("%s\n", dlerror());
  CHECK(side != NULL);
  char* (*make)(size_t) = (char* (*)(size_t))dlsym(side, "side_make");
  void (*drop)(char*) = (void (*)(char*))dlsym(side, "side_drop");
  void* (*their_malloc)(void) = (void* (*)(void))dlsym(side, "side_malloc");
  CHECK(make != NULL && drop != NULL && their_malloc != NULL);
  CHECK(their_malloc() == (void*)malloc);
  for (size_t size = 1; size < 100000; size = size * 2 + 3) {
    char* made = make(size);
    CHECK(made != NULL && made[0] == 's' && made[size - 1] == 's');
    free(made);  // taken by the side module, given back here
    char* own = malloc(size);
    CHECK(own != NULL);
    memset(own, 'm', size);
    drop(own);
  }
}
#else
static void use_side_module(const char* path) {
  (void)path;
  CHECK(!"built with dynamic linking");
}
#endif

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "work";
  if (strcmp(what, "work") == 0) {
    unsigned family = use_family();
    unsigned blocks = use_blocks();
    printf("family %u blocks %u containers %u\n", family, blocks, use_containers());
  } else if (strcmp(what, "throw") == 0) {
    printf("exceptions %u\n", use_exceptions());
  } else if (strcmp(what, "grow") == 0) {
    grow_memory();
  } else if (strcmp(what, "limit") == 0 && argc > 4) {
    reach_limit(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
  } else if (strcmp(what, "new") == 0) {
    new_at_limit();
  } else if (strcmp(what, "abort") == 0) {
    size_t count = 0;
    while ((seen = malloc(1 << 20)) != NULL) count++;
    printf("malloc returned null after %zu MiB\n", count);
    return 1;
  } else if (strcmp(what, "side") == 0 && argc > 2) {
    use_side_module(argv[2]);
  } else {
    printf("unknown: %s\n", what);
    return 2;
  }
  printf("done\n");
  return 0;
}
