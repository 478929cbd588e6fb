// Laws of surrogates. Run them on a function of your own:
//
//     TEST_CASE("my surrogate is one") { laws::check_surrogate<double>(MySurrogate{}); }
#pragma once
#include <neohebb/neuron/surrogate.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

namespace laws {

/// Never negative, never infinite. Where it has an `activation`, it is that function's derivative (by central
/// differences, but for at most `kinks` places where a difference straddles an edge).
template <class S, neohebb::Surrogate<S> F> void check_surrogate(const F& surrogate, int kinks = 0) {
  bool finite = true, not_negative = true;
  for (const S u : {S(0), S(1e-6), S(0.3), S(1), S(50), S(1e4), S(1e6)})
    for (const S x : {u, -u}) {
      finite &= std::isfinite(surrogate(x));
      not_negative &= surrogate(x) >= 0;
    }
  CHECK(finite);
  CHECK(not_negative);
  if constexpr (requires { surrogate.activation(S(0)); }) {
    CHECK(surrogate.activation(S(0)) == S(0.5));
    const S h = std::same_as<S, float> ? S(2e-3) : S(1e-6);
    const double tolerance = std::same_as<S, float> ? 1e-2 : 1e-5;
    int off = 0;
    bool grows = true;
    for (int k = -300; k <= 300; ++k) {
      const S u = S(k) * S(0.01) + S(0.0037);
      const S slope = (surrogate.activation(u + h) - surrogate.activation(u - h)) / (2 * h);
      grows &= slope >= 0;
      off += std::abs(double(slope - surrogate(u))) > tolerance * (1 + double(surrogate(u)));
    }
    CHECK(grows);
    CHECK(off <= kinks);
  }
}

/// σ'(−u) = σ'(u) and σ(−u) = 1 − σ(u).
template <class S, neohebb::Surrogate<S> F> void check_symmetric_surrogate(const F& surrogate) {
  double worst = 0;
  for (int k = 1; k <= 300; ++k) {
    const S u = S(k) * S(0.01) + S(0.0037);
    worst = std::max(worst, std::abs(double(surrogate(u) - surrogate(-u))));
    worst = std::max(worst, std::abs(double(surrogate.activation(u) + surrogate.activation(-u) - 1)));
  }
  CHECK(worst <= rounding<S>);
}

}  // namespace laws
