#include <neohebb/projection/with_recurrence.hpp>

#include <neohebb/learning/initialisation.hpp>
#include <neohebb/neuron/srm.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::distance;
using support::error_of;

namespace {

using Side = Dense<DoubleExponential<double>>;
using Recurrently = WithRecurrence<Side>;
constexpr Index in = 6, out = 5, batch = 3;
const Recurrently recurrent{.forward = {.connectivity = {in, out}, .trace = {0.8, 0.5}},
                            .lateral = {.connectivity = {out, out}, .trace = {0.7, 0.4}, .bias = false}};

/// Two leaky integrators in a row, number by number: P takes the old Q.
struct PlainTrace {
  double alpha, beta;
  Matrix<double> p, q;
  void step(const Matrix<double>& spikes) {
    for (Index k = 0; k < p.size(); ++k) {
      p(k) = alpha * p(k) + (1 - alpha) * q(k);
      q(k) = beta * q(k) + (1 - beta) * spikes(k);
    }
  }
};
PlainTrace plain_trace(double alpha, double beta, Index rows) {
  return {alpha, beta, Matrix<double>::Zero(rows, batch), Matrix<double>::Zero(rows, batch)};
}

}  // namespace

TEST_CASE("own spikes reach the potential two steps after they were fired", "[projection]") {
  auto weights = recurrent.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto state = recurrent.zero_state(Extent{batch});
  const Spikes<double> nothing(in, batch), quiet(out, batch);
  Spikes<double> fired(out, batch);
  Matrix<double> one = Matrix<double>::Zero(out, batch), drive(out, batch);
  one(2, 1) = 1;
  fired.assign(one);  // fired at step −1, so it is `own` of step 0
  recurrent.step(weights, state, nothing, fired, drive);
  CHECK(drive.isZero(0));
  recurrent.step(weights, state, nothing, quiet, drive);
  CHECK(distance(drive.col(1), 0.3 * 0.6 * weights.lateral.weight.col(2)) < 1e-15);
  CHECK(drive.col(0).isZero(0));
}

TEST_CASE("a recurrent population equals a plain loop, spike by spike", "[projection]") {
  auto weights = recurrent.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
  weights.forward.bias = support::random_matrix(out, 1, 5, 0.1);
  const Srm<double> neuron;
  auto state = recurrent.zero_state(Extent{batch});
  auto neurons = neuron.zero_state(Extent<>{out}, Extent<>{batch});
  Spikes<double> spikes(in, batch);
  Matrix<double> drive(out, batch), s = Matrix<double>::Zero(out, batch), r = s;
  PlainTrace from = plain_trace(0.8, 0.5, in), own = plain_trace(0.7, 0.4, out);
  double fired = 0;
  for (Index t = 0; t < 40; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    recurrent.step(weights, state, spikes, neurons.spikes, drive);
    neuron.step(neurons, drive);

    from.step(spikes.dense());
    own.step(s);
    r = 0.65 * r - 0.35 * s;
    const Matrix<double> u = ((weights.forward.weight * from.p).colwise() + weights.forward.bias) +
                             weights.lateral.weight * own.p + r;
    s = (u.array() > 0).cast<double>();
    CHECK(distance(neurons.potential, u) < 1e-13);
    CHECK(neurons.spikes.dense() == s);
    fired += s.sum();
  }
  CHECK(fired > 50);
}

TEST_CASE("both sides learn from the same error, each with its own trace", "[projection]") {
  auto weights = recurrent.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
  auto state = recurrent.zero_state(Extent{batch});
  Spikes<double> spikes(in, batch), own(out, batch);
  Matrix<double> drive(out, batch);
  PlainTrace from = plain_trace(0.8, 0.5, in), back = plain_trace(0.7, 0.4, out);
  auto credit = recurrent.zero_credit(Extent{batch}, 6);
  Matrix<double> forward = Matrix<double>::Zero(out, in), lateral = Matrix<double>::Zero(out, out);
  for (Index t = 0; t < 6; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    support::NoisyInput{.seed = 12}(t, 0, own);
    recurrent.step(weights, state, spikes, own, drive);
    from.step(spikes.dense());
    back.step(own.dense());
    const Matrix<double> delta = support::random_matrix(out, batch, static_cast<std::uint64_t>(t));
    recurrent.credit(weights, state, delta, credit);
    forward += delta * from.p.transpose();
    lateral += delta * back.p.transpose();
  }
  CHECK(distance(recurrent.gradient(credit).forward.weight, forward) < 1e-14);
  CHECK(distance(recurrent.gradient(credit).lateral.weight, lateral) < 1e-14);
  auto learner = recurrent.learner(Sgd<double>{.rate = 0.1});
  const auto before = weights;
  recurrent.update(weights, state, credit, learner);
  CHECK(distance(weights.forward.weight, before.forward.weight - 0.1 * forward) < 1e-14);
  CHECK(distance(weights.lateral.weight, before.lateral.weight - 0.1 * lateral) < 1e-14);
  CHECK(weights.lateral.bias.isZero(0));
  CHECK(credit.empty());
  const auto moved = weights;
  recurrent.update(weights, state, credit, learner);
  const bool same = weights == moved;
  CHECK(same);
}

TEST_CASE("a schedule reaches both sides of a recurrent projection", "[projection]") {
  auto learner = recurrent.learner(Sgd<double>{.rate = 0.1});
  set_rate(learner, 0.02);
  CHECK(learner.forward.optimizer.rate == 0.02);
  CHECK(learner.lateral.optimizer.rate == 0.02);
}

TEST_CASE("a lateral projection with a bias, or of other sizes, is refused", "[projection]") {
  Recurrently wrong = recurrent;
  wrong.lateral.bias = true;
  CHECK(contains(error_of<std::invalid_argument>([&] { wrong.zero_state(Extent{1}); }),
                 "WithRecurrence.lateral.bias must be false"));
  wrong = recurrent;
  wrong.lateral.connectivity.from = 4;
  CHECK(contains(error_of<std::invalid_argument>([&] { wrong.validate(); }),
                 "WithRecurrence.lateral joins 4 to 5 neurons, must be 5 to 5"));
}
