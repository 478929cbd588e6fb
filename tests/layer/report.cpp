#include <neohebb/layer/report.hpp>

#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;

TEST_CASE("a report says what naive counting says", "[layer]") {
  using Decolle = DecolleLayer<Dense<DoubleExponential<double>>>;
  constexpr Index in = 20, out = 30, batch = 3, steps = 25;
  const Decolle layer{.projection = {.connectivity = {in, out}, .trace = {0.6, 0.5}},
                      .signal = {.classes = 4}};
  auto weights = layer.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 4});
  weights.projection.bias(0) = 100;   // fires at every step
  weights.projection.bias(1) = -100;  // never
  weights.projection.bias(2) = -100;
  auto state = layer.zero_state(Extent{batch});
  Spikes<double> spikes(in, batch);
  LayerObserver observer(layer);
  CHECK(observer.report().rate == 0);

  Vector<double> counts = Vector<double>::Zero(out);
  std::vector<double> potentials;
  double operations = 0;
  for (Index t = 0; t < steps; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    layer.step(weights, state, spikes);
    observer.observe(layer, state, spikes);
    for (Index b = 0; b < batch; ++b) {
      for (Index i = 0; i < out; ++i) {
        counts(i) += state.neuron.spikes.dense()(i, b);
        potentials.push_back(state.neuron.potential(i, b));
      }
      for (Index j = 0; j < in; ++j)
        if (spikes.dense()(j, b) == 1)
          for (Index i = 0; i < out; ++i) ++operations;
    }
  }
  double mean = 0, variance = 0, silent = 0, saturated = 0;
  for (const double u : potentials) mean += u / double(potentials.size());
  for (const double u : potentials) variance += (u - mean) * (u - mean) / double(potentials.size());
  for (Index i = 0; i < out; ++i) {
    silent += counts(i) == 0;
    saturated += counts(i) > 0.9 * batch * steps;
  }
  const LayerReport report = observer.report();
  CHECK(std::abs(report.rate - counts.sum() / double(out * batch * steps)) < 1e-12);
  CHECK(silent >= 2);
  CHECK(saturated >= 1);
  CHECK(report.silent == silent / out);
  CHECK(report.saturated == saturated / out);
  CHECK(std::abs(report.potential_mean - mean) < 1e-12);
  CHECK(std::abs(report.potential_deviation - std::sqrt(variance)) < 1e-9);
  CHECK(report.synaptic_operations == operations / (batch * steps));
  CHECK(report.dense_operations == in * out);
}

TEST_CASE("layers of a tuple are observed each by its own observer", "[layer]") {
  const auto layer = [](Index from, Index to) {
    return DecolleLayer<Dense<DoubleExponential<double>>>{
        .projection = {.connectivity = {from, to}, .trace = {0.6, 0.5}}, .signal = {.classes = 4}};
  };
  const Network net{layer(20, 30), layer(30, 10)};
  const auto weights = net.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 4});
  auto state = net.zero_state(Extent{3});
  Spikes<double> spikes(20, 3);
  LayerObserver below(std::get<0>(net.layers)), above(std::get<1>(net.layers));
  double fired = 0;
  for (Index t = 0; t < 25; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    net.step(weights, state, spikes);
    below.observe(std::get<0>(net.layers), std::get<0>(state), spikes);
    above.observe(std::get<1>(net.layers), std::get<1>(state), std::get<0>(state).neuron.spikes);
    fired += double(std::get<0>(state).neuron.spikes.count());
  }
  CHECK(fired > 0);
  CHECK(std::abs(below.report().rate - fired / (30 * 3 * 25)) < 1e-12);
  CHECK(std::abs(above.report().synaptic_operations - 10 * fired / (3 * 25)) < 1e-9);
}
