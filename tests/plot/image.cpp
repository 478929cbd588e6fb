#include <neohebb/plot/image.hpp>

#include "catch.hpp"

using namespace neohebb::plot;

TEST_CASE("a picture starts white, and holds what is set") {
  Image image(3, 2);
  CHECK(image.width() == 3);
  CHECK(image.height() == 2);
  CHECK(image.pixels() == std::vector<Colour>(6, white));
  image.set(2, 1, {1, 2, 3});
  CHECK(image.pixel(2, 1) == Colour{1, 2, 3});
  CHECK(image.pixels().back() == Colour{1, 2, 3});
  image.blend(0, 0, black, 0.5);
  CHECK(image.pixel(0, 0) == Colour{128, 128, 128});
}

TEST_CASE("what is drawn outside a picture is clipped") {
  Image image(4, 4, grid_grey);
  image.set(-1, 0, black);
  image.set(0, 4, black);
  image.blend(4, 0, black, 1);
  image.fill({-10, -10, 0, 100}, black);
  image.fill({3, 3, 1, 1}, black);  // an empty box
  CHECK(image == Image(4, 4, grid_grey));
  image.fill({-10, -10, 100, 100}, black);
  CHECK(image == Image(4, 4, black));
}

TEST_CASE("a picture without pixels, or with too many, is refused") {
  CHECK_THROWS_AS(Image(0, 5), std::invalid_argument);
  CHECK_THROWS_WITH(Image(0, 5), "neohebb: image width in pixels is 0, must be from 1 to 32767");
  CHECK_THROWS_WITH(Image(5, 40000), "neohebb: image height in pixels is 40000, must be from 1 to 32767");
}

TEST_CASE("reading a pixel outside a picture is refused") {
  CHECK_THROWS_WITH(Image(3, 2).pixel(3, 0), "neohebb: pixel (3, 0) is outside the 3 x 2 picture");
}
