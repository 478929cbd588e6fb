// A matrix in memory as kernels see it: a pointer and two strides, whatever Eigen type it came from.
#pragma once
#include <neohebb/core/types.hpp>
#include <type_traits>

namespace neohebb::detail {

/// A matrix in memory, entry (i, j) at data[i·row + j·col].
template <class S> struct Strided {
  S* data;
  Index row, col;
  Strided at(Index i, Index j) const { return {data + i * row + j * col, row, col}; }
  S& operator()(Index i, Index j) const { return data[i * row + j * col]; }
};

/// Whether X lies in memory as it is; by columns or by rows: without gaps inside of them.
template <class X>
inline constexpr bool in_memory = std::is_floating_point_v<typename X::Scalar> &&
                                  (X::Flags & Eigen::DirectAccessBit) != 0;
template <class X>
inline constexpr bool by_columns = in_memory<X> && !X::IsRowMajor && X::InnerStrideAtCompileTime == 1;
template <class X>
inline constexpr bool by_rows = in_memory<X>&& X::IsRowMajor&& X::InnerStrideAtCompileTime == 1;

template <class X> Strided<const typename X::Scalar> view(const X& x) {
  return {x.data(), x.rowStride(), x.colStride()};
}
template <class X> Strided<typename X::Scalar> view_of_result(X& x) {
  return {x.data(), x.rowStride(), x.colStride()};
}

}  // namespace neohebb::detail
