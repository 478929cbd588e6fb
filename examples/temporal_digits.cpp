// Spoken digits by spikes: what happens in time, learned by local rules. One task, and the rules beside each other.
//
//     sound → filter bank → ON, OFF and level spikes → neurons z → readout y        cochlea; data/filter_bank.hpp
//     E = −Σ_t log softmax(y[t])_label
//     ΔW_ji = −rate · Σ_t L_j[t] e_ji[t]                                           the same for every rule:
//
//     --rule     learning signal L                        eligibility e             neurons
//     eprop      B ∂E/∂y (--feedback)                     ψ (x̄ − β ε), filtered     recurrent, some adapt
//     forward    likewise                                 likewise                  not recurrent
//     decolle    Gᵀ ∂L/∂Y of a readout of its own         ψ x̄                       recurrent
//     etlp       B y*, the label itself                   as e-prop                 recurrent
//     stllr      B ∂E/∂y                                  α ψ x̄ + α' q x            recurrent; q: ψ of before
//     fixed      none: the neurons stay as they are, and the readout learns
//
//     temporal_digits                                   sounds made to order
//     temporal_digits --data ../shared/data/spoken-digits
//     temporal_digits --braille ../shared/data/braille
//     temporal_digits --shd FOLDER                      Spiking Heidelberg Digits, or Spiking Speech Commands
#include <neohebb/layer/decolle.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/anti_causal.hpp>
#include <neohebb/learning/error_gate.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/label_projection.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/frozen.hpp>
#include <numbers>

#include "eprop.hpp"
#include "nir_option.hpp"
#include "ranks.hpp"
#include "temporal_data.hpp"

namespace {

using namespace neohebb;
using S = float;

struct Options : DataOptions {
  std::string rule = "eprop", sequences, nir;
  Index units = 256, adaptive = 128, epochs = 0, batch = 32, chunk = 16;
  double rate = 1e-2, gain = 1, tau_mem = 0, tau_out = 0, tau_adaptation = 0, adaptation = 0.2;  // ms
  double hidden_rate = 0, local_scale = 60;
  double drop = 0.1, gate = 0, anti_causal = 0.2, rate_regularisation = 0, target_rate = 20;  // Hz
  Feedback feedback = Feedback::symmetric;
  double time_shift = -1;  // ms
  Index channel_shift = -1;
};

// ---------------------------------------------------------------- the networks

using Synapses = EventDriven<Pulses<S>>;
using Recurrent = WithRecurrence<Synapses, EventDriven<Pulses<S>, AllToAll<>, NoSelf>>;
using Neuron = Lif<S, Heaviside, S, Vector<S>>;

S decay(const Options& o, double tau) { return decay_from_time_constant(S(tau), S(o.dt)); }
Pulses<S> membrane(const Options& o) { return {.decay = decay(o, o.tau_mem)}; }
Synapses forward(const Options& o, Index inputs) {
  return {.connectivity = {inputs, o.units}, .trace = membrane(o), .bias = false};
}
Recurrent recurrent(const Options& o, Index inputs) {
  return {.forward = forward(o, inputs),
          .lateral = {.connectivity = {o.units, o.units}, .trace = membrane(o), .bias = false}};
}
Neuron neuron(const Options& o) {
  return {.decay = decay(o, o.tau_mem),
          .reset = Reset::by_threshold_later,
          .adaptation_decay = decay(o, o.tau_adaptation),
          .adaptation_strength = adaptation_strengths<S>(o)};
}
Eprop<S> eligibility(const Options& o) {
  return {.adaptation_decay = decay(o, o.tau_adaptation), .readout_decay = decay(o, o.tau_out)};
}
auto plastic(const Options& o, auto projection, auto rule, auto signal) {
  return PlasticLayer<decltype(projection), Neuron, Peaked<S>, decltype(rule), decltype(signal)>{
      .projection = projection,
      .neuron = neuron(o),
      .surrogate = {.height = S(0.3), .width = 1},
      .eligibility = rule,
      .signal = signal,
      .rate = {.strength = decltype(rule)::signals > 1 ? S(o.rate_regularisation) : S(0),
               .target = S(o.target_rate * o.dt / 1000)},
      .carries = false};  // every window is a whole sequence
}
auto readout(const Options& o, Index classes) {
  return EpropReadout<S, CrossEntropy<S>>{
      .projection = {.connectivity = {o.units, classes}, .trace = {.decay = decay(o, o.tau_out)}},
      .error_scale = S(1) / S(o.steps)};
}

template <class L> ErrorGate<L> gated(const Options& o, const L& signal) {
  return {signal, S(o.gate / double(o.steps))};
}

/// use(network): the one that the options name.
void with_network(const Options& o, Index inputs, Index classes, auto&& use) {
  const auto error = gated(o, Broadcast<S>{.outputs = classes, .feedback = o.feedback});
  const auto learn_by = [&](auto projection, auto rule, auto signal) {
    use(Network{plastic(o, projection, rule, signal), readout(o, classes)});
  };
  if (o.rule == "eprop")
    learn_by(recurrent(o, inputs), eligibility(o), error);
  else if (o.rule == "forward")
    learn_by(forward(o, inputs), eligibility(o), error);
  else if (o.rule == "etlp")
    learn_by(recurrent(o, inputs), eligibility(o), gated(o, LabelProjection<S>{.classes = classes}));
  else if (o.rule == "stllr")
    learn_by(recurrent(o, inputs),
             AntiCausal<S>{.presynaptic_decay = decay(o, o.tau_mem),
                           .postsynaptic_decay = decay(o, o.tau_mem),
                           .anti_causal = S(o.anti_causal)},
             error);
  else if (o.rule == "decolle")
    use(Network{DecolleLayer<Recurrent, Neuron, Dynamic, Peaked<S>, CrossEntropy<S>>{
                    .projection = recurrent(o, inputs),
                    .neuron = neuron(o),
                    .surrogate = {.height = S(0.3), .width = 1},
                    .signal = {.classes = classes, .scale = S(o.local_scale)}},
                readout(o, classes)});
  else
    learn_by(Frozen<Recurrent>{recurrent(o, inputs)}, Instantaneous<S>{}, error);
}

// ---------------------------------------------------------------- learning

/// As training sees a sequence: some spikes missing, a little earlier or later, higher or lower.
EventBins varied(const Sequence& sequence, const Task& task, const Options& o, const Generator& generator) {
  RandomSequence numbers = generator.sequence();
  const auto offset = [&](Index most) {
    return most == 0 ? 0 : Index(numbers.below(static_cast<std::uint32_t>(2 * most + 1))) - most;
  };
  const Index later = offset(static_cast<Index>(o.time_shift / o.dt + 1e-6)),
              higher = offset(o.channel_shift);
  EventBins made(task.inputs());
  std::vector<std::int32_t> inputs;
  for (Index t = 0; t < std::min(o.steps, sequence.spikes.steps() + later); ++t) {
    inputs.clear();
    for (const Index i : sequence.spikes.active(t - later)) {
      const Index channel = i % task.channels + higher;
      const bool kept = numbers.uniform() >= o.drop;
      if (kept && channel >= 0 && channel < task.channels)
        inputs.push_back(static_cast<std::int32_t>(i + higher));
    }
    made.append_step(inputs);
  }
  return made;
}

/// The label in every step from the fifth on until the end has reached the readout. Steps before and after have no target.
Matrix<S> target_at(Index t, const Matrix<S>& labels, const std::vector<EventBins>& shown, const Options& o) {
  Matrix<S> target = labels;
  const auto after = static_cast<Index>(o.tau_out / o.dt);
  for (Index b = 0; b < target.cols(); ++b)
    if (t < 5 || t >= shown[static_cast<std::size_t>(b)].steps() + after) target.col(b).setZero();
  return target;
}

/// How often the readout, summed over a sequence, names the right class.
struct Confusion {
  Matrix<double> counts;  // true class × predicted
  explicit Confusion(std::size_t classes) : counts(Matrix<double>::Zero(Index(classes), Index(classes))) {}
  void count(int label, int predicted) { counts(label, predicted) += 1; }
  double per_cent() const { return counts.sum() > 0 ? 100 * counts.trace() / counts.sum() : 0; }
};

using Sequences = SentSamples<World, std::vector<Sequence>>;

Confusion test(const auto& parallel, const auto& weights, std::size_t classes, const Grid& grid,
               Sequences& set, const Options& o) {
  Confusion confusion(classes);
  const Presentation whole{.steps = o.steps, .burn_in = 0, .window = o.steps};
  const EventBins none;
  for (Index first = 0; first < set.size(); first += o.batch) {
    const Index n = std::min(o.batch, set.size() - first);
    set.fetch(Share{first, n}, grid.shows(n, o.chunk));
    std::vector<const EventBins*> shown;
    for (Index b = 0; b < n; ++b) shown.push_back(set.here(b) ? &set[b].spikes : &none);
    auto state = parallel.zero_state(n);
    parallel.predict(weights, state, whole, {}, [&](Index t, Index chunk, Spikes<S>& in) {
      bins_to_spikes(slice(shown, chunk, in.batch()), t, in);
    });
    for (Index b = 0; b < n; ++b) confusion.count(set.label(b), state.summed(state.summed.rows() - 1, b));
  }
  return confusion;
}

/// Adds what the gates of a batch's chunks have let through.
void count_errors(const auto& state, double& errors, double& passed) {
  for (const auto& chunk : state.chunks)
    if constexpr (requires { std::get<0>(chunk.state).signal_state.passed; }) {
      errors += double(std::get<0>(chunk.state).signal_state.errors);
      passed += double(std::get<0>(chunk.state).signal_state.passed);
    }
}

/// One sequence through the network: its spikes, and the probability of each class over time.
void draw(const auto& net, const auto& weights, const Task& task, const Sequence& sequence,
          const Options& o) {
  const std::string name = task.classes[static_cast<std::size_t>(sequence.label)];
  const Index steps = std::min(o.steps, sequence.spikes.steps() + static_cast<Index>(o.tau_out / o.dt));
  std::vector<pictures::Panel> panels;
  for (const auto& kind : task.kinds) panels.push_back(pictures::raster(kind, task.channels));
  panels.push_back(pictures::raster("neurons", o.units));
  pictures::Panel answers{{"probability by the readout", false, {0, 1}}, {}, {}};
  for (const auto& label : task.classes) answers.series.push_back({.name = label});
  auto state = net.zero_state(Extent{1});
  Spikes<S> in(Extent<>{task.inputs()}, Extent<>{1});
  for (Index t = 0; t < steps; ++t) {
    const double now = double(t) * o.dt;
    bins_to_spikes(std::array{&sequence.spikes}, t, in);
    net.step(weights, state, in);
    for (const Index i : in.active(0))
      panels[static_cast<std::size_t>(i / task.channels)].spike(now, i % task.channels);
    for (const auto i : std::get<0>(state).neuron.spikes.active(0)) panels.back().spike(now, i);
    const auto& y = std::get<1>(state).output;
    const Vector<S> p = (y.col(0).array() - y.maxCoeff()).exp().matrix();
    for (std::size_t k = 0; k < answers.series.size(); ++k) {
      answers.series[k].x.push_back(now);
      answers.series[k].y.push_back(double(p(static_cast<Index>(k)) / p.sum()));
    }
  }
  // The classes that are ever likely: a legend of 27 would hide the curves.
  std::erase_if(answers.series,
                [](const auto& s) { return *std::max_element(s.y.begin(), s.y.end()) < 0.25; });
  const pictures::Axis time = pictures::time_axis(steps, o.dt);
  pictures::draw(o.picture("temporal_digits_raster"),
                 {{fmt::format("{}: spikes of '{}'", task.name, name), time, panels}});
  pictures::draw(o.picture("temporal_digits_answer"),
                 {{fmt::format("Answers to '{}' over time", name), time, {answers}}});
}

nir::Graph graph_of(const auto& net, const auto& weights, const Options& o) {
  return nir::exported(net, weights, {.dt = o.dt / 1000});
}
/// The network as a NIR graph, and what it answers to a sequence.
void write_graph(const auto& net, const auto& weights, const Task& task, const Sequence& sequence,
                 const Options& o) {
  Matrix<S> input(task.inputs(), o.steps), answers(static_cast<Index>(task.classes.size()), o.steps);
  auto state = net.zero_state(Extent<>{1});
  Spikes<S> in(Extent<>{task.inputs()}, Extent<>{1});
  for (Index t = 0; t < o.steps; ++t) {
    bins_to_spikes(std::array{&sequence.spikes}, t, in);
    net.step(weights, state, in);
    input.col(t) = in.dense();
    answers.col(t) = std::get<1>(state).output;
  }
  write_nir_files(o.nir, graph_of(net, weights, o), input, answers);
}

/// task: read by rank 0.
void learn(const auto& net, const Task& task, const Options& o, ThreadTeam& team, World& world) {
  Grid grid(world, 1);
  Sequences train(world, task.train), held_out(world, task.held_out), test_set(world, task.test);
  const auto classes = static_cast<Index>(task.classes.size()), count = train.size();
  auto weights = net.initial_weights(ScaledNormal<S>{S(o.gain)}, Generator{.seed = o.seed});
  if (!o.nir.empty() && o.writes) try_nir(o.nir, graph_of(net, weights, o));
  const Ranks ranks(grid.samples);
  const Parallel parallel(net, team, ranks, o.chunk);
  const Presentation whole{.steps = o.steps, .burn_in = 0, .window = o.steps};
  auto learner = parallel.learner(Adam<S>{.rate = S(o.rate)}, o.batch, o.steps);
  auto state = parallel.zero_state(o.batch);
  const Generator generator{.seed = o.seed};
  const Index batches = count / o.batch;
  std::vector<EventBins> shown(static_cast<std::size_t>(o.batch));
  CheckpointFile file(o);
  Training training(file, "epoch", o.epochs,
                    {"loss", "held_out_accuracy_percent", "seconds", "skipped_percent"}, batches * o.batch);
  training.resume(weights, learner);
  require_same(world, fmt::format("gone on after epoch {}", training.done()));
  const auto sent = [&] { return train.counts().sent + held_out.counts().sent + test_set.counts().sent; };
  EpochExchange exchange;
  while (!training.finished()) {
    const Index epoch = training.done();
    const std::vector<Index> order = shuffled(count, generator.substream(5).at_step(epoch));
    double loss = 0;
    double errors = 0, passed = 0;
    for (Index k = 0; k < batches; ++k) {
      const Index place = (epoch * batches + k) * o.batch;
      const auto first = order.begin() + k * o.batch;
      train.fetch(std::vector<Index>(first, first + o.batch), grid.shows(o.batch, o.chunk));
      team.run(o.batch, [&](Index b) {
        if (train.here(b))
          shown[static_cast<std::size_t>(b)] =
              varied(train[b], task, o, generator.substream(6).at_sample(place + b));
      });
      const double done = double(epoch * batches + k) / double(o.epochs * batches);
      const double rate = o.rate * 0.5 * (1 + std::cos(std::numbers::pi * done));
      parallel.set_rate(learner, S(rate));
      set_rate(std::get<0>(learner.rules), S(o.hidden_rate * rate));
      const Matrix<S> wanted = one_hot<S>(train.labels(), classes);
      const auto& losses = parallel.learn(
          weights, state, learner, whole, generator,
          [&](Index t, Index chunk, Spikes<S>& in) {
            bins_to_spikes(slice(shown, chunk, in.batch()), t, in);
          },
          [&](Index t) { return target_at(t, wanted, shown, o); });
      loss += double(losses.back()) * double(o.steps) / double(batches);
      count_errors(state, errors, passed);
      training.batch(o.batch);
    }
    const double watched = test(parallel, weights, task.classes.size(), grid, held_out, o).per_cent();
    const double skipped = errors > 0 ? 100 * (1 - passed / errors) : 0;
    std::string text = fmt::format("loss {:.4f}", loss);
    if (!held_out.empty()) text += fmt::format(", held-out accuracy {:.2f} %", watched);
    if (o.gate > 0) text += fmt::format(", {:.1f} % of errors skipped", skipped);
    parallel.gather(weights, learner);
    text += exchange(world, ranks, net, learner, sent());
    training.end(epoch + 1, {loss, watched, training.seconds(), skipped}, text, weights, learner);
  }
  const bool tests = o.hold_out == 0;  // the test set is left alone while others are held out
  auto& set = tests ? test_set : held_out;
  const Confusion confusion = test(parallel, weights, task.classes.size(), grid, set, o);
  fmt::print("training accuracy: {:.2f} %\n",
             test(parallel, weights, task.classes.size(), grid, train, o).per_cent());
  fmt::print("{} accuracy: {:.2f} % of {}\n", tests ? "test" : "held-out", confusion.per_cent(), set.size());
  report_ranks(world, ranks, net, learner, sent());
  if (!o.writes) return;
  training.write(o.file("temporal_digits.csv"));
  pictures::draw(o.picture("temporal_digits_curve"),
                 {{"Learning of " + task.name,
                   {"epoch"},
                   {{{"cross-entropy of the training sequences"}, {training.curve("loss")}, {}}}}});
  pictures::draw(o.picture("temporal_digits_confusion"),
                 {pictures::confusion(fmt::format("{}, {} set: {:.1f} % right", task.name,
                                                  tests ? "test" : "held-out", confusion.per_cent()),
                                      confusion.counts, task.classes)});
  const Sequence& first = (tests ? task.test : task.held_out).at(0);
  draw(net, weights, task, first, o);
  if (!o.nir.empty()) write_graph(net, weights, task, first, o);
}

/// What was not given: touch is slower than speech. Words of SHD are binned to 100 steps of 10 ms.
void fill_defaults(Options& o) {
  const bool touch = !o.braille.empty(), cochlea = !o.shd.empty();
  const auto otherwise = [](auto& option, auto value) { option = option > 0 ? option : value; };
  otherwise(o.dt, touch ? 12.5 : cochlea ? 10.0 : 5.0);
  otherwise(o.channels, Index{cochlea ? 700 : 40});
  otherwise(o.tau_mem, touch ? 40.0 : 20.0);
  otherwise(o.tau_out, touch ? 200.0 : 60.0);
  otherwise(o.tau_adaptation, touch ? 1000.0 : 200.0);
  otherwise(o.epochs, Index{touch ? 8 : o.data.empty() && !cochlea ? 5 : 16});
  otherwise(o.steps, static_cast<Index>((touch ? 2000 : cochlea ? 1000 : 640) / o.dt));
  // A label is no error, which a neuron could make smaller: at the readout's pace it would soon fire always or never.
  // A readout of single steps is never content either.
  otherwise(o.hidden_rate, o.rule == "etlp" ? 0.001 : o.rule == "decolle" && !touch ? 0.3 : 1.0);
  if (o.time_shift < 0) o.time_shift = 4 * o.dt;
  if (o.channel_shift < 0) o.channel_shift = touch ? 0 : cochlea ? o.channels / 70 : 1;
}

/// What the options ask for, and what is said of it. Adds to the settings what is to be learned.
Task load(Options& o, ThreadTeam& team) {
  Task task = load_task(o, o.seed, team);
  NEOHEBB_REQUIRE(o.batch <= Index(task.train.size()), "--batch is ", o.batch, ", there are ",
                  task.train.size(), " training sequences");
  Index longer = 0;
  for (const Sequence& s : task.train) longer += s.spikes.steps() > o.steps;
  if (longer > 0)
    fmt::print("{} training sequences are longer than {} steps and end there (--steps)\n", longer, o.steps);
  o.settings += fmt::format(" ({}, {} sequences)", task.name, task.train.size());
  return task;
}
/// On ranks that have not loaded it: sizes of the task, and the settings.
void take_from_first(World& world, Task& task, Options& o) {
  std::vector<Index> sizes{task.channels, Index(task.kinds.size()), Index(task.classes.size())};
  std::vector<char> settings(o.settings.begin(), o.settings.end());
  neohebb::take_from_first(world, sizes);
  neohebb::take_from_first(world, settings);
  task.channels = sizes[0];
  task.kinds.resize(static_cast<std::size_t>(sizes[1]));
  task.classes.resize(static_cast<std::size_t>(sizes[2]));
  o.settings.assign(settings.begin(), settings.end());
}

void run(Options o, World& world) {
  for (const auto& [name, n] : {std::pair{"--units", o.units}, {"--batch", o.batch}, {"--chunk", o.chunk}})
    check_range<Index>(name, n, 1, 100000);
  check_range<Index>("--adaptive", o.adaptive, 0, o.units);
  check_range<Index>("--hold-out", o.hold_out, 0, 1000);
  check_range("--drop", o.drop, 0.0, 0.99);
  NEOHEBB_REQUIRE(o.gate == 0 || world.size() == 1,
                  "--gate counts the errors that it skips on one process, not on ", world.size(), " ranks");
  NEOHEBB_REQUIRE(!o.data.empty() + !o.braille.empty() + !o.shd.empty() <= 1,
                  "only one of --data, --braille and --shd");
  check_range<Index>("--steps", o.steps, 6, 100000);
  ThreadTeam team(o.threads);
  Task task;
  if (world.rank() == 0) task = load(o, team);
  take_from_first(world, task, o);
  if (!o.sequences.empty() && o.writes) temporal::write_sequences(o.sequences, task);
  with_network(o, task.inputs(), static_cast<Index>(task.classes.size()),
               [&](const auto& net) { learn(net, task, o, team, world); });
}

// ---------------------------------------------------------------- options

void add_options(Program& program, Options& o) {
  program.path("--data", o.data, "folder of the Free Spoken Digit Dataset; without it sounds are made",
               CLI::ExistingDirectory);
  program.path("--braille", o.braille, "braille_letters.npz, or its folder: learn Braille letters",
               CLI::ExistingPath);
  program.path("--shd", o.shd,
               "folder of shd_train.h5 and shd_test.h5: learn the Spiking Heidelberg Digits; or of "
               "ssc_{train,valid,test}.h5, the Spiking Speech Commands",
               CLI::ExistingDirectory);
  program.option("--samples", o.samples, "sounds that are made without data, 0: 600");
  program.option(
      "--hold-out", o.hold_out,
      "recordings of each speaker and class held out to choose settings, of SSC its validation file "
      "whatever the number; no test then");
  program.option("--dt", o.dt, "ms, of a step; 0: 5, for Braille 12.5, for --shd 10")
      ->check(CLI::NonNegativeNumber);
  program.option("--steps", o.steps,
                 "longer sequences end there, 0: 640 ms, for Braille two seconds, for --shd one");
  program.option("--channels", o.channels,
                 "bands of the filter bank, 0: 40; of --shd, units that are merged, 0: 700");
  program.option("--fields", o.fields, "Braille: receptive fields of a taxel");
  program.option("--low", o.low, "Hz, where the lowest band begins");
  program.option("--high", o.high, "Hz, where the highest ends; half the sampling rate at most");
  program.option("--frame", o.frame, "ms that a frame of the filter bank looks at");
  program.option("--range", o.range, "dB below the loudest that are heard");
  program.option("--spike-threshold", o.spike_threshold,
                 "change of a channel, 0 to 1, for which a spike is sent");
  program.option("--current", o.current, "into level neurons, times the channel's value");
  program.option("--current-tau", o.current_tau, "membrane time constant of level neurons, ms");
  program.option("--drop", o.drop, "share of spikes missing while learning");
  program.option(
      "--time-shift", o.time_shift,
      "sequences begin up to so many ms earlier or later while learning, in whole steps; -1: 4 steps");
  program.option("--channel-shift", o.channel_shift,
                 "channels that it is higher or lower, at most; -1: 1 for sounds, 0 for Braille, for --shd a "
                 "70th of all");
  program.group("Network");
  add_neurons(program, o,
              {"; 0: 20, for Braille 40", "; 0: 60, for Braille 200", "; 0: 200, for Braille 1000"});
  program.group("Learning");
  program.option("--rule", o.rule, "how neurons learn")
      ->check(CLI::IsMember({"eprop", "forward", "decolle", "etlp", "stllr", "fixed"}));
  add_errors(program, o);
  program.option("--gate", o.gate, "errors of a neuron below this change nothing: error-triggered learning")
      ->check(CLI::NonNegativeNumber);
  program.option("--anti-causal", o.anti_causal, "weight of stllr's anti-causal term");
  program.option("--epochs", o.epochs,
                 "0: 16 for spoken digits and --shd, 8 for Braille, 5 for made-up sounds");
  program.option("--batch", o.batch, "sequences an update");
  program.option("--chunk", o.chunk, "sequences that a thread takes at a time");
  program.option("--rate", o.rate, "learning rate of Adam, falling to 0 as a cosine")
      ->check(CLI::NonNegativeNumber);
  program
      .option("--hidden-rate", o.hidden_rate,
              "of neurons, times --rate; 0: 0.001 for etlp, 0.3 for decolle on sounds, else 1")
      ->check(CLI::NonNegativeNumber);
  program.option("--local-scale", o.local_scale, "of the readout that a neuron of decolle learns from")
      ->check(CLI::PositiveNumber);
  program.seed(o.seed, "of weights, order and variations");
  program.output(o, true);
  program.path("--sequences", o.sequences,
               ".npz to which the encoded sequences are written, for other programs");
  add_nir(program, o.nir);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("temporal_digits", "Spoken digits and Braille letters by local rules",
                  "--data FOLDER --rule stllr");
  add_options(program, o);
  return run_on_world(program, argc, argv, [&](World& world) {
    o.writes = world.rank() == 0;
    fill_defaults(o);
    o.settings = program.settings();
    o.check_writable();
    run(o, world);
  });
}
