// What the programs no_heap… share: a network's whole life, of which every allocation is counted from the first line of main
// on. They are several programs because one compiler took six minutes and 3 GB for all of their networks together.
#pragma once
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/prediction.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include <cstdio>

#include "support/layers.hpp"

namespace support {
using namespace neohebb;

inline int failures = 0;
constexpr int classes = 4;

/// What was allocated since the last report.
inline void report(const char* what, Index batch, Index window) {
  const long found = allocations.exchange(0);
  std::printf("%-38s batch %2ld window %2ld: %ld allocations%s\n", what, long(batch), long(window), found,
              found ? "  FAILED" : "");
  failures += found != 0;
}

/// A network's whole life, from its making to a second state that begins anew.
template <int In, int B>
void lives(const char* what, const auto& net, const auto& optimizer, const auto& initialisation,
           Extent<B> batch, Index window) {
  using S = typename std::decay_t<decltype(net)>::Scalar;
  constexpr std::size_t last = std::tuple_size_v<decltype(net.layers)> - 1;
  constexpr std::integral_constant<std::size_t, last> top{};
  auto weights = net.initial_weights(initialisation, Generator{.seed = 1});
  auto state = net.zero_state(batch, Generator{.seed = 2});
  auto learner = net.learner(optimizer, batch, window);
  Spikes<S, In, B> in({}, batch);
  MostFrequentWinner<classes, B> votes({}, batch);
  SummedReadout<S, classes, B> sum({}, batch);
  Matrix<S, classes, B> target = Matrix<S, classes, B>::Zero();
  for (Index b = 0; b < batch; ++b) target(b % classes, b) = 1;
  const auto untrained = weights;
  for (Index t = 0; t < 20; ++t) {
    NoisyInput{}(t, 0, in);
    net.step(weights, state, in);
    votes.count(net.layer(top).output(std::get<last>(state)));
    sum.count(net.layer(top).output(std::get<last>(state)));
    net.credit(weights, state, target, learner);
    if (t % window == window - 1) net.update(weights, state, learner);
  }
  const auto kept = learner;
  const auto state_then = state;
  if (weights == untrained || votes.predict(0) < 0 || sum.predict(0) < 0) {
    std::printf("%s: nothing was learned\n", what);
    ++failures;
  }
  net.reseed(state, Generator{.seed = 3});
  state = net.zero_state(batch);
  state = state_then;
  learner = kept;
  report(what, batch, window);
}

template <class S, int In, int Out> using Synapses = Dense<DoubleExponential<S>, AllToAll<In, Out> >;

/// Runs the cases with every allocation counted; what main returns.
int counts_heap(auto&& cases) {
  counting = true;
  static char text[1024];  // printf would allocate its own
  std::setvbuf(stdout, text, _IOLBF, sizeof(text));
  volatile Index size = 3;
  size = Matrix<float>::Zero(size, size).eval().cols();
  if (allocations.exchange(0) != 1) {
    std::puts("the hook on malloc does not see a matrix");
    return 1;
  }
  cases();
  std::puts(failures ? "FAILED" : "no allocations");
  return failures ? 1 : 0;
}

}  // namespace support
