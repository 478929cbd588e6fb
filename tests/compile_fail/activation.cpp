// expect: ReadsActivation needs a surrogate with activation
// A readout of activities from a surrogate that is nobody's derivative.
#include <neohebb/core/spikes.hpp>
#include <neohebb/learning/readout.hpp>

struct Bare {
  float operator()(float u) const { return u * u; }
};

void read(const neohebb::Matrix<float>& potential, const neohebb::Spikes<float>& spikes,
          neohebb::Matrix<float>& activity) {
  neohebb::ReadsActivation{}(potential, spikes, Bare{}, activity);
}
