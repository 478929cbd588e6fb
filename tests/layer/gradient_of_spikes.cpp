// δ Pᵀ is the gradient of the loss of one step, for a readout of spikes whose derivative is the surrogate.
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/finite_differences.hpp"

using namespace neohebb;

namespace {
using Decolle = DecolleLayer<Dense<DoubleExponential<double>>, Srm<double>, Dynamic,
                             support::AnySurrogate<double>, support::AnyLoss<double>>;
const Decolle layer{.projection = {.connectivity = {6, 5}, .trace = {0.8, 0.5}},
                    .signal = {.classes = 4, .scale = 1}};
}  // namespace

TEST_CASE("the local update is the gradient of a step's loss, for every loss and surrogate", "[layer]") {
  CHECK(support::worst_gradient_error(layer, -0.3) < 1e-7);
}

TEST_CASE("the local update is the gradient under dropout's mask of that step", "[layer]") {
  Decolle dropping = layer;
  dropping.signal.dropout = 0.4;
  CHECK(support::worst_gradient_error(dropping, -0.3) < 1e-7);
}

TEST_CASE("the local update holds the gradient of the rate regularisation", "[layer]") {
  Decolle regularised = layer;
  regularised.rate.strength = 0.7;
  CHECK(support::worst_gradient_error(regularised, 0.2) < 1e-7);
  regularised.rate.strength = 70;
  CHECK(support::worst_gradient_error(regularised, -5) < 1e-7);  // a silent layer: the low-rate term alone
}
