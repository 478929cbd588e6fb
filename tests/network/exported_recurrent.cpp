// Loops of exported networks: lateral synapses, adapting thresholds, delays.
#include "catch.hpp"
#include "support/exported.hpp"

using namespace neohebb;
using namespace support;

namespace {

using S = double;
using Kernel = DoubleExponential<S>;

}  // namespace

TEST_CASE("Thresholds that adapt are a loop; so are lateral synapses") {
  Vector<S> strength = Vector<S>::Zero(20);
  strength.tail(9).setConstant(0.3);
  using Adaptive = Lif<S, Heaviside, S, Vector<S>>;
  for (const Reset reset : {Reset::by_threshold_later, Reset::by_base_threshold})
    for (const S rho : {0.9, 1.0})
      for (const Synapse synapse : {Synapse::none, Synapse::current_now, Synapse::current_later}) {
        const Adaptive neuron{.rest = 0.1,
                              .reset = reset,
                              .synapse = synapse,
                              .synaptic_gain = 0.4,
                              .adaptation_decay = rho,
                              .adaptation_strength = strength};
        INFO("reset " << static_cast<int>(reset) << ", rho " << rho << ", " << static_cast<int>(synapse));
        same_spikes(Network{plastic(pulses(12, 20), neuron)}, 14);
        const WithRecurrence<EventDriven<Pulses<S>>> recurrent{.forward = pulses(12, 20),
                                                               .lateral = lateral(20)};
        same_spikes(Network{plastic(recurrent, neuron), plastic(pulses(20, 7), Lif<S>{.reset = reset})}, 15);
      }
}
TEST_CASE("Lateral synapses see the spikes of the step before, through kernels and delays of their own") {
  using Recurrent = WithRecurrence<Dense<Kernel>, Dense<Exponential<S>>>;
  Dense<Exponential<S>> own{.connectivity = {20, 20}, .trace = {0.5}};
  own.bias = false;
  const Recurrent recurrent{.forward = {.connectivity = {12, 20}}, .lateral = own};
  same_spikes(Network{decolle(recurrent)}, 16);
  same_spikes(Network{plastic(recurrent, Lif<S>{.reset = Reset::to_rest})}, 17);
  using Late = WithRecurrence<Delayed<EventDriven<Pulses<S>>>, Delayed<EventDriven<Pulses<S>>>>;
  const Late late{.forward = {.projection = pulses(12, 20), .steps = 3},
                  .lateral = {.projection = lateral(20), .steps = 2}};
  const auto graph = same_spikes(Network{plastic(late, Lif<S>{})}, 18);
  CHECK(std::get<nir::Delay>(graph.find("weights_delay_0")->parameters).delay.as<double>()[0] ==
        Approx(3e-3));
  // Neurons that would fire for a constant drive alone have no spike before the first step either.
  using Coupled = WithRecurrence<EventDriven<Pulses<S>>>;
  same_spikes(Network{decolle(Coupled{.forward = pulses(12, 20), .lateral = lateral(20)})}, 19, 2.0);
}
TEST_CASE("Synapses that lie on lines of several delays, sparse ones, and frozen ones") {
  const Delayed<Dense<Kernel>> lines{.projection = {.connectivity = {36, 20}}, .steps = 1, .spread = 2};
  const auto graph = same_spikes(Network{decolle(lines)}, 20);
  CHECK(graph.find("weights_line2_0") != nullptr);
  const Sparse joins = Sparse::random({12}, {20}, 5, Generator{.seed = 1});
  using Thin = EventDriven<Pulses<S>, Sparse>;
  same_spikes(Network{plastic(Frozen<Thin>{{.connectivity = joins}}, Lif<S>{.threshold = 0.4})}, 21);
}
