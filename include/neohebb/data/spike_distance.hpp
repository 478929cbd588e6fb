// Distances between spike trains: van Rossum's and Victor and Purpura's.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <neohebb/data/spike_trains.hpp>

namespace neohebb {

namespace detail {

/// Spike times are refused where they descend, and NaN.
inline void check_ascending(const char* what, std::span<const double> times) {
  for (std::size_t k = 0; k < times.size(); ++k)
    NEOHEBB_REQUIRE(is_finite(times[k]) && (k == 0 || times[k] >= times[k - 1]), what, ": spike ", k,
                    " of a train is at ", times[k], "; times must be finite and ascend");
}
inline double check_time_constant(double tau) {
  NEOHEBB_REQUIRE(is_finite(tau) && tau > 0, "van Rossum distance: tau is ", tau,
                  ", must be positive, in the unit of the times");
  return tau;
}
inline double check_cost(double cost) {
  NEOHEBB_REQUIRE(is_finite(cost) && cost >= 0, "Victor-Purpura distance: the cost of moving is ", cost,
                  " per unit of time, must not be negative");
  return cost;
}
/// Two populations of the same size, as trains per neuron.
template <class Trains> auto pairs_of(const Trains& a, const Trains& b) {
  NEOHEBB_REQUIRE(a.neurons == b.neurons, "distance of spike trains of ", a.neurons, " and of ", b.neurons,
                  " neurons");
  return std::pair(a.by_neuron(), b.by_neuron());
}
inline std::vector<double> pooled(const std::vector<std::vector<double>>& trains) {
  std::vector<double> all;
  for (const auto& train : trains) all.insert(all.end(), train.begin(), train.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace detail

/// The square of van Rossum's distance:
///
///     D² = 1/τ ∫ (f − g)² dt,   f(t) = Σ_{spikes tᵢ ≤ t of a} exp(−(t − tᵢ)/τ), g likewise of b
///
/// a, b: spike times, ascending; τ in their unit. One spike more or less counts ½; small τ counts spikes that
/// do not coincide, large τ compares numbers of spikes. Exact, in one pass over both trains: with signs cₖ =
/// ±1 of the merged spikes, D² = Σₖ cₖ (cₖ/2 + mₖ), where mₖ = Σ_{l<k} c_l exp(−(tₖ − t_l)/τ) follows from
/// mₖ₋₁. [van Rossum 2001, doi 10.1162/089976601300014321; the recursion: Houghton & Kreuz 2012, doi
/// 10.3109/0954898X.2012.673048] Throws std::invalid_argument for τ ≤ 0 and times that descend.
inline double van_rossum_squared(std::span<const double> a, std::span<const double> b, double tau) {
  detail::check_time_constant(tau);
  detail::check_ascending("van Rossum distance", a);
  detail::check_ascending("van Rossum distance", b);
  double sum = 0, memory = 0, before = 0;
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const double now = j == b.size() || (i < a.size() && a[i] <= b[j]) ? a[i] : b[j];
    double change = 0;  // spikes of a at this moment, less those of b
    for (; i < a.size() && a[i] == now; ++i) ++change;
    for (; j < b.size() && b[j] == now; ++j) --change;
    if (memory != 0) memory *= std::exp((before - now) / tau);
    sum += change * (change / 2 + memory);
    memory += change;
    before = now;
  }
  return std::max(sum, 0.0);
}
/// The distance of two trains of spike times in s, ascending. Throws std::invalid_argument.
inline double van_rossum_distance(std::span<const double> a, std::span<const double> b, double tau) {
  return std::sqrt(van_rossum_squared(a, b, tau));
}

/// Of every neuron of two populations (SpikeTimes or SpikeTrains; τ in seconds), neurons × 1.
template <PopulationTrains Trains>
Vector<double> van_rossum_distances(const Trains& a, const Trains& b, double tau) {
  const auto [of_a, of_b] = detail::pairs_of(a, b);
  Vector<double> all(a.neurons);
  for (Index i = 0; i < a.neurons; ++i)
    all(i) = van_rossum_distance(of_a[static_cast<std::size_t>(i)], of_b[static_cast<std::size_t>(i)], tau);
  return all;
}
/// Of two populations as a whole, D² = (1 − c) Σ_i D_i² + c D²(all spikes pooled): c = 0 tells neurons apart
/// (labelled lines), c = 1 does not. c is the cosine of the angle between any two neurons.
/// [Houghton & Sen 2008, doi 10.1162/neco.2007.10-06-350]
template <PopulationTrains Trains>
double van_rossum_distance(const Trains& a, const Trains& b, double tau, double cosine = 0) {
  check_range("van Rossum distance: cosine", cosine, 0.0, 1.0);
  const auto [of_a, of_b] = detail::pairs_of(a, b);
  double lines = 0;
  for (std::size_t i = 0; i < of_a.size(); ++i) lines += van_rossum_squared(of_a[i], of_b[i], tau);
  const double together =
      cosine > 0 ? van_rossum_squared(detail::pooled(of_a), detail::pooled(of_b), tau) : 0;
  return std::sqrt((1 - cosine) * lines + cosine * together);
}

/// Victor and Purpura's distance: the least cost of making one train from the other, where a spike is added
/// or removed at cost 1, and moved by Δt at cost q·|Δt|. a, b: spike times, ascending; q per their unit. q =
/// 0 compares numbers of spikes; spikes further apart than 2/q are not moved. Takes |a|·|b| steps, memory for
/// |b|. [Victor & Purpura 1996, doi 10.1152/jn.1996.76.2.1310] Throws std::invalid_argument for q < 0 and
/// times that descend.
inline double victor_purpura_distance(std::span<const double> a, std::span<const double> b, double cost) {
  detail::check_cost(cost);
  detail::check_ascending("Victor-Purpura distance", a);
  detail::check_ascending("Victor-Purpura distance", b);
  std::vector<double> row(b.size() + 1);  // row[j]: the first spikes of a to the first j of b
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<double>(j);
  for (const double t : a) {
    double diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const double moved = diagonal + cost * std::abs(t - b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({moved, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}
/// Of every neuron of two populations (SpikeTimes or SpikeTrains; cost per second), neurons × 1. Their sum is
/// the distance of the populations as labelled lines.
template <PopulationTrains Trains>
Vector<double> victor_purpura_distances(const Trains& a, const Trains& b, double cost) {
  const auto [of_a, of_b] = detail::pairs_of(a, b);
  Vector<double> all(a.neurons);
  for (Index i = 0; i < a.neurons; ++i)
    all(i) =
        victor_purpura_distance(of_a[static_cast<std::size_t>(i)], of_b[static_cast<std::size_t>(i)], cost);
  return all;
}
/// The sum of the distances of both trains of each neuron. Throws std::invalid_argument for another number of
/// neurons.
template <PopulationTrains Trains>
double victor_purpura_distance(const Trains& a, const Trains& b, double cost) {
  return victor_purpura_distances(a, b, cost).sum();
}

}  // namespace neohebb
