// Every input and every neuron with time constants of its own, against a plain loop.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::distance;

TEST_CASE("a layer with decays per neuron equals a plain loop, learning included", "[layer]") {
  using Decays = Vector<double>;
  using Decolle =
      DecolleLayer<Dense<DoubleExponential<double, Decays>>, Srm<double, Exponential<double, Decays>>>;
  constexpr Index in = 6, out = 5, classes = 4, batch = 3;
  const Decays membrane = random_decays(Extent{in}, 10.0, 0.5, 1.0, Generator{.seed = 1});
  const Decays synaptic = random_decays(Extent{in}, 5.0, 0.5, 1.0, Generator{.seed = 2});
  const Decays refractory = random_decays(Extent{out}, 3.0, 0.5, 1.0, Generator{.seed = 3});
  const Decolle layer{.projection = {.connectivity = {in, out}, .trace = {membrane, synaptic}},
                      .neuron = {.refractory = {refractory}, .refractory_weight = 1.5},
                      .signal = {.classes = classes, .scale = 2}};
  auto weights = layer.initial_weights(ScaledNormal<double>{8}, Generator{.seed = 4});
  Matrix<double> w = weights.projection.weight;
  Vector<double> bias = weights.projection.bias;
  const Matrix<double> g = weights.signal.weight;
  const Vector<double> c = weights.signal.bias;
  auto state = layer.zero_state(Extent{batch});
  auto credit = layer.zero_credit(Extent{batch}, 1);
  auto learner = layer.learner(Sgd<double>{.rate = 0.5});
  const auto target = support::labels(classes, batch);
  Spikes<double> spikes(in, batch);
  Matrix<double> p = Matrix<double>::Zero(in, batch), q = p, r = Matrix<double>::Zero(out, batch), s = r,
                 u = r, delta = r;
  double fired = 0;
  for (Index t = 0; t < 40; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    layer.step(weights, state, spikes);
    layer.credit(weights, state, target, credit);
    layer.update(weights, state, credit, learner);

    for (Index b = 0; b < batch; ++b) {
      for (Index j = 0; j < in; ++j) {
        p(j, b) = membrane(j) * p(j, b) + (1 - membrane(j)) * q(j, b);
        q(j, b) = synaptic(j) * q(j, b) + (1 - synaptic(j)) * spikes.dense()(j, b);
      }
      for (Index i = 0; i < out; ++i) {
        r(i, b) = refractory(i) * r(i, b) - (1 - refractory(i)) * 1.5 * s(i, b);
        u(i, b) = bias(i) + r(i, b);
        for (Index j = 0; j < in; ++j) u(i, b) += w(i, j) * p(j, b);
      }
      s.col(b) = (u.col(b).array() > 0).cast<double>();
      Vector<double> error = g * s.col(b) + c - target.col(b);
      for (Index k = 0; k < classes; ++k)  // smooth L1, mean over classes × batch
        error(k) = std::min(1.0, std::max(-1.0, error(k))) / (classes * batch);
      for (Index i = 0; i < out; ++i)
        delta(i, b) = g.col(i).dot(error) / std::pow(1 + 10 * std::abs(u(i, b)), 2);
    }
    CHECK(distance(state.neuron.potential, u) < 1e-12);
    CHECK(state.neuron.spikes.dense() == s);
    w -= 0.5 * delta * p.transpose();
    bias -= 0.5 * delta.rowwise().sum();
    CHECK(distance(weights.projection.weight, w) < 1e-12);
    CHECK(distance(weights.projection.bias, bias) < 1e-12);
    fired += s.sum();
  }
  CHECK(fired > 50);

  Decolle wrong = layer;
  wrong.neuron.refractory.decay = membrane;
  CHECK(support::contains(support::error_of<std::invalid_argument>([&] { wrong.zero_state(Extent{1}); }),
                          "Exponential.decay holds 6 decays, the population has 5"));
  wrong = layer;
  wrong.projection.trace.membrane_decay = refractory;
  CHECK(support::contains(support::error_of<std::invalid_argument>([&] { wrong.zero_state(Extent{1}); }),
                          "DoubleExponential.membrane_decay holds 5 decays, the population has 6"));
}
