// What the laws are shown: reproducible inputs, and comparison up to rounding.
#pragma once
#include <concepts>
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>

namespace laws {

using neohebb::Dynamic, neohebb::Extent, neohebb::Generator, neohebb::Index, neohebb::Matrix, neohebb::Spikes,
    neohebb::Vector;

/// How far two ways of computing the same thing may differ.
template <class S> inline constexpr S rounding = std::same_as<S, float> ? S(1e-5) : S(1e-12);

/// max |a − b| / (1 + max |b|); infinite when shapes differ or a number is NaN.
double deviation(const auto& a, const auto& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return INFINITY;
  double difference = 0, largest = 0;
  for (Index j = 0; j < a.cols(); ++j)
    for (Index i = 0; i < a.rows(); ++i) {
      const auto x = static_cast<double>(a(i, j)), y = static_cast<double>(b(i, j));
      if (!(std::abs(x - y) < INFINITY)) return INFINITY;
      difference = std::max(difference, std::abs(x - y));
      largest = std::max(largest, std::abs(y));
    }
  return difference / (1 + largest);
}

/// |x − y| / |y|
inline double relative_error(double x, double y) { return std::abs(x - y) / std::abs(y); }

/// Uniform in [low, high); `number` tells inputs apart.
template <class S>
Matrix<S> uniform(Index rows, Index cols, std::uint32_t number, double low = -1, double high = 1) {
  Matrix<S> m(rows, cols);
  Generator{.seed = 20, .stream = 1, .step = number}.uniform(m);
  return (S(low) + S(high - low) * m.array()).matrix();
}
/// 0 and 1.
template <class S> Matrix<S> zero_one(Index rows, Index cols, std::uint32_t number, double rate = 0.3) {
  return (uniform<S>(rows, cols, number, 0, 1).array() < S(rate)).template cast<S>().matrix();
}
/// `matrix` as spikes.
template <class S> Spikes<S> spikes(const Matrix<S>& matrix) {
  Spikes<S> all{Extent{matrix.rows()}, Extent{matrix.cols()}};
  all.assign(matrix);
  return all;
}

}  // namespace laws
