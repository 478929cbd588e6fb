// Learning from the likelihood through other projections, scalars and sizes, and inside networks.
#include <neohebb/layer/likelihood.hpp>

#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

constexpr Index in = 6, out = 4, batch = 3, steps = 30;
template <class S, int N = Dynamic> using Plain = Dense<DoubleExponential<S>, AllToAll<N, N>>;

template <class S, class Noise = EscapeNoise<S>>
const Srm<S, Exponential<S>, Noise> neuron{
    .refractory = {.decay = S(0.7)}, .refractory_weight = 2, .spike = {.temperature = S(0.6)}};

void input(Index t, auto& spikes) { support::NoisyInput{}(t, 0, spikes); }
void target(Index t, auto& spikes) { support::NoisyInput{.seed = 5, .rate = 0.15}(t, 0, spikes); }

/// Passes over the window with an update each `every` steps; the sum of all losses, and the weights in the end.
double taught(const auto& layer, auto& w, Index every, int passes, auto size) {
  using S = typename std::decay_t<decltype(layer)>::Scalar;
  auto learner = layer.learner(Adam<S>{.rate = S(0.02)});
  auto credit = layer.zero_credit(size, every);
  auto state = layer.zero_state(size, Generator{.seed = 1});
  Spikes<S> now(Extent<>{layer.inputs()}, Extent<>{size}), wanted(Extent<>{layer.units()}, Extent<>{size});
  double sum = 0;
  for (int pass = 0; pass < passes; ++pass)
    for (Index t = 0; t < steps; ++t) {
      input(t, now);
      target(t, wanted);
      layer.step(w, state, now);
      sum += double(layer.credit(w, state, wanted, credit));
      if ((t + 1) % every == 0) layer.update(w, state, credit, learner);
    }
  return sum;
}
auto initial(const auto& layer) {
  using S = typename std::decay_t<decltype(layer)>::Scalar;
  return layer.initial_weights(ScaledNormal<S>{4}, Generator{.seed = 2});
}

}  // namespace

TEST_CASE("dense and event-driven projections learn the same from the likelihood", "[layer]") {
  for (const Index every : {Index(1), Index(10), steps}) {
    const LikelihoodLayer<Plain<double>, std::decay_t<decltype(neuron<double>)>> dense{
        .projection = {.connectivity = {in, out}, .trace = {0.8, 0.5}}, .neuron = neuron<double>};
    const LikelihoodLayer<EventDriven<DoubleExponential<double>>, std::decay_t<decltype(neuron<double>)>>
        events{.projection = {.connectivity = {in, out}, .trace = {0.8, 0.5}}, .neuron = neuron<double>};
    auto a = initial(dense);
    auto b = events.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
    const double of_dense = taught(dense, a, every, 4, Extent{batch});
    const double of_events = taught(events, b, every, 4, Extent{batch});
    CHECK(std::abs(of_dense - of_events) < 1e-9 * std::abs(of_dense));
    CHECK(distance(a.projection.weight, b.projection.settled().weight) < 1e-9);
    CHECK(distance(a.projection.bias, b.projection.settled().bias) < 1e-9);
    CHECK(distance(a.projection.weight, initial(dense).projection.weight) > 0.05);
  }
}

TEST_CASE("a recurrent projection is driven by the target's spikes, and its gradient is exact, too",
          "[layer]") {
  using Recurrence = WithRecurrence<Plain<double>>;
  const LikelihoodLayer<Recurrence, std::decay_t<decltype(neuron<double>)>> layer{
      .projection = {.forward = {.connectivity = {in, out}, .trace = {0.8, 0.5}},
                     .lateral = {.connectivity = {out, out}, .trace = {0.7, 0.4}, .bias = false}},
      .neuron = neuron<double>};
  auto w = layer.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
  Spikes<double> now(in, batch), wanted(out, batch);
  auto credit = layer.zero_credit(Extent{batch}, steps);
  const auto loss = [&](bool credits) {
    auto state = layer.zero_state(Extent{batch}, Generator{.seed = 1});
    double sum = 0;
    for (Index t = 0; t < steps; ++t) {
      input(t, now);
      target(t, wanted);
      layer.step(w, state, now);
      sum += credits ? layer.credit(w, state, wanted, credit) : layer.evaluate(w, state, wanted);
    }
    return sum;
  };
  loss(true);
  const auto gradient = layer.projection.lateral.gradient(credit.projection.lateral);
  double worst = 0;
  for (Index k = 0; k < out * out; ++k) {
    double& x = w.projection.lateral.weight.data()[k];
    const double at = x;
    x = at + 1e-5;
    const double above = loss(false);
    x = at - 1e-5;
    const double below = loss(false);
    x = at;
    worst = std::max(worst, std::abs((above - below) / 2e-5 - gradient.weight.data()[k]));
  }
  CHECK(gradient.weight.cwiseAbs().minCoeff() > 0);
  CHECK(worst < 1e-7);
}

TEST_CASE("float follows double, fixed sizes the dynamic ones", "[layer]") {
  const auto layer_of = []<class S, int N>(S, Extent<N>) {
    return LikelihoodLayer<Plain<S, N>, Srm<S, Exponential<S>, ExponentialEscape<S>>>{
        .projection = {.connectivity = {Extent<N>(5), Extent<N>(5)}, .trace = {S(0.8), S(0.5)}},
        .neuron = neuron<S, ExponentialEscape<S>>};
  };
  const auto wide = layer_of(double{}, Extent<>{});
  const auto narrow = layer_of(float{}, Extent<>{});
  const auto fixed = layer_of(double{}, Extent<5>{});
  auto a = initial(wide);
  auto b = initial(narrow);
  auto c = initial(fixed);
  const double loss = taught(wide, a, 5, 10, Extent{batch});
  CHECK(std::abs(taught(narrow, b, 5, 10, Extent{batch}) / loss - 1) < 1e-4);
  CHECK(distance(a.projection.weight, b.projection.weight.cast<double>()) < 1e-3);
  CHECK(std::abs(taught(fixed, c, 5, 10, Extent<batch>{}) - loss) < 1e-12 * loss);
  CHECK(distance(a.projection.weight, c.projection.weight) < 1e-12);
}

TEST_CASE("in a network it learns as by itself", "[layer]") {
  using Layer = LikelihoodLayer<Plain<double>, std::decay_t<decltype(neuron<double>)>>;
  const Layer layer{.projection = {.connectivity = {in, out}, .trace = {0.8, 0.5}}, .neuron = neuron<double>};
  static_assert(LearningLayer<Layer>);
  const Network network{layer};
  auto whole = initial(layer);
  auto weights = network.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
  at(weights, std::integral_constant<std::size_t, 0>{}) = whole;

  auto state = layer.zero_state(Extent{batch}, Generator{.seed = 1});
  auto credit = layer.zero_credit(Extent{batch}, steps);
  auto learner = layer.learner(Sgd<double>{.rate = 0.1});
  auto net_state = network.zero_state(Extent{batch});
  auto net_learner = network.learner(Sgd<double>{.rate = 0.1}, Extent{batch}, steps);
  Spikes<double> now(in, batch), wanted(out, batch);
  for (Index t = 0; t < steps; ++t) {
    input(t, now);
    target(t, wanted);
    layer.step(whole, state, now);
    network.step(weights, net_state, now);
    const double loss = layer.credit(whole, state, wanted, credit);
    CHECK(network.credit(weights, net_state, Matrix<double>(wanted.dense()), net_learner) == loss);
  }
  layer.update(whole, state, credit, learner);
  network.update(weights, net_state, net_learner);
  CHECK(distance(at(weights, std::integral_constant<std::size_t, 0>{}).projection.weight,
                 whole.projection.weight) == 0);
}
