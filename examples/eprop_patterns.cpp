// A recurrent spiking network learns to draw a pattern in time, a sum of four sines, by e-prop.
// [Bellec and others 2020, doi 10.1038/s41467-020-17236-y, figure 3]
//
//     v[t] = α v[t−1] + W_in x[t] + W_rec z[t−1] − θ z[t−1],  z = Θ(v − θ − β a)     leaky neurons, some of which adapt
//     y[t] = κ y[t−1] + W_out z[t] + b                                             the pattern
//     L_j = Σ_k B_jk (y_k − y*_k)                                                  the error that neuron j receives
//     ΔW_ji = −rate · Σ_t L_j[t] ē_ji[t]                                           ē: what the synapse remembers
//
// The input is the same in every trial: spikes at random, by which the network can tell the time.
//
//     eprop_patterns                                   six thousand trials of a second
//     eprop_patterns --feedback random --outputs 3     three patterns, and errors by fixed random weights
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/schedule.hpp>
#include <neohebb/network/network.hpp>
#include <numbers>

#include "eprop.hpp"

namespace {

using namespace neohebb;
using S = float;

struct Options : Common {
  Index inputs = 20, units = 200, adaptive = 0, outputs = 1, steps = 1000, trials = 6000, every = 200;
  double input_rate = 50, tau_mem = 20, tau_out = 20, tau_adaptation = 200, adaptation = 0.07;  // Hz, ms
  double gain = 1, rate = 3e-3, rate_regularisation = 1, target_rate = 10;                      // Hz
  Feedback feedback = Feedback::symmetric;
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
                     .threshold = 1,
                     .reset = Reset::by_threshold_later,
                     .refractory_steps = 2,
                     .integrates_while_refractory = true,
                     .adaptation_decay = decay(o.tau_adaptation),
                     .adaptation_strength = adaptation_strengths<S>(o)},
          .surrogate = {.height = S(0.3), .width = 1},
          .eligibility = {.adaptation_decay = decay(o.tau_adaptation), .readout_decay = decay(o.tau_out)},
          .signal = {.outputs = o.outputs, .feedback = o.feedback},
          .rate = {.strength = S(o.rate_regularisation * double(o.steps)), .target = S(o.target_rate / 1000)},
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
  const auto net = make_network(o);
  auto weights = net.initial_weights(ScaledNormal<S>{S(o.gain)}, Generator{.seed = o.seed});
  auto learner = net.learner(Adam<S>{.rate = S(o.rate)}, Extent{1}, o.steps);
  const auto zero = net.zero_state(Extent{1});
  const std::vector<Spikes<S>> input = make_input(o);
  const Matrix<S> target = make_target(o);
  const double power = double((target.colwise() - target.rowwise().mean()).squaredNorm());

  CheckpointFile file(o);
  Training training(file, "trial", o.trials, {"normalised_mean_square_error", "rate_hz"}, 1);
  training.resume(weights, learner);
  Matrix<S> output(o.outputs, o.steps);
  pictures::Panel inputs = pictures::raster("input", o.inputs),
                  neurons = pictures::raster("neurons", o.units);
  const bool complete = training.finished();  // a checkpoint with nothing left to learn
  double error = training.last("normalised_mean_square_error");
  for (Index trial = training.done(); trial < o.trials;) {
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
      for (const auto j : input[now].active(0)) inputs.spike(double(t), j);
      for (const auto i : fired.active(0)) neurons.spike(double(t), i);
    }
    net.update(weights, state, learner);  // once a trial
    error /= power;
    ++trial;
    if (trial % o.every != 0 && !last) continue;
    const double hertz = 1000 * double(spikes) / double(o.steps * o.units);
    training.end(trial, {error, hertz},
                 fmt::format("normalised mean square error {:.5f}, neurons {:.1f} Hz", error, hertz), weights,
                 learner);
  }
  training.write(o.file("eprop_patterns.csv"));
  if (complete) {
    fmt::print("all {} trials were made before: pictures stay as they are\n", o.trials);
    fmt::print("normalised mean square error: {:.5f}\n", error);
    return;
  }
  const Index shown = std::min<Index>(o.outputs, 6);
  std::vector<pictures::Panel> patterns;
  for (Index k = 0; k < shown; ++k) {
    pictures::Series drawn{.name = "output"}, wanted{.name = "target", .mark = pictures::Mark::dashes};
    for (Index t = 0; t < o.steps; ++t) {
      for (auto* series : {&drawn, &wanted}) series->x.push_back(double(t));
      drawn.y.push_back(double(output(k, t)));
      wanted.y.push_back(double(target(k, t)));
    }
    patterns.push_back({{shown > 1 ? fmt::format("y {}", k + 1) : "y"}, {drawn, wanted}, {}});
  }
  const std::string title = "Output and target, last trial";
  const std::string some = o.outputs > shown ? fmt::format(", the first {} of {}", shown, o.outputs) : "";
  const pictures::Axis time = pictures::time_axis(o.steps, 1);
  pictures::draw(
      o.picture("eprop_patterns_curve"),
      {{"The network learns the pattern",
        {"trial"},
        {{{"normalised mean square error", true}, {training.curve("normalised_mean_square_error")}}}}});
  pictures::draw(o.picture("eprop_patterns_output"), {{title + some, time, patterns}});
  pictures::draw(o.picture("eprop_patterns_raster"), {{"Spikes of the last trial", time, {inputs, neurons}}});
  fmt::print("normalised mean square error: {:.5f}\n", error);
}

// ---------------------------------------------------------------- options

void add_options(Program& program, Options& o) {
  program.option("--steps", o.steps, "of a trial, 1 ms each");
  program.option("--inputs", o.inputs, "input neurons, which spike at random");
  program.option("--input-rate", o.input_rate, "of each input, Hz");
  program.option("--outputs", o.outputs, "patterns at a time");
  program.group("Network");
  add_neurons(program, o);
  program.group("Learning");
  program.option("--trials", o.trials, "an update follows each");
  program.option("--rate", o.rate, "learning rate of Adam, falling linearly to 0")
      ->check(CLI::NonNegativeNumber);
  add_errors(program, o);
  program.seed(o.seed, "of weights, input and pattern");
  program.output(o, true);
  program.option("--every", o.every, "trials between rows of the table and lines of progress");
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("eprop_patterns", "e-prop: a recurrent spiking network learns a pattern in time",
                  "--feedback random --outputs 3");
  add_options(program, o);
  return program.run(argc, argv, [&] {
    o.settings = program.settings();
    o.check_writable();
    run(o);
  });
}
