#include <cstdio>
#include <neohebb/neohebb.hpp>

int main() {
  neohebb::Spikes<float> spikes(neohebb::Extent{3}, neohebb::Extent{1});
  spikes.assign(Eigen::Array3f(0, 1, 1) > 0.5f);
  std::printf("neohebb %s: %d spikes\n", NEOHEBB_VERSION, static_cast<int>(spikes.count()));
  return spikes.count() == 2 ? 0 : 1;
}
