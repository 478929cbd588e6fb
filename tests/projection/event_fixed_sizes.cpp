// Sizes known to the compiler: the event-driven projection gives what the plain one of dynamic sizes gives.
#include <neohebb/projection/event_driven.hpp>

#include <neohebb/learning/initialisation.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

using Kernel = DoubleExponential<double>;
using Fixed = EventDriven<Kernel, AllToAll<16, 8>>;
using Plain = Dense<Kernel>;
const Plain plain{.connectivity = {16, 8}};

/// 200 steps beside the plain projection, an update every `window`.
template <int B> void agree(Arithmetic arithmetic, double rate, Index window) {
  const Fixed fixed{.arithmetic = arithmetic};
  const Extent<B> batch;
  auto weights = fixed.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto plain_weights = plain.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto state = fixed.zero_state(batch);
  auto plain_state = plain.zero_state(Extent<>{B});
  auto credit = fixed.zero_credit(batch, window);
  auto plain_credit = plain.zero_credit(Extent<>{B}, window);
  auto learner = fixed.learner(Sgd<double>{.rate = 1e-2});
  auto plain_learner = plain.learner(Sgd<double>{.rate = 1e-2});
  Spikes<double, 16, B> in(Extent<16>{}, batch);
  Spikes<double> same_in(16, B);
  Matrix<double, 8, B> drive;
  Matrix<double> plain_drive(8, B);
  double worst = 0;
  for (Index t = 0; t < 200; ++t) {
    support::NoisyInput{.rate = rate}(t, 0, in);
    same_in.assign(in.dense());
    fixed.step(weights, state, in, drive);
    plain.step(plain_weights, plain_state, same_in, plain_drive);
    worst = std::max(worst, distance(drive, plain_drive));
    const Matrix<double, 8, B> delta = support::random_matrix(8, B, static_cast<std::uint64_t>(t));
    fixed.credit(weights, state, delta, credit);
    plain.credit(plain_weights, plain_state, delta, plain_credit);
    if (t % window != window - 1) continue;
    fixed.update(weights, state, credit, learner);
    plain.update(plain_weights, plain_state, plain_credit, plain_learner);
  }
  CHECK(worst < 1e-12);
  CHECK(distance(weights.copy().weight, plain_weights.weight) < 1e-12);
  CHECK(distance(weights.settled().bias, plain_weights.bias) < 1e-12);
}

}  // namespace

TEST_CASE("one sample of fixed size learns at every step and in windows", "[projection]") {
  for (const Arithmetic arithmetic : {Arithmetic::by_rate, Arithmetic::events, Arithmetic::dense})
    for (const double rate : {0.05, 0.5, 0.9})
      for (const Index window : {1, 7}) agree<1>(arithmetic, rate, window);
}

TEST_CASE("a batch of fixed size learns at every step and in windows", "[projection]") {
  for (const Arithmetic arithmetic : {Arithmetic::by_rate, Arithmetic::events})
    for (const double rate : {0.05, 0.9})
      for (const Index window : {1, 7}) agree<3>(arithmetic, rate, window);
}

TEST_CASE("event-driven synapses refuse a size that the type contradicts", "[projection]") {
  CHECK_THROWS_AS((Fixed{.connectivity = {16, 9}}), std::invalid_argument);
}
