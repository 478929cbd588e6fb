// Sizes and matrices. A batch is a matrix: neurons down, samples across.
#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <neohebb/core/finite.hpp>
#include <tuple>
#include <type_traits>

namespace neohebb {

using Eigen::Dynamic;
using Eigen::Index;

static_assert(
    sizeof(Index) == sizeof(std::ptrdiff_t) && std::is_signed_v<Index>,
    "neohebb: sizes are multiplied as Eigen::Index, which must be std::ptrdiff_t as Eigen makes it; build "
    "without EIGEN_DEFAULT_DENSE_INDEX_TYPE");

/// A size known to the compiler (`Extent<16>`) or only at run time (`Extent<>{n}`). Converts to Index. A
/// number becomes one by itself: Spikes<float> in(40, 10). (GCC 11 takes Spikes<float> in(Extent{40}, …) for
/// a function.) Throws std::invalid_argument when a number is given that the type contradicts.
template <int N = Dynamic> struct Extent {
  static_assert(N > 0, "neohebb: a size is at least 1");
  constexpr Extent() = default;
  constexpr Extent(Index n) { NEOHEBB_REQUIRE(n == N, "got size ", n, ", the type says ", N); }
  /// The number.
  constexpr operator Index() const { return N; }
};
/// A size known only at run time.
template <> struct Extent<Dynamic> {
  constexpr Extent(Index n = 0) : size(n) {}
  template <int N> constexpr Extent(Extent<N> n) : size(n) {}
  /// The number.
  constexpr operator Index() const { return size; }
  Index size;
};
/// Extent{n} is one that is known only at run time.
template <class I>
requires std::is_integral_v<I> Extent(I)
->Extent<Dynamic>;

/// The number in an Extent's type: N of Extent<N>.
template <class E> inline constexpr int extent_of = Dynamic;
/// N.
template <int N> inline constexpr int extent_of<Extent<N>> = N;
/// N.
template <int N> inline constexpr int extent_of<const Extent<N>> = N;

/// a·b for compile-time sizes, Dynamic when either is.
constexpr int times(int a, int b) { return a == Dynamic || b == Dynamic ? Dynamic : a * b; }

namespace detail {
/// By columns, whatever EIGEN_DEFAULT_TO_ROW_MAJOR says; Eigen stores a single row that the compiler knows of
/// by rows.
template <int R, int C> inline constexpr int storage = R == 1 && C != 1 ? Eigen::RowMajor : Eigen::ColMajor;
/// Scratch of kernels.
template <class S, int R = Dynamic, int C = Dynamic> using Tile = Eigen::Array<S, R, C, storage<R, C>>;
}  // namespace detail

/// By columns: a sample's numbers are neighbours in memory.
template <class S, int R = Dynamic, int C = Dynamic>
using Matrix = Eigen::Matrix<S, R, C, detail::storage<R, C>>;
/// One column.
template <class S, int R = Dynamic> using Vector = Eigen::Matrix<S, R, 1, Eigen::ColMajor>;

namespace detail {
/// Whether the numbers of a column are neighbours in memory.
template <class X>
inline constexpr bool columns_in_memory =
    X::RowsAtCompileTime == 1 || decltype(std::declval<X&>().col(0))::InnerStrideAtCompileTime == 1;
/// Column b for kernels, which read it where it lies.
auto* column_of(auto&& x, Index b) {
  static_assert(columns_in_memory<std::remove_cvref_t<decltype(x)>>,
                "neohebb: this matrix must be stored by columns; copy it into a neohebb::Matrix "
                "(EIGEN_DEFAULT_TO_ROW_MAJOR has an Eigen::MatrixXf stored by rows)");
  return x.col(b).data();
}
}  // namespace detail

/// Gives an output argument its shape: resizes a matrix. Throws std::invalid_argument where it cannot: for a
/// block, and for sizes known to the compiler, of another shape.
template <class X> void shape_output(const char* what, X& out, Index rows, Index cols) {
  constexpr int R = X::RowsAtCompileTime, C = X::ColsAtCompileTime;
  if constexpr (std::is_base_of_v<Eigen::PlainObjectBase<X>, X>)
    if ((R == Dynamic || R == rows) && (C == Dynamic || C == cols)) return out.resize(rows, cols);
  check_shape(what, out, rows, cols);
}

/// rows × cols zeros. Throws std::invalid_argument for negative sizes.
template <class S, int R, int C> Matrix<S, R, C> zeros(Extent<R> rows, Extent<C> cols) {
  NEOHEBB_REQUIRE(Index(rows) >= 0 && Index(cols) >= 0, "a matrix of ", Index(rows), " x ", Index(cols),
                  ": sizes must not be negative");
  return Matrix<S, R, C>::Zero(Index(rows), Index(cols));
}

/// The state a type makes for `rows` neurons and `batch` samples whose numbers may be known to the compiler.
template <class T, int Rows = Dynamic, int Batch = Dynamic>
using StateOf = decltype(std::declval<const T&>().zero_state(Extent<Rows>{}, Extent<Batch>{}));

/// Makes a state for `rows` × `batch`: what traces, neurons and optimizers have in common.
template <class T>
concept Stateful = requires(const T t, Extent<> rows, Extent<> batch) {
  t.zero_state(rows, batch);  // auto zero_state(Extent<R> rows, Extent<B> batch) const
};

/// A tuple, pair or array: its number of elements is part of its type.
template <class T>
concept TupleLike = requires {
  std::tuple_size<std::remove_cvref_t<T>>::value;
};

/// Whether `fields(self, visit)` is to fill an object from a checkpoint. Self: the type of `self`, const
/// where it is saved.
template <class Self> inline constexpr bool is_filled = !std::is_const_v<std::remove_reference_t<Self>>;
/// Refuses a place in a ring or list that a file may hold and no state does.
void check_place_read(const char* what, auto place, auto size) {
  const auto at = static_cast<Index>(place), places = static_cast<Index>(size);
  if (at < 0 || at >= places)
    NEOHEBB_THROW(std::runtime_error, what, " was read as ", at, ", must be from 0 to ", places - 1);
}

/// Runs `validate` where a type has one.
void validate_if_possible(const auto& t) {
  if constexpr (requires { t.validate(); }) t.validate();
}

}  // namespace neohebb
