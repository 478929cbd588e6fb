// A learning rule of one's own (own_rule.hpp) in a network that learns: spiking neurons draw one period of a sine.
//
//     own_rule                    by the exchanged algorithm, at a cost per neuron and per spike
//     own_rule --per-synapse      as the rule is written, synapse by synapse, and slower: the same but for rounding, which
//                                 learning magnifies: errors end within a per cent of each other
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <numbers>

#include "own_rule.hpp"
#include "program.hpp"

namespace {

using namespace neohebb;
using S = float;
using Synapses = EventDriven<Pulses<S>>;

/// The error of every trial, of all.
template <class Form> std::vector<double> learn(std::uint64_t seed, int trials) {
  constexpr Index inputs = 40, units = 100, steps = 300;
  const Pulses<S> membrane{.decay = decay_from_time_constant(20.f, 1.f)};  // 20 ms, steps of 1 ms
  const S kappa = decay_from_time_constant(15.f, 1.f);
  const Network net{PlasticLayer<Synapses, Lif<S>, Peaked<S>, SynapticTag<S>, Broadcast<S>, Form>{
                        .projection = {.connectivity = {inputs, units}, .trace = membrane},
                        .neuron = {.decay = membrane.decay, .reset = Reset::by_threshold_later},
                        .eligibility = {.decay = kappa},
                        .signal = {.outputs = 1}},
                    LeakyReadout<Synapses>{.projection = {.connectivity = {units, 1}, .trace = {kappa}}}};
  const Generator generator{.seed = seed};
  auto weights = net.initial_weights(ScaledNormal<S>{1.5}, generator.substream(0));
  auto learner = net.learner(Adam<S>{.rate = S(2e-3)}, Extent{1}, steps);
  Spikes<S> in(inputs, 1);
  Matrix<S> numbers(inputs, 1), target(1, 1);
  std::vector<double> errors;
  for (int trial = 0; trial < trials; ++trial) {
    auto state = net.zero_state(Extent{1});
    double error = 0;
    for (Index t = 0; t < steps; ++t) {
      generator.substream(1).at_step(t).uniform(numbers);  // the same spikes in every trial
      in.assign(numbers.array() < S(0.05));
      target(0) = S(std::sin(2 * std::numbers::pi * double(t) / steps));
      net.step(weights, state, in);
      error += 2 * double(net.credit(weights, state, target, learner)) / (0.5 * steps);
    }
    net.update(weights, state, learner);
    errors.push_back(error);
  }
  return errors;
}

void run(std::uint64_t seed, bool per_synapse) {
  constexpr int trials = 300;
  const std::vector<double> errors =
      per_synapse ? learn<PerSynapse>(seed, trials) : learn<Exchanged>(seed, trials);
  for (int k = 0; k < trials; k += trials / 10)
    fmt::print("trial {:3}: normalised mean square error {:.4f}\n", k + 1,
               errors[static_cast<std::size_t>(k)]);
  fmt::print("normalised mean square error: {:.4f}\n", errors.back());
}

}  // namespace

int main(int argc, char** argv) {
  Common o;
  bool per_synapse = false;
  Program program("own_rule", "A learning rule of one's own in a network that learns", "--per-synapse");
  program.group("Learning");
  program.flag("--per-synapse", per_synapse, "synapse by synapse, step by step");
  program.seed(o.seed, "of weights and spikes");
  return program.run(argc, argv, [&] { run(o.seed, per_synapse); });
}
