// expect: the left factor must lie by rows; copy it into a RowMatrix
// Features by columns where they are read by rows.
#include <neohebb/layer/power_coding.hpp>

void respond(const neohebb::PowerCoding<float>& coding, const neohebb::Matrix<float>& features,
             const neohebb::Matrix<float>& images, neohebb::Matrix<float>& h) {
  auto state = coding.zero_state(neohebb::Extent{784}, neohebb::Extent{100});
  coding.step(features, state, images, h);
}
