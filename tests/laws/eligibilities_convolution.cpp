#include <neohebb/learning/anti_causal.hpp>
#include <neohebb/projection/convolution.hpp>

#include "laws/eligibility_laws.hpp"
#include "laws/own_eligibility.hpp"

using namespace neohebb;

TEST_CASE("eligibilities are the same over a convolution, whose weights many synapses share", "[laws]") {
  const Convolution c{
      .height = 4, .width = 5, .channels_in = 2, .channels_out = 3, .kernel = 3, .padding = 1};
  const Eprop<double> eprop{.adaptation_decay = 0.9, .readout_decay = 0.7};
  const Dense<Pulses<double>, Convolution> dense{.connectivity = c, .trace = {.decay = 0.8}};
  const EventDriven<Pulses<double>, Convolution> events{
      .connectivity = c, .trace = {.decay = 0.8}, .arithmetic = Arithmetic::events};
  const AntiCausal<double> anti_causal{.presynaptic_decay = 0.8, .postsynaptic_decay = 0.6};
  laws::check_eligibility<double>(eprop, dense);
  laws::check_eligibility<double>(laws::Own<double>{}, dense);
  laws::check_eligibility<double>(eprop, events);
  laws::check_eligibility<double>(anti_causal, events);
}
