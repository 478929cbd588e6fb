// What own_simulator does besides simulating: random connections, statistics of spike trains, pictures.
#pragma once
#include <fmt/core.h>

#include <filesystem>
#include <neohebb/core/random.hpp>
#include <neohebb/plot/curves.hpp>
#include <neohebb/plot/png.hpp>
#include <neohebb/plot/raster.hpp>

/// Neuron `neuron` fired in time step `step`.
struct Event {
  neohebb::Index step;
  int neuron;
};

/// present(i, j) = 1 where j projects to i: a tenth of the excitatory neurons (the first ones) and a tenth of
/// the inhibitory ones, none to itself.
template <class S>
neohebb::Matrix<S> random_connections(neohebb::Index excitatory, neohebb::Index inhibitory,
                                      const neohebb::Generator& generator) {
  using neohebb::Index;
  const Index n = excitatory + inhibitory;
  neohebb::Matrix<S> present = neohebb::Matrix<S>::Zero(n, n);
  for (Index i = 0; i < n; ++i) {
    neohebb::RandomSequence numbers = generator.sequence(i);
    const auto choose = [&](Index first, Index among) {
      for (Index chosen = 0; chosen < among / 10;) {
        const Index j = first + numbers.below(static_cast<std::uint32_t>(among));
        if (j == i || present(i, j) != 0) continue;
        present(i, j) = 1;
        ++chosen;
      }
    };
    choose(0, excitatory);
    choose(excitatory, inhibitory);
  }
  return present;
}

/// counts(i, 0): numbers of events, Poisson distributed with the same mean. [Knuth]
inline void poisson(double mean, const neohebb::Generator& generator, auto& counts) {
  neohebb::RandomSequence numbers = generator.sequence();
  const double least = std::exp(-mean);
  for (neohebb::Index i = 0; i < counts.rows(); ++i) {
    counts(i, 0) = 0;
    for (double left = 1 - numbers.uniform(); left > least; left *= 1 - numbers.uniform()) ++counts(i, 0);
  }
}

/// A population: neurons [first, first + size).
struct Group {
  std::string name;
  neohebb::Index first, size;
};

/// Spikes of time steps [begin, end), of `dt` ms each.
struct Recording {
  const std::vector<Event>& events;
  neohebb::Index begin, end;
  double dt;

  /// counts(i, k): spikes of neuron i of the group in the k-th stretch of `width` ms.
  neohebb::Matrix<double> counts(const Group& group, double width) const {
    const neohebb::Index per_bin = std::lround(width / dt), bins = (end - begin) / per_bin;
    neohebb::Matrix<double> count = neohebb::Matrix<double>::Zero(group.size, bins);
    for (const Event& e : events) {
      const neohebb::Index i = e.neuron - group.first, k = (e.step - begin) / per_bin;
      if (i >= 0 && i < group.size && e.step >= begin && k < bins) ++count(i, k);
    }
    return count;
  }
  /// Mean over neurons with three intervals or more of: standard deviation / mean of their intervals. 1 for a
  /// Poisson process; too small where the recording holds few intervals of a neuron.
  double variation_of_intervals(const Group& group) const {
    std::vector<std::vector<double>> times(static_cast<std::size_t>(group.size));
    for (const Event& e : events)
      if (e.step >= begin && e.step < end && e.neuron >= group.first && e.neuron < group.first + group.size)
        times[static_cast<std::size_t>(e.neuron - group.first)].push_back(static_cast<double>(e.step));
    double sum = 0;
    int neurons = 0;
    for (const std::vector<double>& t : times) {
      if (t.size() < 4) continue;
      const auto n = static_cast<neohebb::Index>(t.size()) - 1;
      const Eigen::Map<const Eigen::ArrayXd> all(t.data(), n + 1);
      const Eigen::ArrayXd intervals = all.tail(n) - all.head(n);
      const double mean = intervals.mean();
      sum += std::sqrt((intervals - mean).square().sum() / static_cast<double>(n - 1)) / mean;
      ++neurons;
    }
    return neurons > 0 ? sum / neurons : NAN;
  }
  /// Mean correlation of two neurons' spike counts in stretches of 10 ms: 0 asynchronous, 1 all as one.
  /// Counts scaled to variance 1 add up to a sum of variance n + n (n − 1) c.
  double correlation(const Group& group) const {
    const neohebb::Matrix<double> count = counts(group, 10);
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(count.cols());
    double n = 0;
    for (neohebb::Index i = 0; i < count.rows(); ++i) {
      const Eigen::RowVectorXd centred = count.row(i).array() - count.row(i).mean();
      const double variance = centred.squaredNorm() / static_cast<double>(count.cols());
      if (variance == 0) continue;
      sum += centred / std::sqrt(variance);
      ++n;
    }
    return n > 1 ? (sum.squaredNorm() / static_cast<double>(count.cols()) - n) / (n * (n - 1)) : NAN;
  }
};

/// Prints statistics of the groups; draws the last 500 ms as a raster, and the groups' rates.
inline void report(const Recording& all, const std::vector<Group>& groups, const std::string& out) {
  using namespace neohebb;
  for (const Group& g : groups) {
    const double seconds = static_cast<double>(all.end - all.begin) * all.dt / 1000;
    fmt::print("{:10}  {:5.1f} Hz, variation of intervals {:.2f}, correlation of counts {:.3f}\n", g.name,
               all.counts(g, all.dt).sum() / static_cast<double>(g.size) / seconds,
               all.variation_of_intervals(g), all.correlation(g));
  }
  const Index shown = std::min<Index>(all.end - all.begin, std::lround(500 / all.dt));
  const Recording last{all.events, all.end - shown, all.end, all.dt};
  const double width = 5;  // ms
  plot::Raster raster{
      .title = "Balanced network: spikes", .steps = shown, .step_duration = all.dt, .panel_height = 400};
  plot::CurvePlot rates{.title = "Balanced network: rates", .x = {"time (ms)"}, .y = {"rate (Hz)"}};
  for (const Group& g : groups) {
    raster.panels.push_back({.name = g.name, .neurons = g.size});
    for (const Event& e : last.events)
      if (e.step >= last.begin && e.neuron >= g.first && e.neuron < g.first + g.size)
        raster.panels.back().spikes.push_back({e.step - last.begin, e.neuron - g.first});
    const Matrix<double> count = last.counts(g, width).colwise().mean();
    rates.series.push_back({.name = g.name});
    for (Index k = 0; k < count.size(); ++k) {
      rates.series.back().x.push_back((static_cast<double>(k) + 0.5) * width);
      rates.series.back().y.push_back(1000 * count(k) / width);
    }
  }
  std::filesystem::create_directories(out);
  const auto folder = std::filesystem::path(out);
  plot::write_png(folder / "own_simulator.png", raster.draw());
  plot::write_png(folder / "own_simulator_rates.png", rates.draw());
  fmt::print("pictures: {}, {}\n", (folder / "own_simulator.png").string(),
             (folder / "own_simulator_rates.png").string());
}
