// Networks of fixed sizes use no heap at all: from the first line of main on, every allocation is counted, and
// one is a failure. Parameters, weights, states, learners, credits and spikes are made, used and copied.
//
//     no_heap            prints a line per case; exits 0 only if none allocates
#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/learning/three_factor.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "support/no_heap.hpp"

using namespace neohebb;
using namespace support;

namespace {

/// The path of linear optimizers and another one, for batches of one, few and many samples.
template <int B, class O> void plain(const char* what, const O& optimizer) {
  using S = typename O::Scalar;
  const Network net{
      DecolleLayer<Synapses<S, 16, 24>, Srm<S>, classes>{.signal = {.dropout = S(0.25)}, .rate = {1}}};
  const ScaledNormal<S> normal{4};
  for (const Index window : {1, 5}) {
    lives<16>("Sgd", net, Sgd<S>{}, normal, Extent<B>{}, window);
    lives<16>(what, net, optimizer, normal, Extent<B>{}, window);
  }
}

void spike_timing() {
  const PairStdp<float> rule{};
  auto state = rule.zero_state(Extent<16>{}, Extent<8>{}, Extent<2>{});
  Matrix<float, 8, 16> weight = Matrix<float, 8, 16>::Zero();
  Spikes<float, 16, 2> pre({}, {});
  Spikes<float, 8, 2> post({}, {});
  for (Index t = 0; t < 20; ++t) {
    NoisyInput{.seed = 1}(t, 0, pre);
    NoisyInput{.seed = 2}(t, 0, post);
    rule.step(weight, state, pre, post);
  }
  report("pair-based STDP", 2, 1);
}

}  // namespace

int main() {
  return counts_heap([] {
    plain<1>("Adam", Adam<float>{});
    plain<20>("Momentum", Momentum<float>{});
    plain<2>("AdaMax, double", AdaMax<double>{});
    spike_timing();
  });
}

#endif
