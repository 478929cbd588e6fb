// Loss, optimizer and schedule that are chosen when the program runs: types of one's own, made of the library's.
#pragma once
#include "dvs_options.hpp"

template <class S> struct ChosenLoss {
  Error kind = Error::smooth_l1;
  S operator()(const auto& output, const auto& target, auto& gradient) const {
    if (kind == Error::smooth_l1) return SmoothL1<S>{}(output, target, gradient);
    if (kind == Error::mean_square) return MeanSquare<S>{}(output, target, gradient);
    return CrossEntropy<S>{}(output, target, gradient);
  }
};

template <class S> struct ChosenOptimizer {
  using Scalar = S;
  static constexpr bool linear = false;
  Rule kind = Rule::adam;
  S rate = S(1e-3);

  /// The moments of the rules that are not chosen have no entries.
  template <int R, int C> struct State {
    StateOf<Adam<S>, Dynamic, C> adam;
    StateOf<AdaMax<S>, Dynamic, C> adamax;
    friend bool operator==(const State&, const State&) = default;
    static void fields(auto& self, auto&& visit) {
      visit("adam", self.adam);
      visit("adamax", self.adamax);
    }
  };
  template <int R, int C> State<R, C> zero_state(Extent<R> rows, Extent<C> cols) const {
    check_rate("rate", rate);
    const auto rows_of = [&](Rule rule) { return Extent<>{kind == rule ? Index(rows) : 0}; };
    return {Adam<S>{}.zero_state(rows_of(Rule::adam), cols),
            AdaMax<S>{}.zero_state(rows_of(Rule::adamax), cols)};
  }
  void step(auto& state, const auto& gradient, auto&& weights) const {
    if (kind == Rule::sgd) return Sgd<S>{rate}.step(none_, gradient, weights);
    if (kind == Rule::adam) return Adam<S>{.rate = rate}.step(state.adam, gradient, weights);
    AdaMax<S>{.rate = rate}.step(state.adamax, gradient, weights);
  }

 private:
  static inline typename Sgd<S>::State none_{};
};

/// The rate after `epoch` epochs, a fraction too.
template <class S> S scheduled_rate(const Options& o, double epoch) {
  const S rate = S(o.rate);
  const double length = static_cast<double>(std::max<Index>(1, o.epochs));
  if (o.schedule == Schedule::constant) return rate;
  if (o.schedule == Schedule::linear) return LinearDecay<S>{.initial = rate, .length = length}(epoch);
  if (o.schedule == Schedule::cosine) return CosineDecay<S>{.initial = rate, .length = length}(epoch);
  return StepDecay<S>{.initial = rate, .factor = S(o.step_factor), .every = o.step_every}(epoch);
}
