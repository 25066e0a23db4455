// SPDX-License-Identifier: MIT
//
// Runs an SQL script against an in-memory database and prints every row, the way the SQLite shell
// does, but without the shell's clock, terminal and readline.
//
//   sqlite SCRIPT SCALE
//
// Besides SQL a script may hold lines that begin with a dot:
//   .import FILE TABLE   creates TABLE(n INTEGER PRIMARY KEY, text TEXT) with one row a line of
//   FILE .run SELECT ...      runs every text that the query gives as a statement of its own, as an
//                        application that builds its SQL would: thousands of small parse trees
// and two functions are added: scale() is the second argument, checksum(x) is 32-bit FNV-1a.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

static int scale = 1;

static void fail(sqlite3* db, const char* what) {
  fflush(stdout);
  fprintf(stderr, "sqlite: %s: %s\n", what, db != NULL ? sqlite3_errmsg(db) : "no database");
  exit(1);
}

static char* read_file(const char* path, size_t* length) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) {
    fprintf(stderr, "sqlite: cannot open %s\n", path);
    exit(1);
  }
  size_t capacity = 4096;
  size_t used = 0;
  char* text = malloc(capacity + 1);
  while (text != NULL) {
    used += fread(text + used, 1, capacity - used, file);
    if (used < capacity) break;
    capacity *= 2;
    text = realloc(text, capacity + 1);
  }
  if (text == NULL) {
    fprintf(stderr, "sqlite: no memory for %s\n", path);
    exit(1);
  }
  fclose(file);
  text[used] = '\0';
  if (length != NULL) *length = used;
  return text;
}

static void sql_scale(sqlite3_context* context, int count, sqlite3_value** values) {
  (void)count;
  (void)values;
  sqlite3_result_int(context, scale);
}

static void sql_checksum(sqlite3_context* context, int count, sqlite3_value** values) {
  (void)count;
  const unsigned char* bytes = sqlite3_value_blob(values[0]);
  int length = sqlite3_value_bytes(values[0]);
  uint32_t hash = 2166136261u;
  for (int i = 0; i < length; i++) hash = (hash ^ bytes[i]) * 16777619u;
  sqlite3_result_int64(context, hash);
}

static void print_row(sqlite3_stmt* statement) {
  int columns = sqlite3_column_count(statement);
  for (int i = 0; i < columns; i++) {
    if (i > 0) putchar('|');
    if (sqlite3_column_type(statement, i) == SQLITE_BLOB) {
      printf("blob(%d)", sqlite3_column_bytes(statement, i));
    } else {
      const unsigned char* text = sqlite3_column_text(statement, i);
      if (text != NULL) fputs((const char*)text, stdout);
    }
  }
  putchar('\n');
}

// Runs the statements of `sql` one after the other; rows are printed if `print` is set.
static void run_sql(sqlite3* db, const char* sql, int print) {
  while (*sql != '\0') {
    sqlite3_stmt* statement = NULL;
    const char* tail = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, &tail) != SQLITE_OK) fail(db, sql);
    if (statement == NULL) return;  // only white space and comments were left
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      if (print) print_row(statement);
    }
    if (code != SQLITE_DONE) fail(db, sqlite3_sql(statement));
    sqlite3_finalize(statement);
    sql = tail;
  }
}

static void import_lines(sqlite3* db, const char* path, const char* table) {
  char* create = sqlite3_mprintf("CREATE TABLE %Q(n INTEGER PRIMARY KEY, text TEXT)", table);
  char* insert = sqlite3_mprintf("INSERT INTO %Q VALUES (?1, ?2)", table);
  char* text = read_file(path, NULL);
  sqlite3_stmt* statement = NULL;
  run_sql(db, create, 0);
  run_sql(db, "BEGIN", 0);
  if (sqlite3_prepare_v2(db, insert, -1, &statement, NULL) != SQLITE_OK) fail(db, insert);
  int number = 0;
  for (char* line = text; *line != '\0';) {
    size_t length = strcspn(line, "\n");
    sqlite3_bind_int(statement, 1, ++number);
    sqlite3_bind_text(statement, 2, line, (int)length, SQLITE_TRANSIENT);
    if (sqlite3_step(statement) != SQLITE_DONE) fail(db, insert);
    sqlite3_reset(statement);
    line += length + (line[length] == '\n');
  }
  sqlite3_finalize(statement);
  run_sql(db, "COMMIT", 0);
  printf("imported %d lines into %s\n", number, table);
  free(text);
  sqlite3_free(insert);
  sqlite3_free(create);
}

static void run_generated(sqlite3* db, const char* query) {
  sqlite3_stmt* statement = NULL;
  if (sqlite3_prepare_v2(db, query, -1, &statement, NULL) != SQLITE_OK) fail(db, query);
  int count = 0;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    run_sql(db, (const char*)sqlite3_column_text(statement, 0), 0);
    count++;
  }
  sqlite3_finalize(statement);
  printf("ran %d statements\n", count);
}

static void run_dot_command(sqlite3* db, char* line) {
  char path[256];
  char table[64];
  if (sscanf(line, ".import %255s %63s", path, table) == 2) {
    import_lines(db, path, table);
  } else if (strncmp(line, ".run ", 5) == 0) {
    run_generated(db, line + 5);
  } else {
    fprintf(stderr, "sqlite: unknown command: %s\n", line);
    exit(1);
  }
}

// Splits the script at its dot lines; what lies between two of them is plain SQL.
static void run_script(sqlite3* db, char* script) {
  char* sql = script;
  for (char* line = script; *line != '\0';) {
    char* end = line + strcspn(line, "\n");
    char* next = *end == '\n' ? end + 1 : end;
    if (*line == '.') {
      *end = '\0';
      line[0] = '\0';
      run_sql(db, sql, 1);
      line[0] = '.';
      run_dot_command(db, line);
      sql = next;
    }
    line = next;
  }
  run_sql(db, sql, 1);
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: sqlite SCRIPT [SCALE]\n");
    return 2;
  }
  if (argc > 2) scale = atoi(argv[2]);
  sqlite3* db = NULL;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) fail(db, "open");
  int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
  sqlite3_create_function(db, "scale", 0, flags, NULL, sql_scale, NULL, NULL);
  sqlite3_create_function(db, "checksum", 1, flags, NULL, sql_checksum, NULL, NULL);
  char* script = read_file(argv[1], NULL);
  run_script(db, script);
  free(script);
  if (sqlite3_close(db) != SQLITE_OK) fail(db, "close");
  printf("memory used after close: %" PRId64 "\n", (int64_t)sqlite3_memory_used());
  fflush(stdout);
  return 0;
}
