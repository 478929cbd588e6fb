// No heap allocation inside step, credit and update of SuperSpike's networks once their values exist.
//
//     superspike_heap        prints a line per case; exits 0 only if none allocates
#include <cstdio>
#include <string>

#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include "support/superspike.hpp"

using namespace neohebb;

namespace {

int failures = 0;

template <class S>
void network_allocates_nothing(const char* what, const SuperSpike<S>& rule, const auto& net, double scale) {
  auto weights = support::lively_weights(net, scale);
  auto state = net.zero_state(Extent<1>{});
  const Index window = rule.window_steps();
  auto learner = net.learner(RMaxProp<S>{}, Extent<1>{}, window);
  const VanRossumMeasure measure;
  auto error = measure.zero_state();
  const auto& outputs = std::get<std::tuple_size_v<decltype(net.layers)> - 1>(state);
  long found = 0;
  Index spikes = 0;
  Spikes<S, Dynamic, 1> again(13, Extent<1>{});
  support::random_steps<S>(0, 3 * window, 13, 5, [&](Index t, const auto& in, const auto& target) {
    found += support::allocations_in([&] {
      again.assign_lists([&](Index b) { return in.active(b); });
      net.step(weights, state, again);
      net.credit(weights, state, target, learner);
      if ((t + 1) % window == 0) net.update(weights, state, learner);
      measure.step(error, outputs.signal_state.y);
    });
    spikes += outputs.neuron.spikes.count();
  });
  std::printf("%-28s %ld output spikes: %ld allocations%s\n", what, long(spikes), found,
              found ? "  FAILED" : "");
  failures += found != 0 || spikes == 0;
}

template <class S, class Form> void networks_allocate_nothing(const std::string& what) {
  auto rule = support::short_windows<S>();
  network_allocates_nothing(what.c_str(), rule, support::lively_network(rule, Form{}), 0.2);
  constexpr Index spread = 30;
  rule.rate_regularisation = 1e-3;
  rule.error_delay = 0;
  rule.feedback_delay = 1e-3;
  const auto hidden = [&](Index in) {
    return rule.layer(support::delayed_recurrent(rule, in, 37, spread),
                      rule.hidden_signal({5}, Feedback::random), Form{});
  };
  const Network net{hidden(13), hidden(37),
                    rule.layer(support::delayed_recurrent(rule, 37, 5, spread), rule.target(), Form{})};
  network_allocates_nothing((what + ", all options").c_str(), rule, net, support::scale_for(spread));
}

}  // namespace

int main() {
  networks_allocate_nothing<float, Exchanged>("exchanged");
  networks_allocate_nothing<float, PerSynapse>("per synapse");
  networks_allocate_nothing<double, Exchanged>("exchanged");
  networks_allocate_nothing<double, PerSynapse>("per synapse");
  std::puts(failures ? "FAILED" : "no allocations");
  return failures ? 1 : 0;
}

#endif
