// Any number of ranks learns what one process learns, bit for bit.
#include "support/ranks.hpp"
#include "catch.hpp"
#include "support/rank_networks.hpp"

using namespace neohebb;
using support::differences, support::four_classes;

TEST_CASE("dense layers learn the same bits on any ranks and threads", "[network]") {
  for (const Sends sends : {Sends::by_size, Sends::factors, Sends::gradient})
    CHECK(differences(support::noisy_decolle(), Adam<float>{.rate = 0.01f}, {}, four_classes, sends) == "");
}

TEST_CASE("linear optimizers and constraints learn the same bits on any ranks", "[network]") {
  using Bounded = DecolleLayer<Dense<DoubleExponential<float>, AllToAll<>, Bounds<float>>>;
  const auto layer = [](Index from, Index to) {
    return Bounded{
        .projection = {.connectivity = {from, to}, .trace = {0.6f, 0.4f}, .constraint = {-0.2f, 0.2f}},
        .signal = {.classes = 4}};
  };
  const Network net{layer(150, 140), layer(140, 9)};
  const support::Course course{.batches = {10, 7, 3}};
  for (const Sends sends : {Sends::factors, Sends::gradient}) {
    CHECK(differences(net, Sgd<float>{}, course, four_classes, sends, {2, 3, 4}, {2}) == "");
    CHECK(differences(net, AdaMax<float>{}, course, four_classes, sends, {3}, {1}) == "");
  }
}
