// Rules whose synapses remember go on from weights, state and learner with the bits of a run that was never stopped.
#include <neohebb/layer/eprop.hpp>
#include <neohebb/layer/likelihood.hpp>
#include <neohebb/learning/constraint.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/resumes.hpp"

using namespace neohebb;
using support::Curves, support::Plan, support::resumes_anywhere, support::Trains;

namespace {

using S = float;
constexpr Index in = 12, units = 20, outputs = 17;  // so many that errors may be mostly zero
const Adam<S> adam{.rate = S(0.01)}, other_adam{.rate = S(0.5)};

/// Adaptive neurons among others, and a leaky readout.
template <class Form> auto eprop(Feedback feedback, bool carries) {
  const Pulses<S> membrane{.decay = S(0.8)};
  Vector<S> strength = Vector<S>::Zero(units);
  strength.tail(units / 2).setConstant(S(0.2));
  return Network{
      EpropLayer<S, Form, NoSelf>{
          .projection = {.forward = {.connectivity = {in, units}, .trace = membrane},
                         .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = S(0.8),
                     .threshold = S(0.5),
                     .reset = Reset::by_threshold_later,
                     .refractory_steps = 2,
                     .adaptation_strength = strength},
          .eligibility = {.readout_decay = S(0.9)},
          .signal = {.outputs = outputs, .feedback = feedback},
          .rate = {.strength = S(0.1)},
          .carries = carries},
      EpropReadout<S>{.projection = {.connectivity = {units, outputs}, .trace = {S(0.9)}}}};
}

}  // namespace

TEST_CASE("e-prop's states go on bit for bit, in the middle of a window", "[network]") {
  for (const Feedback feedback : {Feedback::symmetric, Feedback::random, Feedback::adaptive})
    for (const Index batch : {1, 2}) {
      const Plan plan{.inputs = in, .batch = batch, .window = 6, .scale = 2};
      const bool carries = feedback != Feedback::adaptive;
      CHECK(resumes_anywhere(eprop<Exchanged>(feedback, carries), plan, adam, other_adam, Curves{outputs}));
      CHECK(resumes_anywhere(eprop<PerSynapse>(feedback, true), plan, adam, other_adam, Curves{outputs}));
    }
}

TEST_CASE("layers taught by the likelihood of spikes go on bit for bit", "[network]") {
  const Srm<S, Exponential<S>, EscapeNoise<S>> neuron{
      .refractory = {.decay = S(0.7)}, .refractory_weight = 2, .spike = {.temperature = S(0.6)}};
  const auto check = [&](auto projection) {
    const Network net{LikelihoodLayer<decltype(projection)>{.projection = projection, .neuron = neuron}};
    for (const Index window : {1, 6}) {
      const Plan plan{.inputs = in, .batch = 2, .window = window};
      CHECK(resumes_anywhere(net, plan, adam, other_adam, Trains{units}));
    }
  };
  check(Dense<DoubleExponential<S>>{.connectivity = {in, units}, .trace = {S(0.8), S(0.5)}});
  check(EventDriven<DoubleExponential<S>>{.connectivity = {in, units}, .trace = {S(0.8), S(0.5)}});
}
