// Features that competing units learned without labels, as the first projection of a spiking network.
#include <neohebb/data/encoders.hpp>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/frozen.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/competing.hpp"

using namespace neohebb;
using S = float;

namespace {

using Kernel = DoubleExponential<S>;
const Kernel kernel{.membrane_decay = 0.7f, .synaptic_decay = 0.5f};
constexpr Index pixels = 784, hidden = 50, count = 100, batch = 20, classes = 10;

/// Weights that a few passes over the digits leave, and the bias by which a unit is at threshold in the mean.
struct Features {
  Matrix<S> weight;
  Vector<S> bias;
};
const Features& features() {
  static const Features learned = [] {
    const CompetingUnits<S> layer{.inputs = pixels, .units = hidden};
    const auto x = support::digits<S>(count);
    support::Lessons lessons(layer, LargestEntry<S>{.rate = S(0.03)}, 1, batch);
    auto state = layer.zero_state(Extent{batch});
    for (int pass = 0; pass < 60; ++pass) lessons.pass(state, x);
    const Matrix<S> weight = lessons.weights.weight;
    return Features{weight, -(weight * x).rowwise().mean()};
  }();
  return learned;
}

template <class P> auto network(const P& first) {
  using Second = DecolleLayer<Dense<Kernel>>;
  return Network{DecolleLayer<P>{.projection = first, .signal = {.classes = classes, .scale = 1}},
                 Second{.projection = {.connectivity = {hidden, 40}, .trace = kernel},
                        .signal = {.classes = classes, .scale = 1}}};
}

/// Shows the digits as spikes, learns from them, and says how it went.
struct Course {
  std::vector<double> loss;  // of the upper layer, for each pass
  Index right = 0;           // of `count`, by the upper layer
  bool features_moved = false;
};
template <class P> Course course(const P& projection) {
  const auto net = network(projection);
  ThreadTeam team(2);
  const Parallel parallel(net, team, 10);
  auto w = net.initial_weights(ScaledNormal<S>{}, Generator{.seed = 2});
  std::get<0>(w).projection = projection.weights(features().weight, features().bias);
  const auto given = std::get<0>(w);
  auto learner = parallel.learner(Adam<S>{.rate = S(0.005)}, batch, 5);
  auto state = parallel.zero_state(batch);
  const Presentation shown{.steps = 25, .burn_in = 5, .window = 5};
  const auto x = support::digits<S>(count);
  std::vector<int> labels;
  for (Index k = 0; k < count; ++k) labels.push_back(HandwrittenDigits::label(Generator{.seed = 7}, k));
  const Matrix<S> target = one_hot<S>(labels, classes);

  Course c;
  const auto each_batch = [&](std::uint32_t pass, auto&& use) {
    for (Index from = 0; from < count; from += batch) {
      const Generator numbers{.seed = 5, .stream = pass};
      use(from, numbers, [&, from](Index t, Index first, auto& spikes) {
        BernoulliEncoder{.rate_scale = 0.8}(x.middleCols(from + first, spikes.batch()), t,
                                            numbers.at_step(t).at_sample(from + first), spikes);
      });
    }
  };
  constexpr std::uint32_t passes = 20;
  for (std::uint32_t pass = 0; pass < passes; ++pass) {
    double loss = 0;
    each_batch(pass, [&](Index from, const Generator& numbers, const auto& input) {
      loss += parallel.learn(w, state, learner, shown, numbers, input, target.middleCols(from, batch))[1];
    });
    c.loss.push_back(loss);
  }
  each_batch(passes, [&](Index from, const Generator& numbers, const auto& input) {
    parallel.predict(w, state, shown, numbers, input);
    for (Index b = 0; b < batch; ++b)
      c.right += state.summed(1, b) == labels[static_cast<std::size_t>(from + b)];
  });
  c.features_moved = !(std::get<0>(w) == given);
  return c;
}
template <class P> void check_learns(const P& projection, bool moves) {
  const Course c = course(projection);
  CAPTURE(c.loss, c.right);
  CHECK(c.features_moved == moves);
  CHECK(c.loss.back() < 0.5 * c.loss.front());
  CHECK(c.right >= 90);
}

constexpr AllToAll<> connectivity{pixels, hidden};

}  // namespace

TEST_CASE("a spiking network learns above features of competing units, which keep their bits", "[network]") {
  check_learns(Frozen<EventDriven<Kernel>>{{.connectivity = connectivity, .trace = kernel}}, false);
}

TEST_CASE("a spiking network learns from features of competing units on", "[network]") {
  check_learns(Dense<Kernel>{.connectivity = connectivity, .trace = kernel}, true);
}

TEST_CASE("features of competing units drive a spiking layer as their currents do", "[network]") {
  // p = 2 and spikes in every step at white pixels: the drive settles at ⟨W, v⟩ + bias.
  const Frozen<Dense<Kernel>> projection{{.connectivity = connectivity, .trace = kernel}};
  const auto w = projection.weights(features().weight, features().bias);
  const Matrix<S> black_and_white = (support::digits<S>(3).array() > S(0.5)).cast<S>().matrix();
  const CompetingUnits<S> layer{.inputs = pixels, .units = hidden};
  auto units = layer.zero_state(Extent{3});
  layer.step(layer.weights(features().weight), units, black_and_white);
  auto state = projection.zero_state(Extent{3});
  Spikes<S> spikes(pixels, 3);
  spikes.assign(black_and_white);
  Matrix<S> drive(hidden, 3);
  for (int t = 0; t < 500; ++t) projection.step(w, state, spikes, drive);
  CHECK(laws::deviation(drive, units.currents.colwise() + features().bias) < 1e-4);
}
