// expect: (satisfaction of|satisfy|because) 'Layer.*l[.]spikes
// A layer that shows nothing to the next one.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

struct Silent : neohebb::DecolleLayer<neohebb::Dense<neohebb::Exponential<float>>> {
  void spikes() const = delete;
};

const neohebb::Network network{std::vector{Silent{}, Silent{}}};
