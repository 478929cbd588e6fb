#include <limits>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/kernels.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

TEMPLATE_TEST_CASE("a spike reaches the membrane trace one step later", "[trace]", float, double) {
  for (const bool normalised : {true, false}) {
    const auto response =
        reference::impulse_response(DoubleExponential<TestType>{.normalised = normalised}, 2);
    CHECK(response[0] == 0);
    CHECK(laws::relative_error(response[1], normalised ? 0.03 * 0.08 : 1.0) < 1e-4);
  }
}

TEMPLATE_TEST_CASE("a double exponential's kernel is the difference of two exponentials", "[trace]", float,
                   double) {
  using S = TestType;
  const double alpha = 0.9, beta = 0.7;
  for (const bool normalised : {true, false}) {
    const auto response = reference::impulse_response(
        DoubleExponential<S>{.membrane_decay = S(alpha), .synaptic_decay = S(beta), .normalised = normalised},
        60);
    const double gain = normalised ? (1 - alpha) * (1 - beta) : 1;
    for (std::size_t m = 0; m < response.size(); ++m)
      CHECK(std::abs(double(response[m]) - gain * (std::pow(alpha, double(m)) - std::pow(beta, double(m))) /
                                               (alpha - beta)) < 10 * double(laws::rounding<S>));
  }
}

TEMPLATE_TEST_CASE("the membrane trace integrates the synaptic trace of the step before", "[trace]", float,
                   double) {
  using S = TestType;
  for (const bool normalised : {true, false}) {
    const DoubleExponential<S> trace{.normalised = normalised};
    auto state = trace.zero_state(Extent{3}, Extent{2});
    std::vector<reference::MembraneTrace<S>> plain(6, {S(0.97), S(0.92), normalised});
    for (std::uint32_t t = 0; t < 100; ++t) {
      const Matrix<S> s = laws::zero_one<S>(3, 2, t);
      trace.step(state, s);
      Matrix<S> p(3, 2), q(3, 2);
      for (Index k = 0; k < 6; ++k) {
        auto& one = plain[static_cast<std::size_t>(k)];
        p(k) = one.step(s(k));
        q(k) = one.q;
      }
      CHECK(laws::deviation(trace.value(state), p) <= laws::rounding<S>);
      CHECK(laws::deviation(state.stage(1), q) <= laws::rounding<S>);
    }
  }
}

TEMPLATE_TEST_CASE("an alpha function's kernel is m times the power of its decay", "[trace]", float, double) {
  using S = TestType;
  const double alpha = 0.9;
  for (const bool normalised : {true, false}) {
    const auto response = reference::impulse_response(Alpha<S>{.normalised = normalised}, 60);
    const double gain = normalised ? 0.1 * 0.1 : 1;
    for (std::size_t m = 0; m < response.size(); ++m)
      CHECK(std::abs(double(response[m]) - gain * double(m) * std::pow(alpha, double(m) - 1)) <
            10 * double(laws::rounding<S>));
    const auto peak = std::max_element(response.begin(), response.end()) - response.begin();
    CHECK(std::abs(double(peak) + 1 / std::log(alpha)) <= 1);  // at its time constant
  }
}

TEMPLATE_TEST_CASE("a constant input of 1 leads normalised cascades to 1", "[trace]", float, double) {
  using S = TestType;
  CHECK(laws::relative_error(reference::steady_state(DoubleExponential<S>{}), 1) < 1e-4);
  CHECK(laws::relative_error(reference::steady_state(Alpha<S>{}), 1) < 1e-4);
  CHECK(laws::relative_error(reference::steady_state(DoubleExponential<S>{.normalised = false}),
                             1 / (0.03 * 0.08)) < 1e-3);
  CHECK(laws::relative_error(reference::steady_state(Alpha<S>{.normalised = false}), 100) < 1e-3);
}

TEMPLATE_TEST_CASE("cascades with one decay per neuron are scalar ones row by row", "[trace]", float,
                   double) {
  using S = TestType;
  const Vector<S> membrane{{S(0.9), S(0.5), S(0.97)}}, synaptic{{S(0.8), S(0.5), S(0)}};
  for (const bool normalised : {true, false}) {
    const DoubleExponential<S, Vector<S>> cascade{membrane, synaptic, normalised};
    const Alpha<S, Vector<S>> alpha{membrane, normalised};
    auto state = cascade.zero_state(Extent{3}, Extent{2});
    auto alpha_state = alpha.zero_state(Extent{3}, Extent{2});
    std::vector<reference::MembraneTrace<S>> plain, plain_alpha;
    for (Index k = 0; k < 6; ++k) {
      plain.push_back({membrane(k % 3), synaptic(k % 3), normalised});
      plain_alpha.push_back({membrane(k % 3), membrane(k % 3), normalised});
    }
    for (std::uint32_t t = 0; t < 30; ++t) {
      const Matrix<S> s = laws::zero_one<S>(3, 2, t);
      cascade.step(state, s);
      alpha.step(alpha_state, s);
      Matrix<S> p(3, 2), a(3, 2);
      for (Index k = 0; k < 6; ++k) {
        p(k) = plain[static_cast<std::size_t>(k)].step(s(k));
        a(k) = plain_alpha[static_cast<std::size_t>(k)].step(s(k));
      }
      CHECK(laws::deviation(cascade.value(state), p) <= laws::rounding<S>);
      CHECK(laws::deviation(alpha.value(alpha_state), a) <= laws::rounding<S>);
    }
  }
}

TEMPLATE_TEST_CASE("a cascade's decays are from 0 to 1, fit the population, and are named when they do not",
                   "[trace]", float, double) {
  using S = TestType;
  for (const S bad : {S(-0.5), S(1.5), std::numeric_limits<S>::quiet_NaN()}) {
    CHECK(contains(message_of([=] { DoubleExponential<S>{.membrane_decay = bad}.validate(); }),
                   "DoubleExponential.membrane_decay is "));
    CHECK(contains(message_of([=] { DoubleExponential<S>{.synaptic_decay = bad}.validate(); }),
                   "DoubleExponential.synaptic_decay is "));
    CHECK(contains(message_of([=] { Alpha<S>{.decay = bad}.zero_state(Extent{1}, Extent{1}); }),
                   "Alpha.decay is "));
  }
  const Vector<S> two{{S(0.5), S(0.6)}}, three{{S(0.5), S(0.6), S(0.7)}};
  CHECK(contains(message_of([&] {
                   DoubleExponential<S, Vector<S>>{.membrane_decay = three, .synaptic_decay = two}.zero_state(
                       Extent{3}, Extent{1});
                 }),
                 "DoubleExponential.synaptic_decay holds 2 decays, the population has 3 neurons"));
  CHECK(contains(message_of([&] { Alpha<S, Vector<S>>{.decay = two}.zero_state(Extent{3}, Extent{1}); }),
                 "Alpha.decay holds 2 decays, the population has 3 neurons"));
}
