// Stochastic neurons learn to answer a spike pattern with spike trains: the log-likelihood of the target rises.
//
//     U_i = Σ_j w_ij P_j + b_i + R_i                 P: trace of the input spikes, R: refractory trace
//     P(S_i = 1 | past) = σ(U_i / T)                 escape noise
//     L = Σ_t Σ_i [ S*_i log σ(U_i/T) + (1 − S*_i) log(1 − σ(U_i/T)) ]        S*: the target spikes
//     ∂L/∂w_ij = Σ_t (S*_i − σ(U_i/T)) P_j / T
//
// While it learns, a neuron's past is the target's; afterwards it is its own, as it runs freely.
// [Pfister, Toyoizumi, Barber, Gerstner 2006; Brea, Senn, Pfister 2013]
#include <neohebb/data/ras.hpp>
#include <neohebb/data/spike_statistics.hpp>
#include <neohebb/layer/likelihood.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "program.hpp"

namespace {

using namespace neohebb;
using S = float;
using Layer = LikelihoodLayer<Dense<DoubleExponential<S>>>;

struct Options : Common {
  std::string target;
  Index inputs = 200, outputs = 10, passes = 400, test_trials = 20, window = 0, target_base = 0;
  double input_rate = 10, duration = 1000;  // Hz, ms
  double temperature = 0.2, rate = 0.01;
};

constexpr double dt = 1e-3;   // s
constexpr double tau = 0.01;  // s, of the distances
constexpr double sharpness =
    2;  // van Rossum distances are taken with tau, Victor-Purpura's with sharpness/tau

/// Every input spikes at random, and in the same way at each pass.
SpikeTrains input_pattern(const Options& o, Index steps) {
  SpikeTrains pattern{o.inputs, steps, dt, {}};
  Generator generator = Generator{.seed = o.seed}.substream(1);
  Matrix<S> draws(o.inputs, 1);
  for (Index t = 0; t < steps; ++t) {
    generator.uniform(draws);
    for (Index j = 0; j < o.inputs; ++j)
      if (draws(j) < S(o.input_rate * dt)) pattern.spikes.push_back({t, j});
  }
  return pattern;
}

/// What the neurons are to do: two waves that cross, or what a file says.
SpikeTrains target_pattern(const Options& o) {
  if (!o.target.empty()) return on_grid(read_ras(o.target, {.index_base = o.target_base}), {.dt = dt});
  SpikeTimes waves{o.outputs, o.duration / 1000, {}};
  for (Index i = 0; i < o.outputs; ++i) {
    const double phase = (static_cast<double>(i) + 0.5) / static_cast<double>(o.outputs);
    for (const double at : {0.1 + 0.35 * phase, 0.45 - 0.25 * phase, 0.55 + 0.4 * phase * phase})
      waves.spikes.push_back({at * waves.duration, i});
  }
  waves.sort();
  return on_grid(waves, {.dt = dt});
}

/// The population as a program sees it: patterns, layer, weights.
struct Lesson {
  const Options& o;
  SpikeTrains target = target_pattern(o), input = input_pattern(o, target.steps);
  Layer layer = {
      .projection = {.connectivity = {o.inputs, target.neurons},
                     .trace = {.membrane_decay = decay_from_time_constant(S(0.01), S(dt)),
                               .synaptic_decay = decay_from_time_constant(S(0.003), S(dt)),
                               .normalised = false}},
      .neuron = {.refractory = {.decay = decay_from_time_constant(S(0.01), S(dt)), .normalised = false},
                 .refractory_weight = 1,
                 .spike = {.temperature = S(o.temperature)}}};
  Layer::Weights weights = start();

  /// log-likelihood of the target, of one pass in which the weights learn window by window.
  double learn(auto& learner, auto& credit, Index window) {
    auto state = layer.zero_state(Extent{1});
    Spikes<S> in(layer.inputs(), Extent{1}), wanted(layer.units(), Extent{1});
    double sum = 0;
    for (Index t = 0; t < target.steps; ++t) {
      input.show(t, in);
      target.show(t, wanted);
      layer.step(weights, state, in);
      sum -= static_cast<double>(layer.credit(weights, state, wanted, credit));
      if ((t + 1) % window == 0 || t + 1 == target.steps) layer.update(weights, state, credit, learner);
    }
    return sum;
  }
  /// What the neurons do when they run freely, once for every trial.
  std::vector<SpikeTrains> samples() const {
    auto state = layer.zero_state(Extent{o.test_trials}, Generator{.seed = o.seed}.substream(2));
    std::vector<SpikeTrains> trains(static_cast<std::size_t>(o.test_trials),
                                    {target.neurons, target.steps, dt, {}});
    Spikes<S> in(layer.inputs(), Extent{o.test_trials});
    for (Index t = 0; t < target.steps; ++t) {
      input.show(t, in);
      layer.step(weights, state, in);
      for (Index b = 0; b < o.test_trials; ++b)
        trains[static_cast<std::size_t>(b)].record(t, layer.spikes(state).active(b));
    }
    return trains;
  }

 private:
  Layer::Weights start() const {
    auto w = layer.initial_weights(ScaledNormal<S>{S(0.3)}, Generator{.seed = o.seed});
    w.projection.bias.setConstant(-1);  // below threshold
    return w;
  }
};

void print_distances(const char* when, const SpikeTrains& target, const std::vector<SpikeTrains>& samples) {
  double rossum = 0, purpura = 0, rate = 0;
  for (const SpikeTrains& s : samples) {
    rossum += van_rossum_distance(s, target, tau);
    purpura += victor_purpura_distance(s, target, sharpness / tau);
    rate += mean_rate(s);
  }
  const auto n = static_cast<double>(samples.size());
  fmt::print(
      "samples {} learning: {:.1f} Hz, distance from the target {:.2f} (van Rossum), {:.1f} "
      "(Victor-Purpura)\n",
      when, rate / n, rossum / n, purpura / n);
}

pictures::Figure raster_of(const char* title, const SpikeTrains& target,
                           const std::vector<SpikeTrains>& samples) {
  const auto panel = [](const std::string& name, const SpikeTrains& trains) {
    pictures::Panel made = pictures::raster(name, trains.neurons);
    for (const auto& spike : trains.spikes) made.spike(1000 * dt * double(spike.step), spike.neuron);
    return made;
  };
  std::vector<pictures::Panel> panels{panel("target", target)};
  for (std::size_t k = 0; k < std::min<std::size_t>(3, samples.size()); ++k)
    panels.push_back(panel(fmt::format("sample {}", k + 1), samples[k]));
  return {title, pictures::time_axis(target.steps, 1000 * dt), panels};
}

void run(const Options& o) {
  check_range("--duration in ms", o.duration, 10.0, 1e5);
  check_range("--input-rate in Hz", o.input_rate, 0.1, 1000.0);
  check_range<Index>("--window in steps", o.window, 0, 1000000);
  for (const auto& [name, n] : {std::pair{"--inputs", o.inputs},
                                {"--outputs", o.outputs},
                                {"--passes", o.passes},
                                {"--test-trials", o.test_trials}})
    check_range<Index>(name, n, 1, 100000);
  Lesson lesson{o};
  const SpikeTrains& target = lesson.target;
  const Index window = o.window > 0 ? o.window : target.steps;
  NEOHEBB_REQUIRE(!target.spikes.empty(), "the target has no spikes, there is nothing to learn");
  fmt::print("target: {} neurons, {} spikes in {} ms\n", target.neurons, target.spikes.size(), target.steps);

  const auto before = lesson.samples();
  print_distances("before", target, before);
  auto learner = lesson.layer.learner(Adam<S>{.rate = S(o.rate)});
  auto credit = lesson.layer.zero_credit(Extent{1}, window);
  o.check_writable();
  std::ofstream csv(o.file("spike_likelihood.csv"));
  csv << "pass,log_likelihood,per_spike\n";
  pictures::Series curve;
  for (Index pass = 0; pass < o.passes; ++pass) {
    const double value = lesson.learn(learner, credit, window);
    const double per_spike = value / static_cast<double>(target.spikes.size());
    NEOHEBB_REQUIRE(std::isfinite(value), "the log-likelihood is ", value, " in pass ", pass,
                    "; take a smaller --rate");
    csv << fmt::format("{},{:.6g},{:.6g}\n", pass, value, per_spike);
    curve.x.push_back(static_cast<double>(pass));
    curve.y.push_back(per_spike);
    if ((pass & (pass - 1)) == 0 || pass + 1 == o.passes)  // 0, 1, 2, 4, 8, …
      fmt::print("pass {:5}: log-likelihood {:9.2f}, {:7.3f} per spike\n", pass, value, per_spike);
  }
  if (!csv.flush()) throw std::runtime_error("cannot write " + o.file("spike_likelihood.csv"));
  const auto after = lesson.samples();
  print_distances("after", target, after);

  pictures::draw(o.picture("spike_likelihood_curve"),
                 {{"The likelihood of the target rises",
                   {"pass"},
                   {{{"log-likelihood per target spike"}, {curve}, {}}}}});
  pictures::draw(o.picture("spike_likelihood_raster"),
                 {raster_of("Before learning", target, before), raster_of("After learning", target, after)});
  write_ras(o.file("spike_likelihood_sample.ras"), after[0], o.target_base);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("spike_likelihood", "Stochastic neurons are taught spike trains by the likelihood",
                  "--outputs 20 --passes 800");
  program.path("--target", o.target, ".ras file of the target, in place of two waves");
  program.option("--target-base", o.target_base, "id of the first neuron in .ras files, 0 or 1");
  program.option("--duration", o.duration, "of the waves, ms; the target file has its own");
  program.option("--input-rate", o.input_rate, "of each input, Hz");
  program.group("Network");
  program.option("--inputs", o.inputs, "neurons");
  program.option("--outputs", o.outputs, "neurons that learn; the target file has its own number");
  program.option("--temperature", o.temperature,
                 "of the escape noise, in units of the resting distance to threshold");
  program.group("Learning");
  program.option("--passes", o.passes, "of the pattern");
  program.option("--window", o.window, "steps per update; 0: one update a pass");
  program.option("--rate", o.rate, "learning rate of Adam");
  program.seed(o.seed, "of input pattern, weights and samples");
  program.output(o, false, "folder for pictures, numbers and a sampled .ras file");
  program.option("--test-trials", o.test_trials, "samples drawn before and after");
  return program.run(argc, argv, [&] { run(o); });
}
