// expect: (satisfaction of|satisfy|because) 'LikelihoodNeuron
// A hard threshold, whose spikes have no likelihood.
#include <neohebb/layer/likelihood.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

neohebb::LikelihoodLayer<neohebb::Dense<neohebb::Exponential<float>>, neohebb::Srm<float>> layer;
