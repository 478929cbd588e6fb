// expect: (satisfaction of|satisfy|because) 'Neuron
// A neuron whose state has no spikes.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

struct Analogue {
  using Scalar = float;
  template <int N, int B> struct State { neohebb::Matrix<float, N, B> potential; };
  template <int N, int B> State<N, B> zero_state(neohebb::Extent<N> size, neohebb::Extent<B> batch) const {
    return {neohebb::zeros<float>(size, batch)};
  }
  void step(auto& state, const auto& drive) const { state.potential = drive; }
};

neohebb::DecolleLayer<neohebb::Dense<neohebb::Exponential<float>>, Analogue> layer;
