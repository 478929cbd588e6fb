// Networks and spikes for tests of SuperSpike.
#pragma once
#include <neohebb/core/random.hpp>
#include <neohebb/layer/superspike.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <vector>

#include "support/layers.hpp"

namespace support {

using SpikeList = std::vector<std::int32_t>;

/// Neurons that spike in step t, each with probability `rate`, ascending.
inline SpikeList random_list(Index neurons, double rate, Index t, std::uint64_t seed) {
  neohebb::RandomSequence numbers = neohebb::Generator{.seed = seed}.at_step(t).sequence();
  SpikeList list;
  for (Index i = 0; i < neurons; ++i)
    if (numbers.uniform() < rate) list.push_back(static_cast<std::int32_t>(i));
  return list;
}

/// Steps after each of which use(t, in, target) is called: input and targets at random, 40 and 20 per second,
/// the same for sample `first` + b whatever the batch.
template <class S, int B = 1>
void random_steps(Index from, Index to, Index inputs, Index outputs, auto&& use,
                  neohebb::Extent<B> batch = neohebb::Extent<B>(1), Index first = 0) {
  neohebb::Spikes<S, neohebb::Dynamic, B> in(inputs, batch), target(outputs, batch);
  const auto seed = [first](std::uint64_t of_first, Index b) {
    return of_first + 100 * static_cast<std::uint64_t>(first + b);
  };
  for (Index t = from; t < to; ++t) {
    in.assign_lists([&](Index b) { return random_list(inputs, 4e-3, t, seed(21, b)); });
    target.assign_lists([&](Index b) { return random_list(outputs, 2e-3, t, seed(22, b)); });
    use(t, in, target);
  }
}

/// A rule with short windows.
template <class S> neohebb::SuperSpike<S> short_windows() { return {.window = 0.04}; }

/// 13 → 37 → 5 neurons that spike often with lively weights.
template <class S, class Form = neohebb::Exchanged>
auto lively_network(const neohebb::SuperSpike<S>& rule = short_windows<S>(), Form form = {},
                    neohebb::Feedback feedback = neohebb::Feedback::symmetric) {
  return neohebb::Network{rule.hidden({13}, {37}, {5}, feedback, form), rule.output({37}, {5}, form)};
}
auto lively_weights(const auto& net, double scale = 0.2, std::uint64_t seed = 5) {
  using S = typename std::decay_t<decltype(net)>::Scalar;
  return net.initial_weights(neohebb::ScaledNormal<S>{S(scale)}, neohebb::Generator{.seed = seed});
}

/// Synapses with delays of their own, at random from 0 to `spread` steps beyond the axonal delay.
template <class S>
neohebb::SuperSpikeSynapses<S, neohebb::Sparse> delayed(const neohebb::SuperSpike<S>& rule, Index in,
                                                        Index out, Index spread, Index axons) {
  Matrix<std::int32_t> delay(out, in);
  for (Index j = 0; j < in; ++j) {
    neohebb::RandomSequence numbers = neohebb::Generator{.seed = 7}.sequence(j);
    for (Index i = 0; i < out; ++i)
      delay(i, j) = static_cast<std::int32_t>(numbers.below(static_cast<std::uint32_t>(spread + 1)));
  }
  return {.projection = {.connectivity = neohebb::delayed_synapses(delay, spread),
                         .trace = rule.trace(),
                         .constraint = rule.bounds(),
                         .bias = false},
          .steps = axons,
          .spread = spread};
}
template <class S> auto delayed(const neohebb::SuperSpike<S>& rule, Index in, Index out, Index spread) {
  return delayed(rule, in, out, spread, rule.synapses({in}, {out}).steps);
}
/// The same, also among the neurons themselves.
template <class S>
auto delayed_recurrent(const neohebb::SuperSpike<S>& rule, Index in, Index out, Index spread) {
  return neohebb::WithRecurrence<neohebb::SuperSpikeSynapses<S, neohebb::Sparse>>{
      .forward = delayed(rule, in, out, spread),
      .lateral = delayed(rule, out, out, spread, rule.lateral({out}).steps)};
}
/// The scale that gives neurons the same input where each has one of spread + 1 synapses.
inline double scale_for(Index spread) { return 0.2 * std::sqrt(static_cast<double>(spread + 1)); }

/// use(matrix) for each matrix of a gradient.
void each_matrix(const auto& gradient, auto&& use) {
  if constexpr (requires { gradient.lateral; }) {
    use(gradient.forward.weight);
    use(gradient.lateral.weight);
  } else {
    use(gradient.weight);
  }
}
/// The gradient of layer i, whose window ends.
auto gradient_of(const auto& net, const auto& weights, auto& state, auto& learner, auto i) {
  return net.layer(i).gradient(neohebb::at(weights, i), neohebb::at(state, i),
                               neohebb::at(learner.credit, i));
}

/// The largest deviation, relative to the largest entry expected.
double relative(const auto& got, const auto& expected) {
  return static_cast<double>(distance(got, expected)) / static_cast<double>(expected.cwiseAbs().maxCoeff());
}

}  // namespace support
