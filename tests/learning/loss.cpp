#include <cstdint>
#include <neohebb/learning/loss.hpp>
#include <vector>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("losses are the sums they are written as", "[learning]", float, double) {
  using S = TestType;
  const Matrix<S> y = laws::uniform<S>(4, 3, 1, -2, 2), target = laws::uniform<S>(4, 3, 2, 0, 1);
  Matrix<S> gradient(4, 3);
  double square = 0, smooth = 0, cross = 0;
  for (Index b = 0; b < 3; ++b) {
    double sum = 0;
    for (Index c = 0; c < 4; ++c) sum += std::exp(double(y(c, b)));
    for (Index c = 0; c < 4; ++c) {
      const double e = double(y(c, b)) - double(target(c, b)), size = std::abs(e);
      square += e * e;
      smooth += size < 1 ? e * e / 2 : size - 0.5;
      cross -= double(target(c, b)) * std::log(std::exp(double(y(c, b))) / sum);
    }
  }
  CHECK(laws::relative_error(double(MeanSquare<S>{}(y, target, gradient)), square / 12) < 1e-5);
  CHECK(laws::relative_error(double(SumSquare<S>{}(y, target, gradient)), square / 3) < 1e-5);
  CHECK(laws::relative_error(double(HalfSquare<S>{}(y, target, gradient)), square / 6) < 1e-5);
  CHECK(laws::relative_error(double(SmoothL1<S>{}(y, target, gradient)), smooth / 12) < 1e-5);
  CHECK(laws::relative_error(double(CrossEntropy<S>{}(y, target, gradient)), cross / 3) < 1e-5);
}

TEMPLATE_TEST_CASE("the smooth L1 loss passes from square to linear at an error of 1", "[learning]", float,
                   double) {
  using S = TestType;
  Matrix<S> gradient(1, 1);
  const auto at = [&](double e) {
    return double(SmoothL1<S>{}(Matrix<S>::Constant(1, 1, S(e)), Matrix<S>::Zero(1, 1), gradient));
  };
  CHECK(at(0.5) == 0.125);
  CHECK(gradient(0) == S(0.5));
  CHECK(at(1) == 0.5);
  CHECK(gradient(0) == 1);
  CHECK(at(-3) == 2.5);
  CHECK(gradient(0) == -1);
}

TEMPLATE_TEST_CASE("cross-entropy of readouts as far apart as 1000 does not overflow", "[learning]", float,
                   double) {
  using S = TestType;
  const Matrix<S> y = Vector<S>{{S(1000), S(-1000)}};
  Matrix<S> gradient(2, 1);
  CHECK(CrossEntropy<S>{}(y, Vector<S>{{S(1), S(0)}}, gradient) == 0);
  CHECK(gradient.cwiseAbs().maxCoeff() < 1e-30);
  CHECK(CrossEntropy<S>{}(y, Vector<S>{{S(0), S(1)}}, gradient) == 2000);
  CHECK(gradient == Matrix<S>(Vector<S>{{S(1), S(-1)}}));
  const Matrix<S> low = Matrix<S>::Constant(3, 1, S(-1000));
  Matrix<S> third(3, 1);
  CHECK(std::abs(CrossEntropy<S>{}(low, Matrix<S>::Constant(3, 1, S(1) / 3), third) - std::log(S(3))) < 1e-3);
  CHECK(third.cwiseAbs().maxCoeff() < 1e-3);
}

TEMPLATE_TEST_CASE("cross-entropy is lowest where the softmax is the soft target", "[learning]", float,
                   double) {
  using S = TestType;
  const Vector<S> target{{S(0.7), S(0.2), S(0.1)}};
  Matrix<S> gradient(3, 1);
  const S lowest = CrossEntropy<S>{}(Matrix<S>(target.array().log().matrix()), target, gradient);
  CHECK(gradient.cwiseAbs().maxCoeff() <= laws::rounding<S>);
  CHECK(std::abs(lowest + (target.array() * target.array().log()).sum()) <=
        laws::rounding<S>);  // the entropy
}

TEMPLATE_TEST_CASE("the power loss of tanh units is its sum, and its slope the difference quotient",
                   "[learning]", float, double) {
  using S = TestType;
  Matrix<S> y = laws::uniform<S>(5, 7, 1, -2, 2);
  y(0, 0) = 20;  // saturated on the right side, and on the wrong one
  y(1, 0) = -20;
  const Matrix<S> target = signed_one_hot<S>(std::vector<int>{0, 1, 2, 3, 4, 0, 1}, 5);
  Matrix<S> wrong = target;
  wrong(1, 0) = 1;
  const auto loss = [](double u, double t, double m) { return std::pow(std::abs(std::tanh(u) - t), m); };
  for (const double m : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 4.3, 5.0, 5.5, 6.0, 8.0})
    for (const Matrix<S>& t : {target, wrong}) {
      CAPTURE(m);
      Matrix<S> gradient(5, 7);
      const S value = TanhPower<S>{.exponent = S(m)}(y, t, gradient);
      double sum = 0, worst = 0, largest = 0;
      for (Index k = 0; k < y.size(); ++k) {
        const double u = double(y(k)), h = 1e-5;
        sum += loss(u, double(t(k)), m) / 7;
        const double slope = (loss(u + h, double(t(k)), m) - loss(u - h, double(t(k)), m)) / (2 * h * 7);
        worst = std::max(worst, std::abs(slope - double(gradient(k))));
        largest = std::max(largest, std::abs(slope));
      }
      CHECK(laws::relative_error(double(value), sum) < (std::same_as<S, float> ? 1e-5 : 1e-13));
      CHECK(worst < (std::same_as<S, float> ? 1e-5 : 1e-8) * largest);
    }
}

TEMPLATE_TEST_CASE("the power loss of NaN is NaN, whatever the exponent", "[learning]", float, double) {
  using S = TestType;
  for (const Index size : {1, 40})
    for (const S m : {S(1), S(2), S(4.5), S(6), S(3.3)}) {
      Matrix<S> y = Matrix<S>::Zero(size, 2), gradient(size, 2);
      y(size / 2, 1) = std::numeric_limits<S>::quiet_NaN();
      CHECK(std::isnan(TanhPower<S>{.exponent = m}(y, Matrix<S>::Ones(size, 2), gradient)));
      CHECK(std::isnan(gradient(size / 2, 1)));
    }
}

TEST_CASE("powers below one, and none, are refused", "[learning]") {
  using reference::message_of;
  CHECK(message_of([] { TanhPower<float>{.exponent = 0.5f}.validate(); }) ==
        "neohebb: TanhPower.exponent is 0.5, must be finite and at least 1");
  CHECK(message_of([] { TanhPower<double>{.exponent = NAN}.validate(); }) !=
        message_of([] { TanhPower<double>{.exponent = 1}.validate(); }));
  CHECK_THROWS_AS(TanhPower<double>{.exponent = INFINITY}.validate(), std::invalid_argument);
}

TEMPLATE_TEST_CASE("a label becomes a column with one 1", "[learning]", float, double) {
  using S = TestType;
  const Matrix<S> target = one_hot<S>(std::vector<int>{2, 0}, 3);
  CHECK(target == Matrix<S>{{S(0), S(1)}, {S(0), S(0)}, {S(1), S(0)}});
  CHECK(one_hot<S>(std::vector<std::uint8_t>{1}, 2) == Matrix<S>{{S(0)}, {S(1)}});
  CHECK(signed_one_hot<S>(std::vector<int>{2, 0}, 3) ==
        Matrix<S>{{S(-1), S(1)}, {S(-1), S(-1)}, {S(1), S(-1)}});
}

TEST_CASE("a label outside the classes is refused with its sample", "[learning]") {
  using reference::message_of;
  CHECK(message_of([] {
          one_hot<float>(std::vector<int>{0, 3}, 3);
        }) == "neohebb: one_hot: label 3 of sample 1 is outside the 3 classes");
  CHECK(message_of([] { one_hot<float>(std::vector<int>{-1}, 3); }) ==
        "neohebb: one_hot: label -1 of sample 0 is outside the 3 classes");
  CHECK(message_of([] {
          signed_one_hot<float>(std::vector<int>{0, 3}, 3);
        }) == "neohebb: signed_one_hot: label 3 of sample 1 is outside the 3 classes");
}

TEMPLATE_TEST_CASE("every loss gives its gradient a shape, and refuses targets of another", "[learning]",
                   float, double) {
  using S = TestType;
  const Matrix<S> y = laws::uniform<S>(3, 2, 1, -1, 1), target = one_hot<S>(std::vector{1, 2}, 3);
  const auto check = [&](const auto& loss) {
    Matrix<S> sized(3, 2), empty, larger = Matrix<S>::Ones(5, 7);
    const S value = loss(y, target, sized);
    CHECK(loss(y, target, empty) == value);
    CHECK(loss(y, target, larger) == value);
    CHECK(empty == sized);
    CHECK(larger == sized);
    Matrix<S, 3, 2> fixed;
    CHECK(laws::relative_error(double(loss(y, target, fixed)), double(value)) <= double(laws::rounding<S>));
    CHECK(laws::deviation(fixed, sized) <= laws::rounding<S>);
    Matrix<S, 2, 2> wrong;
    CHECK(reference::contains(reference::message_of([&] { loss(y, target, wrong); }),
                              "is 2 x 2, expected 3 x 2"));
    CHECK(reference::contains(reference::message_of([&] { loss(y, target.leftCols(1), empty); }),
                              "is 3 x 1, expected 3 x 2"));
  };
  check(MeanSquare<S>{});
  check(SmoothL1<S>{});
  check(CrossEntropy<S>{});
  check(SumSquare<S>{});
  check(TanhPower<S>{});
}
