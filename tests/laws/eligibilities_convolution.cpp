#include <neohebb/projection/convolution.hpp>

#include "laws/eligibility_laws.hpp"

using namespace neohebb;

TEST_CASE("eligibilities are the same over a convolution, whose weights many synapses share", "[laws]") {
  const Convolution c{
      .height = 4, .width = 5, .channels_in = 2, .channels_out = 3, .kernel = 3, .padding = 1};
  const Eprop<double> eprop{.adaptation_decay = 0.9, .readout_decay = 0.7};
  laws::check_eligibility<double>(
      eprop, Dense<Pulses<double>, Convolution>{.connectivity = c, .trace = {.decay = 0.8}});
  laws::check_eligibility<double>(
      eprop, EventDriven<Pulses<double>, Convolution>{
                 .connectivity = c, .trace = {.decay = 0.8}, .arithmetic = Arithmetic::events});
}
