// SPDX-License-Identifier: MIT
//
// Runs one JavaScript file in QuickJS. The engine alone, without its operating-system library:
//
//   quickjs SCRIPT SCALE
//
// The script sees print(...values), readText(path) and the number `scale`.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

static char* read_file(const char* path, size_t* length) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  fseek(file, 0, SEEK_SET);
  char* text = malloc((size_t)size + 1);
  if (text != NULL) {
    *length = fread(text, 1, (size_t)size, file);
    text[*length] = '\0';
  }
  fclose(file);
  return text;
}

static JSValue js_print(JSContext* context, JSValueConst self, int count, JSValueConst* values) {
  (void)self;
  for (int i = 0; i < count; i++) {
    const char* text = JS_ToCString(context, values[i]);
    if (text == NULL) return JS_EXCEPTION;
    if (i > 0) putchar(' ');
    fputs(text, stdout);
    JS_FreeCString(context, text);
  }
  putchar('\n');
  return JS_UNDEFINED;
}

static JSValue js_read_text(JSContext* context, JSValueConst self, int count,
                            JSValueConst* values) {
  (void)self;
  (void)count;
  const char* path = JS_ToCString(context, values[0]);
  if (path == NULL) return JS_EXCEPTION;
  size_t length = 0;
  char* text = read_file(path, &length);
  JSValue result;
  if (text == NULL) {
    result = JS_ThrowReferenceError(context, "cannot read %s", path);
  } else {
    result = JS_NewStringLen(context, text, length);
    free(text);
  }
  JS_FreeCString(context, path);
  return result;
}

static void print_exception(JSContext* context) {
  JSValue exception = JS_GetException(context);
  JSValue stack = JS_GetPropertyStr(context, exception, "stack");
  const char* what = JS_ToCString(context, exception);
  const char* where = JS_ToCString(context, stack);
  fprintf(stderr, "quickjs: %s\n%s\n", what ? what : "?", where ? where : "");
  JS_FreeCString(context, what);
  JS_FreeCString(context, where);
  JS_FreeValue(context, stack);
  JS_FreeValue(context, exception);
}

// Promise callbacks wait in the runtime's job queue until somebody asks for them.
static int run_jobs(JSRuntime* runtime, JSContext* context) {
  for (;;) {
    JSContext* job_context = NULL;
    int code = JS_ExecutePendingJob(runtime, &job_context);
    if (code == 0) return 0;
    if (code < 0) {
      print_exception(job_context ? job_context : context);
      return 1;
    }
  }
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: quickjs SCRIPT [SCALE]\n");
    return 2;
  }
  size_t length = 0;
  char* script = read_file(argv[1], &length);
  if (script == NULL) {
    fprintf(stderr, "quickjs: cannot read %s\n", argv[1]);
    return 1;
  }
  JSRuntime* runtime = JS_NewRuntime();
  JSContext* context = runtime ? JS_NewContext(runtime) : NULL;
  if (context == NULL) {
    fprintf(stderr, "quickjs: no memory for a context\n");
    return 1;
  }
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "print", JS_NewCFunction(context, js_print, "print", 1));
  JS_SetPropertyStr(context, global, "readText",
                    JS_NewCFunction(context, js_read_text, "readText", 1));
  JS_SetPropertyStr(context, global, "scale", JS_NewInt32(context, argc > 2 ? atoi(argv[2]) : 1));
  JS_FreeValue(context, global);

  JSValue value = JS_Eval(context, script, length, argv[1], JS_EVAL_TYPE_GLOBAL);
  int failed = JS_IsException(value);
  if (failed) print_exception(context);
  JS_FreeValue(context, value);
  if (!failed) failed = run_jobs(runtime, context);

  free(script);
  JS_FreeContext(context);
  // Asserts that every object was freed: a heap that loses or mixes blocks seldom gets past it.
  JS_FreeRuntime(runtime);
  fflush(stdout);
  return failed;
}
