// What eprop_evidence needs around the network: options, trials, history and checkpoint, pictures.
#pragma once
#include <chrono>
#include <filesystem>
#include <fstream>
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/schedule.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/plot/curves.hpp>
#include <neohebb/plot/png.hpp>
#include <neohebb/plot/raster.hpp>
#include <neohebb/plot/traces.hpp>
#include <numeric>

#include "program.hpp"

using namespace neohebb;
using S = float;

inline const std::map<std::string, Feedback> feedbacks{
    {"symmetric", Feedback::symmetric}, {"random", Feedback::random}, {"adaptive", Feedback::adaptive}};

struct Options {
  std::string out = "out", feedback = "symmetric", checkpoint;
  std::uint64_t seed = 1;
  Index units = 100, adaptive = 50, iterations = 5000, batch = 8, chunk = 4, every = 100, test = 1000;
  Index cues = 7, recall = 150;    // ms
  std::vector<Index> delay{1050};  // ms, one or the ends of a range
  double cue_rate = 40, noise_rate = 10, tau_mem = 20, tau_out = 20, tau_adaptation = 2000;  // Hz, ms
  double threshold = 0.6, adaptation = 0.0174;  // 1.7 (1 − ρ)/(1 − α)
  double gain = 1, feedback_scale = 1, rate = 2.5e-3, rate_strength = 0.5, target_rate = 10;  // Hz
  int refractory = 5, threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool resume = false, compare = false;

  static constexpr Index group = 10, inputs = 4 * group, period = 150, gap = 50;  // neurons, ms
  Index shortest_delay() const { return std::min(delay.front(), delay.back()); }
  Index longest_delay() const { return std::max(delay.front(), delay.back()); }
  Index steps() const { return period * cues + longest_delay() + recall; }  // of 1 ms
};

inline void add_options(CLI::App& app, Options& o) {
  app.option_defaults()->always_capture_default();
  app.add_option("--out", o.out, "folder for curves, pictures and numbers");
  app.add_option("--units", o.units, "recurrent neurons");
  app.add_option("--adaptive", o.adaptive, "of them that adapt, the last ones");
  app.add_option("--iterations", o.iterations, "updates");
  app.add_option("--batch", o.batch, "trials of an update");
  app.add_option("--chunk", o.chunk, "trials that a thread takes at a time");
  app.add_option("--threads", o.threads, "the result does not depend on it");
  app.add_option("--every", o.every, "iterations between lines of progress");
  app.add_option("--test", o.test, "fresh trials at the end (0: none, for choosing settings)");
  app.add_option("--cues", o.cues, "of a trial, 150 ms each; an odd number");
  app.add_option("--delay", o.delay, "ms from the last cue to recall: 1050, or drawn from a range: 500,1500")
      ->delimiter(',')
      ->expected(1, 2);
  app.add_option("--recall", o.recall, "ms in which the network is asked");
  app.add_option("--cue-rate", o.cue_rate, "of input neurons in cues and recall, Hz");
  app.add_option("--noise-rate", o.noise_rate, "of the background, Hz");
  app.add_option("--tau-mem", o.tau_mem, "membrane time constant, ms");
  app.add_option("--tau-out", o.tau_out, "the readout's, ms");
  app.add_option("--tau-adaptation", o.tau_adaptation, "of adaptive neurons, ms");
  app.add_option("--threshold", o.threshold, "of neurons at rest");
  app.add_option("--adaptation", o.adaptation, "how far a spike raises it");
  app.add_option("--refractory", o.refractory, "ms from a spike to the earliest next one");
  app.add_option("--gain", o.gain, "weights ~ Normal(0, gain^2/inputs)");
  app.add_option("--feedback", o.feedback, "of the readout's error")->check(CLI::IsMember(feedbacks));
  app.add_option("--feedback-scale", o.feedback_scale, "random and adaptive feedback ~ Normal(0, scale^2)")
      ->check(CLI::PositiveNumber);
  app.add_option("--rate", o.rate, "learning rate of Adam, falling linearly to 0")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--rate-strength", o.rate_strength, "of the firing-rate term, 0: none");
  app.add_option("--target-rate", o.target_rate, "Hz, to which that pulls neurons");
  app.add_flag("--compare", o.compare, "train the same network without adaptation, too");
  app.add_option("--checkpoint", o.checkpoint, "file that is written with every line of progress");
  app.add_flag("--resume", o.resume, "go on from the checkpoint");
  add_seed(app, o.seed, "of weights and trials");
}

/// Refuses options that make no sense, and folders that cannot be written: better now than after training.
inline void check(const Options& o) {
  for (const auto& [name, n] : {std::pair{"--units", o.units},
                                {"--iterations", o.iterations},
                                {"--batch", o.batch},
                                {"--chunk", o.chunk},
                                {"--every", o.every},
                                {"--cues", o.cues},
                                {"--recall in ms", o.recall}})
    check_range<Index>(name, n, 1, 1000000);
  check_range<Index>("--adaptive", o.adaptive, 0, o.units);
  check_range<Index>("--test", o.test, 0, 1000000);
  check_range<Index>("--refractory in ms", o.refractory, 1, 1000);
  for (const Index delay : o.delay) check_range<Index>("--delay in ms", delay, 0, 1000000);
  NEOHEBB_REQUIRE(is_number(o.threshold) && o.threshold > 0, "--threshold is ", o.threshold,
                  ", must be positive");
  check_range("--cue-rate in Hz", o.cue_rate, 0.0, 1000.0);
  check_range("--noise-rate in Hz", o.noise_rate, 0.0, 1000.0);
  NEOHEBB_REQUIRE(o.cues % 2 == 1, "--cues is ", o.cues, ", must be odd: one side is to have more of them");
  NEOHEBB_REQUIRE(!o.resume || !o.checkpoint.empty(), "--resume needs --checkpoint");
  std::filesystem::create_directories(o.out);
  const std::string csv = (std::filesystem::path(o.out) / "eprop_evidence.csv").string();
  if (!std::ofstream(csv, std::ios::app)) throw std::runtime_error("cannot write " + csv);
}

/// One stream of random numbers for each use.
enum class Draws : std::uint32_t { weights, trials, test, picture };
inline Generator stream(const Options& o, Draws use) {
  return Generator{.seed = o.seed}.substream(static_cast<std::uint32_t>(use));
}

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

/// What every line of progress says.
struct History {
  std::vector<double> values;  // row after row: iteration, loss, right decisions in per cent, rate in Hz
  static constexpr std::size_t row = 4;
  std::size_t rows() const { return values.size() / row; }
  double operator()(std::size_t line, std::size_t column) const { return values[line * row + column]; }
};

/// Everything that the course of training depends on.
inline std::string course(const Options& o) {
  return fmt::format(
      "--seed {} --units {} --adaptive {} --iterations {} --batch {} --chunk {} --every {} --cues {} "
      "--delay {},{} --recall {} --cue-rate {} --noise-rate {} --tau-mem {} --tau-out {} --tau-adaptation {} "
      "--threshold {} --adaptation {} --refractory {} --gain {} --feedback {} --feedback-scale {} --rate {} "
      "--rate-strength {} --target-rate {}",
      o.seed, o.units, o.adaptive, o.iterations, o.batch, o.chunk, o.every, o.cues, o.shortest_delay(),
      o.longest_delay(), o.recall, o.cue_rate, o.noise_rate, o.tau_mem, o.tau_out, o.tau_adaptation,
      o.threshold, o.adaptation, o.refractory, o.gain, o.feedback, o.feedback_scale, o.rate, o.rate_strength,
      o.target_rate);
}
void save(const Options& o, Index iteration, const auto& weights, const auto& learner,
          const History& history) {
  Checkpoint file;
  file.put("course", course(o));
  file.put("iteration", iteration);
  file.put("weights", weights);
  file.put("learner", learner);
  file.put("history", history.values);
  file.save(o.checkpoint);
}
void resume(const Options& o, Index& iteration, auto& weights, auto& learner, History& history) {
  const Checkpoint file = Checkpoint::load(o.checkpoint);
  std::string trained;
  file.get("course", trained);
  NEOHEBB_REQUIRE(trained == course(o), o.checkpoint, " was trained with other options: ", trained);
  file.get("iteration", iteration);
  NEOHEBB_REQUIRE(iteration >= 0 && iteration <= o.iterations, o.checkpoint, ": iteration ", iteration);
  file.get("weights", weights);
  file.get("learner", learner);
  history.values.resize(history.row * static_cast<std::size_t>((iteration + o.every - 1) / o.every));
  file.get("history", history.values);
  fmt::print("going on after iteration {} of {}\n", iteration, o.checkpoint);
}

/// The curves of one or two networks, the first with and the second without adaptation, as CSV and picture.
inline void draw_curves(const Options& o, const std::vector<History>& histories) {
  const auto file = [&](const char* name) { return (std::filesystem::path(o.out) / name).string(); };
  plot::CurvePlot curves{.title = "Right decisions while learning",
                         .x = {.label = "trials"},
                         .y = {.label = "right decisions (%)", .range = plot::Range{40, 101}}};
  std::ofstream csv(file("eprop_evidence.csv"));
  csv << "adaptive,iteration,loss,right_percent,rate_hz\n";
  for (std::size_t k = 0; k < histories.size(); ++k) {
    const Index adaptive = k == 0 ? o.adaptive : 0;
    plot::Series series{.name = fmt::format("{} of {} neurons adapt", adaptive, o.units)};
    for (std::size_t r = 0; r < histories[k].rows(); ++r) {
      const History& h = histories[k];
      csv << fmt::format("{},{},{:.6g},{:.6g},{:.6g}\n", adaptive, h(r, 0), h(r, 1), h(r, 2), h(r, 3));
      series.x.push_back(h(r, 0) * double(o.batch));
      series.y.push_back(h(r, 2));
    }
    curves.series.push_back(std::move(series));
  }
  if (!csv.flush()) throw std::runtime_error("cannot write " + file("eprop_evidence.csv"));
  plot::write_png(file("eprop_evidence_curve.png"), curves.draw());
}

/// One trial: its spikes, what the network makes of them, and the thresholds that rise most.
void draw_trial(const Options& o, const auto& net, const auto& weights) {
  const auto file = [&](const char* name) { return (std::filesystem::path(o.out) / name).string(); };
  const Trials trial(o, stream(o, Draws::picture), 0, 1);
  const std::vector<Index> cues = trial[0].cues;
  const std::string title = fmt::format("{} cues left, {} right", std::count(cues.begin(), cues.end(), 0),
                                        std::count(cues.begin(), cues.end(), 1));
  const std::array<const char*, 4> names{"left", "right", "recall", "noise"};
  plot::Raster raster{.title = title, .steps = o.steps(), .step_duration = 1, .panels = {}};
  for (const char* name : names) raster.panels.push_back({.name = name, .neurons = o.group});
  raster.panels.push_back({.name = "neurons that do not adapt", .neurons = o.units - o.adaptive});
  raster.panels.push_back({.name = "neurons that adapt", .neurons = o.adaptive});
  plot::TracePlot traces{.title = title, .time_label = "time (ms)", .panels = {}};
  plot::TracePanel input, probability{.label = "probability",
                                      .lines = {{.name = "left"}, {.name = "right"}},
                                      .range = plot::Range{-0.03, 1.03}};
  for (const char* name : names) input.events.push_back({.name = name});
  auto state = net.zero_state(Extent{1});
  Spikes<S> in(o.inputs, Index{1});
  Matrix<S> thresholds(o.units, o.steps());
  for (Index t = 0; t < o.steps(); ++t) {
    trial(t, 0, in);
    net.step(weights, state, in);
    const auto& [hidden, readout] = state;
    for (const Index j : in.active(0)) {
      raster.panels[static_cast<std::size_t>(j / o.group)].spikes.push_back({t, j % o.group});
      input.events[static_cast<std::size_t>(j / o.group)].times.push_back(double(t));
    }
    for (const Index i : hidden.neuron.spikes.active(0)) {
      const Index steady = o.units - o.adaptive;
      raster.panels[i < steady ? 4 : 5].spikes.push_back({t, i < steady ? i : i - steady});
    }
    const double right = 1 / (1 + std::exp(double(readout.output(0) - readout.output(1))));
    probability.lines[0].values.push_back(1 - right);
    probability.lines[1].values.push_back(right);
    thresholds.col(t) = hidden.neuron.adaptation.array() + S(o.threshold);
  }
  std::erase_if(raster.panels, [](const auto& panel) { return panel.neurons == 0; });
  plot::write_png(file("eprop_evidence_raster.png"), raster.draw());

  traces.panels = {input, probability};
  std::vector<Index> order(static_cast<std::size_t>(o.adaptive));
  std::iota(order.begin(), order.end(), o.units - o.adaptive);
  std::sort(order.begin(), order.end(),
            [&](Index i, Index j) { return thresholds.row(i).maxCoeff() > thresholds.row(j).maxCoeff(); });
  order.resize(std::min<std::size_t>(order.size(), 4));
  plot::TracePanel adaptation{.label = "threshold", .threshold = o.threshold, .threshold_name = "at rest"};
  for (const Index i : order) {
    adaptation.lines.push_back({.name = fmt::format("neuron {}", i)});
    for (Index t = 0; t < o.steps(); ++t) adaptation.lines.back().values.push_back(double(thresholds(i, t)));
  }
  if (!order.empty()) traces.panels.push_back(std::move(adaptation));
  plot::write_png(file("eprop_evidence_trial.png"), traces.draw());
  fmt::print("pictures: {}\n", file("eprop_evidence_{curve,raster,trial}.png"));
}
