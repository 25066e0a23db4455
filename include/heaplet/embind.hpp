// SPDX-License-Identifier: MIT
//
// owned_class: Embind classes whose objects JavaScript owns as it owns heaplet's own values: one
// owner or several, dropped once, at the end of a scope or of `using`, and listed when they leak.
//
//   EMSCRIPTEN_BINDINGS(player) {
//     heaplet::owned_class<Track>("Track").constructor<std::string>().function("play",
//     &Track::play);
//   }
//
//   const heaplet = attachHeaplet(await createModule());          // JavaScript
//   using track = heaplet.classes.Track.box('a.ogg');             // or .rc(...)
//   track.value.play();
//
// Link heaplet::bindings. For Emscripten alone; needs -lembind, as Embind does.
#pragma once

#include <emscripten/bind.h>

#include <cstdint>

#include "heaplet/heaplet.h"

namespace heaplet {

/// As emscripten::class_<T, Extra...>(name), to be chained as usual; attachHeaplet() of the npm
/// package lists the class under `classes`. T may be any class that Embind takes.
template <class T, class... Extra>
[[nodiscard]] emscripten::class_<T, Extra...> owned_class(const char* name) {
  emscripten::class_<T, Extra...> bound(name);
  bound.class_function(
      "heapletBytes()", +[]() -> std::uint32_t {
        // Names the C ABI, so that the linker takes it from its library.
        return heaplet_abi_version() != 0 ? sizeof(T) : 0;
      });
  return bound;
}

}  // namespace heaplet
