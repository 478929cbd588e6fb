#include <neohebb/plot/traces.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinRel;
using namespace neohebb::plot;

namespace {
long count(const Image& image, Colour colour) {
  return std::count(image.pixels().begin(), image.pixels().end(), colour);
}
/// Leftmost and rightmost column that holds the colour.
std::pair<int, int> columns(const Image& image, Colour colour) {
  int first = image.width(), last = -1;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x)
      if (image.pixel(x, y) == colour) {
        first = std::min(first, x);
        last = std::max(last, x);
      }
  return {first, last};
}
constexpr Colour green{1, 200, 2}, red{200, 1, 2};
}  // namespace

TEST_CASE("events and lines share the time axis") {
  const Image image = TracePlot{.start = 100,
                                .step = 0.5,
                                .panels = {{.events = {{"input", {100, 105}, green}}},
                                           {.lines = {{"", std::vector<double>(11, 1.0), red}}}}}
                          .draw();
  const auto [first_event, last_event] = columns(image, green);
  const auto [line_start, line_end] = columns(image, red);
  CHECK(std::abs(first_event - line_start) <= 2);
  CHECK(std::abs(last_event - line_end) <= 2);
  CHECK(last_event - first_event > 800);
}

TEST_CASE("a row of events has a tick for each, and none outside the time shown") {
  TracePlot plot{.time = Range{0, 100}, .panels = {{.events = {{"", {10, 20, 30}, green}}}}};
  const long three = count(plot.draw(), green);
  plot.panels[0].events[0].times = {10, 20, 30, 500, -3, NAN, INFINITY};
  CHECK(count(plot.draw(), green) == three);
  plot.panels[0].events[0].times = {10};
  CHECK(3 * count(plot.draw(), green) == three);
}

TEST_CASE("the threshold is a dashed line in the range shown") {
  const TracePlot without{.panels = {{.lines = {{"", {0, 0, 0}, red}}, .range = Range{-1, 2}}}};
  TracePlot with = without;
  with.panels[0].threshold = 1;
  const Colour dashes{90, 90, 90};
  CHECK(count(without.draw(), dashes) == 0);
  CHECK(count(with.draw(), dashes) > 500);
  CHECK(count(with.draw(), dashes) < 1600);
  with.panels[0].threshold = 5;
  CHECK(count(with.draw(), dashes) == 0);
}

TEST_CASE("NaN leaves a gap in a trace") {
  TracePlot plot{.panels = {{.lines = {{"", std::vector<double>(100, 1.0), red}}}}};
  const long whole = count(plot.draw(), red);
  for (std::size_t k = 40; k < 60; ++k) plot.panels[0].lines[0].values[k] = NAN;
  CHECK_THAT(count(plot.draw(), red), WithinRel(0.79 * double(whole), 0.03));
}

TEST_CASE("nothing, empty rows and constants are drawn without fuss") {
  CHECK_NOTHROW(TracePlot{}.draw());
  CHECK_NOTHROW(
      TracePlot{.panels = {{}, {.events = {{}}}, {.lines = {{}}}, {.threshold = 0}, {.spikes = {1, NAN}}}}
          .draw());
  CHECK_NOTHROW(
      TracePlot{.panels = {{.lines = {{"a", {5}}, {"b", {NAN, 5, NAN}}, {"c", {1e300, -1e300, INFINITY}}}}}}
          .draw());
}

TEST_CASE("impossible steps, ranges and heights are refused") {
  CHECK_THROWS_AS(TracePlot{.step = 0}.draw(), std::invalid_argument);
  CHECK_THROWS_WITH(TracePlot{.step = 0}.draw(), "neohebb: step of a trace plot is 0, must be above 0");
  CHECK_THROWS_WITH((TracePlot{.time = Range{3, 1}}.draw()),
                    "neohebb: time axis goes from 3 to 1; its low end must be less than its high end");
  CHECK_THROWS_WITH((TracePlot{.panels = {{.height = 5}}}.draw()),
                    "neohebb: height of a trace panel is 5, must be from 40 to 4000");
  CHECK_THROWS_WITH((TracePlot{.panels = {{.threshold = NAN}}}.draw()),
                    "neohebb: threshold of a trace panel is nan, must be finite");
}
