// As no_heap, of neurons with a time constant each.
//
//     no_heap_decays     prints a line per case; exits 0 only if none allocates
#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/neuron/lif.hpp>
#include <neohebb/trace/exponential.hpp>

#include "support/no_heap.hpp"

using namespace neohebb;
using namespace support;

namespace {

/// A time constant for each neuron, in every trace.
template <class S> void per_neuron() {
  using Eta = Exponential<S, Vector<S, 8> >;
  using Pre = DoubleExponential<S, Vector<S, 16> >;
  const auto decays = [](auto neurons) {
    return random_decays(neurons, S(20), S(0.3), S(1), Generator{.seed = 4});
  };
  const DecolleLayer<Dense<Pre, AllToAll<16, 8> >, Srm<S, Eta>, classes, Logistic<S>, MeanSquare<S> > lower{
      .projection = {.trace = {.membrane_decay = decays(Extent<16>{}),
                               .synaptic_decay = decays(Extent<16>{})}},
      .neuron = {.refractory = {.decay = decays(Extent<8>{})}}};
  const DecolleLayer<Synapses<S, 8, 6>, Lif<S, Heaviside, Vector<S, 6> >, classes, Arctan<S>, SumSquare<S> >
      upper{.neuron = {.decay = decays(Extent<6>{}), .reset = Reset::by_threshold}};
  lives<16>("a decay for each neuron", Network{lower, upper}, Sgd<S>{S(0.1)}, Orthogonal<S>{4}, Extent<2>{},
            4);
}

}  // namespace

int main() {
  return counts_heap([] { per_neuron<double>(); });
}

#endif
