// From times in seconds to time steps, and back.
#pragma once
#include <neohebb/data/spike_trains.hpp>

namespace neohebb {

/// To which step a time between two steps belongs.
enum class Rounding { nearest, down };

/// How times become steps.
///
///   option     default  meaning
///   dt         1e-3     s, of one step
///   steps      0        of the result; 0: those of the duration, or up to the last spike where that is 0
///   rounding   nearest  or down: the step that a time lies in. Times within 1/1000 step of a step are at it.
///   strict     false    refuse times off the grid, and two spikes of a neuron in one step
struct GridOptions {
  double dt = 1e-3;
  Index steps = 0;
  Rounding rounding = Rounding::nearest;  // of times between two steps
  bool strict = false;
};

/// What became of spikes on their way to the grid.
struct GridReport {
  Index off_grid = 0;  // more than 1/1000 step from the next grid point
  Index merged = 0;    // second spikes of a neuron in one step: it keeps one
};

namespace detail {
/// A time in steps, and whether that is a grid point.
struct GridPlace {
  double steps;
  bool on_grid;
  GridPlace(double time, double dt)
      : steps(time / dt), on_grid(std::abs(steps - std::round(steps)) <= 1e-3) {}
};
}  // namespace detail

/// Spike trains on a grid. A spike that is rounded to the end of the window stays in its last step. Throws
/// std::invalid_argument for trains and options without sense, a window shorter than a step, spikes after the
/// last step, and where `strict` refuses.
inline SpikeTrains on_grid(const SpikeTimes& times, const GridOptions& options = {},
                           GridReport* report = nullptr) {
  times.validate();
  const double dt = options.dt, most = 4503599627370496.0;  // 2⁵²: steps are exact
  NEOHEBB_REQUIRE(is_finite(dt) && dt > 0, "GridOptions.dt is ", dt, " s, must be positive");
  NEOHEBB_REQUIRE(options.steps >= 0, "GridOptions.steps is ", options.steps, ", must not be negative");
  const double last = times.spikes.empty() ? 0 : times.spikes.back().time;
  NEOHEBB_REQUIRE(std::max(last, times.duration) / dt < most, std::max(last, times.duration),
                  " s in steps of ", dt, " s are too many steps");
  NEOHEBB_REQUIRE(times.duration == 0 || times.duration >= dt * (1 - 1e-9), "a window of ", times.duration,
                  " s is shorter than a step of ", dt, " s");
  const auto step_of = [&](double time) {
    const detail::GridPlace place(time, dt);
    const bool nearest = options.rounding == Rounding::nearest || place.on_grid;
    return static_cast<Index>(nearest ? std::round(place.steps) : std::floor(place.steps));
  };
  const Index wanted = options.steps > 0     ? options.steps
                       : times.duration == 0 ? step_of(last) + 1
                                             : static_cast<Index>(std::ceil(times.duration / dt - 1e-6));
  SpikeTrains grid{times.neurons, wanted, dt, {}};
  GridReport found;
  grid.spikes.reserve(times.spikes.size());
  for (const TimedSpike& s : times.spikes) {
    Index step = step_of(s.time);
    if (step == wanted && s.time < dt * static_cast<double>(wanted)) --step;
    NEOHEBB_REQUIRE(step < wanted, "a spike at ", s.time, " s comes after the last of ", wanted, " steps of ",
                    dt, " s");
    const bool off = !detail::GridPlace(s.time, dt).on_grid;
    NEOHEBB_REQUIRE(!(off && options.strict), "a spike at ", s.time, " s is off the grid of ", dt,
                    " s, which GridOptions.strict refuses");
    found.off_grid += off;
    grid.spikes.push_back({step, s.neuron});
  }
  std::sort(grid.spikes.begin(), grid.spikes.end());
  const auto second = std::unique(grid.spikes.begin(), grid.spikes.end());
  found.merged = static_cast<Index>(grid.spikes.end() - second);
  grid.spikes.erase(second, grid.spikes.end());
  NEOHEBB_REQUIRE(!(found.merged > 0 && options.strict), found.merged,
                  " spikes share a step with another of the same neuron, which GridOptions.strict refuses");
  if (report) *report = found;
  return grid;
}

/// The same spikes in seconds, each at the start of its step.
inline SpikeTimes in_seconds(const SpikeTrains& grid) {
  grid.validate();
  SpikeTimes times{grid.neurons, grid.seconds(), {}};
  times.spikes.reserve(grid.spikes.size());
  for (const StepSpike& s : grid.spikes) times.spikes.push_back({grid.time(s.step), s.neuron});
  return times;
}

}  // namespace neohebb
