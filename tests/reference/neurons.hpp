// One neuron of each kind, one sample, written as a scalar loop.
#pragma once
#include <neohebb/neuron/lif.hpp>

namespace reference {

/// Leaky integrate-and-fire: parameters are the library's, the loop is not.
template <class S> struct PlainLif {
  neohebb::Lif<S> p;
  S v, adaptation = 0, potential = 0;
  int held = 0;
  bool spike = false, silent = false;

  explicit PlainLif(const neohebb::Lif<S>& parameters) : p(parameters), v(parameters.rest) {}
  void step(S drive) {
    adaptation = p.adaptation_decay * adaptation + p.adaptation_strength * (spike ? S(1) : S(0));
    const S threshold = p.threshold + adaptation;
    if (held == 0 || p.integrates_while_refractory) v = p.rest + p.decay * (v - p.rest) + drive;
    if (p.reset == neohebb::Reset::by_threshold_later && spike) v -= p.threshold - p.rest;
    potential = v - threshold;
    silent = held > 0;
    spike = held == 0 && potential > 0;
    if (held > 0) --held;
    if (!spike) return;
    held = p.refractory_steps;
    if (p.reset == neohebb::Reset::to_zero) v = 0;
    if (p.reset == neohebb::Reset::to_rest) v = p.rest;
    if (p.reset == neohebb::Reset::to_value) v = p.reset_value;
    if (p.reset == neohebb::Reset::by_threshold) v -= threshold;
    if (p.reset == neohebb::Reset::by_base_threshold) v -= p.threshold - p.rest;
  }
};

/// R[t] = γ R[t−1] − (1−γ) ρ S[t−1];  U[t] = drive + R[t];  S[t] = Θ(U[t])
template <class S> struct PlainSrm {
  S gamma, rho, r = 0, u = 0;
  bool spike = false;
  void step(S drive) {
    r = gamma * r - (1 - gamma) * rho * (spike ? S(1) : S(0));
    u = drive + r;
    spike = u > 0;
  }
};

}  // namespace reference
