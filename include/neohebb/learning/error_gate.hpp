// A gate on any learning signal: small errors change nothing.
#pragma once
#include <cmath>
#include <cstdint>
#include <neohebb/learning/learning_signal.hpp>

namespace neohebb {

/// Error-triggered learning: L where |L| ≥ θ, otherwise 0; so a synapse changes only where its neuron's error
/// is large. [Payvand, Fouda, Kurdahi, Eltawil, Neftci 2020, doi 10.1109/AICAS48895.2020.9073998]
///
///     ErrorGate<Broadcast<float>>{.signal = {.outputs = 10}, .threshold = 0.01f}
///
/// |L| is of one sample: it counts as if the batch's mean were a sum. A threshold of 0 lets everything
/// through. What it saves is in the state: of `errors` pairs of a neuron and a step, `passed` had an error to
/// learn from.
///
///   parameter   default   meaning
///   signal      —         any LearningSignal
///   threshold   0         θ ≥ 0
///
/// zero_state throws std::invalid_argument for a θ that is negative or not finite, and as `signal` does.
template <class L> struct ErrorGate {
  using Scalar = typename L::Scalar;
  static constexpr bool broadcast = requires { requires L::broadcast; };
  static constexpr bool sends_error = requires { requires L::sends_error; };
  L signal{};
  Scalar threshold = 0;

  void validate() const {
    validate_if_possible(signal);
    NEOHEBB_REQUIRE(is_finite(threshold) && threshold >= 0, "ErrorGate.threshold is ", threshold,
                    ", must be finite and not negative");
  }
  auto initial_weights(const auto& units, const Generator& generator) const {
    return signal.initial_weights(units, generator);
  }
  void attach_readout(auto& weights, const auto& readout, Index sent, Index units) const requires broadcast {
    signal.attach_readout(weights, readout, sent, units);
  }
  template <class Own> struct State {
    Own own;                              // of the signal behind the gate
    std::int64_t errors = 0, passed = 0;  // errors: so far; passed: those above the threshold
    static void fields(auto& self, auto&& visit) {
      visit("own", self.own);
      visit("errors", self.errors);
      visit("passed", self.passed);
    }
  };
  auto zero_state(const auto& units, const auto& batch) const {
    validate();
    auto own = signal.zero_state(units, batch);
    return State<decltype(own)>{std::move(own)};
  }
  Index targets(Index units) const requires(requires(const L l, Index n) { l.targets(n); }) {
    return signal.targets(units);
  }
  Scalar operator()(const auto& weights, auto& state, const auto& target, const auto& population,
                    auto& out) const {
    const Scalar loss = signal(weights, state.own, target, population, out);
    const Scalar least = threshold * population.share / static_cast<Scalar>(out.cols());
    Scalar* const error = out.data();
    Index passed = 0;
    for (Index i = 0, n = out.size(); i < n; ++i) {
      const bool large = std::abs(error[i]) >= least;
      error[i] = large ? error[i] : Scalar(0);
      passed += large;
    }
    if constexpr (!is_no_target<decltype(target)>) {
      state.errors += out.size();
      state.passed += passed;
    }
    return loss;
  }
  const auto& sent_error(const auto& state) const requires sends_error {
    return signal.sent_error(state.own);
  }
};

}  // namespace neohebb
