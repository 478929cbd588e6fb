#include <neohebb/learning/schedule.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using laws::relative_error;
using reference::contains;
using reference::message_of;

TEMPLATE_TEST_CASE("rates begin and end where they are told, and stay there", "[learning]", float, double) {
  using S = TestType;
  CHECK(ConstantRate<S>{S(0.3)}(1e9) == S(0.3));
  const LinearDecay<S> linear{.initial = S(1), .final = S(0.2), .length = 8};
  const CosineDecay<S> cosine{.initial = S(1), .final = S(0.2), .length = 8};
  for (const double t : {-1.0, 0.0}) {
    CHECK(linear(t) == 1);
    CHECK(cosine(t) == 1);
  }
  for (const double t : {8.0, 9.0, 1e9}) {
    CHECK(relative_error(linear(t), 0.2) < 1e-6);
    CHECK(relative_error(cosine(t), 0.2) < 1e-6);
  }
  CHECK(relative_error(linear(2), 0.8) < 1e-6);
  CHECK(relative_error(linear(4), 0.6) < 1e-6);
  CHECK(relative_error(cosine(4), 0.6) < 1e-6);
  CHECK(relative_error(cosine(2), 0.2 + 0.4 * (1 + std::cos(std::numbers::pi / 4))) < 1e-6);
}

TEMPLATE_TEST_CASE("a stepwise rate falls by its factor every so many epochs", "[learning]", float, double) {
  using S = TestType;
  const StepDecay<S> schedule{.initial = S(1), .factor = S(0.2), .every = 30};
  CHECK(schedule(0) == 1);
  CHECK(schedule(29.9) == 1);
  CHECK(relative_error(schedule(30), 0.2) < 1e-6);
  CHECK(relative_error(schedule(89), 0.04) < 1e-6);
  CHECK(relative_error(schedule(90), 0.008) < 1e-6);
}

TEMPLATE_TEST_CASE("schedules of no length are refused", "[learning]", float, double) {
  using S = TestType;
  for (const double bad : {0.0, -1.0, std::nan("")}) {
    CHECK(contains(message_of([=] { LinearDecay<S>{.length = bad}.validate(); }), "LinearDecay.length is "));
    CHECK(contains(message_of([=] { CosineDecay<S>{.length = bad}.validate(); }), "CosineDecay.length is "));
    CHECK(contains(message_of([=] { StepDecay<S>{.every = bad}.validate(); }), "StepDecay.every is "));
  }
}
