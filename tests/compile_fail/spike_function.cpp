// expect: (satisfaction of|satisfy|because) 'SpikeFunction
// A spike function without the generator.
#include <neohebb/neuron/lif.hpp>

struct Threshold {
  void operator()(const auto& potential, auto& spikes) const { spikes.assign(potential.array() > 0); }
};

neohebb::Lif<float, Threshold> neuron;
