#pragma once
#include <neohebb/core/power.hpp>

namespace neohebb {

/// Weights as currents see them, entry by entry: f(w) = |w|^(p−1) sign(w). p = 2 leaves them as they are.
template <class S> struct SynapticPower {
  S p = 2;  // 2 leaves weights as they are
  auto operator()(const auto& w) const { return w * raised(w.abs(), p - 2); }
};

/// The same for p = 3, without a loop over the bits of an exponent.
struct SignedSquare {
  auto operator()(const auto& w) const { return w * w.abs(); }
};

}  // namespace neohebb
