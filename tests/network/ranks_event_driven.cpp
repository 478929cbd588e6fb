// Event-driven layers, dense and convolutional, on any number of ranks.
#include "catch.hpp"
#include "support/rank_networks.hpp"
#include "support/ranks.hpp"

using namespace neohebb;
using support::differences, support::four_classes;

TEST_CASE("event-driven layers learn the same bits on any ranks and threads", "[network]") {
  for (const Arithmetic arithmetic : {Arithmetic::events, Arithmetic::by_rate})
    for (const Sends sends : {Sends::by_size, Sends::factors, Sends::gradient})
      CHECK(differences(support::event_driven_decolle(arithmetic), Adam<float>{}, {}, four_classes, sends) ==
            "");
}

TEST_CASE("convolutions learn the same bits on any ranks and threads", "[network]") {
  for (const Sends sends : {Sends::by_size, Sends::factors, Sends::gradient})
    CHECK(differences(support::convolutions(), AdaMax<float>{}, {}, four_classes, sends, {2, 3, 4}) == "");
}
