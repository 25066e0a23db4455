// SPDX-License-Identifier: MIT
//
// Purpose: log what a native program asks of its allocator, so that the same requests can be
// replayed inside wasm. Build as a shared object and LD_PRELOAD it; record.sh shows how.
//
// Log: an array of `Event`, oldest first, written through a shared mapping so that it survives
// programs that leave by _exit or a signal. The file ends in zero bytes: kind 0 means "no more".
//
// Environment:
//   RECORD_FILE     where to write; created exclusively, so the first matching process wins
//   RECORD_PROGRAM  base name of the executable to follow (children and shells pass untouched)
//   RECORD_MATCH    optional: text that must occur in the process's arguments
//   RECORD_LIMIT    optional: events to keep
//
// Decisions:
// - The real allocator is reached by glibc's own __libc_* names, not by dlsym, which allocates:
//   that makes the recorder valid from the very first call, before any constructor has run.
// - Nothing here allocates; /proc is read by raw system calls because environ may not be set yet.
// - The order of events is that of one lock. A free is logged before the block is released and an
//   allocation after it was obtained, so an address is never seen twice among the live ones.
//   realloc does both at once and therefore runs with the lock held.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void* __libc_malloc(size_t);
extern void __libc_free(void*);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);

enum Kind { kEnd, kFree, kMalloc, kCalloc, kRealloc, kMemalign };

typedef struct {
  uint64_t kind;       // enum Kind in the low byte, alignment above it
  uint64_t size;       // bytes requested
  uint64_t old_block;  // free, realloc: the block passed in
  uint64_t block;      // the block returned
} Event;

enum { kWindowBytes = 1 << 24, kArgumentBytes = 1 << 14 };

enum State { kUnknown, kStarting, kOff, kOn };

static _Atomic int state = kUnknown;
static atomic_flag busy = ATOMIC_FLAG_INIT;
static int file = -1;
static uint64_t window_offset;
static Event *next_event, *window_end;
static uint64_t events_left = UINT64_MAX;

static void lock(void) {
  while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) {
  }
}
static void unlock(void) { atomic_flag_clear_explicit(&busy, memory_order_release); }

static size_t read_whole(const char* path, char* buffer, size_t capacity) {
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  size_t length = 0;
  while (fd >= 0 && length < capacity - 1) {
    ssize_t got = read(fd, buffer + length, capacity - 1 - length);
    if (got <= 0) break;
    length += (size_t)got;
  }
  if (fd >= 0) close(fd);
  buffer[length] = 0;
  return length;
}

// The value of NAME in a block of NUL-separated NAME=value strings, or null.
static const char* value_of(const char* block, size_t length, const char* name) {
  size_t name_length = strlen(name);
  for (const char* entry = block; entry < block + length; entry += strlen(entry) + 1) {
    if (!strncmp(entry, name, name_length) && entry[name_length] == '=') {
      return entry + name_length + 1;
    }
  }
  return NULL;
}

static int map_window(void) {
  if (ftruncate(file, (off_t)(window_offset + kWindowBytes))) return 0;
  void* window =
      mmap(NULL, kWindowBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)window_offset);
  if (window == MAP_FAILED) return 0;
  next_event = window;
  window_end = next_event + kWindowBytes / sizeof(Event);
  window_offset += kWindowBytes;
  return 1;
}

static void stop_in_child(void) { atomic_store(&state, kOff); }

static int is_followed(const char* environment, size_t length, const char* program) {
  static char path[4096], arguments[kArgumentBytes];
  ssize_t path_length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (path_length <= 0) return 0;
  path[path_length] = 0;
  const char* slash = strrchr(path, '/');
  if (strcmp(slash ? slash + 1 : path, program)) return 0;

  const char* match = value_of(environment, length, "RECORD_MATCH");
  if (!match || !*match) return 1;
  size_t argument_length = read_whole("/proc/self/cmdline", arguments, sizeof arguments);
  for (size_t i = 0; i + 1 < argument_length; ++i) {
    if (!arguments[i]) arguments[i] = ' ';
  }
  return strstr(arguments, match) != NULL;
}

static void start(void) {
  static char environment[1 << 16];
  size_t length = read_whole("/proc/self/environ", environment, sizeof environment);
  const char* path = value_of(environment, length, "RECORD_FILE");
  const char* program = value_of(environment, length, "RECORD_PROGRAM");
  int next_state = kOff;
  if (path && program && is_followed(environment, length, program)) {
    const char* limit = value_of(environment, length, "RECORD_LIMIT");
    if (limit && *limit) {
      events_left = 0;
      for (; *limit >= '0' && *limit <= '9'; ++limit) {
        events_left = events_left * 10 + (uint64_t)(*limit - '0');
      }
    }
    file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file >= 0) {
      // Moved out of the way: programs that close every low descriptor must not hit it.
      int high = fcntl(file, F_DUPFD_CLOEXEC, 900);
      if (high >= 0) {
        close(file);
        file = high;
      }
      if (map_window()) next_state = kOn;
    }
  }
  atomic_store(&state, next_state);
}

// Registered late and not in start(), which may run before libc can take a handler.
__attribute__((constructor)) static void follow_no_children(void) {
  pthread_atfork(NULL, NULL, stop_in_child);
}

static int recording(void) {
  int now = atomic_load_explicit(&state, memory_order_acquire);
  if (now == kUnknown) {
    int expected = kUnknown;
    int saved_errno = errno;
    if (atomic_compare_exchange_strong(&state, &expected, kStarting)) start();
    errno = saved_errno;
    now = atomic_load(&state);
  }
  return now == kOn;
}

static void append(enum Kind kind, size_t alignment, size_t size, void* old_block, void* block) {
  if (events_left == 0) {
    atomic_store(&state, kOff);
    return;
  }
  if (next_event == window_end) {
    int saved_errno = errno;
    munmap(window_end - kWindowBytes / sizeof(Event), kWindowBytes);
    int mapped = map_window();
    errno = saved_errno;
    if (!mapped) {
      atomic_store(&state, kOff);
      return;
    }
  }
  --events_left;
  *next_event++ = (Event){(uint64_t)kind | (uint64_t)alignment << 8, size,
                          (uint64_t)(uintptr_t)old_block, (uint64_t)(uintptr_t)block};
}

static void* allocated(enum Kind kind, size_t alignment, size_t size, void* block) {
  if (block && recording()) {
    lock();
    append(kind, alignment, size, NULL, block);
    unlock();
  }
  return block;
}

void* malloc(size_t size) { return allocated(kMalloc, 0, size, __libc_malloc(size)); }

void free(void* block) {
  if (block && recording()) {
    lock();
    append(kFree, 0, 0, block, NULL);
    unlock();
  }
  __libc_free(block);
}

void* calloc(size_t count, size_t size) {
  return allocated(kCalloc, 0, count * size, __libc_calloc(count, size));
}

void* realloc(void* block, size_t size) {
  if (!recording()) return __libc_realloc(block, size);
  lock();
  void* moved = __libc_realloc(block, size);
  if (moved) {
    append(kRealloc, 0, size, block, moved);
  } else if (block && size == 0) {
    append(kFree, 0, 0, block, NULL);  // what glibc does with a size of zero
  }
  unlock();
  return moved;
}

void* reallocarray(void* block, size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) {
    errno = ENOMEM;
    return NULL;
  }
  return realloc(block, total);
}

void* memalign(size_t alignment, size_t size) {
  return allocated(kMemalign, alignment, size, __libc_memalign(alignment, size));
}

void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void** result, size_t alignment, size_t size) {
  if (alignment % sizeof(void*) || !alignment || (alignment & (alignment - 1))) return EINVAL;
  void* block = memalign(alignment, size);
  if (!block) return ENOMEM;
  *result = block;
  return 0;
}

void* valloc(size_t size) { return memalign((size_t)sysconf(_SC_PAGESIZE), size); }

// Programs linked to another allocator would otherwise ask that one about glibc's blocks. The
// word before a glibc block holds its chunk's size; bit 1 says the chunk is a mapping of its own.
size_t malloc_usable_size(void* block) {
  if (!block) return 0;
  size_t chunk = ((const size_t*)block)[-1];
  return (chunk & ~(size_t)7) - (chunk & 2 ? 2 : 1) * sizeof(size_t);
}
