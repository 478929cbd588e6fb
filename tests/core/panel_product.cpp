// The kernels of the dense products at every kind of size: tiles, what is left of them, blocks.
#include <neohebb/core/product.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/learning.hpp"

using namespace neohebb;

namespace {

/// Shapes around packets of 1 to 16, tiles of up to 64 rows and 12 columns, and blocks of the depth.
constexpr Index rows[] = {1, 3, 7, 8, 15, 16, 17, 33, 64, 83}, depths[] = {1, 2, 3, 5, 64, 130, 257},
                columns[] = {1, 2, 3, 4, 5, 8, 9, 12, 13, 20, 121};

template <class S> S tolerance(Index depth) { return laws::rounding<S> * S(1 + depth / 50); }

}  // namespace

TEMPLATE_TEST_CASE("products of any sizes are the sums they stand for", "[core]", float, double) {
  using S = TestType;
  for (const Index m : rows)
    for (const Index depth : depths) {
      const Matrix<S> w = laws::uniform<S>(m, depth, 1);
      const Eigen::Matrix<S, Dynamic, Dynamic, Eigen::RowMajor> by_rows = w;
      for (const Index n : columns) {
        const Matrix<S> x = laws::uniform<S>(depth, n, 2);
        const Matrix<S> expected = reference::product(w, x);
        Matrix<S> y = Matrix<S>::Constant(m, n, S(99));
        product(w, x, y);
        REQUIRE(laws::deviation(y, expected) <= tolerance<S>(depth));
        y.setConstant(S(99));
        product(by_rows, x, y);
        REQUIRE(laws::deviation(y, expected) <= tolerance<S>(depth));
        // factors and results inside of larger matrices, and factors by rows
        Matrix<S> large = Matrix<S>::Constant(m + 5, n + 3, S(7)), before = large;
        const Matrix<S> turned = x.transpose();
        product(w, turned.transpose(), large.block(2, 1, m, n));
        before.block(2, 1, m, n) = expected;
        REQUIRE(laws::deviation(large, before) <= tolerance<S>(depth));
        large.setConstant(S(7));
        product(by_rows, x, large.block(2, 1, m, n));
        REQUIRE(laws::deviation(large, before) <= tolerance<S>(depth));
      }
    }
}

TEMPLATE_TEST_CASE("sums of outer products of any sizes are added, or take the place", "[core]", float,
                   double) {
  using S = TestType;
  for (const Index m : rows)
    for (const Index depth : depths)
      for (const Index n : columns) {
        const Matrix<S> left = laws::uniform<S>(m, depth, 3), right = laws::uniform<S>(n, depth, 4);
        const Matrix<S> before = laws::uniform<S>(m + 5, n + 3, 5);
        Matrix<S> sum = before.block(2, 1, m, n), alone = Matrix<S>::Zero(m, n);
        reference::add_product(sum, S(-0.25), left, right);
        reference::add_product(alone, S(-0.25), left, right);
        Matrix<S> w = before, expected = before;
        add_product(w.block(2, 1, m, n), S(-0.25), left, right);
        expected.block(2, 1, m, n) = sum;
        REQUIRE(laws::deviation(w, expected) <= tolerance<S>(depth));
        w = before;
        add_product(w.block(2, 1, m, n), S(-0.25), left, right, false);
        expected.block(2, 1, m, n) = alone;
        REQUIRE(laws::deviation(w, expected) <= tolerance<S>(depth));
      }
}

TEMPLATE_TEST_CASE("results beyond the blocks of rows and columns are complete", "[core]", float, double) {
  using S = TestType;
  const Matrix<S> w = laws::uniform<S>(1061, 9, 1), x = laws::uniform<S>(9, 250, 2);
  Matrix<S> y(1061, 250);
  product(w, x, y);
  CHECK(laws::deviation(y, reference::product(w, x)) <= laws::rounding<S>);
}

TEMPLATE_TEST_CASE("factors that lie nowhere in memory are multiplied too", "[core]", float, double) {
  using S = TestType;
  const Matrix<S> w = laws::uniform<S>(20, 30, 1), x = laws::uniform<S>(30, 7, 2);
  const Matrix<S> doubled = S(2) * x, expected = reference::product(w, doubled);
  Matrix<S> y(20, 7);
  product(w, S(2) * x, y);
  CHECK(laws::deviation(y, expected) <= laws::rounding<S>);
  Matrix<S> sum = laws::uniform<S>(20, 30, 3), wanted = sum;
  reference::add_product(wanted, S(1), y, doubled);
  add_product(sum, S(1), y, S(2) * x);
  CHECK(laws::deviation(sum, wanted) <= laws::rounding<S>);
  add_product(sum, S(1), y, S(2) * x, false);
  wanted.setZero();
  reference::add_product(wanted, S(1), y, doubled);
  CHECK(laws::deviation(sum, wanted) <= laws::rounding<S>);
}
