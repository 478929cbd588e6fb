// benchmarks/rank_model.hpp: bytes are those of real messages; the model's times where they can be told by hand.
#include "../../benchmarks/rank_model.hpp"

#include "catch.hpp"
#include "support/rank_networks.hpp"
#include "support/ranks.hpp"

using namespace neohebb;
using support::Mailboxes;

namespace {

constexpr Presentation shown{.steps = 14, .burn_in = 2, .window = 12};
constexpr Index batch = 10, chunk = 2;

/// One batch.
void learn_once(const auto& parallel, const auto& after) {
  auto weights = parallel.net.initial_weights(ScaledNormal<float>{3}, Generator{.seed = 2});
  auto learner = parallel.learner(Adam<float>{.rate = 1e-6f}, batch, shown.window);
  auto state = parallel.zero_state(batch);
  const auto input = [](Index t, Index first, auto& spikes) { support::NoisyInput{}(t, first, spikes); };
  parallel.learn(weights, state, learner, shown, Generator{.seed = 5}, input, support::four_classes(batch));
  after(learner);
}
rank_model::Costs counted(const auto& net) {
  const auto counts = std::make_shared<rank_model::CountingProcess::Counts>();
  counts->layers.resize(net.size());
  ThreadTeam team(1);
  learn_once(Parallel(net, team, rank_model::CountingProcess(counts, shown.steps, shown.steps, 2), chunk),
             [](const auto&) {});
  return counts->layers;
}
void check_exchange(const auto& net, Sends sends) {
  const rank_model::Costs costs = counted(net);
  Mailboxes(3).run([&](Mailboxes::Rank& rank) {
    ThreadTeam team(1);
    learn_once(Parallel(net, team, Ranks(rank, sends), chunk), [&](const auto& learner) {
      if (rank.number != 1) return;
      for_each_layer(net.layers, [&](auto i) {
        const ExchangeCounts& c = at(learner.exchange, i).counts;
        CHECK(costs[std::size_t(i)].factors == static_cast<double>(c.factor_bytes));
        CHECK(costs[std::size_t(i)].gradient == static_cast<double>(c.gradient_bytes));
        CHECK(c.factor_bytes > 0);
      });
    });
  });
}
/// Two ranks of a layer each.
void check_spikes(const auto& net) {
  const rank_model::Costs costs = counted(net);
  Mailboxes layers(2);
  std::array<Mailboxes, 2> samples{Mailboxes(1), Mailboxes(1)};
  layers.run([&](Mailboxes::Rank& rank) {
    Mailboxes::Rank single{&samples[static_cast<std::size_t>(rank.number)], 0};
    ThreadTeam team(1);
    const RankGrid grid(single, rank, {.steps = 2, .own_losses = true});
    learn_once(Parallel(net, team, grid, chunk), [](const auto&) {});
    if (rank.number == 0) CHECK(costs[0].spikes == static_cast<double>(grid.spikes().sent));
  });
  CHECK(costs[0].spikes > 0);
}

}  // namespace

TEST_CASE("bytes of factors and of the gradient are those that ranks send", "[network]") {
  for (const Sends sends : {Sends::factors, Sends::gradient}) {
    check_exchange(support::noisy_decolle(), sends);
    check_exchange(support::event_driven_decolle(Arithmetic::by_rate), sends);
    check_exchange(support::convolutions(), sends);
    check_exchange(support::eprop(), sends);
  }
}

TEST_CASE("bytes of spikes are those that ranks send up", "[network]") {
  check_spikes(support::noisy_decolle());
  check_spikes(support::convolutions());
}

TEST_CASE("times of the model", "[network]") {
  using namespace rank_model;
  const Link at_once{.bandwidth = 1e300, .latency = 0}, link{.bandwidth = 100, .latency = 0.5};
  const LayerCost layer{.steps = 8, .multiply = 4, .add = 6, .apply = 2, .gradient = 1000, .blocks = 8};
  // no factors, no time on the way: all is shared
  CHECK(by_samples({layer, layer}, {1, 4}, at_once) == Approx(2 * (8 + 4 + 2)));
  CHECK(by_samples({layer, layer}, {4, 4}, at_once) == Approx(2 * (8 + 4 + 2) / 4.0));
  // five chunks: one rank has two of them
  CHECK(by_samples({layer}, {4, 5}, at_once) == Approx(8 * 2 / 5.0 + (4 + 2) / 4.0));
  LayerCost sums = layer;
  sums.factors = 1e9;
  CHECK(!takes_factors(sums, {2, 4}));
  // Two ranks and groups of blocks: 500 bytes take 5.5 s, adding one's own chunks 1.5 s. A group is added, goes, and is added
  // again; the other one is on its way meanwhile. Of two owners one is the last rank itself.
  CHECK(chain_of_sums(sums, {2, 4}, link) == Approx(1.5 + 5.5 + 1.5 + 5.5 + 5.5));
  CHECK(by_samples({sums}, {2, 4}, link) ==
        Approx(8 / 2.0 + 0.5 + (1.5 + 5.5 + 1.5 + 5.5 + 5.5) + 2 / 2.0 + 5.5));
  // by layers the slower one decides; on one core they follow each other
  LayerCost lower = layer, upper = layer;
  lower.steps = 20;
  lower.spikes = 100;
  lower.weights = upper.weights = 1;
  CHECK(on_grid({lower, upper}, {1, 4}, 2, link, 4, 1e9) == Approx(20 + 6 + 4 * 0.5 + 1));
  CHECK(on_grid({lower, upper}, {1, 4}, 2, link, 4, 1) == Approx(20 + 6 + 4 * 0.5 + 1 + 14));
}
