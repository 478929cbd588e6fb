// What happens in a neuron, over time: spikes in, traces, potential, spikes out, in panels that share the
// time axis.
#pragma once
#include <limits>
#include <neohebb/plot/axes.hpp>

namespace neohebb::plot {

/// One number per time step: values[k] at time start + k·step of the figure. NaN leaves a gap.
struct TraceLine {
  std::string name = {};  // in the panel's legend; none without a name
  std::vector<double> values = {};
  std::optional<Colour> colour = {};
  double width = 2.5;  // pixels
};

/// Spikes of one neuron, as times.
struct EventRow {
  std::string name = {};
  std::vector<double> times = {};
  std::optional<Colour> colour = {};
};

/// Lines over a y axis, or rows of ticks, or both: then `events` stand in rows above the lines.
struct TracePanel {
  std::string label = {};  // of the y axis
  std::vector<TraceLine> lines = {};
  std::vector<EventRow> events = {};
  std::optional<double> threshold = {};  // a dashed line
  std::string threshold_name = {};       // in the panel's legend
  std::vector<double> spikes = {};  // times at which a thin line rises from the threshold to the panel's top
  std::optional<Range> range = {};  // of the y axis; else that of the lines and the threshold
  int height = 160;                 // pixels, of the lines' part
};

/// A figure of panels over one time axis.
struct TracePlot {
  std::string title = {};
  double start = 0, step = 1;      // time of a line's first value, and between values
  std::optional<Range> time = {};  // what the axis shows; else all lines and events
  std::string time_label = "time step";
  std::vector<TracePanel> panels = {};
  int width = 1200;  // pixels; the height follows from the panels

  /// Throws std::invalid_argument: step not positive, empty ranges, panels less than 40 pixels high.
  void validate() const {
    check_range("width of a trace plot", width, 300, 32767);
    NEOHEBB_REQUIRE(is_finite(start), "start of a trace plot is ", start, ", must be a finite time");
    NEOHEBB_REQUIRE(is_finite(step) && step > 0, "step of a trace plot is ", step, ", must be above 0");
    Axis{.range = time}.validate("time");
    for (const TracePanel& panel : panels) {
      check_range("height of a trace panel", panel.height, 40, 4000);
      Axis{.range = panel.range}.validate("y");
      NEOHEBB_REQUIRE(!panel.threshold || is_finite(*panel.threshold), "threshold of a trace panel is ",
                      *panel.threshold, ", must be finite");
    }
  }

  Image draw() const {
    validate();
    std::vector<Layout> layouts;
    int left = 40;
    for (const TracePanel& panel : panels) {
      layouts.push_back(layout(panel));
      left = std::max(left, 30 + (panel.label.empty() ? 0 : label_height) +
                                std::max(widest(layouts.back().ticks), row_label_width(panel)));
    }
    const int right = width - 40;
    int top = title.empty() ? 16 : title_height + 12;
    for (std::size_t i = 0; i < panels.size(); ++i) {
      Layout& l = layouts[i];
      l.legend_top = top;
      top += draw_legend(nullptr, left, top, right - left, legend(panels[i]));
      l.events = {left, top, right, top + static_cast<int>(panels[i].events.size()) * row_height};
      const bool only_events = panels[i].lines.empty() && !panels[i].threshold && !panels[i].events.empty();
      l.lines = {left, l.events.bottom, right, l.events.bottom + (only_events ? 0 : panels[i].height)};
      top = l.lines.bottom + 22;
    }
    const int bottom = panels.empty() ? top + 60 : top - 22;

    Image image(width, bottom + x_axis_height + label_height + 4);
    const AxisMap across{time.value_or(time_range()), Scale::linear, double(left), double(right)};
    const std::vector<Tick> x_ticks = ticks_along(across, right - left);
    draw_title(image, left, title);
    for (std::size_t i = 0; i < panels.size(); ++i) draw_panel(image, panels[i], layouts[i], across, x_ticks);
    draw_x_axis(image, {left, bottom - 1, right, bottom}, across, x_ticks, time_label);
    return image;
  }

 private:
  static constexpr int row_height = 26;

  struct Layout {
    Range range;
    std::vector<Tick> ticks;
    int legend_top = 0;
    Box events, lines;
  };

  static Layout layout(const TracePanel& panel) {
    double low = std::numeric_limits<double>::max(), high = -low;
    const auto add = [&](double v) {
      if (!is_finite(v)) return;
      low = std::min(low, v);
      high = std::max(high, v);
    };
    for (const TraceLine& l : panel.lines)
      for (const double v : l.values) add(v);
    if (panel.threshold) add(*panel.threshold);
    Layout result;
    result.range = panel.range.value_or(axis_range(low, high, Scale::linear, 0.08));
    if (!panel.lines.empty() || panel.threshold || panel.events.empty())
      result.ticks = linear_ticks(result.range, std::clamp(panel.height / 36, 2, 6));
    return result;
  }
  static int row_label_width(const TracePanel& panel) {
    int width_of_all = 0;
    for (const EventRow& row : panel.events)
      width_of_all = std::max(width_of_all, text_width(shortened(row.name, 200)));
    return width_of_all;
  }
  static Colour colour_of(const TracePanel& panel, std::size_t line) {
    return panel.lines[line].colour.value_or(series_colour(line));
  }
  static std::vector<LegendEntry> legend(const TracePanel& panel) {
    std::vector<LegendEntry> entries;
    for (std::size_t i = 0; i < panel.lines.size(); ++i)
      entries.push_back({panel.lines[i].name, {colour_of(panel, i), panel.lines[i].width + 0.5, 1, 0}});
    if (panel.threshold) entries.push_back({panel.threshold_name, threshold_stroke});
    return entries;
  }
  static constexpr Stroke threshold_stroke{{90, 90, 90}, 2, 1, 8};

  Range time_range() const {
    double low = std::numeric_limits<double>::max(), high = -low;
    const auto add = [&](double t) {
      if (!is_finite(t)) return;
      low = std::min(low, t);
      high = std::max(high, t);
    };
    for (const TracePanel& panel : panels) {
      for (const TraceLine& l : panel.lines) {
        if (l.values.empty()) continue;
        add(start);
        add(start + step * double(l.values.size() - 1));
      }
      for (const EventRow& row : panel.events)
        for (const double t : row.times) add(t);
      for (const double t : panel.spikes) add(t);
    }
    return axis_range(low, high, Scale::linear, 0.01);
  }

  void draw_panel(Image& image, const TracePanel& panel, const Layout& l, const AxisMap& across,
                  const std::vector<Tick>& x_ticks) const {
    const Box whole{l.events.left, l.events.top, l.lines.right, l.lines.bottom};
    const AxisMap up{l.range, Scale::linear, double(l.lines.bottom), double(l.lines.top)};
    draw_legend(&image, whole.left, l.legend_top, whole.width(), legend(panel));
    draw_grid(image, whole, across, x_ticks, {}, {});
    if (l.lines.height() > 0) draw_grid(image, l.lines, across, {}, up, l.ticks);

    for (std::size_t i = 0; i < panel.events.size(); ++i) {
      const EventRow& row = panel.events[i];
      const int middle = l.events.top + static_cast<int>(i) * row_height + row_height / 2;
      text(image, whole.left - 14, middle, shortened(row.name, 200), {.align = Align::right});
      for (const double t : row.times)
        draw_tick(image, whole, across(t), middle - 9, middle + 9, row.colour.value_or(ink));
    }
    if (l.lines.height() > 0) {
      const double rise = panel.threshold ? up(*panel.threshold) : double(l.lines.bottom);
      for (const double t : panel.spikes)
        draw_tick(image, l.lines, across(t), l.lines.top, round_to_pixel(rise), {150, 150, 150});
      if (panel.threshold) {
        const Point ends[2] = {{double(whole.left), up(*panel.threshold)},
                               {double(whole.right), up(*panel.threshold)}};
        polyline(image, ends, threshold_stroke, l.lines);
      }
      for (std::size_t i = 0; i < panel.lines.size(); ++i) {
        std::vector<Point> path;
        for (std::size_t k = 0; k < panel.lines[i].values.size(); ++k)
          path.push_back({across(start + step * double(k)), up(panel.lines[i].values[k])});
        polyline(image, path, {colour_of(panel, i), panel.lines[i].width, 1, 0}, l.lines);
      }
    }
    image.fill({whole.left, whole.bottom, whole.right, whole.bottom + 2}, axis_grey);
    draw_y_axis(image, whole, up, l.ticks, panel.label, whole.left - 20);
  }
  static void draw_tick(Image& image, const Box& clip, double x, int top, int bottom, Colour colour) {
    if (!is_finite(x)) return;
    const int left = round_to_pixel(x) - 1;
    image.fill(Box{left, top, left + 2, bottom}.intersection(clip), colour);
  }
};

}  // namespace neohebb::plot
