// One second of SuperSpike's published network while it learns, 10 000 steps, one thread: the exchanged gradient beside
// the per-synapse recursion. See README.md in this folder.
#include <neohebb/layer/superspike.hpp>
#include <optional>

#include "limits.hpp"
#include "memory.hpp"
#include "verify.hpp"

namespace {

using namespace neohebb;
using limits::peak_bytes;

constexpr Index inputs = 200, hidden = 256, outputs = 200;
constexpr Index second = 10000, period = 18900;  // steps
constexpr Index lessons = 60;  // seconds of learning before time is taken: then neurons spike
constexpr double in_rate = 5, target_rate = 26;  // Hz, of the published task

using List = std::vector<std::int32_t>;

/// Spikes of every step of a period, each neuron at random with `rate` Hz.
std::vector<List> pattern(Index neurons, double rate, std::uint64_t seed) {
  std::vector<List> steps(period);
  for (std::size_t t = 0; t < steps.size(); ++t) {
    RandomSequence numbers = Generator{.seed = seed}.at_step(static_cast<Index>(t)).sequence();
    for (std::int32_t i = 0; i < neurons; ++i)
      if (numbers.uniform() < rate * 1e-4) steps[t].push_back(i);
  }
  return steps;
}

/// A network that has learned for a while, for all benchmarks of its scalar.
template <class S> struct Trained {
  SuperSpikeNetwork<S> net{.layers = {{.in = inputs, .out = hidden}, {.in = hidden, .out = outputs}}};
  std::vector<List> in = pattern(inputs, in_rate, 1), target = pattern(outputs, target_rate, 2);
  typename SuperSpikeNetwork<S>::Weights weights = net.initial_weights(Generator{.seed = 3});
  typename SuperSpikeNetwork<S>::State state = net.zero_state();

  Trained() {
    auto learner = net.learner(RMaxProp<S>{});
    for (Index s = 0; s < lessons; ++s) learn(learner, s * second, second);
  }
  static const Trained& get() {
    static const Trained all;
    return all;
  }
  void learn(auto& learner, Index first, Index steps) {
    for (Index t = first; t < first + steps; ++t) {
      const auto place = static_cast<std::size_t>(t % period);
      net.learn(weights, state, learner, in[place], target[place]);
    }
  }
  void step(Index first, Index steps) {
    for (Index t = first; t < first + steps; ++t)
      net.step(weights, state, in[static_cast<std::size_t>(t % period)]);
  }
};

/// Bytes each array once: per window and neuron v and y written and read and χ written (Exchanged); per step and
/// synapse z, λ and the sum read and written (PerSynapse).
template <class S, class Form> limits::Work work() {
  constexpr double neurons = hidden + outputs, synapses = inputs * hidden + hidden * outputs;
  if constexpr (std::is_same_v<Form, Exchanged>) {
    const double numbers = neurons * second;
    return {.read = sizeof(S) * 2 * numbers,
            .written = sizeof(S) * 3 * numbers,
            .working_set = sizeof(S) * (2 * neurons * second / 2 + 3 * synapses)};
  } else {
    return {.read = sizeof(S) * 3 * synapses * second,
            .written = sizeof(S) * 3 * synapses * second,
            .working_set = sizeof(S) * 3 * synapses};
  }
}

/// A window's gradient of both forms from where the network is.
template <class S> void check(Trained<S> all, Index first) {
  auto plain = all.net.learner(RMaxProp<S>{}, PerSynapse{});
  auto exchanged = all.net.learner(RMaxProp<S>{}, Exchanged{});
  for (Index window = 0; window < 2; ++window) {
    for (Index t = 0; t < all.net.window_steps(); ++t, ++first) {
      const auto place = static_cast<std::size_t>(first % period);
      all.net.step(all.weights, all.state, all.in[place]);
      all.net.credit(all.weights, all.state, plain, all.target[place]);
      all.net.credit(all.weights, all.state, exchanged, all.target[place]);
    }
    for (std::size_t l = 0; l < 2; ++l) {
      const Matrix<S> expected = plain.credits[l].gradient(all.net.layers[l], all.weights.layers[l]);
      const Matrix<S> got = exchanged.credits[l].gradient(all.net.layers[l], all.weights.layers[l]);
      verify::equal<S>("superspike: gradient", got, expected, sizeof(S) == 4 ? 5e-4 : 1e-9);
    }
  }
}

template <class S, class Form> void learn(benchmark::State& state, double peak) {
  Trained<S> all = Trained<S>::get();
  auto learner = all.net.learner(RMaxProp<S>{}, Form{});
  Index t = lessons * second;
  limits::measure<S>(state, work<S, Form>(), 1, [&] {
    all.learn(learner, t, second);
    t += second;
  });
  state.counters["bytes"] = static_cast<double>(learner.bytes());
  state.counters["process_peak"] = peak;
  check(all, t);
}
/// Without learning.
template <class S> void run(benchmark::State& state) {
  Trained<S> all = Trained<S>::get();
  Index t = lessons * second;
  constexpr double neurons = hidden + outputs;
  limits::measure<S>(state,
                     {.read = sizeof(S) * 3 * neurons * second,
                      .written = sizeof(S) * 3 * neurons * second,
                      .working_set = sizeof(S) * 3 * neurons},
                     1, [&] {
                       all.step(t, second);
                       t += second;
                     });
}

/// The peak of a process that learns for a second. Measured first, while this one is small.
template <class S, class Form> void add(const std::string& name) {
  const double peak = peak_bytes([] {
    SuperSpikeNetwork<S> net{.layers = {{.in = inputs, .out = hidden}, {.in = hidden, .out = outputs}}};
    auto weights = net.initial_weights(Generator{.seed = 3});
    auto state = net.zero_state();
    auto learner = net.learner(RMaxProp<S>{}, Form{});
    const auto in = pattern(inputs, in_rate, 1), target = pattern(outputs, target_rate, 2);
    for (std::size_t t = 0; t < second; ++t) net.learn(weights, state, learner, in[t], target[t]);
  });
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    learn<S, Form>(state, peak);
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  std::cout << "peak of a process that does nothing: " << peak_bytes([] {}) / 1e6 << " MB\n";
  add<float, Exchanged>("superspike 200-256-200, second of learning, exchanged");
  add<float, PerSynapse>("superspike 200-256-200, second of learning, per synapse");
  add<double, Exchanged>("superspike 200-256-200, double, second of learning, exchanged");
  add<double, PerSynapse>("superspike 200-256-200, double, second of learning, per synapse");
  benchmark::RegisterBenchmark("superspike 200-256-200, second without learning", run<float>)
      ->Unit(benchmark::kMillisecond);
  return limits::run(argc, argv);
}
