// A network of ours as a NIR graph: run again, it spikes at the same neurons in the same steps.
#include "support/exported.hpp"
#include "catch.hpp"

using namespace neohebb;
using namespace support;

namespace {

using S = double;
using Kernel = DoubleExponential<S>;

Srm<S> without_refractoriness() { return {.refractory_weight = 0}; }

}  // namespace

TEST_CASE("Layers of DECOLLE are CubaLI, Threshold, and a loop for refractoriness") {
  const Dense<Kernel> first{.connectivity = {12, 20},
                            .trace = {.membrane_decay = 0.8, .synaptic_decay = 0.6}};
  const EventDriven<Kernel> second{.connectivity = {20, 10}, .trace = {0.9, 0.5, false}};
  const Network net{decolle(first), decolle(second, {.refractory = {0.4, false}, .refractory_weight = 0.5})};
  const auto graph = same_spikes(net, 1);
  CHECK(types(graph) == "CubaLI CubaLI Input LI LI Linear Linear Output Threshold Threshold");
  CHECK(nir::semantics_in_metadata(graph)->order == nir::CurrentOrder::membrane_first);
  CHECK(nir::semantics_in_metadata(graph)->dt == 1e-3);

  const auto plain = same_spikes(Network{decolle(first, without_refractoriness())}, 2);
  CHECK(types(plain) == "CubaLI Input Linear Output Threshold");
}
TEST_CASE("Kernels of one exponential, alpha functions, and decays of each input") {
  same_spikes(Network{decolle(Dense<Exponential<S>>{.connectivity = {12, 20}, .trace = {0.7}})}, 3);
  same_spikes(Network{decolle(Dense<Exponential<S>>{.connectivity = {12, 20}, .trace = {0.7, false}})}, 4);
  same_spikes(Network{decolle(EventDriven<Alpha<S>>{.connectivity = {12, 20}, .trace = {0.7}})}, 5);
  using Each = DoubleExponential<S, Vector<S>>;
  const Each each{Vector<S>::LinSpaced(12, 0.5, 0.9), Vector<S>::LinSpaced(12, 0.7, 0.2)};
  const auto graph = same_spikes(Network{decolle(Dense<Each>{.connectivity = {12, 20}, .trace = each})}, 6);
  CHECK(graph.find("weights_0") != nullptr);
  CHECK(std::count(graph.edges.begin(), graph.edges.end(), nir::Edge{"weights_trace_0", "weights_0"}) == 1);
  const Srm<S, Alpha<S>> eta{.refractory = {0.6}};
  same_spikes(Network{plastic(Dense<Kernel>{.connectivity = {12, 20}}, eta)}, 7);
}
TEST_CASE("Convolutions are Conv2d, pools of spikes SumPool2d and Threshold, images channels first") {
  using Images = EventDriven<Kernel, Convolution>;
  using Layer = DecolleLayer<Images, Srm<S>, Dynamic, FastSigmoid<S>, SmoothL1<S>, ReadsSpikes, MaxPooling>;
  const Convolution first{
      .height = 7, .width = 8, .channels_in = 2, .channels_out = 3, .kernel = 3, .padding = 1},
      second{.height = 3,
             .width = 4,
             .channels_in = 3,
             .channels_out = 4,
             .kernel = 3,
             .stride = 2,
             .padding = 1};
  const Layer one{.projection = {.connectivity = first},
                  .signal = {.classes = 3},
                  .pooling = {.height = 7, .width = 8, .channels = 3, .size = 2}};
  const Layer two{.projection = {.connectivity = second},
                  .signal = {.classes = 3},
                  .pooling = {.height = 2, .width = 2, .channels = 4, .size = 1}};
  const Network net{one, two, decolle(Dense<Kernel>{.connectivity = {16, 9}})};
  const auto graph = same_spikes(net, 22);
  CHECK(std::get<nir::Input>(graph.find("input")->parameters).shape == nir::Shape{2, 7, 8});
  CHECK(
      types(graph) ==
      "Conv2d Conv2d CubaLI CubaLI CubaLI Flatten Input LI LI LI Linear Output SumPool2d Threshold Threshold "
      "Threshold Threshold");
  same_spikes(Network{one, two}, 23);
  const auto out = nir::exported(Network{one}, drawn_weights(Network{one}));
  CHECK(std::get<nir::Output>(out.find("output")->parameters).shape == nir::Shape{3, 3, 4});
}
