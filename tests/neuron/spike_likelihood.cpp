#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/spike_likelihood.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;

namespace own {

/// A user's noise: spikes by chance p, whatever the potential.
struct Coin {
  float p = 0.25f;
  void operator()(const auto& potential, auto& spikes, Generator& generator) const {
    Matrix<float> draws(potential.rows(), potential.cols());
    generator.uniform(draws);
    spikes.assign(draws.array() < p);
  }
};
float log_likelihood(const Coin& c, float, bool spikes) { return std::log(spikes ? c.p : 1 - c.p); }
float score(const Coin&, float, bool) { return 0; }

}  // namespace own

static_assert(LikelihoodNeuron<Srm<float, Exponential<float>, own::Coin>>);
static_assert(LikelihoodNeuron<Srm<double, Exponential<double>, EscapeNoise<double>>>);
static_assert(LikelihoodNeuron<Srm<double, Exponential<double>, ExponentialEscape<double>>>);
static_assert(!LikelihoodNeuron<Srm<double>>);                       // a hard threshold has no likelihood
static_assert(!LikelihoodNeuron<Lif<double, EscapeNoise<double>>>);  // its potential is not its drive

namespace {

/// Of any noise at moderate potentials, against its definition; the score against central differences.
void agrees_with_probability(const auto& noise) {
  for (double u = -6; u <= 6; u += 0.37) {
    const double p = noise.probability(u), h = 1e-5;
    CHECK(std::abs(log_likelihood(noise, u, true) - std::log(p)) < 1e-11 * (1 + std::abs(std::log(p))));
    if (p < 0.9999) CHECK(std::abs(log_likelihood(noise, u, false) - std::log1p(-p)) < 1e-11);
    for (const bool spikes : {false, true}) {
      const double difference =
          (log_likelihood(noise, u + h, spikes) - log_likelihood(noise, u - h, spikes)) / (2 * h);
      CHECK(std::abs(score(noise, u, spikes) - difference) < 1e-8 * (1 + std::abs(difference)));
    }
    // the three-factor form, (dp/du)/(p(1 − p)) · (s − p)
    const double slope = (noise.probability(u + h) - noise.probability(u - h)) / (2 * h);
    if (p > 1e-4 && p < 0.9999)
      CHECK(std::abs(score(noise, u, true) - slope / p) < 1e-6 * (1 + std::abs(slope / p)));
  }
}

}  // namespace

TEST_CASE("log-likelihood and score belong to the probability of a spike", "[neuron]") {
  for (const double temperature : {0.4, 1.0, 3.0}) {
    agrees_with_probability(EscapeNoise<double>{.temperature = temperature});
    for (const double rate : {1e-3, 0.3})
      agrees_with_probability(ExponentialEscape<double>{.rate = rate, .temperature = temperature});
  }
}

TEMPLATE_TEST_CASE("log-likelihoods stay finite and right where probabilities are 0 and 1", "[neuron]", float,
                   double) {
  using S = TestType;
  const S large = 3000;
  const EscapeNoise<S> logistic_noise{.temperature = S(0.5)};
  CHECK(logistic_noise.probability(-large) == 0);
  CHECK(log_likelihood(logistic_noise, -large, true) == -2 * large);
  CHECK(log_likelihood(logistic_noise, large, false) == -2 * large);
  CHECK(log_likelihood(logistic_noise, large, true) == 0);
  CHECK(log_likelihood(logistic_noise, -large, false) == 0);
  CHECK(score(logistic_noise, -large, true) == 2);
  CHECK(score(logistic_noise, large, false) == -2);
  CHECK(score(logistic_noise, large, true) == 0);
  CHECK(score(logistic_noise, -large, false) == 0);
  // where 1 − p is below the resolution of p
  const S u = 20;
  CHECK(std::abs(log_likelihood(logistic_noise, u, true) / -std::exp(-2 * u) - 1) < 1e-4);
  CHECK(std::abs(score(logistic_noise, u, true) / (2 * std::exp(-2 * u)) - 1) < 1e-4);

  const ExponentialEscape<S> exponential{.rate = S(0.01), .temperature = S(0.5)};
  CHECK(std::abs(log_likelihood(exponential, -large, true) - (std::log(S(0.01)) - 2 * large)) < S(1e-3));
  CHECK(log_likelihood(exponential, -large, false) == 0);
  CHECK(log_likelihood(exponential, large, true) == 0);
  CHECK(std::isfinite(log_likelihood(exponential, large, false)));
  CHECK(log_likelihood(exponential, large, false) < S(-1e18));
  CHECK(score(exponential, -large, true) == 2);
  CHECK(score(exponential, large, true) == 0);
  CHECK(score(exponential, -large, false) == 0);
  CHECK(std::isfinite(score(exponential, large, false)));
  for (S v = -60; v < 10; v += S(0.1))  // no step where one formula takes over from another
    CHECK(std::abs(log_likelihood(exponential, v + S(0.1), true) - log_likelihood(exponential, v, true) -
                   S(0.1) * score(exponential, v + S(0.05), true)) < S(2e-3));
}

TEMPLATE_TEST_CASE("exponential escape noise fires at its rate, as small steps of a point process",
                   "[neuron]", float, double) {
  using S = TestType;
  constexpr Index neurons = 500, batch = 40;
  const double draws = double(neurons * batch);
  Spikes<S> spikes{Extent{neurons}, Extent{batch}};
  Generator generator{.seed = 2, .stream = 3};
  for (const double u : {-2.0, 0.0, 1.0, 3.0}) {
    const ExponentialEscape<S> noise{.rate = S(0.05), .temperature = S(0.8)};
    noise(Matrix<S>::Constant(neurons, batch, S(u)), spikes, generator);
    const double p = 1 - std::exp(-0.05 * std::exp(u / 0.8));
    CHECK(std::abs(double(spikes.count()) / draws - p) <= 4 * std::sqrt(p * (1 - p) / draws) + 1e-7);
  }
  CHECK(generator.step == 4);
  const ExponentialEscape<double> once{.rate = 0.02}, half{.rate = 0.01};
  CHECK(std::abs(2 * log_likelihood(half, 0.7, false) - log_likelihood(once, 0.7, false)) < 1e-15);
}

TEST_CASE("exponential escape noise refuses what has no meaning", "[neuron]") {
  const auto refusal = [](const ExponentialEscape<float>& noise) {
    return support::error_of<std::invalid_argument>([&] { noise.validate(); });
  };
  CHECK(support::contains(refusal({.rate = 0}), "rate is 0"));
  CHECK(support::contains(refusal({.rate = std::nanf("")}), "rate is nan"));
  CHECK(support::contains(refusal({.temperature = -1}), "temperature is -1"));
}
