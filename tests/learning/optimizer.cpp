#include <array>
#include <limits>
#include <neohebb/learning/optimizer.hpp>
#include <vector>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/learning.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

namespace {

/// Ten steps of a matrix of weights against ten steps of each weight on its own.
template <class S, class Weight>
void check_against_paper(const Optimizer auto& optimizer, const auto&... coefficients) {
  Matrix<S> w = laws::uniform<S>(3, 4, 50);
  auto state = optimizer.zero_state(Extent{3}, Extent{4});
  std::vector<Weight> plain;
  for (Index k = 0; k < 12; ++k) plain.push_back({w(k)});
  for (std::uint32_t t = 0; t < 10; ++t) {
    const Matrix<S> gradient = laws::uniform<S>(3, 4, t, -2, 1);
    optimizer.step(state, gradient, w);
    Matrix<S> expected(3, 4);
    for (Index k = 0; k < 12; ++k) {
      auto& one = plain[static_cast<std::size_t>(k)];
      one.step(gradient(k), coefficients...);
      expected(k) = one.w;
    }
    CHECK(laws::deviation(w, expected) <= 10 * laws::rounding<S>);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("optimizers take the steps their papers write down", "[learning]", float, double) {
  using S = TestType;
  check_against_paper<S, reference::SgdWeight<S>>(Sgd<S>{.rate = S(0.1)}, S(0.1));
  check_against_paper<S, reference::MomentumWeight<S>>(Momentum<S>{.rate = S(0.1), .momentum = S(0.8)},
                                                       S(0.1), S(0.8));
  check_against_paper<S, reference::AdamWeight<S>>(Adam<S>{.rate = S(0.1)}, S(0.1), S(0.9), S(0.999),
                                                   S(1e-8));
  check_against_paper<S, reference::AdamWeight<S>>(
      Adam<S>{.rate = S(0.1), .beta1 = S(0.5), .beta2 = S(0.7), .epsilon = S(0.1)}, S(0.1), S(0.5), S(0.7),
      S(0.1));
  check_against_paper<S, reference::AdaMaxWeight<S>>(AdaMax<S>{.rate = S(0.1)}, S(0.1), S(0), S(0.95),
                                                     S(1e-8));
  check_against_paper<S, reference::AdaMaxWeight<S>>(AdaMax<S>{.rate = S(0.1), .beta1 = S(0.9)}, S(0.1),
                                                     S(0.9), S(0.95), S(1e-8));
}

namespace {

/// 50 steps of weights with more rows than a piece, along gradients that are matrices, outer products never
/// stored, and products; beside the formula on whole matrices.
template <class S> void check_expressions(const Optimizer auto& optimizer, auto&& formula) {
  constexpr Index rows = 515, cols = 3;
  Matrix<S> w = laws::uniform<S>(rows, cols, 50), expected = w;
  auto state = optimizer.zero_state(Extent{rows}, Extent{cols});
  const Matrix<S> zero = Matrix<S>::Zero(rows, cols);
  std::array<Matrix<S>, 2> moments = {zero, zero};
  for (std::uint32_t t = 1; t <= 50; ++t) {
    const Matrix<S> left = laws::uniform<S>(rows, 2, t), right = laws::uniform<S>(cols, 2, 1000 + t);
    Matrix<S> gradient = left.col(0) * right.col(0).transpose();
    if (t % 3 == 0) {
      optimizer.step(state, gradient, w);
    } else if (t % 3 == 1) {
      optimizer.step(state, left.col(0).lazyProduct(right.col(0).transpose()), w);
    } else {
      gradient = left * right.transpose();
      optimizer.step(state, left * right.transpose(), w.middleCols(0, cols));
    }
    formula(moments, gradient.array(), expected.array(), int(t));
    REQUIRE(laws::deviation(w, expected) <= 10 * laws::rounding<S>);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("one sweep along any expression is the plain formula", "[learning]", float, double) {
  using S = TestType;
  const S rate = S(0.01);
  check_expressions<S>(Sgd<S>{.rate = rate}, [&](auto&, const auto& g, auto&& w, int) { w -= rate * g; });
  check_expressions<S>(Momentum<S>{.rate = rate, .momentum = S(0.8)},
                       [&](auto& m, const auto& g, auto&& w, int) {
                         m[0] = S(0.8) * m[0] + g.matrix();
                         w -= rate * m[0].array();
                       });
  check_expressions<S>(Adam<S>{.rate = rate, .beta1 = S(0.9), .beta2 = S(0.99), .epsilon = S(1e-3)},
                       [&](auto& m, const auto& g, auto&& w, int t) {
                         m[0] = S(0.9) * m[0] + S(0.1) * g.matrix();
                         m[1] = S(0.99) * m[1] + (1 - S(0.99)) * g.square().matrix();
                         w -= rate * m[0].array() / (1 - std::pow(S(0.9), S(t))) /
                              ((m[1].array() / (1 - std::pow(S(0.99), S(t)))).sqrt() + S(1e-3));
                       });
  for (const S beta1 : {S(0), S(0.9)})
    check_expressions<S>(AdaMax<S>{.rate = rate, .beta1 = beta1, .epsilon = S(1e-3)},
                         [&](auto& m, const auto& g, auto&& w, int t) {
                           m[0] = beta1 * m[0] + (1 - beta1) * g.matrix();
                           m[1] = (S(0.95) * m[1].array()).max(g.abs() + S(1e-3)).matrix();
                           w -= rate / (1 - std::pow(beta1, S(t))) * m[0].array() / m[1].array();
                         });
}

TEMPLATE_TEST_CASE("AdaMax without momentum remembers no gradient", "[learning]", float, double) {
  using S = TestType;
  const AdaMax<S> plain{.rate = S(0.1)}, momentum{.rate = S(0.1), .beta1 = S(0.9)};
  Vector<S> w = Vector<S>::Ones(3);
  const Vector<S> gradient{{S(1), S(-2), S(3)}};
  auto state = plain.zero_state(Extent{3}, Extent<1>{});
  plain.step(state, gradient, w);
  CHECK(state.first.isZero(0));
  CHECK(state.power1 == 0);
  // a run that resumes from it with momentum begins at m = 0, without the correction for a first step
  const Vector<S> before = w;
  momentum.step(state, gradient, w);
  CHECK(laws::deviation(state.first, S(0.1) * gradient) <= laws::rounding<S>);
  CHECK(laws::deviation(before - w, S(0.1) * state.first.cwiseQuotient(state.largest)) <= laws::rounding<S>);
}

TEST_CASE("Adam's epsilon stands outside of the bias correction where it is asked to, as in TensorFlow",
          "[learning]") {
  const Adam<double> adam{.rate = 0.1, .beta1 = 0.5, .beta2 = 0.7, .epsilon = 0.2, .epsilon_outside = true};
  Matrix<double> w = Matrix<double>::Ones(1, 1), g(1, 1);
  auto state = adam.zero_state(Extent{1}, Extent{1});
  double m = 0, v = 0, expected = 1;
  for (int t = 1; t < 20; ++t) {
    g(0) = std::sin(t);
    adam.step(state, g, w);
    m = 0.5 * m + 0.5 * g(0);
    v = 0.7 * v + 0.3 * g(0) * g(0);
    expected -= 0.1 * std::sqrt(1 - std::pow(0.7, t)) / (1 - std::pow(0.5, t)) * m / (std::sqrt(v) + 0.2);
    CHECK(std::abs(w(0) - expected) < 1e-13);
  }
}

TEMPLATE_TEST_CASE("the first step of Adam and AdaMax is the rate, whatever the gradient", "[learning]",
                   float, double) {
  using S = TestType;
  const Vector<S> gradient{{S(1e-3), S(-5), S(200)}};
  const auto step = [&](const auto& optimizer) {
    Vector<S> w = Vector<S>::Zero(3);
    auto state = optimizer.zero_state(Extent{3}, Extent<1>{});
    optimizer.step(state, gradient, w);
    return w;
  };
  const Vector<S> expected{{S(-0.01), S(0.01), S(-0.01)}};
  CHECK((step(Adam<S>{.rate = S(0.01)}) - expected).cwiseAbs().maxCoeff() < 1e-6);
  CHECK((step(AdaMax<S>{.rate = S(0.01)}) - expected).cwiseAbs().maxCoeff() < 1e-6);
}

TEMPLATE_TEST_CASE("only plain gradient descent promises to be linear", "[learning]", float, double) {
  STATIC_REQUIRE(Sgd<TestType>::linear);
  STATIC_REQUIRE_FALSE(Momentum<TestType>::linear);
  STATIC_REQUIRE_FALSE(Adam<TestType>::linear);
  STATIC_REQUIRE_FALSE(AdaMax<TestType>::linear);
  STATIC_REQUIRE_FALSE(Optimizer<TestType>);
}

TEMPLATE_TEST_CASE("an optimizer's parameters are refused by name", "[learning]", float, double) {
  using S = TestType;
  const S nan = std::numeric_limits<S>::quiet_NaN(), infinity = std::numeric_limits<S>::infinity();
  const auto refusal = [](const auto& optimizer) {
    return message_of([&] { optimizer.zero_state(Extent{1}, Extent{1}); });
  };
  for (const S bad : {S(-1), nan, infinity}) {
    CHECK(contains(refusal(Sgd<S>{.rate = bad}), "Sgd.rate is "));
    CHECK(contains(refusal(Momentum<S>{.rate = bad}), "Momentum.rate is "));
    CHECK(contains(refusal(Adam<S>{.rate = bad}), "Adam.rate is "));
    CHECK(contains(refusal(AdaMax<S>{.rate = bad}), "must be finite and not negative"));
  }
  for (const S bad : {S(-0.5), S(1), nan}) {
    CHECK(contains(refusal(Momentum<S>{.momentum = bad}), "Momentum.momentum is "));
    CHECK(contains(refusal(Adam<S>{.beta1 = bad}), "Adam.beta1 is "));
    CHECK(contains(refusal(Adam<S>{.beta2 = bad}), "Adam.beta2 is "));
    CHECK(contains(refusal(AdaMax<S>{.beta1 = bad}), "AdaMax.beta1 is "));
    CHECK(contains(refusal(AdaMax<S>{.beta2 = bad}), "AdaMax.beta2 is "));
  }
  for (const S bad : {S(0), S(-1), nan}) {
    CHECK(contains(refusal(Adam<S>{.epsilon = bad}), "Adam.epsilon is "));
    CHECK(contains(refusal(AdaMax<S>{.epsilon = bad}), "AdaMax.epsilon is "));
  }
  CHECK(refusal(Sgd<S>{.rate = 0}) == "accepted");
}

TEST_CASE("weights that an optimizer is to move have the gradient's shape", "[learning]") {
  const Matrix<float> gradient = Matrix<float>::Ones(3, 4);
  const auto refusal = [&](const auto& optimizer) {
    auto state = optimizer.zero_state(Extent{3}, Extent{4});
    Matrix<float> weights = Matrix<float>::Zero(3, 3);
    const std::string text = message_of([&] { optimizer.step(state, gradient, weights); });
    CHECK(weights.isZero(0));
    return text;
  };
  const std::string text = "neohebb: weights given to an optimizer is 3 x 3, expected 3 x 4";
  CHECK(refusal(Sgd<float>{}) == text);
  CHECK(refusal(Momentum<float>{}) == text);
  CHECK(refusal(Adam<float>{}) == text);
  CHECK(refusal(AdaMax<float>{}) == text);
}
