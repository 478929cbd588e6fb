// Events as the input of a network: cells of the sensor, steps of time, spikes.
#pragma once
#include <algorithm>
#include <cstring>
#include <limits>
#include <neohebb/core/spikes.hpp>
#include <neohebb/data/events/event.hpp>
#include <optional>
#include <vector>

namespace neohebb {

/// Which part of a sensor a network sees, and how finely. Cell (row, column) of channel c is input
///
///     (row · width + column) · channels + c,    c = 1 brighter (ON), 0 darker (OFF), or 0 for both together,
///
/// and covers block × block pixels; pixel (left, top) is in the corner of cell (0, 0). Pixels outside the
/// cells are not seen; cells may lie outside the sensor.
///
///     EventGrid::centred({34, 34}, 32, 32)      // N-MNIST without its outermost pixels
///     EventGrid::centred({128, 128}, 32, 32)    // DVS128 in blocks of 4 × 4
///
/// bin_events throws std::invalid_argument for sizes below 1, and for more than 65536 pixels a side.
struct EventGrid {
  int width = 34, height = 34;  // cells
  int block = 1;                // pixels per cell, each way
  int left = 0, top = 0;        // the first pixel
  bool merged = false;          // one channel for both polarities

  /// Cells as large as fit the sensor, centred; where a pixel is left over it is on the right and below.
  /// Throws std::invalid_argument for a sensor with fewer pixels than cells.
  static EventGrid centred(const Sensor& sensor, int width, int height, bool merged = false) {
    check_positive("EventGrid: width", width);
    check_positive("EventGrid: height", height);
    const int block = std::min(sensor.width / width, sensor.height / height);
    NEOHEBB_REQUIRE(block > 0, "a sensor of ", sensor.width, " x ", sensor.height, " pixels has too few for ",
                    width, " x ", height, " cells",
                    sensor.width == 0 ? " (its size is not known: state it in EventOptions::sensor)" : "");
    return {width, height, block, (sensor.width - width * block) / 2, (sensor.height - height * block) / 2,
            merged};
  }
  int channels() const { return merged ? 1 : 2; }
  /// Inputs of the network.
  Index size() const { return Index{width} * height * channels(); }

  void validate() const {
    check_positive("EventGrid: width", width);
    check_positive("EventGrid: height", height);
    check_positive("EventGrid: block", block);
    NEOHEBB_REQUIRE(width <= 65536 / block && height <= 65536 / block, "EventGrid: ", width, " x ", height,
                    " cells of ", block, " pixels are more than 65536 pixels");
    NEOHEBB_REQUIRE(size() <= std::numeric_limits<std::int32_t>::max(), "EventGrid: ", width, " x ", height,
                    " cells are too many for 32-bit indices");
    NEOHEBB_REQUIRE(std::abs(left) <= 65536 && std::abs(top) <= 65536, "EventGrid: the first pixel is (",
                    left, ", ", top, "), must lie within 65536 pixels of (0, 0)");
  }
  friend bool operator==(const EventGrid&, const EventGrid&) = default;
};

/// The input that an event belongs to, by tables: no division per event.
class EventCells {
 public:
  explicit EventCells(const EventGrid& grid) : left_(grid.left), top_(grid.top) {
    grid.validate();
    const auto table = [&](int cells, int stride, std::vector<std::int32_t>& place) {
      for (int pixel = 0; pixel < cells * grid.block; ++pixel) place.push_back(pixel / grid.block * stride);
    };
    table(grid.width, grid.channels(), column_);
    table(grid.height, grid.channels() * grid.width, row_);
    polarities_ = !grid.merged;
  }
  /// −1 for an event that no cell sees.
  std::int32_t operator()(const Event& e) const {
    const auto x = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(e.x) - left_),
               y = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(e.y) - top_);
    if (x >= column_.size() || y >= row_.size()) return -1;
    return row_[y] + column_[x] + (polarities_ & (e.polarity != 0));
  }

 private:
  std::vector<std::int32_t> column_, row_;
  std::ptrdiff_t left_, top_;
  bool polarities_ = true;
};

/// Step k lasts from start + k·dt to just before start + (k + 1)·dt. The clock of a recording may begin
/// anywhere: AEDAT 4 counts from 1970.
/// bin_events throws std::invalid_argument for dt < 1, steps < 0, and times out of range.
struct EventSteps {
  std::optional<std::int64_t> start = {};  // µs; by default the time of the earliest event
  std::int64_t dt = 1000;                  // µs
  Index steps = 300;

  void validate() const {
    check_positive("EventSteps: dt (µs)", dt);
    NEOHEBB_REQUIRE(steps >= 0, "EventSteps: steps is ", steps, ", must not be negative");
    NEOHEBB_REQUIRE(is_time(start.value_or(0)) && dt < (std::int64_t{1} << 31) && steps < (Index{1} << 30),
                    "EventSteps: ", steps, " steps of ", dt, " µs from ", start.value_or(0),
                    " µs are out of range");
  }
  /// Within 73 000 years: sums with dt cannot overflow.
  static bool is_time(std::int64_t t) {
    constexpr std::int64_t bound = std::int64_t{1} << 61;
    return t > -bound && t < bound;
  }
};

/// One sample's input: for every step the inputs that spike, ascending, each once however many events it had.
class EventBins {
 public:
  EventBins() = default;
  /// No spikes so far; append_step adds to it.
  explicit EventBins(Index size) : size_(size) {}

  Index size() const { return size_; }
  Index steps() const { return static_cast<Index>(ends_.size()); }
  /// Spikes in all steps.
  Index count() const { return static_cast<Index>(inputs_.size()); }
  /// No spikes in steps that are not there.
  std::span<const std::int32_t> active(Index step) const {
    if (step < 0 || step >= steps()) return {};
    const auto k = static_cast<std::size_t>(step);
    const std::size_t first = k == 0 ? 0 : ends_[k - 1];
    return std::span(inputs_).subspan(first, ends_[k] - first);
  }
  /// `inputs` may come in any order, several times.
  void append_step(std::span<std::int32_t> inputs) {
    std::sort(inputs.begin(), inputs.end());
    inputs_.insert(inputs_.end(), inputs.begin(), std::unique(inputs.begin(), inputs.end()));
    ends_.push_back(inputs_.size());
  }
  /// Steps first … first + n − 1.
  EventBins window(Index first, Index n) const {
    EventBins part(size_);
    for (Index k = first; k < first + n; ++k) {
      const auto list = active(k);
      part.inputs_.insert(part.inputs_.end(), list.begin(), list.end());
      part.ends_.push_back(part.inputs_.size());
    }
    return part;
  }
  friend bool operator==(const EventBins&, const EventBins&) = default;
  static void fields(auto& self, auto&& visit) {
    visit("size", self.size_);
    visit("inputs", self.inputs_);
    visit("ends", self.ends_);
    if constexpr (is_filled<decltype(self)>) self.check_read();
  }

 private:
  /// What a file or message brought. Throws std::runtime_error where it cannot be.
  void check_read() const {
    const bool ascends = std::is_sorted(ends_.begin(), ends_.end()),
               whole = (ends_.empty() ? 0 : ends_.back()) == inputs_.size();
    const auto inside = [&](std::int32_t i) { return i >= 0 && i < size_; };
    if (!ascends || !whole || !std::all_of(inputs_.begin(), inputs_.end(), inside))
      NEOHEBB_THROW(std::runtime_error, "EventBins of ", size_,
                    " inputs: steps end at other places than their ", inputs_.size(),
                    " spikes, or inputs are not among them");
  }
  Index size_ = 0;
  std::vector<std::int32_t> inputs_;
  std::vector<std::size_t> ends_;  // of each step, in inputs_
};

namespace detail {

/// Spikes of `size` inputs, sorted by step by counting: each(use) calls use(step, input) for every spike, and
/// is called twice.
EventBins bins_by_step(Index size, Index steps, auto&& each) {
  std::vector<std::size_t> place(static_cast<std::size_t>(steps) + 1, 0);
  each([&](std::size_t k, std::int32_t) { ++place[k + 1]; });
  for (std::size_t k = 1; k < place.size(); ++k) place[k] += place[k - 1];
  std::vector<std::int32_t> inputs(place.back());
  auto next = place;
  each([&](std::size_t k, std::int32_t input) { inputs[next[k]++] = input; });
  EventBins bins(size);
  for (std::size_t k = 0; k + 1 < place.size(); ++k)
    bins.append_step(std::span(inputs).subspan(place[k], place[k + 1] - place[k]));
  return bins;
}

}  // namespace detail

/// The events within the steps and cells, in any order. Throws std::invalid_argument for a grid or steps that
/// cannot be.
inline EventBins bin_events(std::span<const Event> events, const EventGrid& grid, const EventSteps& steps) {
  steps.validate();
  const EventCells cell(grid);
  std::int64_t start = steps.start.value_or(0);
  if (!steps.start) {  // the earliest of the times that a clock shows
    std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
    for (const Event& e : events)
      if (EventSteps::is_time(e.t)) earliest = std::min(earliest, e.t);
    if (EventSteps::is_time(earliest)) start = earliest;
  }
  const std::int64_t end = start + steps.dt * steps.steps;
  return detail::bins_by_step(grid.size(), steps.steps, [&](auto&& use) {
    for (const Event& e : events) {
      if (e.t < start || e.t >= end) continue;
      const std::int32_t input = cell(e);
      if (input >= 0) use(static_cast<std::size_t>((e.t - start) / steps.dt), input);
    }
  });
}

namespace detail {

inline const EventBins& bins_of(const EventBins& bins) { return bins; }
inline const EventBins& bins_of(const EventBins* bins) { return *bins; }

}  // namespace detail

/// Step `step` of a batch: sample b's spikes are those of samples[b], an EventBins or a pointer to one; none
/// where a sample has ended. Allocates nothing. Throws std::invalid_argument for another number of samples or
/// inputs.
template <class S, int N, int B>
void bins_to_spikes(const auto& samples, Index step, Spikes<S, N, B>& spikes) {
  NEOHEBB_REQUIRE(static_cast<Index>(std::size(samples)) == spikes.batch(), "bins of ", std::size(samples),
                  " samples for spikes of a batch of ", spikes.batch());
  for (const auto& sample : samples)
    NEOHEBB_REQUIRE(detail::bins_of(sample).size() == spikes.neurons(), "bins of ",
                    detail::bins_of(sample).size(), " inputs for ", spikes.neurons(),
                    " neurons; is the EventGrid the one the network was made for?");
  std::span<const std::int32_t> rest;
  spikes.rewrite([&](Index b, Index first, Index n, std::uint8_t* fired) {
    if (first == 0) rest = detail::bins_of(samples[static_cast<std::size_t>(b)]).active(step);
    std::memset(fired, 0, static_cast<std::size_t>(n));
    std::size_t k = 0;
    for (; k < rest.size() && rest[k] < first + n; ++k) fired[rest[k] - first] = 1;
    rest = rest.subspan(k);
  });
}

}  // namespace neohebb
