// Nothing reaches a layer from above, and every layer has its own target.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;

namespace {

using Decolle = DecolleLayer<Dense<DoubleExponential<double>>>;
using Net = Network<std::vector<Decolle>>;
using Targets = std::vector<Matrix<double>>;
constexpr Index in = 6, classes = 4, batch = 10;
const Presentation shown{.steps = 12, .burn_in = 2, .window = 4};

Net make() {
  std::vector<Decolle> layers;
  Index from = in;
  for (const Index units : {9, 8, 7}) {
    layers.push_back({.projection = {.connectivity = {from, units}, .trace = {0.6, 0.4}},
                      .signal = {.classes = classes, .scale = 3}});
    from = units;
  }
  return Net(layers);
}
Net::Weights weights_of(const Net& net) {
  return net.initial_weights(ScaledNormal<double>{6}, Generator{.seed = 2});
}
/// Learned by a Network.
Net::Weights plainly(const auto& target_of_step) {
  const Net net = make();
  auto weights = weights_of(net);
  auto state = net.zero_state(Extent{batch});
  auto learner = net.learner(Adam<double>{.rate = 0.02}, Extent{batch}, shown.window);
  Spikes<double> spikes(in, batch);
  for (Index t = 0; t < shown.steps; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    net.step(weights, state, spikes);
    if (t < shown.burn_in) continue;
    const auto target = target_of_step(t);
    net.credit(weights, state, target, learner);
    if ((t - shown.burn_in) % shown.window == shown.window - 1 || t + 1 == shown.steps)
      net.update(weights, state, learner);
  }
  return weights;
}
/// Learned by Parallel, two threads, chunks of four.
Net::Weights in_chunks(const auto& target) {
  const Net net = make();
  ThreadTeam team(2);
  const Parallel parallel(net, team, 4);
  auto weights = weights_of(net);
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(Adam<double>{.rate = 0.02}, batch, shown.window);
  parallel.learn(weights, state, learner, shown, Generator{}, support::NoisyInput{}, target);
  return weights;
}
void lower_agree_and_top_differs(const Net::Weights& a, const Net::Weights& b) {
  const bool first = a[0] == b[0], second = a[1] == b[1], third = a[2] == b[2];
  CHECK(first);
  CHECK(second);
  CHECK(!third);
}
double distance_of(const Net::Weights& a, const Net::Weights& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    worst = std::max(worst, support::distance(a[i].projection.weight, b[i].projection.weight));
  return worst;
}
const Matrix<double> some = support::labels(classes, batch), other = support::labels(classes, batch, 1);

}  // namespace

TEST_CASE("another target of the top layer leaves the lower layers' weights the same bits", "[network]") {
  const Targets a{some, some, some}, b{some, some, other};
  lower_agree_and_top_differs(plainly([&](Index) { return a; }), plainly([&](Index) { return b; }));
  lower_agree_and_top_differs(in_chunks(a), in_chunks(b));
}

TEST_CASE("one target for all layers is the same as each layer's own copy of it", "[network]") {
  const bool plain = plainly([](Index) { return some; }) == plainly([](Index) { return Targets(3, some); });
  CHECK(plain);
  const bool chunks = in_chunks(some) == in_chunks(Targets(3, some));
  CHECK(chunks);
  CHECK(distance_of(plainly([](Index) { return some; }), weights_of(make())) > 0.01);
}

TEST_CASE("targets may change from step to step, for all layers or for each", "[network]") {
  const auto shared = [](Index t) { return support::labels(classes, batch, t); };
  const auto each = [&](Index t) { return Targets{some, shared(t), other}; };
  CHECK(distance_of(plainly(shared), in_chunks(shared)) < 1e-9);
  CHECK(distance_of(plainly(each), in_chunks(each)) < 1e-9);
  CHECK(distance_of(in_chunks(shared), in_chunks(some)) > 1e-3);
  // A reference to what the caller keeps is as good as a value.
  const Targets kept{some, other, some};
  const bool same = in_chunks([&](Index) -> const Targets& { return kept; }) == in_chunks(kept);
  CHECK(same);
}
