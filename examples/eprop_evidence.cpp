// A spiking network has seen cues left and right, and a second later it is asked where there were more.
// [Bellec and others 2020, doi 10.1038/s41467-020-17236-y, figure 4]
//
//     v[t] = α v[t−1] + W_in x[t] + W_rec z[t−1] − θ z[t−1]   leaky neurons, some of which adapt:
//     a[t] = ρ a[t−1] + z[t−1],  z = Θ(v − θ − β a)           a threshold that spikes raise falls in seconds
//     y[t] = κ y[t−1] + (1 − κ) W_out z[t],  π = softmax(y)   how likely either side is
//     E = −Σ_t log π_side[t]                                  t: during recall
//     L_j = Σ_k B_jk (π_k − [k = side])                       the error that neuron j receives, at that time
//     ΔW_ji = −rate · Σ_t L_j[t] ē_ji[t]                      ē: what the synapse remembers, as long as the
//                                                             threshold does
//
//     eprop_evidence                                          40 000 trials of 2.25 s
//     eprop_evidence --compare                                beside the same network without adaptation
//     eprop_evidence --delay 500,1500 --feedback random
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/schedule.hpp>
#include <neohebb/network/parallel.hpp>

#include "eprop.hpp"

namespace {

using namespace neohebb;
using S = float;

struct Options : Common {
  Index units = 100, adaptive = 50, iterations = 5000, batch = 8, chunk = 4, every = 100, test_trials = 1000;
  Index cues = 7, recall = 150;    // ms
  std::vector<Index> delay{1050};  // ms, one or the ends of a range
  double cue_rate = 40, noise_rate = 10, tau_mem = 20, tau_out = 20, tau_adaptation = 2000;  // Hz, ms
  double threshold = 0.6, adaptation = 0.0174;  // 1.7 (1 − ρ)/(1 − α)
  double gain = 1, feedback_scale = 1, rate = 2.5e-3, rate_regularisation = 0.5, target_rate = 10;  // Hz
  Feedback feedback = Feedback::symmetric;
  int refractory = 5;
  bool compare = false;

  static constexpr Index group = 10, inputs = 4 * group, period = 150, gap = 50;  // neurons, ms
  Index shortest_delay() const { return std::min(delay.front(), delay.back()); }
  Index longest_delay() const { return std::max(delay.front(), delay.back()); }
  Index steps() const { return period * cues + longest_delay() + recall; }  // of 1 ms
};

/// One stream of random numbers for each use.
enum class Draws : std::uint32_t { weights, trials, test, picture };

struct Trial {
  Index start = 0;            // ms; all trials end together, and before its start nothing happens
  std::vector<Index> cues{};  // 0: left, 1: right
  int side = 0;               // that has more of them
};

/// Trials [first, first + batch) of a stream. Trial n is the same in any batch, on any thread, and after a
/// checkpoint.
class Trials {
 public:
  Trials(const Options& o, const Generator& random, Index first, Index batch)
      : options_(&o),
        spikes_(random.substream(1).at_sample(first)),
        trials_(static_cast<std::size_t>(batch)) {
    for (Index b = 0; b < batch; ++b) {
      RandomSequence numbers = random.substream(0).at_sample(first + b).sequence();
      Trial& trial = trials_[static_cast<std::size_t>(b)];
      const double right = numbers.uniform() < 0.5 ? 0.3 : 0.7;  // of cues
      for (Index c = 0; c < o.cues; ++c) trial.cues.push_back(numbers.uniform() < right);
      trial.side = 2 * std::accumulate(trial.cues.begin(), trial.cues.end(), Index{0}) > o.cues;
      const Index delays = o.longest_delay() - o.shortest_delay() + 1;
      trial.start = static_cast<Index>(numbers.below(static_cast<std::uint32_t>(delays)));
    }
  }
  const Trial& operator[](Index b) const { return trials_[static_cast<std::size_t>(b)]; }
  std::vector<int> sides() const {
    std::vector<int> all;
    for (const Trial& trial : trials_) all.push_back(trial.side);
    return all;
  }

  /// Poisson spikes of step t in the four groups, left, right, recall and noise, in trials from `first` on.
  void operator()(Index t, Index first, Spikes<S>& in) const {
    const Options& o = *options_;
    Matrix<S> numbers(o.inputs, in.batch()), probability = Matrix<S>::Zero(o.inputs, in.batch());
    spikes_.at_step(t).at_sample(first).uniform(numbers);
    for (Index b = 0; b < in.batch(); ++b) {
      const auto fires = [&](Index group, double hertz) {
        probability.col(b).segment(group * o.group, o.group).setConstant(S(hertz / 1000));
      };
      const Trial& trial = (*this)[first + b];
      const Index since = t - trial.start, cue = since / o.period;
      if (since < 0) continue;
      if (cue < o.cues && since % o.period >= o.gap)
        fires(trial.cues[static_cast<std::size_t>(cue)], o.cue_rate);
      if (t >= o.steps() - o.recall) fires(2, o.cue_rate);
      fires(3, o.noise_rate);
    }
    in.assign(numbers.array() < probability.array());
  }

 private:
  const Options* options_;
  Generator spikes_;
  std::vector<Trial> trials_;
};

/// Replace this function to learn other neurons, or by another rule: see own_rule.cpp.
auto make_network(const Options& o) {
  const auto decay = [](double tau) { return decay_from_time_constant(S(tau), S(1)); };  // steps of 1 ms
  const Pulses<S> membrane{.decay = decay(o.tau_mem)};
  return Network{
      EpropLayer<S, Exchanged, NoSelf>{
          .projection = {.forward = {.connectivity = {o.inputs, o.units}, .trace = membrane, .bias = false},
                         .lateral = {.connectivity = {o.units, o.units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = membrane.decay,
                     .threshold = S(o.threshold),
                     .reset = Reset::by_threshold_later,
                     .refractory_steps = o.refractory - 1,
                     .integrates_while_refractory = true,
                     .adaptation_decay = decay(o.tau_adaptation),
                     .adaptation_strength = adaptation_strengths<S>(o)},
          .surrogate = {.height = S(0.3 / o.threshold), .width = S(o.threshold)},
          .eligibility = {.adaptation_decay = decay(o.tau_adaptation),
                          .readout_decay = decay(o.tau_out),
                          .normalised = true},
          .signal = {.outputs = 2, .feedback = o.feedback, .scale = S(o.feedback_scale)},
          .rate = {.strength = S(o.rate_regularisation), .target = S(o.target_rate / 1000)},
          .carries = false},  // every window is a whole trial
      EpropReadout<S, CrossEntropy<S>>{
          .projection = {.connectivity = {o.units, 2}, .trace = {decay(o.tau_out), true}, .bias = false},
          .error_scale = 1 / S(o.recall)}};
}

/// What a batch shows while it is learned from: read of its chunks' states, step by step.
struct Seen {
  Matrix<S> output;           // summed over the time of recall, sides × trials
  std::vector<Index> spikes;  // of each chunk
  Seen(const Options& o, std::size_t chunks) : output(Matrix<S>::Zero(2, o.batch)), spikes(chunks) {}
  void look(const auto& chunk, std::size_t number, bool recall) {
    const auto& [hidden, readout] = chunk.state;
    for (Index b = 0; b < chunk.size(); ++b)
      spikes[number] += static_cast<Index>(hidden.neuron.spikes.active(b).size());
    if (recall) output.middleCols(chunk.first, chunk.size()) += readout.output;
  }
};

/// Decisions on fresh trials, per cent right.
double test(const Options& o, const auto& parallel, const auto& weights) {
  const Presentation shown{.steps = o.steps(), .burn_in = o.steps() - o.recall, .window = o.recall};
  const Generator random = stream(o, Draws::test);
  Index right = 0;
  for (Index first = 0; first < o.test_trials; first += o.batch) {
    const Index n = std::min(o.batch, o.test_trials - first);
    const Trials trials(o, random, first, n);
    auto state = parallel.zero_state(n);
    parallel.predict(weights, state, shown, random, trials);
    for (Index b = 0; b < n; ++b) right += state.summed(1, b) == trials[b].side;  // layer 1: the readout
  }
  return 100 * double(right) / double(o.test_trials);
}

/// One trial: its spikes, what the network makes of them, and the thresholds that rise most.
void draw_trial(const Options& o, const auto& net, const auto& weights) {
  const Trials trial(o, stream(o, Draws::picture), 0, 1);
  const std::vector<Index> cues = trial[0].cues;
  const std::string title = fmt::format("{} cues left, {} right", std::count(cues.begin(), cues.end(), 0),
                                        std::count(cues.begin(), cues.end(), 1));
  const Index steady = o.units - o.adaptive;
  using pictures::Mark, pictures::Panel;
  Panel input{{"input", false, {-0.6, 3.6}}, {{.mark = Mark::ticks}}, {"left", "right", "recall", "noise"}};
  Panel answer{{"probability", false, {0, 1}}, {{.name = "left"}, {.name = "right"}}, {}},
      thresholds{{"threshold"}, {}, {}};
  Panel fast = pictures::raster("neurons that do not adapt", steady),
        slow = pictures::raster("neurons that adapt", o.adaptive);
  auto state = net.zero_state(Extent{1});
  Spikes<S> in(o.inputs, Index{1});
  Matrix<S> threshold(o.units, o.steps());
  for (Index t = 0; t < o.steps(); ++t) {
    trial(t, 0, in);
    net.step(weights, state, in);
    const auto& [hidden, readout] = state;
    for (const Index j : in.active(0)) input.spike(double(t), j / o.group);
    for (const Index i : hidden.neuron.spikes.active(0))
      (i < steady ? fast : slow).spike(double(t), i < steady ? i : i - steady);
    const double right = 1 / (1 + std::exp(double(readout.output(0) - readout.output(1))));
    for (auto& line : answer.series) line.x.push_back(double(t));
    answer.series[0].y.push_back(1 - right);
    answer.series[1].y.push_back(right);
    threshold.col(t) = hidden.neuron.adaptation.array() + S(o.threshold);
  }
  std::vector<Index> order(static_cast<std::size_t>(o.adaptive));
  std::iota(order.begin(), order.end(), steady);
  std::sort(order.begin(), order.end(),
            [&](Index i, Index j) { return threshold.row(i).maxCoeff() > threshold.row(j).maxCoeff(); });
  order.resize(std::min<std::size_t>(order.size(), 4));
  for (const Index i : order) {
    auto& line = thresholds.series.emplace_back(
        pictures::Series{.name = fmt::format("neuron {}", i), .x = answer.series[0].x});
    for (const S x : threshold.row(i)) line.y.push_back(double(x));
  }
  std::vector<Panel> spikes{input}, traces{input, answer};
  if (steady > 0) spikes.push_back(fast);
  if (o.adaptive > 0) spikes.push_back(slow), traces.push_back(thresholds);
  const pictures::Axis time = pictures::time_axis(o.steps(), 1);
  pictures::draw(o.picture("eprop_evidence_raster"), {{title, time, spikes}});
  pictures::draw(o.picture("eprop_evidence_trial"), {{title, time, traces}});
}

/// Trains a network, and tests it once: per cent right. The curve of its decisions goes to `curves`, its table to a file.
double learn(const Options& o, const std::string& table, pictures::Panel& curves) {
  const auto net = make_network(o);
  ThreadTeam team(o.threads);
  const Parallel parallel(net, team, o.chunk);
  const Presentation shown{.steps = o.steps(), .burn_in = 0, .window = o.steps()};
  auto weights = net.initial_weights(ScaledNormal<S>{S(o.gain)}, stream(o, Draws::weights));
  auto state = parallel.zero_state(o.batch);
  auto learner = parallel.learner(Adam<S>{.rate = S(o.rate)}, o.batch, shown.window);
  const LinearDecay<S> schedule{.initial = S(o.rate), .length = double(o.iterations)};
  const Generator random = stream(o, Draws::trials);
  const Index recall = o.steps() - o.recall;
  const Matrix<S> nothing = Matrix<S>::Zero(2, o.batch);  // a target without error, before recall

  CheckpointFile file(o);
  Training training(file, "iteration", o.iterations, {"loss", "right_percent", "rate_hz"}, o.batch);
  training.resume(weights, learner);
  fmt::print("{} neurons, {} adaptive: {} iterations of {} trials of {} ms\n", o.units, o.adaptive,
             o.iterations, o.batch, o.steps());
  double loss = 0;
  Index right = 0, spikes = 0, trials_seen = 0;
  for (Index iteration = training.done(); iteration < o.iterations;) {
    const Trials trials(o, random, iteration * o.batch, o.batch);  // none is seen twice
    const std::vector<int> sides = trials.sides();
    const Matrix<S> side = one_hot<S>(sides, 2);
    Seen seen(o, state.chunks.size());
    const auto look = [&](Index first, Index t) {  // at what step t − 1 has left
      const auto number = static_cast<std::size_t>(first / o.chunk);
      if (t > 0) seen.look(state.chunks[number], number, t > recall);
    };
    const auto input = [&](Index t, Index first, Spikes<S>& in) {
      look(first, t);
      trials(t, first, in);
    };
    const auto target = [&](Index t) -> const Matrix<S>& { return t < recall ? nothing : side; };
    parallel.set_rate(learner, schedule(double(iteration)));
    const auto& losses = parallel.learn(weights, state, learner, shown, random, input, target);
    for (const auto& chunk : state.chunks) look(chunk.first, o.steps());

    loss +=
        double(losses[1]) * double(o.steps());  // a mean over all steps, where only those of recall have any
    for (Index b = 0; b < o.batch; ++b) right += winner(seen.output.col(b)) == trials[b].side;
    spikes = std::accumulate(seen.spikes.begin(), seen.spikes.end(), spikes);
    trials_seen += o.batch;
    ++iteration;
    if (iteration % o.every != 0 && iteration != o.iterations) continue;
    const double n = double(trials_seen), percent = 100 * double(right) / n;
    const double mean_loss = loss * double(o.batch) / n;
    const double hertz = 1000 * double(spikes) / (n * double(o.steps() * o.units));
    training.end(iteration, {mean_loss, percent, hertz},
                 fmt::format("loss {:.4f}, {:.1f} % of {} trials right, neurons {:.1f} Hz", mean_loss,
                             percent, trials_seen, hertz),
                 weights, learner);
    loss = 0;
    right = spikes = trials_seen = 0;
  }
  training.write(o.file(table));
  auto& curve = curves.series.emplace_back(
      training.curve("right_percent", fmt::format("{} of {} neurons adapt", o.adaptive, o.units)));
  for (double& x : curve.x) x *= double(o.batch);
  if (curves.series.size() == 1) draw_trial(o, net, weights);
  return o.test_trials > 0 ? test(o, parallel, weights) : 0;
}

/// The same without adaptation, and with a checkpoint of its own.
Options without_adaptation(Options o) {
  o.adaptive = 0;
  o.settings += " --adaptive=0";
  if (!o.checkpoint.empty()) {
    std::filesystem::path file(o.checkpoint);
    file.replace_filename(file.stem().string() + "_without" + file.extension().string());
    o.checkpoint = file.string();
    o.resume = o.resume && std::filesystem::exists(file);
  }
  return o;
}

void run(const Options& o) {
  pictures::Panel curves{{"right decisions (%)", false, {40, 101}}, {}, {}};
  const double with = learn(o, "eprop_evidence.csv", curves);
  const double without = o.compare ? learn(without_adaptation(o), "eprop_evidence_without.csv", curves) : 0;
  pictures::draw(o.picture("eprop_evidence_curve"),
                 {{"Right decisions while learning", {"trials"}, {curves}}});
  if (o.test_trials == 0) return;
  fmt::print("right decisions: {:.1f} % of {} trials\n", with, o.test_trials);
  if (o.compare) fmt::print("without adaptation: {:.1f} % of the same trials\n", without);
}

// ---------------------------------------------------------------- options

void add_options(Program& program, Options& o) {
  program.option("--cues", o.cues, "of a trial, 150 ms each; an odd number");
  program.option("--delay", o.delay, "ms from the last cue to recall: 1050, or drawn from a range: 500,1500")
      ->delimiter(',')
      ->expected(1, 2);
  program.option("--recall", o.recall, "ms in which the network is to answer");
  program.option("--cue-rate", o.cue_rate, "of input neurons in cues and recall, Hz");
  program.option("--noise-rate", o.noise_rate, "of the background, Hz");
  program.group("Network");
  add_neurons(program, o);
  program.option("--threshold", o.threshold, "of neurons at rest");
  program.option("--refractory", o.refractory, "ms from a spike to the earliest next one");
  program.group("Learning");
  program.option("--iterations", o.iterations, "updates");
  program.option("--batch", o.batch, "trials of an update");
  program.option("--chunk", o.chunk, "trials that a thread takes at a time");
  program.option("--rate", o.rate, "learning rate of Adam, falling linearly to 0")
      ->check(CLI::NonNegativeNumber);
  add_errors(program, o);
  program.option("--feedback-scale", o.feedback_scale, "random and adaptive feedback ~ Normal(0, scale^2)")
      ->check(CLI::PositiveNumber);
  program.seed(o.seed, "of weights and trials");
  program.output(o, true);
  program.option("--every", o.every, "iterations between rows of the table and lines of progress");
  program.option("--test-trials", o.test_trials, "fresh trials at the end (0: none, for choosing settings)");
  program.flag("--compare", o.compare, "train the same network without adaptation, too");
}

/// Refuses options that make no sense.
void check(const Options& o) {
  for (const auto& [name, n] : {std::pair{"--units", o.units},
                                {"--iterations", o.iterations},
                                {"--batch", o.batch},
                                {"--chunk", o.chunk},
                                {"--every", o.every},
                                {"--cues", o.cues},
                                {"--recall in ms", o.recall}})
    check_range<Index>(name, n, 1, 1000000);
  check_range<Index>("--adaptive", o.adaptive, 0, o.units);
  check_range<Index>("--test-trials", o.test_trials, 0, 1000000);
  check_range<Index>("--refractory in ms", o.refractory, 1, 1000);
  for (const Index delay : o.delay) check_range<Index>("--delay in ms", delay, 0, 1000000);
  NEOHEBB_REQUIRE(is_number(o.threshold) && o.threshold > 0, "--threshold is ", o.threshold,
                  ", must be positive");
  check_range("--cue-rate in Hz", o.cue_rate, 0.0, 1000.0);
  check_range("--noise-rate in Hz", o.noise_rate, 0.0, 1000.0);
  NEOHEBB_REQUIRE(o.cues % 2 == 1, "--cues is ", o.cues, ", must be odd: one side is to have more of them");
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("eprop_evidence", "e-prop: a recurrent spiking network accumulates evidence", "--compare");
  add_options(program, o);
  return program.run(argc, argv, [&] {
    check(o);
    o.settings = program.settings();
    o.check_writable();
    run(o);
  });
}
