#pragma once
#include <algorithm>
#include <cstdint>
#include <neohebb/core/row_product.hpp>
#include <utility>

namespace neohebb {

/// What CompetingUnits note of the batches since the last update: ds of the units that learned, a row for
/// each of them.
template <class S, int Inputs = Dynamic, int Units = Dynamic> struct CompetingCredit {
  RowMatrix<S, Units, Inputs> change;  // units × inputs, summed over the batches
  Vector<S, Units> largest;            // max|ds| of each row
  Vector<std::int32_t, Units> unit;    // whose row it is
  Vector<std::int32_t, Units> first;   // who learns in it, while a step is recorded
  Vector<std::int32_t, Units> row;     // of each unit, −1: none
  Index rows = 0;                      // in use
  bool empty() const { return rows == 0; }
  static void fields(auto& self, auto&& visit) {
    visit("change", self.change);
    visit("largest", self.largest);
    visit("unit", self.unit);
    visit("row", self.row);
    visit("rows", self.rows);
  }

  /// ds += Σ g (R^p v − I W) of a state's last step. weight: units × inputs; attraction: R^p. Throws
  /// std::invalid_argument, and notes nothing, where more units learn than there is room for.
  void note(const auto& weight, S attraction, auto& state, const auto& images, auto& team) {
    const Index before = rows, most = state.next.rows();
    // Lists of who learns in the same unit, first samples first.
    for (Index b = state.batch() - 1; b >= 0; --b)
      for (Index n = state.count(b) - 1; n >= 0; --n) {
        const auto r = row_of(state.learning(n, b), before);
        state.next(n, b) = first(r);
        first(r) = static_cast<std::int32_t>(b * most + n);
      }
    const Index tasks = team.size();
    team.run(tasks, [&](Index k) {
      for (Index r = rows * k / tasks; r < rows * (k + 1) / tasks; ++r)
        if (const Index begin = std::exchange(first(r), -1); begin >= 0)
          add_change(r, weight.row(unit(r)), attraction, state, images, begin, r >= before);
    });
  }
  /// Forgets all rows but the first `kept`.
  void forget(Index kept) {
    for (; rows > kept; --rows) row(unit(rows - 1)) = -1;
  }

 private:
  /// The row of a unit, a new one if it has none. If there is no more room, the first `before` rows stay as
  /// they were, and an error is thrown.
  std::int32_t row_of(Index learning, Index before) {
    if (row(learning) < 0) {
      if (rows == unit.size()) {
        first.head(rows).setConstant(-1);
        forget(before);
        NEOHEBB_THROW(std::invalid_argument, "CompetingUnits: this credit has room for ", unit.size(),
                      " units that learn, and one more does; make it for more batches per update, or update "
                      "more often");
      }
      row(learning) = static_cast<std::int32_t>(rows);
      unit(rows++) = static_cast<std::int32_t>(learning);
    }
    return row(learning);
  }
  /// Row r of ds += Σ g (R^p v − I W) over the list of samples that starts at `begin`, two at a time: fewer
  /// sweeps over the row.
  void add_change(Index r, const auto& weight, S attraction, const auto& state, const auto& images,
                  Index begin, bool fresh) {
    const Index most = state.next.rows(), of = unit(r);
    const auto sample = [&](Index e) { return e / most; };
    const auto g = [&](Index e) { return state.factors(e % most, e / most); };
    const auto next = [&](Index e) -> Index { return state.next(e % most, e / most); };
    const auto pull = [&](Index e) { return attraction * g(e) * images.col(sample(e)).transpose(); };
    S decay = 0;
    for (Index e = begin; e >= 0; e = next(e)) decay += g(e) * state.currents(of, sample(e));
    auto ds = change.row(r);
    if (!fresh) ds -= decay * weight;
    for (Index e = begin; e >= 0;) {
      const Index second = next(e);
      if (second < 0 && fresh)
        ds = pull(e) - decay * weight;
      else if (second < 0)
        ds += pull(e);
      else if (fresh)
        ds = pull(e) + pull(second) - decay * weight;
      else
        ds += pull(e) + pull(second);
      fresh = false;
      e = second < 0 ? second : next(second);
    }
    largest(r) = ds.cwiseAbs().template maxCoeff<Eigen::PropagateNaN>();
  }
};

}  // namespace neohebb
