// Spike trains as lists: in seconds, as files hold them, and on a grid of time steps, as networks show them.
#pragma once
#include <algorithm>
#include <compare>
#include <limits>
#include <neohebb/core/spikes.hpp>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace neohebb {

namespace detail {
inline void check_neuron(Index neuron, Index neurons) {
  NEOHEBB_REQUIRE(neuron >= 0 && neuron < neurons, "a spike of neuron ", neuron, ", the population has ",
                  neurons, " neurons, counted from 0");
}
}  // namespace detail

/// A spike of a neuron at a time in seconds. Neurons count from 0.
struct TimedSpike {
  double time = 0;  // s
  Index neuron = 0;
  friend bool operator==(const TimedSpike&, const TimedSpike&) = default;
};

/// Spike trains of a population in continuous time: spikes ascending in time.
///
///   field      meaning
///   neurons    size of the population
///   duration   s; times lie in [0, duration). 0: unknown, up to the last spike
struct SpikeTimes {
  Index neurons = 0;
  double duration = 0;
  std::vector<TimedSpike> spikes = {};

  friend bool operator==(const SpikeTimes&, const SpikeTimes&) = default;

  /// Throws std::invalid_argument: no neurons, times that are negative, NaN, descending or outside the
  /// window, neurons that do not exist.
  void validate() const {
    check_positive("SpikeTimes.neurons", neurons);
    NEOHEBB_REQUIRE(is_finite(duration) && duration >= 0, "SpikeTimes.duration is ", duration,
                    " s, must be positive, or 0 where it is unknown");
    double last = 0;
    for (const TimedSpike& spike : spikes) {
      NEOHEBB_REQUIRE(is_finite(spike.time) && spike.time >= 0, "a spike at ", spike.time,
                      " s: times must be finite and not negative");
      NEOHEBB_REQUIRE(spike.time >= last, "a spike at ", spike.time, " s stands behind one at ", last,
                      " s; sort() puts them in order");
      NEOHEBB_REQUIRE(duration == 0 || spike.time < duration, "a spike at ", spike.time,
                      " s lies outside the window of ", duration, " s");
      detail::check_neuron(spike.neuron, neurons);
      last = spike.time;
    }
  }
  /// Ascending in time; simultaneous spikes keep their order.
  void sort() {
    // by place where times are equal: not by std::stable_sort, for which Clang 19 warns of GCC 12's library
    std::vector<std::size_t> order(spikes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return spikes[a].time < spikes[b].time || (spikes[a].time == spikes[b].time && a < b);
    });
    std::vector<TimedSpike> sorted;
    sorted.reserve(spikes.size());
    for (const std::size_t k : order) sorted.push_back(spikes[k]);
    spikes = std::move(sorted);
  }
  /// Seconds that the trains last.
  double seconds() const { return duration; }
  /// Each neuron's spike times in seconds, ascending.
  std::vector<std::vector<double>> by_neuron() const {
    std::vector<std::vector<double>> trains(static_cast<std::size_t>(neurons));
    for (const TimedSpike& s : spikes) {
      detail::check_neuron(s.neuron, neurons);
      trains[static_cast<std::size_t>(s.neuron)].push_back(s.time);
    }
    return trains;
  }
};

/// A spike of a neuron in a time step. Both count from 0.
struct StepSpike {
  Index step = 0, neuron = 0;
  friend auto operator<=>(const StepSpike&, const StepSpike&) = default;
};

/// Spike trains of a population on a grid of time steps, at most one spike of a neuron in a step; ascending
/// by step, then by neuron.
///
///     SpikeTrains output{.neurons = 10, .steps = 1000, .dt = 1e-3};
///     output.record(t, state.neuron.spikes.active(0));     // after each step: what sample 0 did
///     target.show(t, spikes);                              // before each step: the same in every sample
struct SpikeTrains {
  Index neurons = 0;
  Index steps = 0;
  double dt = 1e-3;  // s, of one step
  std::vector<StepSpike> spikes = {};

  friend bool operator==(const SpikeTrains&, const SpikeTrains&) = default;

  /// Throws std::invalid_argument: sizes, spikes out of order, twice, or outside.
  void validate() const {
    check_positive("SpikeTrains.neurons", neurons);
    check_positive("SpikeTrains.steps", steps);
    NEOHEBB_REQUIRE(is_finite(dt) && dt > 0, "SpikeTrains.dt is ", dt, " s, must be positive");
    for (std::size_t k = 0; k < spikes.size(); ++k) {
      const StepSpike s = spikes[k];
      NEOHEBB_REQUIRE(s.step >= 0 && s.step < steps, "a spike in step ", s.step, ", there are steps 0 to ",
                      steps - 1);
      NEOHEBB_REQUIRE(s.neuron >= 0 && s.neuron < neurons, "a spike of neuron ", s.neuron,
                      ", the population has ", neurons, " neurons, counted from 0");
      NEOHEBB_REQUIRE(k == 0 || spikes[k - 1] < s, "spike ", k, " (step ", s.step, ", neuron ", s.neuron,
                      ") is out of order or there twice; they ascend by step, then by neuron");
    }
  }
  /// Start of a step in seconds: the decimal number one expects where 1/dt is whole.
  double time(Index step) const {
    const double per_second = std::round(1 / dt);
    return std::abs(per_second * dt - 1) < 1e-12 ? static_cast<double>(step) / per_second
                                                 : static_cast<double>(step) * dt;
  }
  /// Length of the trains in s.
  double seconds() const { return time(steps); }

  /// The spikes of one step. Throws std::invalid_argument for a step that does not exist.
  std::span<const StepSpike> at(Index step) const {
    NEOHEBB_REQUIRE(step >= 0 && step < steps, "step ", step, " of spike trains with steps 0 to ", steps - 1);
    const auto first = std::lower_bound(spikes.begin(), spikes.end(), StepSpike{step, 0});
    auto last = first;
    while (last != spikes.end() && last->step == step) ++last;
    return {first, last};
  }
  /// Appends a step's spikes: neurons, ascending, as Spikes::active(b) lists them. Steps must ascend. Throws
  /// std::invalid_argument.
  void record(Index step, std::span<const std::int32_t> active) {
    NEOHEBB_REQUIRE(step >= 0 && step < steps, "step ", step, " recorded into steps 0 to ", steps - 1);
    NEOHEBB_REQUIRE(spikes.empty() || spikes.back().step < step, "step ", step,
                    " recorded after a spike in step ", spikes.back().step,
                    "; record each step once, in order");
    for (std::int32_t last = -1; const std::int32_t neuron : active) {
      detail::check_neuron(neuron, neurons);
      NEOHEBB_REQUIRE(neuron > last, "neuron ", neuron, " recorded behind neuron ", last,
                      "; list them ascending");
      last = neuron;
    }
    for (const std::int32_t neuron : active) spikes.push_back({step, neuron});
  }
  /// Writes a step's spikes into every sample of `out`, neurons × any batch. Uses no heap. Throws
  /// std::invalid_argument for another number of neurons, and for a step that does not exist.
  void show(Index step, auto& out) const { show({this, 1}, step, out); }
  /// The same with trains of its own for every sample: sample b is shown trains b, or all the only one.
  static void show(std::span<const SpikeTrains> samples, Index step, auto& out) {
    const auto count = static_cast<Index>(samples.size());
    NEOHEBB_REQUIRE(count == 1 || count == out.batch(), count, " spike trains for ", out.batch(),
                    " samples; give one for each, or one for all");
    for (const SpikeTrains& s : samples)
      NEOHEBB_REQUIRE(s.neurons == out.neurons(), "spike trains of ", s.neurons, " neurons shown to ",
                      out.neurons());
    out.assign_lists([&](Index b) { return samples[count == 1 ? 0 : static_cast<std::size_t>(b)].at(step); });
  }
  /// Each neuron's spike times in seconds, ascending.
  std::vector<std::vector<double>> by_neuron() const {
    std::vector<std::vector<double>> trains(static_cast<std::size_t>(neurons));
    for (const StepSpike& s : spikes) {
      detail::check_neuron(s.neuron, neurons);
      trains[static_cast<std::size_t>(s.neuron)].push_back(time(s.step));
    }
    return trains;
  }
};

/// Trains of a population, for distances and statistics: SpikeTimes, SpikeTrains, or a type of your own.
template <class T>
concept PopulationTrains = requires(const T t) {
  { t.neurons } -> std::convertible_to<Index>;
  { t.seconds() } -> std::convertible_to<double>;  // how long they last, 0: unknown
  { t.by_neuron() } -> std::convertible_to<std::vector<std::vector<double>>>;  // times in seconds, ascending
  t.spikes.begin()->neuron;                                                    // a list of all spikes
};

}  // namespace neohebb
