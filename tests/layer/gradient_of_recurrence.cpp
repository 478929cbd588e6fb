// δ Pᵀ is the gradient with respect to the weights from outside and from the population itself.
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/finite_differences.hpp"

using namespace neohebb;

TEST_CASE("the local update of forward and lateral weights is the gradient of a step's loss", "[layer]") {
  using Projected = Dense<DoubleExponential<double>>;
  using Decolle = DecolleLayer<WithRecurrence<Projected>, Srm<double>, Dynamic, support::AnySurrogate<double>,
                               support::AnyLoss<double>>;
  const Decolle layer{.projection = {.forward = {.connectivity = {6, 5}, .trace = {0.8, 0.5}},
                                     .lateral = {.connectivity = {5, 5}, .trace = {0.7, 0.4}, .bias = false}},
                      .signal = {.classes = 4, .scale = 1}};
  CHECK(support::worst_gradient_error(layer, 0.3) < 1e-7);
}
