// No heap allocation inside step, evaluate, credit and update of likelihood layers, and where spike trains are shown,
// once their values exist; none at all where sizes are fixed.
//
//     likelihood_heap        prints a line per case; exits 0 only if none allocates
#include <cstdio>

#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/data/spike_trains.hpp>
#include <neohebb/layer/likelihood.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "support/layers.hpp"

using namespace neohebb;
using S = float;
using support::allocations_in;

namespace {

int failures = 0;

void report(const char* what, const char* optimizer, Index batch, Index window, long found) {
  std::printf("%-12s %-5s batch %2ld window %2ld: %ld allocations%s\n", what, optimizer, long(batch),
              long(window), found, found ? "  FAILED" : "");
  failures += found != 0;
}

SpikeTrains some_spikes(Index neurons, Index steps) {
  SpikeTrains trains{neurons, steps, 1e-3, {}};
  for (Index t = 0; t < steps; ++t)
    for (Index i = t % 7; i < neurons; i += 7) trains.spikes.push_back({t, i});
  return trains;
}

/// Two windows; the first may allocate.
template <class Synapses>
void layer_allocates_nothing(const char* what, const char* name, const auto& optimizer, Index batch,
                             Index window) {
  const LikelihoodLayer<Synapses> layer{.projection = {.connectivity = {300, 50}}};
  auto weights = layer.initial_weights(ScaledNormal<S>{4}, Generator{.seed = 1});
  auto state = layer.zero_state(Extent{batch});
  auto credit = layer.zero_credit(Extent{batch}, window);
  auto learner = layer.learner(optimizer);
  const SpikeTrains input = some_spikes(300, window), target = some_spikes(50, window);
  Spikes<S> in(300, batch), wanted(50, batch);
  const auto learn = [&] {
    for (Index t = 0; t < window; ++t) {
      input.show(t, in);
      target.show(t, wanted);
      layer.step(weights, state, in);
      layer.evaluate(weights, state, wanted);
      layer.credit(weights, state, wanted, credit);
    }
    layer.update(weights, state, credit, learner);
  };
  learn();
  report(what, name, batch, window, allocations_in(learn));
}

/// From the making of its values on.
void fixed_layer_allocates_nothing() {
  report("fixed sizes", "Adam", 2, 5, allocations_in([] {
           const LikelihoodLayer<Dense<DoubleExponential<S>, AllToAll<12, 5>>> layer;
           auto weights = layer.initial_weights(ScaledNormal<S>{4}, Generator{.seed = 1});
           auto state = layer.zero_state(Extent<2>{});
           auto credit = layer.zero_credit(Extent<2>{}, 5);
           auto learner = layer.learner(Adam<S>{});
           Spikes<S, 12, 2> in({}, {});
           Spikes<S, 5, 2> wanted({}, {});
           for (Index t = 0; t < 5; ++t) {
             support::NoisyInput{}(t, 0, in);
             support::NoisyInput{.seed = 3}(t, 0, wanted);
             layer.step(weights, state, in);
             layer.credit(weights, state, wanted, credit);
           }
           layer.update(weights, state, credit, learner);
         }));
}

}  // namespace

int main() {
  volatile Index size = 3;
  if (allocations_in([&] { size = Matrix<S>::Zero(size, size).eval().cols(); }) != 1) {
    std::puts("the hook on malloc does not see a matrix");
    return 1;
  }
  for (const Index batch : {1, 8})
    for (const Index window : {1, 20}) {
      layer_allocates_nothing<Dense<DoubleExponential<S>>>("Dense", "Sgd", Sgd<S>{}, batch, window);
      layer_allocates_nothing<Dense<DoubleExponential<S>>>("Dense", "Adam", Adam<S>{}, batch, window);
      layer_allocates_nothing<EventDriven<DoubleExponential<S>>>("EventDriven", "Sgd", Sgd<S>{}, batch,
                                                                 window);
      layer_allocates_nothing<EventDriven<DoubleExponential<S>>>("EventDriven", "Adam", Adam<S>{}, batch,
                                                                 window);
    }
  fixed_layer_allocates_nothing();
  std::puts(failures ? "FAILED" : "no allocations");
  return failures ? 1 : 0;
}

#endif
