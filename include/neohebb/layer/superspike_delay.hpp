#pragma once
#include <algorithm>
#include <cstdint>
#include <neohebb/core/types.hpp>
#include <span>

namespace neohebb {

/// The spiking neurons of one step: the list itself, or the first sample's of Spikes.
std::span<const std::int32_t> spike_list(const auto& spikes) {
  if constexpr (requires { spikes.active(0); }) {
    NEOHEBB_REQUIRE(spikes.batch() == 1, "got spikes of ", spikes.batch(),
                    " samples; SuperSpike runs one sample in continuous time");
    return spikes.active(0);
  } else {
    return spikes;
  }
}

/// Spikes under way: each arrives a fixed number of steps after it was fired, 0 or more.
///
///     line.begin();                       // a new step
///     line.fire(spikes);                  // lists, one after the other; indices from `first` on
///     line.arriving()                     // what was fired `steps` steps ago, in the order given
class SpikeDelay {
 public:
  SpikeDelay(Index neurons, Index steps)
      : slots_(Matrix<std::int32_t>::Zero(neurons, steps + 1)), counts_(Vector<Index>::Zero(steps + 1)) {}

  void begin() {
    now_ = now_ + 1 < counts_.size() ? now_ + 1 : 0;
    counts_[now_] = 0;
  }
  /// Throws std::invalid_argument for an index outside [0, neurons) and for more spikes than neurons.
  void fire(std::span<const std::int32_t> spikes, Index neurons, Index first = 0) {
    Index& count = counts_[now_];
    NEOHEBB_REQUIRE(count + static_cast<Index>(spikes.size()) <= slots_.rows(), "got ", spikes.size(),
                    " spikes of ", neurons, " neurons in one step; each can spike once");
    for (const std::int32_t i : spikes) {
      NEOHEBB_REQUIRE(i >= 0 && i < neurons, "a spike of neuron ", i, ", there are neurons 0 to ",
                      neurons - 1, "; ids may start at 1 in files");
      slots_(count++, now_) = static_cast<std::int32_t>(first + i);
    }
  }
  std::span<const std::int32_t> arriving() const {
    const Index oldest = now_ + 1 < counts_.size() ? now_ + 1 : 0;
    return {slots_.col(oldest).data(), static_cast<std::size_t>(counts_[oldest])};
  }
  std::size_t bytes() const {
    return static_cast<std::size_t>(slots_.size()) * sizeof(std::int32_t) +
           static_cast<std::size_t>(counts_.size()) * sizeof(Index);
  }
  static void fields(auto& self, auto&& visit) {
    visit("slots", self.slots_);
    visit("counts", self.counts_);
    visit("now", self.now_);
  }

 private:
  Matrix<std::int32_t> slots_;  // neurons × (steps + 1)
  Vector<Index> counts_;
  Index now_ = 0;
};

}  // namespace neohebb
