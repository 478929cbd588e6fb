#include <neohebb/plot/curves.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using namespace neohebb::plot;

namespace {
long count(const Image& image, Colour colour) {
  return std::count(image.pixels().begin(), image.pixels().end(), colour);
}
/// Rows of column x that have the colour.
std::vector<int> rows(const Image& image, int x, Colour colour) {
  std::vector<int> found;
  for (int y = 0; y < image.height(); ++y)
    if (image.pixel(x, y) == colour) found.push_back(y);
  return found;
}
}  // namespace

TEST_CASE("a figure has the size asked for, and each series its colour") {
  const Image image =
      CurvePlot{.series = {{.y = {1, 2, 3}}, {.y = {3, 2, 1}}, {.y = {2, 2, 2}, .colour = Colour{9, 200, 9}}},
                .width = 640,
                .height = 400}
          .draw();
  CHECK(image.width() == 640);
  CHECK(image.height() == 400);
  CHECK(count(image, series_colour(0)) > 500);
  CHECK(count(image, series_colour(1)) > 500);
  CHECK(count(image, {9, 200, 9}) > 500);
  CHECK(count(image, series_colour(2)) == 0);
}

TEST_CASE("a rising curve rises in the picture, and a given range is kept") {
  const Image image =
      CurvePlot{.y = {.range = Range{0, 10}}, .series = {{.y = {2, 8}}}, .width = 600, .height = 400}.draw();
  const std::vector<int> left = rows(image, 150, series_colour(0)),
                         right = rows(image, 450, series_colour(0));
  REQUIRE(!left.empty());
  REQUIRE(!right.empty());
  CHECK(left.front() > right.back());
  const Image above =
      CurvePlot{.y = {.range = Range{0, 1}}, .series = {{.y = {2, 8}}}, .width = 600, .height = 400}.draw();
  CHECK(count(above, series_colour(0)) == 0);
}

TEST_CASE("a power law is a straight line between logarithmic axes") {
  std::vector<double> x, y;
  for (double v = 1; v < 2000; v *= 2) x.push_back(v), y.push_back(1 / v);
  const Image image = CurvePlot{.x = {.scale = Scale::logarithmic},
                                .y = {.scale = Scale::logarithmic},
                                .series = {{.x = x, .y = y}},
                                .width = 700,
                                .height = 500}
                          .draw();
  const auto middle = [&](int column) {
    const std::vector<int> found = rows(image, column, series_colour(0));
    REQUIRE(!found.empty());
    return (found.front() + found.back()) / 2.0;
  };
  CHECK_THAT(middle(400), WithinAbs((middle(200) + middle(600)) / 2, 1.5));
}

TEST_CASE("a logarithmic axis refuses values that are not positive, and names them") {
  CurvePlot plot{.y = {.scale = Scale::logarithmic}, .series = {{.name = "loss", .y = {1, 0, 2}}}};
  CHECK_THROWS_AS(plot.draw(), std::invalid_argument);
  CHECK_THROWS_WITH(
      plot.draw(),
      "neohebb: series 'loss' has y[1] = 0 on a logarithmic axis; only positive values have a place "
      "there: use a linear axis, or NaN for a gap");
  plot.series[0].y[1] = NAN;
  CHECK_NOTHROW(plot.draw());
  plot.series[0].x = {-1, 2, 3};
  plot.x.scale = Scale::logarithmic;
  CHECK_THROWS_WITH(
      plot.draw(),
      "neohebb: series 'loss' has x[0] = -1 on a logarithmic axis; only positive values have a place "
      "there: use a linear axis, or NaN for a gap");
  CHECK_THROWS_WITH((CurvePlot{.y = {"", Scale::logarithmic, Range{0, 1}}}.draw()),
                    "neohebb: logarithmic y axis starts at 0; it must start above 0, or be linear");
}

TEST_CASE("a band whose lower edge is not positive leaves a logarithmic picture at the bottom") {
  CurvePlot plot{.y = {.scale = Scale::logarithmic},
                 .series = {{.y = {1, 1}, .low = {-1, 0}, .high = {2, 2}}}};
  const Image image = plot.draw();
  const Colour shade = mix(white, series_colour(0), 0.2);
  CHECK(count(image, shade) > 10000);
}

TEST_CASE("vectors of different lengths are refused with both numbers") {
  CHECK_THROWS_WITH((CurvePlot{.series = {{.name = "a", .x = {1}, .y = {1, 2}}}}.draw()),
                    "neohebb: series 'a' has 2 y values, but 1 x values");
  CHECK_THROWS_WITH((CurvePlot{.series = {{.y = {1, 2}, .low = {1, 2}}}}.draw()),
                    "neohebb: series 0 has only one edge of its band; give low and high");
  CHECK_THROWS_WITH((CurvePlot{.series = {{.y = {1, 2}, .low = {1, 2}, .high = {1, 2, 3}}}}.draw()),
                    "neohebb: series 0 has 2 y values, but 3 high values");
}

TEST_CASE("a figure too small for its labels, or with an empty range, is refused") {
  CHECK_THROWS_WITH(CurvePlot{.width = 10}.draw(),
                    "neohebb: width of a curve plot is 10, must be from 300 to 32767");
  CHECK_THROWS_WITH((CurvePlot{.x = {.range = Range{2, 2}}}.draw()),
                    "neohebb: x axis goes from 2 to 2; its low end must be less than its high end");
}

TEST_CASE("nothing, NaN alone, one point, constants and extremes are drawn without fuss") {
  CHECK_NOTHROW(CurvePlot{}.draw());
  CHECK_NOTHROW(CurvePlot{.series = {{}}}.draw());
  CHECK_NOTHROW(
      CurvePlot{.series = {{.name = "nan", .y = {NAN, NAN}, .low = {NAN, NAN}, .high = {NAN, NAN}}}}.draw());
  CHECK_NOTHROW(CurvePlot{.series = {{.y = {1e308, -1e308, INFINITY, -INFINITY}}}}.draw());
  CHECK_NOTHROW(CurvePlot{.series = {{.y = {1e-310, 2e-310}}}}.draw());
  CHECK_NOTHROW(CurvePlot{.y = {.scale = Scale::logarithmic}, .series = {{.y = {1e-310, 1e308}}}}.draw());
  for (const double v : {0.0, -5.0, 1e17, 3e-300})
    CHECK(count(CurvePlot{.series = {{.y = {v, v, v}}}}.draw(), series_colour(0)) > 1000);
  CHECK(count(CurvePlot{.series = {{.y = {4}}}}.draw(), series_colour(0)) > 5);
  CHECK(count(CurvePlot{.series = {{.y = {4}, .line = false, .markers = true}}}.draw(), series_colour(0)) >
        40);
}

TEST_CASE("a legend with many long names wraps into rows above the curves") {
  CurvePlot plot{.width = 500, .height = 500};
  for (int i = 0; i < 12; ++i) plot.series.push_back({.name = "series with a long name", .y = {1.0 * i, 2}});
  CHECK_NOTHROW(plot.draw());
}
