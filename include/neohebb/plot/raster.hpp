// Spike rasters: time across, neurons up, one panel per layer.
#pragma once
#include <neohebb/core/types.hpp>
#include <neohebb/plot/axes.hpp>

namespace neohebb::plot {

/// Neuron `neuron` spikes in time step `step`; both count from 0.
struct SpikeMark {
  Index step = 0, neuron = 0;

  friend bool operator==(const SpikeMark&, const SpikeMark&) = default;
};

struct RasterPanel {
  std::string name = {};
  Index neurons = 0;
  std::vector<SpikeMark> spikes = {};
  std::vector<SpikeMark> behind =
      {};  // a second set in orange, wider and behind the first: targets behind outputs
};

/// A spike raster of one sample. Each panel's name, size and mean rate stand above it.
///
///     write_png("spikes.png", Raster{.steps = 100, .panels = {{"hidden 1", 256, spikes}}}.draw());
///
/// Panels with more neurons than rows of pixels give each row to the same number of neurons, and shade it by
/// how many of them spike; one spike alone stays visible.
struct Raster {
  std::string title = {};
  Index steps = 0;           // time steps shown; 0: up to the last spike
  double step_duration = 0;  // ms; 0: the axis counts steps, and rates are per step in place of per second
  std::string front_name = {}, behind_name = {};  // what the two sets are, for the legend
  std::vector<RasterPanel> panels = {};
  int width = 1200;        // pixels; the height follows from the panels
  int panel_height = 240;  // pixels at most, for each

  static constexpr Colour behind_colour{255, 176, 96};

  /// Throws std::invalid_argument: sizes, spikes outside their panel or after the last step.
  void validate() const {
    check_range("width of a raster", width, 300, 32767);
    check_range("panel_height of a raster", panel_height, 20, 2000);
    NEOHEBB_REQUIRE(steps >= 0, "raster of ", steps,
                    " steps; give at least 1, or 0 for all up to the last spike");
    NEOHEBB_REQUIRE(is_finite(step_duration) && step_duration >= 0, "raster's step_duration is ",
                    step_duration, " ms; must be above 0, or 0 to count steps");
    for (const RasterPanel& panel : panels) {
      NEOHEBB_REQUIRE(panel.neurons >= 0, "raster panel '", panel.name, "' has ", panel.neurons, " neurons");
      for (const std::vector<SpikeMark>* marks : {&panel.spikes, &panel.behind})
        for (const SpikeMark& mark : *marks) {
          NEOHEBB_REQUIRE(mark.neuron >= 0 && mark.neuron < panel.neurons, "raster panel '", panel.name,
                          "' has a spike of neuron ", mark.neuron, ", but ", panel.neurons, " neurons");
          NEOHEBB_REQUIRE(mark.step >= 0 && (steps == 0 || mark.step < steps), "raster panel '", panel.name,
                          "' has a spike in step ", mark.step, ", but the raster shows steps 0 to ",
                          steps - 1);
        }
    }
  }

  Image draw() const {
    validate();
    const Index shown = shown_steps();
    const std::vector<LegendEntry> entries{{front_name, {ink, 4, 1, 0}},
                                           {behind_name, {behind_colour, 8, 1, 0}}};
    const int left = 30 + label_height + label_width(), right = width - 40;
    int top = title.empty() ? 12 : title_height;
    const int legend_top = top;
    top += draw_legend(nullptr, left, top, right - left, entries);
    std::vector<Box> boxes;
    for (const RasterPanel& panel : panels) {
      boxes.push_back(
          {left, top + caption_height, right, top + caption_height + rows_of(panel) * row_height(panel)});
      top = boxes.back().bottom + 14;
    }
    if (boxes.empty()) boxes.push_back({left, top + caption_height, right, top + caption_height + 60});

    Image image(width, boxes.back().bottom + x_axis_height + label_height + 4);
    // Step t's marks lie in the middle of its column: at t where steps are counted, at (t + 1/2) Δt in
    // milliseconds.
    const Range steps_shown{-0.5, double(shown) - 0.5}, time_shown{0, double(shown) * step_duration};
    const AxisMap across{step_duration > 0 ? time_shown : steps_shown, Scale::linear, double(left),
                         double(right)};
    std::vector<Tick> x_ticks = ticks_along(across, right - left);
    if (!(step_duration > 0)) x_ticks = whole_ticks(std::move(x_ticks), shown);
    draw_title(image, left, title);
    draw_legend(&image, left, legend_top, right - left, entries);
    for (std::size_t i = 0; i < panels.size(); ++i) {
      const Box& box = boxes[i];
      draw_grid(image, box, across, x_ticks, {}, {});
      draw_marks(image, box, panels[i], panels[i].behind, shown, behind_colour, true);
      draw_marks(image, box, panels[i], panels[i].spikes, shown, ink, false);
      rectangle(image, box.grown(2), axis_grey, 2);
      const AxisMap up = neuron_map(panels[i], box);
      for (const Tick& tick :
           whole_ticks(linear_ticks(up.range, std::clamp(box.height() / 28, 1, 6)), panels[i].neurons))
        text(image, box.left - 12, round_to_pixel(up(tick.value)), tick.label, {.align = Align::right});
      const std::string rate = rate_text(panels[i], shown);
      text(image, box.right, box.top - 15, rate, {.align = Align::right});
      text(image, box.left, box.top - 15,
           shortened(panels[i].name + " (" + std::to_string(panels[i].neurons) + ")",
                     box.width() - text_width(rate) - 20));
    }
    draw_x_axis(image, {left, boxes.back().top, right, boxes.back().bottom}, across, x_ticks,
                step_duration > 0 ? "time (ms)" : "time step");
    text(image, 20, (boxes.front().top + boxes.back().bottom) / 2, "neuron",
         {.align = Align::centre, .upwards = true});
    return image;
  }

  Index shown_steps() const {
    if (steps > 0) return steps;
    Index last = 0;
    for (const RasterPanel& panel : panels)
      for (const std::vector<SpikeMark>* marks : {&panel.spikes, &panel.behind})
        for (const SpikeMark& mark : *marks) last = std::max(last, mark.step);
    return last + 1;
  }

 private:
  static constexpr int caption_height = 30;

  /// Neurons that share a row of pixels.
  Index neurons_per_row(const RasterPanel& panel) const {
    return std::max<Index>(1, (panel.neurons + panel_height - 1) / panel_height);
  }
  int rows_of(const RasterPanel& panel) const {
    const Index per_row = neurons_per_row(panel);
    return static_cast<int>(std::max<Index>(1, (panel.neurons + per_row - 1) / per_row));
  }
  /// Pixels; few rows grow thick, but not clumsy.
  int row_height(const RasterPanel& panel) const { return std::clamp(panel_height / rows_of(panel), 1, 12); }

  AxisMap neuron_map(const RasterPanel& panel,
                     const Box& box) const {  // neuron i lies in the middle of its row
    const double per_row = double(neurons_per_row(panel));
    return {{-0.5, per_row * rows_of(panel) - 0.5}, Scale::linear, double(box.bottom), double(box.top)};
  }
  static std::vector<Tick> whole_ticks(std::vector<Tick> ticks, Index below) {
    std::erase_if(
        ticks, [below](const Tick& t) { return t.value != std::round(t.value) || t.value >= double(below); });
    return ticks;
  }
  int label_width() const {
    int width_of_all = 12;
    for (const RasterPanel& panel : panels)
      width_of_all =
          std::max(width_of_all, text_width(std::to_string(std::max<Index>(0, panel.neurons - 1))));
    return width_of_all;
  }
  std::string rate_text(const RasterPanel& panel, Index shown) const {
    const double places = double(panel.neurons) * double(shown);
    const double rate = places > 0 ? double(panel.spikes.size()) / places : 0;
    return step_duration > 0 ? "mean rate " + format_number("%.3g", 1000 * rate / step_duration) + " Hz"
                             : "mean rate " + format_number("%.3g", rate) + " per step";
  }

  /// halo: marks that show round those drawn over them.
  void draw_marks(Image& image, const Box& box, const RasterPanel& panel, const std::vector<SpikeMark>& marks,
                  Index shown, Colour colour, bool halo) const {
    const int height = row_height(panel), columns = box.width(), rows = rows_of(panel);
    const double per_step = double(columns) / double(shown);
    const int mark_width =  // few steps make wide marks, many thin ones
        std::clamp(static_cast<int>(0.6 * per_step), 2, 40) + (halo ? 4 : 0);
    const int gap = height >= 4 && !halo ? 1 + height / 6 : 0;
    const int mark_height = std::max(2, height - gap);  // a mark one pixel high would be hard to see
    std::vector<int> count(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    const auto cell = [&](int column, int row) -> int& {
      return count[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                   static_cast<std::size_t>(column)];
    };
    for (const SpikeMark& mark : marks) {
      const int first = static_cast<int>((double(mark.step) + 0.5) * per_step - mark_width / 2.0);
      const int row = static_cast<int>(mark.neuron / neurons_per_row(panel));
      for (int x = std::max(0, first); x < std::min(columns, first + mark_width); ++x) ++cell(x, row);
    }
    const double full = double(neurons_per_row(panel));
    for (int row = 0; row < rows; ++row)
      for (int x = 0; x < columns; ++x) {
        if (cell(x, row) == 0) continue;
        const double opacity = full > 1 ? 0.6 + 0.4 * std::min(1.0, cell(x, row) / full) : 1;
        const int y = box.bottom - row * height;
        image.fill(Box{box.left + x, y - mark_height, box.left + x + 1, y}.intersection(box), colour,
                   opacity);
      }
  }
};

}  // namespace neohebb::plot
