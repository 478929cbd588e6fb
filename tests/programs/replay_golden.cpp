// Replays recorded trajectories of the published programs through the library, in double. DECOLLE, online: by the
// dense projection, and by the event-driven one with events pinned and with its choice by rate. Competing units, by
// minibatches: with products that take lists of what is not zero, and dense ones.
//
//     replay_golden FOLDER…
//
// A folder holds meta.json (sizes, constants, loss, optimizer, regularisation) and one .npy file per recorded
// array. Prints `array largest-absolute-deviation` for every recorded array, the worst of all forms, and before
// that each form's own worst; exits 0 only if all of them are at most 1e-9.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <neohebb/io/npy.hpp>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <nlohmann/json.hpp>
#include <optional>

#include "replay_competing.hpp"

using namespace neohebb;
using namespace replay;

namespace {

/// What meta.json says.
struct Recording {
  Index batch, steps, classes;
  S membrane_decay, synaptic_decay, refractory_decay, refractory_weight, rate;
  std::string loss, optimizer, neuron;
  std::vector<S> regularisation;
  std::vector<Index> sizes;  // input, hidden…
};

nlohmann::json read_meta(const std::filesystem::path& folder) {
  std::ifstream file(folder / "meta.json");
  if (!file) throw std::runtime_error("cannot open " + (folder / "meta.json").string());
  return nlohmann::json::parse(file);
}
Recording recording(const nlohmann::json& meta) {
  if (meta.value("convolutional", false))
    throw std::runtime_error("a convolutional recording: not supported");
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
              {meta.at("input").get<Index>()}};
  for (const Index h : meta.at("hidden")) r.sizes.push_back(h);
  if (r.regularisation.size() + 1 != r.sizes.size())
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

/// One replay, by projections like `prototype`.
template <class O>
Deviations replay_by(const std::filesystem::path& folder, const Recording& r, const O& optimizer,
                     const auto& prototype) {
  using Projected = std::decay_t<decltype(prototype)>;
  using Decolle = DecolleLayer<Projected, Srm<S>, Dynamic, RecordedSurrogate, RecordedLoss>;
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
  for (std::size_t l = 0; l + 1 < r.sizes.size(); ++l) {
    const std::string prefix = "layer" + std::to_string(l) + "_";
    const auto given = [&](const char* what) {
      return read_npy((folder / (prefix + what + ".npy")).string());
    };
    Projected projection = prototype;
    projection.connectivity = {r.sizes[l], r.sizes[l + 1]};
    projection.trace = {r.membrane_decay, r.synaptic_decay, normalised};
    const Decolle layer{
        .projection = projection,
        .neuron = {.refractory = {r.refractory_decay, normalised}, .refractory_weight = r.refractory_weight},
        .classes = r.classes,
        .surrogate = {!normalised},
        .loss = {r.loss},
        .rate_regularisation = {r.regularisation[l]}};
    Replayed replayed{
        layer,
        {layer.projection.weights(given("weight_initial").template matrix<S>(),
                                  given("bias_initial").template vector<S>()),
         {given("readout_weight").template matrix<S>(), given("readout_bias").template vector<S>()}},
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

  const NpyArray input = read_npy((folder / "input_spikes.npy").string());
  if (input.shape != std::vector<Index>{r.batch, r.steps, r.sizes[0]})
    throw std::runtime_error("input_spikes: shape " + shape_text(input.shape) + " does not fit meta.json");
  const std::vector<S> spiking = input.as<S>();
  const Matrix<S> target = read_npy((folder / "target.npy").string()).matrix<S>().transpose();
  check_shape("target", target, r.classes, r.batch);
  Spikes<S> in(Extent{r.sizes[0]}, batch);
  for (Index t = 0; t < r.steps; ++t) {
    in.assign(Matrix<S>::NullaryExpr(r.sizes[0], r.batch, [&](Index j, Index b) {
      return spiking[static_cast<std::size_t>((b * r.steps + t) * r.sizes[0] + j)];
    }));
    const Spikes<S>* from = &in;
    for (Replayed& l : layers) {
      l.layer.step(l.weights, l.state, *from);
      const S loss = l.layer.credit(l.weights, l.state, target, l.credit);
      const auto gradient = l.layer.projection.gradient(l.credit);
      l.layer.update(l.weights, l.state, l.credit, l.learner);
      from = &l.layer.spikes(l.state);

      std::size_t k = 0;
      const auto compare = [&](const auto& ours) { l.compared[k++].step(t, r.steps, ours); };
      const auto& pre = l.state.projection.pre;
      compare(flat(pre.stage(1)));
      compare(flat(pre.stage(0)));
      compare(flat(-r.refractory_weight * l.layer.neuron.refractory.value(l.state.neuron.refractory)));
      compare(flat(l.state.neuron.potential));
      compare(flat(l.state.neuron.spikes.dense()));
      compare(flat(l.state.output));
      compare(Vector<S>::Constant(1, loss));
      compare(by_rows(gradient.weight));
      compare(gradient.bias);
      const auto weights = l.weights.projection.copy();
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
  using Events = EventDriven<DoubleExponential<S>>;
  by("Dense", Dense<DoubleExponential<S>>{});
  by("EventDriven, events", Events{.arithmetic = Arithmetic::events});
  by("EventDriven, by rate", Events{});
  return report(worst);
}

bool replay_folder(const std::filesystem::path& folder) {
  const nlohmann::json meta = read_meta(folder);
  if (is_competing(meta)) return competing(folder, meta);
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
