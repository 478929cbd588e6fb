// What an event-driven projection refuses.
#include <neohebb/projection/event_driven.hpp>

#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/exponential.hpp>

#include <limits>

#include "catch.hpp"
#include "reference/message.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

namespace {

using Projected = EventDriven<DoubleExponential<double>>;
constexpr Index in = 6, out = 5, batch = 3;
const Projected small{.connectivity = {in, out}, .trace = {0.8, 0.5}};

}  // namespace

TEST_CASE("an event-driven projection is a projection, and no recurrent one", "[projection]") {
  STATIC_REQUIRE(Projection<Projected>);
  STATIC_REQUIRE(Projection<EventDriven<Exponential<float>, AllToAll<3, 4>, Bounds<float>>>);
  STATIC_REQUIRE_FALSE(Recurrent<Projected>);
}

TEST_CASE("event-driven synapses refuse spikes, drives, deltas and weights of other shapes, too, with both",
          "[projection]") {
  const auto weights = small.zero_weights();
  auto state = small.zero_state(Extent{batch});
  const auto stepped = [&](const Projected::Weights& w, Index neurons, Index samples, Index rows = out,
                           Index cols = batch) {
    Matrix<double> drive(rows, cols);
    return message_of([&] { small.step(w, state, Spikes<double>{Extent{neurons}, Extent{samples}}, drive); });
  };
  CHECK(stepped(weights, in, batch) == "accepted");
  CHECK(contains(stepped(weights, in - 1, batch), "input is 5 x 3, expected 6 x 3"));
  CHECK(contains(stepped(weights, in, batch + 1), "input is 6 x 4, expected 6 x 3"));
  CHECK(contains(stepped(weights, in, batch, out + 1), "drive is 6 x 3, expected 5 x 3"));
  CHECK(contains(stepped(weights, in, batch, out, 1), "drive is 5 x 1, expected 5 x 3"));
  const Projected larger{.connectivity = {in, out + 2}};
  CHECK(contains(stepped(larger.zero_weights(), in, batch), "weight is 7 x 6, expected 5 x 6"));

  for (const Index window : {1, 4}) {
    auto credit = small.zero_credit(Extent{batch}, window), single = small.zero_credit(Extent{1}, window);
    const auto noted = [&](Index rows, Index cols, auto& to) {
      return message_of([&] { small.credit(weights, state, Matrix<double>::Zero(rows, cols), to); });
    };
    CHECK(contains(noted(out - 1, batch, credit), "delta is 4 x 3, expected 5 x 3"));
    CHECK(contains(noted(out, batch + 1, credit), "delta is 5 x 4, expected 5 x 3"));
    CHECK(credit.empty());
    if (window > 1) continue;  // there is room for a larger batch of fewer steps, as in Dense
    CHECK(contains(noted(out, batch, single), "credit is made for 1 samples at a time, the state holds 3"));
    CHECK(single.empty());
  }
}

TEST_CASE("event-driven weights of wrong shape, with NaN, and impossible sizes are refused", "[projection]") {
  const Vector<double> bias = Vector<double>::Zero(out);
  Matrix<double> weight = Matrix<double>::Zero(out, in);
  CHECK(contains(message_of([&] { small.weights(Matrix<double>::Zero(in, out), bias); }),
                 "weight is 6 x 5, expected 5 x 6"));
  weight(1, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(message_of([&] { small.weights(weight, bias); }), "weight has NaN or infinite entries"));
  CHECK(contains(message_of([&] { small.zero_state(Extent{0}); }), "batch is 0, must be at least 1"));
  CHECK(contains(message_of([&] { small.zero_credit(Extent{batch}, 0); }), "steps per update is 0"));
  CHECK(contains(message_of([&] { small.learner(Sgd<double>{.rate = -1}); }), "Sgd.rate is -1"));
}

TEST_CASE("parameters without sense are refused", "[projection]") {
  const auto refused = [](auto&& change) {
    Projected p = small;
    change(p);
    return message_of([&] { p.validate(); });
  };
  CHECK(refused([](auto&) {}) == "accepted");
  CHECK(contains(refused([](auto& p) { p.connectivity.from = 0; }), "AllToAll.from is 0"));
  CHECK(contains(refused([](auto& p) { p.trace.membrane_decay = -0.1; }), "membrane_decay is -0.1"));
  CHECK(contains(refused([](auto& p) { p.credit_columns = 0; }), "credit_columns is 0"));
  CHECK(contains(refused([](auto& p) { p.dense_above = -0.1; }), "EventDriven.dense_above is -0.1"));
  CHECK(contains(refused([](auto& p) { p.dense_above = 1.5; }), "EventDriven.dense_above is 1.5"));
  CHECK(contains(refused([](auto& p) { p.dense_above_single = 2; }), "EventDriven.dense_above_single is 2"));
  using Masked = EventDriven<Exponential<double>, AllToAll<>, Mask<double>>;
  CHECK(contains(message_of([] {
                   Masked{.connectivity = {in, out}, .constraint = {Matrix<double>::Ones(3, in)}}.validate();
                 }),
                 "Mask.present is 3 x 6, expected 5 x 6"));
}
