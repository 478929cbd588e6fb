// No heap allocation inside step, credit, update, learn and predict once their values exist: malloc itself is
// counted. (Networks of fixed sizes use none at all: no_heap.)
//
//     allocation        prints a line per case; exits 0 only if none allocates
#include <cstdio>

#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/layer/decolle.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/delayed.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "support/layers.hpp"

using namespace neohebb;
using S = float;
using support::allocations_in;

namespace {

int failures = 0;

void report(const char* what, const char* optimizer, Index batch, Index window, long found) {
  std::printf("%-27s %-6s batch %2ld window %2ld: %ld allocations%s\n", what, optimizer, long(batch),
              long(window), found, found ? "  FAILED" : "");
  failures += found != 0;
}

/// Two windows of credited steps; the first may allocate.
void network_allocates_nothing(const char* what, const auto& net, Index inputs, const char* name,
                               const auto& optimizer, Index batch, Index window) {
  auto weights = net.initial_weights(ScaledNormal<S>{4}, Generator{.seed = 1});
  auto state = net.zero_state(Extent{batch});
  auto learner = net.learner(optimizer, Extent{batch}, window);
  Spikes<S> in(inputs, batch);
  const auto target = support::labels<S>(10, batch);
  const auto steps = [&](Index first) {
    for (Index t = first; t < first + window; ++t) {
      support::NoisyInput{}(t, 0, in);
      net.step(weights, state, in);
      net.credit(weights, state, target, learner);
    }
    net.update(weights, state, learner);
  };
  steps(0);
  report(what, name, batch, window, allocations_in([&] { steps(window); }));
}

void parallel_allocates_nothing(const auto& net, int threads, const char* name, const auto& optimizer,
                                Index batch, Index window) {
  ThreadTeam team(threads);
  const Parallel parallel(net, team);
  auto weights = net.initial_weights(ScaledNormal<S>{4}, Generator{.seed = 1});
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(optimizer, batch, window);
  const auto target = support::labels<S>(10, batch);
  const Presentation shown{.steps = window + 2, .burn_in = 1, .window = window};
  const auto learn = [&] {
    parallel.learn(weights, state, learner, shown, Generator{}, support::NoisyInput{}, target);
  };
  const auto predict = [&] { parallel.predict(weights, state, shown, Generator{}, support::NoisyInput{}); };
  const std::string team_text = std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  learn();
  report(("Parallel.learn, " + team_text).c_str(), name, batch, window, allocations_in(learn));
  if (window > 1) return;  // predictions know no window
  predict();
  report(("Parallel.predict, " + team_text).c_str(), name, batch, window, allocations_in(predict));
}

auto each_optimizer(auto&& use) {
  use("Sgd", Sgd<S>{});
  use("Adam", Adam<S>{});
  use("AdaMax", AdaMax<S>{});
}

template <class Synapses> void large_networks() {
  using Layer = DecolleLayer<Synapses>;
  const auto layer = [](Index from, Index to) {
    return Layer{
        .projection = {.connectivity = {from, to}, .trace = {.membrane_decay = 0.8f, .synaptic_decay = 0.5f}},
        .signal = {.classes = 10, .scale = 5, .dropout = 0.25f},
        .rate = {0.5f}};
  };
  const Network net{std::vector{layer(784, 512), layer(512, 512), layer(512, 256)}};
  each_optimizer([&](const char* name, const auto& optimizer) {
    for (const Index batch : {1, 8, 72})
      for (const Index window : {1, 20}) {
        network_allocates_nothing("Network", net, 784, name, optimizer, batch, window);
        for (const int threads : {1, 2})
          parallel_allocates_nothing(net, threads, name, optimizer, batch, window);
      }
  });
  const Network wide{std::vector{layer(1500, 1600)}};  // packed factors would not fit the stack at once
  network_allocates_nothing("wide Network", wide, 1500, "Sgd", Sgd<S>{}, 72, 20);
}

/// Recurrent neurons with every option that keeps a state of its own.
void recurrent_network() {
  using Side = Dense<DoubleExponential<S>>;
  using Layer = DecolleLayer<WithRecurrence<Side>, Lif<S, EscapeNoise<S>>, Dynamic, Gaussian<S>,
                             CrossEntropy<S>, ReadsActivation>;
  const Network net{Layer{.projection = {.forward = {.connectivity = {200, 100}},
                                         .lateral = {.connectivity = {100, 100}, .bias = false}},
                          .neuron = {.refractory_steps = 2, .adaptation_strength = 0.1f},
                          .signal = {.classes = 10, .dropout = 0.25f}}};
  for (const Index batch : {1, 8, 72})
    network_allocates_nothing("recurrent Network", net, 200, "Adam", Adam<S>{}, batch, 5);
}

/// Spikes under way to single synapses, and to all.
void delayed_network() {
  using Layer = DecolleLayer<Delayed<EventDriven<DoubleExponential<S>>>>;
  const Network net{Layer{.projection = {{.connectivity = {400, 100}}, 3, 1}, .signal = {.classes = 10}},
                    Layer{.projection = {{.connectivity = {100, 50}}, 5}, .signal = {.classes = 10}}};
  for (const Index batch : {1, 8, 72}) {
    network_allocates_nothing("delayed Network", net, 200, "Adam", Adam<S>{}, batch, 5);
    parallel_allocates_nothing(net, 2, "Adam", Adam<S>{}, batch, 5);
  }
}

/// Convolutions that take spikes, pooled, with dense neurons on top; their states are made anew in between.
void convolutional_network() {
  using Layer = DecolleLayer<EventDriven<DoubleExponential<S>, Convolution>, Srm<S>, Dynamic, FastSigmoid<S>,
                             SmoothL1<S>, ReadsSpikes, MaxPooling>;
  const Network net{std::vector{Layer{.projection = {.connectivity = {10, 9, 2, 20, 5, 1, 2}},
                                      .signal = {.classes = 10},
                                      .pooling = {10, 9, 20, 2}},
                                Layer{.projection = {.connectivity = {5, 4, 20, 33, 3, 1, 1}},
                                      .signal = {.classes = 10},
                                      .pooling = {5, 4, 33, 1}},
                                Layer{.projection = {.connectivity = {1, 1, 660, 40, 1}},
                                      .signal = {.classes = 10},
                                      .pooling = {1, 1, 40, 1}}}};
  for (const Index batch : {1, 8}) {
    network_allocates_nothing("convolutional Network", net, 180, "Adam", Adam<S>{}, batch, 10);
    for (const int threads : {1, 2}) parallel_allocates_nothing(net, threads, "Sgd", Sgd<S>{}, batch, 10);
  }
}

/// Synapses that remember, by either algorithm, with windows whose edge that crosses.
template <class Form> void eprop_network() {
  const Pulses<S> membrane{.decay = 0.9f};
  const Network net{
      EpropLayer<S, Form, NoSelf>{
          .projection = {.forward = {.connectivity = {100, 60}, .trace = membrane},
                         .lateral = {.connectivity = {60, 60}, .trace = membrane, .bias = false}},
          .neuron = {.refractory_steps = 2, .adaptation_strength = Vector<S>::Constant(60, 0.1f)},
          .signal = {.outputs = 10, .feedback = Feedback::random},
          .rate = {.strength = 1}},
      EpropReadout<S, CrossEntropy<S>>{.projection = {.connectivity = {60, 10}, .trace = {0.9f}}}};
  for (const Index batch : {1, 8}) {
    network_allocates_nothing("e-prop", net, 100, "Sgd", Sgd<S>{}, batch, 20);
    network_allocates_nothing("e-prop", net, 100, "Adam", Adam<S>{}, batch, 1);
    for (const int threads : {1, 2}) parallel_allocates_nothing(net, threads, "Adam", Adam<S>{}, batch, 20);
  }
}

}  // namespace

int main() {
  volatile Index size = 3;
  if (allocations_in([&] { size = Matrix<S>::Zero(size, size).eval().cols(); }) != 1) {
    std::puts("the hook on malloc does not see a matrix");
    return 1;
  }
  recurrent_network();
  delayed_network();
  convolutional_network();
  eprop_network<Exchanged>();
  eprop_network<PerSynapse>();
  large_networks<Dense<DoubleExponential<S>>>();
  large_networks<EventDriven<DoubleExponential<S>>>();
  std::puts(failures ? "FAILED" : "no allocations");
  return failures ? 1 : 0;
}

#endif
