#include <neohebb/neuron/lif.hpp>

#include "laws/neuron_laws.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("LIF neurons keep the laws of neurons", "[laws]", float, double) {
  using S = TestType;
  for (const int refractory : {0, 2})
    for (const S adaptation : {S(0), S(0.2)})
      for (const Reset reset : {Reset::to_zero, Reset::to_rest, Reset::to_value, Reset::by_threshold,
                                Reset::by_base_threshold, Reset::by_threshold_later}) {
        const Lif<S> neuron{.rest = S(-0.5),
                            .reset = reset,
                            .refractory_steps = refractory,
                            .adaptation_strength = adaptation};
        laws::check_neuron(neuron);
        laws::check_hard_threshold(neuron);
      }
}
