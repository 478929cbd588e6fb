// Float follows double: one step of either from the same state.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;

namespace {

template <class S>
using Decolle = DecolleLayer<Dense<DoubleExponential<S>>, Srm<S>, Dynamic, FastSigmoid<S>, CrossEntropy<S>>;
constexpr Index in = 40, out = 30, classes = 10, batch = 6;
template <class S> Decolle<S> make() {
  return {.projection = {.connectivity = {in, out},
                         .trace = {.membrane_decay = S(0.8), .synaptic_decay = S(0.5)}},
          .neuron = {.refractory = {.decay = S(0.65)}},
          .signal = {.classes = classes, .scale = 5, .dropout = S(0.25)},
          .rate = {S(0.5)}};
}
double off(const Matrix<float>& narrow, const Matrix<double>& wide) {
  return support::distance(narrow.cast<double>(), wide) / std::max(1.0, wide.cwiseAbs().maxCoeff());
}

}  // namespace

TEST_CASE("float agrees with double step by step from the same state", "[layer]") {
  const auto narrow = make<float>();
  const auto wide = make<double>();
  auto wn = narrow.initial_weights(ScaledNormal<float>{4}, Generator{.seed = 2});
  auto ww = wide.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
  auto n = narrow.zero_state(Extent{batch}, Generator{.seed = 3});
  auto w = wide.zero_state(Extent{batch}, Generator{.seed = 3});
  auto learner = narrow.learner(Adam<float>{.rate = 0.01f});
  auto credit = narrow.zero_credit(Extent{batch}, 1);
  auto exact = wide.zero_credit(Extent{batch}, 1);
  auto exact_learner = wide.learner(Sgd<double>{.rate = 0});  // forgets the credit
  Spikes<float> spikes(in, batch);
  Spikes<double> same_spikes(in, batch);
  const auto target = support::labels<float>(classes, batch);
  Index undecided = 0;
  for (Index t = 0; t < 200; ++t) {
    ww.projection.weight = wn.projection.weight.cast<double>();
    ww.projection.bias = wn.projection.bias.cast<double>();
    ww.signal.weight = wn.signal.weight.cast<double>();
    ww.signal.bias = wn.signal.bias.cast<double>();
    w.projection.pre.all = n.projection.pre.all.cast<double>();
    w.neuron.refractory.all = n.neuron.refractory.all.cast<double>();
    w.neuron.spikes.assign(n.neuron.spikes.dense());
    w.signal_state.random = n.signal_state.random;
    support::NoisyInput{}(t, 0, spikes);
    same_spikes.assign(spikes.dense());

    narrow.step(wn, n, spikes);
    wide.step(ww, w, same_spikes);
    CHECK(off(n.projection.pre.all, w.projection.pre.all) < 1e-6);
    CHECK(off(n.neuron.potential, w.neuron.potential) < 1e-5);
    const auto differ = n.neuron.spikes.dense().cast<double>().array() != w.neuron.spikes.dense().array();
    CHECK((differ && w.neuron.potential.array().abs() > 1e-5).count() == 0);
    // The surrogate's slope is steep at the threshold, but it has one value there: gradients agree as long as
    // no spike is undecided.
    const bool decided = differ.count() == 0;
    undecided += !decided;
    const float loss = narrow.credit(wn, n, target, credit);
    const double exact_loss = wide.credit(ww, w, target.cast<double>(), exact);
    if (decided) {
      CHECK(off(n.signal_state.output, w.signal_state.output) < 1e-5);
      CHECK(std::abs(double(loss) - exact_loss) < 1e-5 * std::max(1.0, exact_loss));
      CHECK(off(narrow.projection.gradient(credit.projection).weight,
                wide.projection.gradient(exact.projection).weight) < 1e-5);
      CHECK(off(narrow.projection.gradient(credit.projection).bias,
                wide.projection.gradient(exact.projection).bias) < 1e-5);
    }
    narrow.update(wn, n, credit, learner);
    wide.update(ww, w, exact, exact_learner);
  }
  CHECK(undecided < 5);
}
