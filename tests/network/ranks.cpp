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

TEST_CASE("one rank learns what one process learns, and talks to nobody", "[network]") {
  static_assert(Communicator<OneRank>);
  const auto net = support::noisy_decolle();
  ThreadTeam team(1);
  OneRank alone;
  const auto one = support::train(Parallel(net, team, 2), Adam<float>{}, {}, four_classes);
  const auto rank = support::train(Parallel(net, team, Ranks(alone), 2), Adam<float>{}, {}, four_classes);
  CHECK(rank.weights == one.weights);
  CHECK(rank.answers == one.answers);
  CHECK_THROWS_WITH(alone.receive(1, 0, 10), "neohebb: there is no rank 1, only one process");
}
