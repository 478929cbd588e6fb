// What an update does to weights: every optimizer, in pieces of the weights.
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

using Projected = Dense<Exponential<double>>;
const Projected wide{.connectivity = {330, 5}, .trace = {0.7}, .credit_columns = 8};  // three pieces
constexpr Index batch = 3;

/// Twelve windows of four steps through the projection, beside the optimizer on the whole matrix at once.
void moves_as_one(const auto& optimizer) {
  REQUIRE(wide.parts() == 3);
  auto weights = wide.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto plain = weights;
  auto state = wide.zero_state(Extent{batch});
  auto credit = wide.zero_credit(Extent{batch}, 4);
  auto learner = wide.learner(optimizer);
  auto moments = optimizer.zero_state(Extent<>{5}, Extent<>{330});
  auto bias_moments = optimizer.zero_state(Extent<>{5}, Extent<>{1});
  Spikes<double> in(Extent{330}, Extent{batch});
  Matrix<double> drive(5, batch);
  for (Index t = 0; t < 48; ++t) {
    support::NoisyInput{}(t, 0, in);
    wide.step(weights, state, in, drive);
    wide.credit(weights, state, support::random_matrix(5, batch, static_cast<std::uint64_t>(t)), credit);
    if (t % 4 < 3) continue;
    const auto gradient = wide.gradient(credit);
    wide.update(weights, state, credit, learner);
    optimizer.step(moments, gradient.weight, plain.weight);
    optimizer.step(bias_moments, Matrix<double>(gradient.bias), plain.bias);
    CHECK(distance(weights.weight, plain.weight) < 1e-12);
    CHECK(distance(weights.bias, plain.bias) < 1e-12);
  }
}

/// An update to which nothing was credited.
void moves_nothing(const auto& optimizer) {
  auto weights = wide.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto state = wide.zero_state(Extent{batch});
  auto credit = wide.zero_credit(Extent{batch}, 2);
  auto learner = wide.learner(optimizer);
  Spikes<double> in(Extent{330}, Extent{batch});
  Matrix<double> drive(5, batch);
  support::NoisyInput{}(0, 0, in);
  wide.step(weights, state, in, drive);
  wide.credit(weights, state, support::random_matrix(5, batch, 1), credit);
  wide.update(weights, state, credit, learner);
  const auto moved = weights;
  const auto moments = learner.parts[1].moments;
  const auto bias_moments = learner.bias;
  wide.update(weights, state, credit, learner);
  CHECK(weights == moved);
  CHECK(learner.parts[1].moments == moments);
  CHECK(learner.bias == bias_moments);
}

}  // namespace

TEST_CASE("weights move as the optimizer moves the whole matrix", "[projection]") {
  moves_as_one(Sgd<double>{.rate = 0.01});
  moves_as_one(Momentum<double>{.rate = 0.01});
  moves_as_one(Adam<double>{.rate = 0.01});
  moves_as_one(AdaMax<double>{.rate = 0.01});
}

TEST_CASE("an update without credit moves neither weights nor moments", "[projection]") {
  moves_nothing(Sgd<double>{.rate = 0.01});
  moves_nothing(Momentum<double>{.rate = 0.01});
  moves_nothing(Adam<double>{.rate = 0.01});
  moves_nothing(AdaMax<double>{.rate = 0.01});
}

TEST_CASE("a bias that is not learned stays as given", "[projection]") {
  Projected fixed = wide;
  fixed.bias = false;
  const Matrix<double> bias = support::random_matrix(5, 1, 8);
  auto weights = fixed.weights(support::random_matrix(5, 330, 7), bias);
  auto state = fixed.zero_state(Extent{batch});
  auto credit = fixed.zero_credit(Extent{batch}, 1);
  auto linear = fixed.learner(Sgd<double>{.rate = 0.1});
  auto adaptive = fixed.learner(Adam<double>{.rate = 0.1});
  Spikes<double> in(Extent{330}, Extent{batch});
  Matrix<double> drive(5, batch);
  support::NoisyInput{}(0, 0, in);
  fixed.step(weights, state, in, drive);
  const Matrix<double> delta = support::random_matrix(5, batch, 1), before = weights.weight;
  fixed.credit(weights, state, delta, credit);
  fixed.update(weights, state, credit, linear);
  fixed.credit(weights, state, delta, credit);
  fixed.update(weights, state, credit, adaptive);
  CHECK(weights.bias == bias);
  CHECK(distance(weights.weight, before) > 0.1);
}
