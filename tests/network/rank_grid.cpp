// Layers shared among ranks, and samples as well: the bits of one process.
#include <neohebb/network/rank_grid.hpp>

#include "catch.hpp"
#include "support/rank_networks.hpp"
#include "support/ranks.hpp"

using namespace neohebb;
using support::differences_on_grids, support::four_classes;

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
                               {{1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {3, 2}}, {.steps = steps}) == "");
  CHECK(differences_on_grids(three_layers(), Adam<float>{}, {}, four_classes, {{2, 3}}, {.steps = 4}, 2) ==
        "");
}

TEST_CASE("ranks that wait for nobody above them learn the same bits", "[network]") {
  // Batches follow each other without an answer in between, so that ranks work at several of them at once.
  const auto learn = [](const auto& parallel, std::vector<float>& losses, Message& weights_then) {
    auto weights = parallel.net.initial_weights(ScaledNormal<float>{3}, Generator{.seed = 2});
    auto learner = parallel.learner(Adam<float>{}, 6, 5);
    auto state = parallel.zero_state(6);
    losses.assign(3, 0);
    for (Index k = 0; k < 7; ++k) {
      const auto& now = parallel.learn(
          weights, state, learner, {.steps = 40, .burn_in = 2, .window = 5},
          Generator{.seed = 5}.at_sample(6 * k),
          [k](Index t, Index first, auto& spikes) { support::NoisyInput{}(t, 6 * k + first, spikes); },
          four_classes(6));
      for (std::size_t i = 0; i < 3; ++i) losses[i] += now[i];
    }
    parallel.join_layers(losses);
    parallel.gather(weights, learner);
    Packer{weights_then}(weights);
  };
  ThreadTeam alone(1);
  std::vector<float> expected;
  Message weights;
  learn(Parallel(three_layers(), alone, 2), expected, weights);
  for (const Index ahead : {1, 2, 5}) {
    support::Mailboxes row(3);
    std::array<support::Mailboxes, 3> columns{support::Mailboxes(1), support::Mailboxes(1),
                                              support::Mailboxes(1)};
    std::vector<std::vector<float>> losses(3);
    std::vector<Message> found(3);
    row.run([&](support::Mailboxes::Rank& rank) {
      const auto k = static_cast<std::size_t>(rank.number);
      support::Mailboxes::Rank single{&columns[k], 0};
      ThreadTeam team(1);
      const RankGrid grid(single, rank, {.own_losses = true, .ahead = ahead});
      learn(Parallel(three_layers(), team, grid, 2), losses[k], found[k]);
    });
    for (const auto& now : losses) CHECK(now == expected);
    CHECK((found[0] == weights));
    CHECK(row.left() == 0);
  }
}

TEST_CASE("updates at every step can be shared by layers", "[network]") {
  const support::Course online{.shown = {.steps = 40, .burn_in = 2, .window = 1}, .batches = {5, 1}};
  CHECK(differences_on_grids(three_layers(), Sgd<float>{}, online, four_classes, {{1, 2}, {1, 3}},
                             {.steps = 4}) == "");
}

TEST_CASE("noise, dropout, rate terms and convolutions are shared by layers", "[network]") {
  CHECK(differences_on_grids(support::noisy_decolle(), Adam<float>{}, {}, four_classes, {{1, 2}, {2, 2}}) ==
        "");
  CHECK(differences_on_grids(support::convolutions(), AdaMax<float>{}, {}, four_classes, {{1, 2}, {2, 2}}) ==
        "");
}
