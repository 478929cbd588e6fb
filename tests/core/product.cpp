#include <neohebb/core/product.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/learning.hpp"
#include "reference/message.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("a product of any number of columns is the sum it stands for", "[core]", float, double) {
  using S = TestType;
  const Matrix<S> w = laws::uniform<S>(7, 11, 1);
  const Eigen::Matrix<S, Dynamic, Dynamic, Eigen::RowMajor> by_rows = w;
  for (Index batch = 1; batch <= 9; ++batch) {
    const Matrix<S> x = laws::uniform<S>(11, batch, 2);
    const Matrix<S> expected = reference::product(w, x);
    Matrix<S> y = Matrix<S>::Constant(7, batch, S(99));
    product(w, x, y);
    CHECK(laws::deviation(y, expected) <= laws::rounding<S>);
    product(by_rows, x, y);
    CHECK(laws::deviation(y, expected) <= laws::rounding<S>);
    product(w.middleRows(2, 3), x, y.topRows(3));
    CHECK(laws::deviation(y.topRows(3), expected.middleRows(2, 3)) <= laws::rounding<S>);
    Matrix<S> back(11, batch);
    product(by_rows.transpose(), y, back);
    CHECK(laws::deviation(back, reference::product(w.transpose(), y)) <= laws::rounding<S>);
  }
}

TEMPLATE_TEST_CASE("products of sizes known to the compiler are the same", "[core]", float, double) {
  using S = TestType;
  const Matrix<S, 3, 4> w = laws::uniform<S>(3, 4, 1);
  const Matrix<S, 4, 2> x = laws::uniform<S>(4, 2, 2);
  Matrix<S, 3, 2> y;
  product(w, x, y);
  CHECK(laws::deviation(y, reference::product(w, x)) <= laws::rounding<S>);
}

TEST_CASE("a product gives its result a shape, and refuses a block of another", "[core]") {
  const Matrix<float> w = laws::uniform<float>(40, 30, 1);
  for (const Index batch : {1, 2, 7, 130}) {
    const Matrix<float> x = laws::uniform<float>(30, batch, 2);
    Matrix<float> y, larger(50, batch + 1);
    product(w, x, y);
    CHECK(laws::deviation(y, reference::product(w, x)) <= laws::rounding<float>);
    product(w, x, larger);
    CHECK(larger == y);
    Matrix<float> room(50, batch);
    CHECK(reference::contains(reference::message_of([&] { product(w, x, room.topRows(39)); }),
                              "expected 40 x"));
    product(w, x, room.middleRows(3, 40));
    CHECK(room.middleRows(3, 40) == y);
  }
}
