// expect: the expression '.... && Layer<L>|does not satisfy 'Layer'
// A neuron where a network wants layers.
#include <neohebb/network/network.hpp>
#include <neohebb/neuron/srm.hpp>

const neohebb::Network network{neohebb::Srm<float>{}, neohebb::Srm<float>{}};
