#pragma once
#include <neohebb/learning/optimizer.hpp>

namespace neohebb {

/// W ← W + rate · ds/max(max|ds|, precision): the largest change of an update is `rate`, whatever the batch,
/// the images' scale and R. [Krotov & Hopfield 2019] What ds is, a rule says (CompetingUnits). Not an
/// Optimizer: those move every entry by itself.
///
///   parameter   default   meaning
///   rate        0.02      largest change of an update
///   precision   1e-30     where nothing is to be learned, max|ds| counts as this
///
/// zero_state throws std::invalid_argument for a negative rate, a precision that is not positive, and where
/// rate/precision is not finite.
template <class S> struct LargestEntry {
  using Scalar = S;
  S rate = S(0.02);
  S precision = S(1e-30);

  void validate() const {
    check_rate("LargestEntry.rate", rate);
    NEOHEBB_REQUIRE(is_number(precision) && precision > 0, "LargestEntry.precision is ", precision,
                    ", must be positive");
    NEOHEBB_REQUIRE(is_finite(rate / precision), "LargestEntry: a rate of ", rate, " over a precision of ",
                    precision, " is not finite; use a larger precision");
  }
  struct State {
    static void fields(auto&, auto&&) {}
  };
  template <int R, int C> State zero_state(Extent<R>, Extent<C>) const {
    validate();
    return {};
  }
};

}  // namespace neohebb
