#include <neohebb/plot/text.hpp>
#include <set>

#include "catch.hpp"

using namespace neohebb::plot;

namespace {
/// Smallest box that holds everything not white.
Box inked(const Image& image) {
  Box box{image.width(), image.height(), 0, 0};
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x)
      if (!(image.pixel(x, y) == white))
        box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x + 1),
               std::max(box.bottom, y + 1)};
  return box;
}
}  // namespace

TEST_CASE("every printable character has a glyph of its own, but for 0 and O") {
  std::set<std::array<std::uint16_t, 5>> seen;
  for (char c = ' '; c <= '~'; ++c) {
    CHECK(glyph(c).width >= 1);
    CHECK(glyph(c).width <= 5);
    if (c != ' ') CHECK(glyph(c).column != std::array<std::uint16_t, 5>{});
    seen.insert(glyph(c).column);
  }
  CHECK(seen.size() == 94);
}

TEST_CASE("digits are equally wide, so that numbers stand in columns") {
  for (char c = '0'; c <= '9'; ++c) CHECK(glyph(c).width == 5);
}

TEST_CASE("text is as wide as announced and as high as its scale says") {
  for (const int scale : {1, 2, 3}) {
    Image image(400, 60);
    text(image, 20, 30, "HELLO 42", {.scale = scale});
    const Box box = inked(image);
    CHECK(std::abs(box.width() - text_width("HELLO 42", scale)) <= 2);
    CHECK(std::abs(box.height() - text_height(scale)) <= 2);
    CHECK(std::abs(box.left - 20) <= 1);
    CHECK(std::abs((box.top + box.bottom) / 2 - 30) <= 1);
  }
  CHECK(text_width("") == 0);
  CHECK(text_width("HH", 2) == 2 * 11);
}

TEST_CASE("text is aligned left, centred or right of its place") {
  const int width = text_width("MUM");
  for (const auto& [align, left] :
       {std::pair{Align::left, 100}, {Align::centre, 100 - width / 2}, {Align::right, 100 - width}}) {
    Image image(200, 40);
    text(image, 100, 20, "MUM", {.align = align});
    CHECK(std::abs(inked(image).left - left) <= 1);
  }
}

TEST_CASE("text that runs upwards is the same text turned to the left") {
  Image level(101, 101), upright(101, 101);
  text(level, 50, 50, "jet 1", {.align = Align::centre});
  text(upright, 50, 50, "jet 1", {.align = Align::centre, .upwards = true});
  int different = 0;
  for (int y = 1; y < 100; ++y)
    for (int x = 1; x < 100; ++x) different += !(level.pixel(x, y) == upright.pixel(y, 99 - x));
  CHECK(different == 0);
  CHECK(inked(upright).height() == inked(level).width());
}

TEST_CASE("a character that the font lacks is a hollow box, one for a whole UTF-8 sequence") {
  CHECK(text_width("\xCE\xB8") == text_width("0"));
  Image image(40, 40), expected(40, 40);
  text(image, 5, 20, "\xCE\xB8");
  text(expected, 5, 20, "\x01");
  CHECK(image == expected);
  CHECK(inked(image).width() >= 10);
}

TEST_CASE("text outside the picture is clipped, and a scale below 1 refused") {
  Image image(20, 20);
  text(image, -500, 10, "far");
  text(image, 10, 900, "far");
  CHECK(image == Image(20, 20));
  text(image, -10, 0, "partly outside this small picture", {.scale = 3});
  CHECK_THROWS_WITH(text(image, 0, 0, "x", {.scale = 0}), "neohebb: text scale is 0, must be at least 1");
}
