#pragma once
#include <neohebb/trace/decay.hpp>
#include <neohebb/trace/trace.hpp>

namespace neohebb {

/// Single exponential:  x ← α x + a s,  a = 1 − α (normalised) or 1.
/// A spike is felt in its own step: the kernel is a·αᵐ, m = 0, 1, …
///
///   parameter    default  symbol
///   decay        0.95     α = exp(−Δt/τ), scalar or one per neuron (rows × 1)
///   normalised   true     a = 1 − α, so that a constant input of 1 leads to 1
///
/// zero_state throws std::invalid_argument for decays outside [0, 1], and for a column that is not rows × 1.
template <class S, Coefficient<S> Decay = S> struct Exponential {
  using Scalar = S;
  static constexpr int stages = 1;
  static constexpr bool commutes = shared_by_all<Decay>;
  Decay decay = default_decay<Decay>(0.95);
  bool normalised = true;

  void validate() const { check_decay("Exponential.decay", decay); }

  template <int R, int B> Stages<S, R, B, 1> zero_state(Extent<R> rows, Extent<B> batch) const {
    validate();
    check_decay_rows("Exponential.decay", decay, rows);
    return {rows, batch};
  }
  void step(auto& state, const auto& input) const { leak(state.stage(0), decay, normalised, input); }
  auto value(const auto& state) const { return state.stage(0); }

  void step_back(auto& adjoint, const auto& error) const {
    auto x = adjoint.stage(0);
    x = decay * x + error;
  }
  auto impulse(const auto& adjoint) const { return (normalised ? 1 - decay : S(1)) * adjoint.stage(0); }
  Matrix<S, 1, 1> transition() const { return Matrix<S, 1, 1>::Constant(decay); }
};

}  // namespace neohebb
