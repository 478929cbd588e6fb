#include <neohebb/trace/current_pulses.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/exponential.hpp>

#include "laws/trace_laws.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("filtering weighted spikes is weighting filtered ones, forwards and backwards in time",
                   "[laws]", float, double) {
  laws::check_commuting_trace(
      CurrentPulses<TestType>{.synaptic_decay = TestType(0.6), .follow = TestType(0.2)});
  for (const bool normalised : {true, false}) {
    laws::check_commuting_trace(Exponential<TestType>{.normalised = normalised});
    laws::check_commuting_trace(Alpha<TestType>{.decay = TestType(0.7), .normalised = normalised});
    laws::check_commuting_trace(DoubleExponential<TestType>{
        .membrane_decay = TestType(0.8), .synaptic_decay = TestType(0.6), .normalised = normalised});
  }
}
