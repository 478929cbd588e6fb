#include <limits>
#include <neohebb/neuron/spike_function.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("a hard threshold fires above zero, not at it, and draws nothing", "[neuron]", float,
                   double) {
  using S = TestType;
  Spikes<S> spikes{Extent{4}, Extent{1}};
  Generator generator{.seed = 1};
  Heaviside{}(Vector<S>{{S(0), S(1e-30), S(-1), S(2)}}, spikes, generator);
  CHECK(spikes.dense() == Vector<S>{{S(0), S(1), S(0), S(1)}});
  CHECK(generator == Generator{.seed = 1});
}

TEMPLATE_TEST_CASE("escape noise fires with the logistic probability of potential over temperature",
                   "[neuron]", float, double) {
  using S = TestType;
  constexpr Index neurons = 500, batch = 40;
  const double draws = double(neurons * batch);
  Spikes<S> spikes{Extent{neurons}, Extent{batch}};
  Generator generator{.seed = 2, .stream = 3};
  for (const double temperature : {0.1, 0.5, 1.0, 4.0})
    for (const double u : {-2.0, -0.3, 0.0, 0.1, 1.5}) {
      const EscapeNoise<S> noise{.temperature = S(temperature)};
      noise(Matrix<S>::Constant(neurons, batch, S(u)), spikes, generator);
      const double p = 1 / (1 + std::exp(-u / temperature));
      CHECK(std::abs(double(spikes.count()) / draws - p) <= 4 * std::sqrt(p * (1 - p) / draws) + 1e-7);
      CHECK(std::abs(double(noise.probability(S(u))) - p) < 1e-6);
    }
  CHECK(generator.step == 20);
}

TEMPLATE_TEST_CASE("cold escape noise is the hard threshold", "[neuron]", float, double) {
  using S = TestType;
  Matrix<S> u = laws::uniform<S>(50, 20, 1);
  u = (u.array().abs() > S(0.01)).select(u, S(0.5));
  Spikes<S> cold{Extent{50}, Extent{20}}, hard = cold;
  Generator generator{.seed = 3};
  EscapeNoise<S>{.temperature = S(1e-4)}(u, cold, generator);
  Heaviside{}(u, hard, generator);
  CHECK(cold.dense() == hard.dense());
}

TEMPLATE_TEST_CASE("a sample's escape noise is the same in any chunk of the batch", "[neuron]", float,
                   double) {
  using S = TestType;
  const EscapeNoise<S> noise{};
  const Matrix<S> u = laws::uniform<S>(33, 6, 1);
  const Generator origin{.seed = 4, .stream = 5, .step = 6, .sample = 7};
  Generator all = origin, first = origin, second = origin.at_sample(3), still = origin;
  Spikes<S> whole{Extent{33}, Extent{6}}, a{Extent{33}, Extent{3}}, b = a;
  Spikes<S, 33, 6> fixed{{}, {}};
  for (int t = 0; t < 5; ++t) {
    noise(u, whole, all);
    noise(u.leftCols(3), a, first);
    noise(u.rightCols(3), b, second);
    noise(Matrix<S, 33, 6>(u), fixed, still);
    CHECK(whole.dense().leftCols(3) == a.dense());
    CHECK(whole.dense().rightCols(3) == b.dense());
    CHECK(whole.dense() == fixed.dense());
    CHECK(whole.dense().leftCols(3) != whole.dense().rightCols(3));
  }
  CHECK(all == origin.at_step(11));
}

TEMPLATE_TEST_CASE("the logistic function does not overflow", "[neuron]", float, double) {
  using S = TestType;
  CHECK(logistic(S(0)) == S(0.5));
  CHECK(logistic(S(1e6)) == 1);
  CHECK(logistic(S(-1e6)) == 0);
  CHECK(std::abs(logistic(S(-3)) + logistic(S(3)) - 1) <= laws::rounding<S>);
}

TEMPLATE_TEST_CASE("a temperature that is not positive is refused", "[neuron]", float, double) {
  using S = TestType;
  for (const S bad : {S(0), S(-1), std::numeric_limits<S>::quiet_NaN()}) {
    const std::string message = reference::message_of([=] { EscapeNoise<S>{.temperature = bad}.validate(); });
    CHECK(reference::contains(message, "EscapeNoise.temperature is "));
    CHECK(reference::contains(message, "use Heaviside for a hard threshold"));
  }
}
