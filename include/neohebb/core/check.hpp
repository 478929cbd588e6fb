// Errors: one macro that throws, or aborts where exceptions are switched off (microcontrollers).
#pragma once
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace neohebb {

/// A part of a message: text or a number. One type for all of them, so that a check costs a program little code.
class MessagePart {
 public:
  MessagePart(std::string_view text) : kind_(Kind::text), text_(text) {}
  MessagePart(const char* text) : MessagePart(std::string_view(text)) {}
  MessagePart(const std::string& text) : MessagePart(std::string_view(text)) {}
  MessagePart(float x) : kind_(Kind::single), single_(x) {}
  MessagePart(std::floating_point auto x) : kind_(Kind::real), real_(static_cast<double>(x)) {}
  MessagePart(std::signed_integral auto x) : kind_(Kind::integer), integer_(x) {}
  MessagePart(std::unsigned_integral auto x) : kind_(Kind::count), count_(x) {}
  MessagePart(auto x)
    requires std::is_convertible_v<decltype(x), long long> && std::is_class_v<decltype(x)>  // a size
      : kind_(Kind::integer), integer_(static_cast<long long>(x)) {}

  void append_to(std::string& all) const {
    char digits[64];  // of a real number: the shortest that reads back as the same
    char* const last = digits + sizeof(digits);
    switch (kind_) {
      case Kind::text: all += text_; break;
      case Kind::single: all.append(digits, std::to_chars(digits, last, single_).ptr); break;
      case Kind::real: all.append(digits, std::to_chars(digits, last, real_).ptr); break;
      case Kind::integer: all.append(digits, std::to_chars(digits, last, integer_).ptr); break;
      case Kind::count: all.append(digits, std::to_chars(digits, last, count_).ptr); break;
    }
  }

 private:
  enum class Kind { text, single, real, integer, count } kind_;
  union {
    std::string_view text_;
    float single_;
    double real_;
    long long integer_;
    unsigned long long count_;
  };
};

/// "neohebb: " followed by the parts, numbers printed in full.
inline std::string message(std::initializer_list<MessagePart> parts) {
  std::string all = "neohebb: ";
  for (const MessagePart& part : parts) part.append_to(all);
  return all;
}

}  // namespace neohebb

/// Throws `type` with the message made of the remaining arguments. Where exceptions are off it aborts without
/// evaluating them: no text, no strings and no heap in the program.
#if defined(__cpp_exceptions)
#define NEOHEBB_THROW(type, ...) throw type(::neohebb::message({__VA_ARGS__}))
#else
#define NEOHEBB_THROW(type, ...) \
  (static_cast<void>(sizeof(type(::neohebb::message({__VA_ARGS__})))), std::abort())
#endif

/// A caller's mistake: wrong sizes, wrong parameters, NaN. Throws std::invalid_argument.
#define NEOHEBB_REQUIRE(condition, ...)                                  \
  do {                                                                   \
    if (!(condition)) NEOHEBB_THROW(std::invalid_argument, __VA_ARGS__); \
  } while (false)

namespace neohebb {

/// Refuses a size or a count that is not positive.
template <class I> void check_positive(const char* what, I n) {
  NEOHEBB_REQUIRE(n > 0, what, " is ", n, ", must be at least 1");
}

/// Refuses a number outside [low, high], and NaN.
template <class S> void check_range(const char* what, S x, S low, S high) {
  NEOHEBB_REQUIRE(x >= low && x <= high, what, " is ", x, ", must be from ", low, " to ", high);
}

/// Refuses NaN and infinity in data, where data enters.
void check_finite(const char* what, const auto& matrix) {
  NEOHEBB_REQUIRE(matrix.allFinite(), what, " has NaN or infinite entries (", matrix.rows(), " x ",
                  matrix.cols(), "); clean the data before it enters");
}

/// Refuses columns whose entries are all the same: an image of one grey has no pattern. Looks from the middle
/// to the end and then at the rest: images vary there, and few entries are read. Leaves NaN to check_finite.
void check_varied(const char* what, const auto& matrix) {
  const auto rows = matrix.rows();
  check_positive(what, rows);
  for (auto j = 0 * rows; j < matrix.cols(); ++j) {
    const auto first = matrix(rows / 2, j);
    const auto same = [&](auto from, auto to) {
      while (from < to && matrix(from, j) == first) ++from;
      return from == to;
    };
    NEOHEBB_REQUIRE(!same(rows / 2, rows) || !same(0 * rows, rows / 2), what, ": column ", j, " of ",
                    matrix.cols(), " is constant, ", first,
                    " throughout; there is nothing to learn from it, leave it out");
  }
}

/// Refuses a matrix of another shape.
void check_shape(const char* what, const auto& matrix, auto rows, auto cols) {
  NEOHEBB_REQUIRE(matrix.rows() == rows && matrix.cols() == cols, what, " is ", matrix.rows(), " x ",
                  matrix.cols(), ", expected ", rows, " x ", cols);
}

}  // namespace neohebb
