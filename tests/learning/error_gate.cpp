// Errors below a threshold change nothing, and are counted.
#include <neohebb/layer/plastic.hpp>
#include <neohebb/learning/error_gate.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/label_projection.hpp>
#include <neohebb/learning/target_spikes.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/pulses.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using S = double;
using M = Matrix<S>;

namespace {
constexpr Index inputs = 7, units = 6, outputs = 3, batch = 4, steps = 20;
template <class L> using Local = PlasticLayer<Dense<Pulses<S>>, Lif<S>, FastSigmoid<S>, Eprop<S>, L>;
static_assert(LearningSignal<ErrorGate<Broadcast<S>>> && LearningSignal<ErrorGate<LabelProjection<S>>> &&
              LearningSignal<ErrorGate<TargetSpikes<S>>>);
static_assert(Local<ErrorGate<Broadcast<S>>>::receives_readout_error &&
              !Local<ErrorGate<TargetSpikes<S>>>::receives_readout_error);

template <class L> Local<L> layer_of(const L& signal) {
  return {.projection = {.connectivity = {inputs, units}, .trace = {.decay = 0.8}},
          .neuron = {.decay = 0.8, .threshold = 0.6},
          .surrogate = {.steepness = 2},
          .signal = signal};
}
/// The gradient of some steps; seen(state) after each.
template <class Layer> M gradient_of(const Layer& layer, auto&& seen) {
  const auto w = layer.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 2});
  auto state = layer.zero_state(Extent{batch});
  auto credit = layer.zero_credit(Extent{batch}, steps);
  Spikes<S> in(inputs, batch);
  const M readout = laws::uniform<S>(outputs, units, 77, -1, 1);
  for (std::uint32_t t = 0; t < steps; ++t) {
    in.assign(laws::uniform<S>(inputs, batch, t, 0, 1).array() < 0.3);
    layer.step(w, state, in);
    const M error = laws::uniform<S>(outputs, batch, 100 + t, -1, 1) / S(batch);
    layer.credit(w, state, ReadoutError{error, readout}, credit);
    seen(state);
  }
  return layer.gradient(w, state, credit).weight;
}
}  // namespace

TEST_CASE("a threshold of 0 never skips: the numbers are those without a gate", "[learning]") {
  const Broadcast<S> signal{.outputs = outputs};
  std::int64_t errors = 0, passed = 0;
  const M gated = gradient_of(layer_of(ErrorGate<Broadcast<S>>{signal}), [&](const auto& s) {
    errors = s.signal_state.errors;
    passed = s.signal_state.passed;
  });
  CHECK(gated == gradient_of(layer_of(signal), [](const auto&) {}));
  CHECK(errors == steps * batch * units);
  CHECK(passed == errors);
}

TEST_CASE("errors of one sample below the threshold are none, and are counted", "[learning]") {
  const Broadcast<S> signal{.outputs = outputs};
  std::vector<M> plain;
  gradient_of(layer_of(signal), [&](const auto& s) { plain.push_back(s.signal); });
  std::int64_t large = 0;
  std::size_t t = 0;
  const M gradient = gradient_of(layer_of(ErrorGate<Broadcast<S>>{signal, 0.5}), [&](const auto& s) {
    const M kept = (S(batch) * plain[t].array().abs() >= 0.5).template cast<S>();
    CHECK(s.signal == M(plain[t].cwiseProduct(kept)));
    large += static_cast<std::int64_t>(kept.sum());
    ++t;
    CHECK(s.signal_state.passed == large);
  });
  CHECK(large > 0);
  CHECK(large < steps * batch * units);
  CHECK(gradient.cwiseAbs().maxCoeff() > 0);
  CHECK(gradient_of(layer_of(ErrorGate<Broadcast<S>>{signal, 1e9}), [](const auto&) {}).isZero(0));
}

TEST_CASE("a gate hands on what its signal can: targets, and a message", "[learning]") {
  CHECK(layer_of(ErrorGate<LabelProjection<S>>{{.classes = 5}}).answers() == 5);
  CHECK(layer_of(ErrorGate<Broadcast<S>>{{.outputs = 5}}).answers() == 0);
  CHECK(reference::contains(reference::message_of([] {
                              ErrorGate<Broadcast<S>>{{.outputs = 5}, -1}.validate();
                            }),
                            "threshold is -1"));
}
