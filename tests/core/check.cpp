#include <limits>
#include <neohebb/core/types.hpp>

#include "catch.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::message_of;

TEST_CASE("sizes and counts are at least 1, and the message says which one is not", "[core]") {
  CHECK(message_of([] { check_positive("batch", 0); }) == "neohebb: batch is 0, must be at least 1");
  CHECK(message_of([] { check_positive("batch", Index{-2}); }) == "neohebb: batch is -2, must be at least 1");
  CHECK(message_of([] { check_positive("batch", 1); }) == "accepted");
}

TEMPLATE_TEST_CASE("numbers outside their range, and NaN, are refused", "[core]", float, double) {
  const auto refusal = [](TestType x) { return message_of([x] { check_range<TestType>("rate", x, 0, 1); }); };
  CHECK(refusal(0) == "accepted");
  CHECK(refusal(1) == "accepted");
  CHECK(reference::contains(refusal(TestType(1.5)), "rate is 1.5"));
  CHECK(reference::contains(refusal(TestType(1.5)), "must be from 0"));
  CHECK(refusal(TestType(-0.5)) != "accepted");
  CHECK(reference::contains(refusal(std::numeric_limits<TestType>::quiet_NaN()), "rate is nan"));
}

TEMPLATE_TEST_CASE("data with NaN or infinity is refused, and the message says which", "[core]", float,
                   double) {
  Matrix<TestType> m = Matrix<TestType>::Zero(2, 3);
  CHECK(message_of([&] { check_finite("input", m); }) == "accepted");
  for (const TestType bad :
       {std::numeric_limits<TestType>::quiet_NaN(), std::numeric_limits<TestType>::infinity()}) {
    m(1, 2) = bad;
    CHECK(message_of([&] { check_finite("input", m); }) ==
          "neohebb: input has NaN or infinite entries (2 x 3); clean the data before it enters");
  }
}

TEST_CASE("a wrong shape is refused with both shapes", "[core]") {
  const Matrix<float> m(2, 3);
  CHECK(message_of([&] { check_shape("target", m, 2, 3); }) == "accepted");
  CHECK(message_of([&] { check_shape("target", m, 10, 3); }) == "neohebb: target is 2 x 3, expected 10 x 3");
  CHECK(message_of([&] { check_shape("target", m, 2, 4); }) == "neohebb: target is 2 x 3, expected 2 x 4");
}
