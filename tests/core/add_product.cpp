#include <neohebb/core/product.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/learning.hpp"
#include "reference/message.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("a sum of outer products is added to any block of a matrix", "[core]", float, double) {
  using S = TestType;
  for (Index n = 1; n <= 9; ++n) {
    const Matrix<S> left = laws::uniform<S>(6, n, 3), right = laws::uniform<S>(8, n, 4);
    const Matrix<S> before = laws::uniform<S>(6, 8, 5);
    Matrix<S> expected = before;
    reference::add_product(expected, S(-0.25), left, right);
    Matrix<S> w = before;
    add_product(w, S(-0.25), left, right);
    CHECK(laws::deviation(w, expected) <= laws::rounding<S>);

    w = before;  // a block of columns, as an update's pieces are
    add_product(w.middleCols(3, 4), S(-0.25), left, right.middleRows(3, 4));
    CHECK(laws::deviation(w.middleCols(3, 4), expected.middleCols(3, 4)) <= laws::rounding<S>);
    CHECK(w.leftCols(3) == before.leftCols(3));
    CHECK(w.rightCols(1) == before.rightCols(1));

    w = before;  // a block of rows
    add_product(w.topRows(2), S(-0.25), left.topRows(2), right);
    CHECK(laws::deviation(w.topRows(2), expected.topRows(2)) <= laws::rounding<S>);
    CHECK(w.bottomRows(4) == before.bottomRows(4));
  }
}

TEMPLATE_TEST_CASE("outer products of sizes known to the compiler are the same", "[core]", float, double) {
  using S = TestType;
  const Matrix<S, 3, 2> left = laws::uniform<S>(3, 2, 1);
  const Matrix<S, 4, 2> right = laws::uniform<S>(4, 2, 2);
  Matrix<S, 3, 4> sum = laws::uniform<S>(3, 4, 3);
  Matrix<S> expected = sum;
  add_product(sum, S(2), left, right);
  reference::add_product(expected, S(2), left, right);
  CHECK(laws::deviation(sum, expected) <= laws::rounding<S>);
}

TEST_CASE("outer products are added to a matrix of their shape only, and give an empty one theirs",
          "[core]") {
  for (const Index n : {1, 2, 3, 40}) {
    const Matrix<double> left = laws::uniform<double>(6, n, 1), right = laws::uniform<double>(5, n, 2);
    Matrix<double> w, small = Matrix<double>::Zero(5, 5);
    CHECK(reference::contains(reference::message_of([&] { add_product(w, 1.0, left, right); }),
                              "is 0 x 0, expected 6 x 5"));
    CHECK(reference::contains(reference::message_of([&] { add_product(small, 1.0, left, right); }),
                              "is 5 x 5, expected 6 x 5"));
    CHECK(small.isZero(0));
    add_product(w, 2.0, left, right, false);
    CHECK(laws::deviation(w, 2 * reference::product(left, right.transpose())) <= laws::rounding<double>);
  }
}
