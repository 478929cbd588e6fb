// Layers of an imported network learn by the gradients that their rules have, and win back what was lost, on line.
#include <neohebb/network/fine_tuning.hpp>

#include <neohebb/layer/decolle.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/target_spikes.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/trace/current_pulses.hpp>

#include "catch.hpp"
#include "support/chain.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::affine_node, support::chain_graph, support::cuba_lif_node, support::lif_node;

namespace {

/// The graph with x added to one entry of a node's weight, or its bias.
nir::Graph moved(const nir::Graph& graph, const char* name, bool of_bias, Index entry, double x) {
  nir::Graph other = graph;
  for (nir::Node& node : other.nodes)
    if (node.name == name) {
      auto& n = std::get<nir::Affine>(node.parameters);
      NpyArray& array = of_bias ? n.bias : n.weight;
      auto all = array.as<double>();
      all[static_cast<std::size_t>(entry)] += x;
      const auto shape = array.shape;
      array = to_npy(Eigen::Map<const Vector<double>>(all.data(), static_cast<Index>(all.size())).eval());
      array.shape = shape;
    }
  return other;
}

/// A DECOLLE layer of neurons that stay below their threshold: its gradient is that of the last step's loss in the weights
/// of the GRAPH, times the gain, which central differences over the imported network confirm.
template <class P> void check_gradient(const nir::Graph& graph, const nir::Semantics& how) {
  constexpr Index steps = 25, batch = 2, inputs = 4, units = 3, classes = 2;
  using Layer = DecolleLayer<P, nir::NeuronMap<double>, Dynamic, FastSigmoid<double>, MeanSquare<double>,
                             ReadsActivation>;
  const nir::FineTuning<double> tuning(graph, how);
  const Network net{
      tuning.layer(0, Layer{.surrogate = {.steepness = 1}, .signal = {.classes = {classes}, .scale = 2}})};
  const Layer& layer = std::get<0>(net.layers);
  auto weights = net.initial_weights(ScaledNormal<double>{}, Generator{.seed = 3});
  tuning.fill(weights);
  auto& w = std::get<0>(weights);
  const Matrix<double> target = support::random_matrix(classes, batch, 5);
  Spikes<double> in(inputs, batch);

  const auto loss = [&](const nir::Graph& g) {
    const nir::ImportedNetwork<double> imported(g, how);
    auto state = imported.zero_state(batch);
    for (Index t = 0; t < steps; ++t) {
      support::NoisyInput{}(t, 0, in);
      imported.step(state, in.dense());
    }
    CHECK(imported.output(state).sum() == 0);
    const Matrix<double> u = imported.at(state, "n1").membrane.colwise() - layer.neuron.threshold;
    const Matrix<double> a = u.unaryExpr([&](double x) { return layer.surrogate.activation(x); });
    const Matrix<double> y = (w.signal.weight * a).colwise() + w.signal.bias;
    Matrix<double> unused(classes, batch);
    return layer.signal.loss(y, target, unused);
  };
  auto state = layer.zero_state(Extent{batch});
  auto credit = layer.zero_credit(Extent{batch}, 1);
  for (Index t = 0; t < steps; ++t) {
    support::NoisyInput{}(t, 0, in);
    layer.step(w, state, in);
  }
  CHECK(layer.credit(w, state, target, credit) == Approx(loss(graph)));
  const auto gradient = layer.gradient(w, state, credit);
  const Vector<double>& gain = tuning.layers()[0].gain;
  const double step = 1e-5;
  for (Index i = 0; i < units; ++i)
    for (Index j = 0; j <= inputs; ++j) {
      const bool bias = j == inputs;
      const Index entry = bias ? i : i * inputs + j;
      const double slope =
          (loss(moved(graph, "n0", bias, entry, step)) - loss(moved(graph, "n0", bias, entry, -step))) /
          (2 * step);
      INFO("weight " << i << ", " << j);
      CHECK(gain[i] * (bias ? gradient.bias(i) : gradient.weight(i, j)) ==
            Approx(slope).epsilon(1e-5).margin(1e-9));
    }
  CHECK(gradient.weight.cwiseAbs().minCoeff() > 1e-6);
}

using S = float;
using Synapses = EventDriven<Pulses<S>>;
constexpr Index inputs = 20, hidden = 30, classes = 3, sample_steps = 30;

/// A class is told by which inputs spike often.
void show(Index label, Index sample, Index t, Spikes<S>& in) {
  Vector<S> often(inputs), draws(inputs);
  Generator{.seed = 50, .stream = static_cast<std::uint32_t>(label)}.uniform(often);
  Generator{.seed = 51, .stream = static_cast<std::uint32_t>(sample)}.at_step(t).uniform(draws);
  in.assign(draws.array() <
            (often.array() > S(0.65)).select(Vector<S>::Constant(inputs, S(0.25)), S(0.05)).array());
}
/// Of 90 samples that learning does not see, by the outputs' sum: of the imported network.
double accuracy(const nir::Graph& graph, const nir::Semantics& how) {
  const nir::ImportedNetwork<S> net(graph, how);
  Spikes<S> in(inputs, 1);
  int right = 0;
  for (Index k = 0; k < 90; ++k) {
    auto state = net.zero_state(1);
    Vector<S> sums = Vector<S>::Zero(classes);
    for (Index t = 0; t < sample_steps; ++t) {
      show(k % classes, 10000 + k, t, in);
      net.step(state, in.dense());
      sums += net.output(state);
    }
    Index most = 0;
    sums.maxCoeff(&most);
    right += most == k % classes;
  }
  return right / 90.0;
}
/// Updates at every step of a stream of samples. target_of(label): the target.
nir::Graph adapted(const nir::Graph& graph, const nir::FineTuning<S>& tuning, const auto& net, S rate,
                   Index samples, auto&& target) {
  auto weights = net.initial_weights(ScaledNormal<S>{}, Generator{.seed = 7});
  tuning.fill(weights);
  auto learner = net.learner(Sgd<S>{.rate = rate}, Extent{1}, 1);
  Spikes<S> in(inputs, 1);
  for (Index k = 0; k < samples; ++k) {
    auto state = net.zero_state(Extent{1});
    for (Index t = 0; t < sample_steps; ++t) {
      show(k % classes, k, t, in);
      net.step(weights, state, in);
      net.credit(weights, state, target(k % classes), learner);
      net.update(weights, state, learner);
    }
  }
  return tuning.learned(graph, weights);
}
Matrix<S> one_hot(Index label) { return support::labels<S>(classes, 1, label); }

/// e-prop: hidden neurons receive the error of leaky outputs.
nir::Graph by_eprop(const nir::Graph& graph, const nir::Semantics& how, Index samples) {
  const nir::FineTuning<S> tuning(graph, how);
  using Hidden = PlasticLayer<Synapses, nir::NeuronMap<S>, Peaked<S>, Eprop<S>, Broadcast<S>, PerSynapse>;
  const Network net{tuning.layer(0, Hidden{.eligibility = {.readout_decay = tuning.decay(1)},
                                           .signal = {.outputs = classes}}),
                    tuning.layer(1, LeakyReadout<Synapses, CrossEntropy<S>>{})};
  return adapted(graph, tuning, net, S(0.003), samples, one_hot);
}
/// Each output neuron is to spike in every step of its class; hidden neurons receive that by the outputs' weights.
nir::Graph by_spikes(const nir::Graph& graph, const nir::Semantics& how, Index samples) {
  const nir::FineTuning<S> tuning(graph, how);
  using Hidden = PlasticLayer<Synapses, nir::NeuronMap<S>, FastSigmoid<S>, Instantaneous<S>, Broadcast<S>>;
  using Top = PlasticLayer<Synapses, nir::NeuronMap<S>, FastSigmoid<S>, Instantaneous<S>, TargetSpikes<S>>;
  const Network net{tuning.layer(0, Hidden{.surrogate = {.steepness = 2}, .signal = {.outputs = classes}}),
                    tuning.layer(1, Top{.surrogate = {.steepness = 2}})};
  return adapted(graph, tuning, net, S(0.01), samples, one_hot);
}
/// DECOLLE below, the same outputs.
nir::Graph by_decolle(const nir::Graph& graph, const nir::Semantics& how, Index samples) {
  const nir::FineTuning<S> tuning(graph, how);
  using Hidden = DecolleLayer<Synapses, nir::NeuronMap<S>>;
  using Top = PlasticLayer<Synapses, nir::NeuronMap<S>, FastSigmoid<S>, Instantaneous<S>, TargetSpikes<S>>;
  const Network net{tuning.layer(0, Hidden{.surrogate = {.steepness = 2}, .signal = {.classes = {classes}}}),
                    tuning.layer(1, Top{.surrogate = {.steepness = 2}})};
  return adapted(graph, tuning, net, S(0.01), samples, one_hot);
}
/// Weights as after an injury: noise as large as they are.
nir::Graph disturbed(const nir::Graph& graph) {
  nir::Graph other = graph;
  for (nir::Node& node : other.nodes)
    if (auto* n = std::get_if<nir::Affine>(&node.parameters)) {
      Matrix<S> w = n->weight.matrix<S>();
      const S size = std::sqrt(w.squaredNorm() / static_cast<S>(w.size()));
      w += support::random_matrix<S>(w.rows(), w.cols(), 77, S(1.5) * size);
      const Eigen::Matrix<S, Dynamic, Dynamic, Eigen::RowMajor> rows = w;
      const auto shape = n->weight.shape;
      n->weight = to_npy(Vector<S>(Eigen::Map<const Vector<S>>(rows.data(), rows.size())));
      n->weight.shape = shape;
    }
  return other;
}

}  // namespace

TEST_CASE("the gradient is that of the graph's own weights, times the gain that the layer's weights have") {
  nir::LIF lif = lif_node({3}, 1e-3, false, 20);
  lif.r = support::uniform_array({3}, 8, 2, 6);
  const nir::Graph one = chain_graph({4}, {affine_node(4, 3, 3, 1), lif});
  check_gradient<EventDriven<Pulses<double>>>(one, nir::presets::norse());
  check_gradient<Dense<Pulses<double>>>(one, nir::presets::snntorch());
  nir::CubaLIF cuba = cuba_lif_node({3}, 1e-3, false, 20);
  cuba.r = support::uniform_array({3}, 8, 2, 6), cuba.w_in = support::uniform_array({3}, 9, 1, 3);
  check_gradient<EventDriven<CurrentPulses<double>>>(chain_graph({4}, {affine_node(4, 3, 3, 1), cuba}),
                                                     nir::presets::norse());
}

TEST_CASE("surrogates of a membrane with a threshold for each neuron") {
  const Matrix<double> v = support::random_matrix(4, 3, 1);
  const Vector<double> threshold = support::random_matrix(4, 1, 2);
  Matrix<double> psi(4, 3);
  const FastSigmoid<double> surrogate{};
  surrogates(surrogate, v, threshold, psi);
  for (Index b = 0; b < 3; ++b)
    for (Index i = 0; i < 4; ++i) CHECK(psi(i, b) == surrogate(v(i, b) - threshold(i)));
}

TEST_CASE("a network with disturbed weights wins back its accuracy on line, by any of several rules") {
  const nir::Semantics how = nir::presets::snntorch();
  nir::LIF lif = lif_node({hidden}, 1e-3, false);
  lif.r = support::constant_array({hidden}, 10);
  nir::LIF outputs = lif_node({classes}, 1e-3, false);
  outputs.r = support::constant_array({classes}, 10);
  const nir::Graph leaky =
      chain_graph({inputs}, {affine_node(inputs, hidden, 3, 0.5), lif, affine_node(hidden, classes, 5, 0.3),
                             nir::LI{outputs.tau, outputs.r, outputs.v_leak}});
  const nir::Graph spiking = chain_graph(
      {inputs}, {affine_node(inputs, hidden, 3, 0.5), lif, affine_node(hidden, classes, 5, 0.5), outputs});

  const nir::Graph learned = by_eprop(leaky, how, 300), hurt = disturbed(learned);
  INFO("leaky outputs: " << accuracy(leaky, how) << " " << accuracy(learned, how) << " "
                         << accuracy(hurt, how));
  CHECK(accuracy(learned, how) > 0.95);
  CHECK(accuracy(hurt, how) < 0.75);
  CHECK(accuracy(by_eprop(hurt, how, 300), how) > 0.93);

  const nir::Graph taught = by_spikes(spiking, how, 300), injured = disturbed(taught);
  INFO("spiking outputs: " << accuracy(spiking, how) << " " << accuracy(taught, how) << " "
                           << accuracy(injured, how));
  CHECK(accuracy(taught, how) > 0.95);
  CHECK(accuracy(injured, how) < 0.75);
  CHECK(accuracy(by_spikes(injured, how, 300), how) > 0.93);
  CHECK(accuracy(by_decolle(injured, how, 300), how) > 0.93);
}
