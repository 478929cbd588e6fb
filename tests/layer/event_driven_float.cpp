// A layer by events in float, beside matrix products in double: one step of either from the same state.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;

namespace {

constexpr Index in = 80, out = 50, classes = 5;
template <template <class...> class Projected, class S>
using Decolle = DecolleLayer<Projected<DoubleExponential<S>, AllToAll<>, Unconstrained>>;
using Narrow = Decolle<EventDriven, float>;
using Wide = Decolle<Dense, double>;
template <class L> L make() {
  using S = typename L::Scalar;
  L layer{.signal = {.classes = classes, .scale = 3}};
  layer.projection.connectivity = {in, out};
  layer.projection.trace = {S(0.9), S(0.8)};
  return layer;
}
double off(const Matrix<float>& narrow, const Matrix<double>& wide) {
  return support::distance(narrow.cast<double>(), wide) / std::max(1.0, wide.cwiseAbs().maxCoeff());
}

/// A run in float that learns at every step or in windows of ten; double follows it.
void agree(Index batch, Index window, double rate) {
  const Narrow narrow = make<Narrow>();
  const Wide wide = make<Wide>();
  auto wn = narrow.initial_weights(ScaledNormal<float>{2}, Generator{.seed = 2});
  auto ww = wide.initial_weights(ScaledNormal<double>{2}, Generator{.seed = 2});
  auto n = narrow.zero_state(Extent{batch});
  auto w = wide.zero_state(Extent{batch});
  auto learner = narrow.learner(Sgd<float>{.rate = 1e-3f});
  auto exact_learner = wide.learner(Sgd<double>{.rate = 1e-3});
  auto credit = narrow.zero_credit(Extent{batch}, window);
  auto exact = wide.zero_credit(Extent{batch}, window);
  Spikes<float> spikes(in, batch);
  Spikes<double> same_spikes(in, batch);
  const auto target = support::labels<float>(classes, batch);
  double potential = 0, moved = 0;
  Index undecided = 0, contradictions = 0;
  bool decided = true;
  for (Index t = 0; t < 200; ++t) {
    const auto all = wn.projection.copy();
    ww.projection.weight = all.weight.cast<double>();
    ww.projection.bias = all.bias.cast<double>();
    ww.signal.weight = wn.signal.weight.cast<double>();
    ww.signal.bias = wn.signal.bias.cast<double>();
    w.projection.pre.all = n.projection.pre.all.cast<double>();
    w.neuron.refractory.all = n.neuron.refractory.all.cast<double>();
    w.neuron.spikes.assign(n.neuron.spikes.dense());
    support::NoisyInput{.rate = rate}(t, 0, spikes);
    same_spikes.assign(spikes.dense());

    narrow.step(wn, n, spikes);
    wide.step(ww, w, same_spikes);
    potential = std::max(potential, off(n.neuron.potential, w.neuron.potential));
    const auto differ = n.neuron.spikes.dense().cast<double>().array() != w.neuron.spikes.dense().array();
    contradictions += (differ && w.neuron.potential.array().abs() > 1e-5).count();
    undecided += differ.count() > 0;
    decided = decided && differ.count() == 0;
    narrow.credit(wn, n, target, credit);
    wide.credit(ww, w, target.cast<double>(), exact);
    if (t % window != window - 1) continue;
    narrow.update(wn, n, credit, learner);
    wide.update(ww, w, exact, exact_learner);
    if (decided) moved = std::max(moved, off(wn.projection.copy().weight, ww.projection.weight));
    decided = true;
  }
  CHECK(potential < 1e-5);
  CHECK(contradictions == 0);
  CHECK(undecided < 5);
  CHECK(moved < 1e-5);
}

}  // namespace

TEST_CASE("float by events agrees with double by matrix products, step by step from the same state",
          "[layer]") {
  for (const double rate : {0.05, 0.3, 0.9})
    for (const Index batch : {1, 3})
      for (const Index window : {1, 10}) agree(batch, window, rate);
}
