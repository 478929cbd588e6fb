// Random views of a recording, for training sets that are too small.
#pragma once
#include <neohebb/core/random.hpp>
#include <neohebb/data/events/binning.hpp>

namespace neohebb {

/// Moves what the network sees by whole pixels, uniform in −shift … shift each way, and begins its steps at a
/// random moment of the recording. Neither touches the events: they are binned by what is returned.
///
///     const auto view = RandomView{.shift = 1, .window = true}(grid, steps, events, generator.at_sample(k));
///     const EventBins bins = bin_events(events, view.grid, view.steps);
///
/// Depends on the generator's place only (its seed, stream, step and sample): an epoch is a step.
/// Throws std::invalid_argument for a shift outside 0 … 32767, and for steps without sense.
struct RandomView {
  int shift = 1;        // pixels of the sensor
  bool window = false;  // steps.start uniform between the first event and the last moment that leaves room

  /// Grid and steps, moved.
  struct View {
    EventGrid grid;  // moved by at most `shift`
    EventSteps steps;
  };
  void validate() const { check_range("RandomView: shift (pixels)", shift, 0, 32767); }
  /// `events` in time order. A recording shorter than the steps begins with its first event.
  View operator()(EventGrid grid, EventSteps steps, std::span<const Event> events,
                  const Generator& generator) const {
    validate();
    steps.validate();
    RandomSequence numbers = generator.sequence();
    const auto offset = [&] {
      return static_cast<int>(numbers.below(2 * static_cast<std::uint32_t>(shift) + 1)) - shift;
    };
    grid.left += offset();
    grid.top += offset();
    if (window && !events.empty()) {
      constexpr std::int64_t limit = std::int64_t{1} << 60;
      const std::int64_t first = events.front().t, last = events.back().t;
      std::int64_t start = std::clamp(first, -limit, limit);
      // Unsigned: the difference of any two times fits. 71 minutes of beginnings are enough for long ones.
      const auto length =
                     last > first ? static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) : 0,
                 taken = static_cast<std::uint64_t>(steps.dt * steps.steps);
      if (length + 1 > taken)
        start += numbers.below(
            static_cast<std::uint32_t>(std::min<std::uint64_t>(length + 2 - taken, 0xFFFFFFFF)));
      steps.start = start;
    }
    return {grid, steps};
  }
};

}  // namespace neohebb
