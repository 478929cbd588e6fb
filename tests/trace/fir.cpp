#include <limits>
#include <neohebb/trace/fir.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/kernels.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::message_of;

TEMPLATE_TEST_CASE("a sampled kernel answers a spike with its samples, then with nothing", "[trace]", float,
                   double) {
  using S = TestType;
  const auto response = reference::impulse_response(Fir<S>{.kernel = Vector<S>{{S(0), S(0.5), S(-2)}}}, 6);
  CHECK(response == std::vector<S>{S(0), S(0.5), S(-2), S(0), S(0), S(0)});
  const auto one = reference::impulse_response(Fir<S>{.kernel = Vector<S>::Constant(1, S(3))}, 3);
  CHECK(one == std::vector<S>{S(3), S(0), S(0)});
}

TEMPLATE_TEST_CASE("a sampled kernel is the convolution of spikes and samples", "[trace]", float, double) {
  using S = TestType;
  const Vector<S> kernel = laws::uniform<S>(5, 1, 9);
  const Fir<S> trace{kernel};
  const Fir<S, 5> fixed{kernel};
  auto state = trace.zero_state(Extent{3}, Extent{2});
  auto fixed_state = fixed.zero_state(Extent<3>{}, Extent<2>{});
  std::vector<reference::FirTrace<S>> plain(6, {{kernel.data(), kernel.data() + 5}});
  for (std::uint32_t t = 0; t < 30; ++t) {
    const Matrix<S> s = laws::zero_one<S>(3, 2, t);
    trace.step(state, s);
    fixed.step(fixed_state, s);
    Matrix<S> expected(3, 2);
    for (Index k = 0; k < 6; ++k) expected(k) = plain[static_cast<std::size_t>(k)].step(s(k));
    CHECK(laws::deviation(trace.value(state), expected) <= laws::rounding<S>);
    CHECK(laws::deviation(fixed.value(fixed_state), expected) <= laws::rounding<S>);
  }
}

TEMPLATE_TEST_CASE("a sampled kernel that adds up to 1 leads a constant input of 1 to 1", "[trace]", float,
                   double) {
  using S = TestType;
  CHECK(reference::steady_state(Fir<S>{.kernel = Vector<S>{{S(0.25), S(0.5), S(0.25)}}}, 5) == 1);
}

TEMPLATE_TEST_CASE("an empty kernel and one with NaN are refused", "[trace]", float, double) {
  using S = TestType;
  CHECK(message_of([] { Fir<S>{}.validate(); }) ==
        "neohebb: Fir.kernel is empty, must hold at least one sample");
  const Fir<S> bad{.kernel = Vector<S>{{S(1), std::numeric_limits<S>::quiet_NaN()}}};
  CHECK(reference::contains(message_of([&] { bad.zero_state(Extent{1}, Extent{1}); }),
                            "Fir.kernel has NaN or infinite entries"));
}
