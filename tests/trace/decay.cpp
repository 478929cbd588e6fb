#include <limits>
#include <neohebb/trace/decay.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

TEMPLATE_TEST_CASE("a time constant of n steps falls to 1/e in n steps", "[trace]", float, double) {
  using S = TestType;
  CHECK(laws::relative_error(decay_from_time_constant(S(20), S(1)), std::exp(-1.0 / 20)) < 1e-5);
  CHECK(laws::relative_error(std::pow(decay_from_time_constant(S(5), S(0.1)), S(50)), std::exp(-1.0)) < 1e-5);
  CHECK(laws::relative_error(euler_decay_from_time_constant(S(20), S(1)), 0.95) < 1e-5);
  CHECK(euler_decay_from_time_constant(S(1), S(1)) == 0);
}

TEST_CASE("the Euler decay differs from the exact one by half the square of the step", "[trace]") {
  for (const double tau : {50.0, 100.0, 1000.0})
    CHECK(laws::relative_error(decay_from_time_constant(tau, 1.0) - euler_decay_from_time_constant(tau, 1.0),
                               0.5 / (tau * tau)) < 0.01);
}

TEMPLATE_TEST_CASE("time constants that are not positive are refused with both numbers", "[trace]", float,
                   double) {
  using S = TestType;
  const S nan = std::numeric_limits<S>::quiet_NaN();
  const auto refusal = [](S tau, S dt) { return message_of([=] { decay_from_time_constant(tau, dt); }); };
  CHECK(contains(refusal(-5, 1), "decay_from_time_constant(-5"));
  CHECK(contains(refusal(-5, 1), "must be positive and in the same unit"));
  CHECK(refusal(0, 1) != "accepted");
  CHECK(refusal(5, 0) != "accepted");
  CHECK(refusal(5, -1) != "accepted");
  CHECK(refusal(nan, 1) != "accepted");
  CHECK(refusal(5, nan) != "accepted");
  const auto euler = [](S tau, S dt) { return message_of([=] { euler_decay_from_time_constant(tau, dt); }); };
  CHECK(contains(euler(S(0.5), 1), "the time constant must be at least the time step"));
  CHECK(euler(nan, 1) != "accepted");
  CHECK(euler(1, 0) != "accepted");
  CHECK(message_of([] {
          decay_from_time_constant(Vector<S>(Vector<S>{{S(5), S(-1)}}), S(1));
        }) != "accepted");
}

TEMPLATE_TEST_CASE("one decay per neuron comes from one time constant per neuron", "[trace]", float, double) {
  using S = TestType;
  const Vector<S> tau{{S(5), S(10), S(40)}};
  const Vector<S> decay = decay_from_time_constant(tau, S(1));
  for (Index i = 0; i < 3; ++i) CHECK(decay(i) == decay_from_time_constant(tau(i), S(1)));
}

TEMPLATE_TEST_CASE("random time constants lie in their range and depend on the generator only", "[trace]",
                   float, double) {
  using S = TestType;
  const Generator generator{.seed = 1, .stream = 2};
  const auto decays = random_decays(Extent{500}, S(20), S(0.5), S(1), generator);
  const Vector<double> tau = (-1 / decays.template cast<double>().array().log()).matrix();
  CHECK(tau.minCoeff() >= 10 * (1 - 1e-4));
  CHECK(tau.maxCoeff() <= 30 * (1 + 1e-4));
  CHECK(std::abs(tau.mean() - 20) < 4 * 20 / std::sqrt(12.0 * 500));
  CHECK(decays == random_decays(Extent{500}, S(20), S(0.5), S(1), generator));
  CHECK(decays != random_decays(Extent{500}, S(20), S(0.5), S(1), generator.substream(1)));
  CHECK(decays.head(16) == random_decays(Extent<16>{}, S(20), S(0.5), S(1), generator));
  const auto same = random_decays(Extent{8}, S(20), S(0), S(1), generator);
  CHECK(laws::deviation(same, Vector<S>::Constant(8, decay_from_time_constant(S(20), S(1)))) <=
        laws::rounding<S>);
  for (const S spread : {S(1), S(-0.1), std::numeric_limits<S>::quiet_NaN()})
    CHECK(contains(message_of([&] { random_decays(Extent{8}, S(20), spread, S(1), generator); }),
                   "random_decays: spread is "));
  CHECK(message_of([&] { random_decays(Extent{8}, S(-20), S(0.5), S(1), generator); }) != "accepted");
}
