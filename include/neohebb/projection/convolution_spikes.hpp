// A convolution's spikes: each adds its kernel to a patch of outputs; its gradient is a patch of errors.
#pragma once
#include <algorithm>
#include <cstdint>
#include <neohebb/projection/convolution_kernels.hpp>
#include <neohebb/projection/spike_record.hpp>
#include <span>
#include <vector>

// GCC: vector types lose an alignment attribute as template arguments, which changes nothing here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"

namespace neohebb::detail {

struct ConvGeometry {
  Index height, width, channels_in, channels_out, kernel, stride, padding, out_height, out_width;
  Index taps() const { return kernel * kernel; }
};

/// The outputs that a spike at coordinate `at` reaches along one axis: output first + i by tap tap −
/// i·stride, i < count.
struct Reach {
  Index first, tap, count;
};
inline Reach reach(Index at, Index kernel, Index stride, Index padding, Index size) {
  const Index shifted = at + padding;
  const Index first = shifted < kernel ? 0 : (shifted - kernel) / stride + 1;  // its tap is below kernel
  const Index last = std::min(shifted / stride, size - 1);                     // its tap is not negative
  return {first, shifted - first * stride, std::max<Index>(0, last - first + 1)};
}

/// Scratch of the two sums over spikes, which go channel by channel and conv_height outputs at a time: what
/// they add to stays in the nearest cache, what they read in the second.
template <class S> class ConvSpikes {
 public:
  /// Room for pack and scatter, none of which then allocates.
  void reserve_scatter(const ConvGeometry& g) {
    const Index inputs = g.height * g.width * g.channels_in;
    start_.resize(g.channels_in + 1);
    row_.resize(inputs);
    column_.resize(inputs);
    sums_.resize(g.out_height * g.out_width * height);
    packed_.resize(panels(g) * g.channels_in * g.taps() * height);
    down_.clear();
    right_.clear();
    for (Index at = 0; at < g.height; ++at)
      down_.push_back(reach(at, g.kernel, g.stride, g.padding, g.out_height));
    for (Index at = 0; at < g.width; ++at)
      right_.push_back(reach(at, g.kernel, g.stride, g.padding, g.out_width));
  }
  /// Room for gather, of so many columns at a time.
  void reserve_gather(const ConvGeometry& g, Index columns = 32) {
    at_a_time_ = std::clamp<Index>((Index{1} << 20) / Index{sizeof(S)} / padded_size(g), 1, columns);
    patch_.resize(g.height * g.width * g.channels_in * at_a_time_);
    patches_of_.resize(g.channels_in + 1);
    place_.resize(g.height * g.width * g.channels_in);
    padded_.setZero(at_a_time_ * padded_size(g));
  }

  /// Lays out W in panels, for any number of scatters: read in the order they are met, from the start of
  /// memory to its end, where columns of W lie far apart.
  void pack(const ConvGeometry& g, const auto& w) {
    if (packed_.size() == 0) reserve_scatter(g);
    const Index columns = g.channels_in * g.taps();
    for (Index k = 0; k < panels(g); ++k)
      pack_panels(column_of(w, 0) + k * height, w.colStride(),
                  std::min<Index>(height, g.channels_out - k * height), columns,
                  packed_.data() + k * columns * height);
  }
  /// Equals Convolution::forward of a 0/1 image (tests/projection/convolution.cpp): y += W∘s of one sample,
  /// for the W packed last. y: outputs × 1.
  void scatter(const ConvGeometry& g, std::span<const std::int32_t> active, auto&& y) {
    eigen_assert(packed_.size() > 0 && "a convolution's forward_spikes before prepare");
    if (active.empty()) return;
    sort_by_channel(g, active);
    const Index pixels = g.out_height * g.out_width;
    for (Index first = 0; first < g.channels_out; first += height) {
      const Index valid = std::min<Index>(height, g.channels_out - first);
      Eigen::Map<Vector<S>>(sums_.data(), pixels * height).setZero();
      scatter_panel(g, packed_.data() + first * g.channels_in * g.taps());
      S* to = column_of(y, 0) + first;
      const S* from = sums_.data();
      for (Index p = 0; p < pixels; ++p, to += g.channels_out, from += height)
        if (valid == height)
          Eigen::Map<Panel>(to) += Eigen::Map<const Panel>(from);
        else
          for (Index i = 0; i < valid; ++i) to[i] += from[i];
    }
  }

  /// Equals Convolution::gather of 0/1 images (tests/projection/convolution.cpp): gradient += scale · δ∘sᵀ.
  /// delta: outputs × recorded columns; gradient: W's columns of the input channels from `begin` on.
  void gather(const ConvGeometry& g, S scale, const auto& delta, const SpikeRecord& spikes, auto&& gradient,
              Index begin) {
    if (padded_.size() == 0) reserve_gather(g);
    const Index columns = spikes.columns(), group = at_a_time_, channels = gradient.cols() / g.taps();
    place_.setZero();
    for (Index t = 0; t < columns; t += group) {
      const Index end = std::min(columns, t + group);
      list_patches(g, spikes, begin, channels, t, end);
      for (Index first = 0; first < g.channels_out; first += height) {
        const Index valid = std::min<Index>(height, g.channels_out - first);
        for (Index k = t; k < end; ++k)
          pad(g, column_of(delta, k) + first, valid, padded_.data() + (k - t) * padded_size(g));
        for (Index c = 0; c < channels; ++c)
          if (patches_of_[c] < patches_of_[c + 1])
            for (Index ky = 0; ky < g.kernel; ++ky) gather_row(g, scale, ky, valid, first, gradient, c);
      }
    }
  }

 private:
  static constexpr int height = conv_height<S>;
  static Index panels(const ConvGeometry& g) { return (g.channels_out + height - 1) / height; }
  using Panel = Eigen::Array<S, height, 1>;

  void sort_by_channel(const ConvGeometry& g, std::span<const std::int32_t> active) {
    const auto channels = static_cast<std::int32_t>(g.channels_in);
    start_.setZero();
    for (const std::int32_t j : active) ++start_[j % channels + 1];
    for (Index c = 1; c <= channels; ++c) start_[c] += start_[c - 1];
    for (const std::int32_t j : active) {
      const std::int32_t pixel = j / channels, at = start_[j % channels]++;
      row_[at] = pixel / static_cast<std::int32_t>(g.width);
      column_[at] = pixel % static_cast<std::int32_t>(g.width);
    }
    for (Index c = channels; c > 0; --c) start_[c] = start_[c - 1];
    start_[0] = 0;
  }
  /// N neighbouring outputs in each of some rows: as many as a kernel reaches, without a branch per output.
  template <int N>
  static void add_strip(const S* from, Index back, Index row_back, S* to, Index next_row, Index rows) {
    for (Index i = 0; i < rows; ++i, from -= row_back, to += next_row)
      for (int n = 0; n < N; ++n)
        Eigen::Map<Panel>(to + n * height) += Eigen::Map<const Panel>(from - n * back);
  }
  void scatter_panel(const ConvGeometry& g, const S* kernel) {
    const Index back = g.stride * height, row_back = back * g.kernel;
    for (Index c = 0; c < g.channels_in; ++c, kernel += g.taps() * height)
      for (std::int32_t k = start_[c]; k < start_[c + 1]; ++k) {
        const Reach &down = down_[static_cast<std::size_t>(row_[k])],
                    &right = right_[static_cast<std::size_t>(column_[k])];
        const S* from = kernel + (down.tap * g.kernel + right.tap) * height;
        S* to = sums_.data() + (down.first * g.out_width + right.first) * height;
        Index n = 0;
        const auto strips = [&]<int N>(std::integral_constant<int, N>) {
          for (; n + N <= right.count; n += N)
            add_strip<N>(from - n * back, back, row_back, to + n * height, g.out_width * height, down.count);
        };
        strips(std::integral_constant<int, 7>{});
        strips(std::integral_constant<int, 6>{});
        strips(std::integral_constant<int, 5>{});
        strips(std::integral_constant<int, 4>{});
        strips(std::integral_constant<int, 3>{});
        strips(std::integral_constant<int, 2>{});
        strips(std::integral_constant<int, 1>{});
      }
  }

  // The errors of a sample with a border of zeros, stride apart: every tap of every spike has a place in
  // them, the one that tap (ky, kx) of a spike at (row, column) sees at (row + kernel − 1 − ky, column +
  // kernel − 1 − kx).
  static Index padded_width(const ConvGeometry& g) { return g.width + g.kernel - 1; }
  static Index padded_rows(const ConvGeometry& g) { return g.height + g.kernel - 1; }
  static Index padded_size(const ConvGeometry& g) { return padded_rows(g) * padded_width(g) * height; }
  /// The border is never written: it stays as it was made.
  void pad(const ConvGeometry& g, const S* delta, Index valid, S* to) const {
    const Index margin = g.kernel - 1 - g.padding;
    for (Index row = 0; row < g.out_height; ++row)
      for (Index column = 0; column < g.out_width; ++column, delta += g.channels_out) {
        S* place = to + ((row * g.stride + margin) * padded_width(g) + column * g.stride + margin) * height;
        if (valid == height)
          std::copy_n(delta, height, place);
        else
          for (Index o = 0; o < valid; ++o) place[o] = delta[o];
      }
  }
  /// Where in the padded errors of columns [t, end) each spike finds the error of its tap (0, 0): channel
  /// after channel.
  void list_patches(const ConvGeometry& g, const SpikeRecord& spikes, Index begin, Index channels, Index t,
                    Index end) {
    Index listed = 0;
    for (Index c = 0; c < channels; ++c) {
      patches_of_[c] = listed;
      for (Index p = 0; p < g.height * g.width; ++p) {
        const Index j = p * g.channels_in + begin + c;
        const auto columns = spikes.columns_of(j);
        auto at = static_cast<std::size_t>(place_[j]);
        if (at == columns.size() || columns[at] >= end) continue;
        const Index offset =
            ((p / g.width + g.kernel - 1) * padded_width(g) + p % g.width + g.kernel - 1) * height;
        for (; at < columns.size() && columns[at] < end; ++at)
          patch_[listed++] = static_cast<std::int32_t>((columns[at] - t) * padded_size(g) + offset);
        place_[j] = static_cast<std::int32_t>(at);
      }
    }
    patches_of_[channels] = listed;
  }
  void gather_row(const ConvGeometry& g, S scale, Index ky, Index valid, Index first, auto& gradient,
                  Index c) {
    each_tap_block(g.kernel, [&]<int N>(std::integral_constant<int, N>, Index kx) {
      Tile<S, height, N> sums;
      add_patches<N>(c, (ky * padded_width(g) + kx) * height, sums.data());
      gradient.block(first, (c * g.kernel + ky) * g.kernel + kx, valid, N).array() +=
          scale * sums.topRows(valid);
    });
  }
  /// sums: N taps; the first lies `shift` numbers before a patch's own place, the k-th k places before it.
  template <int N> EIGEN_DONT_INLINE void add_patches(Index c, Index shift, S* sums) const {
    using namespace simd;
    using Packet = simd::Packet<S>;
    constexpr int packets = panel_packets, size = packet_size<S>;
    Packet sum[N][packets];
    for (auto& tap : sum)
      for (Packet& s : tap) s = pset1<Packet>(S(0));
    for (Index k = patches_of_[c]; k < patches_of_[c + 1]; ++k) {
      const S* from = padded_.data() + (patch_[k] - shift);
      for (int n = 0; n < N; ++n)
        for (int p = 0; p < packets; ++p)
          sum[n][p] = padd(sum[n][p], ploadu<Packet>(from - n * height + p * size));
    }
    for (int n = 0; n < N; ++n)
      for (int p = 0; p < packets; ++p) pstoreu(sums + (n * packets + p) * size, sum[n][p]);
  }

  Vector<std::int32_t> start_, row_, column_, patch_, place_;
  std::vector<Reach> down_, right_;
  Vector<S> packed_, sums_, padded_;
  Vector<Index> patches_of_;  // first of each channel's patches
  Index at_a_time_ = 0;       // columns of δ
};

}  // namespace neohebb::detail
#pragma GCC diagnostic pop
