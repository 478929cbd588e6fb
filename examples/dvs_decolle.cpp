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
#include "dvs_stream.hpp"
#include "ranks.hpp"

namespace {

using S = float;
using Layer = DecolleLayer<EventDriven<DoubleExponential<S>, Convolution>, Srm<S>, Dynamic, FastSigmoid<S>,
                           ChosenLoss<S>, ReadsSpikes, MaxPooling>;

using Clips = SentSamples<World, std::vector<Sample>>;

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
auto first_weights(const auto& net, const Options& o, const Presentation& presentation, Clips& samples) {
  const Generator generator = stream(o, Draws::weights);
  if (o.gain > 0) return net.initial_weights(ScaledNormal<S>{S(o.gain)}, generator);
  auto weights = net.initial_weights(Orthogonal<S>{}, generator);
  const Index count = std::min<Index>(16, samples.size());
  samples.fetch(Share{0, count});
  std::vector<EventBins> some;
  for (Index k = 0; k < count; ++k) some.push_back(view(samples[k], o, o.steps));
  Lsuv<S>{}(net, weights, count, presentation, [&](Index t, Spikes<S>& in) { bins_to_spikes(some, t, in); });
  return weights;
}

/// Shows every recording once, from its beginning.
Accuracy test(const auto& parallel, const auto& weights, const Options& o, const Grid& grid, Clips& samples,
              Index classes) {
  Accuracy correct(o.layers(), classes, o.last);
  const Presentation presentation{.steps = o.test_steps, .burn_in = o.burn_in, .window = o.window};
  for (Index first = 0; first < samples.size(); first += o.batch) {
    const Index n = std::min(o.batch, samples.size() - first);
    samples.fetch(Share{first, n}, grid.shows(n, o.chunk));
    std::vector<EventBins> shown(static_cast<std::size_t>(n));
    for (Index b = 0; b < n; ++b)
      if (samples.here(b)) shown[static_cast<std::size_t>(b)] = view(samples[b], o, o.test_steps);
    auto state = parallel.zero_state(n);
    parallel.predict(weights, state, presentation, {}, [&](Index t, Index chunk, Spikes<S>& in) {
      bins_to_spikes(slice(shown, chunk, in.batch()), t, in);
    });
    for (Index b = 0; b < n; ++b) correct.count(state, b, samples.label(b));
  }
  return correct;
}

/// Per cent of each layer's neurons that spike in a step, over a few recordings.
template <class Net>
std::vector<double> spike_rates(const Net& net, const auto& weights, const Options& o,
                                const std::vector<Sample>& samples) {
  std::vector<EventBins> some;
  for (std::size_t k = 0; k < std::min<std::size_t>(8, samples.size()); ++k)
    some.push_back(view(samples[k], o, o.steps));
  const Extent<> batch{static_cast<Index>(some.size())};
  auto state = net.zero_state(batch);
  Spikes<typename Net::Scalar> in(Extent<>{net.layer(std::size_t{0}).inputs()}, batch);
  std::vector<double> rates(net.size());
  for (Index t = 0; t < o.steps; ++t) {
    bins_to_spikes(some, t, in);
    net.step(weights, state, in);
    for (std::size_t l = 0; l < rates.size(); ++l) {
      const auto& spikes = state[l].neuron.spikes;
      rates[l] += 100.0 * static_cast<double>(spikes.count()) /
                  static_cast<double>(spikes.neurons() * batch * o.steps);
    }
  }
  return rates;
}

/// The first recording of every class, ON minus OFF; one recording's spikes in all layers; the confusion matrix; the
/// learning curve and its numbers.
void draw(const auto& net, const auto& weights, const Options& o, const Recordings& data,
          const std::vector<Sample>& tested, const Training& training, const Accuracy& accuracy,
          const std::string& set) {
  draw_curve(o, "dvs_decolle", "DECOLLE on events", training, net.size(), o.holds_out());
  Matrix<double> seen = Matrix<double>::Constant(  // grey: no recording
      Index{o.cells} * o.cells, static_cast<Index>(data.classes.size()), NAN);
  for (auto s = tested.rbegin(); s != tested.rend(); ++s) {
    seen.col(s->label).setZero();
    const EventBins bins = view(*s, o, o.test_steps);
    for (Index t = 0; t < bins.steps(); ++t)
      for (const auto i : bins.active(t)) seen(i / 2, s->label) += i % 2 == 1 ? 1 : -1;
  }
  for (auto image : seen.colwise()) image /= std::max(1.0, image.cwiseAbs().maxCoeff());
  pictures::draw(
      o.picture("dvs_decolle_events"),
      {pictures::mosaic(fmt::format("One recording of each class, {} to {}, row by row", data.classes.front(),
                                    data.classes.back()),
                        seen, o.cells, o.cells, "ON minus OFF events / largest of the recording", 1)});
  pictures::draw(o.picture("dvs_decolle_confusion"),
                 {pictures::confusion(fmt::format("{} set: {:.1f} %", set, accuracy.per_cent(accuracy.right)),
                                      accuracy.confusion, data.classes)});
  const Sample& sample = tested.front();
  const EventBins bins = view(sample, o, o.test_steps);
  draw_raster(o.picture("dvs_decolle_raster"),
              "One recording: " + data.classes[static_cast<std::size_t>(sample.label)], net, weights,
              o.test_steps, o.dt, [&](Index t, Spikes<S>& in) { active_to_spikes(bins.active(t), in); });
}

void run(const Options& o, World& world) {
  ThreadTeam team(o.threads);
  Grid grid(world, o.layer_ranks);
  const auto net = make_network(o, static_cast<Index>(class_names(o).size()));
  Recordings data{{}, {}, {}, class_names(o)};
  if (world.rank() == 0) data = load_recordings(o, team);
  Clips train(world, data.train), held_out(world, data.held_out), test_set(world, data.test);
  const auto classes = static_cast<Index>(data.classes.size());
  const Presentation presentation{.steps = o.steps, .burn_in = o.burn_in, .window = o.window};
  presentation.validate();
  const RankGrid ranks(grid.samples, grid.layers, {.own_losses = true});
  const Parallel parallel(net, team, ranks, o.chunk);

  auto learner = parallel.learner(ChosenOptimizer<S>{.kind = o.optimizer}, o.batch, o.window);
  auto weights =
      o.resume ? net.initial_weights(ScaledNormal<S>{}, {}) : first_weights(net, o, presentation, train);
  auto state = parallel.zero_state(o.batch);
  const Index batches = train.size() / o.batch;
  CheckpointFile file(o);
  file.note("classes", data.classes);
  Training training(file, "epoch", o.epochs, decolle_columns(o.layers(), true), batches * o.batch);
  training.resume(weights, learner);
  require_same(world, fmt::format("gone on after epoch {}", training.done()));
  const auto sent = [&] { return train.counts().sent + held_out.counts().sent + test_set.counts().sent; };
  EpochExchange exchange;
  std::vector<EventBins> shown(static_cast<std::size_t>(o.batch));
  while (!training.finished()) {
    const Index epoch = training.done();
    const auto order = shuffled(train.size(), stream(o, Draws::order).at_step(epoch));
    for (Index k = 0; k < batches; ++k) {
      const Index place = (epoch * batches + k) * o.batch;  // of the batch in the whole training
      const auto first = order.begin() + k * o.batch;
      train.fetch(std::vector<Index>(first, first + o.batch), grid.shows(o.batch, o.chunk));
      team.run(o.batch, [&](Index b) {
        if (train.here(b))
          shown[static_cast<std::size_t>(b)] =
              random_view(train[b], o, stream(o, Draws::views).at_sample(place + b));
      });
      parallel.set_rate(learner, scheduled_rate<S>(o, static_cast<double>(epoch * batches + k) /
                                                          static_cast<double>(batches)));
      const auto& losses = parallel.learn(
          weights, state, learner, presentation, stream(o, Draws::learning).at_sample(place),
          [&](Index t, Index chunk, Spikes<S>& in) {
            bins_to_spikes(slice(shown, chunk, in.batch()), t, in);
          },
          one_hot<S>(train.labels(), classes));
      training.batch(o.batch, losses);
    }
    parallel.join_layers(training.loss_sums());
    parallel.gather(weights, learner);
    const Accuracy watched = test(parallel, weights, o, grid, held_out, classes);
    const auto rates =
        o.writes ? spike_rates(net, weights, o, data.train) : std::vector<double>(o.layers());  // of rank 0
    end_epoch(training, watched, rates, weights, learner, exchange(world, ranks, net, learner, sent()));
  }

  const bool watches = !held_out.empty(), fit = test_set.empty() && !watches;
  const char* const set = watches ? "held-out" : fit ? "training" : "test";
  const Accuracy accuracy = test(parallel, weights, o, grid,
                                 watches ? held_out
                                 : fit   ? train
                                         : test_set,
                                 classes);
  report_ranks(world, ranks, net, learner, sent());
  if (o.writes)
    draw(net, weights, o, data,
         watches ? data.held_out
         : fit   ? data.train
                 : data.test,
         training, accuracy, set);
  accuracy.print(set);
}

// ---------------------------------------------------------------- options

void add_options(Program& program, Options& o) {
  auto* const nmnist = program.path(
      "--nmnist", o.nmnist,
      "N-MNIST's folder: Train/DIGIT/NUMBER.bin, Test/...; without data it is simulated. By default then "
      "--epochs 40 --dropout 0.3 --rotation 10 --scaling 0.1 --time-shift 12 --answer last",
      CLI::ExistingDirectory);
  auto* const gesture =
      program.path("--gesture", o.gesture,
                   "DVS128 Gesture's folder, with trials_to_train.txt; or any of clips with a labels.csv. "
                   "By default then --random-start --steps 125 --burn-in 25 --test-steps 250",
                   CLI::ExistingDirectory);
  program.option("--simulated", o.simulated, "nmnist or gestures: by a simulated event camera")
      ->check(CLI::IsMember({"nmnist", "gestures"}))
      ->excludes(nmnist)
      ->excludes(gesture);
  nmnist->excludes(gesture);
  program.path("--mnist", o.mnist, "MNIST's folder, for simulated N-MNIST; else digits are generated",
               CLI::ExistingDirectory);
  program.path("--test-data", o.test_data,
               "another folder of the same kind to test on, as real after simulated", CLI::ExistingDirectory);
  program
      .option("--samples", o.samples,
              "training recordings used (0: all; simulated gestures: 550, generated digits: 2000)")
      ->check(CLI::NonNegativeNumber);
  program
      .option("--hold-out", o.hold_out,
              "the last N of them are kept apart to watch accuracy, and the test set stays unseen")
      ->check(CLI::NonNegativeNumber);
  program
      .option("--fold", o.fold,
              "K/N: every N-th, counted class by class, from the K-th on is kept apart in place of the last")
      ->delimiter('/')
      ->expected(2)
      ->check(CLI::NonNegativeNumber)
      ->default_str("none");
  program.option("--cells", o.cells, "each side of what the network sees: blocks of pixels, centred")
      ->check(CLI::PositiveNumber);
  program.option("--dt", o.dt, "ms, a time step")->check(CLI::PositiveNumber);
  program.option("--steps", o.steps, "time steps of a presentation")->check(CLI::PositiveNumber);
  program.option("--burn-in", o.burn_in, "first steps in which nothing is learned and nobody votes")
      ->check(CLI::NonNegativeNumber);
  program.option("--test-steps", o.test_steps, "time steps when testing (0: as in training)")
      ->check(CLI::NonNegativeNumber);
  program.flag("--random-start,!--no-random-start", o.random_start,
               "training presentations begin anywhere in a recording");
  program.option("--shift", o.shift, "training recordings are shifted by up to so many pixels")
      ->check(CLI::Range(0, 64));
  program.option("--time-shift", o.time_shift, "and begin up to so many ms earlier or later, in whole steps")
      ->check(CLI::Range(0.0, 10000.0));
  program.option("--rotation", o.rotation, "and are turned by up to so many degrees")
      ->check(CLI::Range(0.0, 180.0));
  program.option("--scaling", o.scaling, "and scaled by up to this fraction")->check(CLI::Range(0.0, 0.9));
  program.group("Network");
  program.option("--network", o.network, "small, or published (64-128-128): what the others are by default")
      ->check(CLI::IsMember({"small", "published"}));
  program.option("--channels", o.channels, "of each convolutional layer: 24,48")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  program.option("--pooling", o.pooling, "of each: pixels each way whose maximum is shown")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  program.option("--dense", o.dense, "neurons of each dense layer above them (0: none)")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber);
  program.option("--kernel", o.kernel, "taps each way; padding keeps the size of images")
      ->check(CLI::PositiveNumber);
  program.option("--tau-mem", o.tau_mem, "membrane time constant, ms");
  program.option("--tau-syn", o.tau_syn, "synaptic time constant, ms");
  program.option("--tau-ref", o.tau_ref, "refractory time constant, ms");
  program.option("--spread", o.spread,
                 "layers' time constants are drawn from tau (1 - spread ... 1 + spread)");
  program.option("--steepness", o.steepness, "of the fast-sigmoid surrogate");
  program.option("--readout-scale", o.readout_scale, "readouts ~ Uniform(-l/sqrt(units), l/sqrt(units))");
  program
      .option("--gain", o.gain,
              "weights ~ Normal(0, gain^2/inputs); 0: orthogonal, then every layer's potential gets mean 0 "
              "and variance 1 on a batch")
      ->check(CLI::NonNegativeNumber);
  program.choice("--answer", o.last, {{"all", false}, {"last", true}},
                 "whose readouts tell the class: all layers' together, or the last one's");
  program.group("Learning");
  program.option("--epochs", o.epochs, "passes over the training set")->check(CLI::NonNegativeNumber);
  program.option("--batch", o.batch, "recordings of a minibatch")->check(CLI::PositiveNumber);
  program.option("--chunk", o.chunk, "recordings that a thread takes at a time")->check(CLI::PositiveNumber);
  program.option("--window", o.window, "steps per update (1: online)")->check(CLI::PositiveNumber);
  program.choice("--optimizer", o.optimizer,
                 {{"sgd", Rule::sgd}, {"adam", Rule::adam}, {"adamax", Rule::adamax}}, "sgd, adam, adamax");
  program.choice("--loss", o.loss,
                 {{"smooth_l1", Error::smooth_l1},
                  {"mean_square", Error::mean_square},
                  {"cross_entropy", Error::cross_entropy}},
                 "of each layer's readout");
  program.option("--rate", o.rate, "learning rate")->check(CLI::NonNegativeNumber);
  program.choice("--schedule", o.schedule,
                 {{"constant", Schedule::constant},
                  {"linear", Schedule::linear},
                  {"cosine", Schedule::cosine},
                  {"step", Schedule::step}},
                 "how it falls: linear or cosine, to 0; step, by --step-factor every --step-every epochs");
  program.option("--step-every", o.step_every, "epochs")->check(CLI::PositiveNumber);
  program.option("--step-factor", o.step_factor, "of the rate")->check(CLI::NonNegativeNumber);
  program.option("--dropout", o.dropout, "between spikes and readout while learning");
  program.option("--rate-regularisation", o.rate_regularisation, "strength of firing-rate regularisation");
  program.seed(o.seed, "of everything drawn at random");
  program.output(o, true);
  add_layer_ranks(program, o.layer_ranks);
  program
      .path("--stream", o.stream,
            "a recording of any format to classify as it plays, with the checkpoint's network",
            CLI::ExistingFile)
      ->needs("--checkpoint");
  program.option("--say-every", o.say_every, "ms between two answers of --stream")
      ->check(CLI::PositiveNumber);
  program.option("--sensor", o.sensor, "WIDTHxHEIGHT of a recording that does not state it")
      ->delimiter('x')
      ->expected(2)
      ->check(CLI::PositiveNumber);
}

/// Checks what no option can say by itself, and fills in the rest.
void complete(Options& o) {
  std::erase(o.dense, Index{0});
  if (o.pooling.size() != o.channels.size())
    throw std::invalid_argument(fmt::format("--pooling has {} numbers for the {} layers of --channels",
                                            o.pooling.size(), o.channels.size()));
  if (!o.mnist.empty() && (!o.nmnist.empty() || o.kind() == Kind::gestures))
    throw std::invalid_argument("--mnist is for simulated N-MNIST: --simulated nmnist");
  if (o.fold[0] != 0 || o.fold[1] != 0) {
    if (o.fold[1] < 2 || o.fold[0] < 1 || o.fold[0] > o.fold[1])
      throw std::invalid_argument(
          fmt::format("--fold is {}/{}, must be K/N with N from 2 and K from 1 to N", o.fold[0], o.fold[1]));
    if (o.hold_out > 0)
      throw std::invalid_argument(
          fmt::format("--hold-out {} and --fold {}/{}: give one of them", o.hold_out, o.fold[0], o.fold[1]));
  }
  if (!(o.dt >= 0.001 && o.dt <= 60000))
    throw std::invalid_argument(fmt::format("--dt is {} ms, must be from 0.001 to 60000", o.dt));
  if (o.test_steps == 0) o.test_steps = o.steps;
  o.simulated = o.kind() == Kind::gestures ? "gestures" : "nmnist";  // as which a checkpoint's network is run
}

/// The options that a checkpoint's network was trained with, and how the given ones say to run it.
Options options_of(const Checkpoint& file, const Options& given) {
  Options o;
  Program program("dvs_decolle", "", "");
  add_options(program, o);
  program.parse(CheckpointFile::settings_of(file));
  complete(o);
  o.checkpoint = given.checkpoint;
  o.stream = given.stream;
  o.say_every = given.say_every;
  o.sensor = given.sensor;
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string about =
      "Convolutional DECOLLE on event cameras: a spiking network that learns by local rules";
  Options first;
  Program program("dvs_decolle", about, "--nmnist FOLDER");
  add_options(program, first);
  return run_on_world(program, argc, argv, [&](World& world) {
    if (!first.stream.empty()) {
      if (world.size() > 1) throw std::invalid_argument("--stream is for one process");
      const Checkpoint file = Checkpoint::load(first.checkpoint);
      const Options saved = options_of(file, first);
      std::vector<std::string> names = class_names(saved);
      if (file.contains("classes")) file.get("classes", names);
      return classify_stream(make_network(saved, static_cast<Index>(names.size())), saved, names);
    }
    Options o = preset(first);  // given options go before its
    Program again("dvs_decolle", "", "");
    add_options(again, o);
    again.parsed(argc, argv, world.rank() == 0);
    complete(o);
    o.settings = again.settings();
    o.writes = world.rank() == 0;
    o.check_writable();
    run(o, world);
  });
}
