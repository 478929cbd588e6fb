// The kernel of the dense products: a tile of the result stays in registers over a sweep of the left factor.
#pragma once
#include <algorithm>
#include <neohebb/core/simd.hpp>
#include <neohebb/core/strided.hpp>

// GCC: vector types lose an alignment attribute as template arguments, which changes nothing here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"

namespace neohebb::detail {

using simd::many_registers;
using simd::packet_size;
/// Columns of the two tiles, which take two thirds of the registers: wide for many samples, narrow and longer
/// for few.
inline constexpr int wide_columns = many_registers ? 12 : 6, narrow_columns = 4;
inline constexpr int wide_packets = 2, narrow_packets = many_registers ? 4 : 2;

/// Blocks that stay in the caches: 512 bytes of a left factor's row, 1024 rows, 120 columns of the result.
template <class S> inline constexpr Index block_depth = 512 / Index{sizeof(S)};
inline constexpr Index block_rows = 1024, block_columns = 120;

/// y = A B, or y += A B, for as many of the rows as fill tiles of Packets packets; returns how many. A: unit
/// row stride. b: B by rows, Columns entries each, of which `valid` are columns of y.
template <int Packets, int Columns, class S>
EIGEN_DONT_INLINE Index multiply_tiles(Strided<const S> a, Index rows, const S* b, Index depth, Strided<S> y,
                                       Index valid, bool add) {
  using namespace simd;
  using Packet = simd::Packet<S>;
  constexpr int size = packet_size<S>, height = Packets * size;
  constexpr Index ahead = 8;  // columns of A, which a prefetcher does not foresee: they lie far apart
  Index i = 0;
  for (; i + height <= rows; i += height) {
    Packet sum[Columns][Packets];
    for (auto& column : sum)
      for (Packet& s : column) s = pset1<Packet>(S(0));
    const S *from = a.data + i, *right = b;
    for (Index k = 0; k < depth; ++k, from += a.col, right += Columns) {
      const S* soon = k + ahead < depth ? from + ahead * a.col : from;
      Packet left[Packets];
      for (int p = 0; p < Packets; ++p) {
        left[p] = ploadu<Packet>(from + p * size);
        prefetch(soon + p * size);
      }
      for (int n = 0; n < Columns; ++n) {
        const Packet factor = pset1<Packet>(right[n]);
        for (int p = 0; p < Packets; ++p) sum[n][p] = pmadd(left[p], factor, sum[n][p]);
      }
    }
    S* to = y.data + i;
    for (int n = 0; n < Columns && n < valid; ++n, to += y.col)
      for (int p = 0; p < Packets; ++p)
        pstoreu(to + p * size, add ? padd(ploadu<Packet>(to + p * size), sum[n][p]) : sum[n][p]);
  }
  return i;
}

/// The last `rest` of the rows, fewer than a packet: a packet that ends with them, or a copy that fills one.
template <int Columns, class S>
void multiply_rest(Strided<const S> a, Index rows, Index rest, const S* b, Index depth, Strided<S> y,
                   Index valid, bool add) {
  constexpr Index size = packet_size<S>;
  alignas(64) S result[size * Columns];
  alignas(64) S filled[size * block_depth<S>];
  Strided<const S> left = a.at(rows - size, 0);
  if (rows < size) {
    left = {filled, 1, size};
    for (Index k = 0; k < depth; ++k)
      for (Index i = 0; i < size; ++i)
        filled[k * size + i] = i < size - rows ? S(0) : a(i - (size - rows), k);
  }
  multiply_tiles<1, Columns, S>(left, size, b, depth, {result, 1, size}, valid, false);
  for (Index n = 0; n < valid; ++n)
    for (Index i = rows - rest, from = size - rest; from < size; ++i, ++from)
      y(i, n) = add ? y(i, n) + result[n * size + from] : result[n * size + from];
}

/// Columns columns of the result, all rows, a block of the depth.
template <int Packets, int Columns, class S>
void multiply_columns(Strided<const S> a, Index rows, Strided<const S> b, Index depth, S scale, Strided<S> y,
                      Index valid, bool add) {
  alignas(64) S right[Columns * block_depth<S>];
  for (Index k = 0; k < depth; ++k) {
    S* const to = right + k * Columns;
    const S* from = &b(k, 0);
    if (valid == Columns)
      for (int n = 0; n < Columns; ++n) to[n] = scale * from[n * b.col];
    else
      for (int n = 0; n < Columns; ++n) to[n] = n < valid ? scale * from[n * b.col] : S(0);
  }
  Index i = multiply_tiles<Packets, Columns>(a, rows, right, depth, y, valid, add);
  i += multiply_tiles<1, Columns>(a.at(i, 0), rows - i, right, depth, y.at(i, 0), valid, add);
  if (i < rows) multiply_rest<Columns>(a, rows, rows - i, right, depth, y, valid, add);
}

/// Equals the sums of a loop (tests/core/panel_product.cpp): y = scale · A B, or y += scale · A B.   A: rows
/// × depth and y: rows × cols by columns, B: any strides. The left factor is read where it lies: packing it,
/// as general products do, costs more than it saves up to some hundred columns.
template <class S>
void panel_product(Strided<const S> a, Strided<const S> b, Strided<S> y, Index rows, Index depth, Index cols,
                   S scale, bool add) {
  const auto block = [&](Index r, Index c, Index k) {
    const Index height = std::min(block_rows, rows - r), deep = std::min(block_depth<S>, depth - k);
    const Index end = std::min(cols, c + block_columns);
    const auto use = [&](Index n, int columns, auto multiply) {
      const Index valid = std::min<Index>(columns, end - n);
      multiply(a.at(r, k), height, b.at(k, n), deep, scale, y.at(r, n), valid, add || k > 0);
    };
    Index n = c;
    for (; end - n > 2 * narrow_columns; n += wide_columns)
      use(n, wide_columns, multiply_columns<wide_packets, wide_columns, S>);
    for (; n < end; n += narrow_columns)
      use(n, narrow_columns, multiply_columns<narrow_packets, narrow_columns, S>);
  };
  for (Index c = 0; c < cols; c += block_columns)
    for (Index r = 0; r < rows; r += block_rows)
      for (Index k = 0; k < depth; k += block_depth<S>) block(r, c, k);
}

/// Rows × Columns entries of y = A B, A by rows, B by columns.
template <int Rows, int Columns, class S>
void dot_tile(Strided<const S> a, Strided<const S> b, Index depth, Strided<S> y) {
  using namespace simd;
  using Packet = simd::Packet<S>;
  constexpr Index size = packet_size<S>;
  Packet sum[Rows][Columns];
  for (auto& row : sum)
    for (Packet& s : row) s = pset1<Packet>(S(0));
  Index k = 0;
  for (; k + size <= depth; k += size) {
    Packet right[Columns];
    for (int n = 0; n < Columns; ++n) right[n] = ploadu<Packet>(&b(k, n));
    for (int i = 0; i < Rows; ++i) {
      const Packet left = ploadu<Packet>(&a(i, k));
      for (int n = 0; n < Columns; ++n) sum[i][n] = pmadd(left, right[n], sum[i][n]);
    }
  }
  for (int i = 0; i < Rows; ++i)
    for (int n = 0; n < Columns; ++n) {
      S total = predux(sum[i][n]);
      for (Index rest = k; rest < depth; ++rest) total += a(i, rest) * b(rest, n);
      y(i, n) = total;
    }
}

/// y = A B for an A of few rows, stored by rows, and B by columns.
template <class S>
void dot_product(Strided<const S> a, Strided<const S> b, Strided<S> y, Index rows, Index depth, Index cols) {
  const auto all_rows = [&]<int Columns>(Index n, std::integral_constant<int, Columns>) {
    Index i = 0;  // eight sums at a time, so that none waits for its last addition
    constexpr int tall = 8 / Columns;
    for (; i + tall <= rows; i += tall) dot_tile<tall, Columns>(a.at(i, 0), b.at(0, n), depth, y.at(i, n));
    for (; i < rows; ++i) dot_tile<1, Columns>(a.at(i, 0), b.at(0, n), depth, y.at(i, n));
  };
  Index n = 0;
  for (; n + 4 <= cols; n += 4) all_rows(n, std::integral_constant<int, 4>{});
  for (; n < cols; ++n) all_rows(n, std::integral_constant<int, 1>{});
}

}  // namespace neohebb::detail
#pragma GCC diagnostic pop
