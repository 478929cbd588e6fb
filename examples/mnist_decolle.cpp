// A deep spiking network learns digits with local rules only. [Kaiser, Mostafa, Neftci 2020]
//
//     pixels → Bernoulli spikes → [ P, Q → U = W P + b + R → S = Θ(U) → next layer ]   for each layer
//                                          ↑ δ = (Gᵀ ∂L/∂Y) ∘ σ'(U) ← L(Y, Ŷ) ← Y = G S + c
//     ΔW = −rate · Σ_window δ Pᵀ        nothing crosses layers backwards
//
//     mnist_decolle                     digits that it draws itself
//     mpirun -n 4 mnist_decolle         the same bits on four processes
//     mnist_decolle --data FOLDER       the four MNIST (or Fashion-MNIST, or EMNIST's: --set) files
#include "decolle.hpp"
#include "mnist.hpp"
#include "nir_option.hpp"
#include "ranks.hpp"

namespace {

using S = float;

struct Options : ImageOptions {
  Options() {
    rotation = 8;
    scaling = 0.08;
  }
  std::string nir, neuron = "srm";
  nir::ExportedReadouts nir_readouts = nir::ExportedReadouts::all;
  int layer_ranks = 1;
  std::vector<Index> layers{512, 512, 512};
  Index steps = 20, burn_in = 4, window = 4, chunk = 50;
  double tau_mem = 4.5, tau_syn = 1.45, tau_ref = 2.3, steepness = 10, readout_scale = 5, gain = 1;
  double rate = 1e-3, dropout = 0.1, rate_regularisation = 0.3;
  Arithmetic arithmetic = Arithmetic::by_rate;
};

/// One stream of random numbers for each use.
enum class Draws : std::uint32_t { weights, order, spikes, distortion, test_spikes, digits, test_digits };

template <class Trace, class Neuron>
using Layer = DecolleLayer<EventDriven<Trace>, Neuron, Dynamic, FastSigmoid<S>, CrossEntropy<S>>;

template <class Trace, class Neuron>
auto make_network(const Options& o, Index inputs, int classes, const Trace& trace, const Neuron& neuron) {
  std::vector<Layer<Trace, Neuron>> layers;
  for (const Index units : o.layers) {
    layers.push_back(
        {.projection = {.connectivity = {inputs, units}, .trace = trace, .arithmetic = o.arithmetic},
         .neuron = neuron,
         .surrogate = {.steepness = S(o.steepness)},
         .signal = {.classes = classes, .scale = S(o.readout_scale), .dropout = S(o.dropout)},
         .rate = {S(o.rate_regularisation)}});
    inputs = units;
  }
  return Network{layers};
}

/// use(network): the one that the options name.
void with_network(const Options& o, Index inputs, int classes, auto&& use) {
  const auto decay = [](double tau) { return decay_from_time_constant(S(tau), S(1)); };  // steps of 1 ms
  if (o.neuron == "lif")
    use(make_network(o, inputs, classes, Pulses<S>{.decay = decay(o.tau_mem)},
                     Lif<S>{.decay = decay(o.tau_mem)}));
  else
    use(make_network(
        o, inputs, classes,
        DoubleExponential<S>{.membrane_decay = decay(o.tau_mem), .synaptic_decay = decay(o.tau_syn)},
        Srm<S>{.refractory = {.decay = decay(o.tau_ref)}}));
}

using Digits = SentSamples<World, Matrix<S>>;

/// Shows every image once.
Accuracy test(const auto& parallel, const auto& weights, const Options& o, const Presentation& presentation,
              const Grid& grid, Digits& set) {
  Accuracy correct(o.layers.size(), parallel.net.layer(std::size_t{0}).signal.classes);
  Matrix<S> images(Index(parallel.net.layer(std::size_t{0}).inputs()), o.batch);
  for (Index first = 0; first < set.size(); first += o.batch) {
    const Index n = std::min(o.batch, set.size() - first);
    set.fetch(Share{first, n}, grid.shows(n, o.chunk));
    for (Index b = 0; b < n; ++b)
      if (set.here(b)) images.col(b) = set[b];
    auto state = parallel.zero_state(n);
    const Generator noise = stream(o, Draws::test_spikes).at_sample(first);
    parallel.predict(weights, state, presentation, noise, [&](Index t, Index chunk, Spikes<S>& in) {
      BernoulliEncoder{}(images.middleCols(chunk, in.batch()), t, noise.at_step(t).at_sample(chunk), in);
    });
    for (Index b = 0; b < n; ++b) correct.count(state, b, set.label(b));
  }
  return correct;
}

/// Whose pictures are drawn: training samples where the test set stays unseen.
const Matrix<S>& drawn(const Options& o, const Data<S>& data) { return o.skip_test ? data.train : data.test; }
/// Spikes of one of them at time step t.
auto sample(const Options& o, const Data<S>& data, Index number) {
  const Generator noise = stream(o, Draws::test_spikes).at_sample(number);
  return [noise, number, &images = drawn(o, data)](Index t, Spikes<S>& in) {
    BernoulliEncoder{}(images.col(number), t, noise.at_step(t), in);
  };
}
/// Prints how the layers fire at the first of them.
void report(const auto& net, const auto& weights, const Options& o, const Data<S>& data) {
  std::vector<LayerObserver> observers;
  for (std::size_t l = 0; l < net.size(); ++l) observers.emplace_back(net.layer(l));
  Spikes<S> in(Extent<>{data.test.rows()}, Extent{1});
  for (Index k = 0; k < std::min<Index>(100, drawn(o, data).cols()); ++k) {
    auto state = net.zero_state(Extent{1});
    for (Index t = 0; t < o.steps; ++t) {
      sample(o, data, k)(t, in);
      net.step(weights, state, in);
      for (std::size_t l = 0; l < net.size(); ++l)
        observers[l].observe(net.layer(l), state[l], l == 0 ? in : net.spikes(state, l - 1));
    }
  }
  for (std::size_t l = 0; l < net.size(); ++l) {
    const LayerReport r = observers[l].report();
    fmt::print(
        "layer {}: {:.1f} % of neurons spike per step, {:.1f} % silent, {:.1f} % saturated, U {:.2f} +- "
        "{:.2f}, {:.0f} synaptic operations per step ({:.0f} dense)\n",
        l + 1, 100 * r.rate, 100 * r.silent, 100 * r.saturated, r.potential_mean, r.potential_deviation,
        r.synaptic_operations, r.dense_operations);
  }
}

/// The network as a graph that gives what its readouts answer.
nir::Graph graph_of(const Options& o, const auto& net, const auto& weights) {
  return nir::exported(net, weights, {.dt = 1e-3, .readouts = o.nir_readouts, .unit_resistance = true});
}
/// Writes it, with the first sample drawn; runs it on the test set as another program would.
void write_graph(const auto& net, const auto& weights, const Options& o, const Presentation& presentation,
                 const Data<S>& data) {
  const nir::Graph graph = graph_of(o, net, weights);
  const nir::ImportedNetwork<S> again(graph, *nir::semantics_in_metadata(graph));
  Matrix<S> input(data.test.rows(), o.steps), answers(data.classes, o.steps);
  auto own = net.zero_state(Extent{1});
  Spikes<S> one(Extent<>{data.test.rows()}, Extent<>{1});
  for (Index t = 0; t < o.steps; ++t) {
    sample(o, data, 0)(t, one);
    net.step(weights, own, one);
    input.col(t) = one.dense();
    answers.col(t).setZero();
    const bool all = o.nir_readouts == nir::ExportedReadouts::all;
    for (std::size_t l = all ? 0 : net.size() - 1; l < net.size(); ++l)
      answers.col(t) += net.layer(l).output(own[l]);
  }
  write_nir_files(o.nir, graph, input, answers);
  if (o.skip_test) return;
  Index correct = 0;
  for (Index first = 0; first < data.test.cols(); first += o.batch) {
    const Index n = std::min(o.batch, data.test.cols() - first);
    auto state = again.zero_state(n);
    Spikes<S> in(Extent<>{data.test.rows()}, Extent<>{n});
    SummedReadout<S> sum(Extent<>{data.classes}, Extent<>{n});
    for (Index t = 0; t < presentation.steps; ++t) {
      BernoulliEncoder{}(data.test.middleCols(first, n), t,
                         stream(o, Draws::test_spikes).at_sample(first).at_step(t), in);
      again.step(state, in.dense());
      if (t >= presentation.burn_in) sum.count(again.output(state));
    }
    for (Index b = 0; b < n; ++b)
      correct += sum.predict(b) == data.test_labels[static_cast<std::size_t>(first + b)];
  }
  fmt::print("test accuracy of {}: {:.2f} %\n", o.nir,
             100.0 * static_cast<double>(correct) / static_cast<double>(data.test.cols()));
}

/// data: read by rank 0.
void learn(const Options& o, World& world, Grid& grid, const Data<S>& data, const auto& net) {
  const Presentation presentation{.steps = o.steps, .burn_in = o.burn_in, .window = o.window};
  ThreadTeam team(o.threads);
  Digits train(world, data.train, data.train_labels), held_out(world, data.held_out, data.held_out_labels),
      tested(world, data.test, data.test_labels);
  const RankGrid ranks(grid.samples, grid.layers, {.own_losses = true});
  const Parallel parallel(net, team, ranks, o.chunk);

  auto weights = net.initial_weights(ScaledNormal<S>{S(o.gain)}, stream(o, Draws::weights));
  if (!o.nir.empty() && o.writes) try_nir(o.nir, graph_of(o, net, weights));
  auto state = parallel.zero_state(o.batch);
  auto learner = parallel.learner(Adam<S>{.rate = S(o.rate)}, o.batch, presentation.window);
  const RandomAffine affine = variation(o, data);
  const Index batches = train.size() / o.batch;
  const LinearDecay<S> schedule{.initial = S(o.rate), .length = static_cast<double>(o.epochs * batches)};

  CheckpointFile file(o);
  Training training(file, "epoch", o.epochs, decolle_columns(o.layers.size(), false), batches * o.batch);
  training.resume(weights, learner);
  require_same(world, fmt::format("gone on after epoch {}", training.done()));
  const auto sent = [&] { return train.counts().sent + held_out.counts().sent + tested.counts().sent; };
  EpochExchange exchange;
  Matrix<S> images(data.height * data.width, o.batch);
  while (!training.finished()) {
    const Index epoch = training.done();
    const std::vector<Index> order = shuffled(train.size(), stream(o, Draws::order).at_step(epoch));
    for (Index k = 0; k < batches; ++k) {
      const Generator noise = stream(o, Draws::spikes).at_sample((epoch * batches + k) * o.batch);
      const auto first = order.begin() + k * o.batch;
      train.fetch(std::vector<Index>(first, first + o.batch), grid.shows(o.batch, o.chunk));
      team.run((o.batch + o.chunk - 1) / o.chunk, [&](Index c) {
        const Index begin = c * o.chunk, n = std::min(o.chunk, o.batch - begin);
        if (!train.here(begin)) return;
        Matrix<S> chosen(images.rows(), n);
        for (Index b = 0; b < n; ++b) chosen.col(b) = train[begin + b];
        affine(chosen, stream(o, Draws::distortion).at_sample(noise.sample + begin),
               images.middleCols(begin, n));
      });
      parallel.set_rate(learner, schedule(static_cast<double>(epoch * batches + k)));
      const auto& losses = parallel.learn(
          weights, state, learner, presentation, noise,
          [&](Index t, Index chunk, Spikes<S>& in) {
            BernoulliEncoder{}(images.middleCols(chunk, in.batch()), t, noise.at_step(t).at_sample(chunk),
                               in);
          },
          one_hot<S>(train.labels(), data.classes));
      training.batch(o.batch, losses);
    }
    parallel.join_layers(training.loss_sums());
    const Accuracy watched = test(parallel, weights, o, presentation, grid, held_out);
    parallel.gather(weights, learner);
    end_epoch(training, watched, {}, weights, learner, exchange(world, ranks, net, learner, sent()));
  }
  const auto look_at_test = [&] {
    if (!o.skip_test) test(parallel, weights, o, presentation, grid, tested).print("test");
    report_ranks(world, ranks, net, learner, sent());
  };
  if (!o.writes) return look_at_test();

  draw_curve(o, "mnist_decolle", "DECOLLE on MNIST", training, net.size(), !held_out.empty());
  const int label = (o.skip_test ? data.train_labels : data.test_labels)[0];
  draw_raster(o.picture("mnist_decolle_raster"),
              fmt::format("One {} sample: a {}", o.skip_test ? "training" : "test", label), net, weights,
              o.steps, 1, sample(o, data, 0));
  report(net, weights, o, data);
  Checkpoint results;
  results.put("weights", weights);
  results.save(o.file("mnist_decolle_weights.npz"));
  if (!o.nir.empty()) write_graph(net, weights, o, presentation, data);
  look_at_test();
}

void run(const Options& o, World& world) {
  Grid grid(world, o.layer_ranks);
  Data<S> data;
  if (world.rank() == 0) data = load<S>(o, stream(o, Draws::digits), stream(o, Draws::test_digits), o.batch);
  std::vector<Index> sizes{data.height, data.width, data.classes};
  take_from_first(world, sizes);
  data.height = sizes[0];
  data.width = sizes[1];
  data.classes = static_cast<int>(sizes[2]);
  with_network(o, data.height * data.width, data.classes,
               [&](const auto& net) { learn(o, world, grid, data, net); });
}

// ---------------------------------------------------------------- options

void add_options(Program& program, Options& o) {
  add_images(program, o, "a sixtieth");
  program.option("--steps", o.steps, "time steps of a presentation, 1 ms each")->check(CLI::PositiveNumber);
  program.option("--burn-in", o.burn_in, "first steps in which nothing is learned")
      ->check(CLI::NonNegativeNumber);
  program.group("Network");
  program.option("--layers", o.layers, "neurons of each layer: 512,512,512")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  program
      .option("--neuron", o.neuron,
              "srm: a synaptic current, and a refractory trace; lif: reset to zero, which other frameworks "
              "have, too")
      ->check(CLI::IsMember({"srm", "lif"}));
  program.option("--tau-mem", o.tau_mem, "membrane time constant, ms");
  program.option("--tau-syn", o.tau_syn, "synaptic time constant, ms, of srm");
  program.option("--tau-ref", o.tau_ref, "refractory time constant, ms, of srm");
  program.option("--steepness", o.steepness, "of the fast-sigmoid surrogate");
  program.option("--readout-scale", o.readout_scale, "readouts ~ Uniform(-l/sqrt(units), l/sqrt(units))");
  program.option("--gain", o.gain, "weights ~ Normal(0, gain^2/inputs)");
  program.choice(
      "--arithmetic", o.arithmetic,
      {{"by_rate", Arithmetic::by_rate}, {"events", Arithmetic::events}, {"dense", Arithmetic::dense}},
      "of the projections: by_rate chooses the cheaper, layer by layer");
  program.group("Learning");
  program.option("--epochs", o.epochs, "passes over the training set (0: 16, or 4 on generated digits)")
      ->check(CLI::NonNegativeNumber);
  program.option("--batch", o.batch, "samples of a minibatch")->check(CLI::PositiveNumber);
  program.option("--chunk", o.chunk, "samples that a thread takes at a time")->check(CLI::PositiveNumber);
  program.option("--window", o.window, "steps per update (1: online)")->check(CLI::PositiveNumber);
  program.option("--rate", o.rate, "learning rate of Adam, falling linearly to 0")
      ->check(CLI::NonNegativeNumber);
  program.option("--dropout", o.dropout, "between spikes and readout while learning");
  program.option("--rate-regularisation", o.rate_regularisation, "strength of firing-rate regularisation");
  program.seed(o.seed, "of everything drawn at random");
  program.output(o, true, "folder for pictures, numbers and weights");
  add_layer_ranks(program, o.layer_ranks);
  add_nir(program, o.nir);
  program.choice(
      "--nir-readouts", o.nir_readouts,
      {{"all", nir::ExportedReadouts::all}, {"last", nir::ExportedReadouts::last}},
      "what the file answers: the sum of all layers' readouts, or the last one's, a chain that others read");
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("mnist_decolle", "DECOLLE on MNIST: a deep spiking network that learns by local rules",
                  "--data FOLDER");
  add_options(program, o);
  return run_on_world(program, argc, argv, [&](World& world) {
    o.writes = world.rank() == 0;
    if (o.epochs == 0) o.epochs = o.data.empty() ? 4 : 16;
    o.settings = program.settings();
    o.check_writable();
    run(o, world);
  });
}
