// Panels and strips: blocks of a matrix, transposed into the order in which kernels read them.
#pragma once
#include <algorithm>
#include <neohebb/core/panel_product.hpp>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

// GCC: vector types lose an alignment attribute as template arguments, which changes nothing here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"

namespace neohebb::detail {

/// A panel of W is transposed once, into the first-level cache, and met by all columns of X from there: so
/// many packets of its rows, so many of its columns.
inline constexpr int panel_packets = 2;
template <class S> inline constexpr int panel_height = panel_packets* packet_size<S>;
inline constexpr Index panel_depth = 256;

/// to = the transpose of packet_size rows of packet_size numbers, row r at from + min(r, last)·stride; `next`
/// apart.
template <class S> void transpose_square(const S* from, Index stride, Index last, S* to, Index next) {
  const auto row = [&](int r) { return from + std::min<Index>(r, last) * stride; };
#if defined(__AVX512F__)
  if constexpr (sizeof(S) == 4 &&
                packet_size<S> ==
                    16) {  // half of the shuffles that a general transpose takes: loads do the others
    for (int k = 0; k < 16; k += 4, to += 4 * next) {
      const auto every_fourth = [&](int r) {
        __m512 x = _mm512_castps128_ps512(_mm_loadu_ps(row(r) + k));
        x = _mm512_insertf32x4(x, _mm_loadu_ps(row(r + 4) + k), 1);
        x = _mm512_insertf32x4(x, _mm_loadu_ps(row(r + 8) + k), 2);
        return _mm512_insertf32x4(x, _mm_loadu_ps(row(r + 12) + k), 3);
      };
      const __m512 a = every_fourth(0), b = every_fourth(1), c = every_fourth(2), d = every_fourth(3);
      const __m512d ab = _mm512_castps_pd(_mm512_unpacklo_ps(a, b)),
                    cd = _mm512_castps_pd(_mm512_unpacklo_ps(c, d));
      const __m512d AB = _mm512_castps_pd(_mm512_unpackhi_ps(a, b)),
                    CD = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
      _mm512_storeu_ps(to, _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)));
      _mm512_storeu_ps(to + next, _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)));
      _mm512_storeu_ps(to + 2 * next, _mm512_castpd_ps(_mm512_unpacklo_pd(AB, CD)));
      _mm512_storeu_ps(to + 3 * next, _mm512_castpd_ps(_mm512_unpackhi_pd(AB, CD)));
    }
    return;
  }
#endif
  using namespace simd;
  using Packet = simd::Packet<S>;
  constexpr int size = packet_size<S>;
  if constexpr (size == 1) {
    *to = *from;
  } else {
    PacketSquare<S> block;
    for (int r = 0; r < size; ++r) block.packet[r] = ploadu<Packet>(row(r));
    ptranspose(block);
    for (int r = 0; r < size; ++r) pstoreu(to + r * next, block.packet[r]);
  }
}

/// panel = the transpose of `rows` ≤ Height rows and `depth` columns of w; rows that are missing in a packet
/// are zero.
template <int Height, class S> void transpose_panel(Strided<const S> w, Index rows, Index depth, S* panel) {
  constexpr int size = packet_size<S>;
  const Index whole = depth / size * size;
  for (Index i = 0; i < rows; i += size) {
    if (i + size > rows) {
      for (Index k = 0; k < depth; ++k)
        for (Index r = i; r < i + size; ++r) panel[k * Height + r] = r < rows ? w(r, k) : S(0);
      continue;
    }
    for (Index k = 0; k < whole; k += size)
      transpose_square(&w(i, k), w.row, size - 1, panel + k * Height + i, Height);
    for (Index k = whole; k < depth; ++k)
      for (Index r = i; r < i + size; ++r) panel[k * Height + r] = w(r, k);
  }
}

/// strip = `valid` ≤ Columns columns of x by rows of Columns numbers; what stands for missing ones is of no
/// consequence. Writes up to a packet beyond its end.
template <int Columns, class S> void cut_strip(Strided<const S> x, Index rows, Index valid, S* strip) {
  constexpr int size = packet_size<S>;
  Index k = 0;
  if constexpr (Columns <= size)  // a row writes into the next one, which then is written
    for (; k + size <= rows; k += size, strip += size * Columns)
      transpose_square(&x(k, 0), x.col, valid - 1, strip, Columns);
  for (; k < rows; ++k, strip += Columns)
    for (int c = 0; c < Columns; ++c) strip[c] = x(k, std::min<Index>(c, valid - 1));
}

}  // namespace neohebb::detail
#pragma GCC diagnostic pop
