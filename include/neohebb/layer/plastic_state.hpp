#pragma once
#include <neohebb/layer/pooling.hpp>
#include <neohebb/learning/eligibility.hpp>
#include <neohebb/learning/learning_signal.hpp>
#include <neohebb/neuron/neuron.hpp>
#include <neohebb/neuron/surrogate.hpp>
#include <neohebb/projection/projection.hpp>
#include <neohebb/trace/pulses.hpp>

namespace neohebb {

namespace detail {
template <class P> inline constexpr int neurons_of = extent_of<decltype(std::declval<const P&>().outputs())>;
/// What a pooling shows of a projection's neurons.
template <class P, class Pooling>
inline constexpr int units_of =
    extent_of<decltype(std::declval<const Pooling&>().units(std::declval<const P&>().outputs()))>;
template <class P, class N, int B>
using NeuronState = decltype(make_state(std::declval<const N&>(), std::declval<const P&>().outputs(),
                                        Extent<B>{}, Generator{}));
template <class S, class P, class Pooling, int B>
using PoolingState = decltype(std::declval<const Pooling&>().template zero_state<S>(
    std::declval<const P&>().outputs(), Extent<B>{}));
}  // namespace detail

/// What a PlasticLayer holds of one batch. Memory: of every synapse; OfRate, OfSignal: of the rate term, of
/// the learning signal. gates: whether ψ is looked at apart from the signal, which is δ otherwise.
template <class P, class N, Eligibility E, class Memory, class OfRate, class OfSignal, class Pooling,
          bool gates, int B>
struct PlasticState {
  using S = typename E::Scalar;
  static constexpr int Out = detail::neurons_of<P>, Units = detail::units_of<P, Pooling>;
  /// Whether the rule remembers something of each neuron.
  static constexpr bool has_trace = detail::has_post_trace<E>;
  typename P::template State<B> projection;
  detail::NeuronState<P, N, B> neuron;
  detail::PoolingState<S, P, Pooling, B> pooling;
  OfRate rate;
  Memory memory;  // of each synapse
  OfSignal signal_state;
  Matrix<S, Out, B> drive;
  Matrix<S, Units, B> signal;
  Matrix<S, gates ? Out : 0, gates ? B : 0> psi{};
  Matrix<S, has_trace ? Out : 0, has_trace ? B : 0> trace{};  // q, of rules that have one
  S loss = 0;  // of the step credited last, where the signal has one
  static void fields(auto& self, auto&& visit) {
    visit("projection", self.projection);
    visit("neuron", self.neuron);
    visit("pooling", self.pooling);
    visit("rate", self.rate);
    visit("memory", self.memory);
    visit("signal_state", self.signal_state);
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
/// What pooling shows of a neuron's state, in its place.
template <class Potential, class Shown> struct ShownState {
  const Potential& potential;
  const Shown& spikes;
};
/// use(the state that others see)
decltype(auto) with_shown(const auto& pooling, auto& s, auto&& use) {
  if constexpr (std::same_as<std::decay_t<decltype(pooling)>, NoPooling>) {
    return use(s.neuron);
  } else {
    const auto& u = pooling.potential(s.pooling, s.neuron);
    const auto& spikes = pooling.spikes(s.pooling, s.neuron);
    const ShownState<std::decay_t<decltype(u)>, std::decay_t<decltype(spikes)>> shown{u, spikes};
    return use(shown);
  }
}
/// ψ of the last step, as the rule E has it.
template <class E> void find_surrogate(const auto& surrogate, const auto& neuron, auto& s) {
  if constexpr (requires { requires E::after_reset; }) {
    surrogates(surrogate, s.neuron.membrane, neuron.threshold, s.psi);
  } else {
    surrogates(surrogate, s.neuron.potential, typename E::Scalar(0), s.psi);
    if constexpr (
        !requires { requires E::also_silent; } && requires { neuron.mask_refractory(s.neuron, s.psi); })
      neuron.mask_refractory(s.neuron, s.psi);
  }
}
/// Refuses a rate term that the rule E has no use for.
template <class R, class E> void check_rate(const R& rate) {
  constexpr bool two = E::signals > 1, remembers = E::stages > 0 || two;
  rate.validate();
  if constexpr (requires { requires R::heterosynaptic; })
    NEOHEBB_REQUIRE(remembers || rate.strength == 0, "PlasticLayer.rate.strength is ", rate.strength,
                    ", but the eligibility has no stages; Heterosynaptic is for rules that remember");
  else if constexpr (requires { requires R::by_potential; })
    NEOHEBB_REQUIRE(!remembers || rate.strength == 0, "PlasticLayer.rate.strength is ", rate.strength,
                    ", but the eligibility remembers; RateRegularisation is for Instantaneous rules");
  else
    NEOHEBB_REQUIRE(two || rate.strength == 0, "PlasticLayer.rate.strength is ", rate.strength,
                    ", but the eligibility has no second signal for it; Eprop has one");
}
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
