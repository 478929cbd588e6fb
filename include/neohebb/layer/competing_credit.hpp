#pragma once
#include <algorithm>
#include <cstdint>
#include <neohebb/core/row_product.hpp>

namespace neohebb {

/// What CompetingUnits note of the batches since the last update: ds of the units that learned, a row for each of them.
template <class S, int Inputs = Dynamic, int Units = Dynamic> struct CompetingCredit {
  RowMatrix<S, Units, Inputs> change;
  Vector<S, Units> largest;           // max|ds| of each row
  Vector<std::int32_t, Units> unit;   // whose row it is
  Vector<std::int32_t, Units> first;  // who learns in it, for `credit`
  Vector<std::int32_t, Units> row;    // of each unit, −1: none
  Index rows = 0;                     // in use
  bool empty() const { return rows == 0; }
  static void fields(auto& self, auto&& visit) {
    visit("change", self.change);
    visit("largest", self.largest);
    visit("unit", self.unit);
    visit("row", self.row);
    visit("rows", self.rows);
  }

  /// Row r of ds += Σ g (R^p v − I W) over the list of samples that starts at `begin`, two at a time: fewer sweeps over the row.
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
  /// Forgets all rows but the first `kept`.
  void forget(Index kept) {
    for (; rows > kept; --rows) row(unit(rows - 1)) = -1;
  }
  /// The row of a unit, a new one if it has none. If there is no more room, the first `before` rows stay as they
  /// were, and an error is thrown.
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
};

}  // namespace neohebb
