// NumPy's legacy generator, np.random.seed(n): std::mt19937 and the ways in which NumPy makes numbers of it.
#pragma once
#include <cmath>
#include <neohebb/core/types.hpp>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace support {

using neohebb::Index;

class NumpyRandom {
 public:
  explicit NumpyRandom(unsigned seed) : engine_(seed) {}

  /// rand(): uniform in [0, 1).
  double uniform() {
    const double a = static_cast<double>(next() >> 5), b = static_cast<double>(next() >> 6);
    return (a * 67108864.0 + b) / 9007199254740992.0;
  }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// randn(): by the polar method, two at a time.
  double normal() {
    if (kept_) return *std::exchange(kept_, std::nullopt);
    double x1, x2, r2;
    do {
      x1 = 2 * uniform() - 1;
      x2 = 2 * uniform() - 1;
      r2 = x1 * x1 + x2 * x2;
    } while (r2 >= 1 || r2 == 0);
    const double f = std::sqrt(-2 * std::log(r2) / r2);
    kept_ = f * x1;
    return f * x2;
  }
  /// choice([0, 1])
  int bit() { return static_cast<int>(next() & 1); }
  /// choice([0, 1], p = [p0, p1])
  int choice(double p0, double p1) { return uniform() >= p0 / (p0 + p1) ? 1 : 0; }
  /// float32(randn(rows, cols) · scale), filled row by row.
  neohebb::Matrix<double> normals(Index rows, Index cols, double divisor) {
    neohebb::Matrix<double> m(rows, cols);
    for (Index r = 0; r < rows; ++r)
      for (Index c = 0; c < cols; ++c) m(r, c) = static_cast<double>(static_cast<float>(normal() / divisor));
    return m;
  }

 private:
  std::uint32_t next() { return static_cast<std::uint32_t>(engine_()); }
  std::mt19937 engine_;
  std::optional<double> kept_;
};

}  // namespace support
