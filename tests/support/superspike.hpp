// Networks and spikes for tests of SuperSpike.
#pragma once
#include <neohebb/core/random.hpp>
#include <neohebb/layer/superspike.hpp>
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

/// Steps after each of which use(t, in, target) is called: input and targets at random, 40 and 20 per second.
inline void random_steps(Index from, Index to, Index inputs, Index outputs, auto&& use) {
  for (Index t = from; t < to; ++t)
    use(t, random_list(inputs, 4e-3, t, 21), random_list(outputs, 2e-3, t, 22));
}

/// 13 → 37 → 5 neurons that spike often.
template <class S> neohebb::SuperSpikeNetwork<S> lively_network(const neohebb::SuperSpikeRule& rule = {}) {
  return {.layers = {{.in = 13, .out = 37, .rule = rule, .weight_scale = 0.2},
                     {.in = 37, .out = 5, .rule = rule, .weight_scale = 0.2}},
          .window = 0.04};
}

/// The largest deviation, relative to the largest entry expected.
double relative(const auto& got, const auto& expected) {
  return static_cast<double>(distance(got, expected)) / static_cast<double>(expected.cwiseAbs().maxCoeff());
}

}  // namespace support
