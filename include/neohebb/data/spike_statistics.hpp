// Statistics of spike trains: rates, irregularity of intervals, correlograms.
#pragma once
#include <neohebb/data/spike_distance.hpp>

namespace neohebb {

namespace detail {
double seconds_of(const auto& trains) {
  const double seconds = trains.seconds();
  NEOHEBB_REQUIRE(is_finite(seconds) && seconds > 0, "rates need to know how long the trains last, and got ",
                  seconds, " s; set SpikeTimes.duration");
  return seconds;
}
}  // namespace detail

/// Of every neuron, spikes per second, neurons × 1. trains: SpikeTimes or SpikeTrains. Throws
/// std::invalid_argument where the duration is unknown.
template <PopulationTrains Trains> Vector<double> firing_rates(const Trains& trains) {
  const double seconds = detail::seconds_of(trains);
  Vector<double> rates = Vector<double>::Zero(trains.neurons);
  for (const auto& spike : trains.spikes) {
    detail::check_neuron(spike.neuron, trains.neurons);
    rates(spike.neuron) += 1 / seconds;
  }
  return rates;
}
/// Of the population: the mean over its neurons, spikes per second.
template <PopulationTrains Trains> double mean_rate(const Trains& trains) {
  check_positive("neurons of a mean rate", trains.neurons);
  return static_cast<double>(trains.spikes.size()) /
         (detail::seconds_of(trains) * static_cast<double>(trains.neurons));
}

/// Intervals between successive spikes, one less than spikes. times: ascending.
inline std::vector<double> interspike_intervals(std::span<const double> times) {
  detail::check_ascending("interspike intervals", times);
  std::vector<double> intervals;
  for (std::size_t k = 1; k < times.size(); ++k) intervals.push_back(times[k] - times[k - 1]);
  return intervals;
}

/// Coefficient of variation of the intervals, their standard deviation (of the population: over n) by their
/// mean: 0 for a clock, 1 for a Poisson process. NaN for fewer than two intervals.
/// [Softky & Koch 1993, doi 10.1523/JNEUROSCI.13-01-00334.1993]
inline double interval_cv(std::span<const double> times) {
  const std::vector<double> all = interspike_intervals(times);
  if (all.size() < 2) return detail::as_result<double>(detail::nan_bits<double>);
  const Eigen::Map<const Eigen::ArrayXd> x(all.data(), static_cast<Index>(all.size()));
  return std::sqrt((x - x.mean()).square().mean()) / x.mean();
}
/// Of every neuron, neurons × 1; NaN where a neuron has too few spikes.
template <PopulationTrains Trains> Vector<double> interval_cvs(const Trains& trains) {
  const auto of = trains.by_neuron();
  Vector<double> all(trains.neurons);
  for (Index i = 0; i < trains.neurons; ++i) all(i) = interval_cv(of[static_cast<std::size_t>(i)]);
  return all;
}
/// Of the population: the mean over the neurons that have one; NaN where none has.
template <PopulationTrains Trains> double mean_interval_cv(const Trains& trains) {
  const Vector<double> all = interval_cvs(trains);
  const auto known = all.array().isFinite();
  return known.select(all.array(), 0).sum() / static_cast<double>(known.count());
}

/// Numbers of spike pairs by their lag. count[k] holds lags from (k − n − ½)w up to (k − n + ½)w, n = bins to
/// either side.
struct Correlogram {
  double bin = 0;                  // w, in the unit of the times
  std::vector<double> count = {};  // 2n + 1 pairs
  double reference_spikes = 0;     // those of the first train

  /// Bins on either side of zero.
  Index bins() const { return static_cast<Index>(count.size()) / 2; }
  /// Middle of bin k.
  double lag(Index k) const { return static_cast<double>(k - bins()) * bin; }
  /// Rate of the second train at that lag from a spike of the first: pairs per reference spike and unit of
  /// time.
  double rate(Index k) const {
    return reference_spikes > 0 ? count[static_cast<std::size_t>(k)] / (reference_spikes * bin) : 0;
  }
  /// Pairs and reference spikes of both.
  Correlogram& operator+=(const Correlogram& other) {
    reference_spikes += other.reference_spikes;
    return add(other, 1);
  }
  /// Pairs alone.
  Correlogram& add(const Correlogram& other, double sign) {
    NEOHEBB_REQUIRE(count.size() == other.count.size() && bin == other.bin, "correlograms of ", count.size(),
                    " and ", other.count.size(), " bins, ", bin, " and ", other.bin, " wide, do not add up");
    for (std::size_t k = 0; k < count.size(); ++k) count[k] += sign * other.count[k];
    return *this;
  }
};

/// Pairs (s in a, t in b) by their lag t − s: positive where b follows a. a, b: ascending times; bin and
/// longest lag in their unit. Where times lie on a grid, take an odd multiple of its step for the bin: then
/// no lag lies on a bin's edge. [Perkel, Gerstein & Moore 1967, doi 10.1016/S0006-3495(67)86597-4] Throws
/// std::invalid_argument for bins ≤ 0 and longest lags shorter than a bin.
inline Correlogram cross_correlogram(std::span<const double> a, std::span<const double> b, double bin,
                                     double longest_lag) {
  NEOHEBB_REQUIRE(is_finite(bin) && bin > 0, "bin of a correlogram is ", bin, ", must be positive");
  NEOHEBB_REQUIRE(is_number(longest_lag) && longest_lag >= bin && longest_lag / bin < 1e8,
                  "longest lag of a correlogram is ", longest_lag, ", must be from one bin, ", bin,
                  ", to 1e8 of them");
  detail::check_ascending("correlogram", a);
  detail::check_ascending("correlogram", b);
  const double n = std::floor(longest_lag / bin + 1e-9);
  Correlogram found{bin, std::vector<double>(2 * static_cast<std::size_t>(n) + 1),
                    static_cast<double>(a.size())};
  std::size_t first = 0;
  for (const double s : a) {
    while (first < b.size() && b[first] - s < -(n + 1) * bin) ++first;
    for (std::size_t j = first; j < b.size() && b[j] - s <= (n + 1) * bin; ++j) {
      const double place = std::floor((b[j] - s) / bin + 0.5 + 1e-9) + n;  // grids leave rounding errors
      if (place >= 0 && place <= 2 * n) ++found.count[static_cast<std::size_t>(place)];
    }
  }
  return found;
}
/// Pairs of different spikes of one train.
inline Correlogram auto_correlogram(std::span<const double> times, double bin, double longest_lag) {
  Correlogram found = cross_correlogram(times, times, bin, longest_lag);
  found.count[static_cast<std::size_t>(found.bins())] -= static_cast<double>(times.size());
  return found;
}
/// The neurons' auto-correlograms added up: does a neuron's spike tell of its own others?
template <PopulationTrains Trains>
Correlogram auto_correlogram(const Trains& trains, double bin, double longest_lag) {
  Correlogram all = auto_correlogram(std::span<const double>(), bin, longest_lag);
  for (const auto& train : trains.by_neuron()) all += auto_correlogram(train, bin, longest_lag);
  return all;
}
/// The cross-correlograms of all pairs of different neurons added up: does a neuron's spike tell of others'?
template <PopulationTrains Trains>
Correlogram population_correlogram(const Trains& trains, double bin, double longest_lag) {
  return auto_correlogram(detail::pooled(trains.by_neuron()), bin, longest_lag)
      .add(auto_correlogram(trains, bin, longest_lag), -1);
}

}  // namespace neohebb
