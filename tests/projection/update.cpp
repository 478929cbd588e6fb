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

/// Twelve windows through a projection, beside the optimizer on the whole matrix at once.
void moves_as_one(const Projected& projection, Index samples, Index window, const auto& optimizer) {
  const Index in = projection.inputs(), out = projection.outputs();
  auto weights = projection.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto plain = weights;
  auto state = projection.zero_state(Extent{samples});
  auto credit = projection.zero_credit(Extent{samples}, window);
  auto learner = projection.learner(optimizer);
  auto moments = optimizer.zero_state(Extent<>{out}, Extent<>{in});
  auto bias_moments = optimizer.zero_state(Extent<>{out}, Extent<>{1});
  Spikes<double> spikes(in, samples);
  Matrix<double> drive(out, samples);
  for (Index t = 0; t < 12 * window; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    projection.step(weights, state, spikes, drive);
    projection.credit(weights, state, support::random_matrix(out, samples, static_cast<std::uint64_t>(t)),
                      credit);
    if ((t + 1) % window != 0) continue;
    const auto gradient = projection.gradient(credit);
    projection.update(weights, state, credit, learner);
    optimizer.step(moments, gradient.weight, plain.weight);
    optimizer.step(bias_moments, Matrix<double>(gradient.bias), plain.bias);
    CHECK(distance(weights.weight, plain.weight) < 1e-12);
    CHECK(distance(weights.bias, plain.bias) < 1e-12);
  }
}
void moves_as_one(const auto& optimizer) {
  moves_as_one(wide, batch, 4, optimizer);
  moves_as_one(wide, batch, 1, optimizer);
  moves_as_one(wide, 1, 1, optimizer);                                             // one outer product
  moves_as_one({.connectivity = {30, 700}, .trace = {0.7}}, batch, 1, optimizer);  // pieces of few columns
  moves_as_one({.connectivity = {5, 9000}, .trace = {0.7}}, 1, 2, optimizer);      // too tall for the stack
}

/// An update to which nothing was credited.
void moves_nothing(const auto& optimizer) {
  auto weights = wide.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto state = wide.zero_state(Extent{batch});
  auto credit = wide.zero_credit(Extent{batch}, 2);
  auto learner = wide.learner(optimizer);
  Spikes<double> in(330, batch);
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
  REQUIRE(wide.parts() == 3);
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

TEST_CASE("samples without error take no room, and moments still move the weights", "[projection]") {
  auto weights = wide.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto state = wide.zero_state(Extent{batch});
  auto credit = wide.zero_credit(Extent{batch}, 1);
  auto learner = wide.learner(Adam<double>{.rate = 0.01});
  Spikes<double> in(330, batch);
  Matrix<double> drive(5, batch), delta = support::random_matrix(5, batch, 1);
  delta.col(1).setZero();
  support::NoisyInput{}(0, 0, in);
  wide.step(weights, state, in, drive);
  wide.credit(weights, state, delta, credit);
  CHECK(credit.columns == 2);
  const Matrix<double> expected = delta * wide.trace.value(state.pre).transpose();
  CHECK(distance(wide.gradient(credit).weight, expected) < 1e-14);
  wide.update(weights, state, credit, learner);

  wide.credit(weights, state, Matrix<double>::Zero(5, batch), credit);
  CHECK(credit.columns == 0);
  CHECK_FALSE(credit.empty());
  auto plain = weights;
  auto moments = learner.parts[1].moments;
  const Index width = moments.first.cols();
  learner.optimizer.step(moments, Matrix<double>::Zero(5, width), plain.weight.middleCols(120, width));
  wide.update(weights, state, credit, learner);
  CHECK(distance(weights.weight.middleCols(120, width), plain.weight.middleCols(120, width)) < 1e-15);
  CHECK(learner.parts[1].moments == moments);
  CHECK(credit.empty());
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
  Spikes<double> in(330, batch);
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
