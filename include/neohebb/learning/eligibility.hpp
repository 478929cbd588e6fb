// What a synapse remembers of its two neurons until a learning signal comes: the eligibility of a rule.
#pragma once
#include <array>
#include <concepts>
#include <neohebb/core/types.hpp>

namespace neohebb {

/// What a rule may know of the postsynaptic neuron in one step.
template <class S> struct Post {
  S surrogate;   // ψ = σ'(U), for most rules 0 where the neuron is silent after a spike
  S spike;       // 1 where it spiked in this step
  S adaptation;  // β, how far a spike raises its threshold (Lif::adaptation_strength); 0: nothing adapts
  S trace = 0;   // q, what the rule remembers of the neuron from before this step (post_trace)
};

/// One step of D memories of every synapse onto one neuron, and the M eligibilities that are read of them:
///
///     s[t+1] = A s[t] + b x̄[t],    e_m[t] = c_m·s[t] + d_m x̄[t],    ΔW ∝ −Σ_t Σ_m L_m[t] e_m[t]
///
/// x̄: the presynaptic trace. A, b, c, d belong to the neuron and the step, not to the synapse.
template <class S, int D, int M = 1> struct Gates {
  /// N numbers, or N rows of them.
  template <class T, int N> using Array = std::array<T, static_cast<std::size_t>(N)>;
  Array<Array<S, D>, D> A{};  // D × D
  Array<S, D> b{};            // D
  Array<Array<S, D>, M> c{};  // M × D
  Array<S, M> d{};            // M
};

/// A rule of the family "post-gated linear eligibility": a few numbers for each neuron and step say what
/// every synapse onto it remembers. Two algorithms follow from the gates alone, `PerSynapse` and `Exchanged`
/// (headers beside this one), over any projection in a PlasticLayer. A complete one of your own:
///
///     struct Slow {                                     // e ← decay·e + ψ x̄
///       using Scalar = float;
///       static constexpr int stages = 1;                // D
///       static constexpr int signals = 1;               // M
///       float decay = 0.9f;
///       Gates<float, 1> gates(const Post<float>& post) const {
///         return {.A = {{{decay}}}, .b = {post.surrogate}, .c = {{{decay}}}, .d = {post.surrogate}};
///       }
///     };
///
/// Rules without memory (stages = 0) have no gates but d, and cost what the projection's own credit costs.
/// A rule may also have
///
///     S post_trace(S q, const Post<S>& post) const   q of the next step: a memory of the neuron
///     S step_back(post, learning, xi) const          steps back faster than by its gates, for Exchanged
///     static constexpr bool after_reset = true       ψ is of v − θ after the reset, in silent neurons too
///     static constexpr bool also_silent = true       ψ is not 0 where the neuron is silent after a spike
template <class E>
concept Eligibility = requires(const E e, const Post<typename E::Scalar> post) {
  { E::stages } -> std::convertible_to<int>;   // static constexpr int stages
  { E::signals } -> std::convertible_to<int>;  // static constexpr int signals
  // Gates<S, stages, signals> gates(const Post<S>& post) const
  { e.gates(post) } -> std::same_as<Gates<typename E::Scalar, E::stages, E::signals>>;
};

namespace detail {
/// Rules that keep a number for each neuron.
template <class E>
inline constexpr bool has_post_trace = requires(const E e, const Post<typename E::Scalar> post) {
  e.post_trace(typename E::Scalar{}, post);
};
}  // namespace detail

/// Nothing is remembered: e = ψ x̄. DECOLLE, and every rule whose learning signal is local in time. ψ counts
/// in silent neurons, too: a readout of their activity sees their potential.
template <class S> struct Instantaneous {
  using Scalar = S;
  static constexpr int stages = 0, signals = 1;
  static constexpr bool also_silent = true;
  Gates<S, 0> gates(const Post<S>& post) const { return {.d = {post.surrogate}}; }
};

/// SuperSpike's: ψ x̄ through the synapse's and the membrane's filter. ψ is read after the reset, in silent
/// neurons too. [Zenke & Ganguli 2018, doi 10.1162/neco_a_01086]
///
///     z ← r z + ψ x̄,   λ ← λ + f (z − λ),   e = λ
///
///   parameter        default   symbol
///   synaptic_decay   0.98      r = exp(−Δt/τ_syn)
///   follow           0.01      f = Δt/τ_mem
///
/// A PlasticLayer throws std::invalid_argument for an r or f outside [0, 1].
template <class S> struct TwiceFiltered {
  using Scalar = S;
  static constexpr int stages = 2, signals = 1;
  static constexpr bool after_reset = true;
  S synaptic_decay = S(0.98);
  S follow = S(0.01);

  void validate() const {
    check_range("TwiceFiltered.synaptic_decay", synaptic_decay, S(0), S(1));
    check_range("TwiceFiltered.follow", follow, S(0), S(1));
  }
  Gates<S, 2> gates(const Post<S>& post) const {  // of z, λ
    const S r = synaptic_decay, f = follow, psi = post.surrogate;
    return {.A = {{{r, S(0)}, {f * r, 1 - f}}}, .b = {psi, f * psi}, .c = {{{f * r, 1 - f}}}, .d = {f * psi}};
  }
  /// Equals a step backwards by the gates (tests/learning/sweep.cpp), with what its terms share taken out:
  ///
  ///     l = L + ξ_λ,  ζ = f l + ξ_z,  δ = ψ ζ,  ξ_z ← r ζ,  ξ_λ ← (1 − f) l
  S step_back(const Post<S>& post, const std::array<S, 1>& learning, std::array<S, 2>& xi) const {
    const S heard = learning[0] + xi[1], zeta = follow * heard + xi[0];
    xi = {synaptic_decay * zeta, (1 - follow) * heard};
    return post.surrogate * zeta;
  }
};

/// The neuron does not matter: e = x̄. Learning from the likelihood of spikes.
template <class S> struct Presynaptic {
  using Scalar = S;
  static constexpr int stages = 0, signals = 1;
  Gates<S, 0> gates(const Post<S>&) const { return {.d = {S(1)}}; }
};

/// e-prop's eligibility of neurons that may adapt. [Bellec and others 2020, eqs. 22–28, doi
/// 10.1038/s41467-020-17236-y]
///
///     e = ψ (x̄ − β ε),   ε[t+1] = ψ x̄ + (ρ − ψβ) ε       ε: what the threshold remembers of the synapse
///     ē ← κ ē + a e                                       e_0 = ē goes with the readout's error,
///                                                         e_1 = e with a firing-rate term
///
///   parameter          default   symbol
///   adaptation_decay   0.99      ρ, the neuron's: Lif::adaptation_decay
///   readout_decay      0.95      κ, the readout's
///   normalised         false     a = 1 − κ, otherwise 1
///
/// A PlasticLayer throws std::invalid_argument for decays outside [0, 1], and if neurons adapt by another ρ.
template <class S> struct Eprop {
  using Scalar = S;
  static constexpr int stages = 2, signals = 2;
  S adaptation_decay = S(0.99);
  S readout_decay = S(0.95);
  bool normalised = false;

  void validate() const {
    check_range("Eprop.adaptation_decay", adaptation_decay, S(0), S(1));
    check_range("Eprop.readout_decay", readout_decay, S(0), S(1));
  }
  Gates<S, 2, 2> gates(const Post<S>& post) const {
    const S psi = post.surrogate, fall = -psi * post.adaptation, a = normalised ? 1 - readout_decay : S(1);
    return {.A = {{{adaptation_decay + fall, S(0)}, {a * fall, readout_decay}}},
            .b = {psi, a * psi},
            .c = {{{a * fall, readout_decay}, {fall, S(0)}}},
            .d = {a * psi, psi}};
  }
  /// Equals a step backwards by the gates (tests/learning/sweep.cpp), with what its terms share taken out:
  ///
  ///     l = L_0 + ξ_1,  δ = ψ (a l + L_1 + ξ_0),  ξ_0 ← ρ ξ_0 − β δ,  ξ_1 ← κ l
  S step_back(const Post<S>& post, const std::array<S, 2>& learning, std::array<S, 2>& xi) const {
    const S a = normalised ? 1 - readout_decay : S(1), heard = learning[0] + xi[1];
    const S delta = post.surrogate * (a * heard + learning[1] + xi[0]);
    xi = {adaptation_decay * xi[0] - post.adaptation * delta, readout_decay * heard};
    return delta;
  }
};

/// The same with a firing-rate term whose eligibility is filtered as well, for rates that are averaged while
/// the neuron runs: e_1 ← κ_r e_1 + (1 − κ_r) e. [Korcsak-Gorzo and others 2025, arXiv 2511.21674]
///
///   parameter     default   symbol
///   rate_decay    0.95      κ_r; the others as in Eprop
///
/// A PlasticLayer throws std::invalid_argument as for Eprop.
template <class S> struct EpropRunning {
  using Scalar = S;
  static constexpr int stages = 3, signals = 2;
  S adaptation_decay = S(0.99);  // ρ
  S readout_decay = S(0.95);     // κ
  S rate_decay = S(0.95);

  void validate() const {
    check_range("EpropRunning.adaptation_decay", adaptation_decay, S(0), S(1));
    check_range("EpropRunning.readout_decay", readout_decay, S(0), S(1));
    check_range("EpropRunning.rate_decay", rate_decay, S(0), S(1));
  }
  Gates<S, 3, 2> gates(const Post<S>& post) const {
    const S psi = post.surrogate, fall = -psi * post.adaptation, kappa = readout_decay, r = rate_decay;
    return {.A = {{{adaptation_decay + fall, S(0), S(0)}, {fall, kappa, S(0)}, {(1 - r) * fall, S(0), r}}},
            .b = {psi, psi, (1 - r) * psi},
            .c = {{{fall, kappa, S(0)}, {(1 - r) * fall, S(0), r}}},
            .d = {psi, (1 - r) * psi}};
  }
};

}  // namespace neohebb
