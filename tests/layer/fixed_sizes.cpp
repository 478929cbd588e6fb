// Sizes known to the compiler give what sizes known at run time give.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;

namespace {

using S = double;
template <class Sizes, int Classes>
using Decolle = DecolleLayer<Dense<DoubleExponential<S>, Sizes>, Srm<S>, Classes>;

/// Forty steps of one sample, an update every four; returns weights, potential and output.
template <class L> auto learned(const L& layer, auto batch) {
  auto weights = layer.initial_weights(ScaledNormal<S>{4}, Generator{.seed = 2});
  auto state = layer.zero_state(batch, Generator{.seed = 3});
  auto credit = layer.zero_credit(batch, 4);
  auto learner = layer.learner(Adam<S>{.rate = 0.02});
  Spikes<S, extent_of<decltype(layer.inputs())>, extent_of<decltype(batch)>> in(layer.inputs(), batch);
  const Matrix<S> target = support::labels(4, batch, 1);
  for (Index t = 0; t < 40; ++t) {
    support::NoisyInput{}(t, 0, in);
    layer.step(weights, state, in);
    layer.credit(weights, state, target, credit);
    if (t % 4 == 3) layer.update(weights, state, credit, learner);
  }
  return std::tuple{Matrix<S>(weights.projection.weight), Matrix<S>(weights.projection.bias),
                    Matrix<S>(state.neuron.potential), Matrix<S>(state.signal_state.output)};
}

}  // namespace

TEST_CASE("a layer of fixed sizes learns what one of dynamic sizes does", "[layer]") {
  const Decolle<AllToAll<>, Dynamic> dynamic{.projection = {.connectivity = {16, 8}, .trace = {0.8, 0.5}},
                                             .signal = {.classes = 4, .scale = 5}};
  const Decolle<AllToAll<16, 8>, 4> fixed{.projection = {.trace = {0.8, 0.5}}, .signal = {.scale = 5}};
  const auto a = learned(dynamic, Extent{2});
  const auto b = learned(fixed, Extent<2>{});
  CHECK(support::distance(std::get<0>(a), std::get<0>(b)) < 1e-12);
  CHECK(support::distance(std::get<1>(a), std::get<1>(b)) < 1e-12);
  CHECK(support::distance(std::get<2>(a), std::get<2>(b)) < 1e-12);
  CHECK(support::distance(std::get<3>(a), std::get<3>(b)) < 1e-12);
  const auto untrained = dynamic.initial_weights(ScaledNormal<S>{4}, Generator{.seed = 2});
  CHECK(support::distance(std::get<0>(a), untrained.projection.weight) > 0.05);
}

TEST_CASE("a size that the type contradicts is refused", "[layer]") {
  CHECK_THROWS_AS((AllToAll<16, 8>{15, 8}), std::invalid_argument);
}
