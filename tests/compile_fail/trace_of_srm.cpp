// expect: (satisfaction of|satisfy|because) 'Trace
// A refractory kernel without a state.
#include <neohebb/neuron/srm.hpp>

struct Stateless {
  using Scalar = float;
  void step(auto& x, const auto& spikes) const { x += spikes; }
  const auto& value(const auto& x) const { return x; }
};

neohebb::Srm<float, Stateless> neuron;
