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
#include <neohebb/data/ras.hpp>
#include <neohebb/layer/superspike.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>

#include "program.hpp"

namespace {

using namespace neohebb;
using S = float;
using Net = Network<std::tuple<SuperSpikeHidden<S>, SuperSpikeOutput<S>>>;
constexpr Extent<1> single;  // one sample: a simulation that goes on

constexpr double dt = 1e-4;  // s

struct Options : Common {
  std::string input, target, text = "SPIKES";
  Feedback feedback = Feedback::symmetric;
  Index inputs = 200, units = 256, outputs = 200, input_base = 0, target_base = 0;
  bool strict = false, drop = false, published = false;
  double period = 1.89, seconds = 380, settle = 20, every = 20;  // s
  double input_rate = 5, ink_rate = 80;                          // Hz
  double update_every = 0.1, moment_time = 300;                  // s
  double rate = 7e-4, final_rate = 1e-5, hold = 0.84;
  double hidden_scale = 0.2, output_scale = 0.01;  // V
  double rate_regularisation = 0;

  /// What the authors' learning curve was made with.
  void publish() {
    update_every = 0.5;
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
/// A letter's columns, of which bit r is set where row r is inked, the first on top; a space for other characters.
std::vector<int> letter(char character) {
  static const std::array<std::vector<int>, 26> letters{
      {{120, 22, 17, 22, 120}, {127, 73, 73, 73, 54}, {62, 65, 65, 65, 34}, {127, 65, 65, 65, 62},
       {127, 73, 73, 73, 65},  {127, 9, 9, 9, 1},     {62, 65, 65, 73, 58}, {127, 8, 8, 8, 127},
       {65, 127, 65},          {32, 64, 64, 63},      {127, 8, 20, 34, 65}, {127, 64, 64, 64, 64},
       {127, 2, 12, 2, 127},   {127, 2, 12, 16, 127}, {62, 65, 65, 65, 62}, {127, 9, 9, 9, 6},
       {62, 65, 81, 33, 94},   {127, 9, 25, 41, 70},  {70, 73, 73, 73, 49}, {1, 1, 127, 1, 1},
       {63, 64, 64, 64, 63},   {7, 24, 96, 24, 7},    {63, 64, 56, 64, 63}, {99, 20, 8, 20, 99},
       {3, 4, 120, 4, 3},      {97, 81, 73, 69, 67}}};
  return character >= 'A' && character <= 'Z' ? letters[static_cast<std::size_t>(character - 'A')]
                                              : std::vector<int>(3);
}
/// The text: time across, the last neuron on top.
SpikeTrains target_pattern(const Options& o) {
  if (!o.target.empty()) return from_file(o, o.target, o.outputs, o.target_base);
  std::vector<int> columns{0};  // with a gap before each letter
  for (const char c : o.text) {
    const std::vector<int> inked = letter(c);
    columns.insert(columns.end(), inked.begin(), inked.end());
    columns.push_back(0);
  }
  return at_random(o, o.outputs, 2, [&](Index i, Index t) {
    const int column = columns[static_cast<std::size_t>(static_cast<double>(t) * dt / o.period *
                                                        static_cast<double>(columns.size()))];
    const Index row = (o.outputs - 1 - i) * 10 / o.outputs - 1;  // of nine, and one above is free
    return row >= 0 && (column >> row & 1) != 0 ? o.ink_rate : 0.0;
  });
}

SuperSpike<S> rule_of(const Options& o) {
  SuperSpike<S> rule{.window = o.update_every, .rate_regularisation = o.rate_regularisation};
  if (o.feedback != Feedback::symmetric) rule.error_delay = 0;
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

pictures::Figure raster_of(const char* title, const SpikeTrains& trains) {
  pictures::Panel panel = pictures::raster("outputs", trains.neurons);
  for (const auto& spike : trains.spikes) panel.spike(1000 * dt * double(spike.step), spike.neuron);
  return {title, pictures::time_axis(trains.steps, 1000 * dt), {panel}};
}

void run(const Options& o) {
  check_range("--period in s", o.period, 0.01, 1000.0);
  check_range("--seconds", o.seconds, 0.1, 1e6);
  check_range("--settle in s", o.settle, 0.0, 1e6);
  check_range("--every in s", o.every, 0.01, 1e6);
  check_range("--hold", o.hold, 0.0, 1.0);
  check_range("--input-rate in Hz", o.input_rate, 0.0, 1000.0);
  check_range("--ink-rate in Hz", o.ink_rate, 0.0, 1000.0);
  for (const auto& [name, n] :
       {std::pair{"--inputs", o.inputs}, {"--units", o.units}, {"--outputs", o.outputs}})
    check_range<Index>(name, n, 1, 100000);
  NEOHEBB_REQUIRE(std::abs(o.period / dt - std::round(o.period / dt)) < 1e-6, "--period is ", o.period,
                  " s, must be a whole number of steps of ", dt, " s");
  NEOHEBB_REQUIRE(std::isfinite(o.rate) && o.final_rate > 0 && o.rate >= o.final_rate, "--final-rate is ",
                  o.final_rate, ", must be positive and at most --rate = ", o.rate);
  NEOHEBB_REQUIRE(o.text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ ") == std::string::npos, "--text is ",
                  o.text, ", must be capital letters and spaces");
  o.check_writable();
  const SpikeTrains input = input_pattern(o), target = target_pattern(o);
  NEOHEBB_REQUIRE(!target.spikes.empty(), "the target has no spikes, there is nothing to learn");
  fmt::print("input: {} neurons, {} spikes; target: {} neurons, {} spikes; {} s\n", input.neurons,
             input.spikes.size(), target.neurons, target.spikes.size(), o.period);
  NEOHEBB_REQUIRE(input.steps == target.steps, "input and target have ", input.steps, " and ", target.steps,
                  " steps");
  Spikes<S, Dynamic, 1> in(input.neurons, single), wanted(target.neurons, single);

  const SuperSpike<S> rule = rule_of(o);
  const Net net{rule.hidden({o.inputs}, {o.units}, {o.outputs}, o.feedback),
                rule.output({o.units}, {o.outputs})};
  auto weights = weights_of(net, o);
  auto state = net.zero_state(single);
  auto learner = net.learner(RMaxProp<S>{.rate = 0, .decay = S(std::exp(-o.update_every / o.moment_time))},
                             single, rule.window_steps());
  const SpikeTrains before = perform(net, weights, input);

  std::ofstream csv(o.file("superspike_pattern.csv"));
  csv << "training_seconds,van_rossum_error\n";
  pictures::Series curve;
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
    measure.step(error, std::get<1>(state).signal_state.y);
    spikes += std::get<1>(state).neuron.spikes.count();
  }
  if (!csv.flush()) throw std::runtime_error("cannot write " + o.file("superspike_pattern.csv"));

  const SpikeTrains after = perform(net, weights, input);
  pictures::draw(
      o.picture("superspike_pattern_curve"),
      {{"The output comes to resemble the target", {"training (s)"}, {{{"van Rossum error"}, {curve}, {}}}}});
  pictures::draw(o.picture("superspike_pattern_raster"),
                 {raster_of("Target", target), raster_of("Before learning", before),
                  raster_of("After learning", after)});
  write_ras(o.file("superspike_pattern_output.ras"), after, o.target_base);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("superspike_pattern",
                  "SuperSpike: a spiking network learns to answer spikes with a picture made of spikes",
                  "--text HELLO --seconds 200");
  program.path("--input", o.input, "spikes of the inputs, .ras; else at random");
  program.path("--target", o.target, "spikes of the outputs, .ras; else --text");
  program.option("--input-base", o.input_base, "the input file's id of neuron 0: 0 or 1");
  program.option("--target-base", o.target_base, "the target file's id of neuron 0: 0 or 1");
  program.flag("--drop", o.drop,
               "leave out spikes of neurons and times outside, instead of refusing the file");
  program.flag("--strict", o.strict, "refuse files that are unsorted or off the grid of 0.1 ms");
  program.option("--period", o.period, "s, after which input and target repeat");
  program.option("--text", o.text, "to be written by the outputs: capital letters");
  program.option("--input-rate", o.input_rate, "of inputs at random, Hz");
  program.option("--ink-rate", o.ink_rate, "of the outputs that write, Hz");
  program.group("Network");
  program.option("--inputs", o.inputs, "neurons");
  program.option("--units", o.units, "hidden neurons");
  program.option("--outputs", o.outputs, "neurons");
  program.option("--hidden-scale", o.hidden_scale, "of initial weights of hidden layers, V");
  program.option("--output-scale", o.output_scale, "of initial weights of outputs, V");
  program.group("Learning");
  program.choice(
      "--feedback", o.feedback,
      {{"symmetric", Feedback::symmetric}, {"random", Feedback::random}, {"uniform", Feedback::uniform}},
      "of errors to hidden layers");
  program.option("--seconds", o.seconds, "of training, simulated");
  program.option("--settle", o.settle, "s before that, without updates");
  program.option("--update-every", o.update_every, "s between updates");
  program.option("--moment-time", o.moment_time, "s, time constant of RMaxProp's maximum");
  program.option("--rate", o.rate, "learning rate, V");
  program.option("--final-rate", o.final_rate, "to which it falls");
  program.option("--hold", o.hold, "fraction of the training before it begins to fall");
  program.option("--rate-regularisation", o.rate_regularisation, "strength r");
  program.flag("--published", o.published,
               "defaults of the authors' learning curve: updates, rates and initial weights");
  program.seed(o.seed, "of weights and patterns");
  program.output(o, false, "folder for pictures, numbers and the output's spikes");
  program.option("--every", o.every, "s between points of the learning curve");
  return program.run(argc, argv, [&] {
    if (o.published) {
      o.publish();
      program.parse(argc, argv);  // given options go before its
    }
    run(o);
  });
}
