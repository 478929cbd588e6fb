// expect: (satisfaction of|satisfy|because) 'Eligibility
// A rule says one stage and gives the gates of two.
#include <neohebb/layer/plastic.hpp>
#include <neohebb/projection/dense.hpp>

using namespace neohebb;

struct Wrong {
  using Scalar = float;
  static constexpr int stages = 1, signals = 1;
  Gates<float, 2> gates(const Post<float>&) const { return {}; }
};

PlasticLayer<Dense<Pulses<float>>, Lif<float>, Triangle<float>, Wrong, Broadcast<float>> layer;
