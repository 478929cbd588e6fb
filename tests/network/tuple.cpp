// Layers of different types in a tuple.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;

namespace {

using Side = Dense<DoubleExponential<double>>;
using First = DecolleLayer<Side>;
using Second =
    DecolleLayer<WithRecurrence<Side>, Lif<double>, Dynamic, Logistic<double>, CrossEntropy<double>>;
constexpr Index in = 6, batch = 10;
const First first{.projection = {.connectivity = {in, 9}, .trace = {0.6, 0.4}},
                  .signal = {.classes = 4, .scale = 3}};
const Second second{.projection = {.forward = {.connectivity = {9, 8}, .trace = {0.6, 0.4}},
                                   .lateral = {.connectivity = {8, 8}, .trace = {0.6, 0.4}, .bias = false}},
                    .neuron = {.threshold = 0.2},
                    .signal = {.classes = 3, .scale = 3}};

/// One network of both; targets: a tuple, of other sizes for each layer.
auto learned(const auto& target) {
  const Network net{first, second};
  auto weights = net.initial_weights(ScaledNormal<double>{6}, Generator{.seed = 2});
  auto state = net.zero_state(Extent{batch});
  auto learner = net.learner(Adam<double>{.rate = 0.02}, Extent{batch}, 4);
  Spikes<double> spikes(in, batch);
  for (Index t = 0; t < 24; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    net.step(weights, state, spikes);
    const double sum = net.credit(weights, state, target, learner);
    CHECK(sum == std::get<0>(state).loss + std::get<1>(state).loss);
    if (t % 4 == 3) net.update(weights, state, learner);
  }
  return weights;
}

}  // namespace

TEST_CASE("another target of the upper layer leaves the lower layer's weights the same bits", "[network]") {
  const auto a = learned(std::tuple{support::labels(4, batch), support::labels(3, batch)});
  const auto b = learned(std::tuple{support::labels(4, batch), support::labels(3, batch, 1)});
  const bool lower = std::get<0>(a) == std::get<0>(b), upper = std::get<1>(a) == std::get<1>(b);
  CHECK(lower);
  CHECK(!upper);
}

TEST_CASE("a network does what its layers do one after the other", "[network]") {
  const Network net{first, second};
  const Generator generator{.seed = 2};
  const auto weights = net.initial_weights(ScaledNormal<double>{6}, generator);
  auto state = net.zero_state(Extent{batch});
  auto below = first.zero_state(Extent{batch});
  auto above = second.zero_state(Extent{batch});
  Spikes<double> spikes(in, batch);
  double fired = 0;
  for (Index t = 0; t < 24; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    net.step(weights, state, spikes);
    first.step(std::get<0>(weights), below, spikes);
    second.step(std::get<1>(weights), above, first.spikes(below));  // in the same step
    CHECK(std::get<0>(state).signal_state.output == below.signal_state.output);
    CHECK(std::get<1>(state).signal_state.output == above.signal_state.output);
    fired += double(second.spikes(above).count());
  }
  CHECK(fired > 0);
}

TEST_CASE("a network may have a single layer", "[network]") {
  const Network net{first};
  CHECK(net.size() == 1);
  CHECK(std::get<0>(net.layers).units() == 9);
}

TEST_CASE("layers that do not fit together are refused", "[network]") {
  First other = first;
  other.projection.connectivity.to = 10;
  CHECK(support::contains(support::error_of<std::invalid_argument>([&] {
                            Network{other, second};
                          }),
                          "Network: layer 1 takes 9 inputs, the layer before has 10 units"));
}
