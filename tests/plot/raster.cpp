#include <neohebb/plot/raster.hpp>

#include "catch.hpp"

using namespace neohebb::plot;

namespace {
/// Inside of the grey frame of a picture with a single panel.
Box inside(const Image& image) {
  const auto frame = [&](int x, int y) { return image.pixel(x, y) == axis_grey; };
  int left = 0, top = 0, right = image.width() - 1, bottom = image.height() - 1;
  const int middle = image.width() / 2 + 1;
  while (!frame(middle, top)) ++top;
  while (frame(middle, top)) ++top;
  bottom = top;
  while (!frame(middle, bottom)) ++bottom;
  while (!frame(left, top + 1)) ++left;
  while (frame(left, top + 1)) ++left;
  while (!frame(right, top + 1)) --right;
  while (frame(right, top + 1)) --right;
  return {left, top, right + 1, bottom};
}
/// Pixels of a box that are neither white nor grid lines.
int marks(const Image& image, const Box& box) {
  int found = 0;
  for (int y = box.top; y < box.bottom; ++y)
    for (int x = box.left; x < box.right; ++x)
      found += !(image.pixel(x, y) == white) && !(image.pixel(x, y) == grid_grey);
  return found;
}
Image drawn(neohebb::Index neurons, neohebb::Index steps, std::vector<SpikeMark> spikes) {
  return Raster{.steps = steps, .panels = {{"layer", neurons, std::move(spikes), {}}}}.draw();
}
}  // namespace

TEST_CASE("a spike marks the place of its step and its neuron, and nothing else") {
  const Image image = drawn(10, 100, {{25, 3}});
  const Box box = inside(image);
  const double column = box.width() / 100.0, row = box.height() / 10.0;
  const int x = box.left + static_cast<int>(25.5 * column), y = box.bottom - static_cast<int>(3.5 * row);
  CHECK(image.pixel(x, y) == ink);
  const Box cell{box.left + static_cast<int>(25 * column), box.bottom - static_cast<int>(4 * row),
                 box.left + static_cast<int>(26 * column) + 1, box.bottom - static_cast<int>(3 * row)};
  CHECK(marks(image, cell) > 0);
  CHECK(marks(image, cell) == marks(image, box));
}

TEST_CASE("no neuron disappears where many share a row of pixels, at the edges neither") {
  for (const neohebb::Index neuron : {0, 1, 777, 4998, 4999})
    for (const neohebb::Index step : {0, 12345, 19999}) {
      const Image image = drawn(5000, 20000, {{step, neuron}});
      CHECK(marks(image, inside(image)) >= 1);
    }
}

TEST_CASE("a row is darker where more of its neurons spike") {
  std::vector<SpikeMark> all;
  for (neohebb::Index i = 0; i < 1000; ++i) all.push_back({50, i});
  const Image one = drawn(1000, 100, {{50, 500}}), every = drawn(1000, 100, all);
  const auto darkest = [](const Image& image) {
    const Box box = inside(image);
    int value = 255;
    for (int y = box.top; y < box.bottom; ++y)
      for (int x = box.left; x < box.right; ++x) value = std::min<int>(value, image.pixel(x, y).red);
    return value;
  };
  CHECK(darkest(one) > darkest(every));
  CHECK(darkest(one) < 160);
  CHECK(darkest(every) == ink.red);
}

TEST_CASE("a second set shows behind the first in orange") {
  const Image image = Raster{.steps = 50,
                             .front_name = "output",
                             .behind_name = "target",
                             .panels = {{"out", 5, {{10, 2}}, {{10, 2}, {30, 4}}}}}
                          .draw();
  const Box box = inside(image);
  int orange = 0, dark = 0;
  for (int y = box.top; y < box.bottom; ++y)
    for (int x = box.left; x < box.right; ++x) {
      orange += image.pixel(x, y) == Raster::behind_colour;
      dark += image.pixel(x, y) == ink;
    }
  CHECK(dark > 20);
  CHECK(orange > dark);  // all round one mark, and one whole mark
}

TEST_CASE("the axis reaches the last spike where no number of steps is given") {
  CHECK(Raster{.panels = {{"a", 3, {{4, 0}}, {{8, 1}}}}}.shown_steps() == 9);
  CHECK(Raster{.steps = 20, .panels = {{"a", 3, {{4, 0}}, {}}}}.shown_steps() == 20);
}

TEST_CASE("panels stand one above the other, as wide as asked for") {
  const Image one = Raster{.panels = {{"a", 20, {}, {}}}, .width = 700}.draw();
  const Image two = Raster{.panels = {{"a", 20, {}, {}}, {"b", 20, {}, {}}}, .width = 700}.draw();
  CHECK(one.width() == 700);
  CHECK(two.height() > one.height() + 100);
}

TEST_CASE("nothing, empty and silent panels are drawn without fuss") {
  CHECK_NOTHROW(Raster{}.draw());
  CHECK_NOTHROW(
      Raster{.panels = {{"none", 0, {}, {}}, {"silent", 100000, {}, {}}, {"one", 1, {{0, 0}}, {}}}}.draw());
}

TEST_CASE("spikes outside their panel are refused with both numbers") {
  CHECK_THROWS_AS(drawn(10, 5, {{0, 10}}), std::invalid_argument);
  CHECK_THROWS_WITH(drawn(10, 5, {{0, 10}}),
                    "neohebb: raster panel 'layer' has a spike of neuron 10, but 10 neurons");
  CHECK_THROWS_WITH(drawn(10, 5, {{0, -1}}),
                    "neohebb: raster panel 'layer' has a spike of neuron -1, but 10 neurons");
  CHECK_THROWS_WITH(drawn(10, 5, {{5, 0}}),
                    "neohebb: raster panel 'layer' has a spike in step 5, but the raster shows steps 0 to 4");
  CHECK_THROWS_WITH(drawn(10, -5, {}),
                    "neohebb: raster of -5 steps; give at least 1, or 0 for all up to the last spike");
  CHECK_THROWS_WITH(Raster{.step_duration = NAN}.draw(),
                    "neohebb: raster's step_duration is nan ms; must be above 0, or 0 to count steps");
}
