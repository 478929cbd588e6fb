// A layer's own fixed readout as a learning signal, for rules that remember and such that do not.
#include <neohebb/learning/own_readout.hpp>

#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/target_spikes.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/pulses.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using laws::deviation;

namespace {
using S = double;
constexpr Index batch = 3, classes = 4;

template <class C> using Synapses = Dense<Pulses<S>, C>;
template <class C, class E, class Form = Exchanged, class L = OwnReadout<S>, class R = RateRegularisation<S>>
using Local = PlasticLayer<Synapses<C>, Lif<S>, FastSigmoid<S>, E, L, Form, R,
                           std::conditional_t<std::same_as<C, Convolution>, MaxPooling, NoPooling>>;

template <class L> L layer_of(const auto& rule) {
  L layer{.neuron = {.decay = 0.8, .threshold = 0.4}, .eligibility = rule};
  if constexpr (std::same_as<decltype(layer.pooling), MaxPooling>) {
    layer.projection.connectivity = {5, 6, 2, 3, 3, 1, 1};
    layer.pooling = {5, 6, 3, 2};
  } else {
    layer.projection.connectivity = {9, 6};
  }
  layer.projection.trace = {.decay = 0.7};
  return layer;
}

/// Two layers at work on the same spikes and targets, over five windows with updates in between: how far their gradients,
/// losses and answers come apart, relative to the gradients' size.
template <class A, class B> double apart(const A& a, const B& b, Index steps = 6) {
  typename A::Weights wa = a.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 3});
  typename B::Weights wb{wa.projection, wa.signal};
  auto sa = a.zero_state(Extent{batch}, Generator{.seed = 5});
  auto sb = b.zero_state(Extent{batch}, Generator{.seed = 5});
  auto ca = a.zero_credit(Extent{batch}, steps);
  auto cb = b.zero_credit(Extent{batch}, steps);
  auto la = a.learner(Sgd<S>{0.5});
  auto lb = b.learner(Sgd<S>{0.5});
  Spikes<S> in(Index(a.inputs()), batch);
  double worst = 0;
  std::uint32_t now = 0;
  for (int window = 0; window < 5; ++window) {
    for (Index t = 0; t < steps; ++t, ++now) {
      support::NoisyInput{}(now, 0, in);
      a.step(wa, sa, in);
      b.step(wb, sb, in);
      const Matrix<S> target = laws::uniform<S>(classes, batch, now, -1, 1);
      const S loss = a.credit(wa, sa, target, ca);
      worst = std::max(worst, std::abs(loss - b.credit(wb, sb, target, cb)));
      worst = std::max(worst, deviation(a.output(sa), b.output(sb)));
    }
    const auto ga = a.gradient(wa, sa, ca);
    const auto gb = b.gradient(wb, sb, cb);
    REQUIRE(ga.weight.cwiseAbs().maxCoeff() > 1e-5);
    worst = std::max(worst, deviation(ga.weight, gb.weight));
    worst = std::max(worst, deviation(ga.bias, gb.bias));
    a.update(wa, sa, ca, la);
    b.update(wb, sb, cb, lb);
  }
  return worst;
}
template <class C, class E> double forms_apart(const E& rule, S dropout) {
  auto plain = layer_of<Local<C, E, PerSynapse>>(rule);
  auto fast = layer_of<Local<C, E>>(rule);
  plain.signal = fast.signal = {.classes = classes, .dropout = dropout};
  return apart(plain, fast);
}

/// Instantaneous, by another name: layers do not know that nothing stands between L and ψ.
struct Product {
  using Scalar = S;
  static constexpr int stages = 0, signals = 1;
  Gates<S, 0> gates(const Post<S>& post) const { return {.d = {post.surrogate}}; }
};
template <class C, class E> double from_decolle(const E& rule, S dropout, S regularisation) {
  auto decolle = layer_of<Local<C, Instantaneous<S>>>(Instantaneous<S>{});
  auto other = layer_of<Local<C, E>>(rule);
  decolle.signal = other.signal = {.classes = classes, .dropout = dropout};
  decolle.rate = other.rate = {regularisation};
  return apart(decolle, other);
}
}  // namespace

TEST_CASE("rules that remember learn from a layer's own readout, per synapse and exchanged alike",
          "[learning]") {
  const Eprop<S> eprop{.adaptation_decay = 0.9, .readout_decay = 0.7};
  const TwiceFiltered<S> twice{.synaptic_decay = 0.7, .follow = 0.2};
  for (const S dropout : {0.0, 0.4}) {
    CHECK(forms_apart<AllToAll<>>(eprop, dropout) < 1e-12);
    CHECK(forms_apart<AllToAll<>>(twice, dropout) < 1e-12);
    CHECK(forms_apart<Convolution>(eprop, dropout) < 1e-12);  // pooled
  }
}

TEST_CASE("where nothing is remembered, every rule is DECOLLE's, pooled or not", "[learning]") {
  const Eprop<S> forgetful{.adaptation_decay = 0, .readout_decay = 0};
  for (const S dropout : {0.0, 0.4}) {
    CHECK(from_decolle<AllToAll<>>(forgetful, dropout, 0) < 1e-12);
    CHECK(from_decolle<Convolution>(forgetful, dropout, 0) < 1e-12);
    CHECK(from_decolle<AllToAll<>>(Product{}, dropout, 0.7) < 1e-12);
    CHECK(from_decolle<Convolution>(Product{}, dropout, 0.7) < 1e-12);
  }
}

TEST_CASE("a readout's error may be smoothed; its answers stay", "[learning]") {
  using Plain = Local<AllToAll<>, Eprop<S>>;
  using Smooth = Local<AllToAll<>, Eprop<S>, Exchanged, Smoothed<OwnReadout<S>>>;
  auto plain = layer_of<Plain>(Eprop<S>{});
  auto smooth = layer_of<Smooth>(Eprop<S>{});
  plain.signal = {.classes = classes, .dropout = 0.4};
  smooth.signal = {.signal = plain.signal, .rise = 1, .follow = 1};  // filters that let everything through
  CHECK(smooth.answers() == classes);
  CHECK(apart(plain, smooth) < 1e-12);
}

TEST_CASE("a step without a target is none where nothing is remembered, and one where synapses remember",
          "[learning]") {
  const auto taught = [](auto layer) {
    layer.signal.classes = classes;
    const Network net{layer};
    const auto w = net.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 1});
    auto s = net.zero_state(Extent{batch});
    auto learner = net.learner(Adam<S>{}, Extent{batch}, 2);
    Spikes<S> in(9, batch);
    support::NoisyInput{}(0, 0, in);
    net.step(w, s, in);
    CHECK(net.credit(w, s, NoTarget{}, learner) == 0);
    auto& credit = std::get<0>(learner.credit);
    CHECK(layer.credit(std::get<0>(w), std::get<0>(s), NoTarget{}, credit) == 0);
    return !credit.empty();
  };
  CHECK(!taught(layer_of<Local<AllToAll<>, Instantaneous<S>>>(Instantaneous<S>{})));
  CHECK(taught(layer_of<Local<AllToAll<>, Eprop<S>>>(Eprop<S>{})));
}

TEST_CASE("DECOLLE's surrogate counts in silent neurons, too", "[learning]") {
  auto layer = layer_of<Local<AllToAll<>, Instantaneous<S>>>(Instantaneous<S>{});
  auto product = layer_of<Local<AllToAll<>, Product>>(Product{});
  layer.neuron.refractory_steps = product.neuron.refractory_steps = 3;
  layer.signal = product.signal = {.classes = classes};
  CHECK(apart(layer, product) > 1e-3);  // whose ψ is masked
}

TEST_CASE("a rate term that a rule has no use for is refused", "[learning]") {
  auto layer = layer_of<Local<AllToAll<>, Eprop<S>>>(Eprop<S>{});
  layer.signal.classes = classes;
  layer.rate.strength = 2;
  CHECK(support::error_of<std::invalid_argument>([&] { layer.validate(); }) ==
        "neohebb: PlasticLayer.rate.strength is 2, but the eligibility remembers; RateRegularisation is for "
        "Instantaneous rules");
}
