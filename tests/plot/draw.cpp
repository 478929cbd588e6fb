#include <limits>
#include <neohebb/plot/draw.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinRel;
using namespace neohebb::plot;

namespace {
/// Ink laid down, in pixels.
double darkness(const Image& image) {
  double sum = 0;
  for (const Colour c : image.pixels()) sum += (255 - c.red) / 255.0;
  return sum;
}
}  // namespace

TEST_CASE("a level line of two pixels fills two rows sharply") {
  Image image(20, 10);
  line(image, {-5, 5}, {25, 5}, {black, 2, 1, 0});
  for (int x = 0; x < 20; ++x) {
    CHECK(image.pixel(x, 4) == black);
    CHECK(image.pixel(x, 5) == black);
    CHECK(image.pixel(x, 3) == white);
    CHECK(image.pixel(x, 6) == white);
  }
}

TEST_CASE("a line's ink is its length times its width in any direction") {
  for (int k = 0; k < 16; ++k) {
    Image image(220, 220);
    const double angle = k * 0.39269908, c = std::cos(angle), s = std::sin(angle);
    line(image, {110 - 90 * c, 110 - 90 * s}, {110 + 90 * c, 110 + 90 * s}, {black, 3, 1, 0});
    CHECK_THAT(darkness(image), WithinRel(180 * 3 + 7, 0.02));  // 7: the round ends
  }
}

TEST_CASE("a disc's ink is its area") {
  Image image(50, 50);
  disc(image, {25, 25}, 10, black);
  CHECK_THAT(darkness(image), WithinRel(314.16, 0.01));
  CHECK(image.pixel(25, 25) == black);
  CHECK(image.pixel(25, 36) == white);
}

TEST_CASE("a translucent polyline is not darker where its pieces meet or cross") {
  Image image(60, 60);
  const std::vector<Point> path{{10, 30}, {50, 30}, {30, 30}, {30, 10}, {30, 50}};
  polyline(image, path, {black, 6, 0.5, 0});
  CHECK(image.pixel(30, 30) == Colour{128, 128, 128});
  CHECK(image.pixel(12, 30) == Colour{128, 128, 128});
}

TEST_CASE("NaN and infinity leave a gap, a point alone is a dot") {
  Image image(60, 20);
  const std::vector<Point> path{
      {5, 10}, {15, 10}, {NAN, 10}, {30, 10}, {40, std::numeric_limits<double>::infinity()}};
  polyline(image, path, {black, 2, 1, 0});
  CHECK(image.pixel(10, 10) == black);
  CHECK(image.pixel(22, 10) == white);
  CHECK(image.pixel(30, 10) == black);
  CHECK(image.pixel(35, 10) == white);
  polyline(image, {}, {});
}

TEST_CASE("a dashed line has gaps as long as its dashes, also round corners") {
  Image image(220, 220);
  const std::vector<Point> path{{10.5, 10.5}, {205.5, 10.5}, {205.5, 205.5}};
  polyline(image, path, {black, 1, 1, 5});
  CHECK_THAT(darkness(image), WithinRel(390 / 2.0 + 39, 0.1));
}

TEST_CASE("a line far outside the picture takes no time and draws nothing") {
  Image image(20, 20);
  line(image, {1e300, -1e300}, {-1e300, -1e300});
  line(image, {1e300, 5}, {1e299, 5});
  CHECK(image == Image(20, 20));
}

TEST_CASE("a line is clipped to its box") {
  Image image(20, 20);
  const std::vector<Point> path{{0, 10}, {20, 10}};
  polyline(image, path, {black, 4, 1, 0}, {5, 0, 15, 11});
  CHECK(image.pixel(4, 10) == white);
  CHECK(image.pixel(5, 10) == black);
  CHECK(image.pixel(14, 10) == black);
  CHECK(image.pixel(15, 10) == white);
  CHECK(image.pixel(10, 11) == white);
}

TEST_CASE("a band fills between its edges without seams, and skips NaN") {
  Image image(40, 40);
  const std::vector<Point> upper{{0, 10}, {10.3, 10}, {20, 10}, {NAN, 10}, {30, 10}, {40, 10}};
  const std::vector<Point> lower{{0, 20}, {10.3, 20}, {20, 20}, {NAN, 20}, {30, 20}, {40, 20}};
  band(image, upper, lower, black, 0.5, image.box());
  for (int x = 0; x < 20; ++x) CHECK(image.pixel(x, 15) == Colour{128, 128, 128});
  CHECK(image.pixel(25, 15) == white);
  CHECK(image.pixel(35, 15) == Colour{128, 128, 128});
  CHECK(image.pixel(5, 9) == white);
  CHECK(image.pixel(5, 20) == white);
  CHECK_THROWS_WITH(band(image, upper, {}, black, 1, image.box()),
                    "neohebb: band with 6 upper and 0 lower points");
}

TEST_CASE("a rectangle is its outline, inside the box") {
  Image image(10, 10);
  rectangle(image, {2, 2, 8, 8}, black);
  CHECK(darkness(image) == 20);
  CHECK(image.pixel(2, 2) == black);
  CHECK(image.pixel(7, 7) == black);
  CHECK(image.pixel(3, 3) == white);
}
