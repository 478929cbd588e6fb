// LSUV where weights are bounded and missing, and the population is recurrent.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/constraint.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/lsuv.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;

namespace {

using Bounded = Dense<DoubleExponential<double>, AllToAll<>, Bounds<double>>;
using Decolle = DecolleLayer<WithRecurrence<Bounded, Dense<DoubleExponential<double>>>>;
constexpr Index in = 60, out = 50, batch = 16;

Decolle layer(double bound) {
  return {.projection = {.forward = {.connectivity = {in, out},
                                     .trace = {0.8, 0.5},
                                     .constraint = {-bound, bound}},
                         .lateral = {.connectivity = {out, out}, .trace = {0.8, 0.5}, .bias = false}},
          .signal = {.classes = 4}};
}
const auto scale = [](const auto& net, auto& weights) {
  Lsuv<double>{.tolerance = 0.1, .attempts = 30}(
      net, weights, batch, Presentation{.steps = 20, .burn_in = 6},
      [](Index t, auto& spikes) { support::NoisyInput{}(t, 0, spikes); });
};

}  // namespace

TEST_CASE("LSUV keeps to the projection's constraint, and leaves lateral weights alone", "[network]") {
  const Network net{layer(0.8)};
  auto weights = net.initial_weights(Orthogonal<double>{}, Generator{.seed = 2});
  const auto before = std::get<0>(weights).projection;
  scale(net, weights);
  const auto& after = std::get<0>(weights).projection;
  CHECK(after.forward.weight.cwiseAbs().maxCoeff() == 0.8);  // reached, not passed
  CHECK(support::distance(after.forward.weight, before.forward.weight) > 0.1);
  const bool lateral = after.lateral == before.lateral;
  CHECK(lateral);
}

TEST_CASE("LSUV says so where a constraint keeps the potential from unit variance", "[network]") {
  const Network net{layer(0.05)};
  auto weights = net.initial_weights(Orthogonal<double>{}, Generator{.seed = 2});
  CHECK(support::contains(support::error_of([&] { scale(net, weights); }),
                          "Lsuv: after 30 attempts the potential of layer 0 has mean "));
}
