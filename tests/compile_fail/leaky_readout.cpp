// expect: LeakyReadout leaks by itself: its projection is Dense or EventDriven of Pulses
// A trace and a leaking readout would filter spikes twice, and the gradient once.
#include <neohebb/layer/leaky_readout.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

neohebb::LeakyReadout<neohebb::Dense<neohebb::Exponential<float>>> readout;
