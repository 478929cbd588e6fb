// Lif as LIF, IF, CubaLIF, or nodes without a reset: the same spikes.
#include "catch.hpp"
#include "support/exported.hpp"

using namespace neohebb;
using namespace support;

namespace {

using S = double;

}  // namespace

TEST_CASE("Lif is LIF, or IF where nothing leaks, whatever its reset") {
  for (const Reset reset : {Reset::to_zero, Reset::to_rest, Reset::to_value, Reset::by_threshold,
                            Reset::by_base_threshold, Reset::by_threshold_later})
    for (const S rest : {0.0, 0.3})
      for (const S decay : {0.9, 1.0, 0.0}) {
        INFO("reset " << static_cast<int>(reset) << ", rest " << rest << ", decay " << decay);
        const Lif<S> neuron{
            .decay = decay, .threshold = 1.1, .rest = rest, .reset = reset, .reset_value = -0.2};
        const auto graph = same_spikes(Network{plastic(pulses(12, 20), neuron)}, 8);
        const bool built = decay == 1 && reset == Reset::by_threshold && rest != 0;
        CHECK((graph.find("reset_0") != nullptr) == built);
        if (!built)
          CHECK(types(graph) == (decay == 1 ? "Affine IF Input Output" : "Affine Input LIF Output"));
      }
  const Vector<S> decays = Vector<S>::LinSpaced(20, 0.1, 0.95);
  const Lif<S, Heaviside, Vector<S>> each{.decay = decays, .reset = Reset::to_rest};
  same_spikes(Network{plastic(pulses(12, 20, 0.8, true), each)}, 9);
}
TEST_CASE("A synaptic current is CubaLIF's, at once or one step later") {
  for (const Synapse synapse : {Synapse::current_now, Synapse::current_later})
    for (const S decay : {0.9, 1.0})
      for (const S current_decay : {0.6, 1.0})
        for (const Reset reset : {Reset::to_zero, Reset::by_threshold_later}) {
          INFO("synapse " << static_cast<int>(synapse) << ", decays " << decay << ", " << current_decay);
          const Lif<S> neuron{.decay = decay,
                              .reset = reset,
                              .synapse = synapse,
                              .synaptic_decay = current_decay,
                              .synaptic_gain = 0.3};
          const auto graph = same_spikes(Network{plastic(pulses(12, 20), neuron)}, 10);
          if (decay < 1 && current_decay < 1) CHECK(types(graph) == "Affine CubaLIF Input Output");
        }
  // One Semantics for both: the second waits for its current by a Delay.
  const Lif<S> now{.synapse = Synapse::current_now}, later{.synapse = Synapse::current_later};
  const auto graph = same_spikes(Network{plastic(pulses(12, 20), now), plastic(pulses(20, 20), later),
                                         decolle(Dense<DoubleExponential<S>>{.connectivity = {20, 9}})},
                                 11);
  CHECK(nir::semantics_in_metadata(graph)->order == nir::CurrentOrder::current_first);
  CHECK(graph.find("current_delay_1") != nullptr);
  CHECK(graph.find("weights_trace_delay_2") != nullptr);
}
TEST_CASE("Resets of different kinds in one network: membranes that fall are built of several nodes") {
  const Lif<S> falls{.reset = Reset::by_threshold_later}, at_once{.reset = Reset::by_threshold},
      base{.rest = 0.2, .reset = Reset::by_base_threshold}, zero{.reset = Reset::to_zero};
  const auto both = same_spikes(
      Network{plastic(pulses(12, 20), falls), plastic(pulses(20, 20), at_once), plastic(pulses(20, 9), base)},
      12);
  CHECK(nir::semantics_in_metadata(both)->reset == nir::SpikeReset::by_subtraction);
  CHECK(nir::semantics_in_metadata(both)->reset_time == nir::ResetTime::later);
  CHECK(std::string(nir::type_of(*both.find("neurons_0"))) == "LIF");
  CHECK(std::string(nir::type_of(*both.find("neurons_1"))) == "Threshold");
  CHECK(both.find("reset_2") != nullptr);
  const auto value = same_spikes(Network{plastic(pulses(12, 20), falls), plastic(pulses(20, 9), zero)}, 13);
  CHECK(nir::semantics_in_metadata(value)->reset == nir::SpikeReset::to_value);
  CHECK(value.find("reset_0") != nullptr);
}
TEST_CASE("Time constants may be the true ones, and membranes' gains may be in the weights") {
  const Lif<S> lif{.decay = decay_from_time_constant(20.0, 1.0), .rest = 0.2, .reset = Reset::to_rest},
      current{.decay = 0.9, .synapse = Synapse::current_now};
  const Network net{plastic(pulses(12, 20), lif), plastic(pulses(20, 9), current)};
  const auto first = [](const nir::Graph& graph, const char* node, auto member) {
    return (std::get<nir::LIF>(graph.find(node)->parameters).*member).template as<double>()[0];
  };
  const auto exact = same_spikes(net, 24, 0, {.dt = 1e-3, .discretisation = nir::Discretisation::exact});
  CHECK(first(exact, "neurons_0", &nir::LIF::tau) == Approx(20e-3));
  const auto euler = same_spikes(net, 24, 0, {.dt = 1e-3});
  CHECK(first(euler, "neurons_0", &nir::LIF::tau) == Approx(1e-3 / (1 - std::exp(-1 / 20.0))));
  CHECK(first(euler, "neurons_0", &nir::LIF::r) == Approx(1 / (1 - std::exp(-1 / 20.0))));
  const auto unit = same_spikes(net, 24, 0, {.unit_resistance = true});
  CHECK(first(unit, "neurons_0", &nir::LIF::r) == 1);
  CHECK(std::get<nir::CubaLIF>(unit.find("neurons_1")->parameters).r.as<double>()[0] == Approx(10));
  const Lif<S> adapts{.reset = Reset::by_threshold_later, .adaptation_strength = 0.2};
  const WithRecurrence<EventDriven<Pulses<S>>> loop{.forward = pulses(12, 20), .lateral = lateral(20)};
  const auto built = same_spikes(Network{plastic(loop, adapts)}, 25, 0, {.unit_resistance = true});
  CHECK(std::get<nir::LI>(built.find("membrane_0")->parameters).r.as<double>()[0] == 1);
}
