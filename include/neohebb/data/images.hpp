// Grey images and their labels, as files and generators give them.
#pragma once
#include <neohebb/core/types.hpp>
#include <vector>

namespace neohebb {

/// Images side by side: pixels is (height·width) × count, 0 black to 255 white; pixel (row, column) is at
/// row·width + column.
struct Images {
  Matrix<unsigned char> pixels;
  Index height = 0, width = 0;

  Index count() const { return pixels.cols(); }
};

/// Images with one label each, 0 … classes − 1.
struct LabelledImages {
  Matrix<unsigned char> pixels;  // as in Images
  Index height = 0, width = 0;
  std::vector<int> labels;
  int classes = 10;

  Index count() const { return pixels.cols(); }
};

/// Grey values as intensities in [0, 1], for `count` images from `first` on (all by default).
/// Throws std::invalid_argument for images that are not there.
template <class S>
Matrix<S> intensities(const Matrix<unsigned char>& pixels, Index first = 0, Index count = -1) {
  if (count < 0) count = pixels.cols() - first;
  NEOHEBB_REQUIRE(first >= 0 && count >= 0 && first + count <= pixels.cols(), "images ", first, " to ",
                  first + count, " are wanted, there are ", pixels.cols());
  return pixels.middleCols(first, count).template cast<S>() / S(255);
}

}  // namespace neohebb
