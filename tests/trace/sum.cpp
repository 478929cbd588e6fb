#include <limits>
#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/exponential.hpp>
#include <neohebb/trace/fir.hpp>
#include <neohebb/trace/sum.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/kernels.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

TEMPLATE_TEST_CASE("a sum of kernels answers with the weighted sum of their answers", "[trace]", float,
                   double) {
  using S = TestType;
  const Exponential<S> fast{.decay = S(0.5)};
  const DoubleExponential<S> slow{};
  const Fir<S> sampled{.kernel = Vector<S>{{S(1), S(2)}}};
  const Sum<Exponential<S>, DoubleExponential<S>, Fir<S>> sum{{fast, slow, sampled}, {S(2), S(-1), S(0.5)}};
  const auto a = reference::impulse_response(fast, 20), b = reference::impulse_response(slow, 20),
             c = reference::impulse_response(sampled, 20), all = reference::impulse_response(sum, 20);
  for (std::size_t m = 0; m < 20; ++m)
    CHECK(std::abs(all[m] - (2 * a[m] - b[m] + S(0.5) * c[m])) <= laws::rounding<S>);
}

TEMPLATE_TEST_CASE("without weights a sum adds its kernels up", "[trace]", float, double) {
  using S = TestType;
  const Sum<Exponential<S>, Exponential<S>> sum{{{.decay = S(0.9)}, {.decay = S(0.5)}}};
  CHECK(laws::relative_error(reference::steady_state(sum), 2) < 1e-4);
  const auto response = reference::impulse_response(sum, 2);
  CHECK(laws::relative_error(response[1], 0.1 * 0.9 + 0.5 * 0.5) < 1e-5);
}

TEMPLATE_TEST_CASE("the difference of two exponentials is a double exponential", "[trace]", float, double) {
  using S = TestType;
  const S alpha = S(0.9), beta = S(0.6);
  using E = Exponential<S>;
  const S c = 1 / (alpha - beta);
  const Sum<E, E> difference{{E{alpha, false}, E{beta, false}}, {c, -c}};
  const auto a = reference::impulse_response(difference, 20),
             b = reference::impulse_response(DoubleExponential<S>{alpha, beta, false}, 20);
  for (std::size_t m = 0; m < 20; ++m) CHECK(std::abs(a[m] - b[m]) <= 10 * laws::rounding<S>);
}

TEMPLATE_TEST_CASE("a sum refuses what its kernels refuse, and weights that are not finite", "[trace]", float,
                   double) {
  using S = TestType;
  using Both = Sum<Exponential<S>, Fir<S>>;
  const Fir<S> sampled{.kernel = Vector<S>::Ones(1)};
  CHECK(contains(message_of([&] {
                   Both{{Exponential<S>{.decay = S(-1)}, sampled}}.validate();
                 }),
                 "Exponential.decay is -1"));
  CHECK(contains(message_of([&] { Both{}.zero_state(Extent{1}, Extent{1}); }), "Fir.kernel is empty"));
  CHECK(contains(message_of([&] {
                   Both{{Exponential<S>{}, sampled}, {S(1), std::numeric_limits<S>::quiet_NaN()}}.validate();
                 }),
                 "Sum.weights has an entry nan, must be finite"));
}
