// One second of SuperSpike's published network while it learns, 10 000 steps, one thread: the exchanged gradient beside
// the per-synapse recursion, and a batch of sixteen beside one sample. See README.md in this folder.
#include <neohebb/layer/superspike.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>

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

/// A network of B samples, each at another place of the pattern.
template <class S, class Form, int B> struct Task {
  static constexpr Extent<B> batch{};
  SuperSpike<S> rule{};
  Network<std::tuple<SuperSpikeHidden<S, Form>, SuperSpikeOutput<S, Form>>> net{
      rule.template hidden<Form>({inputs}, {hidden}, {outputs}),
      rule.template output<Form>({hidden}, {outputs})};
  using Net = decltype(net);
  std::vector<List> in_lists = pattern(inputs, in_rate, 1), target_lists = pattern(outputs, target_rate, 2);
  typename Net::Weights weights = net.initial_weights(ScaledNormal<S>{S(0.05)}, Generator{.seed = 3});
  decltype(net.zero_state(batch)) state = net.zero_state(batch);
  decltype(net.learner(RMaxProp<S>{}, batch, Index{})) learner =
      net.learner(RMaxProp<S>{}, batch, rule.window_steps());
  Spikes<S, Dynamic, B> in{inputs, batch}, target{outputs, batch};

  static auto of(const std::vector<List>& lists, Index t) {
    return [&lists, t](Index b) -> const List& {
      return lists[static_cast<std::size_t>((t + b * (period / B)) % period)];
    };
  }
  void step(Index t) {
    in.assign_lists(of(in_lists, t));
    net.step(weights, state, in);
  }
  void credit(Index t) {
    target.assign_lists(of(target_lists, t));
    net.credit(weights, state, target, learner);
  }
  void learn(Index first, Index steps) {
    for (Index t = first; t < first + steps; ++t) {
      step(t);
      credit(t);
      if ((t + 1) % rule.window_steps() == 0) net.update(weights, state, learner);
    }
  }
  /// Starts from what has been learned for a minute.
  void begin() {
    static const auto learned = [] {
      Task<S, Exchanged, 1> all;
      all.learn(0, lessons * second);
      return all.weights;
    }();
    std::get<0>(weights).projection = std::get<0>(learned).projection;
    std::get<1>(weights).projection = std::get<1>(learned).projection;
  }
};

/// Bytes each array once: per window, sample and neuron ψ and L written and read and δ written (Exchanged); per step and
/// synapse z, λ and the sum read and written (PerSynapse).
template <class S, class Form, int B> limits::Work work() {
  constexpr double neurons = hidden + outputs, synapses = inputs * hidden + hidden * outputs;
  if constexpr (std::is_same_v<Form, Exchanged>) {
    const double numbers = neurons * second * B;
    return {.read = sizeof(S) * 2 * numbers,
            .written = sizeof(S) * 3 * numbers,
            .working_set = sizeof(S) * (2 * numbers / 2 + 3 * synapses * B)};
  } else {
    return {.read = sizeof(S) * 3 * synapses * second,
            .written = sizeof(S) * 3 * synapses * second,
            .working_set = sizeof(S) * 3 * synapses};
  }
}

/// A window's gradient of both forms from what the network has learned.
template <class S> void check() {
  Task<S, PerSynapse, 1> plain;
  Task<S, Exchanged, 1> fast;
  plain.begin();
  fast.begin();
  Index t = 0;
  for (Index window = 0; window < 2; ++window) {
    for (Index k = 0; k < fast.rule.window_steps(); ++k, ++t) {
      plain.step(t);
      plain.credit(t);
      fast.step(t);
      fast.credit(t);
    }
    const auto compare = [&](auto l) {
      auto gradient = [&](auto& of) {
        auto g =
            std::get<l>(of.net.layers)
                .gradient(std::get<l>(of.weights), std::get<l>(of.state), std::get<l>(of.learner.credit));
        std::get<l>(of.net.layers)
            .projection.finish_update(std::get<l>(of.weights).projection,
                                      [&](auto&& use) { use(std::get<l>(of.learner.credit).projection); });
        return g;
      };
      const Matrix<S> expected = gradient(plain).weight, got = gradient(fast).weight;
      verify::equal<S>("superspike: gradient", got, expected, sizeof(S) == 4 ? 5e-4 : 1e-9);
    };
    compare(std::integral_constant<std::size_t, 0>{});
    compare(std::integral_constant<std::size_t, 1>{});
  }
}

template <class S, class Form, int B> void learn(benchmark::State& state, double peak) {
  Task<S, Form, B> task;
  task.begin();
  Index t = 0;
  task.learn(t, second);
  limits::measure<S>(state, work<S, Form, B>(), 1, [&] {
    t += second;
    task.learn(t, second);
  });
  double spikes = 0;
  for (Index k = 0; k < second; ++k) {
    task.step(k);
    spikes += static_cast<double>(std::get<0>(task.state).neuron.spikes.count());
  }
  state.counters["hidden_hz"] = spikes / B / static_cast<double>(hidden);
  state.counters["process_peak"] = peak;
  check<S>();
}
/// Without learning.
template <class S> void run(benchmark::State& state) {
  Task<S, Exchanged, 1> task;
  task.begin();
  Index t = 0;
  constexpr double neurons = hidden + outputs;
  limits::measure<S>(state,
                     {.read = sizeof(S) * 3 * neurons * second,
                      .written = sizeof(S) * 3 * neurons * second,
                      .working_set = sizeof(S) * 3 * neurons},
                     1, [&] {
                       for (Index k = 0; k < second; ++k) task.step(t++);
                     });
}

/// The peak of a process that learns for a second. Measured first, while this one is small.
template <class S, class Form, int B> void add(const std::string& name) {
  const double peak = peak_bytes([] {
    Task<S, Form, B> task;
    task.learn(0, second);
  });
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    learn<S, Form, B>(state, peak);
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  std::cout << "peak of a process that does nothing: " << peak_bytes([] {}) / 1e6 << " MB\n";
  add<float, Exchanged, 1>("superspike 200-256-200, second of learning, exchanged");
  add<float, PerSynapse, 1>("superspike 200-256-200, second of learning, per synapse");
  add<double, Exchanged, 1>("superspike 200-256-200, double, second of learning, exchanged");
  add<double, PerSynapse, 1>("superspike 200-256-200, double, second of learning, per synapse");
  add<float, Exchanged, 16>("superspike 200-256-200, sixteen samples, second of learning, exchanged");
  benchmark::RegisterBenchmark("superspike 200-256-200, second without learning", run<float>)
      ->Unit(benchmark::kMillisecond);
  return limits::run(argc, argv);
}
