#include <neohebb/learning/initialisation.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

using namespace neohebb;

namespace {
constexpr Index outputs = 200, inputs = 400;
const Generator generator{.seed = 1, .stream = 2};

template <class S> Matrix<double> drawn(const auto& initialisation) {
  Matrix<S> w(outputs, inputs);
  initialisation(w, generator);
  return w.template cast<double>();
}
double variance(const Matrix<double>& w) { return (w.array() - w.mean()).square().mean(); }
}  // namespace

TEMPLATE_TEST_CASE("normal weights have mean 0 and variance gain squared over inputs", "[learning]", float,
                   double) {
  using S = TestType;
  const double n = outputs * inputs;
  for (const double gain : {1.0, 2.5}) {
    const double expected = gain * gain / inputs;
    const Matrix<double> w = drawn<S>(ScaledNormal<S>{.gain = S(gain)});
    CHECK(std::abs(w.mean()) < 4 * std::sqrt(expected / n));
    CHECK(std::abs(variance(w) - expected) < 4 * expected * std::sqrt(2 / n));
  }
}

TEMPLATE_TEST_CASE("uniform weights fill the range of gain over the root of inputs", "[learning]", float,
                   double) {
  using S = TestType;
  const double n = outputs * inputs;
  for (const double gain : {1.0, 2.5}) {
    const double bound = gain / std::sqrt(double(inputs)), expected = bound * bound / 3;
    const Matrix<double> w = drawn<S>(ScaledUniform<S>{.gain = S(gain)});
    CHECK(w.cwiseAbs().maxCoeff() <= bound * (1 + 1e-6));
    CHECK(w.maxCoeff() > 0.999 * bound);
    CHECK(w.minCoeff() < -0.999 * bound);
    CHECK(std::abs(w.mean()) < 4 * std::sqrt(expected / n));
    CHECK(std::abs(variance(w) - expected) < 4 * expected * std::sqrt(0.8 / n));
  }
}

TEMPLATE_TEST_CASE("initial weights depend on the generator only", "[learning]", float, double) {
  using S = TestType;
  const auto check = [](const auto& initialisation) {
    Matrix<S> a(4, 5), b(4, 5), c(4, 5);
    Matrix<S, 4, 5> fixed;
    initialisation(a, generator);
    initialisation(b, generator);
    initialisation(c, generator.substream(1));
    initialisation(fixed, generator);
    CHECK(a == b);
    CHECK(a != c);
    CHECK(laws::deviation(fixed, a) <= laws::rounding<S>);
  };
  check(ScaledUniform<S>{});
  check(ScaledNormal<S>{});
}
