// expect: (satisfaction of|satisfy|because) 'Trace
// A kernel that forgot value(state).
#include <neohebb/projection/dense.hpp>

struct Forgetful {
  using Scalar = float;
  template <int R, int B> auto zero_state(neohebb::Extent<R> rows, neohebb::Extent<B> batch) const {
    return neohebb::zeros<float>(rows, batch);
  }
  void step(auto& x, const auto& spikes) const { x += spikes; }
};

neohebb::Dense<Forgetful> projection;
