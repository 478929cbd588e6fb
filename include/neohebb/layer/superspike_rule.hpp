// Constants of SuperSpike's neurons and of its rule, in seconds and volts.
#pragma once
#include <limits>
#include <neohebb/learning/van_rossum_error.hpp>
#include <neohebb/neuron/lif.hpp>

namespace neohebb {

/// Leaky integrate-and-fire neurons with a synaptic current, and the eligibility of their synapses.
/// [Zenke & Ganguli 2018, doi 10.1162/neco_a_01086]
///
///     v ← v + (Δt/τ_mem)(v_rest − v + I)              v > θ and not refractory: spike, v ← v_rest, held there
///     I ← I·exp(−Δt/τ_syn), then + w_ij for each spike that arrives
///     q_j: + 1 for a spike that arrives, then psp_j ← psp_j + (Δt/τ_mem)(q_j − psp_j), then q_j ← q_j·exp(−Δt/τ_syn)
///     z_ij ← z_ij·exp(−Δt/τ_syn) + σ'(v_i) psp_j,      σ'(v) = β(1 + β|v − θ|)⁻², 0 below `silent_below`
///     λ_ij ← λ_ij + (Δt/τ_mem)(z_ij − λ_ij)
///     G_ij = Σ_t y_i λ_ij − r w_ij ν_i⁴                y: the smoothed error; ν_i: own spikes, + 1 each, × exp(−Δt/τ_rate)
///
/// A spike arrives `axonal_delay` after it was fired. σ' reads v after the reset. Delays are rounded to steps.
///
///   parameter             default   symbol
///   dt                    0.1 ms    Δt
///   tau_mem, tau_syn      10, 5 ms  τ_mem, τ_syn; also of the error's smoothing
///   rest, threshold       −60, −50 mV   v_rest, θ
///   refractory            5 ms      0 or more
///   axonal_delay          0.8 ms    0 or more
///   steepness             1000 /V   β
///   silent_below          −80 mV
///   eligibility_delay     0         σ' and psp reach z this much later (0.8 ms in the paper's run with random feedback)
///   rate_regularisation   0         r
///   tau_rate              100 ms    τ_rate
struct SuperSpikeRule {
  double dt = 1e-4;
  double tau_mem = 10e-3;
  double tau_syn = 5e-3;
  double rest = -60e-3;
  double threshold = -50e-3;
  double refractory = 5e-3;
  double axonal_delay = 0.8e-3;
  double steepness = 1000;
  double silent_below = -80e-3;
  double eligibility_delay = 0;
  double rate_regularisation = 0;
  double tau_rate = 0.1;

  /// A time in seconds as a number of steps, rounded to the nearest.
  Index steps(const char* what, double seconds) const {
    NEOHEBB_REQUIRE(is_finite(seconds) && seconds >= 0 && seconds / dt < 1e9, what, " is ", seconds,
                    " s, must not be negative, and at most 1e9 steps of ", dt, " s");
    return static_cast<Index>(std::llround(seconds / dt));
  }
  void validate() const {
    detail::euler_gain("SuperSpikeRule.tau_mem", dt, tau_mem);
    detail::euler_gain("SuperSpikeRule.tau_syn", dt, tau_syn);
    detail::euler_gain("SuperSpikeRule.tau_rate", dt, tau_rate);
    steps("SuperSpikeRule.refractory", refractory);
    steps("SuperSpikeRule.axonal_delay", axonal_delay);
    steps("SuperSpikeRule.eligibility_delay", eligibility_delay);
    NEOHEBB_REQUIRE(is_finite(rest) && is_finite(threshold) && threshold > rest,
                    "SuperSpikeRule.threshold is ", threshold,
                    " V, must lie above SuperSpikeRule.rest = ", rest, " V, both finite");
    NEOHEBB_REQUIRE(is_finite(steepness) && steepness > 0, "SuperSpikeRule.steepness is ", steepness,
                    " per volt, must be finite and positive");
    NEOHEBB_REQUIRE(!is_nan(silent_below), "SuperSpikeRule.silent_below is nan");
    NEOHEBB_REQUIRE(is_finite(rate_regularisation) && rate_regularisation >= 0,
                    "SuperSpikeRule.rate_regularisation is ", rate_regularisation,
                    ", must be finite and not negative");
  }
  template <class S> Lif<S> neuron() const {
    return {.decay = static_cast<S>(1 - dt / tau_mem),
            .threshold = static_cast<S>(threshold),
            .rest = static_cast<S>(rest),
            .reset = Reset::to_rest,
            .refractory_steps = static_cast<int>(steps("SuperSpikeRule.refractory", refractory))};
  }
  template <class S> VanRossumError<S> error() const {
    return {.tau_syn = tau_syn, .tau_mem = tau_mem, .dt = dt};
  }
};

/// What a step of the rule multiplies with. The one place where it is made of times.
template <class S> struct SuperSpikeCoefficients {
  S follow;     // f = Δt/τ_mem
  S decay;      // exp(−Δt/τ_syn)
  S leak;       // 1 − f
  S steepness;  // β
  S threshold, silent_below;

  explicit SuperSpikeCoefficients(const SuperSpikeRule& rule)
      : follow(static_cast<S>(rule.dt / rule.tau_mem)),
        decay(static_cast<S>(std::exp(-rule.dt / rule.tau_syn))),
        leak(static_cast<S>(1 - rule.dt / rule.tau_mem)),
        steepness(static_cast<S>(rule.steepness)),
        threshold(static_cast<S>(rule.threshold)),
        silent_below(static_cast<S>(rule.silent_below)) {}
  /// σ'(v)
  S surrogate(S v) const {
    const S d = 1 + steepness * std::abs(v - threshold);
    return v >= silent_below ? steepness / (d * d) : S(0);
  }
};

}  // namespace neohebb
