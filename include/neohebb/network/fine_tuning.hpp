// Layers of an imported network that learn on, by any rule.
#pragma once
#include <neohebb/io/npy.hpp>
#include <neohebb/layer/layer.hpp>
#include <neohebb/network/imported/chain.hpp>
#include <neohebb/network/layers.hpp>
#include <neohebb/trace/pulses.hpp>

namespace neohebb::nir {

/// The feed-forward layers of a NIR graph as layers that learn: Affine, Linear or Conv2d, and the neurons
/// behind it. You say what they learn by; the graph says sizes, time constants, neurons and weights:
///
///     using Synapses = EventDriven<Pulses<float>>;                       // CurrentPulses for CubaLIF
///     template <class Signal>
///     using Adapts = PlasticLayer<Synapses, nir::NeuronMap<float>, FastSigmoid<float>, Instantaneous<float>,
///                                 Signal>;
///     const nir::FineTuning<float> tuning(file.graph, nir::presets::snntorch());
///     const Network net{tuning.layer(0, Adapts<Broadcast<float>>{.signal = {.outputs = 5}}),
///                       tuning.layer(1, Adapts<TargetSpikes<float>>{})};
///     auto weights = net.initial_weights(ScaledNormal<float>{}, Generator{.seed = 1});
///     tuning.fill(weights);
///     …                                                                  // step, credit, update
///     write_nir("adapted.nir", tuning.learned(file.graph, weights));
///
/// Neurons keep the parameters that NIR has for each of them, and run as Semantics says, by the same code as
/// in ImportedNetwork: until something is learned, spikes are the same up to the rounding of sums. The
/// neurons' gain (NIR's r, w_in, Δt/τ) is in the layer's weights and biases, where learning rates meet it,
/// and is taken out again by `learned`.
///
/// Layers take spikes of 0 and 1. They may begin behind any node that spikes (`after`): run the
/// ImportedNetwork up to it, and feed `at(state, after).output` to these. A layer of LI or I is a
/// LeakyReadout. Frozen<…> layers do not learn.
///
/// Where time constants differ within a layer, neurons keep their own, and the trace of the synapses, which
/// is one for all, has the mean of their decays: gradients are approximate, and `remarks` says so.
///
/// Throws std::invalid_argument with file and node: loops, sums and branches, pooling, Scale and Delay,
/// weights without neurons and neurons without weights, several spikes a step, synaptic currents by
/// CurrentOrder::membrane_first, convolutions that are not square or have dilation or groups; layers of
/// another kind than the node.
template <class S> class FineTuning {
 public:
  explicit FineTuning(const Graph& graph, const Semantics& semantics = {},
                      const std::string& file = "network", const std::string& after = "")
      : file_(file), layers_(detail::ChainBuilder<S>(graph, semantics, file, after).layers) {
    for (const ChainLayer<S>& layer : layers_)
      for (const Vector<S>* decay : {&layer.neuron.decay, &layer.neuron.synaptic_decay})
        if (differ(*decay))
          remarks_.push_back(where(layer) +
                             " has neurons of different time constants: traces take the mean, " +
                             std::to_string(decay->mean()));
  }

  std::size_t size() const { return layers_.size(); }
  /// Names of nodes, weights, neurons, and the order of inputs and outputs.
  const std::vector<ChainLayer<S>>& layers() const { return layers_; }
  /// What was odd in the graph, and how it was understood.
  const std::vector<std::string>& remarks() const { return remarks_; }
  /// What is left of a membrane after a step, for eligibilities that ask.
  S decay(std::size_t k) const { return layers_.at(k).neuron.decay.mean(); }

  /// `own`, with the sizes, the trace and the neurons of layer k. Its synapses are Dense or EventDriven (or
  /// Frozen ones) with Pulses, of CubaLIF with CurrentPulses, of Conv2d over a Convolution.
  template <class L> L layer(std::size_t k, L own) const {
    const ChainLayer<S>& from = layers_.at(k);
    auto& projection = synapses_of(own.projection);
    static_assert(arrives_as_pulse<std::decay_t<decltype(projection.trace)>>,
                  "neohebb: imported neurons leak by themselves: their synapses' trace is Pulses, or "
                  "CurrentPulses of CubaLIF");
    connect(from, projection.connectivity);
    set_trace(from, projection.trace);
    if (!from.has_bias) projection.bias = false;
    if constexpr (requires { own.neuron; }) {
      static_assert(std::same_as<std::decay_t<decltype(own.neuron)>, NeuronMap<S>>,
                    "neohebb: the neuron of a layer that is fine-tuned is nir::NeuronMap");
      NEOHEBB_REQUIRE(from.neuron.spikes, where(from), ": a ", from.neuron_type,
                      " does not spike; its layer is a LeakyReadout");
      own.neuron = from.neuron;
    } else {
      check_readout(from);
    }
    own.validate();
    return own;
  }

  /// The graph's weights into those of a network of these layers, one for each; readouts and feedback stay as
  /// they are. (Adaptive feedback: `net.attach_readout(weights)` follows.)
  void fill(auto& weights) const {
    check_count(weights);
    for_each_layer(weights, [&](auto i) { fill(static_cast<std::size_t>(i), at(weights, i)); });
  }
  /// The same of layer k alone.
  void fill(std::size_t k, auto& layer_weights) const {
    const ChainLayer<S>& from = layers_.at(k);
    layer_weights.projection.edit([&](auto& affine) {
      check_shape("weights of a layer", affine.weight, from.weight.rows(), from.weight.cols());
      affine.weight = from.weight;
      affine.bias = from.bias;
    });
  }

  /// The graph with what was learned, in the units of its nodes. Its other members stay as they are.
  Graph learned(Graph graph, const auto& weights) const {
    check_count(weights);
    for_each_layer(weights, [&](auto i) {
      const ChainLayer<S>& to = layers_[static_cast<std::size_t>(i)];
      const auto affine = at(weights, i).projection.copy();
      check_shape("weights of a layer", affine.weight, to.weight.rows(), to.weight.cols());
      Eigen::Matrix<S, Dynamic, Dynamic, Eigen::RowMajor> w = affine.weight;
      if (std::holds_alternative<AllToAll<>>(to.connectivity))
        for (Index j = 0; j < w.cols(); ++j) w.col(to.from[j]) = affine.weight.col(j);
      w.array().colwise() /= to.gain.array();
      const Vector<S> b = affine.bias.cwiseQuotient(to.gain);
      Node* node = find(graph, to.synapses);
      NEOHEBB_REQUIRE(node, file_, ": the graph has no node '", to.synapses, "'");
      std::visit(
          [&](auto& n) {
            if constexpr (requires { n.weight; })
              replace(n.weight, Eigen::Map<const Vector<S>>(w.data(), w.size()));
            if constexpr (requires {
                            n.weight;
                            n.bias;
                          })
              replace(n.bias, b);
          },
          node->parameters);
    });
    return graph;
  }

 private:
  std::string where(const ChainLayer<S>& layer) const { return file_ + ", node '" + layer.neurons + "'"; }
  static bool differ(const Vector<S>& all) {
    return all.size() > 0 && all.maxCoeff() - all.minCoeff() > S(1e-6);
  }
  void check_count(const auto& weights) const {
    NEOHEBB_REQUIRE(layer_count(weights) == size(), file_, ": weights of ", layer_count(weights),
                    " layers, the graph has ", size(), "; FineTuning::fill(k, …) takes one");
  }
  static auto& synapses_of(auto& projection) {
    using P = std::decay_t<decltype(projection)>;
    static_assert(
        !P::recurrent && !requires { P::hands_on; },
        "neohebb: synapses of a layer that is fine-tuned are Dense or EventDriven, or Frozen ones: without "
        "recurrence and delays");
    if constexpr (requires { P::frozen; })
      return synapses_of(projection.projection);
    else
      return projection;
  }
  template <class C> void connect(const ChainLayer<S>& from, C& connectivity) const {
    if constexpr (std::same_as<C, Convolution>) {
      const auto* images = std::get_if<Convolution>(&from.connectivity);
      NEOHEBB_REQUIRE(images, file_, ", node '", from.synapses,
                      "': its layer is AllToAll, not a Convolution");
      connectivity = *images;
    } else {
      static_assert(
          requires {
            connectivity.from;
            connectivity.to;
            C::weight_per_pair;
          },
          "neohebb: layers that are fine-tuned are AllToAll or a Convolution");
      NEOHEBB_REQUIRE(std::holds_alternative<AllToAll<>>(from.connectivity), file_, ", node '", from.synapses,
                      "': a Conv2d: its layer has EventDriven<…, Convolution>");
      connectivity.from = from.weight.cols(), connectivity.to = from.weight.rows();
    }
  }
  void set_trace(const ChainLayer<S>& from, auto& trace) const {
    if constexpr (requires { trace.synaptic_decay; }) {
      NEOHEBB_REQUIRE(from.neuron.has_current, where(from), ": a ", from.neuron_type,
                      ": its synapses' trace is Pulses");
      trace.synaptic_decay = from.neuron.synaptic_decay.mean();
      trace.follow = 1 - from.neuron.decay.mean();
    } else {
      NEOHEBB_REQUIRE(!from.neuron.has_current, where(from), ": a ", from.neuron_type,
                      ": its synapses' trace is CurrentPulses");
      trace.decay = differ(from.neuron.decay) ? from.neuron.decay.mean() : from.neuron.decay[0];
      trace.normalised = false;
    }
  }
  void check_readout(const ChainLayer<S>& from) const {
    NEOHEBB_REQUIRE(!from.neuron.spikes, where(from), ": a ", from.neuron_type,
                    " spikes; its layer is a PlasticLayer, not a LeakyReadout");
    NEOHEBB_REQUIRE(!differ(from.neuron.decay), where(from),
                    ": its neurons have different time constants, a LeakyReadout has one");
    NEOHEBB_REQUIRE((from.neuron.start.array() == 0).all() && (from.neuron.constant.array() == 0).all(),
                    where(from), ": v_leak is not 0, to which a LeakyReadout leaks");
  }
  static Node* find(Graph& graph, std::string_view path) {
    for (Node& node : graph.nodes) {
      if (node.name == path) return &node;
      auto* inner = std::get_if<Graph>(&node.parameters);
      if (inner && path.starts_with(node.name + "/"))
        if (Node* found = find(*inner, path.substr(node.name.size() + 1))) return found;
    }
    return nullptr;
  }
  static void replace(NpyArray& array, const auto& numbers) {
    const auto shape = array.shape;
    array = to_npy(Vector<S>(numbers));
    array.shape = array.size() == size_of_shape(shape) ? shape : Shape{array.size()};
  }

  std::string file_;
  std::vector<ChainLayer<S>> layers_;
  std::vector<std::string> remarks_ = {};
};

}  // namespace neohebb::nir
