// expect: (satisfaction of|satisfy|because) 'Loss
// A loss that does not return its value.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

struct Silent {
  void operator()(const auto& output, const auto& target, auto& gradient) const {
    gradient = output - target;
  }
};

neohebb::DecolleLayer<neohebb::Dense<neohebb::Exponential<float>>, neohebb::Srm<float>, 10,
                      neohebb::FastSigmoid<float>, Silent>
    layer;
