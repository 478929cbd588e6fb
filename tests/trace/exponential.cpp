#include <limits>
#include <neohebb/trace/exponential.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/kernels.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

TEMPLATE_TEST_CASE("an exponential's kernel is the power of its decay, felt in the spike's own step",
                   "[trace]", float, double) {
  using S = TestType;
  for (const bool normalised : {true, false}) {
    const auto response =
        reference::impulse_response(Exponential<S>{.decay = S(0.8), .normalised = normalised}, 40);
    for (std::size_t m = 0; m < response.size(); ++m)
      CHECK(laws::relative_error(response[m], (normalised ? 0.2 : 1) * std::pow(0.8, double(m))) < 1e-4);
  }
}

TEMPLATE_TEST_CASE("a constant input of 1 leads a normalised exponential to 1, another one to 1/(1 - decay)",
                   "[trace]", float, double) {
  CHECK(laws::relative_error(reference::steady_state(Exponential<TestType>{}), 1) < 1e-4);
  CHECK(laws::relative_error(reference::steady_state(Exponential<TestType>{.normalised = false}), 20) < 1e-4);
}

TEMPLATE_TEST_CASE("exponentials with one decay per neuron are scalar ones row by row", "[trace]", float,
                   double) {
  using S = TestType;
  const Vector<S> decays{{S(0), S(0.5), S(0.9), S(1)}};
  for (const bool normalised : {true, false}) {
    const Exponential<S, Vector<S>> many{.decay = decays, .normalised = normalised};
    const Exponential<S, Vector<S, 4>> fixed{.decay = decays, .normalised = normalised};
    auto state = many.zero_state(Extent{4}, Extent{3});
    auto fixed_state = fixed.zero_state(Extent<4>{}, Extent<3>{});
    std::vector<reference::LeakyTrace<S>> plain;
    for (Index k = 0; k < 12; ++k) plain.push_back({decays(k % 4), normalised ? 1 - decays(k % 4) : S(1)});
    for (std::uint32_t t = 0; t < 30; ++t) {
      const Matrix<S> s = laws::zero_one<S>(4, 3, t);
      many.step(state, s);
      fixed.step(fixed_state, s);
      Matrix<S> expected(4, 3);
      for (Index k = 0; k < 12; ++k)
        expected(k % 4, k / 4) = plain[static_cast<std::size_t>(k)].step(s(k % 4, k / 4));
      CHECK(laws::deviation(many.value(state), expected) <= laws::rounding<S>);
      CHECK(laws::deviation(fixed.value(fixed_state), expected) <= laws::rounding<S>);
    }
  }
}

TEMPLATE_TEST_CASE("an exponential's decay is from 0 to 1, and fits the population", "[trace]", float,
                   double) {
  using S = TestType;
  for (const S bad : {S(-0.5), S(1.5), std::numeric_limits<S>::quiet_NaN()}) {
    CHECK(contains(message_of([=] { Exponential<S>{.decay = bad}.validate(); }), "Exponential.decay is "));
    CHECK(contains(message_of([=] { Exponential<S>{.decay = bad}.zero_state(Extent{1}, Extent{1}); }),
                   "decay_from_time_constant(tau, dt) makes it from a time constant"));
    CHECK(contains(message_of([=] {
                     Exponential<S, Vector<S>>{.decay = Vector<S>{{S(0.5), bad}}}.validate();
                   }),
                   "Exponential.decay is "));
  }
  CHECK(message_of([] { Exponential<S, Vector<S>>{}.validate(); }) ==
        "neohebb: Exponential.decay is empty, must hold one decay per neuron");
  const Exponential<S, Vector<S>> two{.decay = Vector<S>{{S(0.5), S(0.6)}}};
  CHECK(contains(message_of([&] { two.zero_state(Extent{3}, Extent{1}); }),
                 "Exponential.decay holds 2 decays, the population has 3 neurons"));
}
