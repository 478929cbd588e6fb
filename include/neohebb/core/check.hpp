// Errors: one macro that throws, or aborts where exceptions are switched off (microcontrollers).
#pragma once
#include <bit>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace neohebb {

/// A part of a message: text or a number. One type for all of them, so that a check costs a program little
/// code.
class MessagePart {
 public:
  MessagePart(std::string_view text) : kind_(Kind::text), text_(text) {}
  MessagePart(const char* text) : MessagePart(std::string_view(text)) {}
  MessagePart(const std::string& text) : MessagePart(std::string_view(text)) {}
  MessagePart(float x) : kind_(Kind::single), single_(x) {}
  MessagePart(std::floating_point auto x) : kind_(Kind::real), real_(static_cast<double>(x)) {}
  MessagePart(std::signed_integral auto x) : kind_(Kind::integer), integer_(x) {}
  MessagePart(std::unsigned_integral auto x) : kind_(Kind::count), count_(x) {}
  MessagePart(auto x) requires std::is_convertible_v<decltype(x), long long> &&
      std::is_class_v<decltype(x)>  // a size
      : kind_(Kind::integer), integer_(static_cast<long long>(x)) {}

  /// Appends what it is as text.
  void append_to(std::string& all) const {
    char digits[64];  // of a real number: the shortest that reads back as the same
    char* const last = digits + sizeof(digits);
    switch (kind_) {
      case Kind::text:
        all += text_;
        break;
      case Kind::single:
        all.append(digits, std::to_chars(digits, last, single_).ptr);
        break;
      case Kind::real:
        all.append(digits, std::to_chars(digits, last, real_).ptr);
        break;
      case Kind::integer:
        all.append(digits, std::to_chars(digits, last, integer_).ptr);
        break;
      case Kind::count:
        all.append(digits, std::to_chars(digits, last, count_).ptr);
        break;
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

namespace detail {
template <class S> using Bits = std::conditional_t<sizeof(S) == 4, std::uint32_t, std::uint64_t>;
template <class S> inline constexpr Bits<S> sign_bit = Bits<S>{1} << (8 * sizeof(S) - 1);
template <class S> inline constexpr int fraction_bits = std::numeric_limits<S>::digits - 1;
/// The bits of infinity. Those of NaN are larger, those of numbers smaller.
template <class S>
inline constexpr Bits<S> infinite_bits = (sign_bit<S> - 1) >> fraction_bits<S> << fraction_bits<S>;
template <class S>
inline constexpr Bits<S> nan_bits = infinite_bits<S> | Bits<S>{1} << (fraction_bits<S> - 1);

/// Bits of which the compiler knows nothing. -ffast-math promises it that no argument and no result is NaN or
/// infinite, and it concludes what their bits cannot be. Of what lies in memory it concludes nothing, so
/// loops over matrices need not ask.
template <class S> Bits<S> bits_of(const S& x) {
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
  const volatile Bits<S> bits = std::bit_cast<Bits<S>>(x);
  return bits;
#else
  return std::bit_cast<Bits<S>>(x);
#endif
}
/// NaN or infinity as a result, given by bits: under -ffast-math a branch that returns the constants might be
/// dropped.
template <class S> S as_result(Bits<S> bits) {
  const volatile Bits<S> unseen = bits;
  return std::bit_cast<S>(Bits<S>{unseen});
}
}  // namespace detail

/// Whether x is neither NaN nor infinite, is NaN, is not NaN. Unlike the standard library's tests, and unlike
/// comparisons, which NaN fails otherwise, these hold under -ffast-math. Integers are finite.
template <class X> bool is_finite(const X& x) {
  if constexpr (std::is_floating_point_v<X>)
    return (detail::bits_of(x) & ~detail::sign_bit<X>) < detail::infinite_bits<X>;
  else
    return true;
}
/// Whether x is NaN, also under -ffast-math.
template <class X> bool is_nan(const X& x) {
  if constexpr (std::is_floating_point_v<X>)
    return (detail::bits_of(x) & ~detail::sign_bit<X>) > detail::infinite_bits<X>;
  else
    return false;
}
/// Whether x is not NaN, also under -ffast-math.
template <class X> bool is_number(const X& x) { return !is_nan(x); }

/// Refuses a number outside [low, high], and NaN.
template <class S> void check_range(const char* what, const S& x, S low, S high) {
  NEOHEBB_REQUIRE(is_number(x) && x >= low && x <= high, what, " is ", x, ", must be from ", low, " to ",
                  high);
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

namespace detail {
/// Apart from the check, which stands in inner loops: kept out of their code.
#if defined(__GNUC__)
[[gnu::noinline, gnu::cold]]
#endif
[[noreturn]] inline void
refuse_shape(const char* what, std::ptrdiff_t got_rows, std::ptrdiff_t got_cols, std::ptrdiff_t rows,
             std::ptrdiff_t cols) {
  NEOHEBB_THROW(std::invalid_argument, what, " is ", got_rows, " x ", got_cols, ", expected ", rows, " x ",
                cols);
}
}  // namespace detail

/// Refuses a matrix of another shape.
void check_shape(const char* what, const auto& matrix, auto rows, auto cols) {
  if (matrix.rows() != rows || matrix.cols() != cols)
    detail::refuse_shape(what, matrix.rows(), matrix.cols(), rows, cols);
}

}  // namespace neohebb
