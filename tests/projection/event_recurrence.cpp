// Two event-driven projections side by side: from outside, and from the population to itself.
#include <neohebb/projection/with_recurrence.hpp>

#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

using Kernel = DoubleExponential<double>;
constexpr Index in = 40, out = 25;
template <class Side> WithRecurrence<Side> make() {
  return {.forward = {.connectivity = {in, out}, .trace = {0.8, 0.5}},
          .lateral = {.connectivity = {out, out}, .trace = {0.7, 0.4}, .bias = false}};
}
const auto events = make<EventDriven<Kernel>>();
const auto plain = make<Dense<Kernel>>();

void agree(const auto& optimizer, Index batch, Index window, double rate) {
  auto w = events.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto v = plain.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto state = events.zero_state(Extent{batch});
  auto plain_state = plain.zero_state(Extent{batch});
  auto credit = events.zero_credit(Extent{batch}, window);
  auto plain_credit = plain.zero_credit(Extent{batch}, window);
  auto learner = events.learner(optimizer);
  auto plain_learner = plain.learner(optimizer);
  Spikes<double> outside(in, batch), own(out, batch);
  Matrix<double> drive(out, batch), plain_drive(out, batch);
  double worst = 0;
  for (Index t = 0; t < 200; ++t) {
    support::NoisyInput{.rate = rate}(t, 0, outside);
    support::NoisyInput{.seed = 12, .rate = rate / 2}(t, 0, own);
    events.step(w, state, outside, own, drive);
    plain.step(v, plain_state, outside, own, plain_drive);
    worst = std::max(worst, distance(drive, plain_drive));
    const auto delta = support::random_matrix(out, batch, static_cast<std::uint64_t>(t));
    events.credit(w, state, delta, credit);
    plain.credit(v, plain_state, delta, plain_credit);
    if (t % window != window - 1) continue;
    const auto g = events.gradient(credit);
    const auto h = plain.gradient(plain_credit);
    worst =
        std::max({worst, distance(g.forward.weight, h.forward.weight),
                  distance(g.forward.bias, h.forward.bias), distance(g.lateral.weight, h.lateral.weight)});
    events.update(w, state, credit, learner);
    plain.update(v, plain_state, plain_credit, plain_learner);
    CHECK(credit.empty());
  }
  CHECK(worst < 1e-11);
  CHECK(distance(w.forward.copy().weight, v.forward.weight) < 1e-12);
  CHECK(distance(w.lateral.copy().weight, v.lateral.weight) < 1e-12);
  CHECK(distance(w.forward.copy().bias, v.forward.bias) < 1e-12);
  CHECK(w.lateral.copy().bias.isZero(0));
}

}  // namespace

TEST_CASE("both sides learn by events what they learn plainly", "[projection]") {
  STATIC_REQUIRE(Projection<WithRecurrence<EventDriven<Kernel>>>);
  for (const Index batch : {1, 3})
    for (const Index window : {1, 8})
      for (const double rate : {0.05, 0.9}) agree(Sgd<double>{.rate = 1e-3}, batch, window, rate);
}

TEST_CASE("a forward side by events may have a dense lateral one", "[projection]") {
  using Mixed = WithRecurrence<EventDriven<Kernel>, Dense<Kernel>>;
  STATIC_REQUIRE(Projection<Mixed>);
  const Mixed mixed{.forward = events.forward, .lateral = plain.lateral};
  auto w = mixed.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  const auto v = plain.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto state = mixed.zero_state(Extent{2});
  auto plain_state = plain.zero_state(Extent{2});
  Spikes<double> outside(in, 2), own(out, 2);
  Matrix<double> drive(out, 2), plain_drive(out, 2);
  for (Index t = 0; t < 30; ++t) {
    support::NoisyInput{.rate = 0.1}(t, 0, outside);
    support::NoisyInput{.seed = 12, .rate = 0.1}(t, 0, own);
    mixed.step(w, state, outside, own, drive);
    plain.step(v, plain_state, outside, own, plain_drive);
    CHECK(distance(drive, plain_drive) < 1e-13);
  }
}
