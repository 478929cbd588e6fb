// A DECOLLE layer by events beside one of matrix products.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

using S = double;
template <class Projected> using Decolle = DecolleLayer<Projected>;
using Kernel = DoubleExponential<S>;
constexpr Index in = 80, out = 50, classes = 5;
template <class Projected> Decolle<Projected> make(const Projected& p) {
  return {.projection = p, .signal = {.classes = classes, .scale = 3}};
}
Decolle<EventDriven<Kernel>> by_events(Arithmetic arithmetic) {
  EventDriven<Kernel> p{.connectivity = {in, out}, .trace = {0.9, 0.8}};
  p.arithmetic = arithmetic;
  return make(p);
}
const auto plain = make(Dense<Kernel>{.connectivity = {in, out}, .trace = {0.9, 0.8}});

/// Both with the same weights and a bias that sets the rate.
struct Pair {
  Decolle<EventDriven<Kernel>> events;
  decltype(events)::Weights w;
  decltype(plain.initial_weights(ScaledNormal<S>{}, Generator{})) v;
  decltype(events)::State<Dynamic> state;
  decltype(plain.zero_state(Extent{1})) plain_state;
  CreditOf<decltype(events)> credit;
  CreditOf<Decolle<Dense<Kernel>>> plain_credit;
  LearnerOf<decltype(events), Sgd<S>> learner;
  LearnerOf<Decolle<Dense<Kernel>>, Sgd<S>> plain_learner;
  Spikes<S> spikes;
  Matrix<S> target;
  double fired = 0;

  Pair(Arithmetic arithmetic, Index batch, Index window, double bias)
      : events(by_events(arithmetic)),
        w(events.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 2})),
        v(plain.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 2})),
        state(events.zero_state(Extent{batch})),
        plain_state(plain.zero_state(Extent{batch})),
        credit(events.zero_credit(Extent{batch}, window)),
        plain_credit(plain.zero_credit(Extent{batch}, window)),
        learner(events.learner(Sgd<S>{.rate = 5e-3})),
        plain_learner(plain.learner(Sgd<S>{.rate = 5e-3})),
        spikes(Extent{in}, Extent{batch}),
        target(support::labels(classes, batch)) {
    v.projection.bias.setConstant(bias);
    w.projection.edit([&](auto& affine) { affine.bias.setConstant(bias); });
  }
  void step(Index t, double rate) {
    support::NoisyInput{.rate = rate}(t, 0, spikes);
    events.step(w, state, spikes);
    plain.step(v, plain_state, spikes);
    fired += state.neuron.spikes.dense().mean();
  }
  double note() {
    const S loss = events.credit(w, state, target, credit);
    return std::abs(loss - plain.credit(v, plain_state, target, plain_credit));
  }
  void update() {
    events.update(w, state, credit, learner);
    plain.update(v, plain_state, plain_credit, plain_learner);
  }
  double weights_apart() const {
    const auto a = w.projection.copy();
    return std::max(distance(a.weight, v.projection.weight), distance(a.bias, v.projection.bias));
  }
  double potentials_apart() const { return distance(state.neuron.potential, plain_state.neuron.potential); }
};

/// Both run and learn, each from its own numbers; nobody brings them together.
void free_running(Arithmetic arithmetic, Index batch, Index window) {
  Pair p(arithmetic, batch, window, -0.1);
  const auto before = p.w.projection.copy();
  double worst = 0;
  for (Index t = 0; t < 400; ++t) {
    p.step(t, 0.05);
    worst = std::max({worst, p.potentials_apart(), p.note()});
    REQUIRE(p.state.neuron.spikes.dense() == p.plain_state.neuron.spikes.dense());
    if (t % window == window - 1) p.update();
  }
  CHECK(worst < 1e-12);
  CHECK(p.weights_apart() < 1e-12);
  CHECK(p.fired / 400 > 0.02);
  CHECK(p.fired / 400 < 0.1);
  CHECK(distance(p.w.projection.copy().weight, before.weight) > 1e-3);
}

}  // namespace

TEST_CASE("a free run at about 5 % spikes, learning at every step, is that of matrix products", "[layer]") {
  for (const Arithmetic arithmetic : {Arithmetic::by_rate, Arithmetic::events}) {
    free_running(arithmetic, 1, 1);
    free_running(arithmetic, 4, 1);
  }
}

TEST_CASE("a free run at about 5 % spikes, learning in windows, is that of matrix products", "[layer]") {
  for (const Arithmetic arithmetic : {Arithmetic::by_rate, Arithmetic::events}) {
    free_running(arithmetic, 1, 20);
    free_running(arithmetic, 4, 20);
  }
}

TEST_CASE("at higher rates a step from the same state is that of matrix products", "[layer]") {
  for (const Index batch : {1, 4})
    for (const double rate : {0.2, 0.5, 0.9}) {
      Pair p(Arithmetic::events, batch, 1, 0.1);
      double worst = 0;
      Index undecided = 0;
      for (Index t = 0; t < 200; ++t) {
        p.v.projection = p.w.projection.copy();
        p.plain_state.projection.pre = p.state.projection.pre;
        p.plain_state.neuron = p.state.neuron;
        p.step(t, rate);
        const bool decided = (p.state.neuron.potential.array().abs() > 1e-12).all();
        undecided += !decided;
        worst = std::max(worst, p.potentials_apart());
        if (decided) CHECK(p.state.neuron.spikes.dense() == p.plain_state.neuron.spikes.dense());
        const double losses_apart = p.note();
        p.update();
        if (!decided) continue;
        worst = std::max({worst, losses_apart, p.weights_apart()});
      }
      CHECK(worst < 1e-12);
      CHECK(undecided < 3);
      CHECK(p.fired / 200 > 0.2);
    }
}
