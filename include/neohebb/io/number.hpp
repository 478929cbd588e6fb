// Numbers in text, read alike by every standard library and in every locale.
#pragma once
#include <charconv>
#include <cmath>
#include <limits>
#include <locale>
#include <neohebb/core/check.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

namespace neohebb::detail {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether the text is a decimal number: digits with at most one point among them or beside them, a minus in
/// front, an exponent behind. Sets `zero` where all digits before the exponent are 0.
inline bool is_decimal(std::string_view text, bool& zero) {
  const auto digits = [&](bool& any) {
    for (any = false; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
      any = true;
      zero &= text.front() == '0';
    }
  };
  bool before = false, behind = false, exponent = true;
  zero = true;
  if (text.starts_with('-')) text.remove_prefix(1);
  digits(before);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits(behind);
  }
  if (before || behind) {
    const bool mantissa = zero;
    if (text.starts_with('e') || text.starts_with('E')) {
      text.remove_prefix(1);
      if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
      digits(exponent);
    }
    zero = mantissa;
  }
  return (before || behind) && exponent && text.empty();
}

/// A decimal number by a stream in the classic locale: slow, but every library has it.
inline bool decimal_by_stream(std::string_view text, double& number) {
  bool zero = false;
  if (!is_decimal(text, zero)) return false;
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  double read = 0;
  stream >> read;
  // Some libraries call a denormal a failure, others do not; all call it one where the number is too large.
  if (stream.fail() && !(std::abs(read) < std::numeric_limits<double>::min())) return false;
  if (!is_finite(read) || (read == 0 && !zero)) return false;
  number = read;
  return true;
}

/// "inf", "infinity" or "nan" in small or capital letters, perhaps behind a minus.
inline bool is_word_of_number(std::string_view text, double& number) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::string word;
  if (text.size() > 8) return false;
  for (const char c : text) word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (word != "inf" && word != "infinity" && word != "nan") return false;
  const double value =
      word == "nan" ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
  number = negative ? -value : value;
  return true;
}

/// Whether the text, all of it, is a number that a T can hold; then it is in `number`. Integers: digits with
/// a minus in front where T has negative numbers. double: a decimal number as well, inf or nan; no
/// hexadecimal numbers, none that are too large, or too small to be other than 0. Neither takes spaces or a
/// plus.
template <class T> bool read_number(std::string_view text, T& number) {
  if constexpr (std::is_floating_point_v<T>) {
    static_assert(std::is_same_v<T, double>, "neohebb: real numbers in text are read as double");
    if (is_word_of_number(text, number)) return true;
      // Complete only where this is defined: libc++ 19 has std::from_chars for integers alone.
#if defined(__cpp_lib_to_chars)
    bool zero = false;
    double read = 0;
    if (!is_decimal(text, zero)) return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (error != std::errc{} || !is_finite(read) || (read == 0 && !zero)) return false;
    number = read;
    return true;
#else
    return decimal_by_stream(text, number);
#endif
  } else {
    T read{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
    number = read;
    return true;
  }
}

}  // namespace neohebb::detail
