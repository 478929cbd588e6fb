// Windows: what the spikes of a window ask for is what the traces ask for.
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/twins.hpp"

using namespace neohebb;

namespace {

using Pair = support::Twins<DoubleExponential<double>>;
constexpr Index inputs = 61, outputs = 37;

Pair make(Index batch, Arithmetic arithmetic = Arithmetic::events) {
  return Pair({.connectivity = {inputs, outputs}, .arithmetic = arithmetic}, batch);
}
support::Lessons<Pair, Sgd<double>> taught(Pair& twins, Index window) {
  return {twins, Sgd<double>{.rate = 1e-3}, window};
}

}  // namespace

TEST_CASE("a window's gradient is the sum over its traces, at 1 to 90 % spikes, for one to eight samples",
          "[projection]") {
  for (const double rate : {0.01, 0.05, 0.2, 0.5, 0.9})
    for (Index batch = 1; batch <= 8; ++batch) {
      Pair twins = make(batch, batch % 2 ? Arithmetic::events : Arithmetic::by_rate);
      auto lessons = taught(twins, 12);
      for (Index t = 0; t < 36; ++t) {  // three windows, the first from zero
        CHECK(twins.step(rate) < 1e-12);
        lessons.note(twins.delta());
        CHECK(lessons.gradients_apart() < 1e-11);  // sums of up to 96 terms of size 1
        if (t % 12 == 11) lessons.update();
      }
      CHECK(twins.weights_apart() < 1e-12);
    }
}

TEST_CASE("steps before the window are felt in it", "[projection]") {
  for (const Index batch : {1, 3})
    for (const Index burn_in : {1, 2, 30}) {
      Pair twins = make(batch);
      auto lessons = taught(twins, 10);
      for (Index t = 0; t < burn_in; ++t) twins.step(0.2);
      for (Index t = 0; t < 10; ++t) {
        twins.step(t < 5 ? 0.0 : 0.05);
        lessons.note(twins.delta());
        CHECK(lessons.credit.spikes.columns() == batch * (t + 1));  // recorded as events
        CHECK(lessons.gradients_apart() < 1e-12);
      }
      lessons.update();
      CHECK(twins.weights_apart() < 1e-14);
    }
}

TEST_CASE("steps that are not credited may lie within a window", "[projection]") {
  for (const Index batch : {1, 3})
    for (const Index hole : {2, 3, 5}) {
      Pair twins = make(batch);
      auto lessons = taught(twins, 10);
      for (Index t = 0; t < 60; ++t) {
        CHECK(twins.step(0.1) < 1e-12);
        if (t % hole != 1) lessons.note(twins.delta());
        CHECK(lessons.gradients_apart() < 1e-12);
        if (t % 10 == 9) lessons.update();
      }
      CHECK(twins.weights_apart() < 1e-12);
    }
}

TEST_CASE("windows may have more steps than announced, or fewer", "[projection]") {
  for (const Index batch : {1, 3})
    for (const Index columns : {4, 1024})
      for (const Index announced : {1, 2, 7, 25}) {
        Pair::Events e{.connectivity = {inputs, outputs}, .arithmetic = Arithmetic::events};
        e.credit_columns = columns;
        Pair twins(e, batch);
        auto lessons = taught(twins, announced);
        for (Index t = 0; t < 60; ++t) {
          CHECK(twins.step(0.1) < 1e-12);
          lessons.note(twins.delta());
          CHECK(lessons.gradients_apart() < 1e-12);
          if (t % 13 == 10) lessons.update();  // windows of 11, then of 13 steps
        }
        CHECK(twins.weights_apart() < 1e-12);
      }
}

TEST_CASE("a sequence may begin again at zero, between windows and within one", "[projection]") {
  for (const Index batch : {1, 3})
    for (const Index length : {10, 20, 7, 1}) {
      Pair twins = make(batch);
      auto lessons = taught(twins, 10);
      for (Index t = 0; t < 60; ++t) {
        if (t % length == 0) twins.reset();
        CHECK(twins.step(0.1) < 1e-12);
        lessons.note(twins.delta());
        CHECK(lessons.gradients_apart() < 1e-12);
        if (t % 10 == 9) lessons.update();
      }
      CHECK(twins.weights_apart() < 1e-12);
    }
}

TEST_CASE("a smaller batch learns with the credit of a larger one", "[projection]") {
  for (const bool burn_in : {false, true}) {
    Pair large = make(5), small = make(2);
    auto room = taught(large, 6), lessons = taught(small, 6);
    lessons.credit = room.credit;
    lessons.plain_credit = room.plain_credit;
    if (burn_in) small.step(0.2);
    for (Index t = 0; t < 30; ++t) {
      CHECK(small.step(0.2) < 1e-12);
      lessons.note(small.delta());
      CHECK(lessons.gradients_apart() < 1e-12);
      if (t % 6 == 5) lessons.update();
    }
    CHECK(small.weights_apart() < 1e-12);
  }
}

TEST_CASE("rates that change within a window, and both arithmetics with them", "[projection]") {
  for (const Index batch : {1, 3}) {
    Pair twins = make(batch, Arithmetic::by_rate);
    auto lessons = taught(twins, 20);
    for (Index t = 0; t < 200; ++t) {
      CHECK(twins.step(t / 13 % 2 ? 0.95 : 0.03) < 1e-12);
      lessons.note(twins.delta());
      if (t % 5 == 0) CHECK(lessons.gradients_apart() < 1e-11);
      if (t % 20 == 19) lessons.update();
    }
    CHECK(twins.weights_apart() < 1e-12);
  }
}

TEST_CASE("a gradient may be looked at while the window goes on", "[projection]") {
  Pair looked = make(2), other = make(2);
  auto a = taught(looked, 8), b = taught(other, 8);
  for (Index t = 0; t < 8; ++t) {
    looked.step(0.1);
    other.step(0.1);
    a.note(looked.delta());
    b.note(other.delta());
    looked.events.gradient(a.credit);
  }
  a.update();
  b.update();
  const bool same = looked.weights == other.weights;
  CHECK(same);
  CHECK(a.credit.empty());
  CHECK(looked.events.gradient(a.credit).weight.isZero(0));
  CHECK(looked.events.gradient(a.credit).bias.isZero(0));
}

TEST_CASE("an update without credit moves nothing, and one may follow another", "[projection]") {
  Pair twins = make(2);
  auto lessons = taught(twins, 8);
  for (Index t = 0; t < 8; ++t) {
    twins.step(0.1);
    lessons.note(twins.delta());
  }
  lessons.update();
  const auto before = twins.weights;
  lessons.update();
  const bool same = twins.weights == before && twins.weights.revision() == before.revision();
  CHECK(same);
}

TEST_CASE("1000 steps in windows of 20 keep to the plain weights, at 1 to 90 % spikes", "[projection]") {
  for (const double rate : {0.01, 0.05, 0.2, 0.5, 0.9})
    for (const Index batch : {1, 4}) {
      Pair twins = make(batch, Arithmetic::events);
      auto lessons = taught(twins, 20);
      double worst = 0;
      for (Index t = 0; t < 1000; ++t) {
        worst = std::max(worst, twins.step(rate));
        lessons.note(twins.delta());
        if (t % 20 == 19) lessons.update();
      }
      CHECK(worst < 1e-12);
      CHECK(twins.weights_apart() < 1e-12);
    }
}
