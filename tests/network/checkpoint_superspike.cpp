// SuperSpike goes on from weights, state and learner with the bits of a run that was never stopped.
#include <neohebb/layer/superspike.hpp>

#include "catch.hpp"
#include "support/resumes.hpp"
#include "support/superspike.hpp"

using namespace neohebb;
using support::Plan, support::resumes_anywhere, support::Trains;

TEST_CASE("SuperSpike's states go on bit for bit: spikes, errors and memories under way", "[network]") {
  auto rule = support::short_windows<double>();
  rule.window = 0.002;
  rule.rate_regularisation = 1e-3;
  rule.feedback_delay = 1e-3;
  const RMaxProp<double> rmax{.rate = 1e-3}, other{.rate = 0.5};
  const Plan plan{.inputs = 13,
                  .batch = 2,
                  .window = rule.window_steps(),
                  .rate = 0.02,
                  .before = 330,
                  .after = 60,
                  .scale = 0.4};
  REQUIRE(plan.before % plan.window != 0);
  const auto check = [&](auto form) {
    CHECK(resumes_anywhere(support::lively_network(rule, form), plan, rmax, other, Trains{5, 0.01}));
  };
  check(Exchanged{});
  check(PerSynapse{});
}
