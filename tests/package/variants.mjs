// SPDX-License-Identifier: MIT
// The flags that a user of heaplet::malloc may build with. A group is one CMake project with its own
// compiler flags; its variants are programs that differ in link options; a variant's runs are the
// command lines that its program must pass.

const WORK = /^family 8239 blocks 10422822 containers 879636921\ndone$/m;
const DONE = /^done$/m;

const work = { args: ['work'], prints: WORK };
const grow = { args: ['grow'], prints: DONE };
const throws = { args: ['throw'], prints: /^exceptions [1-9]\d*\ndone$/m };
const atNew = { args: ['new'], prints: DONE };
const aborts = { args: ['abort'], aborts: /OOM|Cannot enlarge memory|out of memory/i };
// AddressSanitizer's malloc stands above ours, and ends the program when memory is out.
const sanitized = { args: ['abort'], aborts: /AddressSanitizer.*out.of.memory|Failed to mmap/i };

/** Exhaustion between `low` and `high` MiB must be null, with ENOMEM, and the heap still good. */
const limit = (low, high, blockKib = 64) => ({
  args: ['limit', `${low}`, `${high}`, `${blockKib}`],
  prints: /^limit after \d+ MiB\ndone$/m,
});

const GROWTH = '-sALLOW_MEMORY_GROWTH';
const MAXIMUM = '-sMAXIMUM_MEMORY=48MB';
const SHADOWED = '-sMAXIMUM_MEMORY=512MB';

export const GROUPS = [
  {
    name: 'O2',
    flags: '-O2',
    variants: [
      // Without growth Emscripten's default is to abort when memory runs out.
      { name: 'fixed', options: '', runs: [work, aborts] },
      { name: 'fixed-null', options: '-sABORTING_MALLOC=0', runs: [work, limit(14, 16)] },
      { name: 'growth', options: `${GROWTH} ${MAXIMUM}`, runs: [work, grow, limit(42, 48), atNew] },
      {
        name: 'growth-abort',
        options: `${GROWTH} ${MAXIMUM} -sABORTING_MALLOC=1`,
        runs: [grow, aborts],
      },
      {
        name: 'initial-heap',
        options: '-sINITIAL_HEAP=8MB -sABORTING_MALLOC=0',
        runs: [work, limit(7, 8)],
      },
      {
        name: '4gb',
        options: `${GROWTH} -sMAXIMUM_MEMORY=4GB`,
        runs: [grow, limit(3900, 4096, 16384)],
      },
      { name: 'safe-heap', options: `-sSAFE_HEAP=1 ${GROWTH}`, runs: [work, grow] },
      {
        name: 'assertions',
        options: `-sASSERTIONS=2 ${GROWTH} ${MAXIMUM}`,
        runs: [work, grow, limit(42, 48)],
        slow: true, // links the debug system libraries: a minute the first time
      },
    ],
  },
  {
    name: 'standalone',
    flags: '-O2 -DCONSUMER_STANDALONE',
    variants: [
      {
        name: 'standalone',
        options: `-sSTANDALONE_WASM ${GROWTH} ${MAXIMUM}`,
        runs: [work, grow, limit(42, 48)],
      },
      { name: 'standalone-fixed', options: '-sSTANDALONE_WASM', runs: [work, limit(14, 16)] },
    ],
  },
  {
    name: 'Oz',
    flags: '-Oz',
    variants: [
      { name: 'Oz', options: `${GROWTH} ${MAXIMUM}`, runs: [work, grow, limit(42, 48), atNew] },
    ],
  },
  {
    name: 'tiny',
    flags: '-Oz',
    malloc: 'heaplet::malloc_tiny',
    variants: [
      { name: 'tiny', options: `${GROWTH} ${MAXIMUM}`, runs: [work, grow, limit(42, 48), atNew] },
      { name: 'tiny-fixed', options: '', runs: [work, aborts] },
    ],
  },
  {
    name: 'hardened',
    flags: '-O1',
    malloc: 'heaplet::malloc_hardened',
    variants: [
      {
        name: 'hardened',
        options: `${GROWTH} ${MAXIMUM}`,
        runs: [work, grow, limit(42, 48), atNew],
      },
      { name: 'hardened-safe-heap', options: `-sSAFE_HEAP=1 ${GROWTH}`, runs: [work, grow] },
      { name: 'hardened-fixed', options: '', runs: [work, aborts] },
    ],
  },
  {
    name: 'hardened-standalone',
    slow: true,
    flags: '-O2 -DCONSUMER_STANDALONE',
    malloc: 'heaplet::malloc_hardened',
    variants: [
      {
        name: 'hardened-standalone',
        options: `-sSTANDALONE_WASM ${GROWTH} ${MAXIMUM}`,
        runs: [work, grow, limit(42, 48)],
      },
    ],
  },
  {
    name: 'hardened-threads',
    slow: true,
    flags: '-O2 -pthread',
    malloc: 'heaplet::malloc_hardened',
    variants: [
      {
        name: 'hardened-threads',
        options: `${GROWTH} ${MAXIMUM} -Wno-pthreads-mem-growth`,
        runs: [work, limit(41, 48), atNew],
      },
    ],
  },
  {
    name: 'hardened-undefined',
    slow: true,
    flags: '-O1 -fsanitize=undefined',
    malloc: 'heaplet::malloc_hardened',
    variants: [
      {
        name: 'hardened-undefined',
        options: `${GROWTH} ${MAXIMUM}`,
        runs: [work, grow, limit(42, 48), atNew],
      },
    ],
  },
  {
    name: 'hardened-address',
    slow: true,
    flags: '-O1 -fsanitize=address',
    malloc: 'heaplet::malloc_hardened',
    variants: [{ name: 'hardened-address', options: `${GROWTH} ${SHADOWED}`, runs: [sanitized] }],
  },
  {
    name: 'debug',
    flags: '-O1',
    malloc: 'heaplet::malloc_debug',
    variants: [
      {
        name: 'debug',
        options: `-sSAFE_HEAP=1 ${GROWTH} ${MAXIMUM}`,
        runs: [work, grow, limit(42, 48), atNew],
      },
    ],
  },
  {
    name: 'threads',
    slow: true, // builds the system libraries for threads the first time
    flags: '-O2 -pthread',
    variants: [
      {
        name: 'threads',
        options: `${GROWTH} ${MAXIMUM} -Wno-pthreads-mem-growth`,
        runs: [work, limit(41, 48), atNew],
      },
      {
        name: 'threads-proxied',
        options: `${GROWTH} ${MAXIMUM} -sPROXY_TO_PTHREAD -sEXIT_RUNTIME -Wno-pthreads-mem-growth`,
        runs: [work],
      },
    ],
  },
  {
    name: 'wasm-workers',
    slow: true,
    flags: '-O2 -sWASM_WORKERS',
    variants: [
      {
        name: 'wasm-workers',
        options: `${GROWTH} ${MAXIMUM} -sENVIRONMENT=node,worker,web`,
        runs: [work],
      },
    ],
  },
  {
    name: 'debug-undefined',
    slow: true, // builds UndefinedBehaviorSanitizer's runtime the first time
    flags: '-O1 -fsanitize=undefined',
    malloc: 'heaplet::malloc_debug',
    variants: [
      {
        name: 'debug-undefined',
        options: `${GROWTH} ${MAXIMUM}`,
        runs: [work, grow, limit(42, 48), atNew],
      },
    ],
  },
  {
    name: 'address',
    slow: true, // builds AddressSanitizer's runtime the first time
    flags: '-O1 -fsanitize=address',
    variants: [{ name: 'address', options: `${GROWTH} ${SHADOWED}`, runs: [sanitized] }],
  },
  {
    name: 'debug-address',
    slow: true,
    flags: '-O1 -fsanitize=address',
    malloc: 'heaplet::malloc_debug',
    variants: [{ name: 'debug-address', options: `${GROWTH} ${SHADOWED}`, runs: [sanitized] }],
  },
  {
    name: 'wasm-exceptions',
    flags: '-O1 -fwasm-exceptions -DCONSUMER_EXCEPTIONS',
    variants: [
      {
        name: 'wasm-exceptions',
        options: `${GROWTH} ${MAXIMUM}`,
        runs: [work, grow, throws, atNew],
      },
    ],
  },
  {
    name: 'exceptions',
    slow: true,
    flags: '-O1 -fexceptions -DCONSUMER_EXCEPTIONS',
    variants: [
      { name: 'exceptions', options: `${GROWTH} ${MAXIMUM}`, runs: [work, grow, throws, atNew] },
    ],
  },
  {
    name: 'O0',
    slow: true,
    flags: '-O0 -g',
    variants: [
      { name: 'O0', options: `${GROWTH} ${MAXIMUM}`, runs: [work, grow, limit(42, 48)] },
      { name: 'O0-fixed', options: '', runs: [work, aborts] },
    ],
  },
  {
    name: 'O3',
    slow: true,
    flags: '-O3',
    variants: [{ name: 'O3', options: `${GROWTH} ${MAXIMUM}`, runs: [work, grow, limit(42, 48)] }],
  },
  {
    // Whether exceptions are on must be said: the link-time-optimised C++ runtime of some Emscripten
    // packages does not link otherwise, with whatever allocator.
    name: 'lto',
    slow: true,
    flags: '-O3 -flto -fno-exceptions',
    variants: [
      { name: 'lto', options: `${GROWTH} ${MAXIMUM}`, runs: [work, grow, limit(42, 48), atNew] },
      { name: 'lto-fixed', options: '', runs: [work, aborts] },
    ],
  },
  {
    name: 'lto-exceptions',
    slow: true,
    flags: '-Oz -flto -fwasm-exceptions -DCONSUMER_EXCEPTIONS',
    variants: [
      {
        name: 'lto-exceptions',
        options: `${GROWTH} ${MAXIMUM}`,
        runs: [work, grow, throws, atNew],
      },
    ],
  },
  {
    name: 'dynamic-linking',
    slow: true,
    flags: '-O2 -fPIC -DCONSUMER_DYNAMIC_LINKING',
    variants: [
      {
        name: 'dynamic-linking',
        options: `-sMAIN_MODULE=2 -sNODERAWFS=1 ${GROWTH} -sEXPORTED_FUNCTIONS=_main,_malloc,_free,_memset`,
        runs: [work, grow, { args: ['side', 'side.wasm'], prints: DONE }],
      },
    ],
  },
];
