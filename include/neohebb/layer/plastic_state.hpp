#pragma once
#include <neohebb/learning/eligibility.hpp>
#include <neohebb/neuron/neuron.hpp>
#include <neohebb/projection/projection.hpp>
#include <neohebb/trace/pulses.hpp>

namespace neohebb {

/// What a PlasticLayer holds of one batch. Memory: of every synapse; OfRate, Heard: of the rate term, of the learning signal.
template <class P, class N, Eligibility E, class Memory, class OfRate, class Heard, int B>
struct PlasticState {
  using S = typename E::Scalar;
  static constexpr int Out = extent_of<decltype(std::declval<const P&>().outputs())>;
  static constexpr bool has_trace = detail::has_post_trace<E>;
  typename P::template State<B> projection;
  decltype(make_state(std::declval<const N&>(), std::declval<const P&>().outputs(), Extent<B>{},
                      Generator{})) neuron;
  OfRate rate;
  Memory memory;
  Heard heard;
  Matrix<S, Out, B> drive, psi, signal;
  Matrix<S, has_trace ? Out : 0, has_trace ? B : 0> trace{};  // q, of rules that have one
  S loss = 0;  // of the step credited last, where the signal has one
  static void fields(auto& self, auto&& visit) {
    visit("projection", self.projection);
    visit("neuron", self.neuron);
    visit("rate", self.rate);
    visit("memory", self.memory);
    visit("heard", self.heard);
    if constexpr (has_trace) visit("trace", self.trace);
    visit("loss", self.loss);
  }
  /// q, or nullptr.
  const S* trace_data() const {
    if constexpr (has_trace)
      return trace.data();
    else
      return nullptr;
  }
  /// q of the next step.
  void step_trace(const E& rule, const auto& beta) {
    if constexpr (has_trace)
      for (Index b = 0; b < trace.cols(); ++b)
        for (Index i = 0; i < trace.rows(); ++i) {
          S& q = trace(i, b);
          q = rule.post_trace(q, Post<S>{psi(i, b), S(neuron.spikes.bytes()(i, b)), beta[i], q});
        }
  }
};

namespace detail {
/// Refuses neurons whose adaptation has other sizes, or decays in another way than the rule says.
void check_adaptation(const auto& neuron, const auto& rule, Index units) {
  if constexpr (requires {
                  neuron.adaptation_of(units);
                  neuron.adaptation_decay;
                }) {
    if constexpr (requires { neuron.adaptation_strength.rows(); })
      check_shape("Lif.adaptation_strength (Vector::Zero(units) where nothing adapts)",
                  neuron.adaptation_strength, units, 1);
    if constexpr (requires { rule.adaptation_decay; })
      for (Index i = 0; i < units; ++i)
        NEOHEBB_REQUIRE(neuron.adaptation_of(i) == 0 || rule.adaptation_decay == neuron.adaptation_decay,
                        "PlasticLayer: the eligibility's adaptation_decay is ", rule.adaptation_decay,
                        ", neurons adapt with ", neuron.adaptation_decay, "; they must be the same");
  }
}
/// Refuses a rule that takes spikes from a trace which decays in another way than it says.
void check_presynaptic(const auto& projection, const auto& rule) {
  if constexpr (requires { rule.presynaptic_decay; })
    projection.each_block([&](const auto& part) {
      const auto& trace = innermost(part).trace;
      static_assert(
          arrives_as_pulse<std::decay_t<decltype(trace)>> && requires { trace.decay; },
          "neohebb: this eligibility is for spikes that arrive as Pulses");
      NEOHEBB_REQUIRE(trace.decay == rule.presynaptic_decay,
                      "PlasticLayer: the eligibility's presynaptic_decay is ", rule.presynaptic_decay,
                      ", the projection's trace decays with ", trace.decay, "; they must be the same");
    });
}
}  // namespace detail

}  // namespace neohebb
