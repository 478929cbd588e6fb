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
  std::vector<int> labels;  // of each image
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

/// Every image scaled to length 1, so that a product with unit-length weights is a cosine. images: pixels ×
/// count. Throws std::invalid_argument for images that are constant, NaN or infinite.
template <class M> auto unit_length(const M& images) {
  using S = typename M::Scalar;
  check_finite("unit_length: images", images);
  check_varied("unit_length: images", images);
  Matrix<S, M::RowsAtCompileTime, M::ColsAtCompileTime> scaled = images;
  for (Index b = 0; b < scaled.cols(); ++b) {
    scaled.col(b) /= scaled.col(b).cwiseAbs().maxCoeff();  // squares of tiny numbers would vanish
    scaled.col(b).normalize();
  }
  return scaled;
}

}  // namespace neohebb
