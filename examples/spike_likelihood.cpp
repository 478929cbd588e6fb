// Stochastic neurons learn to answer a spike pattern with spike trains: the log-likelihood of the target rises.
//
//     U_i = Σ_j w_ij P_j + b_i + R_i                 P: trace of the input spikes, R: refractory trace
//     P(S_i = 1 | past) = σ(U_i / T)                 escape noise
//     L = Σ_t Σ_i [ S*_i log σ(U_i/T) + (1 − S*_i) log(1 − σ(U_i/T)) ]        S*: the target spikes
//     ∂L/∂w_ij = Σ_t (S*_i − σ(U_i/T)) P_j / T
//
// While it learns, a neuron's past is the target's; afterwards it is its own, as it runs freely.
// [Pfister, Toyoizumi, Barber, Gerstner 2006; Brea, Senn, Pfister 2013]
#include <filesystem>
#include <fstream>
#include <neohebb/data/ras.hpp>
#include <neohebb/data/spike_statistics.hpp>
#include <neohebb/layer/likelihood.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/plot/beside.hpp>
#include <neohebb/plot/curves.hpp>
#include <neohebb/plot/png.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "program.hpp"

namespace {

using namespace neohebb;
using S = float;
using Layer = LikelihoodLayer<Dense<DoubleExponential<S>>>;

struct Options {
  std::string out = "out", target;
  std::uint64_t seed = 1;
  Index inputs = 200, neurons = 10, passes = 400, trials = 20, window = 0, index_base = 0;
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
  if (!o.target.empty()) return on_grid(read_ras(o.target, {.index_base = o.index_base}), {.dt = dt});
  SpikeTimes waves{o.neurons, o.duration / 1000, {}};
  for (Index i = 0; i < o.neurons; ++i) {
    const double phase = (static_cast<double>(i) + 0.5) / static_cast<double>(o.neurons);
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
    auto state = layer.zero_state(Extent{o.trials}, Generator{.seed = o.seed}.substream(2));
    std::vector<SpikeTrains> trains(static_cast<std::size_t>(o.trials),
                                    {target.neurons, target.steps, dt, {}});
    Spikes<S> in(layer.inputs(), Extent{o.trials});
    for (Index t = 0; t < target.steps; ++t) {
      input.show(t, in);
      layer.step(weights, state, in);
      for (Index b = 0; b < o.trials; ++b)
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

void tell(const char* when, const SpikeTrains& target, const std::vector<SpikeTrains>& samples) {
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

plot::Image raster_of(const char* title, const std::vector<plot::RasterPanel>& panels, Index steps) {
  return plot::Raster{
      .title = title, .steps = steps, .step_duration = 1000 * dt, .panels = panels, .width = 620}
      .draw();
}

void run(const Options& o) {
  check_range("--duration in ms", o.duration, 10.0, 1e5);
  check_range("--input-rate in Hz", o.input_rate, 0.1, 1000.0);
  check_range<Index>("--window in steps", o.window, 0, 1000000);
  for (const auto& [name, n] : {std::pair{"--inputs", o.inputs},
                                {"--neurons", o.neurons},
                                {"--passes", o.passes},
                                {"--trials", o.trials}})
    check_range<Index>(name, n, 1, 100000);
  Lesson lesson{o};
  const SpikeTrains& target = lesson.target;
  const Index window = o.window > 0 ? o.window : target.steps;
  NEOHEBB_REQUIRE(!target.spikes.empty(), "the target has no spikes, there is nothing to learn");
  fmt::print("target: {} neurons, {} spikes in {} ms\n", target.neurons, target.spikes.size(), target.steps);

  const auto before = lesson.samples();
  tell("before", target, before);
  auto learner = lesson.layer.learner(Adam<S>{.rate = S(o.rate)});
  auto credit = lesson.layer.zero_credit(Extent{1}, window);
  std::filesystem::create_directories(o.out);
  const std::filesystem::path folder(o.out);
  std::ofstream csv(folder / "spike_likelihood.csv");
  csv << "pass,log_likelihood,per_spike\n";
  plot::Series curve{.name = "log-likelihood per spike"};
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
  csv.flush();
  if (!csv) throw std::runtime_error((folder / "spike_likelihood.csv").string() + ": cannot be written");
  const auto after = lesson.samples();
  tell("after", target, after);

  const plot::CurvePlot figure{.title = "The likelihood of the target rises",
                               .x = {"pass"},
                               .y = {"log-likelihood per target spike"},
                               .series = {curve}};
  plot::write_png((folder / "spike_likelihood_curve.png").string(), figure.draw());
  const auto trials_of = [&](const std::vector<SpikeTrains>& samples) {
    std::vector<plot::RasterPanel> panels{plot::raster_panel("target", target)};
    for (std::size_t k = 0; k < std::min<std::size_t>(3, samples.size()); ++k)
      panels.push_back(plot::raster_panel("sample " + std::to_string(k + 1), samples[k]));
    return panels;
  };
  plot::write_png((folder / "spike_likelihood_raster.png").string(),
                  plot::beside(std::vector{raster_of("Before learning", trials_of(before), target.steps),
                                           raster_of("After learning", trials_of(after), target.steps)}));
  write_ras((folder / "spike_likelihood_sample.ras").string(), after[0], o.index_base);
  fmt::print("pictures: {}\n", (folder / "spike_likelihood_{curve,raster}.png").string());
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"Stochastic neurons are taught spike trains by the likelihood", "spike_likelihood"};
  app.option_defaults()->always_capture_default();
  app.add_option("--out", o.out, "folder for pictures, CSV and a sampled .ras file");
  app.add_option("--target", o.target, ".ras file of the target, in place of two waves");
  app.add_option("--index-base", o.index_base, "id of the first neuron in .ras files, 0 or 1");
  add_seed(app, o.seed, "of input pattern, weights and samples");
  app.add_option("--inputs", o.inputs, "input neurons");
  app.add_option("--neurons", o.neurons, "that learn; the target file has its own number");
  app.add_option("--input-rate", o.input_rate, "of each input, Hz");
  app.add_option("--duration", o.duration, "of the waves, ms; the target file has its own");
  app.add_option("--temperature", o.temperature,
                 "of the escape noise, in units of the resting distance to threshold");
  app.add_option("--passes", o.passes, "of the pattern");
  app.add_option("--window", o.window, "steps per update; 0: one update a pass");
  app.add_option("--rate", o.rate, "learning rate of Adam");
  app.add_option("--trials", o.trials, "samples drawn before and after");
  return run_program(app, argc, argv, [&] { run(o); });
}
