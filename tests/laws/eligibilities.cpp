#include <neohebb/learning/anti_causal.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "laws/eligibility_laws.hpp"
#include "laws/own_eligibility.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("eligibilities are the same per synapse, exchanged, and in plain loops", "[laws]", float,
                   double) {
  using S = TestType;
  const Eprop<S> eprop{.adaptation_decay = S(0.9), .readout_decay = S(0.7)};
  const auto dense = laws::all_to_all<S>();
  laws::check_eligibility<S>(eprop, dense);
  laws::check_eligibility<S>(laws::Own<S>{}, dense);
  laws::check_eligibility<S>(Instantaneous<S>{}, dense);
  laws::check_eligibility<S>(eprop, Dense<DoubleExponential<S>>{.connectivity = {9, 6}});
}

TEST_CASE("the family's other rules are the same per synapse, exchanged, and in plain loops", "[laws]") {
  const auto dense = laws::all_to_all<double>();
  laws::check_eligibility<double>(EpropRunning<double>{0.9, 0.7, 0.8}, dense);
  laws::check_eligibility<double>(TwiceFiltered<double>{.synaptic_decay = 0.7, .follow = 0.2}, dense);
  laws::check_eligibility<double>(
      AntiCausal<double>{
          .presynaptic_decay = 0.8, .postsynaptic_decay = 0.6, .causal = 0.7, .anti_causal = -0.4},
      dense);
  laws::check_eligibility<double>(
      RewardStdp<double>{.presynaptic_decay = 0.8, .postsynaptic_decay = 0.6, .eligibility_decay = 0.9},
      dense);
}

TEST_CASE("windows of one step, and such of more than a block, are as any", "[laws]") {
  const auto dense = laws::all_to_all<double>();
  for (const Index steps : {Index{1}, Index{65}}) {
    laws::check_eligibility<double>(Eprop<double>{.adaptation_decay = 0.9, .readout_decay = 0.7}, dense,
                                    steps);
    laws::check_eligibility<double>(AntiCausal<double>{.presynaptic_decay = 0.8, .postsynaptic_decay = 0.6},
                                    dense, steps);
  }
}
