#include <neohebb/plot/mosaic.hpp>

#include "catch.hpp"

using namespace neohebb::plot;
using neohebb::Index;
using neohebb::Matrix;

namespace {
constexpr int margin = 16, gap = 2;
/// Screen pixel in the middle of pixel (x, y) of the field in column i, row j of a mosaic of 3 × 2 fields,
/// scale 4.
Colour at(const Image& image, int i, int j, int x, int y) {
  return image.pixel(margin + gap + i * (3 * 4 + gap) + 4 * x + 2,
                     margin + gap + j * (2 * 4 + gap) + 4 * y + 2);
}
const Mosaic small{.height = 2, .width = 3, .columns = 2, .scale = 4};
}  // namespace

TEMPLATE_TEST_CASE("zero is white, the largest absolute value the strongest colour", "", float, double) {
  Matrix<TestType> fields = Matrix<TestType>::Zero(6, 3);
  fields(5, 1) = TestType(-2);  // last pixel of the second field: right, bottom
  fields(0, 2) = TestType(1);   // first pixel of the third field
  const Image image = small.draw_fields(fields);
  CHECK(at(image, 0, 0, 0, 0) == white);
  CHECK(at(image, 1, 0, 2, 1) == diverging(-1));
  CHECK(at(image, 1, 0, 1, 1) == white);
  CHECK(at(image, 0, 1, 0, 0) == diverging(0.5));
}

TEST_CASE("each field may have a range of its own, or all a given one") {
  Matrix<double> fields = Matrix<double>::Zero(6, 2);
  fields(0, 0) = 0.1;
  fields(0, 1) = -8;
  Mosaic each = small, limited = small;
  each.per_field = true;
  limited.limit = 0.2;
  CHECK(at(each.draw_fields(fields), 0, 0, 0, 0) == diverging(1));
  CHECK(at(each.draw_fields(fields), 1, 0, 0, 0) == diverging(-1));
  CHECK(at(limited.draw_fields(fields), 0, 0, 0, 0) == diverging(0.5));
  CHECK(at(limited.draw_fields(fields), 1, 0, 0, 0) == diverging(-1));
}

TEST_CASE("images go from black to white") {
  Matrix<float> images = Matrix<float>::Zero(6, 1);
  images(1, 0) = 1;
  images(2, 0) = 0.5f;
  const Image image = small.draw_images(images);
  CHECK(at(image, 0, 0, 0, 0) == black);
  CHECK(at(image, 0, 0, 1, 0) == white);
  CHECK(at(image, 0, 0, 2, 0) == grey(0.5));
  Mosaic each = small;
  each.per_field = true;
  images(2, 0) = 3;
  CHECK(at(each.draw_images(images), 0, 0, 2, 0) == white);
  CHECK(at(each.draw_images(images), 0, 0, 1, 0) == grey(1.0 / 3));
}

TEST_CASE("expressions and fixed sizes are taken as they are") {
  const Matrix<float, 2, 6> weights = Matrix<float, 2, 6>::Ones();
  CHECK(at(small.draw_fields(weights.transpose() * 2.0f), 1, 0, 2, 1) == diverging(1));
}

TEST_CASE("NaN is marked, and does not spoil the range") {
  Matrix<double> fields = Matrix<double>::Constant(6, 1, 0.5);
  fields(3, 0) = NAN;
  CHECK(at(small.draw_fields(fields), 0, 0, 0, 1) == missing_grey);
  CHECK(at(small.draw_fields(fields), 0, 0, 1, 1) == diverging(1));
  Mosaic each = small;
  each.per_field = true;
  fields.setConstant(NAN);
  CHECK(at(small.draw_images(fields), 0, 0, 1, 1) == grey(NAN));
  CHECK(at(each.draw_images(fields), 0, 0, 1, 1) == grey(NAN));
  CHECK(at(each.draw_fields(fields), 0, 0, 1, 1) == missing_grey);
}

TEST_CASE("the picture is as large as fields, gaps and margins, and the colour bar comes beside") {
  const Matrix<double> fields = Matrix<double>::Random(784, 10);
  const Image image = Mosaic{.columns = 5, .scale = 2}.draw_fields(fields);
  CHECK(image.width() == 5 * (56 + 2) + 2 + 2 * margin);
  CHECK(image.height() == 2 * (56 + 2) + 2 + 2 * margin);
  const Image with_bar = Mosaic{.columns = 5, .scale = 2, .colour_bar = true}.draw_fields(fields);
  CHECK(with_bar.width() > image.width() + 40);
  CHECK(with_bar.height() == image.height());
  CHECK(Mosaic{.columns = 5, .scale = 2, .title = "fields"}.draw_fields(fields).height() > image.height());
}

TEST_CASE("no units, one unit and one pixel are drawn without fuss") {
  CHECK_NOTHROW(Mosaic{.colour_bar = true}.draw_fields(Matrix<double>(784, 0)));
  CHECK_NOTHROW(Mosaic{.colour_bar = true}.draw_fields(Matrix<double>::Zero(784, 1)));
  CHECK_NOTHROW(
      (Mosaic{.height = 1, .width = 1, .columns = 100, .gap = 0}.draw_images(Matrix<double>::Ones(1, 1))));
}

TEST_CASE("matrices of another shape and impossible sizes are refused") {
  const Matrix<double> wrong = Matrix<double>::Zero(10, 784);
  CHECK_THROWS_AS(Mosaic{}.draw_fields(wrong), std::invalid_argument);
  CHECK_THROWS_WITH(
      Mosaic{}.draw_fields(wrong),
      "neohebb: mosaic of 28 x 28 fields needs 784 rows (pixels), got 10 x 784; one column per unit");
  CHECK_THROWS_WITH(Mosaic{.scale = 0}.draw_images(wrong),
                    "neohebb: scale of a mosaic is 0, must be at least 1");
  CHECK_THROWS_WITH(Mosaic{.limit = -1}.draw_fields(wrong),
                    "neohebb: limit of a mosaic is -1, must be above 0, or 0 for the largest value");
  CHECK_THROWS_WITH(
      (Mosaic{.columns = 1, .scale = 3}.draw_fields(Matrix<float>::Zero(784, 500))),
      "neohebb: mosaic of 500 fields would be 120 x 43034 pixels, more than 32767; draw fewer units or use a "
      "smaller scale");
}
