// Random distortions of images, for training sets that are too small.
#pragma once
#include <neohebb/core/random.hpp>
#include <vector>

namespace neohebb {

namespace detail {

/// Bilinear interpolation at row v, column u of a row-major image; 0 outside.
template <class S> S bilinear(const S* image, Index height, Index width, S v, S u) {
  if (!(v > S(-1) && u > S(-1) && v < S(height) && u < S(width))) return S(0);
  const S top = std::floor(v), left = std::floor(u), down = v - top, right = u - left;
  const auto r = static_cast<Index>(top), c = static_cast<Index>(left);
  const auto at = [&](Index i, Index j) {
    return i >= 0 && j >= 0 && i < height && j < width ? image[i * width + j] : S(0);
  };
  if (r >= 0 && c >= 0 && r + 1 < height && c + 1 < width) {
    const S* p = image + r * width + c;
    return (S(1) - down) * ((S(1) - right) * p[0] + right * p[1]) +
           down * ((S(1) - right) * p[width] + right * p[width + 1]);
  }
  return (S(1) - down) * ((S(1) - right) * at(r, c) + right * at(r, c + 1)) +
         down * ((S(1) - right) * at(r + 1, c) + right * at(r + 1, c + 1));
}

template <class In, class Out>
void check_augment_sizes(const In& images, const Out& out, Index height, Index width) {
  static_assert(columns_in_memory<In> && columns_in_memory<Out>,
                "neohebb: an image is a column, stored without gaps; copy images into a neohebb::Matrix "
                "(EIGEN_DEFAULT_TO_ROW_MAJOR has an Eigen::MatrixXf stored by rows)");
  static_assert(std::is_same_v<typename In::Scalar, typename Out::Scalar> &&
                    std::is_floating_point_v<typename In::Scalar>,
                "neohebb: images in and out have the same type, float or double");
  check_shape("images to be augmented", images, height * width, images.cols());
  check_shape("augmented images", out, images.rows(), images.cols());
  NEOHEBB_REQUIRE(
      static_cast<const void*>(images.derived().data()) != static_cast<const void*>(out.derived().data()) ||
          images.size() == 0,
      "images cannot be augmented in place; give another matrix for the result");
}

}  // namespace detail

/// Random affine maps about the image's centre, one per sample, uniform within the bounds below:
///
///     (y, x) = centre + shift + R(rotation) · shear · (1 + scale) · ((y, x) of the original − centre)
///
/// bilinear, 0 outside. Sample b's map depends on the generator's seed, stream and step and on sample + b
/// only. All bounds 0 leaves images as they are, bit for bit, and so does a shift by whole pixels with what
/// stays inside.
struct RandomAffine {
  Index height = 28;
  Index width = 28;
  double shift = 0;           // pixels, each way, in both directions
  double rotation = 0;        // degrees, each way
  double scale = 0;           // fraction: sizes 1 − scale … 1 + scale
  double shear = 0;           // columns per row, each way: slant
  bool whole_pixels = false;  // shifts by whole pixels only

  void validate() const {
    check_positive("height", height);
    check_positive("width", width);
    NEOHEBB_REQUIRE(is_number(shift) && shift >= 0 && shift < 1e6, "shift is ", shift,
                    " pixels, must be 0 or more");
    check_range("rotation (degrees)", rotation, 0.0, 180.0);
    NEOHEBB_REQUIRE(is_number(scale) && scale >= 0 && scale < 1, "scale is ", scale,
                    ", must be at least 0 and below 1");
    check_range("shear", shear, 0.0, 10.0);
    NEOHEBB_REQUIRE(!whole_pixels || shift == std::floor(shift), "shift is ", shift,
                    ", must be a whole number with whole_pixels");
  }
  /// images, out: (height·width) × n, float or double, not the same memory. Throws std::invalid_argument for
  /// other sizes, and for parameters that validate() refuses.
  template <class In, class Out>
  void operator()(const Eigen::MatrixBase<In>& images, const Generator& generator, Out&& out) const {
    using S = typename In::Scalar;
    using O = std::remove_cvref_t<Out>;
    validate();
    detail::check_augment_sizes<In, O>(images.derived(), out, height, width);
    for (Index b = 0; b < images.cols(); ++b) {
      const Inverse<S> map = draw<S>(generator.sequence(b));
      const S* from = detail::column_of(images.derived(), b);
      S* to = detail::column_of(out, b);
      for (Index r = 0; r < height; ++r)
        for (Index c = 0; c < width; ++c)
          *to++ = detail::bilinear(from, height, width, map.vy * S(r) + map.vx * S(c) + map.v,
                                   map.uy * S(r) + map.ux * S(c) + map.u);
    }
  }

 private:
  /// Where a pixel of the result comes from: row v = vy·r + vx·c + v, column u likewise.
  template <class S> struct Inverse { S vy, vx, v, uy, ux, u; };
  template <class S> Inverse<S> draw(RandomSequence numbers) const {
    const auto offset = [&] {
      if (!whole_pixels) return numbers.uniform(-shift, shift);
      return static_cast<double>(numbers.below(2 * static_cast<std::uint32_t>(shift) + 1)) - shift;
    };
    const double dy = offset(), dx = offset();
    const double angle = numbers.uniform(-rotation, rotation) * std::numbers::pi / 180;
    const double size = 1 + numbers.uniform(-scale, scale), slant = numbers.uniform(-shear, shear);
    const double c = std::cos(angle) / size, s = std::sin(angle) / size;
    // The inverse of R · [1 0; slant 1] · size on (y, x).
    const double vy = c, vx = s, uy = -s - slant * c, ux = c - slant * s;
    const double y = static_cast<double>(height - 1) / 2, x = static_cast<double>(width - 1) / 2;
    return {S(vy), S(vx), S(y - vy * (y + dy) - vx * (x + dx)),
            S(uy), S(ux), S(x - uy * (y + dy) - ux * (x + dx))};
  }
};

/// Elastic distortion: every pixel is moved by smoothed noise, as if the paper were rubber.
/// [Simard, Steinkraus, Platt 2003, "Best practices for convolutional neural networks applied to visual
/// document analysis"; their α is amplitude · √3 · 2√π · smoothness here]
/// Throws std::invalid_argument for images of other sizes, and for parameters that validate() refuses.
struct ElasticDistortion {
  Index height = 28;
  Index width = 28;
  double amplitude = 1;   // pixels, root mean square displacement (less at the border)
  double smoothness = 4;  // pixels, σ of the Gaussian that smooths the noise

  void validate() const {
    check_positive("height", height);
    check_positive("width", width);
    NEOHEBB_REQUIRE(is_number(amplitude) && amplitude >= 0 && amplitude < 1e6, "amplitude is ", amplitude,
                    " pixels, must be 0 or more");
    NEOHEBB_REQUIRE(is_number(smoothness) && smoothness > 0 && smoothness < 1e3, "smoothness is ", smoothness,
                    " pixels, must be positive");
  }
  /// As RandomAffine; allocates one kernel and three fields per call.
  template <class In, class Out>
  void operator()(const Eigen::MatrixBase<In>& images, const Generator& generator, Out&& out) const {
    using S = typename In::Scalar;
    using O = std::remove_cvref_t<Out>;
    validate();
    detail::check_augment_sizes<In, O>(images.derived(), out, height, width);
    const auto reach = static_cast<Index>(std::ceil(3 * smoothness));
    Eigen::Array<S, Dynamic, 1> kernel(2 * reach + 1);
    for (Index k = -reach; k <= reach; ++k)
      kernel[k + reach] =
          static_cast<S>(std::exp(-static_cast<double>(k * k) / (2 * smoothness * smoothness)));
    // Uniform noise in [−1, 1) has variance 1/3; two passes multiply it by Σ kernel² each.
    kernel *= static_cast<S>(std::sqrt(amplitude * std::sqrt(3.0))) / std::sqrt(kernel.square().sum());
    detail::Tile<S> noise(width, height), half(width, height), dy(width, height), dx(width, height);
    for (Index b = 0; b < images.cols(); ++b) {
      const auto field = [&](std::uint32_t part, auto& displacement) {
        generator.substream(part).bits(b, noise.size(), [&](Index i, std::uint32_t bits) {
          noise.data()[i] = S(2) * unit_interval<S>(bits) - S(1);
        });
        smooth(noise, kernel, reach, half);
        smooth_rows(half, kernel, reach, displacement);
      };
      field(0, dy);
      field(1, dx);
      const S* from = detail::column_of(images.derived(), b);
      S* to = detail::column_of(out, b);
      for (Index r = 0; r < height; ++r)
        for (Index c = 0; c < width; ++c)
          *to++ = detail::bilinear(from, height, width, S(r) + dy(c, r), S(c) + dx(c, r));
    }
  }

 private:
  /// Along the image's rows' direction: whole columns at a time.
  static void smooth(const auto& from, const auto& kernel, Index reach, auto& to) {
    to.setZero();
    for (Index r = 0; r < to.cols(); ++r)
      for (Index k = std::max<Index>(0, r - reach); k <= std::min(to.cols() - 1, r + reach); ++k)
        to.col(r) += kernel[k - r + reach] * from.col(k);
  }
  static void smooth_rows(const auto& from, const auto& kernel, Index reach, auto& to) {
    to.setZero();
    const Index n = to.rows();
    for (Index r = 0; r < to.cols(); ++r)
      for (Index k = -std::min(reach, n - 1); k <= std::min(reach, n - 1); ++k) {
        const Index length = n - std::abs(k);
        to.col(r).segment(std::max<Index>(0, -k), length) +=
            kernel[k + reach] * from.col(r).segment(std::max<Index>(0, k), length);
      }
  }
};

}  // namespace neohebb
