// Layers that hear of the readout's error, on any number of ranks: e-prop and SuperSpike.
#include <neohebb/layer/eprop.hpp>
#include <neohebb/layer/superspike.hpp>
#include <neohebb/learning/rmax_prop.hpp>

#include "catch.hpp"
#include "support/ranks.hpp"

using namespace neohebb;

namespace {

constexpr Index inputs = 150, units = 40, classes = 3;

auto recurrent() {
  const Pulses<float> membrane{.decay = 0.8f};
  Vector<float> strength = Vector<float>::Zero(units);
  strength.tail(units / 2).setConstant(0.2f);
  return Network{
      EpropLayer<float, Exchanged, NoSelf>{
          .projection = {.forward = {.connectivity = {inputs, units}, .trace = membrane},
                         .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = 0.8f,
                     .threshold = 0.5f,
                     .reset = Reset::by_threshold_later,
                     .adaptation_strength = strength},
          .eligibility = {.readout_decay = 0.9f},
          .signal = {.outputs = classes},
          .rate = {.strength = 3, .target = 0.1f}},
      EpropReadout<float, CrossEntropy<float>>{
          .projection = {.connectivity = {units, classes}, .trace = {0.9f}}}};
}

}  // namespace

TEST_CASE("e-prop learns the same bits on any ranks and threads", "[network]") {
  const auto target = [](Index batch) { return support::labels<float>(classes, batch); };
  const support::Course course{.shown = {.steps = 14, .burn_in = 2, .window = 5}};
  for (const Sends sends : {Sends::by_size, Sends::factors, Sends::gradient})
    CHECK(support::differences(recurrent(), Adam<float>{}, course, target, sends) == "");
}

TEST_CASE("SuperSpike learns the same bits on any ranks and threads", "[network]") {
  SuperSpike<float> rule{.window = 0.01};
  rule.rate_regularisation = 1e-3;
  rule.feedback_delay = 1e-3;
  const Network net{rule.hidden({inputs}, {units}, {5}), rule.output({units}, {5})};
  const auto target = [](Index batch) {
    return [batch](Index t) {
      Matrix<float> spikes = Matrix<float>::Zero(5, batch);
      for (Index b = 0; b < batch; ++b) spikes((t + b) % 5, b) = (t + b) % 7 == 0;
      return spikes;
    };
  };
  const support::Course course{.shown = {.steps = 250, .burn_in = 0, .window = rule.window_steps()},
                               .batches = {7, 3}};
  for (const Sends sends : {Sends::factors, Sends::gradient})
    CHECK(support::differences(net, RMaxProp<float>{.rate = 1e-2f}, course, target, sends, {2, 3, 4}, {2}) ==
          "");
}
