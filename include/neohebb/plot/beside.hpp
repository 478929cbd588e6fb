// Spike trains as panels, and pictures side by side: target and output, before and after.
#pragma once
#include <neohebb/plot/raster.hpp>
#include <span>

namespace neohebb::plot {

/// The panel of a raster that shows trains of spikes with `step` and `neuron` (SpikeTrains), and others behind
/// them where they are given.
///
///     const Raster raster{.steps = target.steps, .step_duration = 1000 * target.dt,
///                         .panels = {raster_panel("target", target), raster_panel("output", output)}};
RasterPanel raster_panel(const std::string& name, const auto& trains) {
  RasterPanel panel{name, trains.neurons, {}, {}};
  for (const auto& spike : trains.spikes) panel.spikes.push_back({spike.step, spike.neuron});
  return panel;
}
RasterPanel raster_panel(const std::string& name, const auto& trains, const auto& behind) {
  RasterPanel panel = raster_panel(name, trains);
  panel.behind = raster_panel(name, behind).spikes;
  return panel;
}

/// Pictures from left to right, aligned at the top, on white.
///
///     write_png("rasters.png", beside(std::vector{of(target).draw(), of(output).draw()}));
///
/// Throws std::invalid_argument for no pictures, and for more pixels across than an image may have.
inline Image beside(std::span<const Image> pictures) {
  NEOHEBB_REQUIRE(!pictures.empty(), "no pictures to be put side by side");
  int height = 0;
  long width = 0;
  for (const Image& picture : pictures) {
    height = std::max(height, picture.height());
    width += picture.width();
  }
  check_range("pixels across of pictures side by side", width, 1L, 32767L);
  Image all(static_cast<int>(width), height);
  int left = 0;
  for (const Image& picture : pictures) {
    for (int y = 0; y < picture.height(); ++y)
      for (int x = 0; x < picture.width(); ++x) all.set(left + x, y, picture.pixel(x, y));
    left += picture.width();
  }
  return all;
}

}  // namespace neohebb::plot
