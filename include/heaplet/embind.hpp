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
// A method whose arguments and result are numbers can be called without Embind, at a fifth of its
// price, if it is named twice:
//
//   heaplet::raw_method<&Track::seek>(heaplet::owned_class<Track>("Track"), "seek")
//       .function("seek(seconds)", &Track::seek);
//
//   const { seek } = heaplet.classes.Track.methods;               // JavaScript
//   seek(track, 12.5);
//
// Link heaplet::bindings. For Emscripten alone; needs -lembind, as Embind does.
#pragma once

#include <emscripten/bind.h>

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>

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
  bound.class_function(
      "heapletAddress(object)", +[](const T& object) {
        return static_cast<heaplet_address>(reinterpret_cast<std::uintptr_t>(&object));
      });
  return bound;
}

namespace detail {

/// What js/methods.js reads: an index of the module's table of functions, and the kinds of the
/// result and of the parameters.
struct RawMethod {
  const void* function;
  const char* kinds;
};

template <class Number>
constexpr char raw_kind() {
  if constexpr (std::is_void_v<Number>) {
    return 'v';
  } else {
    static_assert(
        std::is_arithmetic_v<Number> && (sizeof(Number) <= 4 || std::is_same_v<Number, double>),
        "a raw method takes and returns numbers of up to 32 bits, bool and double");
    if constexpr (std::is_same_v<Number, bool>) return 'b';
    if constexpr (std::is_floating_point_v<Number>) return sizeof(Number) == 4 ? 'f' : 'd';
    constexpr bool kSigned = std::is_signed_v<Number>;
    if constexpr (sizeof(Number) == 1) return kSigned ? 'c' : 'C';
    if constexpr (sizeof(Number) == 2) return kSigned ? 's' : 'S';
    return kSigned ? 'i' : 'I';
  }
}

/// How a number is handed over: WebAssembly has no integers of less than 32 bits.
template <class Number>
using RawNumber =
    std::conditional_t<std::is_integral_v<Number>, std::int32_t, std::remove_cv_t<Number>>;

template <auto kMethod, class T, class Result, class... Numbers>
struct RawCall {
  static RawNumber<Result> call(heaplet_address address, RawNumber<Numbers>... numbers) {
    auto* const object = reinterpret_cast<T*>(static_cast<std::uintptr_t>(address));
    return static_cast<RawNumber<Result>>(
        std::invoke(kMethod, *object, static_cast<Numbers>(numbers)...));
  }
  static const RawMethod* description() {
    static constexpr char kKinds[] = {raw_kind<Result>(), raw_kind<Numbers>()..., '\0'};
    static const RawMethod kDescription{reinterpret_cast<const void*>(&call), kKinds};
    return &kDescription;
  }
};

template <auto kMethod, class T, class Signature>
struct RawMethodOf;
template <auto kMethod, class T, class C, class R, class... N>
struct RawMethodOf<kMethod, T, R (C::*)(N...)> : RawCall<kMethod, T, R, N...> {};
template <auto kMethod, class T, class C, class R, class... N>
struct RawMethodOf<kMethod, T, R (C::*)(N...) const> : RawCall<kMethod, T, R, N...> {};
template <auto kMethod, class T, class C, class R, class... N>
struct RawMethodOf<kMethod, T, R (C::*)(N...) noexcept> : RawCall<kMethod, T, R, N...> {};
template <auto kMethod, class T, class C, class R, class... N>
struct RawMethodOf<kMethod, T, R (C::*)(N...) const noexcept> : RawCall<kMethod, T, R, N...> {};
template <auto kMethod, class T, class C, class R, class... N>
struct RawMethodOf<kMethod, T, R (*)(C&, N...)> : RawCall<kMethod, T, R, N...> {};

}  // namespace detail

/// Lists kMethod under `methods` of an owned class: called with an owner and the method's
/// arguments, it checks both and calls the function itself. A member function, or a function whose
/// first parameter is a reference to a T; all others are numbers of up to 32 bits, bool or double.
///
/// For TypeScript, register the method with function() too, under the same name.
template <auto kMethod, class T, class... Extra>
const emscripten::class_<T, Extra...>& raw_method(const emscripten::class_<T, Extra...>& bound,
                                                  const char* name) {
  bound.class_function(("heapletRaw_" + std::string(name) + "()").c_str(), +[] {
    return static_cast<heaplet_address>(reinterpret_cast<std::uintptr_t>(
        detail::RawMethodOf<kMethod, T, decltype(kMethod)>::description()));
  });
  return bound;
}

}  // namespace heaplet
