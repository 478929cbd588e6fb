#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "laws/users_own.hpp"

TEST_CASE("a layer made of a user's own parts learns", "[laws]") {
  using S = float;
  using namespace users;
  using Layer =
      DecolleLayer<Dense<Receptors<S>>, Quadratic<S, NoisyThreshold<S>>, Dynamic, Cusp<S>, LogCosh<S>>;
  const Layer layer{.projection = {.connectivity = {Extent{8}, Extent{30}}},
                    .signal = {.classes = Extent{2}, .scale = 2}};
  auto weights = layer.initial_weights(ScaledNormal<S>{.gain = 4}, Generator{.seed = 1});
  auto learner = layer.learner(RmsProp<S>{});
  auto credit = layer.zero_credit(Extent{4}, 1);
  const Matrix<S> target{{1, 0, 1, 0}, {0, 1, 0, 1}};
  const auto presentation = [&] {  // samples 0, 2 and 1, 3 are driven through other inputs
    auto state = layer.zero_state(Extent{4}, Generator{.seed = 2});
    S sum = 0;
    for (std::uint32_t t = 0; t < 30; ++t) {
      Matrix<S> in = laws::zero_one<S>(8, 4, t, 0.7);
      for (Index b = 0; b < 4; ++b) in.col(b).segment(b % 2 == 0 ? 0 : 4, 4).setZero();
      layer.step(weights, state, laws::spikes<S>(in));
      sum += layer.credit(weights, state, target, credit);
      layer.update(weights, state, credit, learner);
    }
    return sum;
  };
  const S before = presentation();
  S after = before;
  for (int k = 0; k < 40; ++k) after = presentation();
  CHECK(after < 0.5f * before);
}
