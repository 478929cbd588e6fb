#pragma once
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>

namespace neohebb {

/// Spikes in, spikes out, one time step. Sizes are Extents; weights are shared by any number of states.
template <class L>
concept Layer = requires(const L l, const typename L::Weights& weights,
                         typename L::template State<Dynamic>& state, const Spikes<typename L::Scalar>& in) {
  l.inputs();                             // Extent: neurons before
  l.units();                              // Extent: what it shows to the next layer
  l.zero_state(Extent<>{}, Generator{});  // State<B> zero_state(Extent<B> batch, const Generator&) const
  l.step(weights, state, in);             // void step(const Weights&, State&, const Spikes&) const
  l.spikes(state);                        // const Spikes& spikes(const State&) const
};

}  // namespace neohebb
