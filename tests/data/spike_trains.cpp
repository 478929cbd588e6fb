#include <neohebb/data/spike_grid.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;

namespace {

std::string refusal(auto&& f) { return support::error_of<std::invalid_argument>(f); }

}  // namespace

TEST_CASE("what a network does is recorded, and shown again step by step", "[data]") {
  constexpr Index neurons = 137, steps = 60, batch = 3;
  std::vector<SpikeTrains> trains(batch, SpikeTrains{neurons, steps, 1e-3, {}});
  Spikes<float> spikes(neurons, batch), again = spikes;
  for (Index t = 0; t < steps; ++t) {
    support::NoisyInput{.rate = 0.1}(t, 0, spikes);
    for (Index b = 0; b < batch; ++b) trains[std::size_t(b)].record(t, spikes.active(b));
  }
  for (const SpikeTrains& s : trains) {
    s.validate();
    CHECK(s.spikes.size() > 500);
  }
  for (Index t = 0; t < steps; ++t) {
    support::NoisyInput{.rate = 0.1}(t, 0, spikes);
    SpikeTrains::show(trains, t, again);
    CHECK(again == spikes);
    trains[1].show(t, again);
    for (Index b = 0; b < batch; ++b) CHECK(std::ranges::equal(again.active(b), spikes.active(1)));
  }
}

TEST_CASE("trains on the grid become seconds and come back", "[data]") {
  SpikeTrains trains{5, 30000, 1e-4, {}};
  RandomSequence random(1, 0, 0, 0);
  for (Index t = 0; t < trains.steps; ++t)
    if (random.uniform() < 0.01) trains.spikes.push_back({t, Index(random.below(5))});
  CHECK(trains.time(3) == 0.0003);  // the decimal number, not 3 · 1e-4
  for (const Rounding rounding : {Rounding::nearest, Rounding::down}) {
    GridReport report;
    CHECK(on_grid(in_seconds(trains), {.dt = 1e-4, .rounding = rounding, .strict = true}, &report) == trains);
    CHECK(report.off_grid == 0);
  }
  const auto each = trains.by_neuron();
  std::size_t all = 0;
  for (const auto& train : each) {
    CHECK(std::ranges::is_sorted(train));
    all += train.size();
  }
  CHECK(all == trains.spikes.size());
}

TEST_CASE("times off the grid go to the nearest step, or down", "[data]") {
  const SpikeTimes times{2, 0.01, {{0.00049, 0}, {0.00051, 1}, {0.0029, 0}, {0.00999, 1}}};
  GridReport report;
  const SpikeTrains near = on_grid(times, {.dt = 1e-3}, &report);
  CHECK(near.steps == 10);
  CHECK(near.spikes ==
        std::vector<StepSpike>{{0, 0}, {1, 1}, {3, 0}, {9, 1}});  // not to the step after the end
  CHECK(report.off_grid == 4);
  CHECK(on_grid(times, {.dt = 1e-3, .rounding = Rounding::down}).spikes ==
        std::vector<StepSpike>{{0, 0}, {0, 1}, {2, 0}, {9, 1}});
  CHECK(contains(refusal([&] { on_grid(times, {.strict = true}); }), "0.00049 s is off the grid of 0.001"));
}

TEST_CASE("a neuron keeps one of several spikes in a step", "[data]") {
  const SpikeTimes times{2, 0, {{0.0011, 1}, {0.0012, 0}, {0.0013, 1}}};
  GridReport report;
  const SpikeTrains grid = on_grid(times, {}, &report);
  CHECK(grid.spikes == std::vector<StepSpike>{{1, 0}, {1, 1}});
  CHECK(grid.steps == 2);  // where the duration is unknown, up to the last spike
  CHECK(report.merged == 1);
  CHECK(contains(refusal([] {
                   on_grid({1, 0, {{0.001, 0}, {0.001, 0}}}, {.strict = true});
                 }),
                 "share a step"));
}

TEST_CASE("the window is a whole number of steps, or one more", "[data]") {
  CHECK(on_grid({1, 1.89, {}}, {.dt = 1e-4}).steps == 18900);
  CHECK(on_grid({1, 0.00201, {}}, {.dt = 1e-3}).steps == 3);
  CHECK(on_grid({1, 0.001, {}}, {.dt = 1e-3}).steps == 1);
  CHECK(on_grid({1, 0, {{0.5, 0}}}, {.dt = 1e-3, .steps = 600}).steps == 600);
  CHECK(contains(refusal([] {
                   on_grid({1, 0.0009, {}}, {.dt = 1e-3});
                 }),
                 "s is shorter than a step of 0.001"));
  CHECK(contains(refusal([] {
                   on_grid({1, 0, {{0.5, 0}}}, {.steps = 500});
                 }),
                 "after the last of 500 steps"));
}

TEST_CASE("sorting keeps the order of simultaneous spikes", "[data]") {
  SpikeTimes times{4, 1, {{0.5, 3}, {0.2, 2}, {0.5, 1}, {0.2, 0}}};
  CHECK(contains(refusal([&] { times.validate(); }), "0.2 s stands behind one at 0.5 s"));
  times.sort();
  times.validate();
  CHECK(times.spikes == std::vector<TimedSpike>{{0.2, 2}, {0.2, 0}, {0.5, 3}, {0.5, 1}});
  SpikeTimes many{1000, 1, {}};
  for (Index k = 0; k < 1000; ++k) many.spikes.push_back({k % 2 == 0 ? 0.5 : 0.25, 999 - k});
  many.sort();
  for (std::size_t k = 0; k < 1000; ++k) {
    const auto place = static_cast<Index>(k);
    CHECK(many.spikes[k] ==
          (k < 500 ? TimedSpike{0.25, 998 - 2 * place} : TimedSpike{0.5, 1999 - 2 * place}));
  }
}

TEST_CASE("spike trains without sense are refused", "[data]") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const auto times = [](double duration, TimedSpike spike) {
    return refusal([&] { SpikeTimes{3, duration, {spike}}.validate(); });
  };
  CHECK(contains(times(1, {-0.001, 0}), "-0.001 s: times must be finite and not negative"));
  CHECK(contains(times(1, {nan, 0}), "finite"));
  CHECK(contains(times(inf, {0, 0}), "duration"));
  CHECK(contains(times(-1, {0, 0}), "duration"));
  CHECK(contains(times(1, {1, 0}), "outside the window of 1 s"));
  CHECK(contains(times(1, {0, 3}), "neuron 3, the population has 3"));
  CHECK(contains(times(1, {0, -1}), "neuron -1"));
  CHECK(contains(refusal([] { SpikeTimes{}.validate(); }), "neurons is 0"));

  const auto grid = [](std::vector<StepSpike> spikes, double dt = 1e-3) {
    return refusal([&] { SpikeTrains{3, 10, dt, spikes}.validate(); });
  };
  CHECK(contains(grid({{10, 0}}), "steps 0 to 9"));
  CHECK(contains(grid({{-1, 0}}), "step -1"));
  CHECK(contains(grid({{0, 3}}), "neuron 3"));
  CHECK(contains(grid({{2, 0}, {1, 0}}), "out of order"));
  CHECK(contains(grid({{2, 0}, {2, 0}}), "twice"));
  CHECK(contains(grid({}, 0), "dt is 0"));
  CHECK(contains(grid({}, nan), "dt is nan"));

  SpikeTrains record{3, 10, 1e-3, {}};
  const std::vector<std::int32_t> active{0, 2}, outside{3};
  record.record(4, active);
  CHECK(contains(refusal([&] { record.record(4, active); }), "each step once"));
  CHECK(contains(refusal([&] { record.record(10, active); }), "step 10"));
  CHECK(contains(refusal([&] { record.record(5, outside); }), "neuron 3"));
  Spikes<double> spikes(4, 2);
  CHECK(contains(refusal([&] { record.show(0, spikes); }), "3 neurons shown to 4"));
  Spikes<double> three(3, 3);
  CHECK(contains(refusal([&] { record.show(10, three); }), "step 10"));
  CHECK(contains(refusal([&] { SpikeTrains::show(std::vector(2, record), 0, three); }),
                 "2 spike trains for 3"));
  CHECK(contains(refusal([] { on_grid({1, 1, {}}, {.dt = 0}); }), "dt is 0"));
  CHECK(contains(refusal([] { on_grid({1, 1, {}}, {.dt = 1e-300}); }), "too many steps"));
  CHECK(contains(refusal([] { on_grid({1, 1, {}}, {.steps = -1}); }), "steps is -1"));
}
