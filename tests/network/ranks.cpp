// Any number of ranks learns what one process learns, bit for bit.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/ranks.hpp"

using namespace neohebb;

namespace {

// Everything that draws random numbers or looks at a whole batch: escape noise, dropout, rate regularisation.
using Decolle =
    DecolleLayer<Dense<DoubleExponential<float>>, Srm<float, Exponential<float>, EscapeNoise<float>>, Dynamic,
                 FastSigmoid<float>, CrossEntropy<float>>;
constexpr Index in = 150, classes = 4;

auto make() {
  std::vector<Decolle> layers;
  Index from = in;
  for (const Index units : {140, 9}) {  // two pieces of weights each
    layers.push_back({.projection = {.connectivity = {from, units}, .trace = {0.6f, 0.4f}},
                      .neuron = {.spike = {0.05f}},
                      .signal = {.classes = classes, .scale = 3, .dropout = 0.3f},
                      .rate = {20}});
    from = units;
  }
  return Network(layers);
}
Matrix<float> target(Index batch) { return support::labels<float>(classes, batch); }

}  // namespace

TEST_CASE("dense layers learn the same bits on any ranks and threads", "[network]") {
  for (const Sends sends : {Sends::by_size, Sends::factors, Sends::gradient})
    CHECK(support::differences(make(), Adam<float>{.rate = 0.01f}, {}, target, sends) == "");
}

TEST_CASE("linear optimizers and constraints learn the same bits on any ranks", "[network]") {
  using Bounded = DecolleLayer<Dense<DoubleExponential<float>, AllToAll<>, Bounds<float>>>;
  const Network net{
      Bounded{.projection = {.connectivity = {in, 140}, .trace = {0.6f, 0.4f}, .constraint = {-0.2f, 0.2f}},
              .signal = {.classes = classes}},
      Bounded{.projection = {.connectivity = {140, 9}, .trace = {0.6f, 0.4f}, .constraint = {-0.2f, 0.2f}},
              .signal = {.classes = classes}}};
  const support::Course course{.batches = {10, 7, 3}};
  for (const Sends sends : {Sends::factors, Sends::gradient}) {
    CHECK(support::differences(net, Sgd<float>{}, course, target, sends, {2, 3, 4}, {2}) == "");
    CHECK(support::differences(net, AdaMax<float>{}, course, target, sends, {3}, {1}) == "");
  }
}
