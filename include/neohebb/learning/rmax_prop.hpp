#pragma once
#include <neohebb/learning/optimizer.hpp>

namespace neohebb {

/// Steps by the gradient and its leaky maximum: m ← max(γ m, g²);  w ← w − rate·g/(√m + ε)   [Zenke & Ganguli
/// 2018, section 3.5]
///
/// RMSProp with a leaky maximum in place of the mean: a synapse whose gradient was large lately takes small
/// steps. With rate = 0 only m runs, as while a network settles in.
///
///   parameter   default   meaning
///   rate        1e-3      largest step of a weight, in the weight's units
///   decay       0.98347   γ = exp(−window/τ_rms), here windows of 0.5 s and τ_rms = 30 s
///   epsilon     1e-12
///
/// zero_state throws std::invalid_argument for a rate < 0 or not finite, γ outside [0, 1), and ε ≤ 0.
template <class S> struct RMaxProp {
  using Scalar = S;
  static constexpr bool linear = false;
  S rate = S(1e-3);
  S decay = S(0.983471453821617);
  S epsilon = S(1e-12);

  void validate() const {
    check_rate("RMaxProp.rate", rate);
    check_moment_decay("RMaxProp.decay", decay);
    NEOHEBB_REQUIRE(is_finite(epsilon) && epsilon > 0, "RMaxProp.epsilon is ", epsilon,
                    ", must be finite and positive");
  }
  template <int R, int C> struct State {
    Matrix<S, R, C> largest;  // m
    friend bool operator==(const State&, const State&) = default;
    static void fields(auto& self, auto&& visit) { visit("largest", self.largest); }
  };
  template <int R, int C> State<R, C> zero_state(Extent<R> rows, Extent<C> cols) const {
    validate();
    return {zeros<S>(rows, cols)};
  }
  void step(auto& state, const auto& gradient, auto&& weights) const {
    detail::check_weights(gradient, weights);
    detail::each_segment(gradient, [&](const auto& g, const auto& of) {
      auto largest = of(state.largest);
      largest = (decay * largest).max(g.square());
      of(weights) -= rate * g / (largest.sqrt() + epsilon);
    });
  }
};

}  // namespace neohebb
