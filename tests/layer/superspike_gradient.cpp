// Both forms of SuperSpike's gradient: against each other, over many windows with updates in between.
#include <neohebb/layer/superspike.hpp>

#include "catch.hpp"
#include "support/superspike.hpp"

using namespace neohebb;
using support::each_matrix;
using support::gradient_of;
using support::relative;

namespace {

/// A network, and what learns with it.
template <class Net> struct Pupil {
  using S = typename Net::Scalar;
  Net net;
  typename Net::Weights weights;
  decltype(net.zero_state(Extent<1>{})) state = net.zero_state(Extent<1>{});
  decltype(net.learner(RMaxProp<S>{}, Extent<1>{}, Index{})) learner;

  Pupil(const Net& given, Index window, double scale)
      : net(given),
        weights(support::lively_weights(net, scale)),
        learner(net.learner(RMaxProp<S>{.rate = S(2e-3), .decay = S(0.9)}, Extent<1>{}, window)) {}
  void step(const auto& in, const auto& target) {
    net.step(weights, state, in);
    net.credit(weights, state, target, learner);
  }
};

/// The same network, make(form), taught by both forms for 12 windows: the largest relative deviation of any
/// layer's gradient. Each window starts from the same weights, the plain form's. Every layer must have spiked
/// and learned.
template <class S>
double deviation(const SuperSpike<S>& rule, auto&& make, double scale = 0.2, Index windows = 12) {
  const Index window = rule.window_steps();
  Pupil plain(make(PerSynapse{}), window, scale);
  Pupil exchanged(make(Exchanged{}), window, scale);
  const auto& layers = plain.net.layers;
  std::vector<Index> spikes(plain.net.size()), learned(spikes);
  double worst = 0;
  const Index in = plain.net.layer(std::integral_constant<std::size_t, 0>{}).inputs(), out = 5;
  support::random_steps<S>(0, windows * window, in, out, [&](Index t, const auto& input, const auto& target) {
    plain.step(input, target);
    exchanged.step(input, target);
    for_each_layer(layers, [&](auto l) {
      spikes[l] += plain.net.spikes(plain.state, l).count();
      REQUIRE(plain.net.spikes(plain.state, l) == exchanged.net.spikes(exchanged.state, l));
    });
    if ((t + 1) % window != 0) return;
    for_each_layer(layers, [&](auto l) {
      const auto expected = gradient_of(plain.net, plain.weights, plain.state, plain.learner, l);
      const auto got = gradient_of(exchanged.net, exchanged.weights, exchanged.state, exchanged.learner, l);
      std::vector<Matrix<S>> of_plain, of_exchanged;
      each_matrix(expected, [&](const auto& m) { of_plain.push_back(m); });
      each_matrix(got, [&](const auto& m) { of_exchanged.push_back(m); });
      bool any = false;
      for (std::size_t k = 0; k < of_plain.size(); ++k) {
        if (of_plain[k].isZero(0)) {  // before the first error
          REQUIRE(of_exchanged[k].isZero(0));
          continue;
        }
        any = true;
        worst = std::max(worst, relative(of_exchanged[k], of_plain[k]));
      }
      learned[l] += any;
    });
    plain.net.update(plain.weights, plain.state, plain.learner);
    exchanged.net.update(exchanged.weights, exchanged.state, exchanged.learner);
    for_each_layer(layers,
                   [&](auto l) { at(exchanged.weights, l).projection = at(plain.weights, l).projection; });
  });
  for (const Index count : spikes) REQUIRE(count > 20);
  for (const Index count : learned) REQUIRE(count >= 10);
  return worst;
}

}  // namespace

TEST_CASE("the exchanged gradient is the per-synapse recursion's", "[superspike]") {
  auto rule = support::short_windows<double>();
  Feedback feedback = Feedback::symmetric;
  SECTION("a hidden layer and an output layer") {}
  SECTION("windows longer than the eligibility lasts") { rule.window = 0.7; }
  SECTION("windows of one step") { rule.window = 1e-4; }
  SECTION("random feedback") { feedback = Feedback::random; }
  SECTION("uniform feedback, later than the outputs'") {
    feedback = Feedback::uniform;
    rule.feedback_delay = 2e-3;
  }
  SECTION("errors without delay, earlier than spikes arrive") { rule.error_delay = 0; }
  SECTION("regularised rates") { rule.rate_regularisation = 1e-3; }
  SECTION("no axonal delay") { rule.axonal_delay = 0; }
  SECTION("neurons far below threshold, where σ' is cut off") { rule.silent_below = -61e-3; }
  const auto make = [&](auto form) { return support::lively_network(rule, form, feedback); };
  CHECK(deviation(rule, make, 0.2, rule.window < 0.01 ? 3000 : 12) < 1e-9);
}

TEST_CASE("the exchanged gradient of an output layer alone is the per-synapse recursion's", "[superspike]") {
  const auto rule = support::short_windows<double>();
  CHECK(deviation(
            rule, [&](auto form) { return Network{rule.output({13}, {5}, form)}; }, 0.4) < 1e-9);
}

TEST_CASE("the exchanged gradient of three hidden layers is the per-synapse recursion's", "[superspike]") {
  const auto rule = support::short_windows<double>();
  const auto make = [&](auto form) {
    const auto hidden = [&](Index in) { return rule.hidden({in}, {37}, {5}, Feedback::random, form); };
    return Network{hidden(13), hidden(37), hidden(37), rule.output({37}, {5}, form)};
  };
  CHECK(deviation(rule, make) < 1e-9);
}

TEST_CASE("the exchanged gradient of recurrent layers is the per-synapse recursion's", "[superspike]") {
  const auto rule = support::short_windows<double>();
  const auto make = [&](auto form) {
    const auto synapses = [&](Index in, Index out) {
      return WithRecurrence<SuperSpikeSynapses<double>>{rule.synapses({in}, {out}), rule.lateral({out})};
    };
    return Network{rule.layer(synapses(13, 37), rule.hidden_signal({5}), form),
                   rule.layer(synapses(37, 5), rule.target(), form)};
  };
  CHECK(deviation(rule, make) < 1e-9);
}

TEST_CASE("the exchanged gradient of synapses with delays of their own is the per-synapse recursion's",
          "[superspike]") {
  auto rule = support::short_windows<double>();
  Index spread = 50;
  SECTION("shorter than a window") {}
  SECTION("longer than a window") {
    spread = 10;
    rule.window = 4e-4;
  }
  const auto make = [&](auto form) {
    return Network{
        rule.layer(support::delayed(rule, 13, 37, spread), rule.hidden_signal({5}, Feedback::random), form),
        rule.layer(support::delayed(rule, 37, 5, spread), rule.target(), form)};
  };
  CHECK(deviation(rule, make, support::scale_for(spread), rule.window < 0.01 ? 3000 : 12) < 1e-9);
}

TEST_CASE("with every option at once, the exchanged gradient is the per-synapse recursion's",
          "[superspike]") {
  auto rule = support::short_windows<double>();
  constexpr Index spread = 12;
  SECTION("delays of single synapses, and recurrence") {}
  SECTION("everything") {
    rule.error_delay = 0;
    rule.rate_regularisation = 1e-3;
    rule.feedback_delay = 1e-3;
  }
  const auto make = [&](auto form) {
    const auto hidden = [&](Index in) {
      return rule.layer(support::delayed_recurrent(rule, in, 37, spread),
                        rule.hidden_signal({5}, Feedback::random), form);
    };
    return Network{hidden(13), hidden(37),
                   rule.layer(support::delayed_recurrent(rule, 37, 5, spread), rule.target(), form)};
  };
  CHECK(deviation(rule, make, support::scale_for(spread)) < 1e-9);
}

TEST_CASE("the exchanged gradient is the per-synapse recursion's in float", "[superspike]") {
  auto rule = support::short_windows<float>();
  float size = 1;
  SECTION("short windows") {}
  SECTION("windows longer than the eligibility lasts") { rule.window = 0.7; }
  SECTION("windows longer than the eligibility lasts, where σ' is tiny everywhere") {
    rule.window = 0.7;
    size = 1e-9f;
  }
  const auto make = [&](auto form) {
    auto net = support::lively_network(rule, form);
    for_each_layer(net.layers, [&](auto l) { at(net.layers, l).surrogate.scale *= size; });
    return net;
  };
  CHECK(deviation(rule, make) < 2e-4);
}

namespace {

/// A signal that is given: the target is L.
struct Given {
  using Scalar = double;
  struct Weights {};
  struct State {};
  Weights initial_weights(const auto&, const Generator&) const { return {}; }
  State zero_state(const auto&, const auto&) const { return {}; }
  double operator()(const Weights&, State&, const auto& target, const auto&, auto& signal) const {
    signal = target;
    return 0;
  }
};

}  // namespace

TEST_CASE("the eligibility is the derivative of the smoothed σ(v)", "[superspike]") {
  // Without spikes of its own, a neuron's v = rest + W psp; then Σ_t y (κ * σ(v)), κ the eligibility's filter,
  // has the derivative Σ_t y λ by w, σ(v) = (v − θ)β/(1 + β|v − θ|). Psp is that of the same step here, so the
  // neuron sees its current at once.
  const SuperSpike<double> rule{.axonal_delay = 0};
  const double follow = rule.follow(), decay = rule.decay_of(rule.tau_syn);
  constexpr Index units = 3, sources = 4, steps = 400;
  const auto value = [&](const Matrix<double>& w, auto&& note) {
    Vector<double> q = Vector<double>::Zero(sources), psp = q, v(units), z = Vector<double>::Zero(units),
                   lambda = z;
    double sum = 0;
    for (Index t = 0; t < steps; ++t) {
      const auto in = support::random_list(sources, 0.02, t, 3);
      for (const auto j : in) ++q[j];
      psp += follow * (q - psp);
      q *= decay;
      v = (w * psp).array() + rule.rest;
      const auto u = rule.steepness * (v.array() - rule.threshold);
      z = decay * z + (u / (1 + u.abs())).matrix();
      lambda += follow * (z - lambda);
      const Vector<double> y = support::random_matrix(units, 1, static_cast<std::uint64_t>(t));
      sum += y.dot(lambda);
      note(v, in, y);
    }
    return sum;
  };
  const Matrix<double> w = support::random_matrix(units, sources, 4, 0.002);
  const auto check = [&](auto form) {
    using Synapses = SuperSpikeSynapses<double>;
    PlasticLayer<Synapses, Lif<double>, CutOff<double>, TwiceFiltered<double>, Given, decltype(form)> layer{
        .projection = rule.synapses({sources}, {units}),
        .neuron = rule.neuron(),
        .surrogate = rule.surrogate(),
        .eligibility = rule.eligibility()};
    layer.neuron.synapse = Synapse::current_now;
    auto weights = layer.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
    weights.projection = layer.projection.weights(w, Vector<double>::Zero(units));
    auto state = layer.zero_state(Extent<1>{});
    auto credit = layer.zero_credit(Extent<1>{}, steps);
    Spikes<double, Dynamic, 1> input(sources, Extent<1>{});
    value(w, [&](const auto& v, const auto& in, const auto& y) {
      input.assign_lists([&](Index) { return in; });
      layer.step(weights, state, input);
      layer.credit(weights, state, y, credit);
      REQUIRE(layer.spikes(state).count() == 0);
      REQUIRE(support::distance(state.neuron.membrane, v) < 1e-12);
    });
    const Matrix<double> g = layer.gradient(weights, state, credit).weight;
    Matrix<double> differences(units, sources);
    for (Index k = 0; k < w.size(); ++k) {
      const auto at_weight = [&](double x) {
        Matrix<double> moved = w;
        moved(k) += x;
        return value(moved, [](auto&&...) {});
      };
      differences(k) = (at_weight(1e-7) - at_weight(-1e-7)) / 2e-7;
    }
    CHECK(relative(g, differences) < 1e-6);
  };
  check(PerSynapse{});
  check(Exchanged{});
}
