// expect: LearningLayer.*l[.]update
// A layer that notes what it should learn and never does.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

struct Procrastinator : neohebb::DecolleLayer<neohebb::Dense<neohebb::Exponential<float>>> {
  void update() const = delete;
};

const neohebb::Network network{
    Procrastinator{{.projection = {.connectivity = {3, 4}}, .signal = {.classes = 2}}}};
const auto learner = network.learner(neohebb::Sgd<float>{}, neohebb::Extent{5}, 1);
