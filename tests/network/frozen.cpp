// Layers that learn above features that stand still.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/lsuv.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/frozen.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

using Kernel = DoubleExponential<double>;
template <template <class...> class Synapses> using Learning = DecolleLayer<Synapses<Kernel>>;
template <template <class...> class Synapses> using Standing = DecolleLayer<Frozen<Synapses<Kernel>>>;
template <class... T> using DenseOf = Dense<T...>;
template <class... T> using EventsOf = EventDriven<T...>;
static_assert(LearningLayer<Standing<DenseOf>> && LearningLayer<Standing<EventsOf>>);

constexpr Index in = 40, hidden = 30, classes = 4, steps = 12;
const Kernel kernel{.membrane_decay = 0.7, .synaptic_decay = 0.5};

template <template <class...> class Synapses> auto upper() {
  return Learning<Synapses>{.projection = {.connectivity = {hidden, 20}, .trace = kernel},
                            .signal = {.classes = classes, .scale = 3, .dropout = 0.2}};
}
/// The lower layer frozen, or with a rate to be set to 0.
template <template <class...> class Synapses> auto frozen() {
  return Network{Standing<Synapses>{.projection = {{.connectivity = {in, hidden}, .trace = kernel}},
                                    .signal = {.classes = classes, .dropout = 0.3}},
                 upper<Synapses>()};
}
template <template <class...> class Synapses> auto at_rest() {
  return Network{Learning<Synapses>{.projection = {.connectivity = {in, hidden}, .trace = kernel},
                                    .signal = {.classes = classes, .dropout = 0.3}},
                 upper<Synapses>()};
}
/// Features from elsewhere, beneath a learning layer.
auto weights_of(const auto& net) {
  auto w = net.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
  const auto& projection = std::get<0>(net.layers).projection;
  std::get<0>(w).projection =
      projection.weights(support::random_matrix(hidden, in, 7, 0.5), Vector<double>::Constant(hidden, 0.02));
  return w;
}
std::vector<Spikes<double>> input_of(Index batch) {
  std::vector input(steps, Spikes<double>(Extent{in}, Extent{batch}));
  for (Index t = 0; t < steps; ++t)
    support::NoisyInput{.rate = 0.15}(t, 0, input[static_cast<std::size_t>(t)]);
  return input;
}

/// Weights that three trials of `learn` leave.
auto step_by_step(const auto& net, const auto& optimizer, Index batch, Index window) {
  auto w = weights_of(net);
  auto learner = net.learner(optimizer, Extent{batch}, window);
  set_rate(std::get<0>(learner.rules), 0.0);
  const auto input = input_of(batch);
  for (int trial = 0; trial < 3; ++trial) {
    auto state = net.zero_state(Extent{batch}, Generator{.seed = 3});
    for (Index t = 0; t < steps; ++t) {
      net.step(w, state, input[static_cast<std::size_t>(t)]);
      net.credit(w, state, support::labels(classes, batch), learner);
      if (t % window == window - 1) net.update(w, state, learner);
    }
  }
  return w;
}
auto layer_by_layer(const auto& net, const auto& optimizer, Index batch, Index window) {
  auto w = weights_of(net);
  auto learner = net.learner(optimizer, Extent{batch}, window);
  set_rate(std::get<0>(learner.rules), 0.0);
  for (int trial = 0; trial < 3; ++trial) {
    auto state = net.zero_state(Extent{batch}, Generator{.seed = 3});
    auto record = net.record(state, steps);
    net.learn(w, state, learner, record, input_of(batch), support::labels(classes, batch), window);
  }
  return w;
}
auto over_threads(const auto& net, const auto& optimizer, Index batch, Index window, int threads = 2) {
  ThreadTeam team(threads);
  const Parallel parallel(net, team, 4);
  auto w = weights_of(net);
  auto learner = parallel.learner(optimizer, batch, window);
  parallel.set_rate(learner, optimizer.rate);
  set_rate(std::get<0>(learner.rules), 0.0);
  auto state = parallel.zero_state(batch);
  const Presentation shown{.steps = steps, .burn_in = 2, .window = window};
  for (int trial = 0; trial < 3; ++trial)
    parallel.learn(w, state, learner, shown, Generator{.seed = 3}, support::NoisyInput{.rate = 0.15},
                   support::labels(classes, batch));
  return w;
}

/// The features are those given; what is above has moved.
void check_learned(const auto& net, const auto& w) {
  const auto given = weights_of(net);
  CHECK((std::get<0>(w) == std::get<0>(given)));
  CHECK(distance(std::get<1>(w).projection.copy().weight, std::get<1>(given).projection.copy().weight) >
        1e-3);
}
void check_same(const auto& a, const auto& b) { CHECK((std::get<1>(a) == std::get<1>(b))); }
/// Up to rounding: a rate of 0 still moves the names of event-driven weights, and so the order of their sums.
void check_close(const auto& a, const auto& b) {
  CHECK(distance(std::get<1>(a).projection.copy().weight, std::get<1>(b).projection.copy().weight) < 1e-10);
}

/// check(frozen, at rest): pairs of weights for every way to learn.
template <template <class...> class Synapses> void each_way(const auto& optimizer, auto&& check) {
  const auto standing = frozen<Synapses>();
  const auto resting = at_rest<Synapses>();
  for (const Index batch : {1, 10})
    for (const Index window : {1, 4}) {
      CAPTURE(batch, window);
      const auto a = step_by_step(standing, optimizer, batch, window),
                 b = layer_by_layer(standing, optimizer, batch, window),
                 c = over_threads(standing, optimizer, batch, window);
      check_learned(standing, a);
      check_learned(standing, b);
      check_learned(standing, c);
      check_same(a, b);
      check_same(c, over_threads(standing, optimizer, batch, window, 1));
      check(a, step_by_step(resting, optimizer, batch, window));
      check(b, layer_by_layer(resting, optimizer, batch, window));
      check(c, over_threads(resting, optimizer, batch, window));
    }
}

}  // namespace

TEST_CASE("layers above frozen dense features learn as above a rate of 0, bit for bit", "[network]") {
  const auto check = [](const auto& a, const auto& b) { check_same(a, b); };
  each_way<DenseOf>(Sgd<double>{.rate = 0.1}, check);
  each_way<DenseOf>(Adam<double>{.rate = 0.01}, check);
}

TEST_CASE("layers above frozen event-driven features learn as above a rate of 0", "[network]") {
  const auto check = [](const auto& a, const auto& b) { check_close(a, b); };
  each_way<EventsOf>(Sgd<double>{.rate = 0.1}, check);
  each_way<EventsOf>(Adam<double>{.rate = 0.01}, check);
}

TEST_CASE("a layer above frozen features gets what they show, bit for bit, and no more", "[network]") {
  const auto net = frozen<EventsOf>();
  const auto& below = std::get<0>(net.layers);
  const auto& above = std::get<1>(net.layers);
  for (const Index batch : {1, 10}) {
    auto w = weights_of(net);
    auto learner = above.learner(Sgd<double>{.rate = 0.1});
    auto credit = above.zero_credit(Extent{batch}, 4);
    const auto input = input_of(batch);
    for (int trial = 0; trial < 3; ++trial) {
      auto state = net.zero_state(Extent{batch}, Generator{.seed = 3});
      for (Index t = 0; t < steps; ++t) {  // the lower layer is stepped, and never taught
        below.step(std::get<0>(w), std::get<0>(state), input[static_cast<std::size_t>(t)]);
        above.step(std::get<1>(w), std::get<1>(state), below.spikes(std::get<0>(state)));
        above.credit(std::get<1>(w), std::get<1>(state), support::labels(classes, batch), credit);
        if (t % 4 == 3) above.update(std::get<1>(w), std::get<1>(state), credit, learner);
      }
    }
    check_same(step_by_step(net, Sgd<double>{.rate = 0.1}, batch, 4), w);
  }
}

TEST_CASE("spikes through frozen features are learned to be told apart", "[network]") {
  const auto net = frozen<EventsOf>();
  ThreadTeam team(2);
  const Parallel parallel(net, team, 4);
  constexpr Index batch = 12;
  auto w = weights_of(net);
  const auto given = std::get<0>(w);
  auto learner = parallel.learner(Adam<double>{.rate = 0.02}, batch, 4);
  auto state = parallel.zero_state(batch);
  const Presentation shown{.steps = 30, .burn_in = 4, .window = 4};
  const auto patterns = [](Index t, Index first, auto& spikes) {  // a quarter of the inputs for each class
    support::NoisyInput{.rate = 0.5}(t, first, spikes);
    Matrix<double> all = spikes.dense();
    for (Index b = 0; b < all.cols(); ++b)
      for (Index i = 0; i < in; ++i)
        if (i * classes / in != (first + b) % classes) all(i, b) = 0;
    spikes.assign(all);
  };
  const auto learn = [&] {
    return parallel.learn(w, state, learner, shown, Generator{.seed = 3}, patterns,
                          support::labels(classes, batch))[1];
  };
  const double first = learn();
  for (int k = 0; k < 20; ++k) learn();
  CHECK(learn() < 0.5 * first);
  CHECK((std::get<0>(w) == given));
  parallel.predict(w, state, shown, Generator{.seed = 4}, patterns);
  for (Index b = 0; b < batch; ++b) CHECK(state.summed(1, b) == b % classes);
}

TEST_CASE("LSUV scales the layers above frozen ones, and leaves those alone", "[network]") {
  const auto net = frozen<DenseOf>();
  auto w = weights_of(net);
  const auto before = w;
  const auto input = input_of(10);
  Lsuv<double>{.tolerance = 0.3, .attempts = 30}(
      net, w, 10, Presentation{.steps = steps, .burn_in = 4},
      [&](Index t, auto& spikes) { spikes.assign(input[static_cast<std::size_t>(t)].dense()); });
  CHECK((std::get<0>(w).projection == std::get<0>(before).projection));
  CHECK(!(std::get<1>(w).projection == std::get<1>(before).projection));
}
