// The two dense products everything rests on, with the cases that Eigen's general product handles badly.
#pragma once
#include <neohebb/core/types.hpp>

namespace neohebb {

namespace detail {

/// In how many pieces of its rows the left factor of rows × depth · depth × cols is to be multiplied. Eigen
/// packs a block of it, at worst all rows, into scratch that comes from the heap above
/// EIGEN_STACK_ALLOCATION_LIMIT: 1 MiB in our programs, which these pieces keep to whatever the caches.
template <class S> Index row_pieces(Index rows, Index cols, Index depth) {
  constexpr Index limit = (Index{1} << 20) / Index{sizeof(S)};
  if (rows * depth <= limit) return 1;
  Eigen::internal::computeProductBlockingSizes<S, S>(depth, rows, cols);  // to those of a block
  return (rows * depth + limit - 1) / limit;
}

/// use(first, number) for `pieces` pieces of the rows.
void each_row_piece(Index rows, Index pieces, auto&& use) {
  for (Index k = 0; k < pieces; ++k) use(rows * k / pieces, rows * (k + 1) / pieces - rows * k / pieces);
}

}  // namespace detail

/// y = W x. Four samples or fewer go one by one, and so do all where W has few rows: there the general
/// product would pack its factors for nothing.
void product(const auto& w, const auto& x, auto&& y) {
  using S = typename std::decay_t<decltype(w)>::Scalar;
  if (x.cols() <= 4 || w.rows() <= 16) {
    for (Index b = 0; b < x.cols(); ++b) y.col(b).noalias() = w * x.col(b);
    return;
  }
  const Index pieces = detail::row_pieces<S>(w.rows(), x.cols(), w.cols());
  if (pieces == 1)
    y.noalias() = w * x;
  else
    detail::each_row_piece(w.rows(), pieces, [&](Index first, Index n) {
      y.middleRows(first, n).noalias() = w.middleRows(first, n) * x;
    });
}

/// W += scale · L Rᵀ, the sum of outer products of the columns of L and R. Four columns or fewer: two in a
/// sweep over W.
void add_product(auto&& w, auto scale, const auto& left, const auto& right) {
  using S = typename std::decay_t<decltype(w)>::Scalar;
  const Index n = left.cols();
  if (n > 4) {
    const Index pieces = detail::row_pieces<S>(left.rows(), right.rows(), n);
    if (pieces == 1)
      w.noalias() += scale * left * right.transpose();
    else
      detail::each_row_piece(left.rows(), pieces, [&](Index first, Index rows) {
        w.middleRows(first, rows).noalias() += scale * left.middleRows(first, rows) * right.transpose();
      });
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
