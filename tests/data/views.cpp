#include <neohebb/core/random.hpp>
#include <neohebb/data/events/views.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

std::vector<Event> some_events() {
  RandomSequence random(5, 0, 0, 0);
  std::vector<Event> events(200);
  std::int64_t t = 0;
  for (Event& e : events) {
    const auto x = static_cast<std::uint16_t>(random.below(12)),
               y = static_cast<std::uint16_t>(random.below(9));
    e = {t += random.below(100), x, y, static_cast<std::uint8_t>(random.below(2))};
  }
  return events;
}

}  // namespace

TEMPLATE_TEST_CASE("frames sum the events of each pixel, with or without sign", "[data]", float, double) {
  const auto events = some_events();
  const auto signs = signed_frame<TestType>(events, {11, 8});
  const auto counts = count_frame<TestType>(events, {11, 8});
  CHECK(signs.rows() == 8);
  CHECK(signs.cols() == 11);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 11; ++x) {
      int on = 0, off = 0;
      for (const Event& e : events) {
        on += e.x == x && e.y == y && e.polarity == 1;
        off += e.x == x && e.y == y && e.polarity == 0;
      }
      CHECK(signs(y, x) == TestType(on - off));
      CHECK(counts(y, x) == TestType(on + off));
    }
}

TEMPLATE_TEST_CASE("a time surface decays from each pixel's last event", "[data]", float, double) {
  const auto events = some_events();
  TimeSurface surface({11, 8});
  surface.add(std::span(events).first(50));
  surface.add(std::span(events).subspan(50));
  const std::int64_t now = events.back().t + 30;
  for (const bool on : {false, true}) {
    const auto seen = surface.surface<TestType>(on, now, 2000);
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 11; ++x) {
        double expected = 0;
        for (const Event& e : events)
          if (e.x == x && e.y == y && (e.polarity == 1) == on)
            expected = std::exp(-static_cast<double>(now - e.t) / 2000);
        CHECK(support::near(static_cast<double>(seen(y, x)), expected, 1e-6));
      }
  }
}

TEST_CASE("views refuse a sensor without a size, and a decay that is none", "[data]") {
  const auto refusal = [](auto&& f) { return error_of<std::invalid_argument>(f); };
  CHECK(contains(refusal([] { TimeSurface({0, 0}); }), "a sensor of 0 x 0"));
  CHECK(contains(refusal([] { signed_frame({}, {3, 0}); }), "a sensor of 3 x 0"));
  CHECK(contains(refusal([] { TimeSurface({3, 3}).surface(true, 0, 0); }), "tau is 0 µs"));
}
