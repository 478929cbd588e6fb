// Learning signals without a readout: the label projected onto every neuron, and a reward.
#include <neohebb/layer/plastic.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/label_projection.hpp>
#include <neohebb/learning/reward.hpp>
#include <neohebb/neuron/srm.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using S = double;
using M = Matrix<S>;

namespace {

constexpr Index inputs = 7, units = 5, classes = 3, batch = 4, steps = 12;
using Synapses = Dense<DoubleExponential<S>>;
template <class L> using Local = PlasticLayer<Synapses, Srm<S>, FastSigmoid<S>, Instantaneous<S>, L>;
static_assert(LearningSignal<LabelProjection<S>> && LearningSignal<Reward<S>>);

/// A user's own, as learning_signal.hpp has it.
struct Quieter {
  using Scalar = S;
  struct Weights {};
  struct State {};
  Weights initial_weights(auto, const Generator&) const { return {}; }
  State zero_state(auto, auto) const { return {}; }
  S operator()(const Weights&, State&, const auto&, const auto& population, auto& signal) const {
    signal = population.state.spikes.dense();
    return 0;
  }
};
static_assert(LearningSignal<Quieter>);
struct NoCall : Quieter {
  void operator()() const {}
};
static_assert(!LearningSignal<NoCall>);

template <class L> Local<L> layer_of(const L& signal) {
  return {.projection = {.connectivity = {inputs, units}, .trace = {0.8, 0.5}},
          .neuron = {.refractory_weight = 0},
          .surrogate = {.steepness = 2},
          .signal = signal};
}
void show(Index t, Spikes<S>& in) {
  in.assign(laws::uniform<S>(inputs, batch, static_cast<std::uint32_t>(t), 0, 1).array() < 0.4);
}
M label(Index t) {  // every third step has one
  M y = M::Zero(classes, batch);
  for (Index b = 0; b < batch; ++b) y((b + t) % classes, b) = 1;
  return y;
}

}  // namespace

TEST_CASE("a projected label is the gradient of the projected loss", "[learning]") {
  const auto layer = layer_of(LabelProjection<S>{.classes = classes});
  auto w = layer.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
  // E = −Σ_t Σ_i (F y*)_i σ(U_i) / samples
  const auto loss = [&](auto&& use) {
    auto state = layer.zero_state(Extent{batch});
    Spikes<S> in(inputs, batch);
    S sum = 0;
    for (Index t = 0; t < steps; ++t) {
      show(t, in);
      layer.step(w, state, in);
      use(state, t);
      if (t % 3 != 0) continue;
      const M f = w.signal.projection * label(t);
      for (Index b = 0; b < batch; ++b)
        for (Index i = 0; i < units; ++i)
          sum -= f(i, b) * layer.surrogate.activation(state.neuron.potential(i, b)) / S(batch);
    }
    return sum;
  };
  auto credit = layer.zero_credit(Extent{batch}, steps);
  M gradient;
  loss([&](auto& state, Index t) {
    if (t % 3 == 0) {
      const S got = layer.credit(w, state, label(t), credit);
      const M f = w.signal.projection * label(t);
      CHECK(std::abs(got + (f.array() * state.neuron.spikes.dense().array()).sum() / S(batch)) < 1e-14);
    } else {
      CHECK(layer.credit(w, state, NoTarget{}, credit) == 0);
    }
    if (t + 1 == steps) gradient = layer.gradient(w, state, credit).weight;
  });
  REQUIRE(gradient.cwiseAbs().minCoeff() > 0);
  for (Index k = 0; k < gradient.size(); ++k) {
    S& x = w.projection.weight(k);
    const S at = x;
    x = at + 1e-6;
    const S above = loss([](auto&&...) {});
    x = at - 1e-6;
    const S below = loss([](auto&&...) {});
    x = at;
    CHECK(std::abs((above - below) / 2e-6 - gradient(k)) < 1e-8);
  }
}

TEST_CASE("a reward strengthens what neurons did, in proportion", "[learning]") {
  const auto layer = layer_of(Reward<S>{});
  const auto w = layer.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
  auto state = layer.zero_state(Extent{batch});
  auto credit = layer.zero_credit(Extent{batch}, steps);
  Spikes<S> in(inputs, batch);
  M expected = M::Zero(units, inputs);
  for (Index t = 0; t < steps; ++t) {
    show(t, in);
    layer.step(w, state, in);
    const M reward = laws::uniform<S>(1, batch, 100 + static_cast<std::uint32_t>(t), -1, 1);
    layer.credit(w, state, reward, credit);
    for (Index b = 0; b < batch; ++b)
      expected -= reward(b) / S(batch) * state.neuron.potential.col(b).unaryExpr(layer.surrogate) *
                  layer.projection.trace.value(state.projection.pre).col(b).transpose();
  }
  CHECK(laws::deviation(M(layer.gradient(w, state, credit).weight), expected) < 1e-13);
}

TEST_CASE("a user's own signal teaches", "[learning]") {
  const auto layer = layer_of(Quieter{});
  auto w = layer.initial_weights(ScaledNormal<S>{6}, Generator{.seed = 1});
  auto state = layer.zero_state(Extent{batch});
  auto credit = layer.zero_credit(Extent{batch}, 1);
  auto learner = layer.learner(Sgd<S>{0.05});
  Spikes<S> in(inputs, batch);
  Index first = 0, last = 0;
  for (Index t = 0; t < 400; ++t) {
    show(t, in);
    layer.step(w, state, in);
    layer.credit(w, state, NoTarget{}, credit);
    layer.update(w, state, credit, learner);
    (t < 100 ? first : last) += t < 100 || t >= 300 ? state.neuron.spikes.count() : 0;
  }
  CHECK(first > 50);
  CHECK(last < first / 2);
}

TEST_CASE("targets of other shapes, and such that are no numbers, are refused", "[learning]") {
  const auto refusal = [](const auto& layer, const M& target) {
    const auto w = layer.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
    auto state = layer.zero_state(Extent{batch});
    auto credit = layer.zero_credit(Extent{batch}, 1);
    Spikes<S> in(inputs, batch);
    layer.step(w, state, in);
    return reference::message_of([&] { layer.credit(w, state, target, credit); });
  };
  const auto label_layer = layer_of(LabelProjection<S>{.classes = classes});
  const auto reward_layer = layer_of(Reward<S>{});
  using reference::contains;
  CHECK(label_layer.answers() == classes);
  CHECK(reward_layer.answers() == 1);
  CHECK(refusal(label_layer, M::Zero(classes, batch)) == "accepted");
  CHECK(contains(refusal(label_layer, M::Zero(2, batch)), "target is 2 x 4, expected 3 x 4"));
  CHECK(contains(refusal(label_layer, M::Constant(classes, batch, std::nan(""))), "NaN"));
  CHECK(contains(refusal(reward_layer, M::Zero(2, batch)), "Reward is 2 x 4, expected 1 x 4"));
  CHECK(contains(refusal(reward_layer, M::Constant(1, batch, std::nan(""))), "NaN"));
  CHECK(contains(reference::message_of([] { LabelProjection<S>{.classes = 0}.validate(); }), "classes is 0"));
}
