#include <neohebb/network/lsuv.hpp>

#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

using Decolle = DecolleLayer<Dense<DoubleExponential<double>>>;
using Net = Network<std::vector<Decolle>>;
constexpr Index in = 60, batch = 16;
const Presentation shown{.steps = 20, .burn_in = 6};

Net make() {
  std::vector<Decolle> layers;
  Index from = in;
  for (const Index units : {50, 40, 30}) {
    layers.push_back(
        {.projection = {.connectivity = {from, units}, .trace = {0.8, 0.5}}, .signal = {.classes = 4}});
    from = units;
  }
  return Net(layers);
}
const auto input = [](Index t, auto& spikes) { support::NoisyInput{}(t, 0, spikes); };

}  // namespace

TEST_CASE("after LSUV every layer's potential has mean 0 and variance 1 on its batch", "[network]") {
  const Net net = make();
  auto weights = net.initial_weights(Orthogonal<double>{}, Generator{.seed = 2});
  const auto before = weights;
  Lsuv<double>{.tolerance = 0.1, .attempts = 20}(net, weights, batch, shown, input);
  auto state = net.zero_state(Extent{batch});
  Spikes<double> spikes(in, batch);
  std::vector<std::vector<double>> potentials(net.size());
  for (Index t = 0; t < shown.steps; ++t) {
    input(t, spikes);
    net.step(weights, state, spikes);
    if (t < shown.burn_in) continue;
    for (std::size_t i = 0; i < net.size(); ++i)
      for (const double u : state[i].neuron.potential.reshaped()) potentials[i].push_back(u);
  }
  for (std::size_t i = 0; i < net.size(); ++i) {
    const Eigen::Map<const Vector<double>> u(potentials[i].data(), Index(potentials[i].size()));
    CHECK(std::abs(u.mean()) < 0.1);
    CHECK(std::abs((u.array() - u.mean()).square().mean() - 1) < 0.1);
    const bool readout = weights[i].signal == before[i].signal;
    CHECK(readout);
  }
}

TEST_CASE("LSUV says which layer a silent input keeps from varying", "[network]") {
  const Net net = make();
  auto weights = net.initial_weights(Orthogonal<double>{}, Generator{.seed = 2});
  CHECK(
      contains(error_of([&] {
                 Lsuv<double>{}(net, weights, batch, shown,
                                [](Index t, auto& spikes) { support::NoisyInput{.rate = 0}(t, 0, spikes); });
               }),
               "Lsuv: the potential of layer 0 does not vary; its input is silent or its weights are zero"));
}

TEST_CASE("LSUV refuses parameters without sense", "[network]") {
  const Net net = make();
  auto weights = net.initial_weights(Orthogonal<double>{}, Generator{.seed = 2});
  const auto refused = [&](const Lsuv<double>& lsuv, const Presentation& p) {
    return error_of<std::invalid_argument>([&] { lsuv(net, weights, batch, p, input); });
  };
  CHECK(contains(refused({.tolerance = 0}, shown), "Lsuv.tolerance is 0"));
  CHECK(contains(refused({.attempts = 0}, shown), "Lsuv.attempts is 0"));
  CHECK(contains(refused({}, {.steps = 5, .burn_in = 5}), "Presentation.burn_in is 5"));
}

TEST_CASE("LSUV says which layer is not within tolerance after all attempts, and how far off", "[network]") {
  const Net net = make();
  auto weights = net.initial_weights(Orthogonal<double>{}, Generator{.seed = 2});
  const auto error =
      error_of([&] { Lsuv<double>{.tolerance = 1e-9, .attempts = 1}(net, weights, batch, shown, input); });
  CHECK(contains(error, "Lsuv: after 1 attempts the potential of layer 0 has mean "));
  CHECK(contains(error, " and variance "));
  CHECK(contains(error, ", not within 1e-09 of 0 and 1; allow more attempts or a wider tolerance"));
}

TEST_CASE("LSUV leaves a bias that is not learned as it is, and scales the weights alone", "[network]") {
  Net net = make();
  for (Decolle& layer : net.layers) layer.projection.bias = false;
  auto weights = net.initial_weights(Orthogonal<double>{}, Generator{.seed = 2});
  for (auto& w : weights) w.projection.bias.setConstant(0.3);
  Lsuv<double>{.tolerance = 0.1, .attempts = 20}(net, weights, batch, shown, input);
  auto state = net.zero_state(Extent{batch});
  Spikes<double> spikes(in, batch);
  std::vector<double> sum(net.size()), squares(net.size());
  double count = 0;
  for (Index t = 0; t < shown.steps; ++t) {
    input(t, spikes);
    net.step(weights, state, spikes);
    if (t < shown.burn_in) continue;
    ++count;
    for (std::size_t i = 0; i < net.size(); ++i) {
      sum[i] += state[i].neuron.potential.mean();
      squares[i] += state[i].neuron.potential.array().square().mean();
    }
  }
  for (std::size_t i = 0; i < net.size(); ++i) {
    CHECK((weights[i].projection.bias.array() == 0.3).all());
    CHECK(std::abs(squares[i] / count - sum[i] * sum[i] / (count * count) - 1) < 0.1);
  }
  CHECK(std::abs(sum[0] / count) > 0.1);  // a mean that the bias would have taken away
}
