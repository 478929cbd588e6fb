// What learning from the likelihood must do, through the plain projection.
#include <neohebb/layer/likelihood.hpp>

#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::distance;

namespace {

constexpr Index in = 6, out = 4, batch = 3, steps = 40;
using Synapses = Dense<DoubleExponential<double>>;
template <class Noise> using Taught = LikelihoodLayer<Synapses, Srm<double, Exponential<double>, Noise>>;

template <class Noise> Taught<Noise> layer_of(const Noise& noise) {
  return {.projection = {.connectivity = {in, out}, .trace = {0.8, 0.5}},
          .neuron = {.refractory = {.decay = 0.7}, .refractory_weight = 2, .spike = noise}};
}
auto weights_of(const auto& layer, double bias = -0.5) {
  auto w = layer.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
  w.projection.bias.setConstant(bias);
  return w;
}
void input(Index t, auto& spikes) { support::NoisyInput{}(t, 0, spikes); }
void target(Index t, auto& spikes) { support::NoisyInput{.seed = 5, .rate = 0.15}(t, 0, spikes); }

/// Σ_t L, mean over samples.
double log_likelihood_of(const auto& layer, const auto& weights) {
  auto state = layer.zero_state(Extent{batch}, Generator{.seed = 9});
  Spikes<double> now(in, batch), wanted(out, batch);
  double sum = 0;
  for (Index t = 0; t < steps; ++t) {
    input(t, now);
    target(t, wanted);
    layer.step(weights, state, now);
    sum -= layer.evaluate(weights, state, wanted);
  }
  return sum;
}

/// The gradient of −L over the window against central differences, relative to its largest component.
template <class Noise> double gradient_error(const Noise& noise) {
  const auto layer = layer_of(noise);
  auto w = weights_of(layer);
  auto state = layer.zero_state(Extent{batch}, Generator{.seed = 1});
  auto credit = layer.zero_credit(Extent{batch}, steps);
  Spikes<double> now(in, batch), wanted(out, batch);
  double loss = 0;
  for (Index t = 0; t < steps; ++t) {
    input(t, now);
    target(t, wanted);
    layer.step(w, state, now);
    loss += layer.credit(w, state, wanted, credit);
  }
  CHECK(std::abs(loss + log_likelihood_of(layer, w)) < 1e-12 * std::abs(loss));
  const auto gradient = layer.gradient(w, state, credit);
  double worst = 0, largest = 0;
  const auto compare = [&](double& x, double found) {
    const double at = x, h = 1e-5;
    x = at + h;
    const double above = -log_likelihood_of(layer, w);
    x = at - h;
    const double below = -log_likelihood_of(layer, w);
    x = at;
    worst = std::max(worst, std::abs((above - below) / (2 * h) - found));
    largest = std::max(largest, std::abs(found));
  };
  for (Index k = 0; k < gradient.weight.size(); ++k)
    compare(w.projection.weight.data()[k], gradient.weight.data()[k]);
  for (Index k = 0; k < out; ++k) compare(w.projection.bias(k), gradient.bias(k));
  return largest > 0 ? worst / largest : 1;
}

}  // namespace

TEST_CASE("the gradient is that of the log-likelihood of whole windows, at any temperature", "[layer]") {
  for (const double temperature : {0.2, 0.5, 1.0, 4.0}) {
    CHECK(gradient_error(EscapeNoise<double>{.temperature = temperature}) < 1e-8);
    CHECK(gradient_error(ExponentialEscape<double>{.rate = 0.1, .temperature = temperature}) < 1e-8);
  }
}

TEST_CASE("the likelihood is that of the equations, written out", "[layer]") {
  const auto layer = layer_of(EscapeNoise<double>{.temperature = 0.7});
  const auto w = weights_of(layer);
  Matrix<double> q = Matrix<double>::Zero(in, batch), p = q, r = Matrix<double>::Zero(out, batch), s = r, u;
  Spikes<double> now(in, batch), wanted(out, batch);
  double sum = 0;
  for (Index t = 0; t < steps; ++t) {
    input(t, now);
    target(t, wanted);
    p = 0.8 * p + 0.2 * q;
    q = 0.5 * q + 0.5 * now.dense();
    r = 0.7 * r - 0.3 * 2 * s;
    u = ((w.projection.weight * p + r).colwise() + w.projection.bias).eval();
    s = wanted.dense();
    const auto a = 1 / (1 + (-u.array() / 0.7).exp());
    sum += (s.array() * a.log() + (1 - s.array()) * (1 - a).log()).sum() / batch;
  }
  CHECK(std::abs(log_likelihood_of(layer, w) - sum) < 1e-11 * std::abs(sum));
}

TEST_CASE("at the true weights the gradient of sampled data is zero on average, elsewhere not", "[layer]") {
  constexpr Index many = 4000;
  const auto layer = layer_of(EscapeNoise<double>{.temperature = 0.6});
  const auto truth = weights_of(layer);
  auto wrong = truth;
  wrong.projection.weight(1, 2) += 0.5;
  auto sampled = layer.zero_state(Extent{many}, Generator{.seed = 3});
  std::vector<Matrix<double>> scores;  // of each sample, steps added up: out × (in + 1)
  Matrix<double> sum = Matrix<double>::Zero(out * (in + 1), many), of_wrong = sum;
  auto judged = layer.zero_state(Extent{many});
  Spikes<double> now(in, many);
  Index drawn = 0;
  for (Index t = 0; t < steps; ++t) {
    input(t, now);
    layer.step(truth, sampled, now);
    drawn += sampled.neuron.spikes.count();
    const Spikes<double> drew = sampled.neuron.spikes;
    layer.evaluate(truth, sampled, drew);
    CHECK(sampled.neuron.spikes == drew);  // to what it did anyhow
    layer.step(wrong, judged, now);
    layer.evaluate(wrong, judged, drew);
    const auto add = [&](const auto& state, Matrix<double>& total) {
      const auto trace = layer.projection.trace.value(state.projection.pre);
      for (Index b = 0; b < many; ++b) {
        const Vector<double> error = -double(many) * state.signal.col(b);
        for (Index j = 0; j < in; ++j) total.col(b).segment(j * out, out) += error * trace(j, b);
        total.col(b).tail(out) += error;
      }
    };
    add(sampled, sum);
    add(judged, of_wrong);
  }
  CHECK(drawn > 10 * many);
  const auto z_scores = [](const Matrix<double>& of) {
    const Vector<double> mean = of.rowwise().mean();
    const Vector<double> deviation = ((of.colwise() - mean).array().square().rowwise().mean()).sqrt();
    return Vector<double>(mean.array() / deviation.array() * std::sqrt(double(many)));
  };
  CHECK(z_scores(sum).cwiseAbs().maxCoeff() < 4);  // 28 numbers: 3.1 is expected once in 18 times
  CHECK(z_scores(of_wrong)(2 * out + 1) < -8);     // less, please
}

TEST_CASE("sampling draws each neuron with the probability of its potential", "[layer]") {
  constexpr Index many = 20000;
  const auto layer = layer_of(EscapeNoise<double>{.temperature = 0.6});
  const auto w = weights_of(layer);
  auto state = layer.zero_state(Extent{many}, Generator{.seed = 4});
  Spikes<double> now(in, many);
  for (Index t = 0; t < 6; ++t) {
    now.assign(Matrix<double>::Constant(in, many, t % 2 == 0));
    layer.step(w, state, now);
    const Matrix<double> p = (1 / (1 + (-layer.potential(state).array() / 0.6).exp())).matrix();
    const auto spikes = layer.spikes(state).dense();
    for (Index i = 0; i < out; ++i) {
      const double variance = (p.row(i).array() * (1 - p.row(i).array())).sum();
      CHECK(std::abs(spikes.row(i).sum() - p.row(i).sum()) < 4 * std::sqrt(variance));
    }
  }
}

TEST_CASE("learning raises the log-likelihood, by windows and online", "[layer]") {
  const auto layer = layer_of(EscapeNoise<double>{.temperature = 0.5});
  Spikes<double> now(in, batch), wanted(out, batch);
  for (const bool online : {false, true}) {
    auto w = weights_of(layer);
    auto learner = layer.learner(Sgd<double>{.rate = 0.01});
    auto credit = layer.zero_credit(Extent{batch}, online ? 1 : steps);
    const double first = log_likelihood_of(layer, w);
    double before = first;
    for (int pass = 0; pass < 100; ++pass) {
      auto state = layer.zero_state(Extent{batch}, Generator{.seed = 1});
      for (Index t = 0; t < steps; ++t) {
        input(t, now);
        target(t, wanted);
        layer.step(w, state, now);
        layer.credit(w, state, wanted, credit);
        if (online || t + 1 == steps) layer.update(w, state, credit, learner);
      }
      const double after = log_likelihood_of(layer, w);
      if (!online) CHECK(after > before);  // L is concave in W, the rate is small
      before = after;
    }
    CHECK(before > 0.8 * first);
    CHECK(before > first + 5);
  }
}

TEST_CASE("targets as spikes and as numbers are the same, and no draw matters once they are credited",
          "[layer]") {
  const auto layer = layer_of(EscapeNoise<double>{});
  const auto w = weights_of(layer);
  auto a = layer.zero_state(Extent{batch}, Generator{.seed = 1});
  auto b = layer.zero_state(Extent{batch}, Generator{.seed = 2});
  Spikes<double> now(in, batch), wanted(out, batch);
  for (Index t = 0; t < steps; ++t) {
    input(t, now);
    target(t, wanted);
    layer.step(w, a, now);
    layer.step(w, b, now);
    CHECK(layer.potential(a) == layer.potential(b));
    const double of_spikes = -layer.evaluate(w, a, wanted),
                 of_numbers = -layer.evaluate(w, b, Matrix<double>(wanted.dense()));
    CHECK(of_spikes == of_numbers);
    CHECK(std::abs(a.signal_state.log_likelihood.mean() - of_spikes) < 1e-15);
    CHECK(a.loss == -of_spikes);
    CHECK(a.signal == b.signal);
    CHECK(layer.spikes(a) == wanted);
    CHECK(layer.spikes(b) == wanted);
  }
}

TEST_CASE("what is no target is refused", "[layer]") {
  const auto layer = layer_of(EscapeNoise<double>{});
  auto w = weights_of(layer);
  auto state = layer.zero_state(Extent{batch});
  auto credit = layer.zero_credit(Extent{batch}, 1);
  Spikes<double> now(in, batch), other(out + 1, batch);
  layer.step(w, state, now);
  const auto refusal = [&](const auto& wanted) {
    return support::error_of<std::invalid_argument>([&] { layer.credit(w, state, wanted, credit); });
  };
  const Matrix<double> zero = Matrix<double>::Zero(out, batch);
  Matrix<double> half = zero, nan = zero;
  half(1, 1) = 0.5;
  nan(1, 1) = std::nan("");
  CHECK(contains(refusal(other), "target is 5 x 3, expected 4 x 3"));
  CHECK(contains(refusal(Matrix<double>(zero.leftCols(2))), "target is 4 x 2, expected 4 x 3"));
  CHECK(contains(refusal(half), "neither 0 nor 1"));
  CHECK(contains(refusal(nan), "neither 0 nor 1"));
  CHECK(refusal(zero) == "no error");
  CHECK(contains(support::error_of<std::invalid_argument>([&] { layer.step(w, state, other); }),
                 "PlasticLayer input is 5 x 3, expected 6 x 3"));
  auto cold = layer;
  cold.neuron.spike.temperature = 0;
  CHECK(contains(support::error_of<std::invalid_argument>([&] { cold.zero_state(Extent{batch}); }),
                 "temperature is 0"));
}
