// Event-driven layers, dense and convolutional, on any number of ranks.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/ranks.hpp"

using namespace neohebb;

namespace {
constexpr Index classes = 3;
Matrix<float> target(Index batch) { return support::labels<float>(classes, batch); }
}  // namespace

TEST_CASE("event-driven layers learn the same bits on any ranks and threads", "[network]") {
  using Decolle = DecolleLayer<EventDriven<DoubleExponential<float>>>;
  for (const Arithmetic arithmetic : {Arithmetic::events, Arithmetic::by_rate}) {
    std::vector<Decolle> layers;
    Index from = 150;
    for (const Index units : {40, 9}) {
      layers.push_back({.projection = {.connectivity = {from, units},
                                       .trace = {.membrane_decay = 0.6f, .synaptic_decay = 0.4f},
                                       .arithmetic = arithmetic},
                        .signal = {.classes = classes, .scale = 3, .dropout = 0.2f},
                        .rate = {1}});
      from = units;
    }
    for (const Sends sends : {Sends::by_size, Sends::factors, Sends::gradient})
      CHECK(support::differences(Network(layers), Adam<float>{}, {}, target, sends) == "");
  }
}

TEST_CASE("convolutions learn the same bits on any ranks and threads", "[network]") {
  using Conv = DecolleLayer<EventDriven<DoubleExponential<float>, Convolution>, Srm<float>, Dynamic,
                            FastSigmoid<float>, SmoothL1<float>, ReadsSpikes, MaxPooling>;
  std::vector<Conv> layers;
  layers.push_back({.projection = {.connectivity = {7, 6, 2, 12, 3, 1, 1}, .arithmetic = Arithmetic::events},
                    .signal = {.classes = classes, .dropout = 0.2f},
                    .pooling = {7, 6, 12, 2}});
  layers.push_back({.projection = {.connectivity = {3, 3, 12, 17, 3, 1, 1}},
                    .signal = {.classes = classes},
                    .pooling = {3, 3, 17, 1}});
  for (const Sends sends : {Sends::by_size, Sends::factors, Sends::gradient})
    CHECK(support::differences(Network(layers), AdaMax<float>{}, {}, target, sends, {2, 3, 4}) == "");
}
