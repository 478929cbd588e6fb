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

TEMPLATE_TEST_CASE("a schedule of no length is refused where it is called", "[learning]", float, double) {
  using S = TestType;
  for (const double bad : {0.0, -1.0, std::nan("")}) {
    CHECK(contains(message_of([=] { LinearDecay<S>{.length = bad}(1); }), "LinearDecay.length is "));
    CHECK(contains(message_of([=] { CosineDecay<S>{.length = bad}(1); }), "CosineDecay.length is "));
    CHECK(contains(message_of([=] { StepDecay<S>{.every = bad}(1); }), "StepDecay.every is "));
  }
  CHECK(contains(message_of([] { LinearDecay<S>{.length = 0}.validate(); }),
                 "LinearDecay.length is 0, must be positive"));
}

TEMPLATE_TEST_CASE("rates that are negative, infinite or NaN are refused where a schedule is called",
                   "[learning]", float, double) {
  using S = TestType;
  for (const S bad : {S(-1), std::numeric_limits<S>::infinity(), std::numeric_limits<S>::quiet_NaN()}) {
    CHECK(contains(message_of([=] { ConstantRate<S>{bad}(1); }), "ConstantRate.initial is "));
    CHECK(contains(message_of([=] { LinearDecay<S>{.initial = bad}(1); }), "LinearDecay.initial is "));
    CHECK(contains(message_of([=] { LinearDecay<S>{.final = bad}(1); }), "LinearDecay.final is "));
    CHECK(contains(message_of([=] { CosineDecay<S>{.initial = bad}(1); }), "CosineDecay.initial is "));
    CHECK(contains(message_of([=] { CosineDecay<S>{.final = bad}(1); }), "CosineDecay.final is "));
    CHECK(contains(message_of([=] { StepDecay<S>{.initial = bad}(1); }), "StepDecay.initial is "));
    CHECK(contains(message_of([=] { StepDecay<S>{.factor = bad}(1); }), "StepDecay.factor is "));
  }
  CHECK(contains(message_of([] { ConstantRate<S>{S(-1)}(0); }), "is -1, must be finite and not negative"));
}

TEMPLATE_TEST_CASE("a progress that is no number is refused", "[learning]", float, double) {
  using S = TestType;
  const double t = std::nan("");
  for (const std::string& message :
       {message_of([=] { LinearDecay<S>{}(t); }), message_of([=] { CosineDecay<S>{}(t); }),
        message_of([=] { StepDecay<S>{}(t); })})
    CHECK(contains(message, "the progress given to a schedule is nan"));
}
