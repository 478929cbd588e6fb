// Terms that pull firing rates towards a target, for rules with a second learning signal.
#pragma once
#include <neohebb/core/types.hpp>

namespace neohebb {

/// E = ½ c Σ_i (f_i − f*)², f_i the rate of neuron i over a window and the batch. Its learning signal is the
/// same in all steps of the window, and known at its end:  L_1i = c (f_i − f*) / (steps · samples). [Bellec
/// and others 2020, eq. 37]
///
///   parameter        default   symbol
///   strength         0         c ≥ 0
///   target           0.01      f*, spikes per step
///   of_each_sample   false     every sample's own rate counts, as if each were a batch of its own
///
/// A PlasticLayer throws std::invalid_argument for c < 0, and for c > 0 where the rule has no second signal.
template <class S> struct WindowRate {
  static constexpr bool late = true;
  S strength = 0;
  S target = S(0.01);
  bool of_each_sample = false;

  void validate() const {
    NEOHEBB_REQUIRE(is_finite(strength) && strength >= 0, "WindowRate.strength is ", strength,
                    ", must be finite and not negative");
    NEOHEBB_REQUIRE(is_finite(target), "WindowRate.target is ", target, ", must be finite");
  }
  template <int N, int B> struct State {};
  template <int N, int B> State<N, B> zero_state(Extent<N>, Extent<B>) const { return {}; }
  /// Replaces each chunk's spike counts by the whole batch's means. each_credit(use) calls use(credit) for
  /// every chunk; a credit has counts, units × samples, and share, of the batch.
  void gather_batch_rates(auto&& each_credit) const {
    if (of_each_sample) return;
    Index units = 0;
    each_credit([&](auto& c) { units = c.counts.rows(); });
    for (Index i = 0; i < units; ++i) {
      S whole = 0;
      each_credit([&](auto& c) { whole += c.share * c.counts.row(i).mean(); });
      each_credit([&](auto& c) { c.counts.row(i).setConstant(whole); });
    }
  }
  /// counts: spikes in the window, units × batch; become L_1. share: of the batch that these samples are;
  /// counts are then the whole batch's means.
  void operator()(auto& counts, Index steps, S share = 1) const {
    const S each = 1 / static_cast<S>(steps), samples = static_cast<S>(counts.cols()) / share;
    if (!of_each_sample)
      for (Index i = 0; i < counts.rows(); ++i) counts.row(i).setConstant(counts.row(i).mean());
    counts = (strength * each / samples * (each * counts.array() - target)).matrix();
  }
};

/// The same with a rate that is averaged while the neuron runs, for updates at every step:
///
///     f ← κ_r f + (1 − κ_r) z,  L_1 = c (f − f*) / samples
///
/// [Korcsak-Gorzo and others 2025, arXiv 2511.21674]
///
///   parameter   default   symbol
///   strength    0         c ≥ 0
///   target      0.01      f*, spikes per step
///   decay       0.97      κ_r
///
/// A PlasticLayer throws std::invalid_argument for κ_r outside [0, 1], and as for WindowRate.
template <class S> struct RunningRate {
  static constexpr bool late = false;
  S strength = 0;
  S target = S(0.01);
  S decay = S(0.97);

  void validate() const {
    NEOHEBB_REQUIRE(is_finite(strength) && strength >= 0, "RunningRate.strength is ", strength,
                    ", must be finite and not negative");
    NEOHEBB_REQUIRE(is_finite(target), "RunningRate.target is ", target, ", must be finite");
    check_range("RunningRate.decay", decay, S(0), S(1));
  }
  template <int N, int B> struct State {
    Matrix<S, N, B> rate;
    static void fields(auto& self, auto&& visit) { visit("rate", self.rate); }
  };
  template <int N, int B> State<N, B> zero_state(Extent<N> units, Extent<B> batch) const {
    return {zeros<S>(units, batch)};
  }
  void step(auto& state, const auto& spikes) const {
    state.rate = decay * state.rate + (1 - decay) * spikes.dense();
  }
  void operator()(const auto& state, auto& signal) const {
    signal = (strength / static_cast<S>(state.rate.cols()) * (state.rate.array() - target)).matrix();
  }
};

}  // namespace neohebb
