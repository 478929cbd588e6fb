#include "support/competing_formulas.hpp"

using namespace neohebb;
using support::check_formulas;

TEMPLATE_TEST_CASE("sizes known to the compiler, some or all, change nothing for competing units", "[layer]",
                   float, double) {
  using S = TestType;
  const CompetingUnits<S, Ranked<S>, 20, 8> fixed{.power = 3};
  check_formulas(fixed, 0.4, 0.45, Extent<3>{});
  check_formulas(fixed, 0.4, 0.45, Extent<1>{}, Extent<1>{});
  check_formulas(fixed, 0.4, 0.45, Extent{5});
  check_formulas(CompetingUnits<S, Ranked<S>, Dynamic, 8>{.inputs = 20, .power = S(2.5)}, 0.4, 0.45,
                 Extent<3>{});
  check_formulas(CompetingUnits<S, Ranked<S>, 20, Dynamic>{.units = 8}, 0.4, 0.45, Extent{5});
}
