#include <neohebb/core/finite.hpp>
#include <neohebb/core/types.hpp>

#include "catch.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("NaN and infinity are told from numbers, the largest and the smallest ones too", "[core]",
                   float, double) {
  using Limits = std::numeric_limits<TestType>;
  for (const TestType x : {TestType(0), TestType(1), Limits::max(), Limits::min(), Limits::denorm_min()})
    for (const TestType number : {x, -x}) {
      CHECK(is_finite(number));
      CHECK(is_number(number));
      CHECK_FALSE(is_nan(number));
    }
  for (const TestType x : {Limits::infinity(), -Limits::infinity()}) {
    CHECK_FALSE(is_finite(x));
    CHECK(is_number(x));
  }
  for (const TestType x : {Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::signaling_NaN()}) {
    CHECK_FALSE(is_finite(x));
    CHECK(is_nan(x));
  }
  CHECK(is_finite(7));
  CHECK_FALSE(is_nan(7));
}

TEMPLATE_TEST_CASE("one entry that is not finite is found wherever it is, in any expression", "[core]", float,
                   double) {
  using S = TestType;
  for (const S bad : {std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::infinity(),
                      -std::numeric_limits<S>::infinity()})
    for (Index k = 0; k < 35; ++k) {
      Matrix<S> m = Matrix<S>::Constant(7, 5, std::numeric_limits<S>::lowest());
      CHECK(all_finite(m));
      m(k % 7, k / 7) = bad;
      CHECK_FALSE(all_finite(m));
      CHECK_FALSE(all_finite(m.transpose()));
      CHECK_FALSE(all_finite(m.array() * S(0.5)));
      CHECK_FALSE(all_finite(Eigen::Matrix<S, Dynamic, Dynamic, Eigen::RowMajor>(m)));
      CHECK_FALSE(all_finite(m.col(k / 7)));
      CHECK_FALSE(all_finite(m.col(k / 7).segment(k % 7, 1)));
      CHECK_FALSE(all_finite(m.row(k % 7)));
      CHECK(all_finite(m.leftCols(k / 7)));
      CHECK_FALSE(all_finite(m * Matrix<S>::Identity(5, 5)));
    }
  CHECK(all_finite(Matrix<S>(0, 3)));
  CHECK(all_finite(Matrix<int>::Ones(2, 2)));
}
