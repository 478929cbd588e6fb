#include <neohebb/core/random.hpp>
#include <neohebb/data/events/filters.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

std::vector<Event> noise(std::size_t n, int width, int height, std::uint32_t longest_pause) {
  RandomSequence random(7, 0, 0, 0);
  std::vector<Event> events(n);
  std::int64_t t = 0;
  for (Event& e : events) {
    const auto x = static_cast<std::uint16_t>(random.below(static_cast<std::uint32_t>(width) + 1));
    const auto y = static_cast<std::uint16_t>(random.below(static_cast<std::uint32_t>(height) + 1));
    e = {t += random.below(longest_pause), x, y, static_cast<std::uint8_t>(random.below(2))};
  }
  return events;
}

}  // namespace

TEST_CASE("an event is kept if a neighbour had one shortly before", "[data]") {
  const std::vector<Event> events = noise(3000, 20, 13, 30);
  std::vector<Event> expected, kept = events;
  for (std::size_t k = 0; k < events.size(); ++k) {
    const Event& e = events[k];
    if (e.x >= 20 || e.y >= 13) continue;
    bool neighbour = false;
    for (std::size_t j = 0; j < k; ++j) {
      const Event& f = events[j];
      const int dx = std::abs(f.x - e.x), dy = std::abs(f.y - e.y);
      neighbour |= f.x < 20 && f.y < 13 && dx + dy > 0 && dx <= 1 && dy <= 1 && e.t - f.t <= 400;
    }
    if (neighbour) expected.push_back(e);
  }
  BackgroundFilter filter({20, 13}, 400);
  keep_events(filter, kept);
  CHECK(kept == expected);
  CHECK(expected.size() > 300);
  CHECK(expected.size() < 2400);

  std::vector<Event> pieces;
  BackgroundFilter again({20, 13}, 400);
  for (std::size_t k = 0; k < events.size(); k += 7) {
    std::vector<Event> piece(events.begin() + std::ptrdiff_t(k),
                             events.begin() + std::ptrdiff_t(std::min(k + 7, events.size())));
    keep_events(again, piece);
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  CHECK(pieces == expected);
}

TEST_CASE("a pixel's events keep the refractory time apart", "[data]") {
  std::vector<Event> events{{0, 1, 1, 1},   {99, 1, 1, 0},  {100, 1, 1, 0}, {150, 2, 1, 0},
                            {199, 1, 1, 1}, {200, 1, 1, 1}, {300, 9, 9, 1}};
  keep_events(RefractoryFilter({5, 5}, 100), events);
  CHECK(events == std::vector<Event>{{0, 1, 1, 1}, {100, 1, 1, 0}, {150, 2, 1, 0}, {200, 1, 1, 1}});
}

TEST_CASE("filters take any times that a file may hold", "[data]") {
  const std::int64_t latest = std::numeric_limits<std::int64_t>::max(), early = -latest + 100'000;
  const std::vector<Event> absurd{
      {early, 1, 1, 1}, {latest, 2, 1, 0}, {latest, 1, 1, 1}, {0, 1, 1, 1}, {early, 2, 2, 1}};
  std::vector<Event> kept = absurd;
  keep_events(BackgroundFilter({5, 5}), kept);
  CHECK(kept ==
        std::vector<Event>(absurd.begin() + 2, absurd.end()));  // time went backward: neighbours count
  kept = absurd;
  keep_events(RefractoryFilter({5, 5}, 10), kept);
  CHECK(kept == std::vector<Event>{absurd[0], absurd[1], absurd[2], absurd[4]});
}

TEST_CASE("a hot pixel is one that fires alone", "[data]") {
  std::vector<Event> events = noise(4000, 16, 16, 500);  // a second, 16 events a pixel
  PixelCounts calm({16, 16});
  calm.add(events);
  std::vector<Event> kept = events;
  keep_events(calm.without_hot_pixels(), kept);
  const std::size_t inside = kept.size();
  CHECK(inside == static_cast<std::size_t>(std::count_if(
                      events.begin(), events.end(), [](const Event& e) { return e.x < 16 && e.y < 16; })));
  std::int64_t hot = 0;
  for (std::int64_t t = 0; t < 1'000'000; t += 2000, ++hot) events.push_back({t, 0, 15, 1});
  PixelCounts counts({16, 16});
  counts.add(events);
  CHECK(counts.count(0, 15) >= hot);
  const auto filter = counts.without_hot_pixels();
  CHECK(filter.hot.cast<int>().sum() == 1);
  CHECK(filter.hot(0, 15) == 1);
  keep_events(filter, events);
  CHECK(events.size() == inside - static_cast<std::size_t>(counts.count(0, 15) - hot));
}

TEST_CASE("hot pixels that touch are found, each; a long line of busy pixels is part of the scene",
          "[data]") {
  const auto hot = [](const std::vector<std::array<int, 2>>& pixels) {
    std::vector<Event> events;
    for (std::int64_t k = 0; k < 1000; ++k)
      for (const auto& [x, y] : pixels)
        events.push_back({k * 2000, static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y), 1});
    PixelCounts counts({64, 64});
    counts.add(events);
    const auto found = counts.without_hot_pixels().hot;
    for (const auto& [x, y] : pixels) CHECK(found(x, y) == found(pixels[0][0], pixels[0][1]));
    return found.cast<int>().sum();
  };
  CHECK(hot({{20, 20}}) == 1);
  CHECK(hot({{20, 20}, {21, 20}}) == 2);
  CHECK(hot({{20, 20}, {21, 20}, {20, 21}, {21, 21}}) == 4);
  CHECK(hot({{63, 63}, {62, 62}, {63, 61}}) == 3);
  std::vector<std::array<int, 2>> line;
  for (int y = 10; y < 40; ++y) line.push_back({30, y});
  CHECK(hot(line) == 0);
}

TEST_CASE("a moving edge has no hot pixels, however fast it is", "[data]") {
  PixelCounts counts({32, 8});
  std::vector<Event> events;
  for (int pass = 0; pass < 50; ++pass)
    for (std::uint16_t x = 0; x < 32; ++x)
      for (std::uint16_t y = 0; y < 8; ++y) events.push_back({pass * 1000 + x * 10, x, y, 1});
  counts.add(events);
  CHECK(counts.without_hot_pixels().hot.cast<int>().sum() == 0);
}

TEST_CASE("filters refuse what cannot be", "[data]") {
  const auto refusal = [](auto&& f) { return error_of<std::invalid_argument>(f); };
  CHECK(contains(refusal([] { BackgroundFilter({}); }), "the sensor is 0 x 0; where a recording does not"));
  CHECK(contains(refusal([] { BackgroundFilter({4, 4}, 0); }), "window (µs) is 0"));
  CHECK(contains(refusal([] { RefractoryFilter({4, 4}, -1); }), "time (µs) is -1"));
  CHECK(contains(refusal([] { PixelCounts({4, 0}); }), "the sensor is 4 x 0"));
  CHECK(contains(refusal([] { PixelCounts({4, 4}).without_hot_pixels(0.5); }), "factor is 0.5"));
  CHECK(contains(refusal([] { PixelCounts({4, 4}).without_hot_pixels(2, -1); }), "rate is -1"));
}
