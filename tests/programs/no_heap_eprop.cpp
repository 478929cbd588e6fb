// e-prop of fixed sizes, synapse by synapse, uses no heap at all: weights, states, learners and spikes are made, used and
// copied, and every allocation is counted.
//
//     no_heap_eprop        exits 0 only if nothing allocates
#include <cstdio>

#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>

#include "support/layers.hpp"

using namespace neohebb;

namespace {

constexpr int inputs = 8, units = 6, outputs = 2;

template <class S, int B> bool allocates(const char* what) {
  using Outside = Dense<Pulses<S>, AllToAll<inputs, units>>;
  using Own = Dense<Pulses<S>, AllToAll<units, units>, NoSelf>;
  using Layer = PlasticLayer<WithRecurrence<Outside, Own>, Lif<S, Heaviside, S, Vector<S, units>>, Peaked<S>,
                             Eprop<S>, Broadcast<S, outputs>, PerSynapse>;
  const Network net{
      Layer{.projection = {.forward = {}, .lateral = {.bias = false}},
            .neuron = {.refractory_steps = 2, .adaptation_strength = Vector<S, units>::Constant(S(0.1))},
            .signal = {.feedback = Feedback::random},
            .rate = {.strength = 1}},
      LeakyReadout<Dense<Pulses<S>, AllToAll<units, outputs>>>{}};
  const Extent<B> batch;
  auto weights = net.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 1});
  auto state = net.zero_state(batch);
  auto learner = net.learner(Adam<S>{}, batch, 1);
  Spikes<S, inputs, B> in({}, batch);
  const Matrix<S, outputs, B> target = Matrix<S, outputs, B>::Ones();
  const auto before = weights;
  for (Index t = 0; t < 60; ++t) {
    support::NoisyInput{}(t, 0, in);
    net.step(weights, state, in);
    net.credit(weights, state, target, learner);
    net.update(weights, state, learner);
    if (t == 30) state = net.zero_state(batch);
  }
  const bool moved = !(weights == before);
  const long found = support::allocations.exchange(0);
  std::printf("%s, batch %d: %ld allocations%s\n", what, B, found,
              found   ? "  FAILED"
              : moved ? ""
                      : "  FAILED: nothing moves");
  return found != 0 || !moved;
}

}  // namespace

int main() {
  support::allocations = 0;
  bool failed = allocates<float, 1>("float");
  failed |= allocates<float, 3>("float");
  failed |= allocates<double, 1>("double");
  return failed;
}

#endif
