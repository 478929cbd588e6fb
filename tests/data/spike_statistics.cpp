#include <neohebb/data/spike_statistics.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::near;

namespace {

using Train = std::vector<double>;

/// Poisson trains on a grid of 1 ms, p per step.
SpikeTrains poisson(Index neurons, Index steps, double p, std::uint32_t seed) {
  SpikeTrains trains{neurons, steps, 1e-3, {}};
  RandomSequence random(seed, 0, 0, 0);
  for (Index t = 0; t < steps; ++t)
    for (Index i = 0; i < neurons; ++i)
      if (random.uniform() < p) trains.spikes.push_back({t, i});
  return trains;
}
std::string refusal(auto&& f) { return support::error_of<std::invalid_argument>(f); }

}  // namespace

TEST_CASE("rates are spikes per second, of neurons and of the population", "[data]") {
  const SpikeTimes times{3, 2, {{0.1, 0}, {0.2, 2}, {0.3, 2}, {0.4, 2}}};
  CHECK(firing_rates(times) == Vector<double>{{0.5, 0, 1.5}});
  CHECK(near(mean_rate(times), 2.0 / 3, 1e-15));
  const SpikeTrains grid{2, 500, 1e-3, {{0, 1}, {499, 1}}};
  CHECK(firing_rates(grid) == Vector<double>{{0, 4}});
  CHECK(contains(refusal([] { firing_rates(SpikeTimes{1, 0, {}}); }), "set SpikeTimes.duration"));
  CHECK(contains(refusal([] { mean_rate(SpikeTimes{0, 1, {}}); }), "must be at least 1"));
}

TEST_CASE("a clock's intervals do not vary, a Poisson process's vary as their mean", "[data]") {
  CHECK(interspike_intervals(Train{1, 3, 4}) == Train{2, 1});
  CHECK(interspike_intervals(Train{1}).empty());
  CHECK(interval_cv(Train{0, 1, 2, 3}) == 0);
  CHECK(near(interval_cv(Train{0, 1, 4}), 0.5, 1e-15));  // 1 and 3: deviation 1, mean 2
  CHECK(std::isnan(interval_cv(Train{0, 1})));
  const double p = 0.02;
  const SpikeTrains trains = poisson(5, 400000, p, 1);
  const Vector<double> cvs = interval_cvs(trains);
  for (Index i = 0; i < 5; ++i)  // a geometric distribution; the CV of n intervals is off by about 1/√n
    CHECK(near(cvs(i), std::sqrt(1 - p), 4 / std::sqrt(400000 * p)));
  CHECK(near(mean_interval_cv(trains), cvs.mean(), 1e-14));
  const SpikeTimes partly{2, 4, {{0, 0}, {1, 0}, {1.5, 1}, {2, 0}}};
  CHECK(mean_interval_cv(partly) == 0);  // neuron 1 has none
  CHECK(std::isnan(mean_interval_cv(SpikeTimes{2, 1, {}})));
}

TEST_CASE("correlograms added up have the spikes of both to refer to", "[data]") {
  const std::vector<double> a{0.1, 0.2, 0.3}, b{0.15, 0.35};
  auto sum = cross_correlogram(a, b, 0.01, 0.1);
  const double once = sum.rate(sum.bins());
  sum += cross_correlogram(a, b, 0.01, 0.1);
  CHECK(sum.rate(sum.bins()) == once);
  CHECK(sum.reference_spikes == 6);
}

TEST_CASE("neurons that the population does not have are refused", "[data]") {
  const SpikeTimes trains{3, 1.0, {{0.5, 3}}};
  CHECK_THROWS_WITH(trains.by_neuron(),
                    Catch::Matchers::Contains("a spike of neuron 3, the population has 3"));
  CHECK_THROWS_AS(firing_rates(trains), std::invalid_argument);
}

TEST_CASE("a correlogram counts pairs by their lag", "[data]") {
  const Correlogram c = cross_correlogram(Train{1, 5}, Train{1.2, 2, 4, 5}, 1, 2);
  CHECK(c.count == Train{0, 1, 2, 1, 0});  // lags −1, 0, 0.2, 1; −3 and −4 and 3 and 4 are too long
  CHECK(c.lag(0) == -2);
  CHECK(c.lag(4) == 2);
  CHECK(c.rate(2) == 1);
  const Correlogram own = auto_correlogram(Train{1, 2, 2, 4}, 1, 3);
  CHECK(own.count == Train{1, 2, 2, 2, 2, 2, 1});  // two spikes at the same time are a pair, in both orders
}

TEST_CASE("a correlogram on the grid is exact, and all pairs by brute force", "[data]") {
  const SpikeTrains trains = poisson(4, 3000, 0.05, 2);
  const Correlogram own = auto_correlogram(trains, 1e-3, 0.02),
                    others = population_correlogram(trains, 1e-3, 0.02);
  std::vector<double> expected_own(41), expected_others(41);
  for (const StepSpike& s : trains.spikes)
    for (const StepSpike& t : trains.spikes) {
      const Index lag = t.step - s.step;
      if (std::abs(lag) > 20 || s == t) continue;
      ++(s.neuron == t.neuron ? expected_own : expected_others)[std::size_t(lag + 20)];
    }
  CHECK(own.count == expected_own);
  CHECK(others.count == expected_others);
  CHECK(own.reference_spikes == double(trains.spikes.size()));
}

TEST_CASE("independent trains meet at every lag as often as their rates say, a delayed one at its delay",
          "[data]") {
  const SpikeTrains trains = poisson(2, 200000, 0.03, 3);
  const auto by = trains.by_neuron();
  const Correlogram c = cross_correlogram(by[0], by[1], 5e-3, 0.05);
  for (Index k = 0; k < 21; ++k) CHECK(near(c.rate(k), 30, 4 * 30 / std::sqrt(200000 * 0.03 * 0.03 * 5)));
  Train delayed = by[0];
  for (double& t : delayed) t += 0.02;
  const Correlogram shifted = cross_correlogram(by[0], delayed, 5e-3, 0.05);
  CHECK(std::ranges::max_element(shifted.count) - shifted.count.begin() == 14);  // +20 ms
  CHECK(near(shifted.rate(14), 200 + 30 * 0.8, 10));
}

TEST_CASE("correlograms refuse what has no meaning", "[data]") {
  const Train good{0.1, 0.2}, descends{0.2, 0.1};
  CHECK(contains(refusal([&] { auto_correlogram(good, 0, 1); }), "bin of a correlogram is 0"));
  CHECK(contains(refusal([&] { auto_correlogram(good, 0.1, 0.05); }), "longest lag"));
  CHECK(contains(refusal([&] { auto_correlogram(good, 1e-9, 10); }), "longest lag"));
  CHECK(contains(refusal([&] { cross_correlogram(good, descends, 0.1, 1); }), "ascend"));
  Correlogram one = auto_correlogram(good, 0.1, 1);
  CHECK(contains(refusal([&] { one += auto_correlogram(good, 0.1, 2); }), "do not add up"));
}
