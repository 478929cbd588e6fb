// Two leaky integrators in a row: the double exponential and, with equal decays, the α-function.
#pragma once
#include <neohebb/trace/decay.hpp>
#include <neohebb/trace/trace.hpp>

namespace neohebb {

namespace detail {

/// P ← α P + a_P Q (the OLD Q);  Q ← β Q + a_Q s;  value P. Refers to its owner's parameters; lives for one
/// call.
template <class Decay> struct Cascade {
  const Decay &membrane, &synaptic;
  bool normalised;

  void step(auto& state, const auto& input) const {
    auto p = state.stage(0), q = state.stage(1);
    if constexpr (shared_by_all<Decay>) {
      step_columns(p, q, input);
    } else {
      leak(p, membrane, normalised, q);
      leak(q, synaptic, normalised, input);
    }
  }
  void step_back(auto& adjoint, const auto& error) const {
    auto p = adjoint.stage(0), q = adjoint.stage(1);
    q = synaptic * q + gain(membrane) * p;
    p = membrane * p + error;
  }
  auto impulse(const auto& adjoint) const { return gain(synaptic) * adjoint.stage(1); }
  Matrix<Decay, 2, 2> transition() const {
    Matrix<Decay, 2, 2> m;
    m << membrane, gain(membrane), Decay(0), synaptic;
    return m;
  }
  Decay gain(Decay decay) const { return normalised ? 1 - decay : Decay(1); }

 private:
  /// Equals both equations one after the other (tests/trace/double_exponential.cpp): each number is read and
  /// written once.
  void step_columns(auto& p_stage, auto& q_stage, const auto& input) const {
    const simd::Evaluator<decltype(input)> in(input);
    const Decay alpha = membrane, beta = synaptic, gain_p = gain(alpha), gain_q = gain(beta);
    for (Index b = 0, rows = p_stage.rows(); b < p_stage.cols(); ++b) {
      Decay* const __restrict p = column_of(p_stage, b), * const __restrict q = column_of(q_stage, b);
      for (Index i = 0; i < rows; ++i) {
        p[i] = unless_vanishing(alpha * p[i] + gain_p * q[i]);
        q[i] = unless_vanishing(beta * q[i] + gain_q * in.coeff(i, b));
      }
    }
  }
};

}  // namespace detail

/// Synapse, then membrane: the ε kernel of a current-based LIF neuron.
///
///     P[t] = α P[t−1] + a_P Q[t−1]      membrane trace, the value     (the OLD Q)
///     Q[t] = β Q[t−1] + a_Q s[t]        synaptic trace
///
/// so a spike reaches P one step later, with the kernel a_P a_Q (αᵐ − βᵐ)/(α − β), m = 0, 1, …
/// Stages: (P, Q). [Kaiser, Mostafa, Neftci 2020, eq. 3]
///
///   parameter        default  symbol
///   membrane_decay   0.97     α = exp(−Δt/τ_mem), scalar or one per input neuron (rows × 1)
///   synaptic_decay   0.92     β = exp(−Δt/τ_syn), likewise
///   normalised       true     a_P = 1 − α, a_Q = 1 − β; otherwise both 1
///
/// zero_state throws std::invalid_argument for decays outside [0, 1], and for columns that are not rows × 1.
template <class S, Coefficient<S> Decay = S> struct DoubleExponential {
  using Scalar = S;
  static constexpr int stages = 2;
  static constexpr bool commutes = shared_by_all<Decay>;
  Decay membrane_decay = default_decay<Decay>(0.97);
  Decay synaptic_decay = default_decay<Decay>(0.92);
  bool normalised = true;

  void validate() const {
    check_decay("DoubleExponential.membrane_decay", membrane_decay);
    check_decay("DoubleExponential.synaptic_decay", synaptic_decay);
  }
  template <int R, int B> Stages<S, R, B, 2> zero_state(Extent<R> rows, Extent<B> batch) const {
    validate();
    check_decay_rows("DoubleExponential.membrane_decay", membrane_decay, rows);
    check_decay_rows("DoubleExponential.synaptic_decay", synaptic_decay, rows);
    return {rows, batch};
  }
  void step(auto& state, const auto& input) const { cascade().step(state, input); }
  auto value(const auto& state) const { return state.stage(0); }
  void step_back(auto& adjoint, const auto& error) const { cascade().step_back(adjoint, error); }
  auto impulse(const auto& adjoint) const { return cascade().impulse(adjoint); }
  Matrix<S, 2, 2> transition() const { return cascade().transition(); }

 private:
  detail::Cascade<Decay> cascade() const { return {membrane_decay, synaptic_decay, normalised}; }
};

/// The α-function: two stages with the same decay, kernel a² m αᵐ⁻¹, m = 0, 1, … (largest near m = τ/Δt).
/// Stages and order as in DoubleExponential.
///
///   parameter    default  symbol
///   decay        0.9      α = exp(−Δt/τ), scalar or one per neuron (rows × 1)
///   normalised   true     a = 1 − α; otherwise 1
///
/// zero_state throws std::invalid_argument for decays outside [0, 1], and for a column that is not rows × 1.
template <class S, Coefficient<S> Decay = S> struct Alpha {
  using Scalar = S;
  static constexpr int stages = 2;
  static constexpr bool commutes = shared_by_all<Decay>;
  Decay decay = default_decay<Decay>(0.9);
  bool normalised = true;

  void validate() const { check_decay("Alpha.decay", decay); }

  template <int R, int B> Stages<S, R, B, 2> zero_state(Extent<R> rows, Extent<B> batch) const {
    validate();
    check_decay_rows("Alpha.decay", decay, rows);
    return {rows, batch};
  }
  void step(auto& state, const auto& input) const { cascade().step(state, input); }
  auto value(const auto& state) const { return state.stage(0); }
  void step_back(auto& adjoint, const auto& error) const { cascade().step_back(adjoint, error); }
  auto impulse(const auto& adjoint) const { return cascade().impulse(adjoint); }
  Matrix<S, 2, 2> transition() const { return cascade().transition(); }

 private:
  detail::Cascade<Decay> cascade() const { return {decay, decay, normalised}; }
};

}  // namespace neohebb
