// Targets need not be classes, nor stand still.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;

TEST_CASE("a readout learns to follow two waves, a sample each its phase", "[network]") {
  using Decolle = DecolleLayer<Dense<DoubleExponential<float>>, Srm<float>, Dynamic, FastSigmoid<float>,
                               MeanSquare<float>>;
  constexpr Index in = 100, batch = 6;
  const Network net{std::vector{Decolle{
      .projection = {.connectivity = {in, 100}, .trace = {.membrane_decay = 0.7f, .synaptic_decay = 0.5f}},
      .signal = {.classes = 2, .scale = 2}}}};
  ThreadTeam team(1);
  const Parallel parallel(net, team, 4);
  const Presentation shown{.steps = 40, .burn_in = 4, .window = 4};
  auto weights = net.initial_weights(ScaledNormal<float>{3}, Generator{.seed = 1});
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(Adam<float>{.rate = 0.01f}, batch, shown.window);
  const auto waves = [](Index t) {
    return Matrix<float>(Matrix<float>::NullaryExpr(
        2, batch, [t](Index i, Index b) { return std::sin(0.25f * float(i + 1) * float(t) + float(b)); }));
  };
  const auto epoch = [&] {  // the same spikes each time
    return parallel.learn(weights, state, learner, shown, Generator{}, support::NoisyInput{}, waves)[0];
  };
  const float before = epoch();
  for (int k = 0; k < 100; ++k) epoch();
  const float after = epoch();
  INFO(before << " -> " << after);
  CHECK(before > 0.4f);  // half is what zero would cost
  CHECK(after < 0.25f * before);
}
