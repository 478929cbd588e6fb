// A learning signal that all neurons share: a reward.
#pragma once
#include <neohebb/learning/learning_signal.hpp>

namespace neohebb {

/// All neurons receive the same reward, and strengthen what they did of late: L = −r / samples. The
/// eligibility says how long ago "of late" may be. [Izhikevich 2007, doi 10.1093/cercor/bhl152; Frémaux &
/// Gerstner 2016]
///
///     layer.credit(weights, state, Vector<float, 1>(0.5f), credit);       // NoTarget: no reward
template <class S> struct Reward {
  using Scalar = S;
  struct Weights {
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto&, auto&&) {}
  };
  Weights initial_weights(const auto&, const Generator&) const { return {}; }
  struct State {
    static void fields(auto&, auto&&) {}
  };
  State zero_state(const auto& /*units*/, const auto& /*batch*/) const { return {}; }
  Index targets(Index /*units*/) const { return 1; }

  /// reward: 1 × batch, of each sample, or NoTarget. Throws std::invalid_argument for another shape, NaN and
  /// infinity.
  S operator()(const Weights&, State&, const auto& reward, const auto& population, auto& signal) const {
    if constexpr (is_no_target<decltype(reward)>) {
      signal.setZero();
      return 0;
    } else {
      check_shape("Reward", reward, 1, signal.cols());
      check_finite("Reward", reward);
      const S each = population.share / static_cast<S>(signal.cols());
      for (Index b = 0; b < signal.cols(); ++b) signal.col(b).setConstant(-each * reward(0, b));
      return -each * reward.sum();
    }
  }
};

}  // namespace neohebb
