#pragma once
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
/// their mean.
template <class S> struct RateRegularisation {
  S strength = 0;

  void validate() const {
    NEOHEBB_REQUIRE(is_finite(strength) && strength >= 0, "rate_regularisation is ", strength,
                    ", must be finite and not negative");
  }
  /// mean(0.1 − σ(U)) of these samples.
  static S quietness(const auto& potential) { return S(0.1) - sigma(potential).mean(); }

  /// Adds share × ∂/∂U to δ; returns share × value. quiet: of the whole batch; share: these samples' part of
  /// it.
  S add(const auto& potential, auto& delta, S share, S quiet) const {
    const auto u = potential.array();
    const S high = share * strength, low = S(0.003) * high, n = S(u.size());
    delta.array() += high / n * (u > S(-0.01)).template cast<S>();
    if (quiet > 0) {
      const auto a = sigma(potential);
      delta.array() -= low / n * a * (S(1) - a);
    }
    return high * (u + S(0.01)).max(S(0)).mean() + low * std::max(quiet, S(0));
  }

 private:
  static auto sigma(const auto& potential) { return (S(1) + (-potential.array()).exp()).inverse(); }
};

}  // namespace neohebb
