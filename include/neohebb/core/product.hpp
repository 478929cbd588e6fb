// The two dense products everything rests on, with the cases that Eigen's general product handles badly.
#pragma once
#include <neohebb/core/types.hpp>

namespace neohebb {

/// y = W x. Four samples or fewer go one by one, and so do all where W has few rows: there the general
/// product would pack its factors for nothing.
void product(const auto& w, const auto& x, auto&& y) {
  if (x.cols() > 4 && w.rows() > 16)
    y.noalias() = w * x;
  else
    for (Index b = 0; b < x.cols(); ++b) y.col(b).noalias() = w * x.col(b);
}

/// W += scale · L Rᵀ, the sum of outer products of the columns of L and R. Four columns or fewer: two in a
/// sweep over W.
void add_product(auto&& w, auto scale, const auto& left, const auto& right) {
  const Index n = left.cols();
  if (n > 4) {
    w.noalias() += scale * left * right.transpose();
    return;
  }
  Index k = 0;
  for (; k + 2 <= n; k += 2)
    for (Index j = 0; j < w.cols(); ++j)
      w.col(j) += (scale * right(j, k)) * left.col(k) + (scale * right(j, k + 1)) * left.col(k + 1);
  if (k < n)
    for (Index j = 0; j < w.cols(); ++j) w.col(j) += (scale * right(j, k)) * left.col(k);
}

}  // namespace neohebb
