#include <neohebb/plot/colour.hpp>

#include "catch.hpp"

using namespace neohebb::plot;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
double lightness(Colour c) { return 0.299 * c.red + 0.587 * c.green + 0.114 * c.blue; }
}  // namespace

TEST_CASE("zero is white between blue for negative and red for positive values") {
  CHECK(diverging(0) == white);
  CHECK(diverging(-0.7).blue > diverging(-0.7).red);
  CHECK(diverging(0.7).red > diverging(0.7).blue);
  for (const double x : {0.2, 0.5, 1.0}) CHECK(lightness(diverging(x)) < lightness(diverging(x - 0.2)));
  for (const double x : {0.2, 0.5, 1.0}) CHECK(lightness(diverging(-x)) < lightness(diverging(0.2 - x)));
}

TEST_CASE("more is darker in the sequential map and lighter in the grey one") {
  CHECK(sequential(0) == white);
  CHECK(grey(0) == black);
  CHECK(grey(1) == white);
  for (double x = 0.1; x < 1.05; x += 0.1) {
    CHECK(lightness(sequential(x)) < lightness(sequential(x - 0.1)));
    CHECK(lightness(grey(x)) > lightness(grey(x - 0.1)));
  }
}

TEST_CASE("values outside a map take its end, NaN a colour of its own") {
  CHECK(diverging(infinity) == diverging(1));
  CHECK(diverging(-5) == diverging(-1));
  CHECK(sequential(2) == sequential(1));
  CHECK(sequential(-infinity) == white);
  CHECK(diverging(NAN) == missing_grey);
  CHECK(sequential(NAN) == missing_grey);
  CHECK(grey(NAN).blue != grey(NAN).red);
}

TEST_CASE("seven series have colours that differ, then they repeat") {
  for (std::size_t i = 0; i < 7; ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(!(series_colour(i) == series_colour(j)));
  CHECK(series_colour(0) == Colour{0, 114, 178});
  CHECK(series_colour(9) == series_colour(2));
}

TEST_CASE("text is white on dark and dark on light cells") {
  CHECK(readable_on(black) == white);
  CHECK(readable_on(sequential(1)) == white);
  CHECK(readable_on(white) == ink);
}
