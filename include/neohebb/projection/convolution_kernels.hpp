// The kernels of a convolution: tiles of outputs × pixels, or of outputs × taps, that stay in registers.
#pragma once
#include <algorithm>
#include <cstdint>
#include <neohebb/core/panels.hpp>
#include <neohebb/core/types.hpp>

// GCC: vector types lose an alignment attribute as template arguments, which changes nothing here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"

namespace neohebb::detail {

/// Output channels that kernels take at a time: as many as two packets hold, in panels filled up with zeros.
template <class S> inline constexpr int conv_height = panel_height<S>;

/// Sizes of one input channel's plane with its border of zeros, of the kernel and of the image of outputs.
struct ConvShape {
  Index kernel, stride;
  Index plane_width, plane_size;  // numbers from one row, one plane to the next
  Index out_height, out_width;
  const std::int32_t* offsets;  // of each tap in a plane
};

/// N pixels of a row, conv_height outputs: sum over channels and taps of W x. Equals the definition's loops
/// (tests/projection/convolution.cpp).
/// w: [channel][tap] panels of conv_height; plane: the first channel's, at the first pixel's first tap.
template <int N, bool unit_stride, class S>
EIGEN_DONT_INLINE void convolve_pixels(const S* w, const S* plane, Index channels, const ConvShape& shape,
                                       S* y, Index next_pixel, Index valid, bool add) {
  using namespace simd;
  using Packet = simd::Packet<S>;
  constexpr int packets = panel_packets, size = packet_size<S>;
  Packet sum[N][packets];
  for (auto& pixel : sum)
    for (Packet& s : pixel) s = pset1<Packet>(S(0));
  const Index step = unit_stride ? 1 : shape.stride;
  for (Index c = 0; c < channels; ++c, plane += shape.plane_size) {
    // One loop over all taps, each with its own address: where a compiler sees that taps are neighbours, it
    // keeps factors in registers and shuffles them about, on the unit that multiplies.
    for (Index k = 0; k < shape.kernel * shape.kernel; ++k, w += packets * size) {
      const S* from = plane + shape.offsets[k];
      Packet left[packets];
      for (int p = 0; p < packets; ++p) left[p] = ploadu<Packet>(w + p * size);
      for (int n = 0; n < N; ++n) {
        const Packet factor = pset1<Packet>(from[n * step]);
        for (int p = 0; p < packets; ++p) sum[n][p] = pmadd(left[p], factor, sum[n][p]);
      }
    }
  }
  if (valid == packets * size) {
    for (int n = 0; n < N; ++n, y += next_pixel)
      for (int p = 0; p < packets; ++p)
        pstoreu(y + p * size, add ? padd(ploadu<Packet>(y + p * size), sum[n][p]) : sum[n][p]);
    return;
  }
  for (int n = 0; n < N; ++n, y += next_pixel) {
    S all[packets * size];
    for (int p = 0; p < packets; ++p) pstoreu(all + p * size, sum[n][p]);
    for (Index i = 0; i < valid; ++i) y[i] = add ? y[i] + all[i] : all[i];
  }
}

/// Pixels of a row that a tile of convolve_pixels holds in registers.
inline constexpr int conv_pixels = many_registers ? 8 : 4;

/// A row of outputs, by tiles.
template <bool unit_stride, class S>
void convolve_row(const S* w, const S* plane, Index channels, const ConvShape& shape, S* y, Index next_pixel,
                  Index valid, bool add) {
  Index x = 0;
  const auto tiles = [&]<int N>(std::integral_constant<int, N>) {
    for (; x + N <= shape.out_width; x += N)
      convolve_pixels<N, unit_stride>(w, plane + x * shape.stride, channels, shape, y + x * next_pixel,
                                      next_pixel, valid, add);
  };
  tiles(std::integral_constant<int, conv_pixels>{});
  if constexpr (conv_pixels > 4) tiles(std::integral_constant<int, 4>{});
  tiles(std::integral_constant<int, 1>{});
}

/// N neighbouring taps of a kernel's row, conv_height outputs: += sum over the pixels of one sample of δ x.
/// Equals the definition's loops (tests/projection/convolution.cpp).
/// delta: [pixel] panels of conv_height; plane: the channel's, at the first pixel's first of these taps.
template <int N, class S>
EIGEN_DONT_INLINE void gather_taps(const S* delta, const S* plane, const ConvShape& shape, S* sums) {
  using namespace simd;
  using Packet = simd::Packet<S>;
  constexpr int packets = panel_packets, size = packet_size<S>;
  Packet sum[N][packets];
  for (int n = 0; n < N; ++n)
    for (int p = 0; p < packets; ++p) sum[n][p] = ploadu<Packet>(sums + (n * packets + p) * size);
  for (Index oy = 0; oy < shape.out_height; ++oy, plane += shape.stride * shape.plane_width) {
    const S* from = plane;
    for (Index ox = 0; ox < shape.out_width; ++ox, from += shape.stride, delta += packets * size) {
      Packet left[packets];
      for (int p = 0; p < packets; ++p) left[p] = ploadu<Packet>(delta + p * size);
      for (int n = 0; n < N; ++n) {
        const Packet factor = pset1<Packet>(from[n]);
        for (int p = 0; p < packets; ++p) sum[n][p] = pmadd(left[p], factor, sum[n][p]);
      }
    }
  }
  for (int n = 0; n < N; ++n)
    for (int p = 0; p < packets; ++p) pstoreu(sums + (n * packets + p) * size, sum[n][p]);
}

/// use(integral_constant N, first) for blocks of `taps` neighbouring taps: kernels of 7, 5 and 3 in one.
void each_tap_block(Index taps, auto&& use) {
  Index first = 0;
  const auto blocks = [&]<int N>(std::integral_constant<int, N> n) {
    for (; first + N <= taps; first += N) use(n, first);
  };
  if constexpr (many_registers) blocks(std::integral_constant<int, 7>{});
  blocks(std::integral_constant<int, 5>{});
  blocks(std::integral_constant<int, 3>{});
  blocks(std::integral_constant<int, 1>{});
}

/// `rows` rows (outputs) of `count` columns of a column-major matrix into panels of conv_height, filled up
/// with zeros.
template <class S> void pack_panels(const S* from, Index next_column, Index rows, Index count, S* to) {
  constexpr Index height = conv_height<S>;
  for (Index k = 0; k < count; ++k, from += next_column, to += height) {
    Eigen::Map<Eigen::Array<S, height, 1>> panel(to);
    if (rows == height) {
      panel = Eigen::Map<const Eigen::Array<S, height, 1>>(from);
    } else {
      panel.setZero();
      panel.head(rows) = Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, 1>>(from, rows);
    }
  }
}

}  // namespace neohebb::detail
#pragma GCC diagnostic pop
