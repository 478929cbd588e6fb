// A recurrent, sparse population in chunks and on threads; a tuple of layers in Parallel.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/constraint.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

using Forward = Dense<DoubleExponential<double>>;
using Lateral = Dense<DoubleExponential<double>, AllToAll<>, Mask<double>>;
using Decolle = DecolleLayer<WithRecurrence<Forward, Lateral>>;
constexpr Index in = 6, out = 20, classes = 4, batch = 10;
const Presentation shown{.steps = 12, .burn_in = 2, .window = 4};

Decolle layer() {
  const Matrix<double> present = (support::random_matrix(out, out, 1).array() > 0.5).cast<double>().matrix();
  return {.projection = {.forward = {.connectivity = {in, out}, .trace = {0.6, 0.4}},
                         .lateral = {.connectivity = {out, out},
                                     .trace = {0.6, 0.4},
                                     .constraint = {present},
                                     .bias = false}},
          .signal = {.classes = classes, .scale = 3}};
}
Decolle::Weights learned(int threads, Index chunk) {
  const Network net{layer()};
  ThreadTeam team(threads);
  const Parallel parallel(net, team, chunk);
  auto weights = net.initial_weights(ScaledNormal<double>{6}, Generator{.seed = 2});
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(Adam<double>{.rate = 0.02}, batch, shown.window);
  for (int k = 0; k < 3; ++k)
    parallel.learn(weights, state, learner, shown, Generator{}, support::NoisyInput{},
                   std::tuple{support::labels(classes, batch)});
  return std::get<0>(weights);
}

}  // namespace

TEST_CASE("a sparse recurrent layer learns the same bits on any number of threads", "[network]") {
  const auto one = learned(1, 4), three = learned(3, 4);
  CHECK(three == one);
}

TEST_CASE("a sparse recurrent layer in chunks equals a plain loop, and stays sparse", "[network]") {
  const Decolle l = layer();
  auto weights = std::get<0>(Network{l}.initial_weights(ScaledNormal<double>{6}, Generator{.seed = 2}));
  const auto before = weights;
  auto learner = l.learner(Adam<double>{.rate = 0.02});
  auto credit = l.zero_credit(Extent{batch}, shown.window);
  Spikes<double> spikes(in, batch);
  for (int k = 0; k < 3; ++k) {
    auto state = l.zero_state(Extent{batch});
    for (Index t = 0; t < shown.steps; ++t) {
      support::NoisyInput{}(t, 0, spikes);
      l.step(weights, state, spikes);
      if (t < shown.burn_in) continue;
      l.credit(weights, state, support::labels(classes, batch), credit);
      if ((t - shown.burn_in) % 4 == 3 || t + 1 == shown.steps) l.update(weights, state, credit, learner);
    }
  }
  const auto chunks = learned(2, 3);
  CHECK(distance(chunks.projection.forward.weight, weights.projection.forward.weight) < 1e-9);
  CHECK(distance(chunks.projection.forward.bias, weights.projection.forward.bias) < 1e-9);
  CHECK(distance(chunks.projection.lateral.weight, weights.projection.lateral.weight) < 1e-9);
  CHECK(distance(weights.projection.lateral.weight, before.projection.lateral.weight) > 0.01);
  CHECK(chunks.projection.lateral.bias.isZero(0));
  const auto& present = l.projection.lateral.constraint.present;
  CHECK((present.array() == 0).select(chunks.projection.lateral.weight, 0).isZero(0));
}
