#pragma once
#include <neohebb/trace/decay.hpp>
#include <neohebb/trace/pulses.hpp>
#include <neohebb/trace/trace.hpp>

namespace neohebb {

/// Spikes that reach a neuron with a synaptic current of its own, as pulses. Current and membrane filter
/// them. The trace is what they make of an input of weight 1, which is the presynaptic factor of its
/// learning:
///
///     drive = W∘S + b                                   I ← r I + drive,  v ← (1 − f) v + f I[t−1]
///     psp ← psp + f (q + S − psp),  q ← r (q + S)       ∂v/∂w_ij, resets aside: psp[t] is that of v[t+1]
///
/// For the bias S = 1 in every step. Stages: (psp, q), q after its decay; the value is psp.
/// [Zenke & Ganguli 2018, doi 10.1162/neco_a_01086]
///
///   parameter        default   symbol
///   synaptic_decay   0.98      r = exp(−Δt/τ_syn)
///   follow           0.01      f = Δt/τ_mem, above 0
///
/// Throws std::invalid_argument for r outside of [0, 1] and f outside of (0, 1].
template <class S> struct CurrentPulses {
  using Scalar = S;
  static constexpr int stages = 2;
  /// normalised: a spike counts as 1
  static constexpr bool commutes = true, pulses = true, normalised = false;
  S synaptic_decay = S(0.98);
  S follow = S(0.01);

  void validate() const {
    check_decay("CurrentPulses.synaptic_decay", synaptic_decay);
    NEOHEBB_REQUIRE(is_number(follow) && follow > 0 && follow <= 1, "CurrentPulses.follow is ", follow,
                    ", must be above 0 and at most 1; it is the time step over the membrane's time constant");
  }
  /// What multiplies a pulse on its way to the neuron.
  S gain() const { return 1; }

  template <int R, int B> Stages<S, R, B, 2> zero_state(Extent<R> rows, Extent<B> batch) const {
    validate();
    return {rows, batch};
  }
  /// Equals both equations one after the other (tests/trace/current_pulses.cpp): each number is read and
  /// written once.
  void step(auto& state, const auto& input) const {
    auto psp_stage = state.stage(0), q_stage = state.stage(1);
    const simd::Evaluator<decltype(input)> in(input);
    const S r = synaptic_decay, f = follow;
    for (Index b = 0, rows = psp_stage.rows(); b < psp_stage.cols(); ++b) {
      S* const __restrict psp = detail::column_of(psp_stage, b), * const __restrict q =
                                                                     detail::column_of(q_stage, b);
      for (Index i = 0; i < rows; ++i) {
        const S now = q[i] + in.coeff(i, b);
        psp[i] = unless_vanishing(psp[i] + f * (now - psp[i]));
        q[i] = unless_vanishing(r * now);
      }
    }
  }
  auto value(const auto& state) const { return state.stage(0); }
  void step_back(auto& adjoint, const auto& error) const {
    auto psp_stage = adjoint.stage(0), q_stage = adjoint.stage(1);
    const simd::Evaluator<decltype(error)> in(error);
    const S r = synaptic_decay, f = follow;
    for (Index b = 0, rows = psp_stage.rows(); b < psp_stage.cols(); ++b) {
      S* const __restrict psp = detail::column_of(psp_stage, b), * const __restrict q =
                                                                     detail::column_of(q_stage, b);
      for (Index i = 0; i < rows; ++i) {
        q[i] = f * psp[i] + r * q[i];
        psp[i] = (1 - f) * psp[i] + in.coeff(i, b);
      }
    }
  }
  auto impulse(const auto& adjoint) const {
    return follow * adjoint.stage(0) + synaptic_decay * adjoint.stage(1);
  }
  Matrix<S, 2, 2> transition() const {
    Matrix<S, 2, 2> m;
    m << 1 - follow, follow, S(0), synaptic_decay;
    return m;
  }
};

}  // namespace neohebb
