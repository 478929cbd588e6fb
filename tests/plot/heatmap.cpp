#include <neohebb/plot/heatmap.hpp>

#include "catch.hpp"

using namespace neohebb::plot;
using neohebb::Index;
using neohebb::Matrix;

namespace {
/// Colour inside the frame, (u, v) from the cells' top left corner in cells of 40 pixels.
Colour at(const Image& image, double u, double v) {
  int left = 0, top = 0;
  while (!(image.pixel(image.width() / 2, top) == axis_grey)) ++top;
  while (!(image.pixel(left, image.height() / 2) == axis_grey)) ++left;
  return image.pixel(left + 1 + static_cast<int>(40 * u), top + 1 + static_cast<int>(40 * v));
}
const Heatmap plain{.annotate = false, .colour_bar = false, .cell = 40};
}  // namespace

TEST_CASE("rows run down, columns across, and more is darker") {
  Matrix<double> matrix = Matrix<double>::Zero(8, 8);
  matrix(2, 5) = 4;
  matrix(6, 1) = 2;
  const Image image = plain.draw(matrix);
  CHECK(at(image, 5.5, 2.5) == sequential(0.9));
  CHECK(at(image, 1.5, 6.5) == sequential(0.45));
  CHECK(at(image, 2.5, 5.5) == white);
}

TEST_CASE("a confusion matrix is coloured by the share of the true class") {
  Matrix<int> counts = Matrix<int>::Zero(8, 8);
  counts(0, 0) = 1;
  counts(0, 1) = 3;
  counts(4, 4) = 1000;
  Heatmap map = plain;
  map.share_of_row = true;
  const Image image = map.draw(counts);
  CHECK(at(image, 0.5, 0.5) == sequential(0.9 * 0.25));
  CHECK(at(image, 1.5, 0.5) == sequential(0.9 * 0.75));
  CHECK(at(image, 4.5, 4.5) == sequential(0.9));
  CHECK(at(image, 3.5, 3.5) == white);  // a row without samples
}

TEST_CASE("signed values are blue and red about a white zero") {
  Matrix<float> matrix = Matrix<float>::Zero(8, 8);
  matrix(0, 0) = -2;
  matrix(1, 1) = 1;
  matrix(2, 2) = NAN;
  Heatmap map = plain;
  map.signed_values = true;
  const Image image = map.draw(matrix);
  CHECK(at(image, 0.5, 0.5) == diverging(-1));
  CHECK(at(image, 1.5, 1.5) == diverging(0.5));
  CHECK(at(image, 2.5, 2.5) == missing_grey);
  CHECK(at(image, 5.5, 5.5) == white);
}

TEST_CASE("numbers in the cells, names and a colour bar make room for themselves") {
  const Matrix<double> matrix = Matrix<double>::Constant(3, 3, 1234567);
  const Image bare = Heatmap{.annotate = false, .colour_bar = false}.draw(matrix);
  CHECK(Heatmap{.colour_bar = false}.draw(matrix).width() > bare.width());
  CHECK(Heatmap{.annotate = false}.draw(matrix).width() > bare.width());
  CHECK(Heatmap{.rows = {"a long name", "b", "c"}, .annotate = false, .colour_bar = false}
            .draw(matrix)
            .width() > bare.width() + 80);
  CHECK(Heatmap{.columns = {"a very long name of a class", "b", "c"}, .annotate = false, .colour_bar = false}
            .draw(matrix)
            .height() > bare.height() + 80);
}

TEST_CASE("empty, single, constant and infinite entries are drawn without fuss") {
  CHECK_NOTHROW(Heatmap{}.draw(Matrix<double>(0, 0)));
  CHECK_NOTHROW(Heatmap{}.draw(Matrix<double>(0, 5)));
  CHECK_NOTHROW(Heatmap{}.draw(Matrix<double>(5, 0)));
  CHECK_NOTHROW(Heatmap{}.draw(Matrix<double>::Zero(1, 1)));
  CHECK_NOTHROW(Heatmap{.decimals = 9}.draw(Matrix<double>::Constant(2, 2, 1e300)));
  CHECK_NOTHROW(Heatmap{.signed_values = true}.draw(Matrix<double>::Constant(2, 2, INFINITY)));
  CHECK_NOTHROW(Heatmap{.share_of_row = true}.draw(Matrix<double>::Constant(2, 2, NAN)));
}

TEST_CASE("names that do not match the matrix, and negative shares, are refused") {
  const Matrix<double> matrix = Matrix<double>::Constant(2, 3, -1);
  CHECK_THROWS_AS((Heatmap{.columns = {"a", "b"}}.draw(matrix)), std::invalid_argument);
  CHECK_THROWS_WITH((Heatmap{.columns = {"a", "b"}}.draw(matrix)),
                    "neohebb: heat map has 2 column names for 3 columns");
  CHECK_THROWS_WITH((Heatmap{.rows = {"a"}}.draw(matrix)), "neohebb: heat map has 1 row names for 2 rows");
  CHECK_THROWS_WITH(
      Heatmap{.share_of_row = true}.draw(matrix),
      "neohebb: heat map entry (0, 0) is -1; shares of a row need entries that are not negative");
  CHECK_THROWS_WITH(Heatmap{.decimals = 20}.draw(matrix),
                    "neohebb: decimals of a heat map is 20, must be from 0 to 9");
  CHECK_THROWS_WITH(
      (Heatmap{.annotate = false, .cell = 1000}.draw(Matrix<float>::Zero(40, 1))),
      "neohebb: heat map of a 40 x 1 matrix with cells of 1000 pixels is too large; set cell to fewer pixels "
      "and annotate to false");
}
