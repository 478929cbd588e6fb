// Networks that have learned, exported: the same spikes and the same classes, also through a file.
#include <neohebb/data/digits.hpp>
#include <neohebb/io/nir.hpp>
#include <neohebb/io/nir_writer.hpp>
#include <neohebb/layer/eprop.hpp>

#include "catch.hpp"
#include "support/exported.hpp"

using namespace neohebb;
using namespace support;

namespace {

constexpr Index steps = 12, samples = 40;

/// mnist_decolle's network, smaller, after two passes over a few digits.
template <class S> auto trained(Matrix<S>& test, std::vector<int>& labels) {
  using Layer =
      DecolleLayer<EventDriven<DoubleExponential<S>>, Srm<S>, Dynamic, FastSigmoid<S>, CrossEntropy<S>>;
  const auto decay = [](double tau) { return decay_from_time_constant(S(tau), S(1)); };
  std::vector<Layer> layers;
  for (const Index inputs : {784, 40})
    layers.push_back({.projection = {.connectivity = {inputs, 40},
                                     .trace = {.membrane_decay = decay(4.5), .synaptic_decay = decay(1.45)}},
                      .neuron = {.refractory = {.decay = decay(2.3)}},
                      .signal = {.classes = 10, .scale = 5}});
  const Network net{layers};
  auto weights = net.initial_weights(ScaledNormal<S>{1}, Generator{.seed = 1});
  const LabelledImages digits = HandwrittenDigits{}.make(200, Generator{.seed = 2});
  const Matrix<S> train = intensities<S>(digits.pixels);
  const Index batch = 20;
  auto state = net.zero_state(Extent<>{batch});
  auto learner = net.learner(Adam<S>{.rate = S(2e-3)}, Extent<>{batch}, steps);
  Spikes<S> in(Extent<>{784}, Extent<>{batch});
  for (Index k = 0; k < 20; ++k) {
    const Index first = k * batch % 200;
    const auto label = digits.labels.begin() + first;
    const Matrix<S> target = one_hot<S>(std::vector<int>(label, label + batch), 10);
    state = net.zero_state(Extent<>{batch});
    for (Index t = 0; t < steps; ++t) {
      BernoulliEncoder{}(train.middleCols(first, batch), t,
                         Generator{.seed = 3}.at_sample(k * batch).at_step(t), in);
      net.step(weights, state, in);
      net.credit(weights, state, target, learner);
    }
    net.update(weights, state, learner);
  }
  const LabelledImages others = HandwrittenDigits{}.make(samples, Generator{.seed = 4});
  test = intensities<S>(others.pixels);
  labels = others.labels;
  return std::pair(net, weights);
}

/// Spikes of both layers that differ in a presentation of all test samples, of all that there are; and the classes.
struct Compared {
  Index spikes = 0, differ = 0, right = 0, right_again = 0, same_class = 0;
};
template <class S> Compared compare() {
  Matrix<S> test;
  std::vector<int> labels;
  const auto made = trained<S>(test, labels);
  const auto& net = made.first;
  const auto& weights = made.second;
  const nir::Graph graph = nir::exported(net, weights, {.dt = 1e-3, .readouts = nir::ExportedReadouts::all});
  const auto read = nir::parse_nir(nir::dump_nir(graph), "trained.nir");
  CHECK(read.remarks.empty());
  CHECK(read.graph == graph);
  const nir::ImportedNetwork<S> again(read.graph, *nir::semantics_in_metadata(read.graph));
  auto state = net.zero_state(Extent<>{samples});
  auto other = again.zero_state(samples);
  Spikes<S> in(Extent<>{784}, Extent<>{samples});
  SummedReadout<S> ours(Extent<>{10}, Extent<>{samples}), theirs(Extent<>{10}, Extent<>{samples});
  Compared all;
  for (Index t = 0; t < steps; ++t) {
    BernoulliEncoder{}(test, t, Generator{.seed = 5}.at_step(t), in);
    net.step(weights, state, in);
    again.step(other, in.dense());
    for (std::size_t l = 0; l < 2; ++l) {
      const Matrix<S> spikes = net.spikes(state, l).dense();
      all.spikes += static_cast<Index>(spikes.sum());
      all.differ +=
          (spikes.array() != again.at(other, "neurons_" + std::to_string(l)).output.array()).count();
    }
    ours.count(net.layer(std::size_t{0}).output(state[0]) + net.layer(std::size_t{1}).output(state[1]));
    theirs.count(again.output(other));
  }
  for (Index b = 0; b < samples; ++b) {
    const int label = labels[static_cast<std::size_t>(b)];
    all.right += ours.predict(b) == label;
    all.right_again += theirs.predict(b) == label;
    all.same_class += ours.predict(b) == theirs.predict(b);
  }
  return all;
}

}  // namespace

TEST_CASE("A trained network of mnist_decolle's kind gives the same spikes and classes, through a file") {
  const Compared exact = compare<double>();
  CHECK(exact.spikes > 2000);
  CHECK(exact.differ == 0);
  CHECK(exact.same_class == samples);
  CHECK(exact.right == exact.right_again);
  CHECK(exact.right > samples / 2);
  const Compared rounded = compare<float>();  // potentials are rounded in another order
  CHECK(rounded.differ <= rounded.spikes / 1000);
  CHECK(rounded.same_class >= samples - 1);
  CHECK(rounded.right > samples / 2);
}
TEST_CASE(
    "The last layer's readout alone makes a chain of Affine and LIF, and gives what that layer answers") {
  using S = double;
  using Layer = DecolleLayer<EventDriven<Pulses<S>>, Lif<S>, Dynamic, FastSigmoid<S>, CrossEntropy<S>>;
  const auto layer = [](Index inputs, Index units) {
    return Layer{.projection = {.connectivity = {inputs, units}, .trace = {.decay = 0.9}},
                 .neuron = {.decay = 0.9},
                 .signal = {.classes = 4}};
  };
  const Network net{layer(20, 30), layer(30, 25)};
  const auto weights = net.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
  const nir::Graph graph =
      nir::exported(net, weights, {.readouts = nir::ExportedReadouts::last, .unit_resistance = true});
  std::vector<std::string> names;
  for (const auto& node : graph.nodes) names.push_back(node.name);
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"input", "neurons_0", "neurons_1", "output", "readout_1",
                                          "weights_0", "weights_1"});
  CHECK(graph.edges.size() == 6);
  const nir::ImportedNetwork<S> again(graph, *nir::semantics_in_metadata(graph));
  auto state = net.zero_state(Extent<>{3});
  auto other = again.zero_state(3);
  Spikes<S> in(Extent<>{20}, Extent<>{3});
  double spikes = 0;
  for (Index t = 0; t < steps; ++t) {
    BernoulliEncoder{}(Matrix<S>::Constant(20, 3, 0.2), t, Generator{.seed = 5}.at_step(t), in);
    net.step(weights, state, in);
    again.step(other, in.dense());
    spikes += std::get<1>(state).neuron.spikes.dense().sum();
    CHECK(
        (net.layer(std::integral_constant<std::size_t, 1>{}).output(std::get<1>(state)) - again.output(other))
            .cwiseAbs()
            .maxCoeff() < 1e-12);
  }
  CHECK(spikes > 20);
}
TEST_CASE(
    "A network of e-prop that has learned answers the same, with neurons that adapt and a leaky readout") {
  using S = double;
  const Index inputs = 15, units = 25;
  Vector<S> strength = Vector<S>::Zero(units);
  strength.tail(12).setConstant(0.2);
  const EpropLayer<S, Exchanged, NoSelf> hidden{
      .projection = {.forward = {.connectivity = {inputs, units}, .trace = {0.9}, .bias = false},
                     .lateral = {.connectivity = {units, units}, .trace = {0.9}, .bias = false}},
      .neuron = {.decay = 0.9,
                 .reset = Reset::by_threshold_later,
                 .adaptation_decay = 0.97,
                 .adaptation_strength = strength},
      .eligibility = {.adaptation_decay = 0.97, .readout_decay = 0.8},
      .signal = {.outputs = 3}};
  const Network net{hidden, EpropReadout<S, CrossEntropy<S>>{
                                .projection = {.connectivity = {units, 3}, .trace = {.decay = 0.8}}}};
  auto weights = net.initial_weights(ScaledNormal<S>{1.5}, Generator{.seed = 1});
  auto learner = net.learner(Adam<S>{.rate = 0.01}, Extent<>{4}, 30);
  auto state = net.zero_state(Extent<>{4});
  Spikes<S> in(Extent<>{inputs}, Extent<>{4});
  const auto show = [&](std::uint64_t seed, Index t) {
    BernoulliEncoder{}(Matrix<S>::Constant(inputs, 4, 0.3), t, Generator{.seed = seed}.at_step(t), in);
  };
  const auto before = weights;
  for (std::uint64_t k = 0; k < 5; ++k) {
    state = net.zero_state(Extent<>{4});
    for (Index t = 0; t < 30; ++t) {
      show(k, t);
      net.step(weights, state, in);
      net.credit(weights, state, one_hot<S>(std::vector<int>{0, 1, 2, 0}, 3), learner);
    }
    net.update(weights, state, learner);
  }
  CHECK(!(before == weights));
  const nir::Graph graph = nir::exported(net, weights, {.dt = 5e-3});
  CHECK(types(graph) == "Affine Input LI LI LI Linear Linear Output Scale Threshold");
  const nir::ImportedNetwork<S> again(graph, *nir::semantics_in_metadata(graph));
  state = net.zero_state(Extent<>{4});
  auto other = again.zero_state(4);
  S spikes = 0;
  for (Index t = 0; t < 200; ++t) {
    show(99, t);
    net.step(weights, state, in);
    again.step(other, in.dense());
    const Matrix<S> ours = std::get<0>(state).neuron.spikes.dense();
    REQUIRE(again.at(other, "neurons_0").output == ours);
    spikes += ours.sum();
    REQUIRE((again.output(other) - std::get<1>(state).output).cwiseAbs().maxCoeff() < 1e-10);
  }
  CHECK(spikes > 500);
}
TEST_CASE("A leaky readout that keeps everything is NIR's I") {
  using S = double;
  const Network net{EpropReadout<S>{.projection = pulses(6, 3, 1.0)}};
  auto weights = drawn_weights(net);
  draw_biases(std::get<0>(weights).projection, 3, 1);
  const nir::Graph graph = nir::exported(net, weights);
  CHECK(types(graph) == "Affine I Input Output");
  const nir::ImportedNetwork<S> again(graph, *nir::semantics_in_metadata(graph));
  auto state = net.zero_state(Extent<>{2});
  auto other = again.zero_state(2);
  Spikes<S> in(Extent<>{6}, Extent<>{2});
  for (Index t = 0; t < 20; ++t) {
    BernoulliEncoder{}(Matrix<S>::Constant(6, 2, 0.4), t, Generator{.seed = 1}.at_step(t), in);
    net.step(weights, state, in);
    again.step(other, in.dense());
  }
  CHECK((again.output(other) - std::get<0>(state).output).cwiseAbs().maxCoeff() < 1e-12);
  CHECK(again.output(other).cwiseAbs().minCoeff() > 0.5);
}
