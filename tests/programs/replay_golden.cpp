// Replays recorded trajectories of the published programs through the library, in double. DECOLLE, dense and
// convolutional, online: by the dense projection, by the event-driven one with events pinned and with its choice by rate,
// and by lists of all spikes so far. Competing units, by minibatches: with products that take lists of what is not zero,
// and dense ones. e-prop, over trials and windows: by either algorithm of its eligibility, over dense and over
// event-driven synapses.
//
//     replay_golden FOLDER…
//
// A folder holds meta.json (sizes, constants, loss, optimizer, regularisation) and one .npy file per recorded
// array. Prints `array largest-absolute-deviation` for every recorded array (of e-prop's, where an array has entries above
// 1, divided by the largest), the worst of all forms, and before that each form's own worst; exits 0 only if all of them
// are at most 1e-9.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <neohebb/io/npy.hpp>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <nlohmann/json.hpp>
#include <optional>

#include "replay_competing.hpp"
#include "replay_eprop.hpp"
#include "replay_spikes.hpp"

using namespace neohebb;
using namespace replay;

namespace {

/// What a recording writes channel by channel, and the library pixel by pixel.
struct Image {
  Index channels, height, width;
  Index size() const { return channels * height * width; }
  /// Entry of the library's column for entry k of the recording.
  Index place(Index k) const { return k % (height * width) * channels + k / (height * width); }
  /// A batch of images as the recording writes them.
  Vector<S> recorded(const auto& images) const {
    return Vector<S>::NullaryExpr(images.size(),
                                  [&](Index k) { return images(place(k % size()), k / size()); });
  }
};
Convolution convolution(const Image& in, Index channels, Index kernel) {
  return {.height = in.height,
          .width = in.width,
          .channels_in = in.channels,
          .channels_out = channels,
          .kernel = kernel,
          .padding = (kernel - 1) / 2};
}

/// What meta.json says.
struct Recording {
  Index batch, steps, classes;
  S membrane_decay, synaptic_decay, refractory_decay, refractory_weight, rate;
  std::string loss, optimizer, neuron;
  std::vector<S> regularisation;
  std::vector<Image> shown;    // by the input and each layer, after pooling
  std::vector<Image> neurons;  // of each layer
  std::vector<Index> kernels, pools;
  bool convolutional = false;
};

nlohmann::json read_meta(const std::filesystem::path& folder) {
  std::ifstream file(folder / "meta.json");
  if (!file) throw std::runtime_error("cannot open " + (folder / "meta.json").string());
  return nlohmann::json::parse(file);
}
Recording recording(const nlohmann::json& meta) {
  Recording r{meta.at("batch"),
              meta.at("steps"),
              meta.at("classes"),
              meta.at("alpha"),
              meta.at("beta"),
              meta.at("gamma"),
              meta.at("refractory_weight"),
              meta.at("learning_rate"),
              meta.at("loss"),
              meta.at("optimizer"),
              meta.at("neuron"),
              meta.at("regularization"),
              {},
              {},
              {},
              {},
              meta.value("convolutional", false)};
  if (r.convolutional) {
    const std::vector<Index> input = meta.at("input"), channels = meta.at("channels");
    r.kernels = meta.at("kernel").get<std::vector<Index>>();
    r.pools = meta.at("pool").get<std::vector<Index>>();
    if (input.size() != 3 || r.kernels.size() != channels.size() || r.pools.size() != channels.size())
      throw std::runtime_error("meta.json: input of channels, height, width; one kernel and pool per layer");
    r.shown.push_back({input[0], input[1], input[2]});
    for (std::size_t l = 0; l < channels.size(); ++l) {
      const Convolution c = convolution(r.shown.back(), channels[l], r.kernels[l]);
      c.validate();
      if (r.pools[l] < 1) throw std::runtime_error("meta.json: pool is at least 1");
      r.neurons.push_back({channels[l], c.out_height(), c.out_width()});
      r.shown.push_back({channels[l], c.out_height() / r.pools[l], c.out_width() / r.pools[l]});
    }
  } else {  // images of one pixel
    r.shown.push_back({meta.at("input").get<Index>(), 1, 1});
    for (const Index h : meta.at("hidden")) {
      r.neurons.push_back({h, 1, 1});
      r.shown.push_back({h, 1, 1});
    }
  }
  if (r.regularisation.size() != r.neurons.size())
    throw std::runtime_error("meta.json: one regularization per layer");
  if (r.neuron != "LIFLayer" && r.neuron != "LIFLayerNonorm")
    throw std::runtime_error("unknown neuron " + r.neuron);
  return r;
}

// The choices that a recording makes at run time, as types of this program's own that satisfy the library's
// concepts.
struct RecordedSurrogate {
  bool boxcar = false;
  S operator()(S u) const { return boxcar ? Boxcar<S>{}(u) : FastSigmoid<S>{}(u); }
};
struct RecordedLoss {
  std::string name = "smooth_l1";
  S operator()(const auto& output, const auto& target, auto& gradient) const {
    if (name == "smooth_l1") return SmoothL1<S>{}(output, target, gradient);
    if (name == "mse") return MeanSquare<S>{}(output, target, gradient);
    throw std::runtime_error("unknown loss " + name);
  }
};
struct RecordedOptimizer {
  using Scalar = S;
  static constexpr bool linear = false;
  S rate = 0;
  bool adamax = true;
  template <int R, int C> struct State {
    Adam<S>::State<R, C> adam;
    AdaMax<S>::State<R, C> adamax;
  };
  template <int R, int C> State<R, C> zero_state(Extent<R> rows, Extent<C> cols) const {
    return {Adam<S>{}.zero_state(rows, cols), AdaMax<S>{}.zero_state(rows, cols)};
  }
  void step(auto& state, const auto& gradient, auto&& weights) const {
    if (adamax)
      AdaMax<S>{.rate = rate}.step(state.adamax, gradient, weights);
    else
      Adam<S>{.rate = rate}.step(state.adam, gradient, weights);
  }
};

AllToAll<> connectivity(const Recording& r, std::size_t l, const AllToAll<>&) {
  return {r.shown[l].size(), r.neurons[l].size()};
}
Convolution connectivity(const Recording& r, std::size_t l, const Convolution&) {
  return convolution(r.shown[l], r.neurons[l].channels, r.kernels[l]);
}
MaxPooling pooling(const Recording& r, std::size_t l) {
  const Image& n = r.neurons[l];
  return {n.height, n.width, n.channels, r.convolutional ? r.pools[l] : 1};
}
const auto& affine(const Affine<S>& weights) { return weights; }
auto affine(const auto& weights) { return weights.copy(); }

/// One replay, by projections like `prototype`.
template <class O>
Deviations replay_by(const std::filesystem::path& folder, const Recording& r, const O& optimizer,
                     const auto& prototype) {
  using Projected = std::decay_t<decltype(prototype)>;
  using Decolle =
      DecolleLayer<Projected, Srm<S>, Dynamic, RecordedSurrogate, RecordedLoss, ReadsSpikes, MaxPooling>;
  const bool normalised = r.neuron == "LIFLayer";
  const Extent batch{r.batch};
  struct Replayed {
    Decolle layer;
    typename Decolle::Weights weights;
    decltype(Decolle{}.zero_state(Extent<>{1})) state;
    decltype(Decolle{}.zero_credit(Extent<>{1}, 1)) credit;
    decltype(Decolle{}.learner(std::declval<const O&>())) learner;
    std::vector<Comparison> compared;
  };
  std::vector<Replayed> layers;
  for (std::size_t l = 0; l < r.neurons.size(); ++l) {
    const std::string prefix = "layer" + std::to_string(l) + "_";
    const auto given = [&](const char* what) {
      return read_npy((folder / (prefix + what + ".npy")).string());
    };
    Projected projection = prototype;
    projection.connectivity = connectivity(r, l, prototype.connectivity);
    projection.trace = {r.membrane_decay, r.synaptic_decay, normalised};
    const Decolle layer{
        .projection = projection,
        .neuron = {.refractory = {r.refractory_decay, normalised}, .refractory_weight = r.refractory_weight},
        .surrogate = {!normalised},
        .signal = {.classes = r.classes, .loss = {r.loss}},
        .rate = {r.regularisation[l]},
        .pooling = pooling(r, l)};
    NpyArray weight = given("weight_initial");
    if (weight.shape.size() == 4)  // (out, in, ky, kx): the last three are a column's number
      weight.shape = {weight.shape[0], weight.shape[1] * weight.shape[2] * weight.shape[3]};
    const Matrix<S> recorded_readout = given("readout_weight").template matrix<S>();
    const Image& shown = r.shown[l + 1];
    check_shape("readout_weight", recorded_readout, r.classes, shown.size());
    Matrix<S> readout(r.classes, shown.size());
    for (Index k = 0; k < shown.size(); ++k) readout.col(shown.place(k)) = recorded_readout.col(k);
    Replayed replayed{
        layer,
        {layer.projection.weights(weight.template matrix<S>(), given("bias_initial").template vector<S>()),
         {readout, given("readout_bias").template vector<S>()}},
        layer.zero_state(batch),
        layer.zero_credit(batch, 1),
        layer.learner(optimizer),
        {}};
    for (const char* what :
         {"synaptic_trace_Q", "membrane_trace_P", "refractory_R", "potential_U", "spikes_S", "readout",
          "loss", "grad_weight", "grad_bias", "weight_after", "bias_after"})
      replayed.compared.emplace_back(folder, prefix + what);
    layers.push_back(std::move(replayed));
  }

  const Image& pixels = r.shown[0];
  const NpyArray input = read_npy((folder / "input_spikes.npy").string());
  if (input.shape.size() < 3 || input.shape[0] != r.batch || input.shape[1] != r.steps ||
      input.size() != r.batch * r.steps * pixels.size())
    throw std::runtime_error("input_spikes: shape " + shape_text(input.shape) + " does not fit meta.json");
  const std::vector<S> spiking = input.as<S>();
  const Matrix<S> target = read_npy((folder / "target.npy").string()).matrix<S>().transpose();
  check_shape("target", target, r.classes, r.batch);
  Spikes<S> in(pixels.size(), batch);
  Matrix<S> frame(pixels.size(), r.batch);
  for (Index t = 0; t < r.steps; ++t) {
    for (Index b = 0; b < r.batch; ++b)
      for (Index k = 0; k < pixels.size(); ++k)
        frame(pixels.place(k), b) = spiking[static_cast<std::size_t>((b * r.steps + t) * pixels.size() + k)];
    in.assign(frame);
    const Spikes<S>* from = &in;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      Replayed& l = layers[i];
      l.layer.step(l.weights, l.state, *from);
      const S loss = l.layer.credit(l.weights, l.state, target, l.credit);
      const auto gradient = l.layer.projection.gradient(l.credit.projection);
      l.layer.update(l.weights, l.state, l.credit, l.learner);
      from = &l.layer.spikes(l.state);

      std::size_t k = 0;
      const auto compare = [&](const auto& ours) { l.compared[k++].step(t, r.steps, ours); };
      const auto& pre = l.state.projection.pre;
      const Image &below = r.shown[i], &here = r.neurons[i], &shown = r.shown[i + 1];
      compare(below.recorded(pre.stage(1)));
      compare(below.recorded(pre.stage(0)));
      compare(
          here.recorded(-r.refractory_weight * l.layer.neuron.refractory.value(l.state.neuron.refractory)));
      compare(shown.recorded(l.layer.potential(l.state)));
      compare(here.recorded(l.state.neuron.spikes.dense()));
      compare(flat(l.state.signal_state.output));
      compare(Vector<S>::Constant(1, loss));
      compare(by_rows(gradient.weight));
      compare(gradient.bias);
      const auto& weights = affine(l.weights.projection);
      compare(by_rows(weights.weight));
      compare(weights.bias);
    }
  }
  Deviations all;
  for (const Replayed& l : layers)
    for (const Comparison& c : l.compared) all.emplace_back(c.name(), c.worst());
  return all;
}

/// Replays by every projection.
template <class O>
bool replay_all(const std::filesystem::path& folder, const Recording& r, const O& optimizer) {
  Deviations worst;
  const auto by = [&](const char* name, const auto& prototype) {
    const Deviations found = replay_by(folder, r, optimizer, prototype);
    add(worst, found);
    std::printf("# by %s: at most %.3g\n", name, worst_of(found));
  };
  const auto by_all = [&]<class C>(const C&) {
    using Events = EventDriven<DoubleExponential<S>, C>;
    by("Dense", Dense<DoubleExponential<S>, C>{});
    by("EventDriven, events", Events{.arithmetic = Arithmetic::events});
    by("EventDriven, by rate", Events{});
    by("lists of all spikes", BySpikes<C>{.longest = r.steps});
  };
  if (r.convolutional)
    by_all(Convolution{});
  else
    by_all(AllToAll<>{});
  return report(worst);
}

bool replay_folder(const std::filesystem::path& folder) {
  const nlohmann::json meta = read_meta(folder);
  if (is_competing(meta)) return competing(folder, meta);
  if (is_eprop(meta)) return eprop(folder, meta);
  const Recording r = recording(meta);
  if (r.optimizer == "sgd") return replay_all(folder, r, Sgd<S>{r.rate});
  if (r.optimizer == "adamax" || r.optimizer == "adam")
    return replay_all(folder, r, RecordedOptimizer{r.rate, r.optimizer == "adamax"});
  throw std::runtime_error("unknown optimizer " + r.optimizer);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: replay_golden FOLDER...\n");
    return 2;
  }
  bool all = true;
  for (int i = 1; i < argc; ++i) {
    try {
      std::printf("# %s\n", argv[i]);
      const bool agrees = replay_folder(argv[i]);
      std::printf("# %s: %s\n", argv[i], agrees ? "agrees" : "DEVIATES by more than 1e-9");
      all = all && agrees;
    } catch (const std::exception& e) {
      std::fprintf(stderr, "replay_golden: %s: %s\n", argv[i], e.what());
      all = false;
    }
  }
  return all ? 0 : 1;
}
