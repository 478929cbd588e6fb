// Layers that receive the readout's error some steps later, shared among ranks: the bits of one process.
#include <neohebb/learning/error_gate.hpp>
#include <neohebb/learning/rmax_prop.hpp>
#include <neohebb/network/rank_grid.hpp>

#include "catch.hpp"
#include "support/rank_networks.hpp"
#include "support/ranks.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains, support::differences_on_grids, support::error_of, support::four_classes;

namespace {

const support::Course quiet{.shown = {.steps = 41, .burn_in = 2, .window = 6, .quiet = 9},
                            .batches = {7, 3, 1}};

/// What a grid of two ranks by layers says of a network.
std::string said(const auto& net, const GridOptions& options = {}) {
  return error_of<std::invalid_argument>([&] {
    differences_on_grids(net, Adam<float>{}, quiet, four_classes, {{1, 2}}, options);
  });
}

}  // namespace

TEST_CASE("e-prop whose errors come late is shared by layers, or layers and samples", "[network]") {
  // 5 go up at a time: ranks take turns, or work at the same time, or receive in the middle of a block.
  for (const Index delay : {5, 10, 13})
    CHECK(differences_on_grids(support::late_eprop(delay), Adam<float>{}, quiet, four_classes,
                               {{1, 2}, {1, 3}, {2, 2}}) == "");
  for (const Index steps : {1, 7, 13})
    CHECK(differences_on_grids(support::late_eprop(13), Adam<float>{}, quiet, four_classes, {{1, 3}},
                               {.steps = steps}) == "");
  CHECK(differences_on_grids(support::late_eprop(10), Adam<float>{}, {}, four_classes, {{2, 3}}, {}, 2) ==
        "");
}

TEST_CASE("one process learns otherwise with another delay", "[network]") {
  ThreadTeam alone(1);
  const auto weights = [&](Index delay) {
    const Parallel parallel(support::late_eprop(delay), alone, quiet.chunk);
    return support::train(parallel, Adam<float>{}, quiet, four_classes).weights;
  };
  CHECK(weights(5) != weights(6));
}

TEST_CASE("errors later than a presentation are never sent", "[network]") {
  CHECK(differences_on_grids(support::late_eprop(100), Adam<float>{}, quiet, four_classes, {{1, 2}}) == "");
}

TEST_CASE("late errors and updates at every step are shared by layers", "[network]") {
  const support::Course online{.shown = {.steps = 40, .burn_in = 2, .window = 1}, .batches = {5, 1}};
  CHECK(differences_on_grids(support::late_eprop(8), Sgd<float>{}, online, four_classes, {{1, 2}, {1, 3}},
                             {.steps = 4}) == "");
}

TEST_CASE("a rate term of the whole batch goes with errors that come late", "[network]") {
  CHECK(differences_on_grids(support::late_without_memory(5), Adam<float>{}, quiet, four_classes,
                             {{1, 2}, {1, 3}, {2, 2}}) == "");
}

TEST_CASE("SuperSpike whose errors come late is shared by layers, or layers and samples", "[network]") {
  const support::Course course{.shown = {.steps = 250, .burn_in = 0, .window = 100}, .batches = {7, 3}};
  CHECK(differences_on_grids(support::late_superspike(), RMaxProp<float>{.rate = 1e-2f}, course,
                             support::target_spikes, {{1, 2}, {1, 3}, {2, 2}}) == "");
}

TEST_CASE("layers that receive the readout's error at once are not shared", "[network]") {
  CHECK(contains(said(support::eprop()),
                 "RankGrid: layer 0 receives the readout's error by feedback that moves"));
  CHECK(contains(said(support::late_eprop(4)),
                 "RankGrid: layer 0 receives the readout's error after Broadcast.delay = 4 steps, but 5 "
                 "steps go up at a time; let it receive it after 5 or more"));
  CHECK(contains(said(support::late_eprop(8), {.steps = 9}), "delay = 8 steps, but 9 steps go up at a time"));
  auto net = support::late_eprop(8);
  std::get<1>(net.layers).signal.delay = 0;
  CHECK(
      contains(said(net), "RankGrid: layer 1 receives the readout's error after Broadcast.delay = 0 steps"));
  CHECK(differences_on_grids(support::eprop(), Adam<float>{}, quiet, four_classes, {{2, 1}}) == "");
}

namespace {

/// Two layers without memory, whose learning signal is this one.
template <class Signal> auto taught_by(const Signal& signal) {
  using Hidden =
      PlasticLayer<EventDriven<Pulses<float>>, Lif<float>, FastSigmoid<float>, Instantaneous<float>, Signal>;
  const auto hidden = [&](Index from, Index units) {
    return Hidden{.projection = {.connectivity = {from, units}, .trace = {.decay = 0.8f}},
                  .neuron = {.decay = 0.8f, .threshold = 0.5f},
                  .signal = signal};
  };
  return Network{hidden(150, 30), hidden(30, 20),
                 EpropReadout<float>{.projection = {.connectivity = {20, 4}, .trace = {0.9f}}}};
}

}  // namespace

TEST_CASE("a gate looks at errors that come late from another rank", "[network]") {
  const auto gated = [](float threshold) {
    return taught_by(ErrorGate<Broadcast<float>>{
        .signal = {.outputs = 4, .feedback = Feedback::random, .delay = 5}, .threshold = threshold});
  };
  CHECK(differences_on_grids(gated(0.05f), Adam<float>{}, quiet, four_classes, {{1, 2}, {1, 3}, {2, 2}}) ==
        "");
  ThreadTeam alone(1);
  const auto weights = [&](float threshold) {
    const Parallel parallel(gated(threshold), alone, quiet.chunk);
    return support::train(parallel, Adam<float>{}, quiet, four_classes).weights;
  };
  CHECK(weights(0) != weights(0.05f));  // some errors are below, some above
  CHECK(weights(0.05f) != weights(1e6f));
}

TEST_CASE("a learning signal that cannot be late is not shared by layers", "[network]") {
  const auto net = taught_by(Broadcast<float, 4>{.feedback = Feedback::random});
  CHECK(contains(said(net),
                 "RankGrid: layer 0 receives the readout's error in every step by a learning signal without "
                 "a delay; give it Broadcast with a delay and Dynamic outputs, or share the samples"));
  CHECK(differences_on_grids(net, Adam<float>{}, quiet, four_classes, {{2, 1}}) == "");
}
