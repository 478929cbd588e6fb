// expect: (satisfaction of|satisfy|because) 'Projection
// A trace where a projection is wanted.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/trace/exponential.hpp>

neohebb::DecolleLayer<neohebb::Exponential<float>> layer;
