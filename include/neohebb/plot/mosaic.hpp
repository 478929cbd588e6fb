// Mosaics: receptive fields and images, one small picture per unit.
#pragma once
#include <cmath>
#include <limits>
#include <neohebb/core/types.hpp>
#include <neohebb/plot/axes.hpp>

namespace neohebb::plot {

/// Pictures side by side, one per column of a matrix: pixels × units, the pixels of a unit row by row from
/// the top left.
///
///     write_png("fields.png", Mosaic{.height = 28, .width = 28}.draw_fields(weights.transpose()));
///
/// draw_fields: blue – white – red, zero is white. draw_images: black – white. NaN pixels are marked in a
/// colour of their own.
struct Mosaic {
  Index height = 28, width = 28;  // of one field, pixels
  Index columns = 0;              // fields per row; 0: as many as make the mosaic about 4 : 3
  Index scale = 3;                // screen pixels per pixel of a field
  Index gap = 2;                  // screen pixels between fields
  bool per_field = false;         // each field with a range of its own; else one for all
  double limit = 0;               // value of the strongest colour, for fields; 0: the largest absolute value
  Range grey_range = {0, 1};      // black and white, for images (not with per_field)
  bool colour_bar = false;        // for fields that share one range
  std::string title = {};

  /// Throws std::invalid_argument for sizes below 1 and a limit that is not a positive number or 0.
  void validate() const {
    check_positive("height of a mosaic's fields", height);
    check_positive("width of a mosaic's fields", width);
    check_positive("scale of a mosaic", scale);
    check_range<Index>("gap of a mosaic", gap, 0, 1000);
    check_range<Index>("columns of a mosaic (0: chosen)", columns, 0, 32767);
    NEOHEBB_REQUIRE(is_finite(limit) && limit >= 0, "limit of a mosaic is ", limit,
                    ", must be above 0, or 0 for the largest value");
    NEOHEBB_REQUIRE(
        is_number(grey_range.low) && is_number(grey_range.high) && grey_range.low < grey_range.high,
        "grey_range of a mosaic goes from ", grey_range.low, " to ", grey_range.high,
        "; its low end must be less than its high end");
  }

  /// fields: pixels × units, in a symmetric range about zero. Throws std::invalid_argument where rows ≠
  /// height · width.
  template <class Derived> Image draw_fields(const Eigen::MatrixBase<Derived>& fields) const {
    check(fields);
    const double shared = limit > 0 ? limit : largest(fields);
    const auto colour = [&](Index unit) {
      const double most = per_field ? largest(fields.col(unit)) : shared;
      return [most](double v) { return diverging(most > 0 ? v / most : v); };
    };
    return draw(fields, colour, colour_bar && !per_field ? shared : 0);
  }

  /// images: pixels × units. Throws std::invalid_argument where rows ≠ height · width.
  template <class Derived> Image draw_images(const Eigen::MatrixBase<Derived>& images) const {
    check(images);
    const auto colour = [&](Index unit) {
      Range range = grey_range;
      if (per_field) range = extremes(images.col(unit));
      return [range](double v) { return grey(range.width() > 0 ? (v - range.low) / range.width() : 0 * v); };
    };
    return draw(images, colour, 0);
  }

 private:
  static constexpr Colour gap_colour{185, 185, 185};

  void check(const auto& fields) const {
    validate();
    NEOHEBB_REQUIRE(fields.rows() == height * width, "mosaic of ", height, " x ", width, " fields needs ",
                    height * width, " rows (pixels), got ", fields.rows(), " x ", fields.cols(),
                    "; one column per unit");
  }
  static double largest(const auto& values) {
    double most = 0;
    for (Index j = 0; j < values.cols(); ++j)
      for (Index i = 0; i < values.rows(); ++i) {
        const double v = std::abs(static_cast<double>(values(i, j)));
        if (is_finite(v)) most = std::max(most, v);
      }
    return most;
  }
  static Range extremes(const auto& values) {
    Range range{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
    for (Index i = 0; i < values.size(); ++i)
      if (is_finite(static_cast<double>(values(i))))
        range = {std::min(range.low, static_cast<double>(values(i))),
                 std::max(range.high, static_cast<double>(values(i)))};
    return range;
  }

  Image draw(const auto& fields, const auto& colour_of, double bar_limit) const {
    const Index units = fields.cols(), step_x = width * scale + gap, step_y = height * scale + gap;
    Index across = columns;
    if (across == 0)
      across = static_cast<Index>(
          std::round(std::sqrt(4.0 / 3.0 * double(units) * double(step_y) / double(step_x))));
    across = std::clamp<Index>(across, 1, std::max<Index>(1, units));
    const Index down = std::max<Index>(1, (units + across - 1) / across), margin = 16;
    const Index top = title.empty() ? margin : title_height + 4;
    const Index mosaic_width = across * step_x + gap, mosaic_height = down * step_y + gap;
    const Range bar_range{-bar_limit, bar_limit};
    const Index bar =
        bar_limit > 0 ? 20 + 18 + colour_bar_label_width(bar_range, static_cast<int>(mosaic_height)) : 0;
    const Index total_width =
        std::max(mosaic_width + bar, title.empty() ? Index{0} : Index{text_width(title) + 8}) + 2 * margin;
    const Index total_height = top + mosaic_height + margin;
    NEOHEBB_REQUIRE(total_width <= 32767 && total_height <= 32767, "mosaic of ", units, " fields would be ",
                    total_width, " x ", total_height,
                    " pixels, more than 32767; draw fewer units or use a smaller scale");
    Image image(static_cast<int>(total_width), static_cast<int>(total_height));
    if (!title.empty()) draw_title(image, static_cast<int>(margin), title);
    const auto pixel = [](Index v) { return static_cast<int>(v); };
    for (Index unit = 0; unit < units; ++unit) {
      const auto colour = colour_of(unit);
      const Index left = margin + gap + unit % across * step_x, upper = top + gap + unit / across * step_y;
      image.fill({pixel(left - gap), pixel(upper - gap), pixel(left + step_x), pixel(upper + step_y)},
                 gap_colour);
      for (Index y = 0; y < height; ++y)
        for (Index x = 0; x < width; ++x)
          image.fill({pixel(left + x * scale), pixel(upper + y * scale), pixel(left + (x + 1) * scale),
                      pixel(upper + (y + 1) * scale)},
                     colour(static_cast<double>(fields(y * width + x, unit))));
    }
    if (bar_limit > 0) {
      const int left = pixel(margin + mosaic_width + 20);
      draw_colour_bar(image, {left, pixel(top), left + 18, pixel(top + mosaic_height)}, bar_range,
                      [](double u) { return diverging(2 * u - 1); });
    }
    return image;
  }
};

}  // namespace neohebb::plot
