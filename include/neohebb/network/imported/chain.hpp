// Layers of a NIR graph that follow each other: weights with the neurons' gain in them, and neurons.
#pragma once
#include <neohebb/network/imported.hpp>
#include <neohebb/projection/convolution.hpp>

namespace neohebb::nir {

/// Affine, Linear or Conv2d, and the neurons behind it, as a layer here has them. With F the neurons' gain
/// (what an input of 1 adds to the membrane in its step; with a synaptic current what it adds to that, times
/// g/(1 − a)):
///
///     drive = W s + b,  W = F W_NIR,  b = F b_NIR
///     v ← a v + drive + c            I, IF, LI, LIF
///     i ← a_syn i + drive,  v ← a v + (1 − a) i + c      CubaLI, CubaLIF
///
/// Where a spike arrives as a pulse, ∂v/∂W is then what Pulses or CurrentPulses has for its trace.
template <class S> struct ChainLayer {
  std::string synapses = {}, neurons = {};  // nodes
  std::variant<AllToAll<>, Convolution> connectivity = {};
  Matrix<S> weight = {};             // in the order of the connectivity
  Vector<S> bias = {}, gain = {};    // a number for each row of W; gain: F
  bool has_bias = false;             // whether the node in the graph has one
  NeuronMap<S> neuron = {};          // gain 1, or 1 − a
  std::string neuron_type = {};      // NIR's: "LIF"
  Vector<Index> from = {}, to = {};  // inputs' and outputs' places in NIR's order
};

namespace detail {

/// Where the entries of images with the channel fastest (Convolution) lie with the channel first (NIR).
inline Vector<Index> channel_first(Index channels, Index pixels) {
  return Vector<Index>::NullaryExpr(channels * pixels,
                                    [=](Index k) { return k % channels * pixels + k / channels; });
}
inline Vector<Index> in_place(Index n) {
  return Vector<Index>::NullaryExpr(n, [](Index k) { return k; });
}

/// Makes the layers of the chain behind a node.
template <class S> class ChainBuilder {
 public:
  ChainBuilder(const Graph& graph, const Semantics& how, const std::string& file, const std::string& after)
      : file_(file), net_(graph, how, file), structure_(structure_of(graph, file)) {
    NEOHEBB_REQUIRE(!how.several_spikes, file,
                    ": Semantics.several_spikes: neurons of layers that learn spike once a step at most");
    std::size_t now = begin(after);
    from_ = in_place(net_.nodes()[now].size());
    numbers_ = false;
    while (true) {
      const std::vector<std::size_t> next = followers(now);
      if (next.empty()) break;
      NEOHEBB_REQUIRE(next.size() == 1, where(now), ": leads to '", name(next[0]), "' and '", name(next[1]),
                      "'; layers that learn form a chain");
      const auto& item = structure_.items[next[0]];
      for (const auto* sources : {&item.sources, &item.late_sources})
        for (const std::size_t other : *sources)
          NEOHEBB_REQUIRE(other == now && sources == &item.sources, where(next[0]), ": gets '", name(other),
                          sources == &item.sources ? "', too" : "' of the step before",
                          "; layers that learn form a chain, without loops");
      now = next[0];
      add(now);
    }
    NEOHEBB_REQUIRE(!synapses_, where(*synapses_), ": no neurons follow it");
    NEOHEBB_REQUIRE(!layers.empty(), file, ": there is no layer of weights and neurons",
                    after.empty() ? "" : " behind '" + after + "'");
  }
  std::vector<ChainLayer<S>> layers = {};

 private:
  const std::string& name(std::size_t k) const { return structure_.items[k].name; }
  std::string where(std::size_t k) const { return file_ + ", node '" + name(k) + "'"; }

  std::size_t begin(const std::string& after) const {
    if (!after.empty()) {
      const std::size_t k = net_.index(after);
      NEOHEBB_REQUIRE(net_.nodes()[k].spikes(), where(k), ": a ", net_.nodes()[k].type,
                      " gives no spikes, which is what the layers behind it are fed with");
      return k;
    }
    const auto& inputs = net_.input_nodes();
    NEOHEBB_REQUIRE(inputs.size() == 1, file_, ": ", inputs.size(),
                    " Input nodes; layers that learn form a chain");
    return inputs[0];
  }
  std::vector<std::size_t> followers(std::size_t now) const {
    std::vector<std::size_t> next;
    for (std::size_t k = 0; k < structure_.items.size(); ++k) {
      const auto& item = structure_.items[k];
      if (std::count(item.sources.begin(), item.sources.end(), now) +
              std::count(item.late_sources.begin(), item.late_sources.end(), now) >
          0)
        next.push_back(k);
    }
    return next;
  }
  void add(std::size_t k) {
    const auto& map = net_.nodes()[k].map;
    if (std::holds_alternative<PassMap<S>>(map)) return;
    if (const auto* neurons = std::get_if<NeuronMap<S>>(&map)) {
      NEOHEBB_REQUIRE(synapses_, where(k), ": a ", net_.nodes()[k].type,
                      " without weights before it, which a layer has");
      return add_layer(*synapses_, k, *neurons);
    }
    const bool weights =
        std::holds_alternative<DenseMap<S>>(map) || std::holds_alternative<ConvolutionMap<S>>(map);
    NEOHEBB_REQUIRE(
        weights, where(k), ": a ", net_.nodes()[k].type,
        " between layers, which take spikes of 0 and 1 as they are; begin behind it, by FineTuning's "
        "argument `after`");
    NEOHEBB_REQUIRE(!synapses_, where(k), ": follows '", name(*synapses_), "' without neurons between them");
    NEOHEBB_REQUIRE(!numbers_, where(k), ": is fed by neurons that do not spike");
    synapses_ = k;
  }
  void add_layer(std::size_t synapses, std::size_t neurons, const NeuronMap<S>& map) {
    ChainLayer<S> layer;
    layer.synapses = name(synapses), layer.neurons = name(neurons);
    layer.neuron_type = net_.nodes()[neurons].type;
    const auto& weights = net_.nodes()[synapses].map;
    if (const auto* dense = std::get_if<DenseMap<S>>(&weights))
      join(layer, *dense, synapses);
    else
      join(layer, std::get<ConvolutionMap<S>>(weights), synapses);
    take_gain(layer, map, neurons);
    layer.weight = (layer.weight.array().colwise() * layer.gain.array()).matrix().eval();
    layer.bias = layer.bias.cwiseProduct(layer.gain).eval();
    from_ = layer.to;
    numbers_ = !map.spikes;
    layers.push_back(std::move(layer));
    synapses_.reset();
  }
  void join(ChainLayer<S>& layer, const DenseMap<S>& map, std::size_t k) const {
    NEOHEBB_REQUIRE(map.rows == 1, where(k), ": its weights meet ", map.rows,
                    " rows of inputs; a layer has one");
    const Matrix<S>& w = map.weights[0];
    layer.connectivity = AllToAll<>{w.cols(), w.rows()};
    layer.has_bias = map.bias.size() > 0;
    layer.bias = layer.has_bias ? Vector<S>(map.bias.col(0)) : Vector<S>::Zero(w.rows()).eval();
    layer.from = from_, layer.to = in_place(w.rows());
    layer.weight.resize(w.rows(), w.cols());
    for (Index j = 0; j < w.cols(); ++j) layer.weight.col(j) = w.col(from_[j]);
  }
  void join(ChainLayer<S>& layer, const ConvolutionMap<S>& map, std::size_t k) const {
    const auto* n = std::get_if<Conv2d>(&structure_.items[k].node->parameters);
    NEOHEBB_REQUIRE(n, where(k), ": a ", net_.nodes()[k].type, "; layers have Convolution, of images");
    const auto same = [](const auto& two) { return two[0] == two[1]; };
    auto padding = n->padding.by;
    if (n->padding.word == "valid") padding = {0, 0};
    if (n->padding.word == "same") padding = {(map.kernel_height - 1) / 2, (map.kernel_width - 1) / 2};
    NEOHEBB_REQUIRE(
        map.kernel_height == map.kernel_width && same(n->stride) && same(padding), where(k),
        ": Convolution has square kernels, with one stride and one padding; this one's kernel is ",
        map.kernel_height, " x ", map.kernel_width);
    NEOHEBB_REQUIRE(same(std::array{n->dilation[0], Index{1}}) &&
                        same(std::array{n->dilation[1], Index{1}}) && n->groups == 1,
                    where(k), ": Convolution has no dilation and no groups");
    NEOHEBB_REQUIRE(n->padding.word != "same" || map.kernel_height % 2 == 1, where(k),
                    ": padding 'same' of an even kernel, which is not the same on all sides");
    const Convolution images{.height = map.height,
                             .width = map.width,
                             .channels_in = map.channels_in,
                             .channels_out = map.channels_out,
                             .kernel = map.kernel_height,
                             .stride = n->stride[0],
                             .padding = padding[0]};
    images.validate();
    layer.connectivity = images;
    layer.has_bias = true;
    layer.bias = map.bias, layer.weight = map.weight;
    layer.from = channel_first(map.channels_in, map.height * map.width);
    layer.to = channel_first(map.channels_out, map.pixels());
    NEOHEBB_REQUIRE(layers.empty() || layer.from == from_, where(k),
                    ": a Conv2d behind neurons that are no images here");
  }
  /// The neurons, in the layer's order, without their gain.
  void take_gain(ChainLayer<S>& layer, const NeuronMap<S>& map, std::size_t k) const {
    NeuronMap<S>& n = layer.neuron;
    n = map;
    for (auto* all : {&n.decay, &n.gain, &n.constant, &n.synaptic_decay, &n.synaptic_gain, &n.threshold,
                      &n.reset, &n.lowest, &n.start})
      if (const Vector<S> before = *all; before.size() > 0)
        for (Index i = 0; i < before.size(); ++i) (*all)[i] = before[layer.to[i]];
    Vector<S> gain = n.gain;
    n.gain.setOnes();
    if (map.has_current) {
      NEOHEBB_REQUIRE(
          map.semantics.order == CurrentOrder::current_first, where(k),
          ": with CurrentOrder::membrane_first the synapses' trace, CurrentPulses, is a step early");
      n.gain = (1 - n.decay.array()).matrix();
      NEOHEBB_REQUIRE((n.gain.array() > 0).all(), where(k),
                      ": its membrane does not leak, tau_mem is too long");
      gain = gain.cwiseProduct(n.synaptic_gain).cwiseQuotient(n.gain).eval();
      n.synaptic_gain.setOnes();
    }
    const Index rows = layer.weight.rows();
    layer.gain = gain.head(rows);
    for (Index i = 0; i < gain.size(); ++i) {
      NEOHEBB_REQUIRE(is_finite(gain[i]) && gain[i] != 0, where(k), ": neuron ", layer.to[i], " takes ",
                      gain[i], " times its input, which leaves nothing to learn");
      NEOHEBB_REQUIRE(gain[i] == gain[i % rows], where(k), ": neurons of one channel take ", gain[i], " and ",
                      gain[i % rows], " times their input; they share their weights");
    }
  }

  std::string file_;
  ImportedNetwork<S> net_;
  Structure structure_;
  std::optional<std::size_t> synapses_ = {};
  Vector<Index> from_ = {};
  bool numbers_ = false;
};

}  // namespace detail
}  // namespace neohebb::nir
