#include <neohebb/network/imported/neurons.hpp>

#include "laws/neuron_laws.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("imported neurons keep the laws of neurons, and refuse what a layer cannot have", "[laws]",
                   float, double) {
  using S = TestType;
  const auto four = [](double x) { return Vector<S>::Constant(4, static_cast<S>(x)).eval(); };
  nir::NeuronMap<S> neuron;
  neuron.spikes = true;
  neuron.decay = Vector<S>{{S(0.9), S(0.8), S(0.7), S(1)}};
  neuron.gain = four(1), neuron.constant = four(0.01), neuron.threshold = four(1), neuron.reset = four(0);
  neuron.lowest = four(-5), neuron.start = four(0);
  laws::check_neuron(neuron);
  neuron.has_current = true, neuron.synaptic_decay = four(0.5), neuron.synaptic_gain = four(0.5);
  neuron.semantics.reset = nir::SpikeReset::by_subtraction;
  neuron.semantics.reset_time = nir::ResetTime::later;
  laws::check_neuron(neuron);

  using Catch::Matchers::Contains;
  CHECK_THROWS_WITH(neuron.zero_state(Extent{5}, Extent{1}),
                    Contains("NeuronMap holds the parameters of 4 neurons, the layer has 5"));
  neuron.semantics.several_spikes = true;
  CHECK_THROWS_WITH(neuron.validate(), Contains("a neuron of a layer spikes once a step at most"));
  neuron.spikes = false;
  CHECK_THROWS_WITH(neuron.validate(), Contains("NeuronMap.spikes is false"));
}
