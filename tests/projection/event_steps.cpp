// Stepping by events: the drive is Dense's at any rate, by either arithmetic.
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/twins.hpp"

using namespace neohebb;

namespace {

template <class S> using Pair = support::Twins<DoubleExponential<S>>;
constexpr Index inputs = 61, outputs = 37;
constexpr double rates[] = {0.01, 0.05, 0.2, 0.5, 0.9};

template <class S> typename Pair<S>::Events make(Arithmetic arithmetic) {
  return {.connectivity = {inputs, outputs}, .arithmetic = arithmetic};
}

/// The largest distance of drives over 1000 steps, as the rate of step t says.
template <class S> S apart(Arithmetic arithmetic, Index batch, auto&& rate_of) {
  Pair<S> twins(make<S>(arithmetic), batch);
  S worst = 0;
  for (Index t = 0; t < 1000; ++t) worst = std::max(worst, twins.step(rate_of(t)));
  CHECK(twins.plain_drive.cwiseAbs().maxCoeff() > S(0.1));
  return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("the drive is that of matrix products at 1 to 90 % spikes, one sample or several",
                   "[projection]", float, double) {
  const TestType rounding = sizeof(TestType) == 4 ? TestType(1e-5) : TestType(1e-12);
  for (const double rate : rates)
    for (const Index batch : {1, 6})
      for (const Arithmetic arithmetic : {Arithmetic::by_rate, Arithmetic::events, Arithmetic::dense})
        CHECK(apart<TestType>(arithmetic, batch, [rate](Index) { return rate; }) < rounding);
}

TEST_CASE("a rate that changes switches back and forth between both arithmetics", "[projection]") {
  for (const Index batch : {1, 6}) {
    CHECK(apart<double>(Arithmetic::by_rate, batch, [](Index t) { return t / 40 % 2 ? 0.95 : 0.03; }) <
          1e-12);
    CHECK(apart<double>(Arithmetic::by_rate, batch, [](Index t) { return t / 3 % 2 ? 1.0 : 0.0; }) < 1e-12);
  }
  Pair<double> twins(make<double>(Arithmetic::by_rate), 6);
  Index events = 0, switches = 0;
  for (Index t = 0; t < 400; ++t) {
    const bool before = twins.state.follows;
    twins.step(t / 40 % 2 ? 0.95 : 0.03);
    events += twins.state.follows;
    switches += t > 0 && twins.state.follows != before;
  }
  CHECK(events > 150);
  CHECK(events < 250);
  CHECK(switches == 9);
}

TEST_CASE("a pinned arithmetic is the one that is used", "[projection]") {
  for (const double rate : {0.02, 0.9}) {
    Pair<double> events(make<double>(Arithmetic::events), 3), dense(make<double>(Arithmetic::dense), 3);
    for (Index t = 0; t < 20; ++t) {
      events.step(rate);
      CHECK(dense.step(rate) == 0);  // the very products
      CHECK(events.state.follows);
      CHECK(!dense.state.follows);
    }
  }
}

TEST_CASE("the limits of the rate are the user's, for one sample and for several", "[projection]") {
  const auto follows = [](double above, double above_single, Index batch) {
    auto e = make<double>(Arithmetic::by_rate);
    e.dense_above = above;
    e.dense_above_single = above_single;
    Pair<double> twins(e, batch);
    for (Index t = 0; t < 30; ++t) twins.step(0.4);
    return twins.state.follows;
  };
  CHECK(follows(0.2, 0.9, 1));
  CHECK(!follows(0.2, 0.9, 2));
  CHECK(follows(0.9, 0.2, 2));
  CHECK(!follows(0.9, 0.2, 1));
  CHECK(!follows(0, 0, 1));
  CHECK(follows(1, 1, 2));
}

TEST_CASE("a state that begins again at zero knows nothing of what it saw before", "[projection]") {
  Pair<double> twins(make<double>(Arithmetic::events), 2);
  double worst = 0;
  for (Index t = 0; t < 100; ++t) {
    if (t % 17 == 0) twins.reset();
    worst = std::max(worst, twins.step(0.1));
  }
  CHECK(worst < 1e-12);
}

TEST_CASE("a copy of a state goes its own way", "[projection]") {
  Pair<double> one(make<double>(Arithmetic::events), 2);
  for (Index t = 0; t < 20; ++t) one.step(0.1);
  auto other = one;
  for (Index t = 0; t < 20; ++t) {
    CHECK(one.step(0.1) < 1e-12);
    CHECK(other.step(0.3) < 1e-12);
  }
}
