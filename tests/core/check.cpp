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

TEMPLATE_TEST_CASE("data without any pattern is refused, and the message says where", "[core]", float,
                   double) {
  using S = TestType;
  const auto refusal = [](const auto& m) { return message_of([&] { check_varied("images", m); }); };
  for (const Index rows : {2, 3, 8, 9})
    for (Index odd = 0; odd < rows; ++odd) {  // wherever the one entry is that differs
      Matrix<S> m = Matrix<S>::Constant(rows, 4, S(0.5));
      for (Index j = 0; j < 4; ++j) m((odd + j) % rows, j) = 1;
      CHECK(refusal(m) == "accepted");
      CHECK(refusal(m.middleCols(1, 2)) == "accepted");
      m.col(2).setConstant(S(0.25));
      CHECK(refusal(m) ==
            "neohebb: images: column 2 of 4 is constant, 0.25 throughout; there is nothing to learn from it, "
            "leave it out");
      CHECK(refusal(m.leftCols(2)) == "accepted");
    }
  CHECK(
      reference::contains(refusal(Matrix<S>::Zero(3, 1).eval()), "column 0 of 1 is constant, 0 throughout"));
  CHECK(reference::contains(refusal(Matrix<S>::Ones(1, 2).eval()), "column 0 of 2 is constant"));
  Matrix<S> zeros = Matrix<S>::Zero(3, 1);
  zeros(1) = S(-0.0);
  CHECK(refusal(zeros) != "accepted");  // zeros of either sign are equal
  zeros(2) = std::numeric_limits<S>::denorm_min();
  CHECK(refusal(zeros) == "accepted");
  CHECK(refusal(Matrix<S>(3, 0)) == "accepted");  // no data
  CHECK(refusal(Matrix<S>(0, 3)) == "neohebb: images is 0, must be at least 1");
  // NaN is for check_finite to find.
  CHECK(refusal(Matrix<S>::Constant(3, 2, std::numeric_limits<S>::quiet_NaN()).eval()) == "accepted");
}
