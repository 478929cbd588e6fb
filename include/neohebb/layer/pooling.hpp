#pragma once
#include <neohebb/core/spikes.hpp>

namespace neohebb {

/// What a layer shows of its neurons, and where an error on that belongs. Here: everything, as it is.
/// Θ is monotone, so a pooling may show the maximum of potentials and of spikes alike; δ is un-pooled before
/// it is credited.
struct NoPooling {
  auto units(auto neurons) const { return neurons; }
  struct State {};
  template <class S, int N, int B> State zero_state(Extent<N>, Extent<B>) const { return {}; }
  void step(State&, const auto&) const {}
  const auto& potential(const State&, const auto& neuron) const { return neuron.potential; }
  const auto& spikes(const State&, const auto& neuron) const { return neuron.spikes; }
  const auto& unpool(State&, const auto& delta) const { return delta; }
};

}  // namespace neohebb
