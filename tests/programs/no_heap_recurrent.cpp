// As no_heap, of recurrent neurons with constraints.
//
//     no_heap_recurrent   prints a line per case; exits 0 only if none allocates
#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/neuron/lif.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/fir.hpp>
#include <neohebb/trace/sum.hpp>

#include "support/no_heap.hpp"

using namespace neohebb;
using namespace support;

namespace {

/// Recurrent neurons with every option that keeps a state of its own, and constraints.
template <class S> void recurrent() {
  using Side = Dense<Sum<Exponential<S>, Alpha<S> >, AllToAll<16, 8>, Bounds<S> >;
  using Lateral = Dense<Fir<S, 3>, AllToAll<8, 8>, Constraints<Mask<S, 8, 8>, Signs<S, 8> > >;
  using Layer = DecolleLayer<WithRecurrence<Side, Lateral>, Lif<S, EscapeNoise<S> >, classes, Gaussian<S>,
                             CrossEntropy<S>, ReadsActivation>;
  Layer layer{.projection = {.forward = {.constraint = {.lower = -1, .upper = 1}}},
              .neuron = {.refractory_steps = 2, .adaptation_strength = S(0.1)},
              .signal = {.dropout = S(0.25)}};
  auto& lateral = layer.projection.lateral;
  lateral.bias = false;
  lateral.trace.kernel << S(0), S(0.5), S(0.25);
  std::get<0>(lateral.constraint.all).present.setOnes();
  std::get<1>(lateral.constraint.all).sign.setZero();
  lives<16>("recurrent, Lif, escape noise, constraints", Network{layer}, Adam<S>{}, ScaledUniform<S>{4},
            Extent<3>{}, 5);
}

}  // namespace

int main() {
  return counts_heap([] { recurrent<float>(); });
}

#endif
