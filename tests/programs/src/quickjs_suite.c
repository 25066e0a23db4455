// SPDX-License-Identifier: MIT
//
//   quickjs-suite FILE
//
// One file of QuickJS's own tests, with its modules `std` and `os`, as its command `qjs --std`
// would run it.

#include <stdio.h>
#include <stdlib.h>

#include "quickjs-libc.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  JSRuntime* runtime = JS_NewRuntime();
  js_std_init_handlers(runtime);
  JSContext* context = JS_NewContext(runtime);
  js_init_module_std(context, "std");
  js_init_module_os(context, "os");
  js_std_add_helpers(context, argc - 1, argv + 1);
  JS_SetModuleLoaderFunc(runtime, NULL, js_module_loader, NULL);
  static const char kGlobals[] =
      "import * as std from 'std'; import * as os from 'os';"
      "globalThis.std = std; globalThis.os = os;";
  JSValue globals = JS_Eval(context, kGlobals, sizeof kGlobals - 1, "globals", JS_EVAL_TYPE_MODULE);
  JS_FreeValue(context, js_std_await(context, globals));
  size_t length = 0;
  uint8_t* text = js_load_file(context, &length, argv[1]);
  if (text == NULL) return 2;
  const int type =
      JS_DetectModule((const char*)text, length) ? JS_EVAL_TYPE_MODULE : JS_EVAL_TYPE_GLOBAL;
  JSValue value = JS_Eval(context, (const char*)text, length, argv[1], type);
  js_free(context, text);
  if (type == JS_EVAL_TYPE_MODULE && !JS_IsException(value)) value = js_std_await(context, value);
  const int failed = JS_IsException(value);
  if (failed) js_std_dump_error(context);
  JS_FreeValue(context, value);
  js_std_loop(context);
  js_std_free_handlers(runtime);
  JS_FreeContext(context);
  // Asserts that every object was freed.
  JS_FreeRuntime(runtime);
  if (!failed) puts("passed");
  return failed;
}
