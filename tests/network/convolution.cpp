// Networks of convolutions: by spikes what products give, whatever the number of threads, below a dense layer, too.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;

namespace {

template <class C, class P>
using SpikingLayer = DecolleLayer<EventDriven<DoubleExponential<float>, C>, Srm<float>, Dynamic,
                                  FastSigmoid<float>, SmoothL1<float>, ReadsSpikes, P>;

/// 7 × 6 pixels of two channels; two convolutions, and dense neurons on top.
auto make(Arithmetic arithmetic) {
  return Network{
      SpikingLayer<Convolution, MaxPooling>{
          .projection = {.connectivity = {7, 6, 2, 12, 3, 1, 1}, .arithmetic = arithmetic},
          .signal = {.classes = 4, .dropout = 0.2f},
          .pooling = {7, 6, 12, 2}},
      SpikingLayer<Convolution, MaxPooling>{
          .projection = {.connectivity = {3, 3, 12, 17, 3, 1, 1}, .arithmetic = arithmetic},
          .signal = {.classes = 4},
          .pooling = {3, 3, 17, 1}},
      SpikingLayer<AllToAll<>, NoPooling>{.projection = {.connectivity = {153, 20}, .arithmetic = arithmetic},
                                          .signal = {.classes = 4}}};
}
struct Learned {
  Matrix<float> first, second, third;
  friend bool operator==(const Learned&, const Learned&) = default;
};
Learned learn(int threads, Arithmetic arithmetic, Index window, Index updates = 12) {
  ThreadTeam team(threads);
  const auto net = make(arithmetic);
  const Parallel parallel(net, team, 3);
  auto weights = net.initial_weights(ScaledNormal<float>{4}, Generator{.seed = 1});
  auto state = parallel.zero_state(8);
  auto learner = parallel.learner(Adam<float>{.rate = 1e-3f}, 8, window);
  parallel.learn(weights, state, learner, {.steps = window * updates, .burn_in = 2, .window = window},
                 Generator{.seed = 2}, support::NoisyInput{.rate = 0.1}, support::labels<float>(4, 8));
  return {std::get<0>(weights).projection.copy().weight, std::get<1>(weights).projection.copy().weight,
          std::get<2>(weights).projection.copy().weight};
}

}  // namespace

TEST_CASE("a convolutional network learns the same bits with any number of threads", "[network]") {
  const Learned one = learn(1, Arithmetic::by_rate, 6);
  CHECK(learn(2, Arithmetic::by_rate, 6) == one);
  CHECK(learn(3, Arithmetic::by_rate, 6) == one);
}

TEST_CASE("a convolutional network learns by spikes what it learns by products, in float", "[network]") {
  // Some windows: later a potential within rounding of the threshold may tell them apart.
  const Learned events = learn(1, Arithmetic::events, 6, 3), dense = learn(1, Arithmetic::dense, 6, 3);
  CHECK(support::distance(events.first, dense.first) < 1e-4f);
  CHECK(support::distance(events.second, dense.second) < 1e-4f);
  CHECK(support::distance(events.third, dense.third) < 1e-4f);
}

TEST_CASE("a pooling of another size than its convolution is refused when the network is made", "[network]") {
  using Catch::Matchers::Contains;
  const SpikingLayer<Convolution, MaxPooling> layer{.projection = {.connectivity = {7, 6, 2, 12, 3, 1, 1}},
                                                    .signal = {.classes = 4},
                                                    .pooling = {7, 6, 11, 2}};
  CHECK_THROWS_WITH(Network{layer}, Contains("MaxPooling of 7 x 6 x 11 images for 504 neurons"));
}
