// The trace of spikes that reach a neuron with a synaptic current of its own.
#include <neohebb/trace/current_pulses.hpp>

#include "catch.hpp"
#include "laws/trace_laws.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

TEMPLATE_TEST_CASE("pulses onto a synaptic current leave a trace that is a kernel", "[trace]", float,
                   double) {
  const CurrentPulses<TestType> pulses{.synaptic_decay = TestType(0.8), .follow = TestType(0.1)};
  laws::check_trace(pulses);
  laws::check_kernel(pulses);
  static_assert(CommutingTrace<CurrentPulses<TestType>> && arrives_as_pulse<CurrentPulses<TestType>>);
}

TEST_CASE("the trace of a pulse is the potential that a synapse of weight 1 makes one step later",
          "[trace]") {
  const CurrentPulses<double> pulses{.synaptic_decay = 0.7, .follow = 0.2};
  auto state = pulses.zero_state(Extent{Index{1}}, Extent{Index{1}});
  double v = 0, current = 0;
  for (Index t = 0; t < 30; ++t) {
    const double drive = t % 7 == 2 || t == 10 ? 1 : 0;
    current = 0.7 * current + drive;
    v = (1 - 0.2) * v + 0.2 * current;  // as of step t + 1
    pulses.step(state, Matrix<double>::Constant(1, 1, drive));
    CHECK(std::abs(pulses.value(state)(0, 0) - v) < 1e-15);
  }
  CHECK(v > 0);
}

TEST_CASE("pulses onto a synaptic current refuse constants without sense", "[trace]") {
  CHECK(contains(message_of([] { CurrentPulses<double>{.synaptic_decay = 1.5}.validate(); }),
                 "CurrentPulses.synaptic_decay is 1.5, must be from 0 to 1"));
  CHECK(contains(message_of([] { CurrentPulses<double>{.follow = 0}.validate(); }),
                 "CurrentPulses.follow is 0, must be above 0 and at most 1"));
  CHECK(contains(message_of([] { CurrentPulses<double>{.follow = std::nan("")}.validate(); }),
                 "CurrentPulses.follow is nan"));
}
