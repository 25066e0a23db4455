# SPDX-License-Identifier: MIT
"""heaplet as an Emscripten port, over the libraries of the npm package.

  em++ app.cpp --use-port=node_modules/heaplet/ports/heaplet.py
  em++ app.cpp --use-port=node_modules/heaplet/ports/heaplet.py:malloc=tiny

The flag is for compiling (it finds the headers) and for linking (it replaces malloc).
"""

import glob
import os
import re

from tools import utils

DESCRIPTION = 'A compact malloc, and ownership for C++ and JavaScript'
LICENSE = 'MIT license'

_package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_libraries = os.path.join(_package, 'dist', 'lib')


def _mallocs():
  """Which there are: libheaplet_malloc.a is `default`, libheaplet_malloc_tiny.a is `tiny`."""
  files = glob.glob(os.path.join(_libraries, 'wasm32', 'libheaplet_malloc*.a'))
  found = [re.search(r'malloc_?(\w*)\.a$', file).group(1) or 'default' for file in files]
  return sorted(found)


OPTIONS = {
  'malloc': 'which malloc, one of: %s, none (keeps that of -sMALLOC); default: default' % ', '.join(_mallocs()),
  'profiler': '1 links the profiler, too; default: 0',
}

_chosen = {'malloc': 'default', 'profiler': '0'}


def handle_options(options, error_handler):
  _chosen.update(options)
  if _chosen['malloc'] not in _mallocs() + ['none']:
    error_handler('malloc=%s: %s' % (_chosen['malloc'], OPTIONS['malloc']))
  if _chosen['profiler'] not in ('0', '1'):
    error_handler('profiler=%s: 0 or 1' % _chosen['profiler'])


def process_args(ports):
  return ['-isystem', os.path.join(_package, 'include')]


def linker_setup(ports, settings):
  if _chosen['malloc'] != 'none':
    settings.MALLOC = 'none'
    # The heap asks for what it needs; Emscripten adds 20 % to that by default, heaplet 2 %.
    settings.MEMORY_GROWTH_GEOMETRIC_STEP = 0.02


def get(ports, settings, shared):
  build = 'wasm64' if settings.MEMORY64 else 'wasm32'
  if settings.PTHREADS:
    build += '-threads'
  elif settings.SHARED_MEMORY or settings.WASM_WORKERS:
    build += '-workers'
  folder = os.path.join(_libraries, build)
  if not os.path.isdir(folder):
    utils.exit_with_error('heaplet has no libraries for %s in %s' % (build, _libraries))
  names = ['heaplet']
  if _chosen['malloc'] != 'none':
    names.append('heaplet_malloc' if _chosen['malloc'] == 'default' else 'heaplet_malloc_' + _chosen['malloc'])
  libraries = [os.path.join(folder, 'lib%s.a' % name) for name in names]
  if _chosen['profiler'] == '1':
    if not os.path.isfile(os.path.join(folder, 'libheaplet_profiler.a')):
      utils.exit_with_error('heaplet has no profiler for %s' % build)
    # As heaplet::profiler's link options in CMake, which says why.
    libraries += [os.path.join(folder, 'libheaplet_profiler.a')]
    libraries += ['--undefined=heaplet_profiler_control', '--wrap=emscripten_resize_heap']
  return libraries


def clear(ports, settings, shared):
  pass


def show():
  return 'heaplet (--use-port=<path>/heaplet.py; MIT license)'
