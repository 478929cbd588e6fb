// Whether all entries of an expression are finite, under any flags.
#pragma once
#include <algorithm>
#include <neohebb/core/check.hpp>
#include <neohebb/core/simd.hpp>

namespace neohebb {

namespace detail {
/// Bits of an entry x of an X: of one that is not in memory, but calculated, the compiler must know nothing.
template <class X, class S> Bits<S> bits_of_entry(const S& x) {
  if constexpr (requires { requires(X::Flags & Eigen::DirectAccessBit) != 0; })
    return std::bit_cast<Bits<S>>(x);
  else
    return bits_of(x);
}
}  // namespace detail

/// Whether no entry is NaN or infinite, told from their bits as by is_finite: Eigen's own test is always true
/// under -ffast-math.
bool all_finite(const auto& matrix) {
  using X = std::remove_cvref_t<decltype(matrix)>;
  using S = typename X::Scalar;
  if constexpr (std::is_floating_point_v<S>) {
    const simd::Evaluator<X> entries(matrix);
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
      detail::Bits<S> largest = 0;  // compilers find it in vectors
      for (Eigen::Index i = 0; i < matrix.rows(); ++i)
        largest = std::max(largest, detail::bits_of_entry<X>(entries.coeff(i, j)) & ~detail::sign_bit<S>);
      if (largest >= detail::infinite_bits<S>) return false;
    }
  }
  return true;
}

/// Refuses NaN and infinity in data, where data enters.
void check_finite(const char* what, const auto& matrix) {
  NEOHEBB_REQUIRE(all_finite(matrix), what, " has NaN or infinite entries (", matrix.rows(), " x ",
                  matrix.cols(), "); clean the data before it enters");
}

}  // namespace neohebb
