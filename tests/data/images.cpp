#include <limits>
#include <neohebb/data/images.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains, reference::message_of;

TEMPLATE_TEST_CASE("images of unit length keep their pattern", "[data]", float, double) {
  using S = TestType;
  const S precision = 4 * std::numeric_limits<S>::epsilon();
  const Matrix<S> x = laws::uniform<S>(35, 6, 1, 0, 1);
  // As faint and as bright as numbers go: squares of these would vanish, or be infinite.
  for (const S scale : {S(1), std::numeric_limits<S>::min() * 100, std::numeric_limits<S>::max(), S(-3)}) {
    const Matrix<S> given = scale * x, y = unit_length(given);
    CAPTURE(scale);
    CHECK((y.colwise().norm().array() - 1).abs().maxCoeff() < precision);
    for (Index b = 0; b < 6; ++b) {
      const Vector<S> wanted = (scale < 0 ? S(-1) : S(1)) * x.col(b).normalized();
      CHECK((y.col(b) - wanted).cwiseAbs().maxCoeff() < S(2e-5) * S(scale > 0 && scale < S(1e-30) ? 10 : 1));
    }
    CHECK((unit_length(y) - y).cwiseAbs().maxCoeff() < precision);
  }
  CHECK(unit_length(x.middleCols(2, 3)) == unit_length(x).middleCols(2, 3));
  CHECK(unit_length(Matrix<S>{{S(3)}, {S(0)}, {S(4)}}).isApprox(Matrix<S>{{S(0.6)}, {S(0)}, {S(0.8)}}));
  const Matrix<S, 3, 2> fixed{{S(1), S(0)}, {S(0), S(0)}, {S(0), S(2)}};
  static_assert(decltype(unit_length(fixed))::RowsAtCompileTime == 3);
  CHECK(unit_length(fixed) == Matrix<S, 3, 2>{{S(1), S(0)}, {S(0), S(0)}, {S(0), S(1)}});
}

TEMPLATE_TEST_CASE("the smallest images there are have a length that can be made one", "[data]", float,
                   double) {
  using S = TestType;
  Matrix<S> x = Matrix<S>::Zero(4, 1);
  x(2) = std::numeric_limits<S>::denorm_min();
  CHECK(unit_length(x) == Matrix<S>{{S(0)}, {S(0)}, {S(1)}, {S(0)}});
}

TEMPLATE_TEST_CASE("images that cannot be scaled to unit length are refused", "[data]", float, double) {
  using S = TestType;
  const auto refusal = [](const Matrix<S>& x) { return message_of([&] { unit_length(x); }); };
  Matrix<S> x = laws::uniform<S>(9, 5, 1, 0, 1);
  CHECK(refusal(x) == "accepted");
  x.col(3).setZero();
  CHECK(
      refusal(x) ==
      "neohebb: unit_length: images: column 3 of 5 is constant, 0 throughout; there is nothing to learn from "
      "it, leave it out");
  x.col(3).setConstant(S(0.5));
  CHECK(contains(refusal(x), "column 3 of 5 is constant, 0.5 throughout"));
  for (const S bad : {std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::infinity()}) {
    x(4, 3) = bad;
    CHECK(
        refusal(x) ==
        "neohebb: unit_length: images has NaN or infinite entries (9 x 5); clean the data before it enters");
  }
}
