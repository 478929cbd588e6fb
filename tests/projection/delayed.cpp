// Spikes that arrive some steps after they were fired, at any projection.
#include <neohebb/projection/delayed.hpp>

#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/frozen.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

namespace {

using M = Matrix<double>;
using Events = EventDriven<DoubleExponential<double>>;
using Summed = Dense<Pulses<double>>;
static_assert(Projection<Delayed<Summed>> && Projection<Delayed<Delayed<Events>>>);
static_assert(Projection<Delayed<Frozen<Events>>>);
static_assert(Recurrent<WithRecurrence<Delayed<Events>, Delayed<Summed>>>);

/// Spikes of step t, the same for all who ask; none before step 0.
Spikes<double> input(Index inputs, Index batch, Index t) {
  return laws::spikes<double>(t < 0 ? M::Zero(inputs, batch)
                                    : laws::zero_one<double>(inputs, batch, static_cast<std::uint32_t>(t)));
}

/// Steps, credit and updates of `a` fed with spikes, of `b` with those of `late` steps before: the same bits.
void check_twins(const auto& a, const auto& b, Index late, Index batch, const auto& optimizer, Index window) {
  const Index in = a.inputs(), out = a.outputs();
  auto wa = a.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
  auto wb = b.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
  const auto initial = wb;
  auto sa = a.zero_state(Extent{batch});
  auto sb = b.zero_state(Extent{batch});
  auto ca = a.zero_credit(Extent{batch}, window);
  auto cb = b.zero_credit(Extent{batch}, window);
  auto la = a.learner(optimizer);
  auto lb = b.learner(optimizer);
  M da(out, batch), db(out, batch);
  for (Index t = 0; t < 24; ++t) {
    a.step(wa, sa, input(in, batch, t), da);
    b.step(wb, sb, input(in, batch, t - late), db);
    CHECK(da == db);
    const M delta = laws::uniform<double>(out, batch, 100 + static_cast<std::uint32_t>(t));
    a.credit(wa, sa, delta, ca);
    b.credit(wb, sb, delta, cb);
    if ((t + 1) % window != 0) continue;
    CHECK(a.gradient(ca).weight == b.gradient(cb).weight);
    a.update(wa, sa, ca, la);
    b.update(wb, sb, cb, lb);
    CHECK((wa == wb));
  }
  CHECK_FALSE(da.isZero(0));
  CHECK_FALSE((wb == initial));
}

}  // namespace

TEST_CASE("a spike reaches the drive so many steps after it was fired", "[projection]") {
  const auto check = []<class P>(const P& projection) {
    constexpr Index late = 3, batch = 2;
    const Delayed<P> delayed{projection, late};
    const Index in = delayed.inputs(), out = delayed.outputs();
    const auto w = delayed.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
    auto state = delayed.zero_state(Extent{batch});
    M drive(out, batch), one = M::Zero(in, batch);
    one(1, 1) = 1;
    for (Index t = 0; t < 7; ++t) {
      delayed.step(w, state, laws::spikes<double>(t == 2 ? one : M::Zero(in, batch)), drive);
      CHECK(drive.col(0).isZero(0));
      CHECK(drive.col(1).isZero(0) == (t != 2 + late));
    }
  };
  check(Dense<Pulses<double>>{.connectivity = {4, 3}});
  check(EventDriven<Pulses<double>>{.connectivity = {4, 3}});
  check(EventDriven<Pulses<double>, Convolution>{.connectivity = {3, 4, 2, 2, 3, 1, 1}});
}

TEST_CASE("a delay of no steps leaves a projection's bits alone, and keeps nothing", "[projection]") {
  const Events events{.connectivity = {12, 7}};
  check_twins(Delayed<Events>{events}, events, 0, 1, Sgd<double>{0.1}, 1);
  check_twins(Delayed<Events>{events}, events, 0, 3, Adam<double>{}, 4);
  CHECK(Delayed<Events>{events}.zero_state(Extent{3}).under_way.empty());
}

TEST_CASE("a delay is the spikes of some steps ago, for steps, credit and updates", "[projection]") {
  const Events events{.connectivity = {12, 7}};
  const Summed dense{.connectivity = {12, 7}};
  check_twins(Delayed<Events>{events, 5}, events, 5, 3, Adam<double>{}, 4);
  check_twins(Delayed<Events>{events, 5}, events, 5, 1, Sgd<double>{0.1}, 1);
  check_twins(Delayed<Summed>{dense, 1}, dense, 1, 3, Adam<double>{}, 4);
  check_twins(Delayed<Delayed<Events>>{{events, 2}, 3}, events, 5, 3, Adam<double>{}, 4);
}

TEST_CASE("single synapses have delays of their own", "[projection]") {
  constexpr Index in = 4, out = 5, batch = 3, late = 2;
  Matrix<std::int32_t> delay(out, in);
  delay << 0, 2, -1, 1, 3, 0, -1, 1, 2, 2, -1, 1, 2, -1, -1, 1, 0, 3, -1, 1;
  const auto check = [&]<class P>(const P& synapses) {
    const Delayed<P> projection{synapses, late, 3};
    CHECK(projection.inputs() == in);
    const auto w = projection.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
    auto state = projection.zero_state(Extent{batch});
    const M weight = [&] {
      if constexpr (requires { w.copy(); })
        return M(w.copy().weight);
      else
        return M(w.weight);
    }();
    // the weight of each synapse, found line by line
    M pair = M::Zero(out, in);
    const auto& targets = *projection.projection.connectivity.targets;
    Index found = 0;
    for (Index line = 0; line < targets.cols(); ++line)
      for (Index k = 0; k < targets.rows(); ++k)
        if (const auto i = targets(k, line); i >= 0) {
          CHECK(delay(i, line % in) == line / in);
          pair(i, line % in) = weight(k, line);
          ++found;
        } else {
          CHECK(weight(k, line) == 0);
        }
    CHECK(found == (delay.array() >= 0).count());
    M drive(out, batch);
    for (Index t = 0; t < 20; ++t) {
      projection.step(w, state, input(in, batch, t), drive);
      M expected = M::Zero(out, batch);
      for (Index i = 0; i < out; ++i)
        for (Index j = 0; j < in; ++j)
          if (delay(i, j) >= 0)
            expected.row(i) += pair(i, j) * input(in, batch, t - late - delay(i, j)).dense().row(j);
      CHECK(laws::deviation(drive, expected) < 1e-14);
    }
    CHECK_FALSE(drive.isZero(0));
  };
  const Sparse joins = delayed_synapses(delay);
  check(Dense<Pulses<double>, Sparse>{.connectivity = joins, .bias = false});
  check(EventDriven<Pulses<double>, Sparse>{
      .connectivity = joins, .bias = false, .arithmetic = Arithmetic::events});
}

TEST_CASE("delays of fixed sizes", "[projection]") {
  using P = Dense<Pulses<double>, AllToAll<6, 2>>;
  const Delayed<P> delayed{{}, 2, 1};
  const Delayed<Summed> dynamic{{.connectivity = {6, 2}}, 2, 1};
  const auto w = delayed.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
  const auto v = dynamic.weights(w.weight, w.bias);
  auto a = delayed.zero_state(Extent<2>{});
  auto b = dynamic.zero_state(Extent{2});
  Matrix<double, 2, 2> da;
  M db(2, 2);
  Spikes<double, 3, 2> spikes({}, {});
  for (Index t = 0; t < 10; ++t) {
    spikes.assign(input(3, 2, t).dense());
    delayed.step(w, a, spikes, da);
    dynamic.step(v, b, spikes, db);
    CHECK(laws::deviation(da, db) < 1e-15);
  }
  CHECK_FALSE(da.isZero(0));
}

TEST_CASE("delays that cannot be are refused", "[projection]") {
  const Summed ten{.connectivity = {10, 3}};
  CHECK(contains(message_of([&] {
                   Delayed<Summed>{ten, -1}.validate();
                 }),
                 "Delayed.steps is -1, must not be negative"));
  CHECK(contains(message_of([&] {
                   Delayed<Summed>{ten, 0, -2}.validate();
                 }),
                 "Delayed.spread is -2, must not be negative"));
  CHECK(contains(message_of([&] {
                   Delayed<Summed>{ten, 0, 2}.zero_state(Extent{1});
                 }),
                 "takes 10 inputs, must be a multiple of spread + 1 = 3"));
  CHECK(contains(message_of([&] {
                   const Delayed<Summed> late{ten, 1, 1};
                   auto state = late.zero_state(Extent{1});
                   M drive(3, 1);
                   late.step(late.zero_weights(), state, input(10, 1, 0), drive);
                 }),
                 "Delayed input is 10 x 1, expected 5 x 1"));
  CHECK(contains(message_of([] { delayed_synapses(Matrix<std::int32_t>::Constant(2, 2, 4), 3); }),
                 "a delay is 4 steps, must be at most the spread, 3"));
  CHECK(contains(message_of([] { delayed_synapses({}); }), "delayed_synapses: delays are 0 x 0"));
  const WithRecurrence<Delayed<Summed>> biased{.forward = {{.connectivity = {4, 3}}},
                                               .lateral = {{.connectivity = {3, 3}}}};
  CHECK(contains(message_of([&] { biased.validate(); }), "WithRecurrence.lateral.bias must be false"));
}
