// Layers shared among ranks, and samples as well: the bits of one process.
#include <neohebb/network/rank_grid.hpp>

#include "catch.hpp"
#include "support/rank_networks.hpp"
#include "support/ranks.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains, support::differences_on_grids, support::error_of, support::four_classes;

namespace {

/// Three layers: as many as ranks, at most.
auto three_layers() {
  using Decolle = DecolleLayer<EventDriven<DoubleExponential<float>>>;
  std::vector<Decolle> layers;
  Index from = 150;
  for (const Index units : {40, 20, 9}) {
    layers.push_back({.projection = {.connectivity = {from, units},
                                     .trace = {.membrane_decay = 0.6f, .synaptic_decay = 0.4f}},
                      .signal = {.classes = 4, .scale = 3, .dropout = 0.2f},
                      .rate = {1}});
    from = units;
  }
  return Network(layers);
}

}  // namespace

TEST_CASE("ranks that share layers, or layers and samples, learn the bits of one process", "[network]") {
  for (const Index steps : {0, 1, 7, 32})
    CHECK(differences_on_grids(three_layers(), Adam<float>{}, {}, four_classes,
                               {{1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {3, 2}}, steps) == "");
  CHECK(differences_on_grids(three_layers(), Adam<float>{}, {}, four_classes, {{2, 3}}, 4, 2) == "");
}

TEST_CASE("updates at every step can be shared by layers", "[network]") {
  const support::Course online{.shown = {.steps = 40, .burn_in = 2, .window = 1}, .batches = {5, 1}};
  CHECK(differences_on_grids(three_layers(), Sgd<float>{}, online, four_classes, {{1, 2}, {1, 3}}, 4) == "");
}

TEST_CASE("noise, dropout, rate terms and convolutions are shared by layers", "[network]") {
  CHECK(differences_on_grids(support::noisy_decolle(), Adam<float>{}, {}, four_classes, {{1, 2}, {2, 2}}) ==
        "");
  CHECK(differences_on_grids(support::convolutions(), AdaMax<float>{}, {}, four_classes, {{1, 2}, {2, 2}}) ==
        "");
}

TEST_CASE("layers that hear of the readout's error are not shared", "[network]") {
  const support::Course course{.shown = {.steps = 14, .burn_in = 2, .window = 5}};
  CHECK(contains(error_of<std::invalid_argument>([&] {
                   differences_on_grids(support::eprop(), Adam<float>{}, course, four_classes, {{1, 2}});
                 }),
                 "RankGrid: 2 ranks were to share layers that hear of the readout's error in every step"));
  CHECK(differences_on_grids(support::eprop(), Adam<float>{}, course, four_classes, {{2, 1}}) == "");
}
