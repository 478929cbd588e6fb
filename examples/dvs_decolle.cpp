// A convolutional spiking network learns with local rules only what an event camera sees. [Kaiser, Mostafa, Neftci 2020]
//
//     events → spikes of cells and polarities
//            → [ P, Q → U = W∘P + b + R → S = Θ(max U) → next layer ]   for each layer, W∘ a convolution
//                           ↑ δ = (Gᵀ ∂L/∂Y) ∘ σ'(U) ← L(Y, Ŷ) ← Y = G S + c
//     ΔW = −rate · Σ_window δ∘Pᵀ        nothing crosses layers backwards
//
//     dvs_decolle                                digits that a simulated camera looks at
//     dvs_decolle --nmnist FOLDER                N-MNIST
//     dvs_decolle --gesture FOLDER               DVS128 Gesture
//     dvs_decolle … --network published          64-128-128 channels, 7×7, in steps of 1 ms
//     dvs_decolle --checkpoint FILE --stream RECORDING
#include "dvs_learning.hpp"
#include "dvs_report.hpp"
#include "dvs_stream.hpp"

namespace {

using S = float;
using Layer = DecolleLayer<EventDriven<DoubleExponential<S>, Convolution>, Srm<S>, Dynamic, FastSigmoid<S>,
                           ChosenLoss<S>, ReadsSpikes, MaxPooling>;

/// Convolutional layers, then dense ones: a dense layer is a convolution of images of a single pixel.
auto make_network(const Options& o, Index classes) {
  const auto n = static_cast<Index>(o.layers());
  const auto decays = [&](double tau, std::uint32_t k) {
    return random_decays(Extent<>{n}, S(tau), S(o.spread), S(o.dt), stream(o, Draws::constants).substream(k));
  };
  const Vector<S> alpha = decays(o.tau_mem, 0), beta = decays(o.tau_syn, 1), gamma = decays(o.tau_ref, 2);
  std::vector<Layer> layers;
  const auto add = [&](const Convolution& synapses, Index pooling) {
    const auto l = static_cast<Index>(layers.size());
    layers.push_back(
        {.projection = {.connectivity = synapses,
                        .trace = {.membrane_decay = alpha(l), .synaptic_decay = beta(l)}},
         .neuron = {.refractory = {.decay = gamma(l)}},
         .surrogate = {.steepness = S(o.steepness)},
         .signal =
             {.classes = classes, .loss = {o.loss}, .scale = S(o.readout_scale), .dropout = S(o.dropout)},
         .rate = {S(o.rate_regularisation)},
         .pooling = {synapses.out_height(), synapses.out_width(), synapses.channels_out, pooling}});
    layers.back().validate();
  };
  Index side = o.cells, channels = 2;
  for (std::size_t l = 0; l < o.channels.size(); ++l) {
    add({.height = side,
         .width = side,
         .channels_in = channels,
         .channels_out = o.channels[l],
         .kernel = o.kernel,
         .padding = (o.kernel - 1) / 2},
        o.pooling[l]);
    side = layers.back().pooling.out_height();
    channels = o.channels[l];
  }
  Index inputs = side * side * channels;
  for (const Index units : o.dense) {
    add({.height = 1, .width = 1, .channels_in = inputs, .channels_out = units, .kernel = 1}, 1);
    inputs = units;
  }
  return Network{layers};
}

/// Orthogonal weights, scaled layer by layer on the first recordings (LSUV); or normal ones.
auto first_weights(const auto& net, const Options& o, const Presentation& presentation,
                   const std::vector<Sample>& samples) {
  const Generator generator = stream(o, Draws::weights);
  if (o.gain > 0) return net.initial_weights(ScaledNormal<S>{S(o.gain)}, generator);
  auto weights = net.initial_weights(Orthogonal<S>{}, generator);
  std::vector<EventBins> some;
  for (std::size_t k = 0; k < std::min<std::size_t>(16, samples.size()); ++k)
    some.push_back(view(samples[k], o, o.steps));
  Lsuv<S>{}(net, weights, static_cast<Index>(some.size()), presentation,
            [&](Index t, Spikes<S>& in) { bins_to_spikes(some, t, in); });
  return weights;
}

/// Shows every recording once, from its beginning.
template <class P, class W>
Accuracy test(const P& parallel, const W& weights, const Options& o, const std::vector<Sample>& samples,
              Index classes) {
  Accuracy correct(o.layers(), classes);
  const Presentation presentation{.steps = o.test_steps, .burn_in = o.burn_in, .window = o.window};
  for (std::size_t first = 0; first < samples.size(); first += static_cast<std::size_t>(o.batch)) {
    const auto n = std::min<Index>(o.batch, static_cast<Index>(samples.size() - first));
    std::vector<EventBins> shown;
    for (Index b = 0; b < n; ++b)
      shown.push_back(view(samples[first + static_cast<std::size_t>(b)], o, o.test_steps));
    auto state = parallel.zero_state(n);
    parallel.predict(weights, state, presentation, {}, [&](Index t, Index chunk, Spikes<S>& in) {
      bins_to_spikes(
          std::span(shown).subspan(static_cast<std::size_t>(chunk), static_cast<std::size_t>(in.batch())), t,
          in);
    });
    for (Index b = 0; b < n; ++b) correct.count(state, b, samples[first + static_cast<std::size_t>(b)].label);
  }
  return correct;
}

void run(const Options& o, World& world) {
  ThreadTeam team(o.threads);
  const auto net = make_network(o, static_cast<Index>(class_names(o.kind()).size()));
  const Recordings data = load_recordings(o, team);
  const auto classes = static_cast<Index>(data.classes.size());
  const Presentation presentation{.steps = o.steps, .burn_in = o.burn_in, .window = o.window};
  presentation.validate();
  Grid grid(world, o.layer_ranks);
  const RankGrid ranks(grid.samples, grid.layers, {.own_losses = true});
  const Parallel parallel(net, team, ranks, o.chunk);
  const Share own = ranks.own((o.batch + o.chunk - 1) / o.chunk);

  const bool writes = world.rank() == 0;
  Index epoch = 0;
  History history;
  auto learner = parallel.learner(ChosenOptimizer<S>{.kind = o.optimizer}, o.batch, o.window);
  auto weights =
      o.resume ? net.initial_weights(ScaledNormal<S>{}, {}) : first_weights(net, o, presentation, data.train);
  if (o.resume) resume(o, epoch, weights, learner, history);
  auto state = parallel.zero_state(o.batch);
  const Index batches = static_cast<Index>(data.train.size()) / o.batch;
  Progress progress(o, (o.epochs - epoch) * batches * o.batch);
  std::vector<EventBins> shown(static_cast<std::size_t>(o.batch));
  std::vector<int> labels(shown.size());
  for (; epoch < o.epochs; ++epoch) {
    const auto order =
        shuffled(static_cast<Index>(data.train.size()), stream(o, Draws::order).at_step(epoch));
    for (Index k = 0; k < batches; ++k) {
      const Index place = (epoch * batches + k) * o.batch;  // of the batch in the whole course
      team.run(o.batch, [&](Index b) {
        const Sample& sample =
            data.train[static_cast<std::size_t>(order[static_cast<std::size_t>(k * o.batch + b)])];
        if (own.has(b / o.chunk))
          shown[static_cast<std::size_t>(b)] =
              random_view(sample, o, stream(o, Draws::views).at_sample(place + b));
        labels[static_cast<std::size_t>(b)] = sample.label;
      });
      parallel.set_rate(learner, scheduled_rate<S>(o, static_cast<double>(epoch * batches + k) /
                                                          static_cast<double>(batches)));
      const auto& losses = parallel.learn(
          weights, state, learner, presentation, stream(o, Draws::learning).at_sample(place),
          [&](Index t, Index chunk, Spikes<S>& in) {
            bins_to_spikes(std::span(shown).subspan(static_cast<std::size_t>(chunk),
                                                    static_cast<std::size_t>(in.batch())),
                           t, in);
          },
          one_hot<S>(labels, classes));
      progress.batch(epoch, o.batch, losses);
    }
    parallel.join_layers(progress.sums());
    parallel.gather(weights, learner);
    history.add(progress.losses(), progress.seconds(), spike_rates(net, weights, o, data.train),
                test(parallel, weights, o, data.held_out, classes));
    progress.epoch(epoch, history.epochs.back());
    if (!o.checkpoint.empty() && writes) save(o, epoch + 1, weights, learner, history);
  }

  const bool held_out = !data.held_out.empty(), fit = data.test.empty() && !held_out;
  const auto& tested = held_out ? data.held_out : fit ? data.train : data.test;
  const char* const set = held_out ? "held-out" : fit ? "training" : "test";
  const Accuracy accuracy = test(parallel, weights, o, tested, classes);
  report_ranks(world, ranks, net, learner);
  if (!o.pictures.empty() && writes) draw(net, weights, o, data, tested, history, accuracy, set);
  accuracy.print(set);
}

}  // namespace

int main(int argc, char** argv) {
  Options first;
  const char* const about =
      "Convolutional DECOLLE on event cameras: a spiking network that learns by local rules";
  CLI::App app{about, "dvs_decolle"};
  add_options(app, first);
  return run_program_on_ranks(app, argc, argv, [&](World& world) {
    if (!first.stream.empty()) {
      if (world.size() > 1) throw std::invalid_argument("--stream is for one process");
      const Options saved = course_of_checkpoint(first);
      const auto names = class_names(saved.kind());
      return classify_stream(make_network(saved, static_cast<Index>(names.size())), saved, names);
    }
    Options o = preset(first.network, first.kind());  // given options go before its
    CLI::App again;
    add_options(again, o);
    again.parse(argc, argv);
    run(settled(o, world), world);
  });
}
