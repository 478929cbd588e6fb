// Powers of arrays, without a call of pow for each number where the exponent is a small whole or half number.
#pragma once
#include <cmath>
#include <neohebb/core/types.hpp>

namespace neohebb {

namespace detail {
/// x ↦ xᵉ for x ≥ 0, of numbers and of packets of them.
template <class S> struct Power {
  using Scalar = S;
  static constexpr int multiplications = 5;
  static constexpr bool takes_packets = simd::has_powers<S>;
  static constexpr S largest = 32;  // above, repeated squaring has no advantage, and is less exact
  S exponent;
  unsigned whole = 0;  // ⌊e⌋
  bool root = false;   // e is a whole number and a half
  bool general = true;

  explicit Power(S e) : exponent(e) {
    if (!(e >= 0 && e <= largest && std::floor(2 * e) == 2 * e)) return;
    whole = static_cast<unsigned>(e);
    root = S(whole) != e;
    general = false;
  }
  S operator()(const S& x) const {
    if (general) return std::pow(x, exponent);
    S result = root ? std::sqrt(x) : S(1), square = x;
    for (unsigned n = whole; n != 0; n >>= 1, square *= square)
      if (n & 1) result *= square;
    return result;
  }
  template <class Packet> Packet packetOp(const Packet& x) const {
    using namespace simd;
    if (general) return power(x, pset1<Packet>(exponent));
    Packet result = root ? psqrt(x) : pset1<Packet>(S(1)), square = x;
    for (unsigned n = whole; n != 0; n >>= 1, square = pmul(square, square))
      if (n & 1) result = pmul(result, square);
    return result;
  }
};
}  // namespace detail

/// Equals std::pow up to rounding (tests/core/power.cpp): xᵉ of every entry of an array expression, itself an
/// expression. x ≥ 0: of a negative number, a half power is NaN. 0⁰ = 1. Exponents 0, ½, 1, … 32 cost a few
/// multiplications and at most one square root, in packets of the processor's width; all others (negative
/// ones, too) a logarithm and an exponential.
template <class X, class S> auto raised(const X& x, S exponent) {
  return x.unaryExpr(detail::Power<typename X::Scalar>(exponent));
}

}  // namespace neohebb
