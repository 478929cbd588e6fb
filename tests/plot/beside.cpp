#include <neohebb/plot/beside.hpp>

#include <neohebb/data/spike_trains.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb::plot;

TEST_CASE("spike trains become a panel's marks") {
  const neohebb::SpikeTrains output{5, 100, 1e-3, {{3, 1}, {7, 4}}}, target{5, 100, 1e-3, {{4, 1}}};
  const RasterPanel alone = raster_panel("output", output), both = raster_panel("output", output, target);
  CHECK(alone.neurons == 5);
  CHECK(alone.spikes == std::vector<SpikeMark>{{3, 1}, {7, 4}});
  CHECK(alone.behind.empty());
  CHECK(both.spikes == alone.spikes);
  CHECK(both.behind == std::vector<SpikeMark>{{4, 1}});
  CHECK_NOTHROW(Raster{.steps = 100, .step_duration = 1, .panels = {alone, both}}.draw());
}

TEST_CASE("pictures stand side by side, the lower one on white") {
  const Colour red{255, 0, 0}, blue{0, 0, 255};
  const Image all = beside(std::vector{Image(3, 2, red), Image(2, 4, blue)});
  CHECK(all.width() == 5);
  CHECK(all.height() == 4);
  CHECK(all.pixel(2, 1) == red);
  CHECK(all.pixel(2, 2) == white);
  CHECK(all.pixel(3, 3) == blue);
  CHECK(support::contains(support::error_of<std::invalid_argument>([] { beside({}); }), "no pictures"));
  CHECK(support::contains(
      support::error_of<std::invalid_argument>([] { beside(std::vector(2, Image(20000, 1))); }), "is 40000"));
}
