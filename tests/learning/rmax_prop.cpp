#include <neohebb/learning/rmax_prop.hpp>

#include <limits>

#include "catch.hpp"
#include "laws/material.hpp"
#include "laws/optimizer_laws.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

static_assert(Optimizer<RMaxProp<float>> && !RMaxProp<float>::linear);

TEMPLATE_TEST_CASE("RMaxProp divides by the root of a leaky maximum", "[learning]", float, double) {
  using S = TestType;
  const RMaxProp<S> optimizer{.rate = S(0.1), .decay = S(0.9)};
  Matrix<S> w = laws::uniform<S>(3, 4, 50), expected = w, largest = Matrix<S>::Zero(3, 4);
  auto state = optimizer.zero_state(Extent{3}, Extent{4});
  for (std::uint32_t t = 0; t < 20; ++t) {
    const Matrix<S> g = laws::uniform<S>(3, 4, t, -2, 1);
    optimizer.step(state, g, w);
    for (Index k = 0; k < 12; ++k) {
      largest(k) = std::max(S(0.9) * largest(k), g(k) * g(k));
      expected(k) -= S(0.1) * g(k) / (std::sqrt(largest(k)) + S(1e-12));
    }
    CHECK(laws::deviation(w, expected) <= 10 * laws::rounding<S>);
  }
}

TEST_CASE("without a rate only the maximum moves", "[learning]") {
  const RMaxProp<double> optimizer{.rate = 0};
  Matrix<double> w = Matrix<double>::Ones(2, 2);
  auto state = optimizer.zero_state(Extent{2}, Extent{2});
  optimizer.step(state, Matrix<double>::Constant(2, 2, 3.0), w);
  CHECK(w == Matrix<double>::Ones(2, 2));
  CHECK(state.largest == Matrix<double>::Constant(2, 2, 9.0));
}

TEST_CASE("no step is larger than the rate", "[learning]") {
  const RMaxProp<double> optimizer{.rate = 1e-3};
  Matrix<double> w = Matrix<double>::Zero(4, 4), before = w;
  auto state = optimizer.zero_state(Extent{4}, Extent{4});
  for (std::uint32_t t = 0; t < 50; ++t, before = w) {
    optimizer.step(state, laws::uniform<double>(4, 4, t, -1, 1), w);
    CHECK((w - before).cwiseAbs().maxCoeff() <= 1e-3);
  }
}

TEST_CASE("RMaxProp refuses parameters without sense", "[learning]") {
  const auto said = [](RMaxProp<double> optimizer) { return message_of([&] { optimizer.validate(); }); };
  CHECK(said({}) == "accepted");
  CHECK(contains(said({.rate = -1}), "RMaxProp.rate is -1"));
  CHECK(contains(said({.decay = 1}), "RMaxProp.decay is 1, must be in [0, 1)"));
  CHECK(contains(said({.epsilon = 0}), "RMaxProp.epsilon is 0"));
  CHECK(contains(said({.epsilon = std::numeric_limits<double>::quiet_NaN()}), "RMaxProp.epsilon is nan"));
}

TEST_CASE("RMaxProp refuses weights of another shape than the gradient's", "[learning]") {
  const RMaxProp<float> optimizer;
  auto state = optimizer.zero_state(Extent{3}, Extent{4});
  Matrix<float> weights = Matrix<float>::Zero(3, 3);
  CHECK(reference::message_of([&] { optimizer.step(state, Matrix<float>::Ones(3, 4).eval(), weights); }) !=
        "accepted");
}
