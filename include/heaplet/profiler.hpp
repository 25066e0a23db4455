// SPDX-License-Identifier: MIT
//
// What a program may tell the profiler about itself. Needs heaplet::profiler.
//
//   { HEAPLET_TAG("textures"); load(); }      all that load() allocates is tagged
#pragma once

#include "heaplet/sight.h"

namespace heaplet {

/// Tags what is allocated while it lives. Tags nest; the innermost counts.
class Tag {
 public:
  /// `name` is not copied.
  explicit Tag(const char* name) noexcept : outer_(heaplet_tag_enter(name)) {}
  ~Tag() { heaplet_tag_leave(outer_); }
  Tag(const Tag&) = delete;
  Tag& operator=(const Tag&) = delete;

 private:
  const char* outer_;
};

}  // namespace heaplet

#define HEAPLET_TAG_JOIN_(a, b) a##b
#define HEAPLET_TAG_NAME_(line) HEAPLET_TAG_JOIN_(heaplet_tag_, line)
/// Tags what is allocated until the end of the scope.
#define HEAPLET_TAG(name) const ::heaplet::Tag HEAPLET_TAG_NAME_(__LINE__)(name)
