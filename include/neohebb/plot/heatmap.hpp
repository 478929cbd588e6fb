// Matrices as coloured tables: confusion matrices, correlations.
#pragma once
#include <neohebb/core/types.hpp>
#include <neohebb/plot/axes.hpp>

namespace neohebb::plot {

/// A matrix with its numbers in the cells.
///
///     write_png("confusion.png", Heatmap{.title = "Test set", .x_label = "predicted",
///                                         .y_label = "true class",
///                                        .share_of_row = true}.draw(counts));
struct Heatmap {
  std::string title = {}, x_label = {}, y_label = {};
  std::vector<std::string> columns = {}, rows = {};  // names; empty: 0, 1, 2, …
  int decimals = 0;                                  // of the numbers in the cells
  bool annotate = true;                              // numbers in the cells
  bool share_of_row = false;   // colour a cell by its share of its row's sum, for confusion matrices
  bool signed_values = false;  // blue – white – red about zero, in place of white – blue
  bool colour_bar = true;
  int cell = 0;  // pixels; 0: what the numbers and names need

  /// Throws std::invalid_argument: names that do not match the matrix, negative entries with share_of_row.
  template <class Derived> Image draw(const Eigen::MatrixBase<Derived>& matrix) const {
    const Index height = matrix.rows(), width = matrix.cols();
    check(matrix);
    const auto value = [&](Index i, Index j) { return static_cast<double>(matrix(i, j)); };
    const auto number = [&](Index i, Index j) {
      return is_nan(value(i, j))
                 ? std::string("-")
                 : format_number(("%." + std::to_string(decimals) + "f").c_str(), value(i, j));
    };
    const auto name = [](const std::vector<std::string>& names, Index i) {
      return shortened(names.empty() ? std::to_string(i) : names[static_cast<std::size_t>(i)], 200);
    };
    int widest_number = 0, widest_column = 0, widest_row = 0;
    for (Index j = 0; j < width; ++j) {
      widest_column = std::max(widest_column, text_width(name(columns, j)));
      for (Index i = 0; annotate && i < height; ++i)
        widest_number = std::max(widest_number, text_width(number(i, j)));
    }
    for (Index i = 0; i < height; ++i) widest_row = std::max(widest_row, text_width(name(rows, i)));
    const int side =
        cell > 0 ? cell : std::clamp(std::max(widest_number, std::min(widest_column, 120)) + 16, 44, 240);
    const bool turned = widest_column + 8 > side;  // long names of columns run upwards

    const Index left = 24 + (y_label.empty() ? 0 : label_height) + widest_row + 12,
                top = title.empty() ? 20 : title_height + 8;
    const Index bottom = top + std::max<Index>(1, height) * side,
                right = left + std::max<Index>(1, width) * side;
    const Range range = colour_range(matrix);
    const Index bar =
        colour_bar ? 24 + 20 + colour_bar_label_width(range, static_cast<int>(bottom - top)) : 0;
    const Index below = 12 + (turned ? widest_column : 14) + 14 + (x_label.empty() ? 0 : label_height);
    const Index full_width =
        std::max<Index>(right + bar + 30, title.empty() ? 0 : left + text_width(title) + 40);
    NEOHEBB_REQUIRE(full_width <= 32767 && bottom + below <= 32767, "heat map of a ", height, " x ", width,
                    " matrix with cells of ", side,
                    " pixels is too large; set cell to fewer pixels and annotate to false");
    Image image(static_cast<int>(full_width), static_cast<int>(bottom + below));
    const Box box{static_cast<int>(left), static_cast<int>(top), static_cast<int>(right),
                  static_cast<int>(bottom)};
    const auto colour = [&](double u) { return signed_values ? diverging(2 * u - 1) : sequential(0.9 * u); };

    draw_title(image, box.left, title);
    const int label_step = side < 18 ? (17 + side) / side : 1;  // small cells: not every one has a name
    for (Index i = 0; i < height; ++i) {
      const double sum = share_of_row ? row_sum(matrix, i) : 1;
      const int y = box.top + static_cast<int>(i) * side;
      if (i % label_step == 0)
        text(image, box.left - 12, y + side / 2, name(rows, i), {.align = Align::right});
      for (Index j = 0; j < width; ++j) {
        const int x = box.left + static_cast<int>(j) * side;
        const double shown = sum > 0 ? value(i, j) / sum : 0;
        const Colour fill = colour((shown - range.low) / range.width());
        image.fill({x, y, x + side, y + side}, fill);
        const Colour faint = value(i, j) == 0 && !signed_values ? missing_grey : readable_on(fill);
        if (annotate && text_width(number(i, j)) <= side)
          text(image, x + side / 2, y + side / 2, number(i, j), {.colour = faint, .align = Align::centre});
        if (side >= 12) rectangle(image, {x, y, x + side + 1, y + side + 1}, grid_grey);
      }
    }
    for (Index j = 0; j < width; j += label_step) {
      const int x = box.left + static_cast<int>(j) * side + side / 2;
      text(image, x, box.bottom + (turned ? 12 : 19), name(columns, j),
           {.align = turned ? Align::right : Align::centre, .upwards = turned});
    }
    rectangle(image, {box.left - 1, box.top - 1, box.right + 2, box.bottom + 2}, axis_grey);
    text(image, (box.left + box.right) / 2, image.height() - 22, shortened(x_label, image.width() - 20),
         {.align = Align::centre});
    text(image, 20, (box.top + box.bottom) / 2, shortened(y_label, image.height() - 20),
         {.align = Align::centre, .upwards = true});
    if (colour_bar)
      draw_colour_bar(image, {box.right + 24, box.top, box.right + 44, box.bottom}, range, colour);
    return image;
  }

 private:
  void check(const auto& matrix) const {
    NEOHEBB_REQUIRE(columns.empty() || static_cast<Index>(columns.size()) == matrix.cols(), "heat map has ",
                    columns.size(), " column names for ", matrix.cols(), " columns");
    NEOHEBB_REQUIRE(rows.empty() || static_cast<Index>(rows.size()) == matrix.rows(), "heat map has ",
                    rows.size(), " row names for ", matrix.rows(), " rows");
    check_range("decimals of a heat map", decimals, 0, 9);
    check_range("cell of a heat map (0: chosen)", cell, 0, 1000);
    for (Index j = 0; share_of_row && j < matrix.cols(); ++j)
      for (Index i = 0; i < matrix.rows(); ++i)
        NEOHEBB_REQUIRE(is_nan(matrix(i, j)) || matrix(i, j) >= 0, "heat map entry (", i, ", ", j, ") is ",
                        matrix(i, j), "; shares of a row need entries that are not negative");
  }
  static double row_sum(const auto& matrix, Index i) {
    double sum = 0;
    for (Index j = 0; j < matrix.cols(); ++j)
      if (!is_nan(static_cast<double>(matrix(i, j)))) sum += static_cast<double>(matrix(i, j));
    return sum;
  }
  /// Values of the weakest and the strongest colour.
  Range colour_range(const auto& matrix) const {
    if (share_of_row) return {0, 1};
    double low = 0, high = 0;
    for (Index j = 0; j < matrix.cols(); ++j)
      for (Index i = 0; i < matrix.rows(); ++i) {
        const double v = static_cast<double>(matrix(i, j));
        if (!is_finite(v)) continue;
        low = std::min(low, v);
        high = std::max(high, v);
      }
    if (low == high) return {signed_values ? -1.0 : 0.0, 1};
    const double most = std::max(-low, high);
    return signed_values ? Range{-most, most} : Range{low, high};
  }
};

}  // namespace neohebb::plot
