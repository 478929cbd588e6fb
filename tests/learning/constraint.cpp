#include <limits>
#include <neohebb/learning/constraint.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

namespace {

/// What the constraint makes of w, at once and in blocks of columns.
template <class S> Matrix<S> constrained(const auto& constraint, const Matrix<S>& w) {
  Matrix<S> whole = w, blocks = w;
  constraint(whole, 0);
  for (Index first = 0; first < w.cols(); first += 2)
    constraint(blocks.middleCols(first, std::min<Index>(2, w.cols() - first)), first);
  CHECK(blocks == whole);
  Matrix<S> twice = whole;
  constraint(twice, 0);
  CHECK(twice == whole);
  return whole;
}

}  // namespace

TEMPLATE_TEST_CASE("constraints keep weights where they belong, whole or in blocks of columns", "[learning]",
                   float, double) {
  using S = TestType;
  const Matrix<S> w = laws::uniform<S>(4, 5, 1);
  CHECK(constrained(Unconstrained{}, w) == w);

  const Matrix<S> bounded = constrained(Bounds<S>{.lower = S(-0.5), .upper = S(0.25)}, w);
  CHECK(bounded.minCoeff() == S(-0.5));
  CHECK(bounded.maxCoeff() == S(0.25));
  CHECK(constrained(Bounds<S>{}, w) == w);
  CHECK(constrained(Bounds<S>{.lower = 0}, w) == w.cwiseMax(S(0)));

  const Matrix<S> present = laws::zero_one<S>(4, 5, 2, 0.5);
  CHECK(constrained(Mask<S>{present}, w) == w.cwiseProduct(present));

  const Vector<S> sign{{S(1), S(-1), S(0), S(1), S(-1)}};
  const Matrix<S> signed_w = constrained(Signs<S>{sign}, w);
  for (Index j = 0; j < 5; ++j)
    for (Index i = 0; i < 4; ++i) {
      const bool allowed = sign(j) == 0 || w(i, j) * sign(j) >= 0;
      CHECK(signed_w(i, j) == (allowed ? w(i, j) : S(0)));
    }

  const Constraints<Mask<S>, Signs<S>, Bounds<S>> all{
      {Mask<S>{present}, Signs<S>{sign}, Bounds<S>{S(-0.1), S(0.1)}}};
  CHECK(constrained(all, w) == signed_w.cwiseProduct(present).cwiseMax(S(-0.1)).cwiseMin(S(0.1)));

  Matrix<S, 4, 5> fixed = w;
  Mask<S, 4, 5>{present}(fixed, 0);
  Signs<S, 5>{sign}(fixed, 0);
  CHECK(fixed == signed_w.cwiseProduct(present));
}

TEMPLATE_TEST_CASE("constraints that contradict themselves or the weights are refused", "[learning]", float,
                   double) {
  using S = TestType;
  const Bounds<S> crossed{.lower = S(1), .upper = S(-1)};
  CHECK(contains(message_of([&] { crossed.validate(); }), "Bounds.lower = 1"));
  const S nan = std::numeric_limits<S>::quiet_NaN();
  CHECK(message_of([=] { Bounds<S>{.upper = nan}.validate(); }) != "accepted");
  const Mask<S> half{Matrix<S>::Constant(2, 3, S(0.5))}, ones{Matrix<S>::Ones(2, 3)};
  CHECK(message_of([&] { half.validate(); }) == "neohebb: Mask.present has entries other than 0 and 1");
  CHECK(message_of([&] { ones.check(2, 4); }) == "neohebb: Mask.present is 2 x 3, expected 2 x 4");
  const Signs<S> two{Vector<S>{{S(2), S(1)}}};
  CHECK(message_of([&] { two.validate(); }) == "neohebb: Signs.sign has entries other than -1, 0 and 1");
  CHECK(message_of([&] { two.check(7, 3); }) ==
        "neohebb: Signs.sign holds 2 signs, the projection has 3 inputs");
  const Constraints<Bounds<S>, Mask<S>> all{{crossed, ones}};
  CHECK(contains(message_of([&] { all.validate(); }), "Bounds.lower"));
  CHECK(contains(message_of([&] { all.check(5, 5); }), "Mask.present is 2 x 3, expected 5 x 5"));
}
