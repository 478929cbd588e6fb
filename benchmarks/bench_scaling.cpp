// How the time per step of the DECOLLE benchmarks' network grows with neurons, batch, spike rate, window and
// threads. Every name is "scaling over WHAT, WORK, VALUE, SERIES": report.py makes curves of them.
#include <iomanip>
#include <neohebb/network/parallel.hpp>
#include <sstream>

#include "decolle.hpp"

namespace {

using namespace decolle;

template <class P, class O>
void learn(benchmark::State& state, const Setting& setting, O optimizer, Index window) {
  using S = typename P::Scalar;
  Problem<P>& p = problem<P>(setting);
  optimizer.rate = O::linear ? S(1e-6) : S(1e-10);  // moves no rate
  auto learner = p.net.learner(optimizer, Extent{setting.batch}, window);
  const Index steps = (sequence + window - 1) / window * window;
  while (state.KeepRunningBatch(steps)) {
    show(p, learner, window, steps);
    benchmark::ClobberMemory();
  }
  p.report_rates(state);
}

/// A presentation of 20 steps from zero state, as Parallel::learn shows them. The batch in chunks of equal size, one for
/// each of the threads that there may be.
template <class P, class O>
void learn_in_parallel(benchmark::State& state, const Setting& setting, O optimizer, Index window,
                       int threads, int most) {
  using S = typename P::Scalar;
  Problem<P>& p = problem<P>(setting);
  optimizer.rate = O::linear ? S(1e-6) : S(1e-10);
  const Index samples = setting.batch / most;
  std::vector<std::vector<Spikes<S>>> parts;  // of each chunk, at each step
  for (Index first = 0; first < setting.batch; first += samples) {
    parts.emplace_back();
    for (const auto& whole : p.input) {
      parts.back().emplace_back(Extent{setting.inputs}, Extent{samples});
      parts.back().back().assign(Matrix<S>(whole.dense()).middleCols(first, samples));
    }
  }
  ThreadTeam team(threads);
  const Parallel parallel(p.net, team, samples);
  const Presentation presentation{.steps = sequence, .burn_in = 0, .window = window};
  auto x = parallel.zero_state(setting.batch);
  auto learner = parallel.learner(optimizer, setting.batch, presentation.window);
  const auto input = [&](Index t, Index first, Spikes<S>& spikes) {
    spikes = parts[static_cast<std::size_t>(first / samples)][static_cast<std::size_t>(t)];
  };
  while (state.KeepRunningBatch(presentation.steps)) {
    parallel.learn(p.weights, x, learner, presentation, Generator{}, input, p.target);
    benchmark::ClobberMemory();
  }
  p.report_rates(state, p.net.zero_state(Extent{setting.batch}), sequence);
}

auto* add(const std::string& over, const std::string& work, double value, const std::string& series,
          auto run) {
  std::ostringstream name;
  name << "scaling over " << over << ", " << work << ", " << value << ", " << series;
  return benchmark::RegisterBenchmark(name.str().c_str(), [=](benchmark::State& state) { run(state); })
      ->Repetitions(3)
      ->MinTime(0.04);
}
/// Dense and event-driven.
template <class O>
void add_both(const std::string& over, const std::string& work, double value, const Setting& setting,
              O optimizer, Index window, const std::string& events = "event-driven") {
  add(over, work, value, "dense",
      [=](benchmark::State& state) { learn<DenseSynapses<float>>(state, setting, optimizer, window); });
  add(over, work, value, events,
      [=](benchmark::State& state) { learn<EventSynapses<float>>(state, setting, optimizer, window); });
}
/// Dense; as EventDriven chooses by rate; and events at any rate, so that curves cross.
template <class O> void add_rates(const std::string& work, Index batch, O optimizer, Index window) {
  for (const double rate : {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5}) {
    Setting setting{.batch = batch, .rate = rate};
    add_both("spike rate (%)", work, 100 * rate, setting, optimizer, window, "by rate");
    setting.pinned = true;
    add("spike rate (%)", work, 100 * rate, "events, pinned",
        [=](benchmark::State& state) { learn<EventSynapses<float>>(state, setting, optimizer, window); });
  }
}
template <class P, class O>
void add_threads(const std::string& work, O optimizer, Index window, const std::string& series) {
  const int most = benchmark::CPUInfo::Get().num_cpus < 4 ? 2 : 4;
  for (int threads = 1; threads <= most; threads *= 2)
    add("threads", work, threads, series, [=](benchmark::State& state) {
      learn_in_parallel<P>(state, {.batch = 72}, optimizer, window, threads, most);
    })->UseRealTime();
}

}  // namespace

int main(int argc, char** argv) {
  for (const Index n : {128, 256, 512, 1024, 2048})
    add_both("neurons per layer", "online SGD, batch 1", static_cast<double>(n), {.inputs = n, .hidden = n},
             Sgd<float>{}, 1);
  for (const Index batch : {1, 4, 16, 72, 256})
    add_both("batch", "window of 20, Adam", static_cast<double>(batch), {.batch = batch}, Adam<float>{}, 20);
  for (const Index window : {1, 2, 5, 10, 20, 50, 100})
    add_both("steps per window", "Adam, batch 72", static_cast<double>(window), {.batch = 72}, Adam<float>{},
             window);
  add_rates("online SGD, batch 1", 1, Sgd<float>{}, 1);
  add_rates("window of 20, Adam, batch 72", 72, Adam<float>{}, 20);
  const std::string long_window = "window of 20, Adam, batch 72", online = "online SGD, batch 72";
  add_threads<DenseSynapses<float>>(long_window, Adam<float>{}, sequence, "dense");
  add_threads<EventSynapses<float>>(long_window, Adam<float>{}, sequence, "event-driven");
  add_threads<DenseSynapses<float>>(online, Sgd<float>{}, 1, "dense");
  add_threads<EventSynapses<float>>(online, Sgd<float>{}, 1, "event-driven");
  return limits::run(argc, argv);
}
