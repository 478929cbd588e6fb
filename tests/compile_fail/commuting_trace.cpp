// expect: (satisfaction of|satisfy|because) 'CommutingTrace
// Time constants of one's own take away what an event-driven product needs: the same filter in every row.
#include <neohebb/trace/exponential.hpp>

void event_driven(const neohebb::CommutingTrace auto&) {}

void use() { event_driven(neohebb::Exponential<float, neohebb::Vector<float>>{}); }
