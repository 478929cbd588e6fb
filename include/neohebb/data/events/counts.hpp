// Events as frames: how many there were in each pixel and step.
#pragma once
#include <neohebb/data/events/binning.hpp>
#include <string>

namespace neohebb {

/// Counts of events in steps from the first one on, entries × steps. Entry (polarity, row, column) is
///
///     (polarity · height + row) · width + column
///
/// in C order, channels first, as networks of other frameworks take events; `merged`: both polarities are one
/// channel. `steps`: events of later ones are left out; 0: as many as there are.
/// Throws std::runtime_error, beginning with `what`, for events outside height × width pixels, for events
/// before the first one, and where there are more than 2^31 counts.
template <class S>
Matrix<S> count_events(std::span<const Event> events, int height, int width, bool merged = false,
                       std::int64_t dt = 1000, Index steps = 0, const std::string& what = "events") {
  check_positive("count_events: height", height);
  check_positive("count_events: width", width);
  EventSteps{.dt = dt, .steps = steps}.validate();
  const std::int64_t start = events.empty() ? 0 : events.front().t;
  std::int64_t end = start;
  std::size_t outside = 0;
  const Event* first = nullptr;
  for (const Event& e : events) {
    if (!EventSteps::is_time(e.t) || e.t < start)
      NEOHEBB_THROW(std::runtime_error, what, ": an event at ", e.t, " µs, before the first one, at ", start,
                    " µs, or at no time of a clock");
    end = std::max(end, e.t);
    if (e.y < height && e.x < width) continue;
    ++outside;
    if (!first) first = &e;
  }
  if (outside > 0)
    NEOHEBB_THROW(std::runtime_error, what, ": ", outside, " of ", events.size(), " events lie outside ",
                  height, " x ", width, " pixels (height x width), the first at row ", first->y, ", column ",
                  first->x);
  if (steps == 0 && !events.empty()) steps = (end - start) / dt + 1;
  const Index pixels = Index{height} * width * (merged ? 1 : 2);
  if (steps > (Index{1} << 31) / pixels)
    NEOHEBB_THROW(std::runtime_error, what, ": ", steps, " steps of ", pixels,
                  " counts are more than 2^31; give the number of steps, or a longer dt than ", dt, " µs");
  Matrix<S> counts = Matrix<S>::Zero(pixels, steps);
  for (const Event& e : events) {
    const Index step = (e.t - start) / dt, channel = merged || e.polarity == 0 ? 0 : 1;
    if (step < steps) counts((channel * height + e.y) * width + e.x, step) += S(1);
  }
  return counts;
}

}  // namespace neohebb
