// DECOLLE over other projections and neurons goes on from its state with the bits of a run that was never stopped.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/delayed.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/resumes.hpp"

using namespace neohebb;
using support::Classes, support::Plan, support::resumes_anywhere;

namespace {

using Kernel = DoubleExponential<float>;
constexpr Index in = 30, units = 20, classes = 4;
const Sgd<float> sgd{.rate = 0.02f}, other_sgd{.rate = 0.5f};

template <class P, class N = Srm<float>> DecolleLayer<P, N> layer(const P& projection, const N& neuron = {}) {
  return {.projection = projection,
          .neuron = neuron,
          .signal = {.classes = classes, .scale = 3, .dropout = 0.25f}};
}
template <class P> P joins(Index from, Index to, bool bias = true) {
  return {.connectivity = {from, to}, .trace = {0.6f, 0.4f}, .bias = bias};
}
auto one(const auto& neuron) { return Network{layer(joins<EventDriven<Kernel>>(in, units), neuron)}; }

}  // namespace

TEST_CASE("recurrent states go on bit for bit", "[network]") {
  using Own = EventDriven<Kernel>;
  using Both = WithRecurrence<Own>;
  const Network net{layer(Both{joins<Own>(in, units), joins<Own>(units, units, false)})};
  using Late = Delayed<Own>;
  const Network late{
      layer(WithRecurrence<Late>{{.projection = joins<Own>(in, units), .steps = 3},
                                 {.projection = joins<Own>(units, units, false), .steps = 2}})};
  using Plain = Dense<Kernel>;
  const Network lines{
      layer(Delayed<Plain>{.projection = joins<Plain>(3 * in, units), .steps = 1, .spread = 2})};
  for (const Index window : {1, 6}) {
    const Plan plan{.inputs = in, .batch = 2, .window = window};
    CHECK(resumes_anywhere(net, plan, sgd, other_sgd, Classes{classes}));
    CHECK(resumes_anywhere(late, plan, sgd, other_sgd, Classes{classes}));
    CHECK(resumes_anywhere(lines, plan, sgd, other_sgd, Classes{classes}));
  }
}

TEST_CASE("convolutions with pooling go on bit for bit", "[network]") {
  const auto net = [](auto projection) {
    using P = decltype(projection);
    using L =
        DecolleLayer<P, Srm<float>, Dynamic, FastSigmoid<float>, SmoothL1<float>, ReadsSpikes, MaxPooling>;
    return Network{L{.projection = {.connectivity = {7, 6, 2, 12, 3, 1, 1}},
                     .signal = {.classes = classes, .dropout = 0.2f},
                     .pooling = {7, 6, 12, 2}},
                   L{.projection = {.connectivity = {3, 3, 12, 17, 3, 1, 1}},
                     .signal = {.classes = classes},
                     .pooling = {3, 3, 17, 1}}};
  };
  for (const Index window : {1, 6}) {
    const Plan plan{.inputs = 84, .batch = 2, .window = window, .rate = 0.1};
    CHECK(resumes_anywhere(net(EventDriven<Kernel, Convolution>{}), plan, sgd, other_sgd, Classes{classes}));
    CHECK(resumes_anywhere(net(Dense<Kernel, Convolution>{}), plan, sgd, other_sgd, Classes{classes}));
  }
}

TEST_CASE("neurons that draw and neurons that adapt go on bit for bit", "[network]") {
  const Srm<float, Alpha<float>, EscapeNoise<float>> noisy{.spike = {0.3f}};
  const Lif<float, EscapeNoise<float>> drawn{.refractory_steps = 2, .spike = {0.3f}};
  const Lif<float> adaptive{.reset = Reset::by_threshold_later,
                            .refractory_steps = 1,
                            .synapse = Synapse::current_later,
                            .adaptation_strength = 0.2f};
  const Plan plan{.inputs = in, .batch = 2, .window = 6};
  CHECK(resumes_anywhere(one(noisy), plan, sgd, other_sgd, Classes{classes}));
  CHECK(resumes_anywhere(one(drawn), plan, sgd, other_sgd, Classes{classes}));
  CHECK(resumes_anywhere(one(adaptive), plan, sgd, other_sgd, Classes{classes}));
}
