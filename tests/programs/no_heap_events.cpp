// As no_heap, of event-driven synapses.
//
//     no_heap_events     prints a line per case; exits 0 only if none allocates
#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/projection/event_driven.hpp>

#include "support/no_heap.hpp"

using namespace neohebb;
using namespace support;

namespace {

/// Event-driven synapses: columns that wait for their spikes, and the dense arithmetic for all else.
template <class S> void events() {
  using Events = EventDriven<DoubleExponential<S>, AllToAll<16, 24> >;
  for (const Arithmetic arithmetic : {Arithmetic::by_rate, Arithmetic::events}) {
    const Network net{DecolleLayer<Events, Srm<S>, classes>{.projection = {.arithmetic = arithmetic}}};
    for (const Index window : {1, 5}) {
      lives<16>("event-driven, Sgd", net, Sgd<S>{}, ScaledUniform<S>{4}, Extent<1>{}, window);
      lives<16>("event-driven, Adam", net, Adam<S>{}, ScaledUniform<S>{4}, Extent<3>{}, window);
    }
  }
}

}  // namespace

int main() {
  return counts_heap([] { events<float>(); });
}

#endif
