// Draws each kind of picture into the folder argv[1], in the format argv[2]; pictures.sh looks at the files.
#include "../../examples/pictures.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  using namespace pictures;
  const std::filesystem::path folder(argv[1]);
  const auto file = [&](const char* name) { return (folder / (std::string(name) + "." + argv[2])).string(); };
  try {
    Series rising{"rising \"quoted\", twice", {}, {1, 10, 100, NAN, 1000}, Mark::line_and_points},
        limit{"limit_of x^2", {1, 5}, {50, 50}, Mark::dashes};
    draw(file("a curve's \"name\""),
         {Figure{"Curves $HOME `date`", {"epoch"}, {{{"error (%)", true}, {rising, limit}}}}});
    Panel many = raster("input", 700), few = raster("layer 1", 8);
    for (int t = 0; t < 500; ++t) {
      many.spike(t, t * 37 % 700);
      if (t % 3 == 0) few.spike(t, t % 8);
    }
    const Figure spikes{"Spikes", {"time (ms)", false, {0, 500}}, {many, few}};
    draw(file("raster"), {spikes, Figure{"Nothing", {"time (ms)", false, {0, 500}}, {raster("silent", 8)}}});
    Series potential{"U", {}, {}, Mark::line};
    for (int t = 0; t < 200; ++t) potential.y.push_back(std::sin(t / 20.0));
    draw(file("trace"), {Figure{"Traces",
                                {"time (ms)", false, {0, 200}},
                                {{.y = {"input", false, {-0.6, 1.6}},
                                  .series = {{"", {20, 40, 90}, {0, 1, 1}, Mark::ticks}},
                                  .rows = {"excites", "inhibits"}},
                                 {.y = {"potential"},
                                  .series = {potential, {"threshold", {1, 200}, {.5, .5}, Mark::dashes}}}}}});
    Numbers counts = Numbers::Zero(3, 3);
    counts << 9, 1, 0, 0, 12, 0, 5, 0, 3;
    draw(file("heat map"), {confusion("Test set: 80.0 %", counts, {"wave", "clap_it", "roll"})});
    draw(file("mosaic"), {mosaic("Fields", Numbers::Random(6, 10), 2, 3, "weight", 1)});
    draw(file("two"), {Image{.title = "ON",
                             .values = Numbers::Random(20, 30).cwiseAbs(),
                             .x = "x (pixel)",
                             .y = "y (pixel)",
                             .colours = "events"},
                       Image{.title = "OFF",
                             .values = Numbers::Zero(20, 30),
                             .x = "x (pixel)",
                             .y = "y (pixel)",
                             .colours = "events"}});
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
