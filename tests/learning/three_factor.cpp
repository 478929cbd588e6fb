#include <neohebb/learning/three_factor.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/learning.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("a three-factor update is the product of modulator, post and pre, summed over samples",
                   "[learning]", float, double) {
  using S = TestType;
  for (const Index batch : {1, 2, 5}) {
    const Matrix<S> modulator = laws::uniform<S>(4, batch, 1), post = laws::uniform<S>(4, batch, 2),
                    pre = laws::uniform<S>(6, batch, 3);
    Matrix<S> w = laws::uniform<S>(4, 6, 4), factor(4, batch), expected = w;
    for (Index i = 0; i < 4; ++i)
      for (Index j = 0; j < 6; ++j)
        for (Index b = 0; b < batch; ++b)
          expected(i, j) += S(-0.1) * modulator(i, b) * post(i, b) * pre(j, b);
    three_factor_update(w, S(-0.1), modulator, post, pre, factor);
    CHECK(laws::deviation(w, expected) <= laws::rounding<S>);
  }
  Matrix<S, 2, 3> fixed = Matrix<S, 2, 3>::Zero();
  const Matrix<S, 2, 1> m{S(1), S(2)}, f{S(3), S(4)};
  const Matrix<S, 3, 1> x{S(1), S(0), S(-1)};
  Matrix<S, 2, 1> scratch;
  three_factor_update(fixed, S(1), m, f, x, scratch);
  CHECK(fixed == Matrix<S>{{S(3), S(0), S(-3)}, {S(8), S(0), S(-8)}});
}
