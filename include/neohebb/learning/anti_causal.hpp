// Eligibilities that also count inputs which come after the neuron: S-TLLR, and STDP that waits for a reward.
#pragma once
#include <neohebb/learning/eligibility.hpp>

namespace neohebb {

/// S-TLLR's: a causal term of the neuron's ψ and what came before, and an anti-causal one of an input spike x
/// and the ψ before it. [Apolinario & Roy 2023, arXiv 2306.15220]
///
///     e = α_pre ψ x̄ + α_post q x,    q[t+1] = λ_post (q + ψ)
///
/// x is what the trace x̄ gains in a step, x̄[t] − λ_pre x̄[t−1]; so x̄ is exponential: Pulses, whose decay
/// is λ_pre. The synapse remembers x̄[t−1]. With α_post = 0 it is OTTT's. [Xiao and others 2022, arXiv
/// 2210.04195]
///
///   parameter            default   symbol
///   presynaptic_decay    0.75      λ_pre, that of the projection's trace
///   postsynaptic_decay   0.75      λ_post
///   causal               1         α_pre
///   anti_causal          -1        α_post
///
/// A PlasticLayer throws std::invalid_argument for decays outside [0, 1], factors that are not finite, and
/// where the trace decays by another λ_pre.
template <class S> struct AntiCausal {
  using Scalar = S;
  static constexpr int stages = 1, signals = 1;
  S presynaptic_decay = S(0.75);
  S postsynaptic_decay = S(0.75);
  S causal = 1;
  S anti_causal = -1;

  void validate() const {
    check_range("AntiCausal.presynaptic_decay", presynaptic_decay, S(0), S(1));
    check_range("AntiCausal.postsynaptic_decay", postsynaptic_decay, S(0), S(1));
    NEOHEBB_REQUIRE(is_finite(causal) && is_finite(anti_causal), "AntiCausal: factors ", causal, " and ",
                    anti_causal, ", must be finite");
  }
  S post_trace(S q, const Post<S>& post) const { return postsynaptic_decay * (q + post.surrogate); }
  Gates<S, 1> gates(const Post<S>& post) const {  // of x̄[t−1]
    const S later = anti_causal * post.trace;
    return {
        .A = {}, .b = {S(1)}, .c = {{{-presynaptic_decay * later}}}, .d = {causal * post.surrogate + later}};
  }
};

/// Pair-based STDP whose changes wait in the synapse for a reward. [Izhikevich 2007, doi
/// 10.1093/cercor/bhl152]
///
///     c ← λ c + A₊ S x̄[t−1] − A₋ q x,    q[t+1] = λ_post q + S,    e = c
///
/// With Reward as its learning signal, weights move by rate·r·c. With λ = 0 and a reward of 1 in every step
/// it is PairStdp, whose pairs it has: coincident spikes do not count. x as in AntiCausal.
///
///   parameter            default   symbol
///   presynaptic_decay    0.95      λ_pre, that of the projection's trace, Pulses
///   postsynaptic_decay   0.95      λ_post
///   eligibility_decay    0.999     λ = exp(−Δt/τ_c), τ_c of about a second
///   potentiation         0.01      A₊
///   depression           0.012     A₋
///
/// A PlasticLayer throws std::invalid_argument for decays outside [0, 1], amplitudes that are not finite, and
/// where the trace decays by another λ_pre.
template <class S> struct RewardStdp {
  using Scalar = S;
  static constexpr int stages = 2, signals = 1;
  S presynaptic_decay = S(0.95);
  S postsynaptic_decay = S(0.95);
  S eligibility_decay = S(0.999);
  S potentiation = S(0.01);
  S depression = S(0.012);

  void validate() const {
    check_range("RewardStdp.presynaptic_decay", presynaptic_decay, S(0), S(1));
    check_range("RewardStdp.postsynaptic_decay", postsynaptic_decay, S(0), S(1));
    check_range("RewardStdp.eligibility_decay", eligibility_decay, S(0), S(1));
    NEOHEBB_REQUIRE(is_finite(potentiation) && is_finite(depression), "RewardStdp: amplitudes ", potentiation,
                    " and ", depression, ", must be finite");
  }
  S post_trace(S q, const Post<S>& post) const { return postsynaptic_decay * q + post.spike; }
  Gates<S, 2> gates(const Post<S>& post) const {  // of x̄[t−1], c
    const S later = depression * post.trace;
    const S before = potentiation * post.spike + presynaptic_decay * later;
    return {.A = {{{S(0), S(0)}, {before, eligibility_decay}}},
            .b = {S(1), -later},
            .c = {{{before, eligibility_decay}}},
            .d = {-later}};
  }
};

}  // namespace neohebb
