#include <neohebb/data/digits.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

TEST_CASE("a digit depends on the seed and its number only, not on its chunk", "[data]") {
  const Generator generator{5};
  const LabelledImages whole = HandwrittenDigits{}.make(60, generator);
  const LabelledImages part = HandwrittenDigits{}.make(25, generator.at_sample(17));
  CHECK(part.pixels == whole.pixels.middleCols(17, 25));
  CHECK(part.labels == std::vector<int>(whole.labels.begin() + 17, whole.labels.begin() + 42));
  CHECK(HandwrittenDigits{}.make(60, generator).pixels == whole.pixels);
  CHECK(HandwrittenDigits{}.make(60, Generator{6}).pixels != whole.pixels);
  CHECK(HandwrittenDigits{}.make(60, Generator{5, 1}).pixels != whole.pixels);
}

TEST_CASE("each ten digits hold every class once, in shuffled order", "[data]") {
  const LabelledImages set = HandwrittenDigits{}.make(200, Generator{1});
  int in_order = 0;
  for (std::size_t ten = 0; ten < 20; ++ten) {
    std::vector<int> labels(set.labels.begin() + static_cast<std::ptrdiff_t>(10 * ten),
                            set.labels.begin() + static_cast<std::ptrdiff_t>(10 * ten + 10));
    in_order += std::is_sorted(labels.begin(), labels.end());
    std::sort(labels.begin(), labels.end());
    CHECK(labels == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
  CHECK(in_order == 0);
}

TEST_CASE("digits have about MNIST's ink, soft edges and a dark border", "[data]") {
  const LabelledImages set = HandwrittenDigits{}.make(2000, Generator{2});
  const Matrix<float> x = intensities<float>(set.pixels);
  CHECK(x.mean() > 0.10f);
  CHECK(x.mean() < 0.17f);
  CHECK(x.colwise().maxCoeff().minCoeff() > 0.5f);
  const auto soft = (x.array() > 0.05f && x.array() < 0.95f).count();
  CHECK(static_cast<double>(soft) / static_cast<double>((x.array() > 0).count()) > 0.1);
  CHECK(x.topRows(28).mean() < 0.01f);
  CHECK(x.bottomRows(28).mean() < 0.01f);
}

TEST_CASE("grey values and intensities are the same picture", "[data]") {
  Vector<float> real(784);
  Matrix<unsigned char> grey(784, 1);
  const int a = HandwrittenDigits{}.draw(Generator{3}, 7, real),
            b = HandwrittenDigits{}.draw(Generator{3}, 7, grey.col(0));
  CHECK(a == b);
  CHECK(a == HandwrittenDigits::label(Generator{3}, 7));
  CHECK((real * 255 - grey.col(0).cast<float>()).cwiseAbs().maxCoeff() <= 0.51f);
}

TEST_CASE("the mean picture of a class tells its digits from the others'", "[data]") {
  const auto train = HandwrittenDigits{}.make(2000, Generator{1}),
             test = HandwrittenDigits{}.make(500, Generator{1, 1});
  const Matrix<float> x = intensities<float>(train.pixels), y = intensities<float>(test.pixels);
  Matrix<float> mean = Matrix<float>::Zero(784, 10);
  for (Index k = 0; k < x.cols(); ++k) mean.col(train.labels[static_cast<std::size_t>(k)]) += x.col(k) / 200;
  int right = 0;
  for (Index k = 0; k < y.cols(); ++k) {
    Index nearest = 0;
    (mean.colwise() - y.col(k)).colwise().squaredNorm().minCoeff(&nearest);
    right += nearest == test.labels[static_cast<std::size_t>(k)];
  }
  CHECK(right > 350);  // they are digits,
  CHECK(right < 500);  // and not all alike
}

TEST_CASE("digit parameters out of range are refused by name", "[data]") {
  Matrix<float> pixels(784, 1);
  const auto refusal = [&](HandwrittenDigits digits, Index count = 10) {
    const std::string drawn =
        error_of<std::invalid_argument>([&] { digits.draw(Generator{}, 0, pixels.col(0)); });
    const std::string made = error_of<std::invalid_argument>([&] { digits.make(count, Generator{}); });
    CHECK((drawn == made || drawn == "no error"));
    return count > 0 ? drawn : made;
  };
  HandwrittenDigits digits;
  digits.thickness = 0;
  CHECK(contains(refusal(digits), "thickness (pixels) is 0"));
  digits = {};
  digits.slant = std::nan("");
  CHECK(contains(refusal(digits), "slant is nan"));
  digits = {};
  digits.scale = 1;
  CHECK(contains(refusal(digits), "scale is 1"));
  CHECK(contains(refusal({}, 0), "count is 0, must be at least 1"));
  Matrix<float> small(10, 1);
  CHECK(contains(
      error_of<std::invalid_argument>([&] { HandwrittenDigits{}.draw(Generator{}, 0, small.col(0)); }),
      "the pixels of a digit is 10 x 1, expected 784 x 1"));
}
