#include <neohebb/learning/affine.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "laws/material.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("weights are values: copied, compared, edited, saved by name", "[learning]", float,
                   double) {
  using S = TestType;
  Affine<S> a = Affine<S>::zero(Extent{2}, Extent{3});
  CHECK((a.weight.isZero(0) && a.bias.isZero(0) && a.weight.rows() == 2 && a.weight.cols() == 3));
  const Affine<S> before = a.copy();
  a.edit([](auto& w) { w.weight(1, 2) = 5; });
  CHECK(a.settled().weight(1, 2) == 5);
  CHECK_FALSE(a == before);
  a.set_zero();
  CHECK(a == before);
  std::vector<std::string> names;
  Affine<S>::fields(a, [&](const char* name, auto&) { names.emplace_back(name); });
  CHECK(names == std::vector<std::string>{"weight", "bias"});
  CHECK(Affine<S, 2, 3>::zero({}, {}).weight == before.weight);
}
