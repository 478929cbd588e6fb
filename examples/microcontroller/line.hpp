// What programs for a microcontroller print with.
#pragma once
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <neohebb/core/types.hpp>

using neohebb::Index;

/// A line of text. printf would bring its own buffers, and malloc.
class Line {
 public:
  Line& operator<<(const char* text) {
    while (*text && end_ != text_ + room) *end_++ = *text++;
    return *this;
  }
  Line& operator<<(Index number) { return digits(number, 10); }
  Line& hexadecimal(std::uint32_t number) { return digits(number, 16); }
  void print() {
    *end_ = '\0';
    std::puts(text_);
  }

 private:
  static constexpr int room = 79;
  Line& digits(auto number, int base) {
    end_ = std::to_chars(end_, text_ + room, number, base).ptr;
    return *this;
  }
  char text_[room + 1];
  char* end_ = text_;
};

/// FNV-1a of all numbers' bits: equal only for weights that agree in every bit.
inline std::uint32_t checksum(const auto& matrix, std::uint32_t sum) {
  for (Index i = 0; i < matrix.size(); ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, matrix.data() + i, sizeof(bits));
    sum = (sum ^ bits) * 16777619;
  }
  return sum;
}
