// expect: (satisfaction of|satisfy|because) 'Surrogate
// A surrogate that wants more than the potential.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

struct Demanding {
  float operator()(float u, float threshold) const { return u > threshold; }
};

neohebb::DecolleLayer<neohebb::Dense<neohebb::Exponential<float>>, neohebb::Srm<float>, 10, Demanding> layer;
