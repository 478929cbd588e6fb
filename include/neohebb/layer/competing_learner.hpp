#pragma once
#include <concepts>
#include <neohebb/core/row_product.hpp>
#include <neohebb/learning/largest_entry.hpp>
#include <neohebb/trace/decay.hpp>

namespace neohebb {

/// What moves the weights of CompetingUnits: LargestEntry, or any Optimizer.
template <class O, class S>
concept MovesUnits = Optimizer<O> || std::same_as<O, LargestEntry<S>>;

/// How weights of CompetingUnits move along ds: the rows of units that learned, by LargestEntry and linear
/// optimizers; or all rows, by an optimizer with moments.
template <class S, MovesUnits<S> O, int Inputs = Dynamic, int Units = Dynamic> struct CompetingLearner {
  /// Whether all weights move, not just those of units that learned.
  static constexpr bool all_move = [] {
    if constexpr (Optimizer<O>)
      return !O::linear;
    else
      return false;
  }();
  O optimizer;
  StateOf<O, Inputs, Units> moments;
  RowMatrix<S, Units, Inputs> gradient;  // −ds, where all of it is needed
  static void fields(auto& self, auto&& visit) {
    if constexpr (requires { self.optimizer.rate; }) visit("rate", self.optimizer.rate);
    visit("moments", self.moments);
  }

  static CompetingLearner zero(const O& optimizer, Extent<Inputs> inputs, Extent<Units> units) {
    CompetingLearner l{optimizer, optimizer.zero_state(inputs, units), {}};
    if constexpr (all_move) l.gradient = RowMatrix<S, Units, Inputs>::Zero(Index(units), Index(inputs));
    return l;
  }

  /// Moves weights, units × inputs, along what a CompetingCredit has recorded, and clears it. Weights of rows
  /// that move alone become 0 where they come within 1e-31 (in float) of it: those of pixels that are always
  /// dark decay to subnormal numbers, with which processors take some hundred times longer. Throws
  /// std::invalid_argument, and changes nothing, if what was recorded is not finite.
  void move(auto& weights, auto& credit, auto& team) {
    if constexpr (all_move)
      check_shape("CompetingUnits learner's gradient", gradient, weights.rows(), weights.cols());
    const Index tasks = team.size();
    const auto each_row = [&](auto&& use) {
      team.run(tasks, [&](Index k) {
        for (Index r = credit.rows * k / tasks; r < credit.rows * (k + 1) / tasks; ++r)
          use(credit.change.row(r), credit.unit(r));
      });
    };
    const S most = credit.largest.head(credit.rows).template maxCoeff<Eigen::PropagateNaN>();
    if (is_finite(most) && (all_move || most > 0)) {
      if constexpr (all_move) {
        gradient.setZero();
        each_row([&](const auto& ds, Index unit) { gradient.row(unit) = -ds; });
        auto by_columns = weights.transpose();
        optimizer.step(moments, gradient.transpose(), by_columns);
      } else {
        const S scale = scaled_rate(optimizer, most);
        each_row([&](const auto& ds, Index unit) {
          const S* const change = ds.data();
          S* const __restrict weight = weights.row(unit).data();
          for (Index i = 0; i < ds.size(); ++i) weight[i] = unless_vanishing(weight[i] + scale * change[i]);
        });
      }
    }
    credit.forget(0);
    NEOHEBB_REQUIRE(is_finite(most), "CompetingUnits: a change of weights is not finite (", most,
                    "); weights are as they were. Are images or weights too large?");
  }

 private:
  static S scaled_rate(const Optimizer auto& o, S) { return o.rate; }  // a linear one
  static S scaled_rate(const LargestEntry<S>& o, S largest) {
    return o.rate / std::max(largest, o.precision);
  }
};

}  // namespace neohebb
