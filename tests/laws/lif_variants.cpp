#include <neohebb/neuron/lif.hpp>

#include "laws/neuron_laws.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("LIF neurons with one decay each, or with escape noise, keep the laws of neurons",
                   "[laws]", float, double) {
  using S = TestType;
  const Lif<S, Heaviside, Vector<S>> many{.decay = Vector<S>{{S(0.5), S(0.9), S(0.8), S(0.99)}},
                                          .refractory_steps = 1};
  laws::check_neuron(many);
  laws::check_hard_threshold(many);
  laws::check_neuron(Lif<S, EscapeNoise<S>>{.spike = {.temperature = S(0.3)}});
  laws::check_neuron(Lif<S, EscapeNoise<S>>{.refractory_steps = 2, .spike = {.temperature = S(0.3)}});
}
