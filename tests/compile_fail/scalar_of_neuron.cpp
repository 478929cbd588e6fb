// expect: projection, neuron and eligibility must share one Scalar
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

neohebb::DecolleLayer<neohebb::Dense<neohebb::Exponential<float>>, neohebb::Srm<double>> layer;
