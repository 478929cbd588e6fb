// Initial weights. All are functions (matrix&, generator): rows are outputs, cols are the inputs that each of
// them sees.
#pragma once
#include <Eigen/QR>
#include <cmath>
#include <neohebb/core/random.hpp>

namespace neohebb {

/// w ~ Uniform(−g/√cols, g/√cols).
template <class S> struct ScaledUniform {
  S gain = 1;  // multiplies all weights
  void operator()(auto& weight, Generator generator) const {
    generator.uniform(weight);
    weight.array() = gain / std::sqrt(S(weight.cols())) * (2 * weight.array() - 1);
  }
};

/// w ~ Normal(0, g²/cols).
template <class S> struct ScaledNormal {
  S gain = 1;  // multiplies all weights
  void operator()(auto& weight, Generator generator) const {
    generator.normal(weight);
    weight *= gain / std::sqrt(S(weight.cols()));
  }
};

/// Rows (or columns, if there are fewer) orthonormal, times g. [Saxe, McClelland, Ganguli 2014]
template <class S> struct Orthogonal {
  S gain = 1;  // multiplies all weights
  template <class M> void operator()(M& weight, Generator generator) const {
    constexpr int R = M::RowsAtCompileTime, C = M::ColsAtCompileTime;
    constexpr bool fixed = R != Dynamic && C != Dynamic;  // uses no heap
    using Tall = Matrix<S, fixed ? std::max(R, C) : Dynamic, fixed ? std::min(R, C) : Dynamic>;
    const Index rows = weight.rows(), cols = weight.cols();
    Tall tall;
    tall.resize(std::max(rows, cols), std::min(rows, cols));
    generator.normal(tall);
    const Eigen::HouseholderQR<Tall> qr(tall);
    Tall q = qr.householderQ() * Tall::Identity(tall.rows(), tall.cols());
    for (Index k = 0; k < q.cols();
         ++k)  // the distribution is uniform over rotations once R's diagonal is positive
      if (qr.matrixQR()(k, k) < 0) q.col(k) = -q.col(k);
    if constexpr (fixed && R < C)
      weight = gain * q.transpose();
    else if constexpr (fixed)
      weight = gain * q;
    else if (rows >= cols)
      weight = gain * q;
    else
      weight = gain * q.transpose();
  }
};

}  // namespace neohebb
