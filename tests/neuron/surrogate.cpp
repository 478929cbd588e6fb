#include <limits>
#include <neohebb/neuron/surrogate.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

TEMPLATE_TEST_CASE("surrogates take the values of their formulas", "[neuron]", float, double) {
  using S = TestType;
  const double pi = std::numbers::pi;
  const auto close = [](S x, double y) { return std::abs(double(x) - y) < 1e-6; };
  CHECK(close(FastSigmoid<S>{}(S(0)), 1));
  CHECK(close(FastSigmoid<S>{}(S(-0.3)), 1.0 / 16));
  CHECK(close(FastSigmoid<S>{.steepness = 2}(S(0.5)), 0.25));
  CHECK(close(Logistic<S>{}(S(0)), 0.25));
  CHECK(close(Logistic<S>{.steepness = 4}(S(0)), 1));
  CHECK(close(Logistic<S>{}(S(1)), std::exp(-1.0) / std::pow(1 + std::exp(-1.0), 2)));
  CHECK(close(Triangle<S>{}(S(0)), 1));
  CHECK(close(Triangle<S>{}(S(-0.25)), 0.75));
  CHECK(close(Triangle<S>{}(S(1)), 0));
  CHECK(close(Triangle<S>{}(S(1.5)), 0));
  CHECK(close(Arctan<S>{}(S(0)), 1));
  CHECK(close(Arctan<S>{.steepness = 2}(S(0.5)), 2 / (pi * 2)));
  CHECK(close(Gaussian<S>{}(S(0)), 1 / (0.4 * std::sqrt(2 * pi))));
  CHECK(close(Gaussian<S>{.width = 1}(S(2)), std::exp(-2.0) / std::sqrt(2 * pi)));
  CHECK(close(TwoSidedExponential<S>{}(S(-3)), std::exp(-3.0) / 2));
  CHECK(close(TwoSidedExponential<S>{.steepness = 2}(S(1)), 2 * std::exp(-4.0)));
  CHECK(close(TwoSidedExponential<S>{}.activation(S(-1)), std::exp(-1.0) / 2));
}

TEMPLATE_TEST_CASE("a peaked surrogate has the height and width of e-prop's papers, whatever its shape",
                   "[neuron]", float, double) {
  using S = TestType;
  const S height = S(0.5), width = S(0.6);
  for (const double u : {-2.0, -0.4, 0.0, 0.3, 0.59, 1.7}) {
    const double x = std::abs(u) / 0.6;
    const auto close = [&](auto surrogate, double y) { return std::abs(double(surrogate(S(u))) - y) < 1e-6; };
    CHECK(close(Peaked<S>{height, width}, 0.5 * std::max(0.0, 1 - x)));
    CHECK(close(Peaked<S, TwoSidedExponential<S>>{height, width}, 0.5 * std::exp(-x)));
    CHECK(close(Peaked<S, FastSigmoid<S>>{height, width, {S(1)}}, 0.5 / ((1 + x) * (1 + x))));
    CHECK(close(Peaked<S, Arctan<S>>{height, width, {S(1)}}, 0.5 / (1 + x * x)));
  }
  CHECK(contains(message_of([] { Peaked<S>{.height = 0}.validate(); }), "Peaked.height is 0"));
  CHECK(contains(message_of([] { Peaked<S>{.width = S(-1)}.validate(); }), "Peaked.width is -1"));
  CHECK(contains(message_of([] { Peaked<S, FastSigmoid<S>>{.shape = {S(0)}}.validate(); }),
                 "FastSigmoid.steepness"));
}

TEMPLATE_TEST_CASE("the boxcar holds its upper end and not its lower one", "[neuron]", float, double) {
  using S = TestType;
  const Boxcar<S> boxcar{};
  const S half = S(0.5), up = std::numeric_limits<S>::infinity();
  CHECK(boxcar(half) == 1);
  CHECK(boxcar(std::nextafter(half, up)) == 0);
  CHECK(boxcar(-half) == 0);
  CHECK(boxcar(std::nextafter(-half, up)) == 1);
  CHECK(boxcar(0) == 1);
  CHECK(boxcar.activation(-1) == 0);
  CHECK(boxcar.activation(S(0.25)) == S(0.75));
  CHECK(boxcar.activation(3) == 1);
}

TEMPLATE_TEST_CASE("a surrogate's steepness or width is positive", "[neuron]", float, double) {
  using S = TestType;
  for (const S bad : {S(0), S(-1), std::numeric_limits<S>::quiet_NaN()}) {
    CHECK(contains(message_of([=] { FastSigmoid<S>{bad}.validate(); }), "FastSigmoid.steepness is "));
    CHECK(contains(message_of([=] { Logistic<S>{bad}.validate(); }), "Logistic.steepness is "));
    CHECK(contains(message_of([=] { Arctan<S>{bad}.validate(); }), "Arctan.steepness is "));
    CHECK(contains(message_of([=] { TwoSidedExponential<S>{bad}.validate(); }),
                   "TwoSidedExponential.steepness is "));
    CHECK(contains(message_of([=] { Gaussian<S>{bad}.validate(); }), "Gaussian.width is "));
  }
}
