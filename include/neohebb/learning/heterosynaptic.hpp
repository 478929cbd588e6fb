// A term that weakens the synapses onto neurons that fire much.
#pragma once
#include <neohebb/core/types.hpp>

namespace neohebb {

/// Every synapse onto a busy neuron weakens, whichever input fired:
///
///     ν ← λ ν + S,   ΔW_ij = −rate·scale·r W_ij Σ_t ν_i⁴ / samples
///
/// [Zenke & Ganguli 2018, section 3.6] For PlasticLayers, in place of WindowRate.
///
///   parameter   default   symbol
///   strength    0         r ≥ 0
///   decay       0.999     λ = exp(−Δt/τ_rate)
///   scale       1         as in Smoothed
///
/// A PlasticLayer throws std::invalid_argument for r < 0, λ outside [0, 1], and r > 0 without stages.
template <class S> struct Heterosynaptic {
  /// late: known before the window's end; heterosynaptic: it pulls at weights, and sends no signal
  static constexpr bool late = false, heterosynaptic = true;
  S strength = 0;
  S decay = S(0.999);
  S scale = 1;

  void validate() const {
    NEOHEBB_REQUIRE(is_finite(strength) && strength >= 0, "Heterosynaptic.strength is ", strength,
                    ", must be finite and not negative");
    check_range("Heterosynaptic.decay", decay, S(0), S(1));
    NEOHEBB_REQUIRE(is_finite(scale), "Heterosynaptic.scale is ", scale, ", must be finite");
  }
  template <int N, int B> struct State {
    Matrix<S, N, B> rate;
    static void fields(auto& self, auto&& visit) { visit("rate", self.rate); }
  };
  template <int N, int B> State<N, B> zero_state(Extent<N> units, Extent<B> batch) const {
    return {zeros<S>(units, batch)};
  }
  void step(auto& state, const auto& spikes) const { state.rate = decay * state.rate + spikes.dense(); }
  /// sum: Σ_t ν⁴, units × batch.
  void add(const auto& state, auto& sum) const { sum.array() += state.rate.array().square().square(); }
  /// Adds the gradient to a projection's credit: each neuron's weights times the sum's first column, which
  /// becomes that factor. share: of the batch that these samples are.
  void pull(const auto& projection, const auto& weights, auto& sum, S share, auto& credit) const {
    for (Index b = 1; b < sum.cols(); ++b) sum.col(0) += sum.col(b);
    sum.col(0) *= strength * scale * share / static_cast<S>(sum.cols());
    projection.each_block([&](const auto& part, const auto& of,
                              auto& of_projection) { part.pull(of, sum.col(0), of_projection); },
                          weights, credit);
  }
};

}  // namespace neohebb
