#include <neohebb/learning/anti_causal.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "laws/eligibility_laws.hpp"
#include "laws/own_eligibility.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("eligibilities are the same over event-driven synapses", "[laws]", float, double) {
  using S = TestType;
  const EventDriven<Pulses<S>> events{.connectivity = {9, 6},
                                      .trace = {.decay = S(0.8), .normalised = true},
                                      .arithmetic = Arithmetic::events};
  laws::check_eligibility<S>(Eprop<S>{.adaptation_decay = S(0.9), .readout_decay = S(0.7)}, events);
}

TEST_CASE("the family's other rules are the same over event-driven synapses", "[laws]") {
  const EventDriven<Pulses<double>> events{
      .connectivity = {9, 6}, .trace = {.decay = 0.8}, .arithmetic = Arithmetic::events};
  laws::check_eligibility<double>(laws::Own<double>{}, events);
  laws::check_eligibility<double>(TwiceFiltered<double>{.synaptic_decay = 0.7, .follow = 0.2}, events);
  laws::check_eligibility<double>(AntiCausal<double>{.presynaptic_decay = 0.8, .postsynaptic_decay = 0.6},
                                  events);
  laws::check_eligibility<double>(
      RewardStdp<double>{.presynaptic_decay = 0.8, .postsynaptic_decay = 0.6, .eligibility_decay = 0.9},
      events, 65);
}

TEST_CASE("eligibilities are the same over sparse synapses, with any trace", "[laws]") {
  Matrix<double> present = laws::zero_one<double>(6, 9, 5, 0.5);
  laws::check_eligibility<double>(
      EpropRunning<double>{.adaptation_decay = 0.9, .readout_decay = 0.7, .rate_decay = 0.8},
      EventDriven<DoubleExponential<double>, AllToAll<>, Mask<double>>{.connectivity = {9, 6},
                                                                       .constraint = {present}});
}
