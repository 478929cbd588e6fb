// Events that come block by block, as steps that are handed out when they are over.
#pragma once
#include <neohebb/data/events/binning.hpp>
#include <optional>

namespace neohebb {

/// Bins a recording while it plays:
///
///     StepBinner binner(EventGrid::centred(reader.sensor(), 32, 32), {.dt = 1000});
///     const auto step = [&](Index k, std::span<const std::int32_t> active) { … };
///     while (const std::size_t n = reader.read(buffer)) binner.push(std::span(buffer).first(n), step);
///     binner.finish(step);
///
/// A step is over when an event of a later one comes, or when advance() says how late it is. Steps without
/// events are handed out too. Events of a step that is over are late: counted, and dropped or taken into the
/// present step.
class StepBinner {
 public:
  /// How events become steps.
  struct Options {
    std::optional<std::int64_t> start = {};  // µs; by default the time of the first event
    std::int64_t dt = 1000;                  // µs
    bool keep_late = false;                  // late events belong to the present step
    Index longest_gap = 10'000'000;          // empty steps in a row; more are an error in the recording
  };
  explicit StepBinner(const EventGrid& grid) : StepBinner(grid, Options{}) {}
  /// Throws std::invalid_argument for a grid or options that cannot be.
  StepBinner(const EventGrid& grid, const Options& options)
      : cell_(grid), options_(options), marked_(static_cast<std::size_t>(grid.size()), 0) {
    EventSteps{options.start, options.dt, 0}.validate();
    check_positive("StepBinner: longest_gap", options.longest_gap);
    active_.reserve(marked_.size());
    if (options.start) end_ = *options.start + options.dt;
  }

  /// use(k, active) for every step that is over: its number, from 0, and its inputs, ascending. Throws
  /// std::runtime_error for a gap longer than longest_gap, and for times that no clock shows.
  void push(std::span<const Event> events, auto&& use) {
    for (const Event& e : events) {
      if (!end_) begin(e.t);
      if (e.t >= *end_) advance(e.t, use);
      if (e.t < *end_ - options_.dt) {
        ++late_;
        if (!options_.keep_late) continue;
      }
      const std::int32_t input = cell_(e);
      if (input < 0 || marked_[static_cast<std::size_t>(input)]) continue;
      marked_[static_cast<std::size_t>(input)] = 1;
      active_.push_back(input);
    }
  }
  /// It is t µs: hands out the steps that are over then.
  void advance(std::int64_t t, auto&& use) {
    if (!end_) begin(t);
    if (t < *end_) return;
    check_time(t);
    // Unsigned: the difference of any two times fits.
    const std::uint64_t gap = (static_cast<std::uint64_t>(t) - static_cast<std::uint64_t>(*end_)) /
                              static_cast<std::uint64_t>(options_.dt);
    if (gap > static_cast<std::uint64_t>(options_.longest_gap))
      NEOHEBB_THROW(std::runtime_error, "the recording jumps from ", *end_, " to ", t,
                    " µs, which is more than StepBinner's longest_gap of ", options_.longest_gap,
                    " steps of ", options_.dt, " µs");
    for (; t >= *end_; *end_ += options_.dt) hand_out(use);
  }
  /// The step that is not over yet, where one has begun.
  void finish(auto&& use) {
    if (!end_) return;
    hand_out(use);
    *end_ += options_.dt;
  }
  /// Steps handed out.
  Index steps() const { return step_; }
  std::uint64_t late() const { return late_; }

 private:
  static void check_time(std::int64_t t) {
    if (!EventSteps::is_time(t)) NEOHEBB_THROW(std::runtime_error, "an event at ", t, " µs");
  }
  void begin(std::int64_t t) {
    check_time(t);
    end_ = t + options_.dt;
  }
  void hand_out(auto&& use) {
    std::sort(active_.begin(), active_.end());
    for (const std::int32_t input : active_) marked_[static_cast<std::size_t>(input)] = 0;
    use(step_++, std::span<const std::int32_t>(active_));
    active_.clear();
  }

  EventCells cell_;
  Options options_;
  std::vector<std::uint8_t> marked_;
  std::vector<std::int32_t> active_;
  std::optional<std::int64_t> end_;  // of the present step
  Index step_ = 0;
  std::uint64_t late_ = 0;
};

/// One step's inputs as the spikes of a batch of one: what StepBinner hands out. Throws
/// std::invalid_argument.
template <class S, int N, int B>
void active_to_spikes(std::span<const std::int32_t> active, Spikes<S, N, B>& spikes) {
  NEOHEBB_REQUIRE(spikes.batch() == 1, "one sample's spikes for a batch of ", spikes.batch());
  NEOHEBB_REQUIRE(active.empty() || (active.front() >= 0 && active.back() < spikes.neurons()), "input ",
                  active.empty() ? 0 : active.back(), " of ", spikes.neurons(), " neurons");
  spikes.rewrite([&](Index, Index first, Index n, std::uint8_t* fired) {
    std::memset(fired, 0, static_cast<std::size_t>(n));
    std::size_t k = 0;
    for (; k < active.size() && active[k] < first + n; ++k) fired[active[k] - first] = 1;
    active = active.subspan(k);
  });
}

}  // namespace neohebb
