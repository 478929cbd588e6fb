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
