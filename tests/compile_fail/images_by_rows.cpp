// expect: an image is a column, stored without gaps; copy images into a neohebb::Matrix
#define EIGEN_DEFAULT_TO_ROW_MAJOR
#include <neohebb/data/augment.hpp>

void distort(const Eigen::MatrixXf& images, Eigen::MatrixXf& distorted) {
  neohebb::RandomAffine{.shift = 2}(images, neohebb::Generator{.seed = 1}, distorted);
}
