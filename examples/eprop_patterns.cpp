// A recurrent spiking network learns to draw a pattern in time, a sum of four sines, by e-prop.
// [Bellec and others 2020, doi 10.1038/s41467-020-17236-y, figure 3]
//
//     v[t] = α v[t−1] + W_in x[t] + W_rec z[t−1] − θ z[t−1],  z = Θ(v − θ − β a)     leaky neurons, some of which adapt
//     y[t] = κ y[t−1] + W_out z[t] + b                                             the pattern
//     L_j = Σ_k B_jk (y_k − y*_k)                                                  what neuron j hears of the error
//     ΔW_ji = −rate · Σ_t L_j[t] ē_ji[t]                                           ē: what the synapse remembers
//
// The input is the same in every trial: spikes at random, by which the network can tell the time.
//
//     eprop_patterns                                   six thousand trials of a second
//     eprop_patterns --feedback random --outputs 3     three patterns, and errors by fixed random weights
#include <chrono>
#include <filesystem>
#include <fstream>
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/schedule.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/plot/beside.hpp>
#include <neohebb/plot/curves.hpp>
#include <neohebb/plot/png.hpp>
#include <neohebb/plot/raster.hpp>
#include <numbers>

#include "program.hpp"

namespace {

using namespace neohebb;
using S = float;

const std::map<std::string, Feedback> feedbacks{
    {"symmetric", Feedback::symmetric}, {"random", Feedback::random}, {"adaptive", Feedback::adaptive}};

struct Options {
  std::string out = "out", feedback = "symmetric", checkpoint;
  std::uint64_t seed = 1;
  Index inputs = 20, units = 200, adaptive = 0, outputs = 1, steps = 1000, trials = 6000, every = 200;
  double input_rate = 50, tau_mem = 20, tau_out = 20, tau_adaptation = 200, adaptation = 0.07;  // Hz, ms
  double gain = 1, rate = 3e-3, rate_strength = 1, target_rate = 10;                            // Hz
  bool resume = false;
};

/// Replace this function to learn other neurons, or by another rule: see own_rule.cpp.
auto make_network(const Options& o) {
  const auto decay = [](double tau) { return decay_from_time_constant(S(tau), S(1)); };  // steps of 1 ms
  const Pulses<S> membrane{.decay = decay(o.tau_mem)};
  Vector<S> strength = Vector<S>::Zero(o.units);
  strength.tail(o.adaptive).setConstant(S(o.adaptation));
  return Network{
      EpropLayer<S, Exchanged, NoSelf>{
          .projection = {.forward = {.connectivity = {o.inputs, o.units}, .trace = membrane, .bias = false},
                         .lateral = {.connectivity = {o.units, o.units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = membrane.decay,
                     .threshold = 1,
                     .reset = Reset::by_threshold_later,
                     .refractory_steps = 2,
                     .integrates_while_refractory = true,
                     .adaptation_decay = decay(o.tau_adaptation),
                     .adaptation_strength = strength},
          .surrogate = {.height = S(0.3), .width = 1},
          .eligibility = {.adaptation_decay = decay(o.tau_adaptation), .readout_decay = decay(o.tau_out)},
          .signal = {.outputs = o.outputs, .feedback = feedbacks.at(o.feedback)},
          .rate = {.strength = S(o.rate_strength * double(o.steps)), .target = S(o.target_rate / 1000)},
          .carries = false},  // every window is a whole trial
      EpropReadout<S>{
          .projection = {.connectivity = {o.units, o.outputs}, .trace = {.decay = decay(o.tau_out)}}}};
}

/// Four sines of 1, 2, 3 and 5 periods a trial, amplitudes and phases at random, outputs × steps.
Matrix<S> make_target(const Options& o) {
  Matrix<S> target = Matrix<S>::Zero(o.outputs, o.steps);
  RandomSequence numbers = Generator{.seed = o.seed}.substream(1).sequence();
  for (Index k = 0; k < o.outputs; ++k) {
    for (const double periods : {1.0, 2.0, 3.0, 5.0}) {
      const double amplitude = 0.5 + 1.5 * numbers.uniform(),
                   phase = 2 * std::numbers::pi * numbers.uniform();
      for (Index t = 0; t < o.steps; ++t)
        target(k, t) +=
            S(amplitude * std::sin(phase + 2 * std::numbers::pi * periods * double(t) / double(o.steps)));
    }
    target.row(k) /= target.row(k).cwiseAbs().maxCoeff();
  }
  return target;
}

std::vector<Spikes<S>> make_input(const Options& o) {
  std::vector<Spikes<S>> input;
  for (Index t = 0; t < o.steps; ++t) {
    Matrix<S> numbers(o.inputs, 1);
    Generator{.seed = o.seed}.substream(2).at_step(t).uniform(numbers);
    input.emplace_back(o.inputs, Index{1});
    input.back().assign(numbers.array() < S(o.input_rate / 1000));
  }
  return input;
}

std::string course(const Options& o) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", o.feedback, o.seed, o.inputs,
                     o.units, o.adaptive, o.outputs, o.steps, o.trials, o.input_rate, o.tau_mem, o.tau_out,
                     o.tau_adaptation, o.adaptation, o.gain, o.rate, o.rate_strength, o.target_rate, o.every);
}

void run(const Options& o) {
  for (const auto& [name, n] : {std::pair{"--inputs", o.inputs},
                                {"--units", o.units},
                                {"--outputs", o.outputs},
                                {"--steps", o.steps},
                                {"--trials", o.trials},
                                {"--every", o.every}})
    check_range<Index>(name, n, 1, 1000000);
  check_range<Index>("--adaptive", o.adaptive, 0, o.units);
  check_range("--input-rate in Hz", o.input_rate, 0.0, 1000.0);
  NEOHEBB_REQUIRE(!o.resume || !o.checkpoint.empty(), "--resume needs --checkpoint");
  const auto net = make_network(o);
  auto weights = net.initial_weights(ScaledNormal<S>{S(o.gain)}, Generator{.seed = o.seed});
  auto learner = net.learner(Adam<S>{.rate = S(o.rate)}, Extent{1}, o.steps);
  const auto zero = net.zero_state(Extent{1});
  const std::vector<Spikes<S>> input = make_input(o);
  const Matrix<S> target = make_target(o);
  const double power = double((target.colwise() - target.rowwise().mean()).squaredNorm());

  std::filesystem::create_directories(o.out);
  const auto file = [&](const char* name) { return (std::filesystem::path(o.out) / name).string(); };
  Index trial = 0;
  plot::Series curve;
  std::vector<double> history;  // trial, error, rate
  if (o.resume) {
    const Checkpoint saved = Checkpoint::load(o.checkpoint);
    std::string trained;
    saved.get("course", trained);
    NEOHEBB_REQUIRE(trained == course(o), o.checkpoint, " was trained with other options: ", trained);
    saved.get("trial", trial);
    saved.get("weights", weights);
    saved.get("learner", learner);
    NEOHEBB_REQUIRE(trial >= 0 && trial <= o.trials, o.checkpoint, ": trial ", trial);
    history.resize(3 * static_cast<std::size_t>((trial + o.every - 1) / o.every));
    saved.get("history", history);
    fmt::print("going on after trial {} of {}\n", trial, o.checkpoint);
  }
  Matrix<S> output(o.outputs, o.steps);
  plot::Raster raster{.title = "Spikes of the last trial", .steps = o.steps, .panels = {}};
  raster.panels.push_back({.name = "input", .neurons = o.inputs});
  raster.panels.push_back({.name = "neurons", .neurons = o.units});
  const auto start = std::chrono::steady_clock::now();
  const bool complete = trial == o.trials;  // a checkpoint with nothing left to learn
  double error = complete ? history.at(history.size() - 2) : 0;
  for (const Index begun = trial; trial < o.trials;) {
    auto state = zero;
    Index spikes = 0;
    const bool last = trial + 1 == o.trials;
    const S rate = S(o.rate) * S(1 - double(trial) / double(o.trials));
    set_rate(std::get<0>(learner.rules), rate);
    set_rate(std::get<1>(learner.rules), rate);
    error = 0;
    for (Index t = 0; t < o.steps; ++t) {
      const auto now = static_cast<std::size_t>(t);
      net.step(weights, state, input[now]);                                     // v, z, y
      error += 2 * double(net.credit(weights, state, target.col(t), learner));  // y − y*, L, ψ
      output.col(t) = std::get<1>(state).output;
      const auto& fired = std::get<0>(state).neuron.spikes;
      spikes += fired.count();
      if (!last) continue;
      for (const auto j : input[now].active(0)) raster.panels[0].spikes.push_back({t, j});
      for (const auto i : fired.active(0)) raster.panels[1].spikes.push_back({t, i});
    }
    net.update(weights, state, learner);  // once a trial
    error /= power;
    ++trial;
    if (trial % o.every != 0 && !last) continue;
    const double hertz = 1000 * double(spikes) / double(o.steps * o.units);
    history.insert(history.end(), {double(trial), error, hertz});
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print("trial {:6}: normalised mean square error {:.5f}, neurons {:5.1f} Hz, {:.1f} s left\n", trial,
               error, hertz, took / double(trial - begun) * double(o.trials - trial));
    std::fflush(stdout);
    if (o.checkpoint.empty()) continue;
    Checkpoint saved;
    saved.put("course", course(o));
    saved.put("trial", trial);
    saved.put("weights", weights);
    saved.put("learner", learner);
    saved.put("history", history);
    saved.save(o.checkpoint);
  }
  std::ofstream csv(file("eprop_patterns.csv"));
  csv << "trial,normalised_mean_square_error,rate_hz\n";
  for (std::size_t k = 0; k + 2 < history.size(); k += 3) {
    csv << fmt::format("{},{:.6g},{:.6g}\n", history[k], history[k + 1], history[k + 2]);
    curve.x.push_back(history[k]);
    curve.y.push_back(history[k + 1]);
  }
  csv.flush();
  if (!csv) throw std::runtime_error(file("eprop_patterns.csv") + ": cannot be written");
  if (complete) {
    fmt::print("all {} trials were made before: pictures stay as they are\n", o.trials);
    fmt::print("normalised mean square error: {:.5f}\n", error);
    return;
  }
  std::vector<plot::Series> patterns;
  for (Index k = 0; k < o.outputs; ++k)
    for (const bool wanted : {true, false}) {
      plot::Series series{.name = k > 0 ? "" : wanted ? "target" : "output"};
      for (Index t = 0; t < o.steps; ++t) {
        series.x.push_back(double(t));
        series.y.push_back(double(wanted ? target(k, t) : output(k, t)));
      }
      patterns.push_back(std::move(series));
    }
  plot::write_png(
      file("eprop_patterns_curve.png"),
      plot::CurvePlot{.title = "The network learns the pattern",
                      .x = {.label = "trial"},
                      .y = {.label = "normalised mean square error", .scale = plot::Scale::logarithmic},
                      .series = {curve}}
          .draw());
  plot::write_png(file("eprop_patterns_output.png"), plot::CurvePlot{.title = "Target and output, last trial",
                                                                     .x = {.label = "time (ms)"},
                                                                     .y = {.label = "y"},
                                                                     .series = patterns}
                                                         .draw());
  plot::write_png(file("eprop_patterns_raster.png"), raster.draw());
  fmt::print("pictures: {}\n", file("eprop_patterns_{curve,output,raster}.png"));
  fmt::print("normalised mean square error: {:.5f}\n", error);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"e-prop: a recurrent spiking network learns a pattern in time", "eprop_patterns"};
  app.option_defaults()->always_capture_default();
  app.add_option("--out", o.out, "folder for curves, pictures and numbers");
  app.add_option("--inputs", o.inputs, "neurons");
  app.add_option("--units", o.units, "recurrent neurons");
  app.add_option("--adaptive", o.adaptive, "of them that adapt, the last ones");
  app.add_option("--outputs", o.outputs, "patterns at a time");
  app.add_option("--steps", o.steps, "of a trial, 1 ms each");
  app.add_option("--trials", o.trials, "an update follows each");
  app.add_option("--every", o.every, "trials between lines of progress");
  app.add_option("--input-rate", o.input_rate, "Hz");
  app.add_option("--tau-mem", o.tau_mem, "membrane time constant, ms");
  app.add_option("--tau-out", o.tau_out, "the readout's, ms");
  app.add_option("--tau-adaptation", o.tau_adaptation, "of adaptive neurons, ms");
  app.add_option("--adaptation", o.adaptation, "how far a spike raises their threshold");
  app.add_option("--gain", o.gain, "weights ~ Normal(0, gain^2/inputs)");
  app.add_option("--feedback", o.feedback, "of the readout's error")->check(CLI::IsMember(feedbacks));
  app.add_option("--rate", o.rate, "learning rate of Adam, falling linearly to 0")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--rate-strength", o.rate_strength, "of the firing-rate term, 0: none");
  app.add_option("--target-rate", o.target_rate, "Hz, to which that pulls neurons");
  app.add_option("--checkpoint", o.checkpoint, "file that is written with every line of progress");
  app.add_flag("--resume", o.resume, "go on from the checkpoint");
  add_seed(app, o.seed, "of weights, input and pattern");
  return run_program(app, argc, argv, [&] { run(o); });
}
