#include <neohebb/data/augment.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;
using support::near;

namespace {

RandomAffine affine(Index height, Index width) {
  RandomAffine a;
  a.height = height;
  a.width = width;
  return a;
}
template <class S>
Matrix<S> apply(const auto& distortion, const Matrix<S>& images, const Generator& generator) {
  Matrix<S> out(images.rows(), images.cols());
  distortion(images, generator, out);
  return out;
}

}  // namespace

TEMPLATE_TEST_CASE("bounds of zero leave images as they are, bit for bit", "[data]", float, double) {
  const Matrix<TestType> images = Matrix<TestType>::Random(7 * 10, 5);
  CHECK(apply(affine(7, 10), images, Generator{1}) == images);
  ElasticDistortion still;
  still.height = 7;
  still.width = 10;
  still.amplitude = 0;
  CHECK(apply(still, images, Generator{1}) == images);
}

TEMPLATE_TEST_CASE("a shift by whole pixels moves the image exactly, with zeros behind it", "[data]", float,
                   double) {
  using S = TestType;
  RandomAffine a = affine(6, 5);
  a.shift = 2;
  a.whole_pixels = true;
  const Matrix<S> images = Matrix<S>::Random(30, 200);
  const Matrix<S> out = apply(a, images, Generator{4});
  std::vector<int> seen(25, 0);
  for (Index b = 0; b < images.cols(); ++b) {
    int matches = 0;
    for (int dy = -2; dy <= 2; ++dy)
      for (int dx = -2; dx <= 2; ++dx) {
        bool same = true;
        for (int r = 0; r < 6; ++r)
          for (int c = 0; c < 5; ++c) {
            const int y = r - dy, x = c - dx;
            const S expected = y >= 0 && y < 6 && x >= 0 && x < 5 ? images(y * 5 + x, b) : S(0);
            same &= out(r * 5 + c, b) == expected;
          }
        matches += same;
        seen[static_cast<std::size_t>((dy + 2) * 5 + dx + 2)] += same;
      }
    CHECK(matches == 1);
  }
  CHECK(*std::min_element(seen.begin(), seen.end()) > 0);  // all 25 shifts happen
}

TEST_CASE("a sample's map depends on its place only, not on the chunk", "[data]") {
  RandomAffine a;
  a.shift = 2;
  a.rotation = 20;
  a.scale = 0.2;
  a.shear = 0.1;
  const Matrix<float> images = Matrix<float>::Random(784, 9);
  const auto check = [&](const auto& distortion) {
    const Generator generator{3, 2, 1, 50};
    const Matrix<float> whole = apply(distortion, images, generator);
    Matrix<float> part(784, 4);
    distortion(images.middleCols(5, 4), generator.at_sample(5), part);
    CHECK(part == whole.middleCols(5, 4));
    CHECK(apply(distortion, images, generator.at_step(2)) != whole);
    distortion(images.leftCols(4), generator, part.leftCols(4));
    CHECK(part == whole.leftCols(4));
  };
  check(a);
  check(ElasticDistortion{});
}

TEST_CASE("rotation, scale and shear keep the centre and move points as said", "[data]") {
  const Index side = 41;
  RandomAffine a = affine(side, side);
  Matrix<double> image = Matrix<double>::Zero(side * side, 1);
  const auto blob = [&](double y, double x) {
    for (Index r = 0; r < side; ++r)
      for (Index c = 0; c < side; ++c) {
        const double dy = static_cast<double>(r) - y, dx = static_cast<double>(c) - x;
        image(r * side + c) = std::exp(-(dy * dy + dx * dx) / 8);
      }
  };
  // The centre of mass relative to the image's centre.
  const auto centre = [&](const Matrix<double>& m) {
    double sum = 0, y = 0, x = 0;
    for (Index k = 0; k < m.size(); ++k) {
      sum += m(k);
      y += m(k) * static_cast<double>(k / side - 20);
      x += m(k) * static_cast<double>(k % side - 20);
    }
    return std::pair{y / sum, x / sum};
  };
  blob(20, 30);
  for (std::uint32_t k = 0; k < 50; ++k) {
    a = affine(side, side);
    a.rotation = 45;
    const auto [y, x] = centre(apply(a, image, Generator{k}));
    CHECK(near(std::hypot(y, x), 10, 0.05));
    CHECK(std::abs(std::atan2(y, x)) < 0.79);
    a.rotation = 0;
    a.scale = 0.3;
    const auto [sy, sx] = centre(apply(a, image, Generator{k}));
    CHECK(near(sy, 0, 0.01));
    CHECK(sx > 6.9);
    CHECK(sx < 13.1);
  }
  blob(30, 20);
  a = affine(side, side);
  a.shear = 0.5;
  double most = 0;
  for (std::uint32_t k = 0; k < 50; ++k) {
    const auto [y, x] = centre(apply(a, image, Generator{k}));
    CHECK(near(y, 10, 0.01));
    CHECK(std::abs(x) < 5.01);
    most = std::max(most, std::abs(x));
  }
  CHECK(most > 3);
}

TEST_CASE("an elastic distortion moves pixels by its amplitude, smoothly", "[data]") {
  const Index side = 60;
  ElasticDistortion elastic;
  elastic.height = elastic.width = side;
  elastic.amplitude = 1.5;
  elastic.smoothness = 4;
  Matrix<double> ramp(side * side, 40);  // the grey value is the column: a displacement can be read off
  for (Index k = 0; k < ramp.rows(); ++k) ramp.row(k).setConstant(static_cast<double>(k % side));
  const Matrix<double> moved = apply(elastic, ramp, Generator{8}) - ramp;
  double square = 0, rough = 0;
  Index n = 0;
  for (Index b = 0; b < ramp.cols(); ++b)
    for (Index r = 15; r < 45; ++r)
      for (Index c = 15; c < 45; ++c, ++n) {
        const double d = moved(r * side + c, b);
        square += d * d;
        rough += std::pow(d - moved(r * side + c + 1, b), 2);
      }
  CHECK(near(std::sqrt(square / static_cast<double>(n)), 1.5, 0.15));
  CHECK(std::sqrt(rough / static_cast<double>(n)) < 0.5);
}

TEST_CASE("intensities stay between 0 and 1", "[data]") {
  RandomAffine a;
  a.shift = 3;
  a.rotation = 30;
  a.scale = 0.3;
  const Matrix<float> images = Matrix<float>::Random(784, 20).cwiseAbs();
  const Matrix<float> once = apply(a, images, Generator{1}),
                      twice = apply(ElasticDistortion{}, once, Generator{1});
  CHECK(twice.minCoeff() >= 0);
  CHECK(twice.maxCoeff() <= 1);
}

TEST_CASE("augmenting refuses wrong sizes, and work in place", "[data]") {
  Matrix<float> images = Matrix<float>::Zero(784, 3), other(784, 2), small(100, 3);
  const auto refusal = [](auto&& f) { return error_of<std::invalid_argument>(f); };
  CHECK(contains(refusal([&] { RandomAffine{}(images, Generator{}, other); }),
                 "augmented images is 784 x 2, expected 784 x 3"));
  CHECK(contains(refusal([&] { RandomAffine{}(small, Generator{}, small); }),
                 "images to be augmented is 100 x 3, expected 784"));
  CHECK(contains(refusal([&] { RandomAffine{}(images, Generator{}, images); }),
                 "cannot be augmented in place"));
}

TEST_CASE("a distortion refuses parameters out of range where it is called", "[data]") {
  const Matrix<float> images = Matrix<float>::Zero(784, 3);
  Matrix<float> out = images;
  const auto refusal = [&](const auto& distortion) {
    const std::string called = error_of<std::invalid_argument>([&] { distortion(images, Generator{}, out); });
    CHECK(called == error_of<std::invalid_argument>([&] { distortion.validate(); }));
    return called;
  };
  const double nan = std::nan("");
  const auto affine_with = [&](auto RandomAffine::*field, auto value) {
    RandomAffine a;
    a.*field = value;
    return refusal(a);
  };
  CHECK(contains(affine_with(&RandomAffine::height, 0), "height is 0, must be at least 1"));
  CHECK(contains(affine_with(&RandomAffine::width, -28), "width is -28"));
  CHECK(contains(affine_with(&RandomAffine::shift, -1), "shift is -1 pixels, must be 0 or more"));
  CHECK(contains(affine_with(&RandomAffine::shift, nan), "shift is nan"));
  CHECK(
      contains(affine_with(&RandomAffine::rotation, -1), "rotation (degrees) is -1, must be from 0 to 180"));
  CHECK(contains(affine_with(&RandomAffine::rotation, nan), "rotation (degrees) is nan"));
  CHECK(contains(affine_with(&RandomAffine::scale, 1), "scale is 1, must be at least 0 and below 1"));
  CHECK(contains(affine_with(&RandomAffine::scale, nan), "scale is nan"));
  CHECK(contains(affine_with(&RandomAffine::shear, 11), "shear is 11, must be from 0 to 10"));
  CHECK(contains(affine_with(&RandomAffine::shear, nan), "shear is nan"));
  RandomAffine a;
  a.shift = 1.5;
  a.whole_pixels = true;
  CHECK(contains(refusal(a), "shift is 1.5, must be a whole number with whole_pixels"));

  const auto elastic_with = [&](auto ElasticDistortion::*field, auto value) {
    ElasticDistortion e;
    e.*field = value;
    return refusal(e);
  };
  CHECK(contains(elastic_with(&ElasticDistortion::height, 0), "height is 0"));
  CHECK(contains(elastic_with(&ElasticDistortion::width, 0), "width is 0"));
  CHECK(
      contains(elastic_with(&ElasticDistortion::amplitude, -1), "amplitude is -1 pixels, must be 0 or more"));
  CHECK(contains(elastic_with(&ElasticDistortion::amplitude, nan), "amplitude is nan"));
  CHECK(
      contains(elastic_with(&ElasticDistortion::smoothness, 0), "smoothness is 0 pixels, must be positive"));
  CHECK(contains(elastic_with(&ElasticDistortion::smoothness, nan), "smoothness is nan"));
  CHECK(refusal(ElasticDistortion{}) == "no error");
  CHECK(refusal(RandomAffine{}) == "no error");
}
