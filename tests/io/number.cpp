#include <neohebb/core/random.hpp>
#include <neohebb/io/number.hpp>

#include "catch.hpp"

using namespace neohebb;
using detail::decimal_by_stream;
using detail::read_number;

namespace {

/// By both ways of reading decimal numbers, which must agree; NaN for text that is none.
double real(const std::string& text) {
  double number = std::nan(""), streamed = number;
  const bool one = read_number(text, number), other = decimal_by_stream(text, streamed);
  CHECK(one == other);
  if (one) CHECK(std::signbit(number) == std::signbit(streamed));
  if (one) CHECK(number == streamed);
  return number;
}
/// Decimal points are commas, and digits come in groups.
struct Commas : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

}  // namespace

TEST_CASE("a decimal number is read as the nearest double", "[io]") {
  CHECK(real("0.1") == 0.1);
  CHECK(real("-12") == -12);
  CHECK(real("5.") == 5);
  CHECK(real(".5") == 0.5);
  CHECK(real("1e-3") == 0.001);
  CHECK(real("2.5E+2") == 250);
  CHECK(real("0e999") == 0);
  CHECK(real("-0") == 0);
  CHECK(std::signbit(real("-0")));
  CHECK(real("1.7976931348623157e308") == std::numeric_limits<double>::max());
  CHECK(real("5e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(real("2.2250738585072011e-308") < std::numeric_limits<double>::min());
  CHECK(real("0.1000000000000000055511151231257827021181583404541015625") == 0.1);
  CHECK(real("123456789012345678901234567890") == 123456789012345678901234567890.0);
  RandomSequence random(3, 0, 0, 0);
  for (int k = 0; k < 1000; ++k) {
    char text[64];
    const double x = (random.uniform() - 0.5) * std::pow(10, static_cast<int>(random.below(600)) - 300);
    std::snprintf(text, sizeof(text), k % 2 ? "%.17g" : "%.16e", x);
    CHECK(real(text) == x);
  }
}

TEST_CASE("what is no decimal number, or more than a double holds, is none", "[io]") {
  for (const char* text :
       {"",   "-",  ".",   "-.",    "e5", "1e",   "1e+",   "1.2.3",  "0x10",   "0x1p3",   "1,5",  "+1",
        " 1", "1 ", "--1", "1e5.0", "1f", "0.1x", "1e400", "-1e400", "1e-400", "1.8e308", "1_000"})
    CHECK(std::isnan(real(text)));
  double number = 7;
  CHECK_FALSE(read_number("1x", number));
  CHECK(number == 7);
}

TEST_CASE("infinity and NaN are numbers that a reader has to refuse by itself", "[io]") {
  double number = 0;
  CHECK((read_number("inf", number) && number > 0 && std::isinf(number)));
  CHECK((read_number("-Infinity", number) && number < 0 && std::isinf(number)));
  CHECK((read_number("NaN", number) && std::isnan(number)));
  CHECK_FALSE(read_number("infinite", number));
  CHECK_FALSE(read_number("nan(1)", number));
}

TEST_CASE("whole numbers are read whole or not at all", "[io]") {
  int number = 7;
  for (const char* text : {"", "-", "1.5", "1x", "+1", " 1", "1 ", "0x10", "99999999999"})
    CHECK_FALSE(read_number(text, number));
  CHECK(number == 7);
  CHECK((read_number("-12", number) && number == -12));
  unsigned char byte = 0;
  CHECK_FALSE(read_number("256", byte));
  CHECK_FALSE(read_number("-1", byte));
  CHECK((read_number("255", byte) && byte == 255));
}

TEST_CASE("the program's locale changes no number", "[io]") {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Commas));
  const double a = real("1234.5"), b = real("1,5");
  std::locale::global(before);
  CHECK(a == 1234.5);
  CHECK(std::isnan(b));
}
