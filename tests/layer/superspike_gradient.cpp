// Both forms of SuperSpike's gradient: against each other, over many windows with updates in between.
#include <neohebb/layer/superspike.hpp>

#include "catch.hpp"
#include "support/superspike.hpp"

using namespace neohebb;
using support::relative;

namespace {

/// The same network taught by both forms for 12 windows: the largest relative deviation of any layer's gradient.
/// Each window starts from the same weights, the plain form's. Every layer must have spiked and learned.
template <class S> double deviation(const SuperSpikeNetwork<S>& net, Index windows = 12) {
  auto weights = net.initial_weights(Generator{.seed = 5});
  auto state = net.zero_state();
  const RMaxProp<S> optimizer{.rate = S(2e-3), .decay = S(0.9)};
  auto plain = net.learner(optimizer, PerSynapse{});
  auto exchanged = net.learner(optimizer, Exchanged{});
  std::vector<Index> spikes(net.layers.size()), learned(spikes);
  double worst = 0;
  support::random_steps(0, windows * net.window_steps(), Index(net.layers[0].in), net.outputs(),
                        [&](Index, const auto& in, const auto& target) {
                          net.step(weights, state, in);
                          for (std::size_t l = 0; l < spikes.size(); ++l)
                            spikes[l] += net.spikes(state, l).count();
                          net.credit(weights, state, plain, target);
                          net.credit(weights, state, exchanged, target);
                          REQUIRE(net.full(plain) == net.full(exchanged));
                          if (!net.full(plain)) return;
                          auto other = weights;
                          net.update(weights, plain);
                          net.update(other, exchanged);
                          for (std::size_t l = 0; l < spikes.size(); ++l) {
                            const Matrix<S>& expected = plain.credits[l].last_gradient();
                            const Matrix<S>& got = exchanged.credits[l].last_gradient();
                            if (expected.isZero(0)) {  // before the first error
                              REQUIRE(got.isZero(0));
                              continue;
                            }
                            ++learned[l];
                            worst = std::max(worst, relative(got, expected));
                          }
                        });
  for (const Index count : spikes) REQUIRE(count > 20);
  for (const Index count : learned) REQUIRE(count >= 10);
  return worst;
}

}  // namespace

TEST_CASE("the exchanged gradient is the per-synapse recursion's", "[superspike]") {
  SuperSpikeRule rule;
  auto net = support::lively_network<double>(rule);
  SECTION("a hidden layer and an output layer") {}
  SECTION("an output layer alone") { net.layers = {{.in = 13, .out = 5, .weight_scale = 0.4}}; }
  SECTION("windows longer than the eligibility lasts") { net.window = 0.7; }
  SECTION("windows of one step") { net.window = 1e-4; }
  SECTION("three hidden layers, random feedback") {
    net.layers.insert(net.layers.begin() + 1, 2, {.in = 37, .out = 37, .weight_scale = 0.2});
    net.feedback = Feedback::random;
  }
  SECTION("uniform feedback, later than the outputs'") {
    net.feedback = Feedback::uniform;
    net.feedback_delay = 2e-3;
  }
  SECTION("recurrent layers") {
    for (auto& layer : net.layers) layer.recurrent = true;
  }
  SECTION("σ' and psp that reach the eligibility later") {
    for (auto& layer : net.layers) layer.rule.eligibility_delay = 0.8e-3;
  }
  SECTION("regularised rates") {
    for (auto& layer : net.layers) layer.rule.rate_regularisation = 1e-3;
  }
  SECTION("no axonal delay") {
    for (auto& layer : net.layers) layer.rule.axonal_delay = 0;
  }
  SECTION("delays of single synapses, and recurrence") {
    for (auto& layer : net.layers) {
      layer.synaptic_delay = 5e-3;
      layer.recurrent = true;
    }
  }
  SECTION("delays of single synapses, longer than a window") {
    for (auto& layer : net.layers) layer.synaptic_delay = 5e-3;
    net.window = 2e-3;
  }
  SECTION("neurons far below threshold, where σ' is cut off") {
    for (auto& layer : net.layers) layer.rule.silent_below = -61e-3;
  }
  SECTION("everything at once") {
    net.layers.insert(net.layers.begin() + 1, {.in = 37, .out = 37, .weight_scale = 0.2});
    for (auto& layer : net.layers) {
      layer.synaptic_delay = 3e-3;
      layer.recurrent = true;
      layer.rule.eligibility_delay = 0.8e-3;
      layer.rule.rate_regularisation = 1e-3;
    }
    net.feedback_delay = 1e-3;
  }
  CHECK(deviation(net, net.window < 0.01 ? 3000 : 12) < 1e-9);
}

TEST_CASE("the exchanged gradient is the per-synapse recursion's in float", "[superspike]") {
  auto net = support::lively_network<float>();
  SECTION("short windows") {}
  SECTION("windows longer than the eligibility lasts") { net.window = 0.7; }
  CHECK(deviation(net) < 2e-4);
}

TEST_CASE("the eligibility is the derivative of the smoothed σ(v)", "[superspike]") {
  // Without spikes of its own, a neuron's v = rest + W psp; then Σ_t y (κ * σ(v)), κ the eligibility's filter, has
  // the derivative Σ_t y λ by w, σ(v) = (v − θ)β/(1 + β|v − θ|).
  const SuperSpikeRule rule;
  const SuperSpikeCoefficients<double> c(rule);
  constexpr Index units = 3, sources = 4, steps = 400;
  const auto value = [&](const Matrix<double>& w, auto&& note) {
    Vector<double> q = Vector<double>::Zero(sources), psp = q, v(units), z = Vector<double>::Zero(units),
                   lambda = z;
    double sum = 0;
    for (Index t = 0; t < steps; ++t) {
      const auto in = support::random_list(sources, 0.02, t, 3);
      for (const auto j : in) ++q[j];
      psp += c.follow * (q - psp);
      q *= c.decay;
      v = (w * psp).array() + rule.rest;
      const auto u = rule.steepness * (v.array() - rule.threshold);
      z = c.decay * z + (u / (1 + u.abs())).matrix();
      lambda += c.follow * (z - lambda);
      const Vector<double> y = support::random_matrix(units, 1, static_cast<std::uint64_t>(t));
      sum += y.dot(lambda);
      note(v, in, y);
    }
    return sum;
  };
  Matrix<double> w = support::random_matrix(units, sources, 4, 0.002), g, differences(units, sources);
  const Matrix<std::int32_t> no_delays;
  const auto check = [&](auto form) {
    value(w, [&](const auto& v, const auto& in, const auto& y) { form.note(v, in, y, no_delays); });
    g.resize(units, sources);
    form.gradient(g, no_delays);
    for (Index k = 0; k < w.size(); ++k) {
      const auto at = [&](double x) {
        Matrix<double> moved = w;
        moved(k) += x;
        return value(moved, [](auto&&...) {});
      };
      differences(k) = (at(1e-7) - at(-1e-7)) / 2e-7;
    }
    CHECK(relative(g, differences) < 1e-6);
  };
  check(PerSynapseGradient<double>(rule, units, sources, steps, 0));
  check(ExchangedGradient<double>(rule, units, sources, steps, 0));
}
