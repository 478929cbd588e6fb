// δ Pᵀ is the gradient of the loss of one step, for a readout of activations.
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/finite_differences.hpp"

using namespace neohebb;

namespace {
using Decolle = DecolleLayer<Dense<DoubleExponential<double>>, Srm<double>, Dynamic,
                             support::AnySurrogate<double>, support::AnyLoss<double>, ReadsActivation>;
const Decolle layer{.projection = {.connectivity = {6, 5}, .trace = {0.8, 0.5}},
                    .signal = {.classes = 4, .scale = 1}};
}  // namespace

TEST_CASE("the local update is the gradient of a loss on activations, for every loss and surrogate",
          "[layer]") {
  CHECK(support::worst_gradient_error(layer, -0.3) < 1e-7);
}

TEST_CASE("dropout and rate regularisation of activations are part of the gradient", "[layer]") {
  Decolle both = layer;
  both.signal.dropout = 0.4;
  both.rate.strength = 2;
  CHECK(support::worst_gradient_error(both, 0.2) < 1e-7);
}
