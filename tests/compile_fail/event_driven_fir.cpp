// expect: (satisfaction of|satisfy|because) 'CommutingTrace
// A kernel of any shape cannot be run backwards in a few stages.
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/fir.hpp>

neohebb::EventDriven<neohebb::Fir<float>> projection;
