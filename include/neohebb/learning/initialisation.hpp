// Initial weights. All are functions (matrix&, generator): rows are outputs, cols are the inputs that each of
// them sees.
#pragma once
#include <Eigen/QR>
#include <cmath>
#include <neohebb/core/random.hpp>

namespace neohebb {

/// w ~ Uniform(−g/√cols, g/√cols).
template <class S> struct ScaledUniform {
  S gain = 1;
  void operator()(auto& weight, Generator generator) const {
    generator.uniform(weight);
    weight.array() = gain / std::sqrt(S(weight.cols())) * (2 * weight.array() - 1);
  }
};

/// w ~ Normal(0, g²/cols).
template <class S> struct ScaledNormal {
  S gain = 1;
  void operator()(auto& weight, Generator generator) const {
    generator.normal(weight);
    weight *= gain / std::sqrt(S(weight.cols()));
  }
};

/// Rows (or columns, if there are fewer) orthonormal, times g. [Saxe, McClelland, Ganguli 2014]
template <class S> struct Orthogonal {
  S gain = 1;
  void operator()(auto& weight, Generator generator) const {
    const Index rows = weight.rows(), cols = weight.cols();
    Matrix<S> tall(std::max(rows, cols), std::min(rows, cols));
    generator.normal(tall);
    const Eigen::HouseholderQR<Matrix<S>> qr(tall);
    Matrix<S> q = qr.householderQ() * Matrix<S>::Identity(tall.rows(), tall.cols());
    for (Index k = 0; k < q.cols();
         ++k)  // the distribution is uniform over rotations once R's diagonal is positive
      if (qr.matrixQR()(k, k) < 0) q.col(k) = -q.col(k);
    if (rows >= cols)
      weight = gain * q;
    else
      weight = gain * q.transpose();
  }
};

}  // namespace neohebb
