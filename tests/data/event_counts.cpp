// Events as counts of pixels and steps, against a loop over all of them.
#include <neohebb/data/events/counts.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

TEST_CASE("count_events: each event is counted once, in its step, channel, row and column", "[data]") {
  const std::vector<Event> events = {{100, 0, 0, 1},  {100, 0, 0, 1},  {350, 2, 1, 0},
                                     {1099, 2, 1, 0}, {1100, 1, 0, 1}, {3100, 0, 1, 0}};
  for (const bool merged : {false, true}) {
    Matrix<double> expected = Matrix<double>::Zero(merged ? 6 : 12, 4);
    for (const Event& e : events)
      expected((merged ? 0 : e.polarity * 6) + e.y * 3 + e.x, (e.t - 100) / 1000) += 1;
    CHECK(expected.sum() == 6);
    CHECK(count_events<double>(events, 2, 3, merged) == expected);
    CHECK(count_events<double>(events, 2, 3, merged, 1000, 2) == expected.leftCols(2));
  }
  CHECK(count_events<float>({}, 2, 3).cols() == 0);
  CHECK(count_events<float>({}, 2, 3, false, 1000, 5) == Matrix<float>::Zero(12, 5));
}

TEST_CASE("count_events: events outside, before the first, and too long a recording are errors", "[data]") {
  const auto error = [](std::vector<Event> events) {
    return error_of([&] { count_events<float>(events, 2, 3, false, 1000, 0, "x.bin"); });
  };
  CHECK(contains(
      error({{0, 0, 0, 1}, {5, 3, 1, 1}, {6, 0, 2, 0}}),
      "x.bin: 2 of 3 events lie outside 2 x 3 pixels (height x width), the first at row 1, column 3"));
  CHECK(contains(error({{10, 0, 0, 1}, {9, 0, 0, 1}}),
                 "x.bin: an event at 9 µs, before the first one, at 10 µs"));
  CHECK(contains(error({{0, 0, 0, 1}, {std::int64_t{1} << 50, 0, 0, 1}}),
                 "x.bin: 1125899906843 steps of 12 counts are more than 2^31"));
  CHECK_THROWS_AS(count_events<float>({}, 0, 3), std::invalid_argument);
  CHECK_THROWS_AS(count_events<float>({}, 2, 3, false, 0), std::invalid_argument);
}
