// Learning at every step: given δ, one sample and Sgd by lazy columns, everything else by the plain arithmetic.
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/twins.hpp"

using namespace neohebb;

namespace {

using Pair = support::Twins<DoubleExponential<double>>;
constexpr Index inputs = 61, outputs = 37;

Pair::Events make(Arithmetic arithmetic = Arithmetic::by_rate) {
  return {.connectivity = {inputs, outputs}, .arithmetic = arithmetic};
}

/// Runs `steps` steps, taught after each as lesson(lessons, t) says, and checks drives and weights.
void agree(Pair twins, double rate, Index steps, auto&& lesson) {
  support::Lessons lessons(twins, Sgd<double>{.rate = 1e-3}, 1);
  const auto before = twins.weights;
  double drives = 0, weights = 0;
  for (Index t = 0; t < steps; ++t) {
    drives = std::max(drives, twins.step(rate));
    lesson(lessons, t);
    if (t % 41 == 0) weights = std::max(weights, twins.weights_apart());
  }
  CHECK(drives < 1e-12);
  CHECK(std::max(weights, twins.weights_apart()) < 1e-12);
  const bool learned = !(twins.weights == before);
  CHECK(learned);
}
void every_step(auto& lessons, Index) {
  lessons.note(lessons.of.delta());
  lessons.update();
}

}  // namespace

TEST_CASE("1000 steps of given errors move weights as the plain update does, at 1 to 90 % spikes",
          "[projection]") {
  for (const double rate : {0.01, 0.05, 0.2, 0.5, 0.9})
    for (const Arithmetic arithmetic : {Arithmetic::by_rate, Arithmetic::events, Arithmetic::dense})
      agree(Pair(make(arithmetic)), rate, 1000, [](auto& lessons, Index t) { every_step(lessons, t); });
}

TEST_CASE("several samples at every step take the plain arithmetic, with the same result", "[projection]") {
  for (const double rate : {0.05, 0.5})
    for (const Arithmetic arithmetic : {Arithmetic::by_rate, Arithmetic::events})
      agree(Pair(make(arithmetic), 4), rate, 300, [](auto& lessons, Index t) { every_step(lessons, t); });
}

TEST_CASE("weights do wait: what is stored lags behind what is true until it is settled", "[projection]") {
  Pair twins(make());
  support::Lessons lessons(twins, Sgd<double>{.rate = 1e-2}, 1);
  for (Index t = 0; t < 20; ++t) {
    twins.step(0.05);
    every_step(lessons, t);
  }
  CHECK(twins.state.follows);
  auto unchanged = twins.weights;
  unchanged.edit([](auto&) {});  // a copy, settled
  CHECK(support::distance(unchanged.settled().weight, twins.plain_weights.weight) < 1e-13);
  CHECK(twins.weights_apart() < 1e-13);
}

TEST_CASE("the learning rate may change from step to step", "[projection]") {
  for (const double rate : {0.05, 0.5})
    agree(Pair(make()), rate, 500, [](auto& lessons, Index t) {
      lessons.set_rate(t % 50 == 49 ? 0.0 : 1e-3 / double(t % 7 + 1));
      every_step(lessons, t);
    });
}

TEST_CASE("steps whose error is zero, for some neurons or for all, are exact", "[projection]") {
  agree(Pair(make()), 0.05, 500, [](auto& lessons, Index t) {
    Matrix<double> delta = lessons.of.delta();
    if (t % 3 != 0) delta.setZero();
    delta.topRows(9).setZero();
    lessons.note(delta);
    lessons.update();
  });
}

TEST_CASE("steps that are not credited may lie between", "[projection]") {
  for (const Index every : {2, 7, 60})
    agree(Pair(make()), 0.05, 500, [every](auto& lessons, Index t) {
      if (t % every == 0) every_step(lessons, t);
    });
  agree(Pair(make()), 0.05, 500, [](auto& lessons, Index t) {
    if (t / 20 % 2 == 0) every_step(lessons, t);
    lessons.update();  // nothing was credited since
  });
}

TEST_CASE("a step may be credited twice, in one update or in two", "[projection]") {
  agree(Pair(make()), 0.05, 300, [](auto& lessons, Index t) {
    lessons.note(lessons.of.delta());
    if (t % 5 == 0) lessons.note(0.5 * lessons.of.delta());
    lessons.update();
    if (t % 7 == 0) every_step(lessons, t);
  });
}

TEST_CASE("an update may come some steps after what was credited, and cover several steps", "[projection]") {
  agree(Pair(make()), 0.05, 500, [](auto& lessons, Index t) {
    if (t % 5 == 1) lessons.note(lessons.of.delta());
    if (t % 5 == 3) lessons.update();
  });
  agree(Pair(make()), 0.05, 500, [](auto& lessons, Index t) {
    lessons.note(lessons.of.delta());
    if (t % 5 == 3 || t > 300) lessons.update();
  });
}

TEST_CASE("an update without credit does nothing, and leaves the name of the weights", "[projection]") {
  Pair twins(make());
  support::Lessons lessons(twins, Sgd<double>{.rate = 0.1}, 1);
  twins.step(0.1);
  lessons.update();
  const auto before = twins.weights;
  CHECK(twins.weights.revision() == before.revision());
  for (Index t = 0; t < 10; ++t) {
    twins.step(0.1);
    lessons.update();
  }
  const bool same = twins.weights == before && twins.weights.revision() == before.revision();
  CHECK(same);
  CHECK(twins.step(0.1) < 1e-14);
}

TEST_CASE("a sequence that begins again at zero goes on with the same weights", "[projection]") {
  agree(Pair(make()), 0.1, 500, [](auto& lessons, Index t) {
    every_step(lessons, t);
    if (t % 33 == 32) lessons.of.reset();
  });
}

TEST_CASE("a rate that changes during learning switches between both arithmetics", "[projection]") {
  Pair twins(make());
  support::Lessons lessons(twins, Sgd<double>{.rate = 1e-3}, 1);
  double worst = 0;
  for (Index t = 0; t < 600; ++t) {
    worst = std::max(worst, twins.step(t / 30 % 2 ? 0.95 : 0.02));
    every_step(lessons, t);
    if (t % 30 == 29) CHECK(twins.state.follows == (t / 30 % 2 == 0));  // by the end of each phase
  }
  CHECK(worst < 1e-12);
  CHECK(twins.weights_apart() < 1e-12);
}

TEST_CASE("weights that were edited at every step for a while are learned by events again", "[projection]") {
  for (const Arithmetic arithmetic : {Arithmetic::by_rate, Arithmetic::events}) {
    Pair twins(make(arithmetic));
    support::Lessons lessons(twins, Sgd<double>{.rate = 1e-3}, 1);
    double worst = 0;
    for (Index t = 0; t < 100; ++t) {
      if (t > 20 && t < 40) {
        twins.weights.edit([](auto& affine) { affine.weight *= 0.99; });
        twins.plain_weights.weight *= 0.99;
      }
      worst = std::max(worst, twins.step(0.05));
      every_step(lessons, t);
    }
    CHECK(twins.state.follows);
    CHECK(worst < 1e-12);
    CHECK(twins.weights_apart() < 1e-12);
  }
}

TEST_CASE("a bias that is not learned stays as given in event-driven synapses, too", "[projection]") {
  auto fixed = make();
  fixed.bias = false;
  Pair twins(fixed);
  support::Lessons lessons(twins, Sgd<double>{.rate = 1e-2}, 1);
  const auto before = twins.weights.copy();
  for (Index t = 0; t < 100; ++t) {
    CHECK(twins.step(0.05) < 1e-13);
    every_step(lessons, t);
  }
  CHECK(twins.weights.copy().bias == before.bias);
  CHECK(support::distance(twins.weights.copy().weight, before.weight) > 1e-3);
}
