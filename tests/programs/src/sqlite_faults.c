// SPDX-License-Identifier: MIT
//
//   sqlite-faults [STRIDE]
//
// SQLite when memory fails: as its own test-suite does, a script runs again and again with the
// first, second, third ... allocation refused, once with that one alone and once with all after it,
// until the script comes through. After each run SQLite must say that it holds no memory, and the
// allocator that it has as many bytes live as before. STRIDE takes every n-th allocation only.

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

static long until_fault;  // allocations that are still granted; negative: no fault
static int persistent;
static long fault_count;

static int refused(void) {
  if (until_fault < 0) return 0;
  if (until_fault > 0) {
    until_fault--;
    return 0;
  }
  if (!persistent) until_fault = -1;
  fault_count++;
  return 1;
}

static void* faulty_malloc(int bytes) { return refused() ? NULL : malloc((size_t)bytes); }
static void* faulty_realloc(void* block, int bytes) {
  return refused() ? NULL : realloc(block, (size_t)bytes);
}
static int size_of(void* block) { return (int)malloc_usable_size(block); }
static int round_up(int bytes) { return (bytes + 7) & ~7; }
static int start(void* unused) {
  (void)unused;
  return SQLITE_OK;
}
static void stop(void* unused) { (void)unused; }

static const char* const kScript[] = {
    "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL)",
    "CREATE INDEX i ON t(b, c)",
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200) "
    "INSERT INTO t SELECT x, printf('row %d of %s', x, hex(zeroblob(x % 70))), x / 7.0 FROM n",
    "BEGIN",
    "UPDATE t SET b = b || b WHERE a % 3 = 0",
    "SAVEPOINT s",
    "DELETE FROM t WHERE a > 150",
    "ROLLBACK TO s",
    "COMMIT",
    "SELECT b, count(*), group_concat(c, ';') FROM t GROUP BY length(b) ORDER BY 2 DESC, b",
    "SELECT x.a FROM t x JOIN t y ON x.b = y.b WHERE x.c IN (SELECT c FROM t) ORDER BY x.b DESC",
    "CREATE VIRTUAL TABLE f USING fts5(text)",
    "INSERT INTO f SELECT b FROM t",
    "SELECT count(*) FROM f WHERE f MATCH 'row NEAR of'",
    "SELECT json_group_array(json_object('a', a, 'b', b)) FROM t",
    "ALTER TABLE t ADD COLUMN d DEFAULT 5",
    "CREATE TRIGGER g AFTER UPDATE ON t BEGIN INSERT INTO f VALUES (new.b); END",
    "UPDATE t SET d = 6 WHERE a < 20",
    "VACUUM",
    "PRAGMA integrity_check",
};

// SQLITE_OK, or the first error.
static int run_script(void) {
  sqlite3* db = NULL;
  int code = sqlite3_open(":memory:", &db);
  for (size_t i = 0; code == SQLITE_OK && i < sizeof kScript / sizeof *kScript; i++) {
    code = sqlite3_exec(db, kScript[i], NULL, NULL, NULL);
  }
  sqlite3_close(db);
  sqlite3_shutdown();
  return code;
}

int main(int argc, char** argv) {
  const long stride = argc > 1 ? atol(argv[1]) : 1;
  static const sqlite3_mem_methods kMethods = {faulty_malloc, free,  faulty_realloc, size_of,
                                               round_up,      start, stop,           NULL};
  sqlite3_config(SQLITE_CONFIG_MALLOC, &kMethods);
  until_fault = -1;
  if (run_script() != SQLITE_OK) {
    puts("the script fails without a fault");
    return 1;
  }
  const size_t live_bytes = (size_t)mallinfo().uordblks;
  long runs = 0;
  for (persistent = 0; persistent <= 1; persistent++) {
    for (long nth = 0;; nth += stride) {
      until_fault = nth;
      const long faults = fault_count;
      const int code = run_script();
      runs++;
      if (sqlite3_memory_used() != 0 || (size_t)mallinfo().uordblks != live_bytes) {
        printf("allocation %ld refused: %ld bytes leak\n", nth, (long)sqlite3_memory_used());
        return 1;
      }
      if (fault_count == faults) {
        if (code != SQLITE_OK) return 1;
        break;
      }
      // Some failures are not errors: SQLite goes on with a smaller cache, for example.
      if (code != SQLITE_OK && code != SQLITE_NOMEM && code != SQLITE_IOERR_NOMEM) {
        printf("allocation %ld refused: error %d\n", nth, code);
        return 1;
      }
    }
  }
  printf("%ld runs, %ld allocations refused, nothing leaks\n", runs, fault_count);
  return 0;
}
