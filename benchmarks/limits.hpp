// The machine's own limits, measured beside every benchmark, and how a benchmark reports its share of them.
#pragma once
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <exception>
#include <iostream>
#include <limits>
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>
#include <string>
#include <vector>

namespace limits {

using neohebb::Dynamic, neohebb::Index, neohebb::Matrix;

/// Processor time of this thread in seconds: the clock of Google Benchmark's CPU column. What other programs
/// take of a shared machine is not counted; on a quiet one it is wall-clock time.
inline double seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// The shortest of five timings of f(), each of 0.2 ms or more.
double shortest(auto&& f) {
  double best = std::numeric_limits<double>::max();
  for (Index repeats = 1, rounds = 0; rounds < 5;) {
    const double begin = seconds();
    for (Index k = 0; k < repeats; ++k) {
      f();
      benchmark::ClobberMemory();
    }
    const double time = seconds() - begin;
    if (time < 2e-4) {
      repeats *= 2;
      continue;
    }
    best = std::min(best, time / static_cast<double>(repeats));
    ++rounds;
  }
  return best;
}

/// flop/s of Eigen's product of two 1024 × 1024 matrices: 2·1024³ flop.
template <class S> double product_rate() {
  static const Matrix<S> a = Matrix<S>::Random(1024, 1024), b = Matrix<S>::Random(1024, 1024);
  static Matrix<S> c = a;
  return 2 * 1024.0 * 1024.0 * 1024.0 / shortest([] { c.noalias() = a * b; });
}

/// bytes/s of a working set that is read and written over and over.
struct MemoryRates {
  double copy;    // read and written bytes together
  double stream;  // likewise, of b = a alone
  double read;    // where nothing is written: more than the copy's in some caches, half of it in others
};
/// copy: the faster of
///     b = a      one half copied onto the other: STREAM's copy
///     a = −a     all read and written in place, as kernels treat their states and weights
/// read: the faster of two ways to sum all up.
inline MemoryRates memory_rates(double working_set) {
  const Index n = std::max<Index>(1, static_cast<Index>(working_set / 512)) * 64;
  Eigen::ArrayXf all = Eigen::ArrayXf::Ones(2 * n);
  const double bytes = 8.0 * static_cast<double>(n);
  const double copied = bytes / shortest([&] { all.head(n) = all.tail(n); });
  const double in_place = 2 * bytes / shortest([&] { all = -all; });
  const double summed = bytes / shortest([&] { benchmark::DoNotOptimize(all.sum()); });
  const double summed_apart = bytes / shortest([&] {
                                Eigen::Array<float, 64, 1> sums = Eigen::Array<float, 64, 1>::Zero();
                                for (Index i = 0; i < 2 * n; i += 64) sums += all.segment<64>(i);
                                benchmark::DoNotOptimize(sums);
                              });
  return {std::max(copied, in_place), copied, std::max(summed, summed_apart)};
}

/// What one iteration has to do at the least, whatever the program: counted beside each benchmark.
struct Work {
  double flop = 0;         // of its matrix products; other arithmetic never was the limit
  double read = 0;         // bytes, each array once
  double written = 0;      // bytes, each array once
  double working_set = 0;  // bytes of all arrays
};
/// Bytes of n neurons' spikes in a step at this rate: one each, and four more for each index listed.
inline double spike_bytes(double neurons, double rate) { return neurons * (1 + 4 * rate); }
/// Copying what is written, reading what is read beyond that.
inline double memory_time(const Work& work, const MemoryRates& rates) {
  return 2 * std::min(work.read, work.written) / rates.copy +
         std::max(0.0, work.read - work.written) / rates.read +
         std::max(0.0, work.written - work.read) / rates.copy;
}

/// Times `steps` iterations per call of f and reports as counters, per iteration:
///     flop, read, written       the work
///     product_ns, memory_ns     its flop at the product's rate, its bytes at memory's
///     percent                   the larger of the two, over the time measured: at one and the same time both, and
///                               none can be faster
///     percent_of_sum            their sum, over the time measured: first all arithmetic, then all memory, as an
///                               update does whose moments are many times its gradient's product
///     copy_ns                   its bytes at the speed of b = a in a working set of that size: what is called
///                               copy bandwidth. A kernel that also writes where it reads is faster.
/// Limits are measured anew at every repetition, just before the loop.
template <class S> void measure(benchmark::State& state, const Work& work, Index steps, auto&& f) {
  const double product = work.flop > 0 ? work.flop / product_rate<S>() : 0;
  const MemoryRates rates = memory_rates(work.working_set);
  const double memory = memory_time(work, rates);
  const double begin = seconds();
  while (state.KeepRunningBatch(steps)) {
    f();
    benchmark::ClobberMemory();
  }
  const double time = (seconds() - begin) / static_cast<double>(state.iterations());
  state.counters["flop"] = work.flop;
  state.counters["read"] = work.read;
  state.counters["written"] = work.written;
  state.counters["product_ns"] = 1e9 * product;
  state.counters["memory_ns"] = 1e9 * memory;
  state.counters["copy_ns"] = 1e9 * (work.read + work.written) / rates.stream;
  state.counters["percent"] = 100 * std::max(product, memory) / time;
  state.counters["percent_of_sum"] = 100 * (product + memory) / time;
}

/// Spikes of one step, each neuron with probability `rate`.
template <class S> neohebb::Spikes<S> random_spikes(Index neurons, Index batch, double rate, Index step = 0) {
  neohebb::Spikes<S> spikes(neurons, batch);
  Matrix<double> u(neurons, batch);
  neohebb::Generator{.seed = 5}.at_step(step).uniform(u);
  spikes.assign(u.array() < rate);
  return spikes;
}

/// Uniform in [low, high).
template <class S> Matrix<S> random_matrix(Index rows, Index cols, S low, S high, std::uint64_t seed = 7) {
  Matrix<S> m(rows, cols);
  neohebb::Generator{.seed = seed}.uniform(m);
  m.array() = low + (high - low) * m.array();
  return m;
}

inline std::string per_second(double rate, const char* unit) {
  return std::to_string(std::lround(rate / 1e9)) + " G" + unit + "/s";
}

/// The registered benchmarks: medians of five repetitions, unless options say otherwise. Returns main's exit
/// code; 1 when a result was wrong.
inline int run(int argc, char** argv) {
  std::vector<std::string> words = {argv[0], "--benchmark_repetitions=5", "--benchmark_min_time=0.1",
                                    "--benchmark_report_aggregates_only=true"};
  words.insert(words.end(), argv + 1, argv + argc);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;

  double caches = 1 << 25;
  for (const auto& cache : benchmark::CPUInfo::Get().caches)
    caches = std::max(caches, static_cast<double>(cache.size));
  const double beyond = std::min(4 * caches, 1024.0 * 1024.0 * 1024.0);
#if defined(__clang__)
  benchmark::AddCustomContext("compiler", __VERSION__);
#else
  benchmark::AddCustomContext("compiler", "GCC " __VERSION__);
#endif
  benchmark::AddCustomContext("GEMM 1024 float", per_second(product_rate<float>(), "FLOP"));
  benchmark::AddCustomContext("GEMM 1024 double", per_second(product_rate<double>(), "FLOP"));
  benchmark::AddCustomContext("copy within " + std::to_string(static_cast<int>(beyond / 1048576)) + " MB",
                              per_second(memory_rates(beyond).copy, "B"));
  try {
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception& error) {
    std::cerr << argv[0] << ": " << error.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace limits
