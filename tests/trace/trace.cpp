#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/exponential.hpp>
#include <neohebb/trace/fir.hpp>
#include <neohebb/trace/sum.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("every kernel is a trace; those of a few shared coefficients commute with weights",
                   "[trace]", float, double) {
  using S = TestType;
  using PerNeuron = Vector<S>;
  STATIC_REQUIRE(CommutingTrace<Exponential<S>>);
  STATIC_REQUIRE(CommutingTrace<DoubleExponential<S>>);
  STATIC_REQUIRE(CommutingTrace<Alpha<S>>);
  STATIC_REQUIRE(Trace<Exponential<S, PerNeuron>>);
  STATIC_REQUIRE(Trace<DoubleExponential<S, PerNeuron>>);
  STATIC_REQUIRE(Trace<Alpha<S, Vector<S, 4>>>);
  STATIC_REQUIRE(Trace<Fir<S>>);
  STATIC_REQUIRE(Trace<Sum<Exponential<S>, Fir<S, 3>>>);
  STATIC_REQUIRE_FALSE(CommutingTrace<Exponential<S, PerNeuron>>);
  STATIC_REQUIRE_FALSE(CommutingTrace<DoubleExponential<S, PerNeuron>>);
  STATIC_REQUIRE_FALSE(CommutingTrace<Alpha<S, PerNeuron>>);
  STATIC_REQUIRE_FALSE(CommutingTrace<Fir<S>>);
  STATIC_REQUIRE_FALSE(CommutingTrace<Sum<Exponential<S>, Exponential<S>>>);
  STATIC_REQUIRE_FALSE(Trace<S>);
}

TEMPLATE_TEST_CASE("the stages of a filter lie side by side, so that one product weighs them all", "[trace]",
                   float, double) {
  using S = TestType;
  Stages<S, Dynamic, Dynamic, 2> stages(3, 4);
  Stages<S, 3, 4, 2> fixed({}, {});
  CHECK(stages.all.isZero(0));
  const Matrix<S> p = laws::uniform<S>(3, 4, 1), q = laws::uniform<S>(3, 4, 2);
  stages.stage(0) = fixed.stage(0) = p;
  stages.stage(1) = fixed.stage(1) = q;
  CHECK(stages.all.leftCols(4) == p);
  CHECK(stages.all.rightCols(4) == q);
  CHECK(fixed.all == stages.all);
  const auto copy = stages;
  CHECK(copy == stages);
  stages.stage(1)(0, 0) += 1;
  CHECK_FALSE(copy == stages);
}
