// expect: this matrix must be stored by columns; copy it into a neohebb::Matrix
// A kernel reads columns where they lie: Eigen's own matrices lie by rows under this switch.
#define EIGEN_DEFAULT_TO_ROW_MAJOR
#include <neohebb/core/columns.hpp>

void add(const Eigen::MatrixXf& weights, std::span<const std::int32_t> spikes,
         neohebb::Vector<float>& drive) {
  neohebb::add_columns(weights, spikes, 1.f, drive);
}
