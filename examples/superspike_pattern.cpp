// A spiking network learns to answer a spike pattern with a picture made of spikes. [Zenke & Ganguli 2018]
//
//     inputs → hidden → outputs        leaky integrate-and-fire neurons, steps of 0.1 ms
//     e = target − output spikes  →  y: smoothed twice                    outputs
//     e_hidden = F e              →  y                                    hidden: F = Wᵀ, random, or all ones
//     λ_ij = κ * ( σ'(v_i) (ε * s_j) )                                    eligibility of each synapse
//     w_ij ← w_ij + lr · G_ij/√m_ij,   G_ij = mean of y_i λ_ij            after every window
//
//     superspike_pattern                                                  letters that it draws itself
//     superspike_pattern --input IN.ras --target OUT.ras --period 1.89    spikes from files
#include <chrono>
#include <filesystem>
#include <fstream>
#include <neohebb/data/ras.hpp>
#include <neohebb/layer/superspike.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/plot/beside.hpp>
#include <neohebb/plot/curves.hpp>
#include <neohebb/plot/font.hpp>
#include <neohebb/plot/png.hpp>

#include "program.hpp"

namespace {

using namespace neohebb;
using S = float;
using Net = Network<std::tuple<SuperSpikeHidden<S>, SuperSpikeOutput<S>>>;
constexpr Extent<1> single;  // one sample: a simulation that goes on

constexpr double dt = 1e-4;  // s
const std::map<std::string, Feedback> feedbacks{
    {"symmetric", Feedback::symmetric}, {"random", Feedback::random}, {"uniform", Feedback::uniform}};

struct Options {
  std::string out = "out", input, target, text = "SPIKES", feedback = "symmetric";
  std::uint64_t seed = 1;
  Index inputs = 200, hidden = 256, outputs = 200, input_base = 0, target_base = 0;
  bool strict = false, drop = false, published = false;
  double period = 1.89, seconds = 380, settle = 20, every = 20;  // s
  double input_rate = 5, ink_rate = 80;                          // Hz
  double window = 0.1, moment_time = 300;                        // s
  double rate = 7e-4, final_rate = 1e-5, hold = 0.84;
  double hidden_scale = 0.2, output_scale = 0.01;  // V
  double rate_regularisation = 0;

  /// What the authors' learning curve was made with.
  void publish() {
    window = 0.5;
    moment_time = 30;
    rate = final_rate = 1e-3;
    hidden_scale = output_scale = 0.05;
  }
};

SpikeTrains from_file(const Options& o, const std::string& file, Index neurons, Index base) {
  const SpikeTimes times = read_ras(file, {.neurons = neurons,
                                           .index_base = base,
                                           .duration = o.period,
                                           .outside = o.drop ? Outside::drop : Outside::refuse,
                                           .strict = o.strict,
                                           .dt = dt});
  return on_grid(times, {.dt = dt, .strict = o.strict});
}

/// Every neuron spikes at random, `rate(neuron, step)` times a second, at most once in 8 ms.
SpikeTrains at_random(const Options& o, Index neurons, std::uint32_t stream, const auto& rate) {
  const auto steps = static_cast<Index>(std::llround(o.period / dt));
  SpikeTrains trains{neurons, steps, dt, {}};
  for (Index i = 0; i < neurons; ++i) {
    RandomSequence numbers = Generator{.seed = o.seed}.substream(stream).sequence(i);
    for (Index t = 0, free = 0; t < steps; ++t)
      if (numbers.uniform() < rate(i, t) * dt && t >= free) {
        trains.spikes.push_back({t, i});
        free = t + 80;
      }
  }
  std::sort(trains.spikes.begin(), trains.spikes.end());
  return trains;
}
SpikeTrains input_pattern(const Options& o) {
  if (!o.input.empty()) return from_file(o, o.input, o.inputs, o.input_base);
  return at_random(o, o.inputs, 1, [&](Index, Index) { return o.input_rate; });
}
/// The text: time across, the last neuron on top.
SpikeTrains target_pattern(const Options& o) {
  if (!o.target.empty()) return from_file(o, o.target, o.outputs, o.target_base);
  std::vector<std::pair<plot::Glyph, int>> columns{{{}, 0}};  // a glyph's column, or one beyond it for a gap
  for (const char c : o.text)
    for (int k = 0; k <= plot::glyph(c).width; ++k) columns.push_back({plot::glyph(c), k});
  return at_random(o, o.outputs, 2, [&](Index i, Index t) {
    const auto& [glyph, k] = columns[static_cast<std::size_t>(static_cast<double>(t) * dt / o.period *
                                                              static_cast<double>(columns.size()))];
    const Index row = (o.outputs - 1 - i) * (plot::Glyph::rows + 1) / o.outputs - 1;  // one above is free
    return glyph.inked(k, static_cast<int>(row)) ? o.ink_rate : 0.0;
  });
}

SuperSpike<S> rule_of(const Options& o) {
  SuperSpike<S> rule{.window = o.window, .rate_regularisation = o.rate_regularisation};
  if (feedbacks.at(o.feedback) != Feedback::symmetric) rule.error_delay = 0;
  return rule;
}
Net::Weights weights_of(const Net& net, const Options& o) {
  auto weights = net.initial_weights(ScaledNormal<S>{S(o.hidden_scale)}, Generator{.seed = o.seed});
  std::get<1>(weights).projection = std::get<1>(net.layers)
                                        .projection.initial_weights(ScaledNormal<S>{S(o.output_scale)},
                                                                    Generator{.seed = o.seed}.substream(2));
  return weights;
}

/// What the outputs do in the second of two periods.
SpikeTrains perform(const Net& net, const Net::Weights& weights, const SpikeTrains& input) {
  auto state = net.zero_state(single);
  Spikes<S, Dynamic, 1> in(input.neurons, single);
  SpikeTrains output{std::get<1>(net.layers).units(), input.steps, dt, {}};
  for (const bool recorded : {false, true})
    for (Index t = 0; t < input.steps; ++t) {
      input.show(t, in);
      net.step(weights, state, in);
      if (recorded) output.record(t, std::get<1>(state).neuron.spikes.active(0));
    }
  return output;
}

plot::Image raster_of(const char* title, const SpikeTrains& trains) {
  return plot::Raster{.title = title,
                      .steps = trains.steps,
                      .step_duration = 1000 * dt,
                      .panels = {plot::raster_panel("outputs", trains)},
                      .width = 620}
      .draw();
}

void run(Options o) {
  if (o.published) o.publish();
  check_range("--period in s", o.period, 0.01, 1000.0);
  check_range("--seconds", o.seconds, 0.1, 1e6);
  check_range("--settle in s", o.settle, 0.0, 1e6);
  check_range("--every in s", o.every, 0.01, 1e6);
  check_range("--hold", o.hold, 0.0, 1.0);
  check_range("--input-rate in Hz", o.input_rate, 0.0, 1000.0);
  check_range("--ink-rate in Hz", o.ink_rate, 0.0, 1000.0);
  for (const auto& [name, n] :
       {std::pair{"--inputs", o.inputs}, {"--hidden", o.hidden}, {"--outputs", o.outputs}})
    check_range<Index>(name, n, 1, 100000);
  NEOHEBB_REQUIRE(std::abs(o.period / dt - std::round(o.period / dt)) < 1e-6, "--period is ", o.period,
                  " s, must be a whole number of steps of ", dt, " s");
  NEOHEBB_REQUIRE(std::isfinite(o.rate) && o.final_rate > 0 && o.rate >= o.final_rate, "--final-rate is ",
                  o.final_rate, ", must be positive and at most --rate = ", o.rate);
  const SpikeTrains input = input_pattern(o), target = target_pattern(o);
  NEOHEBB_REQUIRE(!target.spikes.empty(), "the target has no spikes, there is nothing to learn");
  fmt::print("input: {} neurons, {} spikes; target: {} neurons, {} spikes; {} s\n", input.neurons,
             input.spikes.size(), target.neurons, target.spikes.size(), o.period);
  NEOHEBB_REQUIRE(input.steps == target.steps, "input and target have ", input.steps, " and ", target.steps,
                  " steps");
  Spikes<S, Dynamic, 1> in(input.neurons, single), wanted(target.neurons, single);

  const SuperSpike<S> rule = rule_of(o);
  const Net net{rule.hidden({o.inputs}, {o.hidden}, {o.outputs}, feedbacks.at(o.feedback)),
                rule.output({o.hidden}, {o.outputs})};
  auto weights = weights_of(net, o);
  auto state = net.zero_state(single);
  auto learner = net.learner(RMaxProp<S>{.rate = 0, .decay = S(std::exp(-o.window / o.moment_time))}, single,
                             rule.window_steps());
  const SpikeTrains before = perform(net, weights, input);

  std::filesystem::create_directories(o.out);
  const auto file = [&](const char* name) { return (std::filesystem::path(o.out) / name).string(); };
  std::ofstream csv(file("superspike_pattern.csv"));
  csv << "training_seconds,van_rossum_error\n";
  plot::Series curve;
  const VanRossumMeasure measure;
  auto error = measure.zero_state();
  const auto in_steps = [](double seconds) { return static_cast<Index>(std::llround(seconds / dt)); };
  const Index settle = in_steps(o.settle), steps = settle + in_steps(o.seconds), every = in_steps(o.every);
  const auto start = std::chrono::steady_clock::now();
  for (Index t = 0, spikes = 0; t <= steps; ++t) {
    const double trained = static_cast<double>(t - settle) * dt;
    if (t >= settle && (t - settle) % every == 0 && t > 0) {
      const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      const double value = measure.value(error), done = static_cast<double>(t);
      csv << fmt::format("{:.6g},{:.6g}\n", trained, value);
      curve.x.push_back(trained);
      curve.y.push_back(value);
      fmt::print("{:6.6g} s: error {:7.2f}, outputs {:.1f} Hz, {:.1f} s left\n", trained, value,
                 static_cast<double>(spikes) / (static_cast<double>(std::min(every, t)) * dt) /
                     static_cast<double>(o.outputs),
                 took / done * static_cast<double>(steps - t));
      std::fflush(stdout);
    }
    if (t % every == settle % every) spikes = 0;
    if (t == steps) break;
    if (t >= settle) {
      const double falling = std::max(0.0, (trained / o.seconds - o.hold) / std::max(1e-9, 1 - o.hold));
      net.set_rate(learner, static_cast<S>(o.rate * std::pow(o.final_rate / o.rate, falling)));
    }
    input.show(t % input.steps, in);
    target.show(t % input.steps, wanted);
    net.step(weights, state, in);
    net.credit(weights, state, wanted, learner);
    if ((t + 1) % rule.window_steps() == 0) net.update(weights, state, learner);
    measure.step(error, std::get<1>(state).heard.y);
    spikes += std::get<1>(state).neuron.spikes.count();
  }
  csv.flush();
  if (!csv) throw std::runtime_error(file("superspike_pattern.csv") + ": cannot be written");

  const SpikeTrains after = perform(net, weights, input);
  const plot::CurvePlot figure{.title = "The output comes to resemble the target",
                               .x = {.label = "training (s)"},
                               .y = {.label = "van Rossum error"},
                               .series = {curve}};
  plot::write_png(file("superspike_pattern_curve.png"), figure.draw());
  plot::write_png(file("superspike_pattern_raster.png"),
                  plot::beside(std::vector{raster_of("Target", target), raster_of("Before learning", before),
                                           raster_of("After learning", after)}));
  write_ras(file("superspike_pattern_output.ras"), after, o.target_base);
  fmt::print("pictures: {}\n", file("superspike_pattern_{curve,raster}.png"));
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"SuperSpike: a spiking network learns to answer spikes with a picture made of spikes",
               "superspike_pattern"};
  app.option_defaults()->always_capture_default();
  app.add_option("--out", o.out, "folder for curve, pictures and the output's spikes");
  app.add_option("--input", o.input, "spikes of the inputs, .ras; else at random");
  app.add_option("--target", o.target, "spikes of the outputs, .ras; else --text");
  app.add_option("--input-base", o.input_base, "the input file's id of neuron 0: 0 or 1");
  app.add_option("--target-base", o.target_base, "the target file's id of neuron 0: 0 or 1");
  app.add_flag("--drop", o.drop,
               "leave out spikes of neurons and times outside, instead of refusing the file");
  app.add_flag("--strict", o.strict, "refuse files that are unsorted or off the grid of 0.1 ms");
  app.add_option("--period", o.period, "s, after which input and target repeat");
  app.add_option("--text", o.text, "to be written by the outputs");
  app.add_option("--input-rate", o.input_rate, "of inputs at random, Hz");
  app.add_option("--ink-rate", o.ink_rate, "of the outputs that write, Hz");
  app.add_option("--inputs", o.inputs, "neurons");
  app.add_option("--outputs", o.outputs, "neurons");
  app.add_option("--hidden", o.hidden, "neurons");
  app.add_option("--feedback", o.feedback, "of errors to hidden layers")->check(CLI::IsMember(feedbacks));
  app.add_option("--seconds", o.seconds, "of training, simulated");
  app.add_option("--settle", o.settle, "s before that, without updates");
  app.add_option("--every", o.every, "s between points of the learning curve");
  app.add_option("--window", o.window, "s between updates");
  app.add_option("--moment-time", o.moment_time, "s, time constant of RMaxProp's maximum");
  app.add_option("--rate", o.rate, "learning rate, V");
  app.add_option("--final-rate", o.final_rate, "to which it falls");
  app.add_option("--hold", o.hold, "fraction of the training before it begins to fall");
  app.add_option("--hidden-scale", o.hidden_scale, "of initial weights of hidden layers, V");
  app.add_option("--output-scale", o.output_scale, "of initial weights of outputs, V");
  app.add_option("--rate-regularisation", o.rate_regularisation, "strength r");
  app.add_flag("--published", o.published,
               "window, rates and initial weights of the authors' learning curve");
  add_seed(app, o.seed, "of weights and patterns");
  return run_program(app, argc, argv, [&] { run(o); });
}
