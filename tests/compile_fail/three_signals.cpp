// expect: a layer sends an eligibility one learning signal, and a second one by its rate term
// A rule that waits for a third signal would wait for ever.
#include <neohebb/layer/plastic.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/pulses.hpp>

struct Three {
  using Scalar = float;
  static constexpr int stages = 0, signals = 3;
  neohebb::Gates<float, 0, 3> gates(const neohebb::Post<float>&) const { return {}; }
};

neohebb::PlasticLayer<neohebb::Dense<neohebb::Pulses<float>>, neohebb::Lif<float>,
                      neohebb::FastSigmoid<float>, Three, neohebb::Broadcast<float>>
    layer;
