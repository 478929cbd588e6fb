// Products with a right factor that may be mostly zero, at every kind of size: panels, packets, strips, lists.
#include <neohebb/core/power.hpp>
#include <neohebb/core/row_product.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/learning.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using laws::deviation;
using reference::contains, reference::message_of;

namespace {

/// Shapes around packets of 1 to 16, panels of two of them and of 256 inputs, strips of up to 12 columns.
constexpr Index unit_counts[] = {1, 15, 16, 17, 33, 100}, input_counts[] = {1, 7, 255, 256, 257, 784},
                column_counts[] = {1, 3, 12, 13, 100};
/// By lists for certain, and by tiles for certain.
constexpr double by_lists = 2, by_tiles = 0;

template <class S> double tolerance(Index inputs) { return laws::rounding<S> * double(1 + inputs / 50); }

/// A fifth of it is not zero; some zeros are negative.
template <class S> Matrix<S> images(Index inputs, Index columns, std::uint32_t number = 2) {
  Matrix<S> x = laws::uniform<S>(inputs, columns, number)
                    .cwiseProduct(laws::zero_one<S>(inputs, columns, number + 1, 0.2));
  return x;
}
/// f(w) = w |w|
struct Squared {
  auto operator()(const auto& w) const { return w * w.abs(); }
};

/// y = f(W) X by rows [0, half) and [half, all).
template <class S> Matrix<S> in_pieces(const auto& factor, const auto& w, const auto& f) {
  Matrix<S> y = Matrix<S>::Constant(w.rows(), factor.cols(), S(99));
  const Index half = w.rows() / 2;
  if (half > 0) factor.multiply(w, f, 0, half, y);
  factor.multiply(w, f, half, w.rows() - half, y);
  return y;
}
template <class S> Matrix<S> whole(const auto& factor, const auto& w, const auto& f) {
  Matrix<S> y = Matrix<S>::Constant(w.rows(), factor.cols(), S(99));
  factor.multiply(w, f, 0, w.rows(), y);
  return y;
}

}  // namespace

TEMPLATE_TEST_CASE("a right factor's products are the sums they stand for, by lists and by tiles", "[core]",
                   float, double) {
  using S = TestType;
  for (const Index inputs : input_counts)
    for (const Index columns : column_counts) {
      const Matrix<S> x = images<S>(inputs, columns);
      RightFactor<S> factor(inputs, columns);
      for (const Index units : unit_counts) {
        CAPTURE(inputs, columns, units);
        const RowMatrix<S> w = laws::uniform<S>(units, inputs, 1);
        const Matrix<S> expected = reference::product(Matrix<S>(w), x),
                        of_squares = reference::product(Matrix<S>(w.cwiseProduct(w.cwiseAbs())), x);
        for (const double above : {by_lists, by_tiles}) {
          factor.dense_above = above;
          factor.assign(x);
          REQUIRE(factor.sparse() == (above > 0));
          REQUIRE(factor.cols() == columns);
          const Matrix<S> y = whole<S>(factor, w, AsItIs{});
          REQUIRE(deviation(y, expected) <= tolerance<S>(inputs));
          REQUIRE(deviation(whole<S>(factor, w, Squared{}), of_squares) <= tolerance<S>(inputs));
          REQUIRE(deviation(in_pieces<S>(factor, w, AsItIs{}), expected) <= tolerance<S>(inputs));
          REQUIRE(deviation(in_pieces<S>(factor, w, Squared{}), of_squares) <= tolerance<S>(inputs));
        }
      }
    }
}

TEMPLATE_TEST_CASE("only the rows asked for are written", "[core]", float, double) {
  using S = TestType;
  const Matrix<S> x = images<S>(300, 14);
  const RowMatrix<S> w = laws::uniform<S>(100, 300, 1);
  const Matrix<S> expected = reference::product(Matrix<S>(w), x);
  for (const double above : {by_lists, by_tiles}) {
    RightFactor<S> factor(300, 14);
    factor.dense_above = above;
    factor.assign(x);
    for (const Index first : {0, 1, 16, 37, 99})
      for (const Index n : {1, 3, 16, 40})
        if (first + n <= 100) {
          CAPTURE(first, n, above);
          Matrix<S> y = Matrix<S>::Constant(100, 14, S(7)), wanted = y;
          wanted.middleRows(first, n) = expected.middleRows(first, n);
          factor.multiply(w, AsItIs{}, first, n, y);
          REQUIRE(deviation(y, wanted) <= tolerance<S>(300));
          REQUIRE((y.topRows(first).array() == S(7)).all());
          REQUIRE((y.bottomRows(100 - first - n).array() == S(7)).all());
        }
  }
}

TEST_CASE("a right factor that is mostly zero is taken as lists, and a full one as tiles", "[core]") {
  RightFactor<float> factor(784, 100);
  const auto taken_as_lists = [&](double rate) {
    factor.assign(laws::zero_one<float>(784, 100, 1, rate));
    return factor.sparse();
  };
  CHECK(taken_as_lists(0));
  CHECK(taken_as_lists(0.19));
  CHECK(taken_as_lists(0.4));
  CHECK(!taken_as_lists(0.5));
  CHECK(!taken_as_lists(1));
  factor.dense_above = by_lists;
  CHECK(taken_as_lists(1));
  factor.dense_above = by_tiles;
  CHECK(!taken_as_lists(0));
}

TEMPLATE_TEST_CASE("a right factor may be used again, with as many columns or fewer", "[core]", float,
                   double) {
  using S = TestType;
  RightFactor<S> factor(300, 40);
  const RowMatrix<S> w = laws::uniform<S>(20, 300, 1);
  for (const Index columns : {40, 1, 13, 0, 40})
    for (const double rate : {0.1, 0.9}) {
      const Matrix<S> x =
          laws::uniform<S>(300, columns, 5).cwiseProduct(laws::zero_one<S>(300, columns, 6, rate));
      factor.assign(x);
      CHECK(factor.cols() == columns);
      if (columns > 0) CHECK(factor.sparse() == (rate < 0.5));
      CHECK(deviation(whole<S>(factor, w, AsItIs{}), reference::product(Matrix<S>(w), x)) <=
            tolerance<S>(300));
    }
}

TEMPLATE_TEST_CASE(
    "NaN and infinity in a right factor show in their column alone, zeros of either sign nowhere", "[core]",
    float, double) {
  using S = TestType;
  const RowMatrix<S> w = laws::uniform<S>(33, 300, 1);
  for (const double above : {by_lists, by_tiles})
    for (const S bad : {std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::infinity()})
      for (const Index place : {0, 17, 255, 256, 299}) {
        Matrix<S> x = images<S>(300, 14);
        x(place, 5) = bad;
        RightFactor<S> factor(300, 14);
        factor.dense_above = above;
        factor.assign(x);
        for (const Matrix<S>& y : {whole<S>(factor, w, AsItIs{}), whole<S>(factor, w, Squared{})})
          for (Index b = 0; b < 14; ++b) {
            if (b == 5)
              REQUIRE((!y.col(b).array().isFinite()).all());
            else
              REQUIRE(y.col(b).allFinite());
          }
      }
  RightFactor<S> factor(300, 14);
  factor.assign(Matrix<S>::Constant(300, 14, S(-0.0)));
  CHECK(factor.sparse());
  CHECK(whole<S>(factor, w, AsItIs{}) == Matrix<S>::Zero(33, 14));
}

TEMPLATE_TEST_CASE("right factors and results may be blocks, transposes, expressions", "[core]", float,
                   double) {
  using S = TestType;
  constexpr Index inputs = 300, units = 37, columns = 14;
  const Matrix<S> x = images<S>(inputs, columns);
  const RowMatrix<S> w = laws::uniform<S>(units, inputs, 1);
  const Matrix<S> expected = reference::product(Matrix<S>(w), x);
  Matrix<S> large = Matrix<S>::Constant(inputs + 5, columns + 3, S(3));
  large.block(2, 1, inputs, columns) = x;
  const RowMatrix<S> by_rows = x;
  const Matrix<S> turned = x.transpose();
  Matrix<S> spread = Matrix<S>::Constant(2 * inputs, columns, S(3));
  Eigen::Map<Matrix<S>, 0, Eigen::Stride<Dynamic, 2>> every_other(spread.data(), inputs, columns,
                                                                  Eigen::Stride<Dynamic, 2>(2 * inputs, 2));
  every_other = x;
  for (const double above : {by_lists, by_tiles}) {
    RightFactor<S> factor(inputs, columns);
    factor.dense_above = above;
    const auto check = [&](const auto& given) {
      factor.assign(given);
      CHECK(factor.sparse() == (above > 0));
      CHECK(deviation(whole<S>(factor, w, AsItIs{}), expected) <= tolerance<S>(inputs));
    };
    check(x);
    check(large.block(2, 1, inputs, columns));
    check(by_rows);
    check(turned.transpose());
    check(every_other);
    check(S(0.5) * x + S(0.5) * x);

    Matrix<S> y = Matrix<S>::Constant(units + 4, columns + 2, S(7)), wanted = y;
    wanted.block(3, 1, units, columns) = expected;
    auto inside = y.block(3, 1, units, columns);
    factor.multiply(w, AsItIs{}, 0, units, inside);
    CHECK(deviation(y, wanted) <= tolerance<S>(inputs));
    RowMatrix<S> y_by_rows = RowMatrix<S>::Constant(units, columns, S(7));
    factor.multiply(w, AsItIs{}, 0, units, y_by_rows);
    CHECK(deviation(y_by_rows, expected) <= tolerance<S>(inputs));
    // rows of a larger matrix
    RowMatrix<S> wide = RowMatrix<S>::Constant(units + 2, inputs + 9, S(5));
    wide.block(1, 4, units, inputs) = w;
    const auto part = wide.block(1, 4, units, inputs);
    CHECK(deviation(whole<S>(factor, part, AsItIs{}), expected) <= tolerance<S>(inputs));
    CHECK(deviation(whole<S>(factor, part, Squared{}), whole<S>(factor, w, Squared{})) <= laws::rounding<S>);
  }
}

TEMPLATE_TEST_CASE(
    "a left factor of one row or one column, known to the compiler, is multiplied as any other", "[core]",
    float, double) {
  using S = TestType;
  const auto check = [](const auto& w, const Matrix<S>& x) {
    const Matrix<S> plain = w;
    for (const double above : {by_lists, by_tiles}) {
      RightFactor<S> factor(x.rows(), x.cols());
      factor.dense_above = above;
      factor.assign(x);
      CHECK(deviation(whole<S>(factor, w, AsItIs{}), reference::product(plain, x)) <= tolerance<S>(x.rows()));
      CHECK(deviation(whole<S>(factor, w, Squared{}),
                      reference::product(Matrix<S>(plain.cwiseProduct(plain.cwiseAbs())), x)) <=
            tolerance<S>(x.rows()));
    }
  };
  check(RowMatrix<S, 1, Dynamic>(laws::uniform<S>(1, 300, 1)), images<S>(300, 13));
  check(RowMatrix<S, 1, 5>(laws::uniform<S>(1, 5, 1)), images<S>(5, 3));
  check(RowMatrix<S, Dynamic, 1>(laws::uniform<S>(35, 1, 1)), laws::uniform<S>(1, 13, 2));
  check(RowMatrix<S, 4, 1>(laws::uniform<S>(4, 1, 1)), laws::uniform<S>(1, 1, 2));
  check(RowMatrix<S, 1, 1>(laws::uniform<S>(1, 1, 1)), laws::uniform<S>(1, 2, 2));
  check(RowMatrix<S, 20, 30>(laws::uniform<S>(20, 30, 1)), images<S>(30, 3));
  // one unit of fixed size has a row of results
  RightFactor<S> factor(300, 13);
  const Matrix<S> x = images<S>(300, 13);
  factor.assign(x);
  const RowMatrix<S, 1, Dynamic> w = laws::uniform<S>(1, 300, 1);
  Matrix<S, 1, Dynamic> y(1, 13);
  factor.multiply(w, AsItIs{}, 0, 1, y);
  CHECK(deviation(y, reference::product(Matrix<S>(w), x)) <= tolerance<S>(300));
}

TEST_CASE("a right factor refuses sizes it was not made for", "[core]") {
  CHECK(message_of([] { RightFactor<float>(0, 3); }) ==
        "neohebb: rows of a right factor is 0, must be at least 1");
  CHECK(message_of([] { RightFactor<float>(3, 0); }) ==
        "neohebb: columns of a right factor is 0, must be at least 1");
  RightFactor<float> factor(784, 100);
  const auto refusal = [&](Index rows, Index columns) {
    return message_of([&] { factor.assign(Matrix<float>::Zero(rows, columns).eval()); });
  };
  CHECK(refusal(783, 100) == "neohebb: a right factor made for 784 x 100 is given 783 x 100");
  CHECK(refusal(784, 101) == "neohebb: a right factor made for 784 x 100 is given 784 x 101");
  CHECK(refusal(784, 99) == "accepted");
  CHECK(refusal(784, 100) == "accepted");
  RightFactor<float> none;
  CHECK(message_of([&] { none.assign(Matrix<float>::Zero(3, 2).eval()); }) != "accepted");
}

TEST_CASE("rows of a product with a right factor are refused where there is no room for them", "[core]") {
  const RowMatrix<float> w = laws::uniform<float>(20, 30, 1);
  const Matrix<float> x = laws::uniform<float>(30, 4, 2);
  RightFactor<float> factor(30, 4);
  factor.assign(x);
  Matrix<float> none, y(20, 4), narrow(20, 3);
  const auto refusal = [&](Matrix<float>& to, Index first, Index n) {
    return message_of([&] { factor.multiply(w, AsItIs{}, first, n, to); });
  };
  CHECK(refusal(y, 0, 20) == "accepted");
  CHECK(deviation(y, reference::product(w, x)) <= laws::rounding<float>);
  CHECK(contains(refusal(none, 0, 20), "is 0 x 0, expected 0 x 4"));
  CHECK(contains(refusal(narrow, 0, 20), "is 20 x 3, expected 20 x 4"));
  CHECK(contains(refusal(y, 10, 11), "rows 10 to 21 of a product of 20 rows"));
}
