// Two-dimensional convolution: the same kernel of weights at every pixel.
#pragma once
#include <limits>
#include <neohebb/projection/connectivity.hpp>
#include <neohebb/projection/convolution_kernels.hpp>
#include <neohebb/projection/convolution_spikes.hpp>

namespace neohebb {

/// Images of channels to images of channels, with zeros outside of them (a cross-correlation, as in PyTorch):
///
///     y[o, r, c] = Σ_{i, ky, kx} W[o, i, ky, kx] · x[i, r·stride + ky − padding, c·stride + kx − padding]
///
/// A column of x is an image, channel fastest: entry (row·width + column)·channels + channel; so is one of y.
/// W: channels_out × channels_in·kernel², entry (o, (i·kernel + ky)·kernel + kx): NumPy's (out, in, ky, kx)
/// flattened. One bias per output channel.
///
///   parameter      default   meaning
///   height, width  —         of the input images, ≥ 1; not necessarily square
///   channels_in    —         ≥ 1
///   channels_out   —         ≥ 1
///   kernel         —         kernel × kernel taps
///   stride         1         pixels from one output to the next
///   padding        0         zeros on each side; (kernel − 1)/2 keeps the size of the images
///
/// Dense x: 2·channels_out·channels_in·kernel² operations an output pixel, at the speed of matrix products,
/// with no matrix of patches. A spike: kernel² additions of channels_out numbers. [Kaiser, Mostafa, Neftci
/// 2020]
/// A projection throws std::invalid_argument for other values, padding ≥ kernel, images smaller than the
/// kernel, and more than 2³¹ − 1 inputs or outputs.
struct Convolution {
  Index height = 0, width = 0, channels_in = 0, channels_out = 0, kernel = 0, stride = 1, padding = 0;
  /// Rates above which products are cheaper than spikes, which cross at 40 to 60 % with 64 to 128 channels
  /// and at 20 % with two. [benchmarks/RESULTS.md]
  static constexpr double dense_above = 0.35, dense_above_single = 0.35;

  void validate() const {
    check_positive("Convolution.height", height);
    check_positive("Convolution.width", width);
    check_positive("Convolution.channels_in", channels_in);
    check_positive("Convolution.channels_out", channels_out);
    check_positive("Convolution.kernel", kernel);
    check_positive("Convolution.stride", stride);
    NEOHEBB_REQUIRE(padding >= 0 && padding < kernel, "Convolution.padding is ", padding,
                    ", must be at least 0 and less than the kernel, ", kernel);
    NEOHEBB_REQUIRE(height + 2 * padding >= kernel && width + 2 * padding >= kernel,
                    "Convolution: images of ", height, " x ", width, " with padding ", padding,
                    " are smaller than the kernel, ", kernel);
    constexpr double most = std::numeric_limits<std::int32_t>::max();  // spikes are listed by 32-bit numbers
    const auto size = [](auto... n) { return (static_cast<double>(n) * ...); };
    NEOHEBB_REQUIRE(
        size(height, width, channels_in) <= most && size(out_height(), out_width(), channels_out) <= most,
        "Convolution of ", height, " x ", width, " images: more than ", most, " inputs or outputs");
  }
  Index out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  Index out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
  /// Number of pixels of the output.
  Index out_pixels() const { return out_height() * out_width(); }
  Extent<> inputs() const { return height * width * channels_in; }
  Extent<> outputs() const { return out_pixels() * channels_out; }
  Extent<> rows() const { return channels_out; }
  Extent<> cols() const { return channels_in * taps(); }
  /// Number of weights of one kernel.
  Index taps() const { return kernel * kernel; }
  /// Columns of W that belong to one input channel: an update can be split between them.
  Index column_group() const { return taps(); }

  /// What the products need beside their arguments.
  template <class S> struct Workspace {
    Vector<S> planes, panels;      // scratch
    Vector<std::int32_t> offsets;  // scratch
    detail::ConvSpikes<S> spikes;
  };
  template <class S> Workspace<S> workspace() const {
    const Index planes = samples_at_a_time<S>() * channels_in * shape().plane_size;
    const Index panels = std::max(samples_at_a_time<S>() * out_pixels(), channels_at_a_time<S>() * taps());
    const auto offset = [&](Index tap) {
      return static_cast<std::int32_t>(tap / kernel * shape().plane_width + tap % kernel);
    };
    return {Vector<S>(planes),
            Vector<S>(panels * detail::conv_height<S>),
            Vector<std::int32_t>::NullaryExpr(taps(), offset),
            {}};
  }

  template <class S> void forward(const auto& w, const auto& x, auto&& y, Workspace<S>& t) const {
    check_shape("Convolution input", x, Index(inputs()), x.cols());
    shape_output("Convolution output", y, Index(outputs()), x.cols());
    const Index group = samples_at_a_time<S>(), depth = channels_at_a_time<S>();
    const detail::ConvShape s = shape(t.offsets.data());
    for (Index b = 0; b < x.cols(); b += group) {
      const Index samples = std::min(group, x.cols() - b);
      spread_planes(x, b, samples, 0, channels_in, t.planes.data());
      each_panel<S>([&](Index first, Index valid) {
        for (Index c = 0; c < channels_in; c += depth) {
          const Index channels = std::min(depth, channels_in - c);
          detail::pack_panels(detail::column_of(w, c * taps()) + first, w.colStride(), valid,
                              channels * taps(), t.panels.data());
          for (Index k = 0; k < samples; ++k) {
            const S* plane = t.planes.data() + (k * channels_in + c) * s.plane_size;
            S* out = detail::column_of(y, b + k) + first;
            for (Index row = 0; row < s.out_height; ++row) {
              const S* from = plane + row * stride * s.plane_width;
              S* to = out + row * s.out_width * channels_out;
              if (stride == 1)
                detail::convolve_row<true>(t.panels.data(), from, channels, s, to, channels_out, valid,
                                           c > 0);
              else
                detail::convolve_row<false>(t.panels.data(), from, channels, s, to, channels_out, valid,
                                            c > 0);
            }
          }
        }
      });
    }
  }
  /// gradient: the columns of W from `first` on, whole input channels.
  template <class S>
  void gather(S scale, const auto& delta, const auto& x, auto&& gradient, Workspace<S>& t,
              Index first_column = 0) const {
    check_shape("Convolution input", x, Index(inputs()), x.cols());
    check_shape("Convolution delta", delta, Index(outputs()), x.cols());
    check_gradient(gradient, first_column);
    const Index group = samples_at_a_time<S>(), begin = first_column / taps(), n = gradient.cols() / taps();
    constexpr Index panel = detail::conv_height<S>;
    const detail::ConvShape s = shape();
    for (Index b = 0; b < x.cols(); b += group) {
      const Index samples = std::min(group, x.cols() - b);
      spread_planes(x, b, samples, begin, n, t.planes.data());
      each_panel<S>([&](Index first, Index valid) {
        for (Index k = 0; k < samples; ++k)
          detail::pack_panels(detail::column_of(delta, b + k) + first, channels_out, valid, out_pixels(),
                              t.panels.data() + k * out_pixels() * panel);
        for (Index c = 0; c < n; ++c)
          for (Index ky = 0; ky < kernel; ++ky)
            detail::each_tap_block(kernel, [&]<int N>(std::integral_constant<int, N>, Index kx) {
              detail::Tile<S, int{panel}, N> sums = detail::Tile<S, int{panel}, N>::Zero();
              for (Index k = 0; k < samples; ++k)
                detail::gather_taps<N>(t.panels.data() + k * out_pixels() * panel,
                                       t.planes.data() + (k * n + c) * s.plane_size + ky * s.plane_width + kx,
                                       s, sums.data());
              gradient.block(first, (c * kernel + ky) * kernel + kx, valid, N).array() +=
                  scale * sums.topRows(valid);
            });
      });
    }
  }
  /// Room for sums over spikes, in a workspace that is to make them: products need none of it.
  template <class S> void reserve_forward_spikes(Workspace<S>& t) const {
    t.spikes.reserve_scatter(geometry());
  }
  /// Room for sums over so many steps of one sample.
  template <class S> void reserve_gather_spikes(Workspace<S>& t, Index columns = 32) const {
    t.spikes.reserve_gather(geometry(), columns);
  }
  /// Lays out weights for forward_spikes, which needs it before its first call and whenever they have
  /// changed.
  template <class S> void prepare(const auto& w, Workspace<S>& t) const { t.spikes.pack(geometry(), w); }
  template <class S>
  void forward_spikes(const auto&, std::span<const std::int32_t> active, auto&& y, Workspace<S>& t) const {
    check_shape("Convolution output", y, Index(outputs()), 1);
    t.spikes.scatter(geometry(), active, y);
  }
  template <class S>
  void gather_spikes(S scale, const auto& delta, const SpikeRecord& spikes, auto&& gradient, Index first,
                     Workspace<S>& t) const {
    check_shape("Convolution delta", delta, Index(outputs()), delta.cols());
    check_gradient(gradient, first);
    t.spikes.gather(geometry(), scale, delta, spikes, gradient, first / taps());
  }
  void add_bias(const auto& bias, auto& y) const {
    check_shape("Convolution output", y, Index(outputs()), y.cols());
    for (Index b = 0; b < y.cols(); ++b) pixels_of(y, b).colwise() += bias;
  }
  void gather_bias(auto scale, const auto& delta, auto& gradient) const {
    check_shape("Convolution delta", delta, Index(outputs()), delta.cols());
    check_shape("Convolution gradient of the bias", gradient, channels_out, 1);
    for (Index b = 0; b < delta.cols(); ++b) gradient += scale * pixels_of(delta, b).rowwise().sum();
  }

 private:
  /// Columns of W, whole input channels from `first` on.
  void check_gradient(const auto& gradient, Index first) const {
    check_shape("Convolution gradient", gradient, channels_out, gradient.cols());
    NEOHEBB_REQUIRE(
        first % taps() == 0 && gradient.cols() % taps() == 0 && first + gradient.cols() <= Index(cols()),
        "Convolution gradient: ", gradient.cols(), " columns of W from ", first,
        " on are not whole input channels of ", taps(), " columns, of ", Index(cols()));
  }
  detail::ConvGeometry geometry() const {
    return {height, width, channels_in, channels_out, kernel, stride, padding, out_height(), out_width()};
  }
  detail::ConvShape shape(const std::int32_t* offsets = nullptr) const {
    const Index plane_width = width + 2 * padding;
    return {kernel,       stride,      plane_width, plane_width * (height + 2 * padding),
            out_height(), out_width(), offsets};
  }
  /// Samples whose planes are made before they are met by a panel of W, or of δ by a plane: some hundred
  /// kilobytes.
  template <class S> Index samples_at_a_time() const {
    const Index numbers = channels_in * shape().plane_size + out_pixels() * detail::conv_height<S>;
    return std::clamp<Index>((Index{1} << 20) / Index{sizeof(S)} / numbers, 1, 4);
  }
  /// Input channels whose panels of W stay in the nearest cache.
  template <class S> Index channels_at_a_time() const {
    constexpr Index numbers = 28 * 1024 / Index{sizeof(S)};
    return std::clamp<Index>(numbers / (taps() * detail::conv_height<S>), 1, channels_in);
  }
  template <class S> void each_panel(auto&& use) const {
    for (Index first = 0; first < channels_out; first += detail::conv_height<S>)
      use(first, std::min<Index>(detail::conv_height<S>, channels_out - first));
  }
  /// Channels [begin, begin + n) of the samples from `first` on, each as a plane with its border of zeros.
  template <class S>
  void spread_planes(const auto& x, Index first, Index samples, Index begin, Index n, S* planes) const {
    const detail::ConvShape s = shape();
    Eigen::Map<Vector<S>>(planes, samples * n * s.plane_size).setZero();
    for (Index k = 0; k < samples; ++k, planes += n * s.plane_size) {
      const S* pixel = detail::column_of(x, first + k) + begin;
      for (Index row = 0; row < height; ++row)
        for (Index column = 0; column < width; ++column, pixel += channels_in) {
          S* to = planes + (row + padding) * s.plane_width + column + padding;
          for (Index c = 0; c < n; ++c, to += s.plane_size) *to = pixel[c];
        }
    }
  }
  auto pixels_of(const auto& m, Index b) const {
    using S = typename std::decay_t<decltype(m)>::Scalar;
    return Eigen::Map<const Matrix<S>>(detail::column_of(m, b), channels_out, out_pixels());
  }
  auto pixels_of(auto& m, Index b) const {
    using S = typename std::decay_t<decltype(m)>::Scalar;
    return Eigen::Map<Matrix<S>>(detail::column_of(m, b), channels_out, out_pixels());
  }
};

}  // namespace neohebb
