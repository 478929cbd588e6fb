// Errors between spike trains as SuperSpike sees them: the difference, smoothed twice, while it happens.
#pragma once
#include <neohebb/trace/decay.hpp>

namespace neohebb {

namespace detail {
/// Δt/τ, the gain of an Euler step.
inline double euler_gain(const char* what, double dt, double tau) {
  NEOHEBB_REQUIRE(is_finite(dt) && dt > 0, "the time step dt is ", dt, " s, must be positive");
  NEOHEBB_REQUIRE(is_finite(tau) && tau >= dt, what, " is ", tau,
                  " s, must be finite and not shorter than the time step of ", dt, " s");
  return dt / tau;
}
}  // namespace detail

/// The difference of two spike trains through two leaky integrators, step by step.
///
///     x ← x + (Δt/τ_syn)(e − x),   y ← y + (Δt/τ_mem)(x − y)      e: target − output spikes of this step
///
/// [Zenke & Ganguli 2018, equation 9: the gradient of the van Rossum distance's square] Times in seconds.
/// Throws std::invalid_argument for time constants shorter than a step and for an error of another size.
template <class S> struct VanRossumError {
  using Scalar = S;
  double tau_syn = 5e-3;
  double tau_mem = 10e-3;
  double dt = 1e-4;

  void validate() const {
    detail::euler_gain("VanRossumError.tau_syn", dt, tau_syn);
    detail::euler_gain("VanRossumError.tau_mem", dt, tau_mem);
  }
  template <int N> struct State {
    Vector<S, N> x, y;  // y: the smoothed error
    S rise, follow;     // Δt/τ_syn, Δt/τ_mem
    static void fields(auto& self, auto&& visit) {
      visit("x", self.x);
      visit("y", self.y);
    }
  };
  template <int N> State<N> zero_state(Extent<N> neurons) const {
    validate();
    return {zeros<S>(neurons, Extent<1>{}), zeros<S>(neurons, Extent<1>{}), static_cast<S>(dt / tau_syn),
            static_cast<S>(dt / tau_mem)};
  }
  /// e: neurons × 1.
  void step(auto& state, const auto& e) const {
    check_shape("VanRossumError: the error", e, state.x.size(), 1);
    const S rise = state.rise, follow = state.follow;
    const simd::Evaluator<decltype(e)> raw(e);
    S* const __restrict x = state.x.data();
    S* const __restrict y = state.y.data();
    for (Index i = 0; i < state.x.size(); ++i) {
      x[i] = unless_vanishing(x[i] + rise * (raw.coeff(i, 0) - x[i]));
      y[i] = unless_vanishing(y[i] + follow * (x[i] - y[i]));
    }
  }
};

/// How wrong a population's spikes were of late: the mean of y² over neurons, averaged over time with a leak,
/// as the published learning curves show it. A steady rate of r lone spikes too many or too few per neuron
/// measures r (Δt/(τ_mem τ_syn))² s², 4 r at the defaults. The squared van Rossum distance, up to that
/// factor.
///
///     a ← a·exp(−Δt/τ) + Δt·mean_i(y_i²)
///     error = a · N/(1 − exp(−t/τ)),  N = 1/[ τ (ab/(a−b))² (a/2 + b/2 − 2ab/(a+b)) ],  a = τ_mem, b = τ_syn
///
/// Times in seconds; t: since the state was made. Throws std::invalid_argument where τ_mem = τ_syn.
struct VanRossumMeasure {
  double tau = 10;
  double tau_syn = 5e-3;
  double tau_mem = 10e-3;
  double dt = 1e-4;

  void validate() const {
    detail::euler_gain("VanRossumMeasure.tau", dt, tau);
    detail::euler_gain("VanRossumMeasure.tau_syn", dt, tau_syn);
    detail::euler_gain("VanRossumMeasure.tau_mem", dt, tau_mem);
    NEOHEBB_REQUIRE(tau_mem != tau_syn, "VanRossumMeasure.tau_mem and tau_syn are both ", tau_mem,
                    " s, must differ");
  }
  struct State {
    double average = 0;  // a
    Index steps = 0;
    double decay = 0;  // exp(−Δt/τ)
    static void fields(auto& self, auto&& visit) {
      visit("average", self.average);
      visit("steps", self.steps);
    }
  };
  State zero_state() const {
    validate();
    return {0, 0, std::exp(-dt / tau)};
  }
  /// y: neurons × 1, of VanRossumError.
  void step(State& state, const auto& y) const {
    state.average = state.average * state.decay +
                    dt * static_cast<double>(y.squaredNorm()) / static_cast<double>(y.size());
    ++state.steps;
  }
  /// 0 before the first step.
  double value(const State& state) const {
    if (state.steps == 0) return 0;
    const double a = tau_mem, b = tau_syn, peak = a * b / (a - b);
    const double norm = 1 / (tau * peak * peak * (a / 2 + b / 2 - 2 * a * b / (a + b)));
    return state.average * norm / (1 - std::exp(-static_cast<double>(state.steps) * dt / tau));
  }
};

}  // namespace neohebb
