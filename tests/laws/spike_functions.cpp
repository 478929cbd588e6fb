#include <neohebb/neuron/spike_function.hpp>

#include "laws/neuron_laws.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("spike functions keep their laws", "[laws]", float, double) {
  laws::check_spike_function<TestType>(Heaviside{});
  laws::check_spike_function<TestType>(EscapeNoise<TestType>{});
  laws::check_spike_function<TestType>(EscapeNoise<TestType>{.temperature = TestType(0.1)});
}
