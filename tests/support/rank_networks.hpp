// Networks that learn on ranks: each rule and kind of synapses.
#pragma once
#include <neohebb/layer/decolle.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/layer/superspike.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "support/layers.hpp"

namespace support {

using namespace neohebb;

/// Everything that draws random numbers or looks at a whole batch: escape noise, dropout, rate regularisation.
inline auto noisy_decolle() {
  using Decolle =
      DecolleLayer<Dense<DoubleExponential<float>>, Srm<float, Exponential<float>, EscapeNoise<float>>,
                   Dynamic, FastSigmoid<float>, CrossEntropy<float>>;
  std::vector<Decolle> layers;
  Index from = 150;
  for (const Index units : {140, 9}) {  // two pieces of weights each
    layers.push_back({.projection = {.connectivity = {from, units}, .trace = {0.6f, 0.4f}},
                      .neuron = {.spike = {0.05f}},
                      .signal = {.classes = 4, .scale = 3, .dropout = 0.3f},
                      .rate = {20}});
    from = units;
  }
  return Network(layers);
}
inline auto event_driven_decolle(Arithmetic arithmetic) {
  using Decolle = DecolleLayer<EventDriven<DoubleExponential<float>>>;
  std::vector<Decolle> layers;
  Index from = 150;
  for (const Index units : {40, 9}) {
    layers.push_back({.projection = {.connectivity = {from, units},
                                     .trace = {.membrane_decay = 0.6f, .synaptic_decay = 0.4f},
                                     .arithmetic = arithmetic},
                      .signal = {.classes = 4, .scale = 3, .dropout = 0.2f},
                      .rate = {1}});
    from = units;
  }
  return Network(layers);
}
/// 7 x 6 pixels of two channels.
inline auto convolutions() {
  using Conv = DecolleLayer<EventDriven<DoubleExponential<float>, Convolution>, Srm<float>, Dynamic,
                            FastSigmoid<float>, SmoothL1<float>, ReadsSpikes, MaxPooling>;
  std::vector<Conv> layers;
  layers.push_back({.projection = {.connectivity = {7, 6, 2, 12, 3, 1, 1}, .arithmetic = Arithmetic::events},
                    .signal = {.classes = 4, .dropout = 0.2f},
                    .pooling = {7, 6, 12, 2}});
  layers.push_back({.projection = {.connectivity = {3, 3, 12, 17, 3, 1, 1}},
                    .signal = {.classes = 4},
                    .pooling = {3, 3, 17, 1}});
  return Network(layers);
}
/// A recurrent layer of e-prop. Half of its neurons adapt, and its rate term's mean is over the batch.
inline auto eprop_hidden(Index inputs, Index units, const Broadcast<float>& signal) {
  const Pulses<float> membrane{.decay = 0.8f};
  Vector<float> strength = Vector<float>::Zero(units);
  strength.tail(units / 2).setConstant(0.2f);
  return EpropLayer<float, Exchanged, NoSelf>{
      .projection = {.forward = {.connectivity = {inputs, units}, .trace = membrane},
                     .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
      .neuron = {.decay = 0.8f,
                 .threshold = 0.5f,
                 .reset = Reset::by_threshold_later,
                 .adaptation_strength = strength},
      .eligibility = {.readout_decay = 0.9f},
      .signal = signal,
      .rate = {.strength = 3, .target = 0.1f}};
}
inline auto eprop() {
  return Network{
      eprop_hidden(150, 40, {.outputs = 4}),
      EpropReadout<float, CrossEntropy<float>>{.projection = {.connectivity = {40, 4}, .trace = {0.9f}}}};
}
/// Windows of 100 steps.
inline auto superspike() {
  SuperSpike<float> rule{.window = 0.01};
  rule.rate_regularisation = 1e-3;
  rule.feedback_delay = 1e-3;
  return Network{rule.hidden({150}, {40}, {5}), rule.output({40}, {5})};
}
/// Two recurrent layers, whose readout's error comes late.
inline auto late_eprop(Index delay) {
  const Broadcast<float> late{.outputs = 4, .feedback = Feedback::random, .delay = delay};
  return Network{
      eprop_hidden(150, 40, late), eprop_hidden(40, 20, late),
      EpropReadout<float, CrossEntropy<float>>{.projection = {.connectivity = {20, 4}, .trace = {0.9f}}}};
}
/// Layers without memory whose rate term needs a number of the whole batch in every step.
inline auto late_without_memory(Index delay) {
  using Hidden = PlasticLayer<EventDriven<Pulses<float>>, Lif<float>, FastSigmoid<float>,
                              Instantaneous<float>, Broadcast<float>, Exchanged, RateRegularisation<float>>;
  const auto hidden = [&](Index from, Index units, Index later) {
    return Hidden{.projection = {.connectivity = {from, units}, .trace = {.decay = 0.8f}},
                  .neuron = {.decay = 0.8f, .threshold = 0.5f},
                  .signal = {.outputs = 4, .feedback = Feedback::uniform, .delay = later},
                  .rate = {.strength = 2}};
  };
  return Network{hidden(150, 30, delay + 3), hidden(30, 20, delay),
                 EpropReadout<float>{.projection = {.connectivity = {20, 4}, .trace = {0.9f}}}};
}
/// Three layers, whose outputs' error comes 4 ms, 40 steps, late.
inline auto late_superspike() {
  SuperSpike<float> rule{.window = 0.01};
  rule.rate_regularisation = 1e-3;
  rule.feedback_delay = 4e-3;
  return Network{rule.hidden({150}, {40}, {5}, Feedback::random),
                 rule.hidden({40}, {20}, {5}, Feedback::random), rule.output({20}, {5})};
}
/// A function of the step: spikes that its outputs should fire, 5 x batch.
inline auto target_spikes(Index batch) {
  return [batch](Index t) {
    Matrix<float> spikes = Matrix<float>::Zero(5, batch);
    for (Index b = 0; b < batch; ++b) spikes((t + b) % 5, b) = (t + b) % 7 == 0;
    return spikes;
  };
}
inline Matrix<float> four_classes(Index batch) { return labels<float>(4, batch); }

}  // namespace support
