#pragma once
#include <algorithm>
#include <cmath>
#include <neohebb/core/types.hpp>

namespace neohebb {

/// Keeps firing rates between silence and saturation. [Kaiser, Mostafa, Neftci 2020; the published program's
/// form]
///
///     strength·mean(relu(U + 0.01)) + strength·0.003·relu(mean(0.1 − σ(U)))
///
/// means over all neurons and samples of the batch, σ the logistic function. The second mean is taken over
/// the whole batch before it is rectified, so chunks of a batch must share it: `quietness` of each, then
/// their mean. For PlasticLayers whose rules have no memory: its gradient joins δ.
///
///   parameter   default
///   strength    0         ≥ 0
///
/// A PlasticLayer throws std::invalid_argument for strength < 0, and > 0 where the rule has a memory.
template <class S> struct RateRegularisation {
  static constexpr bool late = false, by_potential = true;
  S strength = 0;

  void validate() const {
    NEOHEBB_REQUIRE(is_finite(strength) && strength >= 0, "RateRegularisation.strength is ", strength,
                    ", must be finite and not negative");
  }
  template <int N, int B> struct State {
    static void fields(auto&, auto&&) {}
  };
  template <int N, int B> State<N, B> zero_state(Extent<N>, Extent<B>) const { return {}; }
  /// mean(0.1 − σ(U)) of these samples.
  static S quietness(const auto& potential) {
    S sum = 0;
    each_activity(potential, [&](const auto& a, Index, Index) { sum += a.sum(); });
    return S(0.1) - sum / S(potential.size());
  }

  /// Adds share × ∂/∂U to δ; returns share × value. quiet: of the whole batch; share: these samples' part of
  /// it.
  S add(const auto& potential, auto& delta, S share, S quiet) const {
    const S high = share * strength, low = S(0.003) * high, n = S(potential.size()), step = high / n;
    S above = 0;
    for (Index b = 0; b < potential.cols(); ++b)
      for (Index i = 0; i < potential.rows(); ++i) {
        const S u = potential(i, b) + S(0.01);
        delta(i, b) += u > 0 ? step : S(0);
        above += std::max(u, S(0));
      }
    if (quiet > 0)
      each_activity(potential, [&](const auto& a, Index first, Index b) {
        for (Index i = 0; i < a.size(); ++i) delta(first + i, b) -= low / n * (a[i] * (S(1) - a[i]));
      });
    return high * (above / n) + low * std::max(quiet, S(0));
  }

 private:
  /// use(σ(U) of some neurons, the first of them, sample).
  static void each_activity(const auto& potential, auto&& use) {
    constexpr Index most = 128;
    Eigen::Array<S, most, 1> room;
    for (Index b = 0; b < potential.cols(); ++b)
      for (Index first = 0; first < potential.rows(); first += most) {
        Eigen::Map<Eigen::Array<S, Dynamic, 1>> a(room.data(), std::min(most, potential.rows() - first));
        for (Index i = 0; i < a.size(); ++i) a[i] = -potential(first + i, b);
        a = (S(1) + a.exp()).inverse();
        use(a, first, b);
      }
  }
};

}  // namespace neohebb
