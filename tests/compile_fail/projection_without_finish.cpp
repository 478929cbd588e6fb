// expect: (satisfaction of|satisfy|because) 'Projection.*p[.]finish_update
// A projection that moves its weights and cannot forget what was credited.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

struct Forgetless : neohebb::Dense<neohebb::Exponential<float>> {
  void finish_update() const = delete;
};

neohebb::DecolleLayer<Forgetless> layer;
