// Curves: named series over a linear or logarithmic plane.
#pragma once
#include <limits>
#include <neohebb/plot/axes.hpp>

namespace neohebb::plot {

/// y over x. A NaN or infinite number leaves a gap.
struct Series {
  std::string name = {};       // in the legend; none without a name
  std::vector<double> x = {};  // empty: 1, 2, 3, …
  std::vector<double> y = {};
  std::vector<double> low = {}, high = {};  // edges of a shaded band, as mean ± deviation; empty: none
  std::optional<Colour> colour = {};        // the next of series_colour() where not given
  double width = 3;                         // pixels
  bool line = true, markers = false, dashed = false;
};

/// A figure of curves.
///
///     write_png("accuracy.png", CurvePlot{.title = "Learning", .x = {"epoch"}, .y = {"test accuracy (%)"},
///                                         .series = {{.name = "layer 1", .y = {91, 95, 96}}}}.draw());
struct CurvePlot {
  std::string title = {};
  Axis x = {}, y = {};
  std::vector<Series> series = {};
  int width = 1200, height = 750;  // pixels

  /// Throws std::invalid_argument: fewer than 300 × 200 pixels, vectors of different lengths, a logarithmic
  /// axis with values that are not positive.
  void validate() const {
    check_range("width of a curve plot", width, 300, 32767);
    check_range("height of a curve plot", height, 200, 32767);
    x.validate("x");
    y.validate("y");
    for (std::size_t i = 0; i < series.size(); ++i) {
      const Series& s = series[i];
      const std::string name = s.name.empty() ? "series " + std::to_string(i) : "series '" + s.name + "'";
      const auto same = [&](const char* what, const std::vector<double>& values) {
        NEOHEBB_REQUIRE(values.empty() || values.size() == s.y.size(), name, " has ", s.y.size(),
                        " y values, but ", values.size(), " ", what, " values");
      };
      same("x", s.x);
      same("low", s.low);
      same("high", s.high);
      NEOHEBB_REQUIRE(s.low.size() == s.high.size(), name,
                      " has only one edge of its band; give low and high");
      const auto positive = [&](const char* what, Scale scale, const std::vector<double>& values) {
        if (scale == Scale::linear) return;
        for (std::size_t k = 0; k < values.size(); ++k)
          NEOHEBB_REQUIRE(is_nan(values[k]) || values[k] > 0, name, " has ", what, "[", k, "] = ", values[k],
                          " on a logarithmic axis; ",
                          "only positive values have a place there: use a linear axis, or NaN for a gap");
      };
      positive("x", x.scale, s.x);
      positive("y", y.scale, s.y);
    }
  }

  Image draw() const {
    validate();
    Image image(width, height);
    std::vector<LegendEntry> entries;
    for (std::size_t i = 0; i < series.size(); ++i)
      entries.push_back({series[i].name, stroke(i), series[i].line, series[i].markers});

    const AxisMap y_free{y.range.value_or(y_range()), y.scale, double(height), 0};
    const int top = title.empty() ? 24 : title_height + 8;
    const int bottom = height - x_axis_height - (x.label.empty() ? 8 : label_height) - 4;
    const std::vector<Tick> y_ticks = ticks_up(y_free, bottom - top);
    const int left = 30 + widest(y_ticks) + (y.label.empty() ? 0 : label_height), right = width - 40;
    const int legend_height = draw_legend(nullptr, left, top, right - left, entries);
    const Box box{left, std::min(top + legend_height + (legend_height > 0 ? 10 : 0), bottom - 40), right,
                  bottom};
    const AxisMap across{x.range.value_or(x_range()), x.scale, double(box.left), double(box.right)};
    const AxisMap up{y_free.range, y.scale, double(box.bottom), double(box.top)};
    const std::vector<Tick> x_ticks = ticks_along(across, box.width());

    draw_title(image, box.left, title);
    draw_legend(&image, box.left, top, box.width(), entries);
    draw_grid(image, box, across, x_ticks, up, y_ticks);
    for (std::size_t i = 0; i < series.size(); ++i)
      if (!series[i].low.empty())
        band(image, points(i, series[i].high, across, up), points(i, series[i].low, across, up),
             stroke(i).colour, 0.2, box);
    for (std::size_t i = 0; i < series.size(); ++i) {
      const std::vector<Point> path = points(i, series[i].y, across, up);
      if (series[i].line) polyline(image, path, stroke(i), box.grown(2));
      if (series[i].markers)
        for (const Point& p : path)
          if (p.finite()) disc(image, p, series[i].width + 2, stroke(i).colour, box.grown(2));
    }
    draw_x_axis(image, box, across, x_ticks, x.label);
    draw_y_axis(image, box, up, y_ticks, y.label, box.left - 20);
    return image;
  }

 private:
  static double place(const Series& s, std::size_t k) { return s.x.empty() ? double(k + 1) : s.x[k]; }
  Stroke stroke(std::size_t i) const {
    const bool dashed =
        series[i].dashed != (i / 7 % 2 == 1);  // when the seven colours are used up, dashes tell apart
    return {series[i].colour.value_or(series_colour(i)), series[i].width, 1,
            dashed ? 4 * series[i].width : 0};
  }
  static std::vector<Point> points(const Series& s, const std::vector<double>& values, const AxisMap& across,
                                   const AxisMap& up) {
    std::vector<Point> path;
    for (std::size_t k = 0; k < values.size(); ++k) path.push_back({across(place(s, k)), up(values[k])});
    return path;
  }
  std::vector<Point> points(std::size_t i, const std::vector<double>& values, const AxisMap& across,
                            const AxisMap& up) const {
    return points(series[i], values, across, up);
  }
  struct Extremes {
    double low = std::numeric_limits<double>::max(), high = -low;
    void add(double v, Scale scale) {
      if (!is_finite(v) || (scale == Scale::logarithmic && v <= 0)) return;
      low = std::min(low, v);
      high = std::max(high, v);
    }
  };
  Range x_range() const {
    Extremes all;
    for (const Series& s : series)
      for (std::size_t k = 0; k < s.y.size(); ++k) all.add(place(s, k), x.scale);
    return axis_range(all.low, all.high, x.scale, 0.02);
  }
  Range y_range() const {
    Extremes all;
    for (const Series& s : series)
      for (const std::vector<double>* values : {&s.y, &s.low, &s.high})
        for (const double v : *values) all.add(v, y.scale);
    return axis_range(all.low, all.high, y.scale, 0.05);
  }
};

}  // namespace neohebb::plot
