// The rule that users copy keeps the laws of eligibilities.
#include "../examples/own_rule.hpp"

#include "laws/eligibility_laws.hpp"

TEMPLATE_TEST_CASE("a user's rule keeps the laws of eligibilities", "[laws]", float, double) {
  using S = TestType;
  laws::check_eligibility<S>(SynapticTag<S>{.decay = S(0.8)}, laws::all_to_all<S>());
}
