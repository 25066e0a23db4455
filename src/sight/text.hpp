// SPDX-License-Identifier: MIT
//
// Text into a buffer of the caller's, without allocation and without stdio. Counts what it has no
// room for, so that the caller learns how much would have been needed.
#pragma once

#include <cstddef>

namespace heaplet::detail {
namespace {

class Text {
 public:
  Text(char* out, std::size_t capacity) : out_(out), capacity_(capacity) {}

  Text& operator<<(const char* words) {
    for (; *words != '\0'; ++words) put(*words);
    return *this;
  }

  Text& operator<<(std::size_t number) {
    char digits[24];
    std::size_t count = 0;
    do {
      digits[count++] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    while (count != 0) put(digits[--count]);
    return *this;
  }

  // The number right-aligned in `width` places.
  Text& column(std::size_t number, std::size_t width) {
    std::size_t digits = 1;
    for (std::size_t rest = number / 10; rest != 0; rest /= 10) ++digits;
    for (; digits < width; ++digits) put(' ');
    return *this << number;
  }

  // Ends the text; returns its length as it would have been.
  std::size_t end() {
    if (capacity_ != 0) out_[length_ < capacity_ ? length_ : capacity_ - 1] = '\0';
    return length_;
  }

 private:
  void put(char letter) {
    if (length_ + 1 < capacity_) out_[length_] = letter;
    ++length_;
  }

  char* out_;
  std::size_t capacity_;
  std::size_t length_ = 0;
};

}  // namespace
}  // namespace heaplet::detail
