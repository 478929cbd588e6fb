#pragma once
#include <array>
#include <cstdint>
#include <neohebb/core/row_product.hpp>
#include <neohebb/learning/competition.hpp>
#include <vector>

namespace neohebb {

/// What CompetingUnits know of one batch: its currents, and who learns from each sample.
template <class S, Competition<S> Competes, int Inputs = Dynamic, int Units = Dynamic, int B = Dynamic>
struct CompetingState {
  /// Whether all sizes are known to the compiler.
  static constexpr bool fixed = Inputs != Dynamic && Units != Dynamic && B != Dynamic;
  /// Units that can learn from one sample.
  static constexpr int Most = Competes::template most<Units>;
  /// What the competition remembers of one sample.
  using Competing = decltype(std::declval<const Competes&>().zero_state(Extent<Units>{}));
  Matrix<S, Units, B> currents;                   // units × batch
  Matrix<S, Most, B> factors;                     // g, where it is not 0
  Matrix<std::int32_t, Most, B> learning;         // and the units it belongs to
  Matrix<std::int32_t, Most, B> next;             // who else learns in the same unit, for the credit
  Vector<std::int32_t, B> count;                  // so many of each sample
  Vector<S, Competes::by_norm ? Units : 1> norm;  // of each unit's weights, where the competition asks for it
  std::conditional_t<fixed, std::array<char, 1>, RightFactor<S>> images;  // V, as the product takes it
  /// Scratch of the competition.
  std::conditional_t<B == Dynamic, std::vector<Competing>, std::array<Competing, 1>> competing;
  static void fields(auto&, auto&&) {}  // nothing outlasts a batch and its credit

  static CompetingState zero(const Competes& competition, Extent<Inputs> inputs, Extent<Units> units,
                             Extent<B> batch) {
    const Extent<Most> most(competition.active(units));
    CompetingState s{zeros<S>(units, batch),
                     zeros<S>(most, batch),
                     zeros<std::int32_t>(most, batch),
                     zeros<std::int32_t>(most, batch),
                     zeros<std::int32_t>(batch, Extent<1>{}),
                     {},
                     {},
                     {}};
    if constexpr (Competes::by_norm) s.norm = zeros<S>(units, Extent<1>{});
    if constexpr (!fixed) s.images = RightFactor<S>(inputs, batch);
    if constexpr (B == Dynamic)
      s.competing.assign(static_cast<std::size_t>((Index(batch) + samples_per_task - 1) / samples_per_task),
                         competition.zero_state(units));
    else
      s.competing[0] = competition.zero_state(units);
    return s;
  }
  Index batch() const { return currents.cols(); }

  /// g ← competition(I), sample by sample. shown: the images that the currents are of. Throws
  /// std::invalid_argument for images with NaN or infinity, and for a competition that names more units than
  /// there are, or than it promised.
  void compete(const Competes& competition, const auto& shown, auto& team) {
    const auto tasks = static_cast<Index>(competing.size());
    team.run(tasks, [&](Index k) {
      const Index all = batch();
      for (Index b = all * k / tasks; b < all * (k + 1) / tasks; ++b) {
        NEOHEBB_REQUIRE(is_finite(currents.col(b).sum()) || all_finite(shown.col(b)),
                        "CompetingUnits images: column ", b, " of ", all,
                        " has NaN or infinite entries; clean the data before it enters");
        compete(competition, b, competing[static_cast<std::size_t>(k)]);
      }
    });
  }

 private:
  static constexpr Index samples_per_task = 16;
  void compete(const Competes& competition, Index b, Competing& scratch) {
    std::int32_t n = 0;
    const Index units = currents.rows();
    const auto learns = [&](Index unit, S g) {
      NEOHEBB_REQUIRE(n < learning.rows() && unit >= 0 && unit < units,
                      "CompetingUnits: the competition names unit ", unit, " of ", units, " as number ",
                      n + 1, " to learn, it promised at most ", learning.rows());
      learning(n, b) = static_cast<std::int32_t>(unit);
      factors(n++, b) = g;
    };
    if constexpr (Competes::by_norm)
      competition(scratch, currents.col(b).cwiseQuotient(norm), learns);
    else
      competition(scratch, currents.col(b), learns);
    count(b) = n;
  }
};

}  // namespace neohebb
