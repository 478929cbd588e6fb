// A network and its exported graph, step by step beside each other.
#pragma once
#include <neohebb/neohebb.hpp>
#include <neohebb/network/exported.hpp>
#include <neohebb/network/imported.hpp>
#include <neohebb/projection/delayed.hpp>
#include <neohebb/projection/sparse.hpp>

#include "../catch.hpp"

namespace support {

using neohebb::Index;
namespace nir = neohebb::nir;

/// Its nodes' types, sorted.
inline std::string types(const nir::Graph& graph) {
  std::vector<std::string> all;
  for (const auto& node : graph.nodes) all.push_back(nir::type_of(node));
  std::sort(all.begin(), all.end());
  std::string text;
  for (const auto& type : all) text += (text.empty() ? "" : " ") + type;
  return text;
}
/// Lateral synapses of n neurons.
inline auto lateral(Index n) {
  return neohebb::EventDriven<neohebb::Pulses<double>>{.connectivity = {n, n}, .trace = {0.9}, .bias = false};
}
inline neohebb::EventDriven<neohebb::Pulses<double>> pulses(Index from, Index to, double decay = 0.9,
                                                            bool normalised = false) {
  return {.connectivity = {from, to}, .trace = {decay, normalised}};
}
template <class P> auto decolle(P projection, neohebb::Srm<double> neuron = {}) {
  return neohebb::DecolleLayer<P>{.projection = projection, .neuron = neuron, .signal = {.classes = 3}};
}
/// A layer that learns nothing here, of any neuron.
template <class P, class N> auto plastic(P projection, N neuron) {
  using namespace neohebb;
  return PlasticLayer<P, N, NoSurrogate<double>, Instantaneous<double>, OwnReadout<double>>{
      .projection = projection, .neuron = neuron, .signal = {.classes = 3}};
}
auto drawn_weights(const auto& net) {
  return net.initial_weights(neohebb::ScaledNormal<double>{1}, neohebb::Generator{.seed = 1});
}
/// Every bias is drawn, too, between 0 and `most`, or around 0 where that is 0.
void draw_biases(auto& weights, unsigned seed, double most) {
  if constexpr (requires { weights.edit([](auto&) {}); })
    weights.edit([&](auto& affine) {
      neohebb::Generator{.seed = seed}.uniform(affine.bias);
      const double scale = most > 0 ? most : 0.1, below = most > 0 ? 0 : 0.07;
      affine.bias = (scale * affine.bias.array() - below).matrix().eval();
    });
  else if constexpr (requires { weights.forward; })
    draw_biases(weights.forward, seed, most);
}
/// Ours in NIR's order.
inline neohebb::Matrix<double> in_nir_order(const neohebb::Matrix<double>& ours, const nir::Shape& shape) {
  neohebb::Matrix<double> all(ours.rows(), ours.cols());
  for (Index k = 0; k < ours.rows(); ++k) all.row(nir::detail::nir_place(k, shape)) = ours.row(k);
  return all;
}

/// Runs the network and its graph for 150 steps of random spikes with a batch of 3; every layer's spikes are compared in
/// every step. Each layer spikes, and is silent, often. Returns the graph.
nir::Graph same_spikes(const auto& net, unsigned seed, double constant_drive = 0,
                       const nir::ExportOptions& options = {}) {
  using namespace neohebb;
  auto weights = net.initial_weights(ScaledNormal<double>{2}, Generator{.seed = seed});
  for_each_layer(net.layers,
                 [&](auto i) { draw_biases(at(weights, i).projection, seed + 100, constant_drive); });
  const nir::Graph graph = nir::exported(net, weights, options);
  const auto how = nir::semantics_in_metadata(graph);
  REQUIRE(how.has_value());
  const nir::ImportedNetwork<double> again(graph, *how);
  CHECK(again.remarks().empty());
  const Index inputs = again.inputs(), batch = 3, steps = 150;
  const nir::Shape in_shape = again.nodes()[again.input_nodes()[0]].shape;
  auto state = net.zero_state(Extent<>{batch});
  auto other = again.zero_state(batch);
  Spikes<double> in(Extent<>{inputs}, Extent<>{batch});
  std::vector<double> fired(net.size());
  std::vector<Index> units(net.size());
  for (Index t = 0; t < steps; ++t) {
    BernoulliEncoder{}(Matrix<double>::Constant(inputs, batch, 0.3), t, Generator{.seed = seed}.at_step(t),
                       in);
    net.step(weights, state, in);
    again.step(other, in_nir_order(in.dense(), in_shape));
    for_each_layer(net.layers, [&](auto i) {
      const auto k = static_cast<std::size_t>(i);
      const std::string number = std::to_string(k);
      const std::string name = graph.find("pooled_" + number) ? "pooled_" + number : "neurons_" + number;
      const Matrix<double> ours = net.spikes(state, i).dense();
      const nir::Shape shape = again.nodes()[again.index(name)].shape;
      INFO("step " << t << ", layer " << k);
      REQUIRE(again.at(other, name).output == in_nir_order(ours, shape));
      fired[k] += ours.sum();
      units[k] = ours.rows();
    });
  }
  for (std::size_t k = 0; k < fired.size(); ++k) {
    const double rate = fired[k] / static_cast<double>(units[k] * batch * steps);
    INFO("layer " << k);
    CHECK(rate > 0.005);
    CHECK(rate < 0.995);
  }
  return graph;
}

}  // namespace support
