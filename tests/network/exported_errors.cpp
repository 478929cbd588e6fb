// What NIR cannot say is refused, with the layer and the reason; what a graph notes of its steps is read again.
#include <neohebb/layer/eprop.hpp>

#include "catch.hpp"
#include "support/exported.hpp"

using namespace neohebb;
using namespace support;

namespace {

using S = double;

std::string refusal(const auto& net, const nir::ExportOptions& options = {}) {
  const auto weights = drawn_weights(net);
  try {
    nir::exported(net, weights, options);
  } catch (const std::invalid_argument& error) {
    return std::string(error.what()).substr(neohebb::message({}).size());
  }
  return "accepted";
}
const auto first = plastic(pulses(12, 20), Lif<S>{});
/// The reason why a second layer is refused.
std::string second(auto layer) {
  const std::string all = refusal(Network{first, layer}), begins = "nir::exported: layer 1: ";
  INFO(all);
  CHECK(all.starts_with(begins));
  return all.substr(std::min(all.size(), begins.size()));
}
std::string of_lif(const Lif<S>& neuron) { return second(plastic(pulses(20, 5), neuron)); }

struct OwnNeuron {
  using Scalar = S;
  template <int N, int B> using State = typename Lif<S>::template State<N, B>;
  template <int N, int B> State<N, B> zero_state(Extent<N> n, Extent<B> b, const Generator& g = {}) const {
    return Lif<S>{}.zero_state(n, b, g);
  }
  void step(auto& state, const auto& drive) const { Lif<S>{}.step(state, drive); }
};
/// A layer that is none of ours.
struct Passing {
  using Scalar = S;
  struct Weights {};
  Extent<> size;
  template <int B> struct State { Spikes<S, Dynamic, B> shown; };
  void validate() const {}
  auto inputs() const { return size; }
  auto units() const { return size; }
  Weights initial_weights(const auto&, const Generator&) const { return {}; }
  template <int B> State<B> zero_state(Extent<B> batch, const Generator&) const { return {{size, batch}}; }
  void step(const Weights&, auto& state, const auto& in) const { state.shown.assign(in.dense()); }
  const auto& spikes(const auto& state) const { return state.shown; }
};

nir::Graph with_note(const std::string& key, auto value) {
  nir::Graph graph;
  nir::put_semantics(graph, {});
  graph.metadata["semantics/" + key] = value;
  return graph;
}
std::string note_refused(const nir::Graph& graph) {
  try {
    nir::semantics_in_metadata(graph, "net.nir");
  } catch (const std::invalid_argument& error) {
    return std::string(error.what()).substr(neohebb::message({}).size());
  }
  return "accepted";
}

}  // namespace

TEST_CASE("Neurons that NIR has no word for are refused") {
  CHECK(of_lif({.refractory_steps = 3}) ==
        "Lif.refractory_steps is 3: NIR's neurons have no refractory time");
  for (const Reset reset : {Reset::to_zero, Reset::to_rest, Reset::to_value, Reset::by_threshold})
    CHECK(of_lif({.reset = reset, .adaptation_strength = 0.1}) ==
          "Lif.adaptation_strength is not 0: NIR's thresholds stand still. They can be built of several "
          "nodes for "
          "Reset::by_threshold_later and by_base_threshold, not where the reset depends on v or on the "
          "threshold");
  const char* drawn = "its neurons draw their spikes (escape noise): NIR's neurons do not";
  CHECK(second(plastic(pulses(20, 5), Lif<S, EscapeNoise<S>>{})) == drawn);
  CHECK(second(plastic(pulses(20, 5), Srm<S, Exponential<S>, EscapeNoise<S>>{})) == drawn);
  CHECK(second(plastic(pulses(20, 5), OwnNeuron{})) == "its neurons are neither Lif nor Srm");
  CHECK(second(Passing{{20}}) ==
        "only DecolleLayer, PlasticLayer and LeakyReadout are exported, this is another kind");
  Vector<S> some = Vector<S>::Constant(5, 0.5);
  some[2] = 1;
  CHECK(second(plastic(pulses(20, 5), Lif<S, Heaviside, Vector<S>>{.decay = some})) ==
        "a membrane does not decay (a decay of 1): NIR has no time constant for that here");
}
TEST_CASE("Kernels and images that NIR has no word for are refused") {
  const Vector<S> kernel = Vector<S>::Constant(3, 0.2);
  CHECK(second(decolle(Dense<Fir<S>>{.connectivity = {20, 5}, .trace = {kernel}})) ==
        "the kernel of weights_trace is none of Exponential, DoubleExponential, Alpha, which are NIR's LI "
        "and CubaLI");
  CHECK(second(plastic(pulses(20, 5), Srm<S, Fir<S>>{.refractory = {kernel}})) ==
        "the kernel of refractory is none of Exponential, DoubleExponential, Alpha, which are NIR's LI and "
        "CubaLI");
  CHECK(second(decolle(Dense<DoubleExponential<S>>{.connectivity = {20, 5}, .trace = {1, 0.5}})) ==
        "weights_trace does not decay (a decay of 1): NIR has no time constant for that here");
  const Convolution joins{.height = 2, .width = 5, .channels_in = 2, .channels_out = 3, .kernel = 1};
  const auto images = decolle(Dense<Exponential<S>, Convolution>{.connectivity = joins});
  CHECK(second(images) ==
        "its convolution takes images of (2, 2, 5), but gets (20,) (channels, height, width): "
        "NIR tells shapes apart");
  using Pooled = DecolleLayer<Dense<Exponential<S>>, Srm<S>, Dynamic, FastSigmoid<S>, SmoothL1<S>,
                              ReadsSpikes, MaxPooling>;
  CHECK(second(Pooled{.projection = {.connectivity = {20, 16}},
                      .signal = {.classes = 3},
                      .pooling = {.height = 4, .width = 4, .channels = 1, .size = 2}}) ==
        "it pools images of (1, 4, 4), but its neurons are (16,) (channels, height, width): NIR tells shapes "
        "apart");
}
TEST_CASE("Readouts that cannot be summed, or are not there, are refused") {
  const nir::ExportOptions readouts{.readouts = nir::ExportedReadouts::all};
  CHECK(refusal(Network{EpropReadout<S>{.projection = pulses(12, 5)}}, readouts) ==
        "nir::exported: readouts are asked for, but no layer has an OwnReadout");
  CHECK(refusal(Network{first, EpropReadout<S>{.projection = pulses(20, 5)}},
                {.readouts = nir::ExportedReadouts::last}) ==
        "nir::exported: readouts are asked for, but the last layer has no OwnReadout");
  auto other = plastic(pulses(20, 5), Lif<S>{});
  other.signal.classes = 4;
  CHECK(refusal(Network{first, other}, readouts) ==
        "nir::exported: layer 1: its readout has 4 classes, those before 3: they cannot be summed");
  using Smooth =
      DecolleLayer<Dense<Exponential<S>>, Srm<S>, Dynamic, FastSigmoid<S>, SmoothL1<S>, ReadsActivation>;
  CHECK(
      refusal(Network{Smooth{.projection = {.connectivity = {12, 5}}, .signal = {.classes = 3}}}, readouts) ==
      "nir::exported: layer 0: its readout reads activations σ(U): NIR's nodes give spikes");
  CHECK(refusal(Network{first}, {.dt = 0}) ==
        "Semantics.dt is 0, must be above 0, in the unit of the time constants");
}
TEST_CASE("A decay of 0 has no true time constant") {
  CHECK(refusal(Network{plastic(pulses(12, 5), Lif<S>{.decay = 0})},
                {.discretisation = nir::Discretisation::exact}) ==
        "nir::exported: layer 0: a decay of 0 has no time constant but by Discretisation::euler");
}
TEST_CASE("How a graph is to run is noted in its metadata, and read again") {
  nir::Graph graph;
  CHECK(!nir::semantics_in_metadata(graph).has_value());
  graph.metadata["dt"] = to_npy(0.5);  // some other program's
  CHECK(!nir::semantics_in_metadata(graph).has_value());
  for (const nir::Semantics& how :
       {nir::Semantics{}, nir::presets::norse(2e-3), nir::presets::snntorch(), nir::presets::sinabs(),
        nir::presets::spyx(), nir::presets::reference(),
        nir::presets::snntorch(nir::SpikeReset::by_subtraction, nir::ResetTime::at_once),
        nir::Semantics{.integrates_rates = true}}) {
    nir::put_semantics(graph, how);
    CHECK(nir::semantics_in_metadata(graph) == how);
  }
  CHECK(graph.metadata.size() == 8);  // dt, five words, integrates_rates, and the other program's
  CHECK(std::get<std::string>(graph.metadata.at("semantics/discretisation")) == "euler");

  CHECK(note_refused(with_note("reset", std::string("softly"))) ==
        "net.nir: the metadata 'semantics/reset' must be 'to_value' or 'by_subtraction'");
  CHECK(note_refused(with_note("order", to_npy(1.0))) ==
        "net.nir: the metadata 'semantics/order' must be 'current_first' or 'membrane_first'");
  CHECK(note_refused(with_note("dt", std::string("1 ms"))) ==
        "net.nir: the metadata 'semantics/dt' must be a number");
  CHECK(note_refused(with_note("whole_input", to_npy(0.5))) ==
        "net.nir: the metadata 'semantics/whole_input' must be 0 or 1");
  CHECK(note_refused(with_note("speed", to_npy(1.0))) ==
        "net.nir: the metadata 'semantics/speed' is no member of Semantics");
  CHECK(note_refused(with_note("dt", to_npy(-1.0))) ==
        "net.nir, its metadata: Semantics.dt is -1, must be above 0, in the unit of the time constants");
}
