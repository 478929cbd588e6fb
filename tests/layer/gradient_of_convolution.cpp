// δ of a pooled convolutional layer is the gradient of the loss of one step, weights and biases alike.
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/finite_differences.hpp"

using namespace neohebb;

namespace {
using Decolle =
    DecolleLayer<Dense<DoubleExponential<double>, Convolution>, Srm<double>, Dynamic,
                 support::AnySurrogate<double>, support::AnyLoss<double>, ReadsSpikes, MaxPooling>;
const Decolle layer{.projection = {.connectivity = {5, 6, 2, 3, 3, 1, 1}, .trace = {0.8, 0.5}},
                    .signal = {.classes = 4, .scale = 1},
                    .pooling = {5, 6, 3, 2}};
}  // namespace

TEST_CASE("the local update of a pooled convolution is the gradient of a step's loss", "[layer]") {
  CHECK(support::worst_gradient_error(layer, -0.3) < 1e-7);
}

TEST_CASE("a strided convolution's too, under dropout and with rate regularisation", "[layer]") {
  Decolle other = layer;
  other.projection.connectivity = {7, 5, 2, 3, 3, 2, 0};
  other.pooling = {3, 2, 3, 2};
  other.signal.dropout = 0.3;
  other.rate.strength = 0.7;
  CHECK(support::worst_gradient_error(other, -0.3) < 1e-7);
}
