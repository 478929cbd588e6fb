// expect: additive_neuron<
// A neuron whose membrane filters its drive: P is not the derivative of its potential.
#include <neohebb/layer/likelihood.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

neohebb::LikelihoodLayer<neohebb::Dense<neohebb::Exponential<float>>,
                         neohebb::Lif<float, neohebb::EscapeNoise<float>>>
    layer;
