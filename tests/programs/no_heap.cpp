// Networks of fixed sizes use no heap at all: from the first line of main on, every allocation is counted, and
// one is a failure. Parameters, weights, states, learners, credits and spikes are made, used and copied.
//
//     no_heap        prints a line per case; exits 0 only if none allocates
#include <cstdio>

#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/prediction.hpp>
#include <neohebb/learning/three_factor.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/fir.hpp>
#include <neohebb/trace/sum.hpp>

#include "support/layers.hpp"

using namespace neohebb;

namespace {

int failures = 0;
constexpr int classes = 4;

/// What was allocated since the last report.
void report(const char* what, Index batch, Index window) {
  const long found = support::allocations.exchange(0);
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
    support::NoisyInput{}(t, 0, in);
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

/// The path of linear optimizers and another one, for batches of one, few and many samples.
template <int B, class O> void plain(const char* what, const O& optimizer) {
  using S = typename O::Scalar;
  const Network net{
      DecolleLayer<Synapses<S, 16, 24>, Srm<S>, classes>{.dropout = S(0.25), .rate_regularisation = {1}}};
  const ScaledNormal<S> normal{4};
  for (const Index window : {1, 5}) {
    lives<16>("Sgd", net, Sgd<S>{}, normal, Extent<B>{}, window);
    lives<16>(what, net, optimizer, normal, Extent<B>{}, window);
  }
}

/// Event-driven synapses: columns that wait for their spikes, and the dense arithmetic for all else.
template <class S> void events() {
  using Events = EventDriven<DoubleExponential<S>, AllToAll<16, 24> >;
  for (const Arithmetic arithmetic : {Arithmetic::by_rate, Arithmetic::events}) {
    const Network net{DecolleLayer<Events, Srm<S>, classes>{.projection = {.arithmetic = arithmetic}}};
    for (const Index window : {1, 5}) {
      lives<16>("event-driven, Sgd", net, Sgd<S>{}, ScaledUniform<S>{4}, Extent<1>{}, window);
      lives<16>("event-driven, Adam", net, Adam<S>{}, ScaledUniform<S>{4}, Extent<3>{}, window);
    }
  }
}

/// Recurrent neurons with every option that keeps a state of its own, and constraints.
template <class S> void recurrent() {
  using Side = Dense<Sum<Exponential<S>, Alpha<S> >, AllToAll<16, 8>, Bounds<S> >;
  using Lateral = Dense<Fir<S, 3>, AllToAll<8, 8>, Constraints<Mask<S, 8, 8>, Signs<S, 8> > >;
  using Layer = DecolleLayer<WithRecurrence<Side, Lateral>, Lif<S, EscapeNoise<S> >, classes, Gaussian<S>,
                             CrossEntropy<S>, ReadsActivation>;
  Layer layer{.projection = {.forward = {.constraint = {.lower = -1, .upper = 1}}},
              .neuron = {.refractory_steps = 2, .adaptation_strength = S(0.1)},
              .dropout = S(0.25)};
  auto& lateral = layer.projection.lateral;
  lateral.bias = false;
  lateral.trace.kernel << S(0), S(0.5), S(0.25);
  std::get<0>(lateral.constraint.all).present.setOnes();
  std::get<1>(lateral.constraint.all).sign.setZero();
  lives<16>("recurrent, Lif, escape noise, constraints", Network{layer}, Adam<S>{}, ScaledUniform<S>{4},
            Extent<3>{}, 5);
}

/// A time constant for each neuron, in every trace.
template <class S> void per_neuron() {
  using Eta = Exponential<S, Vector<S, 8> >;
  using Pre = DoubleExponential<S, Vector<S, 16> >;
  const auto decays = [](auto neurons) {
    return random_decays(neurons, S(20), S(0.3), S(1), Generator{.seed = 4});
  };
  const DecolleLayer<Dense<Pre, AllToAll<16, 8> >, Srm<S, Eta>, classes, Logistic<S>, MeanSquare<S> > lower{
      .projection = {.trace = {.membrane_decay = decays(Extent<16>{}),
                               .synaptic_decay = decays(Extent<16>{})}},
      .neuron = {.refractory = {.decay = decays(Extent<8>{})}}};
  const DecolleLayer<Synapses<S, 8, 6>, Lif<S, Heaviside, Vector<S, 6> >, classes, Arctan<S>, SumSquare<S> >
      upper{.neuron = {.decay = decays(Extent<6>{}), .reset = Reset::by_threshold}};
  lives<16>("a decay for each neuron", Network{lower, upper}, Sgd<S>{S(0.1)}, Orthogonal<S>{4}, Extent<2>{},
            4);
}

void spike_timing() {
  const PairStdp<float> rule{};
  auto state = rule.zero_state(Extent<16>{}, Extent<8>{}, Extent<2>{});
  Matrix<float, 8, 16> weight = Matrix<float, 8, 16>::Zero();
  Spikes<float, 16, 2> pre({}, {});
  Spikes<float, 8, 2> post({}, {});
  for (Index t = 0; t < 20; ++t) {
    support::NoisyInput{.seed = 1}(t, 0, pre);
    support::NoisyInput{.seed = 2}(t, 0, post);
    rule.step(weight, state, pre, post);
  }
  report("pair-based STDP", 2, 1);
}

}  // namespace

int main() {
  support::counting = true;
  static char text[1024];  // printf would allocate its own
  std::setvbuf(stdout, text, _IOLBF, sizeof(text));
  volatile Index size = 3;
  size = Matrix<float>::Zero(size, size).eval().cols();
  if (support::allocations.exchange(0) != 1) {
    std::puts("the hook on malloc does not see a matrix");
    return 1;
  }
  plain<1>("Adam", Adam<float>{});
  plain<20>("Momentum", Momentum<float>{});
  plain<2>("AdaMax, double", AdaMax<double>{});
  events<float>();
  recurrent<float>();
  per_neuron<double>();
  spike_timing();
  std::puts(failures ? "FAILED" : "no allocations");
  return failures ? 1 : 0;
}

#endif
