// What all plots share: axes with ticks and labels, legends, colour bars, titles.
#pragma once
#include <neohebb/plot/text.hpp>
#include <neohebb/plot/ticks.hpp>
#include <optional>
#include <string>
#include <vector>

namespace neohebb::plot {

/// What an axis shows. Without a range, that of the data and a little more.
struct Axis {
  std::string label = {};
  Scale scale = Scale::linear;
  std::optional<Range> range = {};

  /// Throws std::invalid_argument for an empty range, and for a logarithmic axis that reaches zero.
  void validate(const char* name) const {
    if (!range) return;
    NEOHEBB_REQUIRE(is_finite(range->low) && is_finite(range->high) && range->low < range->high, name,
                    " axis goes from ", range->low, " to ", range->high,
                    "; its low end must be less than its high end");
    NEOHEBB_REQUIRE(scale == Scale::linear || range->low > 0, "logarithmic ", name, " axis starts at ",
                    range->low, "; it must start above 0, or be linear");
  }
};

/// From values to pixels: range.low lies at pixel `from`, range.high at pixel `to`.
struct AxisMap {
  Range range;
  Scale scale = Scale::linear;
  double from = 0, to = 1;

  double operator()(double value) const {
    if (scale == Scale::linear) return from + (to - from) * ((value - range.low) / range.width());
    if (is_nan(value)) return value;
    const double floor =
        range.low * 1e-12;  // a band may reach below zero: it leaves the picture at the bottom
    return from +
           (to - from) * std::log(std::max(value, floor) / range.low) / std::log(range.high / range.low);
  }
};

inline int round_to_pixel(double v) { return static_cast<int>(std::lround(std::clamp(v, -1e6, 1e6))); }

/// `line`, or its beginning and "..." where it would be wider than `pixels`.
inline std::string shortened(const std::string& line, int pixels, int scale = 2) {
  if (text_width(line, scale) <= pixels) return line;
  std::string kept = line;
  while (!kept.empty() && text_width(kept + "...", scale) > pixels) kept.pop_back();
  return kept.empty() ? "" : kept + "...";
}

inline int widest(const std::vector<Tick>& ticks) {
  int width = 0;
  for (const Tick& tick : ticks) width = std::max(width, text_width(tick.label));
  return width;
}

/// As many round ticks as fit along `pixels` without touching.
inline std::vector<Tick> ticks_along(const AxisMap& map, int pixels) {
  for (int most = 10; most > 2; --most) {
    const std::vector<Tick> found = ticks(map.range, map.scale, most);
    if (static_cast<int>(found.size()) * (widest(found) + 24) <= pixels) return found;
  }
  return ticks(map.range, map.scale, 2);
}
inline std::vector<Tick> ticks_up(const AxisMap& map, int pixels) {
  return ticks(map.range, map.scale, std::clamp(pixels / 36, 3, 9));
}

/// Heights that draw_x_axis and draw_title take.
inline constexpr int x_axis_height = 36, label_height = 30, title_height = 40;

/// Ticks and their labels below the box, then the axis' label.
inline void draw_x_axis(Image& image, const Box& box, const AxisMap& map, const std::vector<Tick>& ticks,
                        const std::string& label) {
  image.fill({box.left, box.bottom, box.right, box.bottom + 2}, axis_grey);
  for (const Tick& tick : ticks) {
    const int x = round_to_pixel(map(tick.value));
    image.fill({x - 1, box.bottom, x + 1, box.bottom + 8}, axis_grey);
    text(image, x, box.bottom + 22, tick.label, {.align = Align::centre});
  }
  text(image, (box.left + box.right) / 2, box.bottom + x_axis_height + 15,
       shortened(label, image.width() - 20), {.align = Align::centre});
}

/// Ticks and their labels left of the box; the axis' label runs upwards, its middle `offset` pixels left of
/// the box.
inline void draw_y_axis(Image& image, const Box& box, const AxisMap& map, const std::vector<Tick>& ticks,
                        const std::string& label, int offset) {
  image.fill({box.left - 2, box.top, box.left, box.bottom + 2}, axis_grey);
  for (const Tick& tick : ticks) {
    const int y = round_to_pixel(map(tick.value));
    image.fill({box.left - 8, y - 1, box.left, y + 1}, axis_grey);
    text(image, box.left - 14, y, tick.label, {.align = Align::right});
  }
  text(image, box.left - offset, (box.top + box.bottom) / 2, shortened(label, box.height() + 40),
       {.align = Align::centre, .upwards = true});
}

inline void draw_grid(Image& image, const Box& box, const AxisMap& x, const std::vector<Tick>& x_ticks,
                      const AxisMap& y, const std::vector<Tick>& y_ticks) {
  const auto inside = [&](Box b) { image.fill(b.intersection(box), grid_grey); };
  for (const Tick& tick : x_ticks) {
    const int at = round_to_pixel(x(tick.value));
    inside({at, box.top, at + 1, box.bottom});
  }
  for (const Tick& tick : y_ticks) {
    const int at = round_to_pixel(y(tick.value));
    inside({box.left, at, box.right, at + 1});
  }
}

inline void draw_title(Image& image, int left, const std::string& title) {
  text(image, left, 26, shortened(title, image.width() - left - 20), {.bold = true});
}

struct LegendEntry {
  std::string name;
  Stroke stroke;
  bool line = true, marker = false;
};

inline constexpr int legend_row_height = 28, legend_sample = 36;

/// Draws the entries in rows of at most `width` pixels and returns the rows' height; draws nothing where
/// image is null.
inline int draw_legend(Image* image, int left, int top, int width, const std::vector<LegendEntry>& entries) {
  int x = left, y = top + legend_row_height / 2, rows = 0;
  for (const LegendEntry& entry : entries) {
    if (entry.name.empty()) continue;
    const std::string name = shortened(entry.name, width - legend_sample - 8);
    const int length = legend_sample + 8 + text_width(name);
    if (rows == 0) rows = 1;
    if (x > left && x + length > left + width) {
      x = left;
      y += legend_row_height;
      ++rows;
    }
    if (image != nullptr) {
      const double from = x, to = x + legend_sample, middle = y;
      if (entry.line) line(*image, {from + 2, middle}, {to - 2, middle}, entry.stroke);
      if (entry.marker) disc(*image, {(from + to) / 2, middle}, entry.stroke.width + 2, entry.stroke.colour);
      text(*image, x + legend_sample + 8, y, name);
    }
    x += length + 28;
  }
  return rows * legend_row_height;
}

/// A vertical bar of colour(u), u from 0 at the bottom to 1 at the top, with round values of `range` to its
/// right.
template <class Map> void draw_colour_bar(Image& image, const Box& box, Range range, Map&& colour) {
  for (int y = box.top; y < box.bottom; ++y)
    image.fill({box.left, y, box.right, y + 1}, colour((box.bottom - y - 0.5) / box.height()));
  rectangle(image, box, axis_grey);
  const AxisMap map{range, Scale::linear, double(box.bottom), double(box.top)};
  for (const Tick& tick : ticks_up(map, box.height())) {
    const int y = round_to_pixel(map(tick.value));
    image.fill({box.right, y - 1, box.right + 6, y + 1}, axis_grey);
    text(image, box.right + 12, y, tick.label);
  }
}
/// The width draw_colour_bar takes for the labels of `range`, to the right of the bar.
inline int colour_bar_label_width(Range range, int height) {
  return 12 + widest(ticks_up({range, Scale::linear, double(height), 0}, height));
}

}  // namespace neohebb::plot
