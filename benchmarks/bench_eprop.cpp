// A trial of e-prop, 1000 steps with an update at its end: the exchanged gradient beside the per-synapse
// recursion, and how its time grows. See README.md in this folder.
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <neohebb/io/npy.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <numbers>
#include <sstream>

#include "limits.hpp"
#include "memory.hpp"
#include "verify.hpp"

namespace {

using namespace neohebb;

// ------------------------------------------------------------------------------------------------------------------
// The network and its task

constexpr Index steps = 1000, outputs = 2;
constexpr double in_rate = 0.02;    // spikes per input and step
constexpr double usual_gain = 0.7;  // of the weights: recurrent neurons spike with 5 to 20 Hz
constexpr double threshold = 0.6, height = 0.5, width = 0.6;
constexpr double rate_strength = 1, rate_target = 0.01;
constexpr int silent = 4;  // steps after a spike
const double alpha = std::exp(-1.0 / 20), rho = std::exp(-1.0 / 2000), kappa = alpha;
const double beta = 1.7 * (1 - rho) / (1 - alpha);  // of the second half of the neurons

struct Task {
  Index inputs = 400, units = 400, batch = 1;
  double gain = usual_gain;
  std::string name() const {
    return std::to_string(inputs) + " + " + std::to_string(units) + ", batch " + std::to_string(batch);
  }
};

template <class S, class Form> auto make_network(const Task& task) {
  Vector<S> strength = Vector<S>::Zero(task.units);
  strength.tail(task.units / 2).setConstant(S(beta));
  return Network{
      EpropLayer<S, Form, NoSelf>{
          .projection =
              {.forward = {.connectivity = {task.inputs, task.units}, .trace = {S(alpha)}, .bias = false},
               .lateral = {.connectivity = {task.units, task.units}, .trace = {S(alpha)}, .bias = false}},
          .neuron = {.decay = S(alpha),
                     .threshold = S(threshold),
                     .reset = Reset::by_threshold_later,
                     .refractory_steps = silent,
                     .integrates_while_refractory = true,
                     .adaptation_decay = S(rho),
                     .adaptation_strength = strength},
          .surrogate = {.height = S(height), .width = S(width)},
          .eligibility = {.adaptation_decay = S(rho), .readout_decay = S(kappa), .normalised = true},
          .signal = {.outputs = outputs, .feedback = Feedback::random},
          .rate = {.strength = S(rate_strength), .target = S(rate_target)},
          .carries = false},
      EpropReadout<S>{
          .projection = {.connectivity = {task.units, outputs}, .trace = {S(kappa), true}, .bias = false}}};
}
template <class S> auto make_weights(const auto& net, double spread) {
  return net.initial_weights(ScaledNormal<S>{S(spread)}, Generator{.seed = 1});
}
template <class S> std::vector<Spikes<S>> make_input(const Task& task, Index count = steps) {
  std::vector<Spikes<S>> input;
  for (Index t = 0; t < count; ++t)
    input.push_back(limits::random_spikes<S>(task.inputs, task.batch, in_rate, t));
  return input;
}
/// A sine for each output, the same in all samples.
template <class S> std::vector<Matrix<S>> make_targets(const Task& task, Index count = steps) {
  std::vector<Matrix<S>> targets;
  for (Index t = 0; t < count; ++t) {
    Matrix<S> y(outputs, task.batch);
    for (Index k = 0; k < outputs; ++k)
      y.row(k).setConstant(
          S(std::sin(2 * std::numbers::pi * static_cast<double>((k + 1) * t) / static_cast<double>(steps))));
    targets.push_back(y);
  }
  return targets;
}

constexpr std::integral_constant<std::size_t, 0> hidden;

/// A network that learns a trial again and again, at a rate that moves nothing.
template <class S, class Form> struct Problem {
  Task task;
  decltype(make_network<S, Form>(Task{})) net = make_network<S, Form>(task);
  decltype(make_weights<S>(net, 1)) weights = make_weights<S>(net, task.gain);
  decltype(net.zero_state(Extent{1})) zero = net.zero_state(Extent{task.batch}), state = zero;
  decltype(net.learner(Sgd<S>{}, Extent{1}, steps)) learner =
      net.learner(Sgd<S>{S(1e-6)}, Extent{task.batch}, steps);
  std::vector<Spikes<S>> input = make_input<S>(task);
  std::vector<Matrix<S>> target = make_targets<S>(task);

  explicit Problem(const Task& t) : task(t) {}

  /// Calls after() when a step is credited.
  void trial(auto&& after) {
    state = zero;
    for (std::size_t t = 0; t < input.size(); ++t) {
      net.step(weights, state, input[t]);
      net.credit(weights, state, target[t], learner);
      after();
    }
    net.update(weights, state, learner);
  }
  void trial() {
    trial([] {});
  }
  void run() {
    state = zero;
    for (const auto& now : input) net.step(weights, state, now);
  }
  /// Spikes per recurrent neuron and step.
  double rate() {
    Index count = 0;
    trial([&] { count += net.spikes(state, hidden).count(); });
    return static_cast<double>(count) / static_cast<double>(task.units * task.batch * steps);
  }
};

// ------------------------------------------------------------------------------------------------------------------
// What a step has to do at the least, whatever the form

/// Bytes, each array once. Of a neuron and sample: v, a, the refractory counter read and written, U written
/// and read; ψ, L and δ, which the trial's end needs, written and read. Of a spike: a column of W read and
/// one of the gradient read and written. W and the gradient once a trial.
template <class S> limits::Work exchanged_work(const Task& task, double rate) {
  const double batch = static_cast<double>(task.batch), units = static_cast<double>(task.units),
               inputs = static_cast<double>(task.inputs), synapses = units * (inputs + units);
  const double neurons = units * batch, spikes = batch * (in_rate * inputs + rate * units),
               a_trial = 1.0 / steps;
  return {.read = sizeof(S) * (7 * neurons + 2 * spikes * units + 2 * synapses * a_trial),
          .written = sizeof(S) * (7 * neurons + spikes * units + synapses * a_trial),
          .working_set = sizeof(S) * (4 * neurons + 3 * neurons * steps + 2 * synapses)};
}
/// ε, ē, the sum with the learning signal and that of e, of every synapse and sample; the neurons vanish
/// beside them.
template <class S> limits::Work per_synapse_work(const Task& task) {
  const double synapses = static_cast<double>(task.units * (task.inputs + task.units) * task.batch);
  return {.read = sizeof(S) * 4 * synapses,
          .written = sizeof(S) * 4 * synapses,
          .working_set = sizeof(S) * 4 * synapses};
}
/// Of a run without learning: v, a, the counter and U; W's columns.
template <class S> limits::Work run_work(const Task& task, double rate) {
  const double neurons = static_cast<double>(task.units * task.batch);
  const double spikes = in_rate * static_cast<double>(task.inputs * task.batch) + rate * neurons;
  return {.read = sizeof(S) * (3 * neurons + spikes * static_cast<double>(task.units)),
          .written = sizeof(S) * 4 * neurons,
          .working_set =
              sizeof(S) * (4 * neurons + static_cast<double>(task.units * (task.inputs + task.units)))};
}

// ------------------------------------------------------------------------------------------------------------------
// Plain formulas

/// The first steps of a trial: neurons and readout by their equations from the state before, the gradients by
/// the published recursion of every synapse, in double.
template <class S, class Form> void check(Problem<S, Form>& p) {
  using D = Matrix<double>;
  const Index n = p.task.units, in = p.task.inputs, batch = p.task.batch, count = batch > 1 ? 12 : 100;
  const auto& [w, w_out] = p.weights;
  auto& [layer, readout] = p.state;
  const auto& joins = std::get<0>(p.net.layers).projection;
  const D w_in = joins.forward.weight(w.projection.forward).template cast<double>(),
          w_rec = joins.lateral.weight(w.projection.lateral).template cast<double>(),
          out = std::get<1>(p.net.layers).projection.weight(w_out.projection).template cast<double>(),
          feedback = w.signal.feedback.template cast<double>();
  if (w_rec.diagonal().cwiseAbs().maxCoeff() > 0) throw std::runtime_error("a neuron reaches itself");
  const auto beta_of = [&](Index i) { return i < n / 2 ? 0.0 : beta; };
  D z = D::Zero(n, batch), traces = D::Zero(in + n, batch), out_trace = D::Zero(n, batch);
  std::vector<D> adaptive(static_cast<std::size_t>(batch), D::Zero(n, in + n)), filtered = adaptive,
                                                                                all = adaptive;
  D gradient = D::Zero(n, in + n), out_gradient = D::Zero(outputs, n), spikes = D::Zero(n, batch);
  p.state = p.zero;
  for (Index t = 0; t < count; ++t) {
    const auto at = static_cast<std::size_t>(t);
    const auto neuron = layer.neuron;
    const D y = readout.output.template cast<double>();
    p.net.step(p.weights, p.state, p.input[at]);
    const D x = p.input[at].dense().template cast<double>();
    traces *= alpha;
    traces.topRows(in) += x;
    traces.bottomRows(n) += z;
    D v = alpha * neuron.membrane.template cast<double>() - threshold * z;
    v += verify::product<double>(w_in, x) + verify::product<double>(w_rec, z);
    D a = rho * neuron.adaptation.template cast<double>(), psi = D::Zero(n, batch);
    for (Index b = 0; b < batch; ++b)
      for (Index i = 0; i < n; ++i) {
        a(i, b) += beta_of(i) * z(i, b);
        const double u = v(i, b) - threshold - a(i, b);
        const bool free = neuron.refractory(i, b) <= 1, fired = layer.neuron.spikes.dense()(i, b) > 0;
        if (std::abs(u) > 1e-4 && fired != (free && u > 0)) throw std::runtime_error("e-prop: a wrong spike");
        z(i, b) = fired;
        if (free) psi(i, b) = height * std::max(0.0, 1 - std::abs(u) / width);
      }
    verify::equal<double>("e-prop: membrane", layer.neuron.membrane.template cast<double>(), v, 1e-4);
    spikes += z;
    out_trace = kappa * out_trace + (1 - kappa) * z;
    const D output = kappa * y + (1 - kappa) * verify::product<double>(out, z);
    verify::equal<double>("e-prop: output", readout.output.template cast<double>(), output, 1e-4);
    const D error = (output - p.target[at].template cast<double>()) / static_cast<double>(batch);
    p.net.credit(p.weights, p.state, p.target[at], p.learner);
    verify::add_outer<double>(out_gradient, error, out_trace);
    const D signal = verify::product<double>(feedback, error);
    for (Index b = 0; b < batch; ++b) {
      auto& epsilon = adaptive[static_cast<std::size_t>(b)];
      auto& ebar = filtered[static_cast<std::size_t>(b)];
      for (Index j = 0; j < in + n; ++j)
        for (Index i = 0; i < n; ++i) {
          const double e = psi(i, b) * (traces(j, b) - beta_of(i) * epsilon(i, j));
          epsilon(i, j) = rho * epsilon(i, j) + e;
          ebar(i, j) = kappa * ebar(i, j) + (1 - kappa) * e;
          all[static_cast<std::size_t>(b)](i, j) += e;
          gradient(i, j) += signal(i, b) * ebar(i, j);
        }
    }
  }
  const double trial = static_cast<double>(count);
  const D frequency = spikes.rowwise().mean() / trial;
  for (const D& e : all)
    for (Index i = 0; i < n; ++i)
      gradient.row(i) +=
          rate_strength * (frequency(i) - rate_target) / (trial * static_cast<double>(batch)) * e.row(i);
  gradient.rightCols(n).diagonal().setZero();
  auto& [hidden_credit, readout_credit] = p.learner.credit;
  auto got = std::get<0>(p.net.layers).gradient(std::get<0>(p.weights), layer, hidden_credit);
  got.lateral.weight.diagonal().setZero();  // the constraint's, at the update
  D learned(n, in + n);
  learned << got.forward.weight.template cast<double>(), got.lateral.weight.template cast<double>();
  const double tolerance = sizeof(S) == 4 ? 1e-3 : 1e-11;
  verify::equal<double>("e-prop: gradient", learned, gradient, tolerance);
  verify::equal<double>(
      "e-prop: readout's gradient",
      std::get<1>(p.net.layers).projection.gradient(readout_credit).weight.template cast<double>(),
      out_gradient, tolerance);
}

// ------------------------------------------------------------------------------------------------------------------
// Benchmarks

template <class S, class Form> limits::Work work(const Task& task, double rate) {
  return Form::records ? exchanged_work<S>(task, rate) : per_synapse_work<S>(task);
}
template <class S, class Form> void learn(benchmark::State& state, const Task& task, double bytes) {
  Problem<S, Form> p(task);
  const double rate = p.rate();
  limits::measure<S>(state, work<S, Form>(task, rate), steps, [&] { p.trial(); });
  state.counters["rate_hz"] = 1000 * rate;
  state.counters["bytes"] = bytes;
  check(p);
}
template <class S> void run(benchmark::State& state, const Task& task) {
  Problem<S, Exchanged> p(task);
  const double rate = p.rate();
  limits::measure<S>(state, run_work<S>(task, rate), steps, [&] { p.run(); });
  state.counters["rate_hz"] = 1000 * rate;
  check(p);
}
/// What a trial takes of memory beyond its input: weights, state, what is noted until its end. Measured
/// first, while this process is small.
template <class S, class Form> double bytes_of(const Task& task) {
  const auto input_only = [&] {
    auto input = make_input<S>(task);
    benchmark::DoNotOptimize(input);
  };
  return limits::peak_bytes([&] { Problem<S, Form>(task).trial(); }) - limits::peak_bytes(input_only);
}
template <class S, class Form> void add(const Task& task, const std::string& form) {
  const double bytes = bytes_of<S, Form>(task);
  const std::string name = "e-prop trial, " + task.name() + ", " + form;
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    learn<S, Form>(state, task, bytes);
  })->Unit(benchmark::kMicrosecond);
}
template <class Form>
void add_curve(const std::string& over, double value, const Task& task, const std::string& form) {
  std::ostringstream name;
  name << "scaling over " << over << ", e-prop, batch 1, " << std::setprecision(4) << value << ", " << form;
  benchmark::RegisterBenchmark(name.str().c_str(),
                               [=](benchmark::State& state) {
                                 Problem<float, Form> p(task);
                                 state.counters["rate_hz"] = 1000 * p.rate();
                                 while (state.KeepRunningBatch(steps)) p.trial();
                               })
      ->Unit(benchmark::kMicrosecond)
      ->Repetitions(3)
      ->MinTime(0.04);
}

// ------------------------------------------------------------------------------------------------------------------
// What the peers read

/// Into a folder of its own: weights, input (a column for each step and sample), targets (likewise), steps;
/// and how far an update with SGD of rate 1 moves the weights, where there is one.
template <class S> void write_task(const std::string& folder, const Task& task, Index count, bool moves) {
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, const auto& matrix) {
    write_npy(folder + "/" + name + ".npy", matrix);
  };
  const auto net = make_network<S, Exchanged>(task);
  auto weights = make_weights<S>(net, task.gain);
  const auto& layer = std::get<0>(net.layers);
  const auto& readout = std::get<1>(net.layers);
  auto& hidden_weights = std::get<0>(weights);
  const auto& readout_weights = std::get<1>(weights);
  const auto all = [&] {
    return std::array<Matrix<S>, 3>{layer.projection.forward.weight(hidden_weights.projection.forward),
                                    layer.projection.lateral.weight(hidden_weights.projection.lateral),
                                    readout.projection.weight(readout_weights.projection)};
  };
  const auto input = make_input<S>(task, count);
  const auto target = make_targets<S>(task, count);
  Matrix<S> shown(task.inputs, count * task.batch), wanted(outputs, count * task.batch);
  for (Index t = 0; t < count; ++t) {
    shown.middleCols(t * task.batch, task.batch) = input[static_cast<std::size_t>(t)].dense();
    wanted.middleCols(t * task.batch, task.batch) = target[static_cast<std::size_t>(t)];
  }
  const char* names[] = {"in", "rec", "out"};
  const auto before = all();
  for (std::size_t k = 0; k < before.size(); ++k) write(names[k], before[k]);
  write("feedback", hidden_weights.signal.feedback);
  write("input", shown);
  write("target", wanted);
  write("steps", count);
  if (!moves) return;
  auto state = net.zero_state(Extent{task.batch});
  auto learner = net.learner(Sgd<S>{1}, Extent{task.batch}, count);
  for (Index t = 0; t < count; ++t) {
    net.step(weights, state, input[static_cast<std::size_t>(t)]);
    net.credit(weights, state, target[static_cast<std::size_t>(t)], learner);
  }
  net.update(weights, state, learner);
  const auto after = all();
  for (std::size_t k = 0; k < before.size(); ++k)
    write(std::string("moved ") + names[k], Matrix<S>(after[k] - before[k]));
}
const Task tasks[] = {{400, 400, 1}, {100, 100, 1}, {400, 400, 64}};

int write_tasks(const std::string& folder) {
  for (const Task& task : tasks) write_task<float>(folder + "/" + task.name(), task, steps, false);
  write_task<double>(folder + "/check", {50, 60, 3, 1.0}, 200, true);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using S = float;
  if (argc == 3 && std::string(argv[1]) == "--write_tasks") return write_tasks(argv[2]);
  for (const Task& task : tasks) {
    add<S, Exchanged>(task, "exchanged");
    if (task.batch == 1) add<S, PerSynapse>(task, "per synapse");
    benchmark::RegisterBenchmark(("e-prop run without learning, " + task.name()).c_str(), run<S>, task)
        ->Unit(benchmark::kMicrosecond);
  }
  for (const Index n : {100, 200, 400, 1000, 2000})
    add_curve<Exchanged>("neurons", static_cast<double>(n), {n, n}, "exchanged");
  for (const Index n : {100, 200, 400})
    add_curve<PerSynapse>("neurons", static_cast<double>(n), {n, n}, "per synapse");
  for (const double wide : {0.45, 0.6, 0.8, 1.0, 1.4, 2.2}) {
    const Task task{.gain = wide};
    add_curve<Exchanged>("recurrent rate (Hz)", 1000 * Problem<S, Exchanged>(task).rate(), task, "exchanged");
  }
  return limits::run(argc, argv);
}
