// Layers that receive the readout's error, on any number of ranks: e-prop and SuperSpike.
#include <neohebb/learning/rmax_prop.hpp>

#include "catch.hpp"
#include "support/rank_networks.hpp"
#include "support/ranks.hpp"

using namespace neohebb;
using support::differences;

TEST_CASE("e-prop learns the same bits on any ranks and threads", "[network]") {
  const support::Course course{.shown = {.steps = 14, .burn_in = 2, .window = 5}};
  for (const Sends sends : {Sends::by_size, Sends::factors, Sends::gradient})
    CHECK(differences(support::eprop(), Adam<float>{}, course, support::four_classes, sends) == "");
}

TEST_CASE("A rate term that looks at every sample alone learns the same bits on any ranks", "[network]") {
  const support::Course course{.shown = {.steps = 10, .burn_in = 0, .window = 5}};
  auto net = support::eprop();
  std::get<0>(net.layers).rate.of_each_sample = true;
  CHECK(differences(net, Adam<float>{}, course, support::four_classes, Sends::by_size, {2, 3}, {1}) == "");
}

TEST_CASE("SuperSpike learns the same bits on any ranks and threads", "[network]") {
  const support::Course course{.shown = {.steps = 250, .burn_in = 0, .window = 100}, .batches = {7, 3}};
  for (const Sends sends : {Sends::factors, Sends::gradient})
    CHECK(differences(support::superspike(), RMaxProp<float>{.rate = 1e-2f}, course, support::target_spikes,
                      sends, {2, 3, 4}, {2}) == "");
}
