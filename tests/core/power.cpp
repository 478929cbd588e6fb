#include <neohebb/core/power.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

using namespace neohebb;

namespace {
/// The largest relative error against pow in long double.
template <class S> double worst_error(const Matrix<S>& x, double exponent) {
  const Matrix<S> y = raised(x.array(), S(exponent)).matrix();
  double worst = 0;
  for (Index k = 0; k < x.size(); ++k) {
    const auto wanted =
        double(std::pow(static_cast<long double>(x(k)), static_cast<long double>(S(exponent))));
    const double apart = std::abs(double(y(k)) - wanted);
    if (!(apart < INFINITY)) return INFINITY;
    worst = std::max(worst, apart == 0 ? 0 : apart / std::abs(wanted));
  }
  return worst;
}
}  // namespace

TEMPLATE_TEST_CASE("powers are pow's, for any exponent", "[core]", float, double) {
  using S = TestType;
  // An odd number of rows and columns: packets and what remains of them.
  const Matrix<S> x = laws::uniform<S>(17, 7, 1, 0.1, 2.5);
  const double precision = std::same_as<S, float> ? 3e-6 : 1e-14;
  for (int twice = 0; twice <= 64; ++twice) {
    CAPTURE(twice);
    CHECK(worst_error<S>(x, twice / 2.0) < precision);
  }
  for (const double e : {0.3, 1.25, 4.7, 33.5, -1.0, -0.5}) {
    CAPTURE(e);
    CHECK(worst_error<S>(x, e) < precision);
  }
}

TEMPLATE_TEST_CASE("powers of nothing, of one and of NaN", "[core]", float, double) {
  using S = TestType;
  for (const S e : {S(0), S(0.5), S(1), S(2), S(4.5), S(6), S(2.3)}) {
    CAPTURE(e);
    const Vector<S> nothing = raised(Vector<S>::Zero(37).array(), e).matrix();
    CHECK(nothing == Vector<S>::Constant(37, S(e == 0 ? 1 : 0)));
    const Vector<S> one = raised(Vector<S>::Ones(37).array(), e).matrix();
    CHECK((one.array() - 1).abs().maxCoeff() <= laws::rounding<S>);
    const Vector<S> unknown = raised(Vector<S>::Constant(37, std::numeric_limits<S>::quiet_NaN()).array(), e);
    CHECK((e == 0 || unknown.array().isNaN().all()));
  }
}

TEMPLATE_TEST_CASE("powers are expressions: of expressions, in place, of fixed sizes", "[core]", float,
                   double) {
  using S = TestType;
  const Matrix<S> x = laws::uniform<S>(9, 5, 2, -1, 1);
  Matrix<S> y = x;
  y.array() = 2 * raised(y.array().max(S(0)), S(4.5)) + 1;
  Eigen::Matrix<S, 9, 5> fixed = x;
  fixed.array() = 2 * raised(fixed.array().max(S(0)), S(4.5)) + 1;
  CHECK(laws::deviation(fixed, y) <= laws::rounding<S>);
  for (Index k = 0; k < x.size(); ++k)
    CHECK(std::abs(y(k) - (2 * std::pow(std::max(x(k), S(0)), S(4.5)) + 1)) <= laws::rounding<S>);
  const Matrix<S> column = raised(x.col(3).array().abs(), S(2));
  CHECK(laws::deviation(column, x.col(3).array().square().matrix()) <= laws::rounding<S>);
}
