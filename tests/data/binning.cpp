#include <neohebb/data/events/binning.hpp>
#include <neohebb/data/events/random_view.hpp>
#include <neohebb/data/events/step_binner.hpp>
#include <set>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

/// Events anywhere on a sensor and a little beyond, in time order.
std::vector<Event> some_events(std::size_t n, int side, std::uint32_t longest_pause, std::uint32_t seed = 1) {
  RandomSequence random(seed, 0, 0, 0);
  std::vector<Event> events(n);
  std::int64_t t = 100;
  const auto pixel = [&] {
    return static_cast<std::uint16_t>(random.below(static_cast<std::uint32_t>(side) + 3));
  };
  for (Event& e : events)
    e = {t += random.below(longest_pause), pixel(), pixel(), static_cast<std::uint8_t>(random.below(2))};
  return events;
}

/// What bin_events should give, by its definition.
std::vector<std::set<std::int32_t>> naive(const std::vector<Event>& events, const EventGrid& g,
                                          const EventSteps& s) {
  std::vector<std::set<std::int32_t>> steps(static_cast<std::size_t>(s.steps));
  for (const Event& e : events) {
    const auto k =
        static_cast<Index>(std::floor(static_cast<double>(e.t - *s.start) / static_cast<double>(s.dt)));
    const auto column = static_cast<int>(std::floor(double(e.x - g.left) / g.block)),
               row = static_cast<int>(std::floor(double(e.y - g.top) / g.block));
    if (k < 0 || k >= s.steps || column < 0 || row < 0 || column >= g.width || row >= g.height) continue;
    const int channel = g.merged ? 0 : e.polarity;
    steps[static_cast<std::size_t>(k)].insert((row * g.width + column) * g.channels() + channel);
  }
  return steps;
}
std::vector<std::set<std::int32_t>> as_sets(const EventBins& bins) {
  std::vector<std::set<std::int32_t>> steps;
  for (Index k = 0; k < bins.steps(); ++k) {
    const auto list = bins.active(k);
    steps.emplace_back(list.begin(), list.end());
    CHECK(steps.back().size() == list.size());
    CHECK(std::is_sorted(list.begin(), list.end()));
  }
  return steps;
}
EventBins stream(const std::vector<Event>& events, const EventGrid& grid, const StepBinner::Options& options,
                 std::size_t piece) {
  StepBinner binner(grid, options);
  EventBins bins(grid.size());
  const auto use = [&](Index k, std::span<const std::int32_t> active) {
    CHECK(k == bins.steps());
    std::vector<std::int32_t> copy(active.begin(), active.end());
    bins.append_step(copy);
  };
  for (std::size_t k = 0; k < events.size(); k += piece)
    binner.push(std::span(events).subspan(k, std::min(piece, events.size() - k)), use);
  binner.finish(use);
  CHECK(binner.steps() == bins.steps());
  return bins;
}

}  // namespace

TEST_CASE("events fall into the cells and steps of the definition", "[data]") {
  std::vector<Event> events = some_events(3000, 40, 20);
  std::swap(events[10], events[2000]);  // any order
  for (const bool merged : {false, true})
    for (const EventGrid& grid : {EventGrid{40, 40, 1, 0, 0, merged}, EventGrid{32, 32, 1, 4, 3, merged},
                                  EventGrid{7, 9, 4, 2, -5, merged}, EventGrid{13, 5, 3, -2, 30, merged}})
      for (const EventSteps& steps :
           {EventSteps{0, 1000, 40}, EventSteps{5000, 777, 11}, EventSteps{-3000, 500, 9}}) {
        const EventBins bins = bin_events(events, grid, steps);
        CHECK(bins.size() == grid.size());
        CHECK(as_sets(bins) == naive(events, grid, steps));
      }
}

TEST_CASE("steps begin with the earliest event unless told otherwise: no clock need begin at 0", "[data]") {
  const EventGrid grid{4, 4};
  for (const std::int64_t begin :
       {std::int64_t{0}, std::int64_t{1605537493718345}, std::int64_t{-7'000'000}}) {
    const std::vector<Event> events{{begin + 1000, 2, 2, 0}, {begin, 1, 1, 1}};
    const EventBins bins = bin_events(events, grid, {});
    CHECK(bins.count() == 2);
    CHECK(bins.active(0).size() == 1);
    CHECK(bins.active(1).size() == 1);
    CHECK(bin_events(events, grid, {.start = begin + 1000}).count() == 1);
    StepBinner binner(grid);
    Index spikes = 0;
    const auto use = [&](Index, std::span<const std::int32_t> active) { spikes += std::ssize(active); };
    binner.push(std::vector<Event>(events.rbegin(), events.rend()), use);
    binner.finish(use);
    CHECK(spikes == 2);
  }
  const std::vector<Event> absurd{{std::numeric_limits<std::int64_t>::min(), 1, 1, 1}, {5000, 2, 2, 0}};
  CHECK(bin_events(absurd, grid, {}).count() == 1);
  CHECK(bin_events({}, grid, {}).steps() == 300);
}

TEST_CASE("the channel runs fastest, OFF before ON", "[data]") {
  const EventGrid grid{5, 4};
  const std::vector<Event> events{{0, 3, 2, 0}, {0, 3, 2, 1}, {0, 0, 0, 1}};
  const auto bins = bin_events(events, grid, {.steps = 1});
  CHECK(std::vector(bins.active(0).begin(), bins.active(0).end()) == std::vector<std::int32_t>{1, 26, 27});
}

TEST_CASE("a centred grid has the largest square cells that fit", "[data]") {
  CHECK(EventGrid::centred({34, 34}, 32, 32) == EventGrid{32, 32, 1, 1, 1});
  CHECK(EventGrid::centred({128, 128}, 32, 32) == EventGrid{32, 32, 4, 0, 0});
  CHECK(EventGrid::centred({346, 260}, 32, 32, true) == EventGrid{32, 32, 8, 45, 2, true});
  const auto refusal = [](auto&& f) { return error_of<std::invalid_argument>(f); };
  CHECK(contains(refusal([] {
                   EventGrid::centred({31, 40}, 32, 32);
                 }),
                 "a sensor of 31 x 40 pixels has too few for 32 x 32 cells"));
  CHECK(contains(refusal([] { EventGrid::centred({}, 32, 32); }), "size is not known"));
  CHECK(contains(refusal([] { (EventCells{EventGrid{0, 3}}); }), "width is 0"));
  CHECK(contains(refusal([] { (EventCells{EventGrid{40000, 3, 2}}); }), "more than 65536 pixels"));
  CHECK(contains(refusal([] { (EventCells{EventGrid{40000, 60000}}); }), "too many for 32-bit"));
  CHECK(contains(refusal([] { (EventCells{EventGrid{4, 4, 1, 70000}}); }), "must lie within 65536"));
  CHECK(contains(refusal([] { bin_events({}, EventGrid{}, {.dt = 0}); }), "dt (µs) is 0"));
  CHECK(contains(refusal([] { bin_events({}, EventGrid{}, {.steps = -1}); }), "steps is -1"));
  CHECK(contains(refusal([] { bin_events({}, EventGrid{}, {.start = std::int64_t{1} << 62}); }),
                 "out of range"));
}

TEST_CASE("a window of bins is the bins of a window", "[data]") {
  const auto events = some_events(500, 34, 50);
  const EventGrid grid;
  const EventBins all = bin_events(events, grid, {.start = 0, .dt = 500, .steps = 60});
  CHECK(all.window(7, 20) == bin_events(events, grid, {.start = 3500, .dt = 500, .steps = 20}));
  CHECK(all.window(50, 20).steps() == 20);
  CHECK(all.active(60).empty());
  CHECK(all.active(-1).empty());
}

TEST_CASE("a batch's bins become its spikes, and nothing where a sample has ended", "[data]") {
  const EventGrid grid = EventGrid::centred({34, 34}, 17, 17);  // 578 inputs: no multiple of a piece
  std::vector<EventBins> samples;
  for (std::uint32_t b = 0; b < 3; ++b)
    samples.push_back(bin_events(some_events(900, 34, 40, b), grid, {.steps = 10 + Index{b}}));
  Spikes<float> spikes(grid.size(), 3);
  std::vector<const EventBins*> pointers{&samples[0], &samples[1], &samples[2]};
  for (Index t = 0; t < 14; ++t) {
    Matrix<bool> expected = Matrix<bool>::Constant(grid.size(), 3, false);
    for (Index b = 0; b < 3; ++b)
      for (const auto input : samples[static_cast<std::size_t>(b)].active(t)) expected(input, b) = true;
    bins_to_spikes(samples, t, spikes);
    CHECK(spikes.dense().cast<bool>() == expected);
    Spikes<float> assigned(grid.size(), 3);
    assigned.assign(expected);
    CHECK(spikes == assigned);
    bins_to_spikes(pointers, t, spikes);
    CHECK(spikes == assigned);
  }
  const auto refusal = [](auto&& f) { return error_of<std::invalid_argument>(f); };
  CHECK(contains(refusal([&] { bins_to_spikes(std::span(samples).first(2), 0, spikes); }),
                 "bins of 2 samples for spikes of a batch of 3"));
  Spikes<float> other(100, 3);
  CHECK(contains(refusal([&] { bins_to_spikes(samples, 0, other); }), "bins of 578 inputs for 100 neurons"));
}

TEST_CASE("binning while a recording plays gives the same steps, in any pieces", "[data]") {
  for (const std::uint32_t pause : {5u, 60u, 20000u}) {
    const auto events = some_events(400, 34, pause);
    const EventGrid grid = EventGrid::centred({34, 34}, 32, 32);
    for (const std::size_t piece : {1u, 3u, 1000u})
      for (const std::int64_t start : {std::int64_t{0}, events[0].t}) {
        StepBinner::Options options{.dt = 300};
        if (start == 0) options.start = 0;
        const Index steps = (events.back().t - start) / 300 + 1;
        CHECK(stream(events, grid, options, piece) ==
              bin_events(events, grid, {.start = start, .dt = 300, .steps = steps}));
      }
  }
}

TEST_CASE("late events are counted, and dropped or taken into the present step", "[data]") {
  const std::vector<Event> events{
      {0, 1, 0, 1}, {2500, 2, 0, 1}, {1999, 3, 0, 1}, {2000, 4, 0, 1}, {3000, 5, 0, 1}};
  for (const bool keep : {false, true}) {
    StepBinner binner(EventGrid{}, {.start = 0, .keep_late = keep});
    std::vector<std::vector<std::int32_t>> steps;
    const auto use = [&](Index, std::span<const std::int32_t> active) {
      steps.emplace_back(active.begin(), active.end());
    };
    binner.push(events, use);
    binner.finish(use);
    CHECK(binner.late() == 1);
    CHECK(steps ==
          std::vector<std::vector<std::int32_t>>{
              {3}, {}, keep ? std::vector<std::int32_t>{5, 7, 9} : std::vector<std::int32_t>{5, 9}, {11}});
    binner.advance(6000, use);
    CHECK(binner.steps() == 6);
  }
}

TEST_CASE("a jump in time is refused instead of handing out steps for ever", "[data]") {
  StepBinner binner(EventGrid{}, {.longest_gap = 1000});
  Index steps = 0;
  const auto use = [&](Index, std::span<const std::int32_t>) { ++steps; };
  binner.push(std::vector<Event>{{0, 1, 1, 0}, {900'000, 1, 1, 0}}, use);
  CHECK(steps == 900);
  CHECK(contains(error_of([&] {
                   binner.push(std::vector<Event>{{std::int64_t{1} << 40, 1, 1, 0}}, use);
                 }),
                 "the recording jumps from 901000 to 1099511627776 µs"));
  const std::int64_t latest = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t t : {latest, -latest - 1}) {
    StepBinner fresh(EventGrid{}, {.longest_gap = 1000});
    CHECK(contains(error_of([&] { fresh.push(std::vector<Event>{{t, 1, 1, 0}}, use); }), "an event at"));
    const std::vector<Event> absurd{{-latest, 1, 1, 0}, {t, 1, 1, 0}, {latest, 1, 1, 0}};
    const auto view = RandomView{.window = true}(EventGrid{}, EventSteps{}, absurd, Generator{1});
    CHECK(bin_events(absurd, view.grid, view.steps).count() == 0);
  }
  CHECK(contains(error_of<std::invalid_argument>([] { (StepBinner(EventGrid{}, {.dt = 0})); }),
                 "dt (µs) is 0"));
}

TEST_CASE("what a binner hands out fills the spikes of a batch of one", "[data]") {
  const EventGrid grid{20, 20};
  const EventBins bins = bin_events(some_events(500, 20, 10), grid, {.steps = 3});
  Spikes<double> spikes(grid.size(), 1), expected = spikes;
  for (Index t = 0; t < 3; ++t) {
    active_to_spikes(bins.active(t), spikes);
    bins_to_spikes(std::span(&bins, 1), t, expected);
    CHECK(spikes == expected);
  }
  Spikes<float, 800, 1> fixed(Extent<800>{}, Extent<1>{});
  active_to_spikes(bins.active(2), fixed);
  CHECK(fixed.dense().cast<double>() == expected.dense());
  bins_to_spikes(std::span(&bins, 1), 2, fixed);
  CHECK(fixed.count() == expected.count());
  Spikes<double> small(10, 1), many(grid.size(), 2);
  CHECK(contains(error_of<std::invalid_argument>([&] { active_to_spikes(bins.active(0), small); }),
                 "of 10 neurons"));
  CHECK(contains(error_of<std::invalid_argument>([&] { active_to_spikes(bins.active(0), many); }),
                 "a batch of 2"));
}

TEST_CASE("random views take every shift and begin anywhere there is room", "[data]") {
  const auto events = some_events(200, 34, 100);
  const EventGrid grid = EventGrid::centred({34, 34}, 32, 32);
  const EventSteps steps{.start = 0, .dt = 1000, .steps = 5};
  const std::int64_t last = events.back().t + 1 - 5000;
  std::set<std::pair<int, int>> shifts;
  std::int64_t earliest = last, latest = 0;
  for (Index k = 0; k < 500; ++k) {
    const auto view = RandomView{.shift = 1, .window = true}(grid, steps, events, Generator{3}.at_sample(k));
    shifts.emplace(view.grid.left - grid.left, view.grid.top - grid.top);
    CHECK(*view.steps.start >= events[0].t);
    CHECK(*view.steps.start <= last);
    earliest = std::min(earliest, *view.steps.start);
    latest = std::max(latest, *view.steps.start);
    const auto again = RandomView{.shift = 1, .window = true}(
        grid, steps, events, Generator{3, 0, 0, static_cast<std::uint32_t>(k)});
    CHECK(again.grid == view.grid);
    CHECK(again.steps.start == view.steps.start);
  }
  CHECK(shifts.size() == 9);
  CHECK(earliest < events[0].t + (last - events[0].t) / 20);
  CHECK(latest > last - (last - events[0].t) / 20);
  const auto still = RandomView{.shift = 0}(grid, steps, events, Generator{3});
  CHECK(still.grid == grid);
  CHECK(still.steps.start == 0);
  const auto brief = RandomView{.window = true}(grid, {.steps = 1000}, events, Generator{3});
  CHECK(brief.steps.start == events[0].t);
  CHECK(contains(error_of<std::invalid_argument>([] { RandomView{.shift = -1}.validate(); }),
                 "shift (pixels) is -1"));
}
