// No heap allocation inside step, credit and update of SuperSpike's networks once their values exist.
//
//     superspike_heap        prints a line per case; exits 0 only if none allocates
#include <cstdio>

#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include "support/superspike.hpp"

using namespace neohebb;

namespace {

int failures = 0;

template <class S, class Form>
void network_allocates_nothing(const char* what, const SuperSpikeNetwork<S>& net, Form form) {
  auto weights = net.initial_weights(Generator{.seed = 5});
  auto state = net.zero_state();
  auto learner = net.learner(RMaxProp<S>{}, form);
  const VanRossumMeasure measure;
  auto error = measure.zero_state();
  long found = 0;
  Index spikes = 0;
  support::random_steps(0, 3 * net.window_steps(), 13, 5, [&](Index, const auto& in, const auto& target) {
    found += support::allocations_in([&] {
      net.learn(weights, state, learner, in, target);
      measure.step(error, learner.error());
    });
    spikes += net.spikes(state).count();
  });
  std::printf("%-28s %ld output spikes: %ld allocations%s\n", what, long(spikes), found,
              found ? "  FAILED" : "");
  failures += found != 0 || spikes == 0;
}

template <class S> void networks_allocate_nothing() {
  auto net = support::lively_network<S>();
  network_allocates_nothing("exchanged", net, Exchanged{});
  network_allocates_nothing("per synapse", net, PerSynapse{});
  net.layers.insert(net.layers.begin() + 1, {.in = 37, .out = 37, .weight_scale = 0.2});
  for (auto& layer : net.layers) {
    layer.synaptic_delay = 3e-3;
    layer.recurrent = true;
    layer.rule.eligibility_delay = 0.8e-3;
    layer.rule.rate_regularisation = 1e-3;
  }
  network_allocates_nothing("exchanged, all options", net, Exchanged{});
  network_allocates_nothing("per synapse, all options", net, PerSynapse{});
}

}  // namespace

int main() {
  networks_allocate_nothing<float>();
  networks_allocate_nothing<double>();
  std::puts(failures ? "FAILED" : "no allocations");
  return failures ? 1 : 0;
}

#endif
