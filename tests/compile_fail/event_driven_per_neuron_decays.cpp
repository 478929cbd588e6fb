// expect: (satisfaction of|satisfy|because) 'CommutingTrace
// Time constants of one's own in every input neuron: filtering and weighting do not commute.
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>

neohebb::EventDriven<neohebb::DoubleExponential<float, neohebb::Vector<float>>> projection;
