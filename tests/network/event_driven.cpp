// Networks of event-driven layers, alone and over threads.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

using Kernel = DoubleExponential<double>;
constexpr Index in = 150, classes = 4, batch = 22;

template <class Projected> auto make() {
  using Decolle = DecolleLayer<Projected>;
  std::vector<Decolle> layers;
  Index from = in;
  for (const Index units : {140, 7}) {
    Decolle layer{.signal = {.classes = classes, .scale = 3}};
    layer.projection.connectivity = {from, units};
    layer.projection.trace = {0.9, 0.8};
    layers.push_back(layer);
    from = units;
  }
  return Network<std::vector<Decolle>>(layers);
}
const auto events = make<EventDriven<Kernel>>();
const auto plain = make<Dense<Kernel>>();

auto input_of(Index k) {
  return [k](Index t, Index first, auto& spikes) {
    support::NoisyInput{.rate = 0.05}(t, k * batch + first, spikes);
  };
}
template <class Weights> struct Result {
  Weights weights;
  std::vector<double> losses;
  Matrix<int> most_frequent, summed;
};
/// Three batches learned, one predicted.
auto run(const auto& net, int threads, Index chunk, const Presentation& shown, Index samples = batch) {
  ThreadTeam team(threads);
  const Parallel parallel(net, team, chunk);
  auto weights = net.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
  auto state = parallel.zero_state(samples);
  auto learner = parallel.learner(Sgd<double>{.rate = 0.01}, batch, shown.window);
  std::vector<double> losses;
  for (Index k = 0; k < 3; ++k)
    for (const double loss :
         parallel.learn(weights, state, learner, shown, Generator{.seed = 5}.at_sample(k * batch),
                        input_of(k), support::labels(classes, samples, k)))
      losses.push_back(loss);
  parallel.predict(weights, state, shown, Generator{.seed = 5}, input_of(9));
  return Result<decltype(weights)>{weights, losses, state.most_frequent, state.summed};
}
/// The largest distance of two runs' weights and losses.
double apart(const auto& a, const auto& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.weights.size(); ++i) {
    const auto x = a.weights[i].projection.copy(), y = b.weights[i].projection.copy();
    worst = std::max({worst, distance(x.weight, y.weight), distance(x.bias, y.bias)});
  }
  for (std::size_t i = 0; i < a.losses.size(); ++i)
    worst = std::max(worst, std::abs(a.losses[i] - b.losses[i]));
  return worst;
}

}  // namespace

TEST_CASE("one, two and three threads give the same bits by events", "[network]") {
  for (const Index window : {1, 5}) {
    const Presentation shown{.steps = 22, .burn_in = 2, .window = window};
    const auto one = run(events, 1, 4, shown);
    for (const int threads : {2, 3}) {
      const auto more = run(events, threads, 4, shown);
      const bool same = more.weights == one.weights && more.losses == one.losses;
      CHECK(same);
      CHECK(more.most_frequent == one.most_frequent);
      CHECK(more.summed == one.summed);
    }
  }
}

TEST_CASE("batches in chunks learn by events what they learn by matrix products", "[network]") {
  for (const Index burn_in : {0, 2})
    for (const Index chunk : {1, 8})
      for (const Index samples : {batch, Index(9)}) {  // as many as the learner has room for, and fewer
        const Presentation shown{.steps = 20 + burn_in, .burn_in = burn_in, .window = 5};
        const auto a = run(events, 2, chunk, shown, samples);
        const auto b = run(plain, 1, chunk, shown, samples);
        CHECK(apart(a, b) < 1e-12);
        CHECK(a.most_frequent == b.most_frequent);
        CHECK(a.summed == b.summed);
      }
}

TEST_CASE("a network learns at every step by events what it learns by matrix products", "[network]") {
  for (const Index window : {1, 6}) {
    auto w = events.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
    auto v = plain.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
    const auto before = w;
    auto state = events.zero_state(Extent{1});
    auto plain_state = plain.zero_state(Extent{1});
    auto learner = events.learner(Sgd<double>{.rate = 0.01}, Extent{1}, window);
    auto plain_learner = plain.learner(Sgd<double>{.rate = 0.01}, Extent{1}, window);
    Spikes<double> spikes(in, 1);
    const auto target = support::labels(classes, 1);
    double worst = 0;
    for (Index t = 0; t < 120; ++t) {
      support::NoisyInput{.rate = 0.05}(t, 0, spikes);
      events.step(w, state, spikes);
      plain.step(v, plain_state, spikes);
      events.credit(w, state, target, learner);
      plain.credit(v, plain_state, target, plain_learner);
      for (std::size_t i = 0; i < 2; ++i)
        worst = std::max(worst, distance(state[i].neuron.potential, plain_state[i].neuron.potential));
      if (t % window != window - 1) continue;
      events.update(w, state, learner);
      plain.update(v, plain_state, plain_learner);
    }
    CHECK(worst < 1e-12);
    CHECK(apart(Result<decltype(w)>{w, {}, {}, {}}, Result<decltype(v)>{v, {}, {}, {}}) < 1e-12);
    const bool learned = !(w == before);
    CHECK(learned);
  }
}
