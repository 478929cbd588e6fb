// S-TLLR and reward-modulated STDP: what their papers write, and their limits.
#include <neohebb/layer/plastic.hpp>
#include <neohebb/learning/anti_causal.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/reward.hpp>
#include <neohebb/learning/three_factor.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/pulses.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using S = double;
using M = Matrix<S>;

namespace {
constexpr Index inputs = 7, units = 5, batch = 3, steps = 40;
template <class E, class L, class Form = Exchanged>
using Local = PlasticLayer<Dense<Pulses<S>>, Lif<S>, FastSigmoid<S>, E, L, Form>;

template <class Form, class E, class L> Local<E, L, Form> layer_of(const E& rule, const L& signal) {
  return {.projection = {.connectivity = {inputs, units}, .trace = {.decay = 0.8}, .bias = false},
          .neuron = {.decay = 0.8, .threshold = 0.6},
          .surrogate = {.steepness = 2},
          .eligibility = rule,
          .signal = signal};
}
void show(Index t, Spikes<S>& in) {
  in.assign(laws::uniform<S>(inputs, batch, static_cast<std::uint32_t>(t), 0, 1).array() < 0.3);
}
M reward_at(Index t) { return laws::uniform<S>(1, batch, 500 + static_cast<std::uint32_t>(t), -1, 1); }

/// use(state, in, reward) in every step; returns the gradient.
template <class Layer> M gradient_of(const Layer& layer, auto&& use) {
  const auto w = layer.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 2});
  auto state = layer.zero_state(Extent{batch});
  auto credit = layer.zero_credit(Extent{batch}, steps);
  Spikes<S> in(inputs, batch);
  for (Index t = 0; t < steps; ++t) {
    show(t, in);
    layer.step(w, state, in);
    layer.credit(w, state, reward_at(t), credit);
    use(state, in, reward_at(t));
  }
  return layer.gradient(w, state, credit).weight;
}
}  // namespace

TEMPLATE_TEST_CASE(
    "S-TLLR's eligibility is the sum over earlier inputs and earlier neurons that its paper writes",
    "[learning]", PerSynapse, Exchanged) {
  const AntiCausal<S> rule{
      .presynaptic_decay = 0.8, .postsynaptic_decay = 0.6, .causal = 0.75, .anti_causal = -0.5};
  std::vector<M> psi, x;
  M expected = M::Zero(units, inputs);
  const M gradient =
      gradient_of(layer_of<TestType>(rule, Reward<S>{}), [&](auto& s, const auto& in, const M& reward) {
        psi.push_back(s.psi);
        x.push_back(in.dense().template cast<S>());
        const std::size_t now = psi.size() - 1;
        for (Index b = 0; b < batch; ++b)
          for (Index i = 0; i < units; ++i)
            for (Index j = 0; j < inputs; ++j) {
              S causal = 0, anti_causal = 0;
              for (std::size_t t = 0; t <= now; ++t) causal += std::pow(0.8, double(now - t)) * x[t](j, b);
              for (std::size_t t = 0; t < now; ++t)
                anti_causal += std::pow(0.6, double(now - t)) * psi[t](i, b);
              const S e = 0.75 * psi[now](i, b) * causal - 0.5 * x[now](j, b) * anti_causal;
              expected(i, j) -= reward(b) / S(batch) * e;
            }
      });
  CHECK(laws::deviation(gradient, expected) < 1e-12);
}

TEMPLATE_TEST_CASE("without its anti-causal term S-TLLR is the instantaneous rule, OTTT's", "[learning]",
                   PerSynapse, Exchanged) {
  const auto nothing = [](auto&&...) {};
  const AntiCausal<S> rule{.presynaptic_decay = 0.8, .causal = 1, .anti_causal = 0};
  const M a = gradient_of(layer_of<TestType>(rule, Reward<S>{}), nothing);
  const M b = gradient_of(layer_of<TestType>(Instantaneous<S>{}, Reward<S>{}), nothing);
  CHECK(laws::deviation(a, b) < 1e-13);
  CHECK(a.cwiseAbs().maxCoeff() > 0);
}

TEMPLATE_TEST_CASE("reward 1 at every pairing is pair-based STDP", "[learning]", PerSynapse, Exchanged) {
  const RewardStdp<S> rule{.presynaptic_decay = 0.8, .postsynaptic_decay = 0.7, .eligibility_decay = 0};
  const PairStdp<S> stdp{.pre = {.decay = 0.8, .normalised = false},
                         .post = {.decay = 0.7, .normalised = false}};
  const auto layer = layer_of<TestType>(rule, Reward<S>{});
  auto w = layer.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 2});
  M moved = w.projection.weight;
  const M begin = moved;
  auto state = layer.zero_state(Extent{batch});
  auto credit = layer.zero_credit(Extent{batch}, steps);
  auto learner = layer.learner(Sgd<S>{1});
  auto pairs = stdp.zero_state(Extent{inputs}, Extent{units}, Extent{batch});
  Spikes<S> in(inputs, batch);
  Index spikes = 0;
  for (Index t = 0; t < steps; ++t) {
    show(t, in);
    layer.step(w, state, in);
    layer.credit(w, state, M(M::Constant(1, batch, S(batch))), credit);  // of the sum over samples
    stdp.step(moved, pairs, in, state.neuron.spikes);
    spikes += state.neuron.spikes.count();
  }
  layer.update(w, state, credit, learner);
  CHECK(spikes > 10);
  CHECK(laws::deviation(M(w.projection.weight), moved) < 1e-13);
  CHECK(laws::deviation(moved, begin) > 0.01);
}

TEST_CASE("a reward finds a pairing by the neurons' trace of then", "[learning]") {
  // All inputs, which make all neurons spike; then silence; then one input, too weak to do so.
  const RewardStdp<S> rule{.presynaptic_decay = 0.8, .eligibility_decay = 0.9};
  const auto layer = layer_of<PerSynapse>(rule, Reward<S>{});
  const auto after = [&](Index wait) {
    auto w = layer.projection.weights(M(M::Constant(units, inputs, 0.2)), Vector<S>(Vector<S>::Zero(units)));
    typename std::decay_t<decltype(layer)>::Weights weights{w, {}};
    auto state = layer.zero_state(Extent{1});
    auto credit = layer.zero_credit(Extent{1}, 10);
    auto learner = layer.learner(Sgd<S>{1});
    Spikes<S> in(inputs, Index{1});
    in.assign(M::Ones(inputs, 1));
    layer.step(weights, state, in);  // input and neuron together: no pair
    layer.credit(weights, state, NoTarget{}, credit);
    in.assign(M::Zero(inputs, 1));
    Index fired = state.neuron.spikes.count();
    for (Index t = 0; t < wait; ++t) {
      layer.step(weights, state, in);
      layer.credit(weights, state, NoTarget{}, credit);
      fired += state.neuron.spikes.count();
    }
    in.assign(M::Identity(inputs, 1));
    layer.step(weights, state, in);  // input 0 after the neurons: depression, read with the reward at once
    layer.credit(weights, state, M(M::Ones(1, 1)), credit);
    CHECK(fired == units);
    layer.update(weights, state, credit, learner);
    return weights.projection.weight(0, 0) - 0.2;
  };
  CHECK(after(0) == Approx(-0.012).epsilon(1e-12));
  CHECK(after(3) == Approx(-0.012 * std::pow(0.95, 3)).epsilon(1e-12));
}

TEST_CASE("a reward that comes late finds what the eligibility has kept", "[learning]") {
  const RewardStdp<S> rule{.presynaptic_decay = 0.8, .postsynaptic_decay = 0.7, .eligibility_decay = 0.9};
  const auto layer = layer_of<PerSynapse>(rule, Reward<S>{});
  const auto moved = [&](Index wait) {  // spikes for three steps, then none; a reward so many steps later
    const auto w = layer.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 2});
    auto state = layer.zero_state(Extent{batch});
    auto credit = layer.zero_credit(Extent{batch}, steps);
    Spikes<S> in(inputs, batch);
    for (Index t = 0; t < 20 + wait; ++t) {
      if (t < 3)
        show(t, in);
      else
        in.assign(M::Zero(inputs, batch));
      layer.step(w, state, in);
      if (t + 1 < 20 + wait)
        layer.credit(w, state, NoTarget{}, credit);
      else
        layer.credit(w, state, M(M::Ones(1, batch)), credit);
      if (t >= 15) CHECK(state.neuron.spikes.count() == 0);
    }
    return M(layer.gradient(w, state, credit).weight);
  };
  const M soon = moved(0), late = moved(5);
  CHECK(soon.cwiseAbs().maxCoeff() > 1e-5);
  CHECK(laws::deviation(late, M(std::pow(0.9, 5) * soon)) < 1e-14);
}

TEST_CASE("rules refuse decays and factors without sense", "[learning]") {
  using reference::contains;
  const auto of = [](const auto& rule) { return reference::message_of([&] { rule.validate(); }); };
  CHECK(contains(of(AntiCausal<S>{.presynaptic_decay = 1.5}), "presynaptic_decay"));
  CHECK(contains(of(AntiCausal<S>{.postsynaptic_decay = -1}), "postsynaptic_decay"));
  CHECK(contains(of(AntiCausal<S>{.causal = std::nan("")}), "must be finite"));
  CHECK(contains(of(RewardStdp<S>{.eligibility_decay = 2}), "eligibility_decay"));
  CHECK(contains(of(RewardStdp<S>{.depression = std::nan("")}), "must be finite"));
  CHECK(contains(of(layer_of<Exchanged>(AntiCausal<S>{.presynaptic_decay = 0.7}, Reward<S>{})),
                 "presynaptic_decay is 0.7, the projection's trace decays with 0.8"));
}
