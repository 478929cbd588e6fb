// A network of ours as a NIR graph. [io/nir_writer.hpp writes the file]
#pragma once
#include <neohebb/layer/leaky_readout.hpp>
#include <neohebb/layer/plastic.hpp>
#include <neohebb/learning/own_readout.hpp>
#include <neohebb/network/exported/neurons.hpp>
#include <neohebb/network/imported/metadata.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/version.hpp>

namespace neohebb::nir {

/// Which layers' own readouts an exported graph has: ExportOptions.readouts.
enum class ExportedReadouts { none, last, all };

/// What a network does not say of itself. nir::exported throws std::invalid_argument unless dt > 0.
///
///   parameter        default  meaning
///   dt               1e-3     seconds of a step, by which decays become time constants
///   readouts         none     outputs are what the last layer shows; last: its own readout's (OwnReadout),
///                             G S + c, a chain that other frameworks read; all: the sum of the layers' own
///                             readouts, Σ_l G_l S_l + c_l. The largest entry of either tells the class
///   discretisation   euler    τ = Δt/(1 − decay), as Norse and snnTorch read it; or exact:
///                             τ = −Δt/log(decay), the constant that decay_from_time_constant was given
///   unit_resistance  false    r of LIF, and of LeakyReadout's LI, is 1, and weights have the gain
///                             1/(1 − decay): Norse takes r for 1. Decays must be scalar, and below 1, others
///                             are left as they are
struct ExportOptions {
  double dt = 1e-3;
  ExportedReadouts readouts = ExportedReadouts::none;
  Discretisation discretisation = Discretisation::euler;
  bool unit_resistance = false;
};

namespace detail {

template <class P>
concept ExportableProjection = requires(const P p, const typename P::Weights w) {
  innermost(p).connectivity;
  innermost(p).trace;
  w.copy();
};

template <class L> inline constexpr bool is_leaky_readout = false;
template <class P, class F> inline constexpr bool is_leaky_readout<LeakyReadout<P, F>> = true;

/// Layer by layer.
template <class S> class Export {
 public:
  Export(Draft<S>& draft, const ExportOptions& options, Index last)
      : draft_(draft), readouts_(options.readouts), unit_resistance_(options.unit_resistance), last_(last) {}

  void add(const auto& layer, const auto& weights) {
    using L = std::decay_t<decltype(layer)>;
    draft_.in_weights = 1;
    if constexpr (requires {
                    layer.projection;
                    layer.neuron;
                    layer.pooling;
                    layer.signal;
                  }) {
      if constexpr (is_lif<std::decay_t<decltype(layer.neuron)>>)
        if (layer.neuron.synapse == Synapse::none) take_into_weights(layer.neuron.decay);
      drive_and(layer, weights, [&](const Drive& drive) { export_neuron(draft_, layer.neuron, drive); });
      pool(layer.pooling);
      read_out(layer.signal, weights.signal);
    } else if constexpr (is_leaky_readout<L>) {
      take_into_weights(innermost(thawed(layer.projection)).trace.decay);
      drive_and(layer, weights, [&](const Drive& drive) {
        const Index n = drive.constant.size();
        const Vector<double> kappa = Draft<S>::spread(innermost(thawed(layer.projection)).trace.decay, n);
        draft_.add("neurons",
                   draft_.leaky("the readout", kappa, Vector<double>::Constant(n, 1 / draft_.in_weights),
                                Vector<double>::Zero(n), drive.shape),
                   drive.nodes);
      });
    } else {
      draft_.refuse("only DecolleLayer, PlasticLayer and LeakyReadout are exported, this is another kind");
    }
    ++draft_.layer;
  }
  void finish() {
    if (readouts_ != ExportedReadouts::none) {
      NEOHEBB_REQUIRE(classes_ > 0, "nir::exported: readouts are asked for, but ",
                      readouts_ == ExportedReadouts::all ? "no layer" : "the last layer", " has ",
                      readouts_ == ExportedReadouts::all ? "an" : "no", " OwnReadout");
      draft_.graph.nodes.push_back({"output", Output{{classes_}}, {}});
    } else {
      draft_.graph.nodes.push_back({"output", Output{place_.shape}, {}});
      draft_.join(place_.node, "output");
    }
  }

 private:
  void take_into_weights(const auto& decay) {
    if constexpr (shared_by_all<std::decay_t<decltype(decay)>>)
      if (unit_resistance_ && decay < 1) draft_.in_weights = 1 / (1 - static_cast<double>(decay));
  }
  void drive_and(const auto& layer, const auto& weights, auto&& use) {
    const auto& projection = thawed(layer.projection);
    using P = std::decay_t<decltype(projection)>;
    const auto& outside = from_outside(layer.projection);
    constexpr bool gives_constant = [] {
      if constexpr (requires { layer.neuron; })
        return !is_srm<std::decay_t<decltype(layer.neuron)>>;
      else
        return true;
    }();
    if constexpr (!ExportableProjection<std::decay_t<decltype(outside)>>) {
      draft_.refuse("its projection has no connectivity and trace that are known here");
    } else {
      if (draft_.layer == 0) begin(outside);
      const auto project = [&](const char* name, const auto& part, const auto& its, const Place& from,
                               Way way) {
        return Synapses<S>(draft_, name, gives_constant, way)(part, its, from);
      };
      Way back_way = Way::loop;
      if constexpr (requires { layer.neuron.synapse; })
        if (layer.neuron.synapse == Synapse::current_later) back_way = Way::loop_with_delay;
      if constexpr (Recurrent<P>) {
        Drive drive = project("weights", outside, weights.projection.forward, place_, Way::forward);
        const Place own{draft_.name_of("neurons"), drive.shape};
        const auto& lateral = thawed(projection.lateral);
        if constexpr (!ExportableProjection<std::decay_t<decltype(lateral)>>) {
          draft_.refuse("its lateral projection has no connectivity and trace that are known here");
        } else {
          const Drive back = project("lateral", lateral, weights.projection.lateral, own, back_way);
          drive.nodes.insert(drive.nodes.end(), back.nodes.begin(), back.nodes.end());
        }
        use(drive);
        place_ = own;
      } else {
        const Drive drive = project("weights", outside, weights.projection, place_, Way::forward);
        use(drive);
        place_ = {draft_.name_of("neurons"), drive.shape};
      }
    }
  }
  void begin(const auto& projection) {
    const Index inputs = projection.inputs();
    place_ = {"input", shape_before(projection)};
    if (place_.size() != inputs) place_.shape = {inputs};  // several lines for an input
    draft_.graph.nodes.push_back({"input", Input{place_.shape}, {}});
  }
  void pool(const auto& pooling) {
    if constexpr (requires {
                    pooling.size;
                    pooling.channels;
                  }) {
      if (pooling.size == 1) return;
      const Shape image{pooling.channels, pooling.height, pooling.width};
      if (image != place_.shape)
        draft_.refuse("it pools images of ", shape_text(image), ", but its neurons are ",
                      shape_text(place_.shape), " (channels, height, width): NIR tells shapes apart");
      const Shape shown{pooling.channels, pooling.out_height(), pooling.out_width()};
      const Index k = pooling.size;
      const std::string sum = draft_.add("pooled_sum", SumPool2d{{k, k}, {k, k}, {0, 0}}, {place_.node});
      place_ = {draft_.add("pooled", Threshold{draft_.constant(0.5, shown)}, {sum}), shown};
    } else if constexpr (!std::is_same_v<std::decay_t<decltype(pooling)>, NoPooling>) {
      draft_.refuse("its pooling is not MaxPooling");
    }
  }
  void read_out(const auto& signal, const auto& weights) {
    if constexpr (requires {
                    signal.reads;
                    weights.weight;
                    weights.bias;
                  }) {
      if (readouts_ == ExportedReadouts::none ||
          (readouts_ == ExportedReadouts::last && draft_.layer != last_))
        return;
      if constexpr (!std::is_same_v<std::decay_t<decltype(signal.reads)>, ReadsSpikes>) {
        draft_.refuse("its readout reads activations σ(U): NIR's nodes give spikes");
      } else {
        NEOHEBB_REQUIRE(classes_ == 0 || classes_ == weights.weight.rows(), "nir::exported: layer ",
                        draft_.layer, ": its readout has ", weights.weight.rows(), " classes, those before ",
                        classes_, ": they cannot be summed");
        classes_ = weights.weight.rows();
        Eigen::Matrix<S, Dynamic, Dynamic, Eigen::RowMajor> weight(classes_, place_.size());
        for (Index j = 0; j < weight.cols(); ++j)
          weight.col(nir_place(j, place_.shape)) = weights.weight.col(j);
        std::string from = place_.node;
        if (place_.image()) from = draft_.add("readout_flat", Flatten{0, -1, place_.shape}, {from});
        draft_.join(draft_.add("readout", Affine{to_npy(weight), to_npy(Vector<S>(weights.bias))}, {from}),
                    "output");
      }
    }
  }

  Draft<S>& draft_;
  ExportedReadouts readouts_;
  bool unit_resistance_;
  Index last_;
  Place place_ = {};
  Index classes_ = 0;
};

}  // namespace detail

/// A Network as a NIR graph whose step, run by ImportedNetwork, gives the same spikes: all that differs is
/// rounding. io/README.md lists which nodes stand for which of our types.
///
///     const nir::Graph graph = nir::exported(net, weights, {.dt = 1e-3});
///     nir::write_nir("net.nir", graph);                                   // io/nir_writer.hpp
///     nir::ImportedNetwork<float> again(graph, *nir::semantics_in_metadata(graph));
///
/// Time constants are τ = Δt/(1 − decay), and gains 1/(1 − decay), so that Euler's scheme makes our decays
/// again, as Norse and snnTorch do. What NIR does not say is written into the graph's metadata
/// (network/imported/metadata.hpp): dt, how a spike resets, and that membranes take the synaptic current of
/// the step before where our kernels do so. Nothing of learning is exported.
///
/// Nodes are called after what they are and the layer's number: weights_0, weights_trace_0, neurons_0. Images
/// have NIR's order, channels first, at the graph's input and output too; ours have the channel fastest.
///
/// Other frameworks read chains of Affine or Linear, Conv2d, LIF and CubaLIF, reset to zero: networks of Lif
/// with Reset::to_zero, rest 0, no adaptation, and no readout but the last layer's. snnTorch 1.0 gives the
/// same spikes where dt is 1e-4, which it takes all files to have; Norse 1.1 where it is told dt, and LIF
/// has unit_resistance. Neither has a module for CubaLI or Threshold, of which networks of Srm are made.
///
/// Throws std::invalid_argument that names the layer for what NIR cannot say: refractory times
/// (Lif.refractory_steps), adaptive thresholds of neurons that are reset to a value or by that threshold,
/// escape noise, kernels of other types (Fir, Sum), decays of 1 beside others, and layers and neurons that
/// are not known here.
template <class Layers>
Graph exported(const Network<Layers>& net, const auto& weights, const ExportOptions& options = {}) {
  using S = typename Network<Layers>::Scalar;
  detail::Draft<S> draft;
  draft.how.dt = options.dt;
  draft.how.discretisation = options.discretisation;
  draft.how.validate();
  detail::CommonSemantics common;
  for_each_layer(net.layers, [&](auto i) {
    if constexpr (requires { net.layer(i).neuron; }) common.add(net.layer(i).neuron);
  });
  common.settle(draft);
  Index layers = 0;
  for_each_layer(net.layers, [&](auto) { ++layers; });
  detail::Export<S> all(draft, options, layers - 1);
  for_each_layer(net.layers, [&](auto i) { all.add(net.layer(i), at(weights, i)); });
  all.finish();
  put_semantics(draft.graph, draft.how);
  draft.graph.metadata["made_by"] = std::string("neohebb ") + NEOHEBB_VERSION;
  return draft.graph;
}

}  // namespace neohebb::nir
