#include <neohebb/data/spike_distance.hpp>

#include <neohebb/data/spike_grid.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::near;

namespace {

using Train = std::vector<double>;

Train random_train(std::uint32_t number, int most = 12) {
  RandomSequence random(7, 0, 0, number);
  Train times(random.below(std::uint32_t(most) + 1));
  for (double& t : times) t = random.uniform();
  std::ranges::sort(times);
  return times;
}

/// 1/τ ∫ (f − g)² dt by the midpoint rule.
double integrated(const Train& a, const Train& b, double tau) {
  const double h = tau / 4000, end = 1 + 20 * tau;
  const auto filtered = [&](const Train& train, double t) {
    double f = 0;
    for (const double s : train)
      if (s <= t) f += std::exp((s - t) / tau);
    return f;
  };
  double sum = 0;
  for (double t = h / 2; t < end; t += h) {
    const double difference = filtered(a, t) - filtered(b, t);
    sum += difference * difference * h / tau;
  }
  return sum;
}

/// The least cost by trying everything that can become of the first spike of a.
double cheapest(std::span<const double> a, std::span<const double> b, double cost) {
  if (a.empty()) return double(b.size());
  double least = 1 + cheapest(a.subspan(1), b, cost);
  for (std::size_t j = 0; j < b.size(); ++j)  // to b[j]; those before it are added
    least = std::min(
        least, double(j) + cost * std::abs(a[0] - b[j]) + cheapest(a.subspan(1), b.subspan(j + 1), cost));
  return least;
}

std::string refusal(auto&& f) { return support::error_of<std::invalid_argument>(f); }

}  // namespace

TEST_CASE("van Rossum's distance is the integral over the filtered trains' squared difference", "[data]") {
  for (std::uint32_t k = 0; k < 8; ++k)
    for (const double tau : {0.02, 0.1, 1.0}) {
      const Train a = random_train(2 * k), b = random_train(2 * k + 1);
      CHECK(near(van_rossum_squared(a, b, tau), integrated(a, b, tau), 2e-3 * (1 + integrated(a, b, tau))));
    }
}

TEST_CASE("van Rossum's distance is the sum over all pairs of spikes", "[data]") {
  for (std::uint32_t k = 0; k < 40; ++k) {
    const double tau = 0.003 * std::pow(1.4, double(k % 20));
    const Train a = random_train(100 + k, 60), b = random_train(200 + k, 60);
    const auto pairs = [&](const Train& x, const Train& y) {
      double sum = 0;
      for (const double s : x)
        for (const double t : y) sum += std::exp(-std::abs(s - t) / tau) / 2;
      return sum;
    };
    const double all = pairs(a, a) + pairs(b, b) - 2 * pairs(a, b);
    CHECK(near(van_rossum_squared(a, b, tau), all, 1e-12 * (1 + pairs(a, a) + pairs(b, b))));
  }
}

TEST_CASE("van Rossum's distance of simple trains", "[data]") {
  const Train none, one{0.5}, later{0.6}, many{0.1, 0.2, 0.3, 0.4};
  CHECK(van_rossum_squared(one, none, 0.01) == 0.5);
  CHECK(van_rossum_squared(none, none, 0.01) == 0);
  CHECK(van_rossum_squared(many, many, 0.01) == 0);
  CHECK(near(van_rossum_squared(one, later, 0.1), 1 - std::exp(-1), 1e-15));
  CHECK(near(van_rossum_squared(many, later, 1e-6), 2.5, 1e-12));  // coincidences
  CHECK(near(van_rossum_squared(many, one, 1e9), 4.5, 1e-6));      // numbers of spikes: (4 − 1)²/2
  CHECK(van_rossum_squared(Train{0.5, 0.5}, none, 0.01) == 2);
}

TEST_CASE("Victor and Purpura's distance of simple trains", "[data]") {
  const Train none, one{0.5}, later{0.6}, many{0.1, 0.2, 0.3, 0.4};
  CHECK(victor_purpura_distance(none, many, 5) == 4);
  CHECK(near(victor_purpura_distance(one, later, 5), 0.5, 1e-15));  // moved
  CHECK(victor_purpura_distance(one, later, 100) == 2);             // removed and added
  CHECK(near(victor_purpura_distance(many, one, 1), 3.1, 1e-15));   // three removed, the last one moved
  CHECK(victor_purpura_distance(many, one, 0) == 3);
  CHECK(near(victor_purpura_distance(Train{0.1, 0.5}, Train{0.2, 0.5}, 3), 0.3, 1e-15));
  CHECK(victor_purpura_distance(Train{0.1, 0.2}, Train{0.3, 0.4}, 1000) == 4);
}

TEST_CASE("Victor and Purpura's distance is the least cost of all ways", "[data]") {
  for (std::uint32_t k = 0; k < 60; ++k)
    for (const double cost : {0.5, 4.0, 30.0}) {
      const Train a = random_train(300 + k, 5), b = random_train(400 + k, 6);
      CHECK(near(victor_purpura_distance(a, b, cost), cheapest(a, b, cost), 1e-13));
    }
}

TEST_CASE("both are metrics", "[data]") {
  const auto laws = [](auto&& distance) {
    for (std::uint32_t k = 0; k < 200; ++k) {
      const Train a = random_train(3 * k + 1000), b = random_train(3 * k + 1001),
                  c = random_train(3 * k + 1002);
      CHECK(distance(a, a) == 0);
      CHECK((distance(a, b) > 0) == (a != b));
      CHECK(near(distance(a, b), distance(b, a), 1e-13));
      CHECK(distance(a, c) <= distance(a, b) + distance(b, c) + 1e-13);
    }
  };
  laws([](const Train& a, const Train& b) { return van_rossum_distance(a, b, 0.05); });
  laws([](const Train& a, const Train& b) { return victor_purpura_distance(a, b, 12); });
}

TEST_CASE("populations are compared neuron by neuron, or pooled", "[data]") {
  const SpikeTimes a{3, 1, {{0.1, 0}, {0.2, 1}}}, b{3, 1, {{0.1, 1}, {0.2, 1}}};
  const Vector<double> each = van_rossum_distances(a, b, 0.01);
  CHECK(each == Vector<double>(Vector<double>{{std::sqrt(0.5), each(1), 0}}));
  CHECK(near(each(1), std::sqrt(0.5), 1e-12));
  CHECK(near(van_rossum_distance(a, b, 0.01), 1, 1e-12));
  CHECK(van_rossum_distance(a, b, 0.01, 1) == 0);  // who spiked makes no difference
  CHECK(near(van_rossum_distance(a, b, 0.01, 0.36), 0.8, 1e-12));
  CHECK(victor_purpura_distances(a, b, 10) == Vector<double>{{1, 1, 0}});
  CHECK(victor_purpura_distance(a, b, 10) == 2);
  const SpikeTrains grid_a = on_grid(a), grid_b = on_grid(b);
  CHECK(near(van_rossum_distance(grid_a, grid_b, 0.01, 0.36), 0.8, 1e-12));
}

TEST_CASE("distances refuse what has no meaning", "[data]") {
  const Train good{0.1, 0.2}, descends{0.2, 0.1}, nan{std::nan("")};
  CHECK(contains(refusal([&] { van_rossum_distance(good, good, 0); }), "tau is 0"));
  CHECK(contains(refusal([&] { van_rossum_distance(good, good, std::nan("")); }), "tau is nan"));
  CHECK(contains(refusal([&] { van_rossum_distance(good, descends, 1); }), "spike 1 of a train is at 0.1"));
  CHECK(contains(refusal([&] { victor_purpura_distance(nan, good, 1); }), "finite"));
  CHECK(contains(refusal([&] { victor_purpura_distance(good, good, -1); }), "-1 per unit of time"));
  const SpikeTimes two{2, 1, {}}, three{3, 1, {}};
  CHECK(contains(refusal([&] { van_rossum_distance(two, three, 1); }), "of 2 and of 3 neurons"));
  CHECK(contains(refusal([&] { van_rossum_distance(two, two, 1, 1.5); }), "cosine is 1.5"));
}
