// The two dense products everything rests on.
#pragma once
#include <neohebb/core/panel_product.hpp>
#include <neohebb/core/types.hpp>

namespace neohebb {

namespace detail {

/// Factors of sizes known to the compiler are its own matter: it unrolls what is small.
template <class A, class B>
inline constexpr bool fixed = A::SizeAtCompileTime != Dynamic&& B::SizeAtCompileTime != Dynamic;
/// Never more than two columns, as the compiler knows: the products of many are not even part of the program.
template <class X>
inline constexpr bool few_columns = X::MaxColsAtCompileTime != Dynamic&& X::MaxColsAtCompileTime <= 2;

template <class X> using Plain = std::remove_cvref_t<X>;
/// In how many blocks of its rows the left factor of rows × depth · depth × cols is to be multiplied by
/// Eigen, who packs a block of it, at worst all rows, into scratch that comes from the heap above
/// EIGEN_STACK_ALLOCATION_LIMIT: 1 MiB in our programs, which these blocks keep to whatever the caches.
template <class S> Index row_blocks(Index rows, Index cols, Index depth) {
  constexpr Index limit = (Index{1} << 20) / Index{sizeof(S)};
  if (rows * depth <= limit) return 1;
  simd::block_sizes<S>(depth, rows, cols);  // to those of a block
  return (rows * depth + limit - 1) / limit;
}

/// use(first, number) for `blocks` blocks of the rows.
void each_row_block(Index rows, Index blocks, auto&& use) {
  for (Index k = 0; k < blocks; ++k) use(rows * k / blocks, rows * (k + 1) / blocks - rows * k / blocks);
}

/// y = W x for one column, W by columns. One function for all blocks and maps, as Eigen sees only these.
template <class S>
EIGEN_DONT_INLINE void multiply_column(Strided<const S> w, const S* x, Index stride, S* y, Index rows,
                                       Index cols) {
  using Eigen::Map;
  const Map<const Matrix<S>, 0, Eigen::OuterStride<>> left(w.data, rows, cols, Eigen::OuterStride<>(w.col));
  const Map<const Vector<S>, 0, Eigen::InnerStride<>> right(x, cols, Eigen::InnerStride<>(stride));
  Map<Vector<S>>(y, rows).noalias() = left * right;
}

/// W += scale · L Rᵀ of one or two columns, in one sweep over W.   W, L by columns
template <class S>
EIGEN_DONT_INLINE void add_outer(Strided<S> w, S scale, Strided<const S> left, Strided<const S> right,
                                 Index rows, Index cols, Index n) {
  const S *const a = left.data, *const b = n == 2 ? a + left.col : a;
  for (Index j = 0; j < cols; ++j) {
    S* const __restrict to = &w(0, j);
    const S x = scale * right(j, 0), y = n == 2 ? scale * right(j, 1) : S(0);
    if (n == 2)
      for (Index i = 0; i < rows; ++i) to[i] = to[i] + x * a[i] + y * b[i];
    else
      for (Index i = 0; i < rows; ++i) to[i] += x * a[i];
  }
}

/// y = W x by Eigen. Few samples go one by one: it would pack its factors for nothing.
void general_product(const auto& w, const auto& x, auto& y) {
  using S = typename Plain<decltype(w)>::Scalar;
  if (x.cols() <= 4 || w.rows() <= 16) {
    for (Index b = 0; b < x.cols(); ++b) y.col(b).noalias() = w * x.col(b);
    return;
  }
  each_row_block(w.rows(), row_blocks<S>(w.rows(), x.cols(), w.cols()), [&](Index first, Index n) {
    y.middleRows(first, n).noalias() = w.middleRows(first, n) * x;
  });
}
/// W += scale · L Rᵀ by Eigen.
void general_add_product(auto& w, auto scale, const auto& left, const auto& right) {
  using S = typename Plain<decltype(w)>::Scalar;
  each_row_block(left.rows(), row_blocks<S>(left.rows(), right.rows(), left.cols()),
                 [&](Index first, Index n) {
                   w.middleRows(first, n).noalias() += scale * left.middleRows(first, n) * right.transpose();
                 });
}

}  // namespace detail

/// y = W x; y is resized where it is a matrix. Equals the sums of a loop (tests/core/product.cpp). Each W by
/// columns is read once for up to 120 samples; for one sample, and where the factors are expressions that
/// lie nowhere in memory, the product is Eigen's. Throws std::invalid_argument for a block of another shape.
template <class W, class X, class Y> void product(const W& w, const X& x, Y&& y) {
  using Result = detail::Plain<Y>;
  shape_output("a product W x", y, w.rows(), x.cols());
  if constexpr (detail::fixed<W, X>) {
    detail::general_product(w, x, y);
  } else if (w.cols() == 0) {
    y.setZero();
  } else if constexpr (detail::by_columns<W> && detail::in_memory<X> && detail::by_columns<Result>) {
    if (x.cols() == 1)
      detail::multiply_column(detail::view(w), x.data(), x.rowStride(), y.data(), w.rows(), w.cols());
    else
      detail::panel_product(detail::view(w), detail::view(x), detail::view_of_result(y), w.rows(), w.cols(),
                            x.cols(), typename W::Scalar(1), false);
  } else if constexpr (detail::by_rows<W> && detail::by_columns<X> && detail::in_memory<Result>) {
    detail::dot_product(detail::view(w), detail::view(x), detail::view_of_result(y), w.rows(), w.cols(),
                        x.cols());
  } else if constexpr (X::ColsAtCompileTime == 1) {
    y.noalias() = w * x;
  } else {
    detail::general_product(w, x, y);
  }
}

/// W += scale · L Rᵀ, the sum of outer products of the columns of L and R; or W = scale · L Rᵀ where `add` is
/// false, which then is resized. Equals the sums of a loop (tests/core/add_product.cpp). One or two columns:
/// one sweep over W. Throws std::invalid_argument for a W of another shape.
template <class W, class S, class L, class R>
void add_product(W&& w, S scale, const L& left, const R& right, bool add = true) {
  using Result = detail::Plain<W>;
  const Index n = left.cols();
  if (add)
    check_shape("what a product L R^T is added to", w, left.rows(), right.rows());
  else
    shape_output("a product L R^T", w, left.rows(), right.rows());
  if (!add && (n < 3 || detail::fixed<L, R>)) {
    w.setZero();
    add = true;
  }
  constexpr bool in_place =
      !detail::fixed<L, R> && detail::by_columns<Result> && detail::by_columns<L> && detail::in_memory<R>;
  if constexpr (in_place) {
    using T = typename Result::Scalar;
    if (n <= 2)
      detail::add_outer<T>(detail::view_of_result(w), scale, detail::view(left), detail::view(right),
                           w.rows(), n == 0 ? 0 : w.cols(), n);
    else if constexpr (!detail::few_columns<L>)
      detail::panel_product<T>(detail::view(left), detail::view(right.transpose()), detail::view_of_result(w),
                               w.rows(), n, w.cols(), T(scale), add);
  } else if (n == 1) {
    for (Index j = 0; j < w.cols(); ++j) w.col(j) += (scale * right(j, 0)) * left.col(0);
  } else if (n == 2) {
    for (Index j = 0; j < w.cols(); ++j)
      w.col(j) += (scale * right(j, 0)) * left.col(0) + (scale * right(j, 1)) * left.col(1);
  } else if constexpr (!detail::few_columns<L>) {
    if (!add) w.setZero();
    detail::general_add_product(w, scale, left, right);
  }
}

}  // namespace neohebb
