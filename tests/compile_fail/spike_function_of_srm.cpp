// expect: (satisfaction of|satisfy|because) 'SpikeFunction
// A temperature where a spike function is wanted.
#include <neohebb/neuron/srm.hpp>

neohebb::Srm<float, neohebb::Exponential<float>, float> neuron;
