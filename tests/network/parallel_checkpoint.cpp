// Training in chunks goes on from a checkpoint bit for bit.
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;

namespace {

using Decolle = DecolleLayer<Dense<DoubleExponential<float>>>;
using Net = Network<std::vector<Decolle>>;
constexpr Index in = 150, classes = 4, batch = 10;
const Presentation shown{.steps = 8, .burn_in = 2, .window = 3};

Net make() {
  const auto layer = [](Index from, Index to) {
    return Decolle{.projection = {.connectivity = {from, to}, .trace = {0.6f, 0.4f}},
                   .signal = {.classes = classes, .scale = 3, .dropout = 0.25f},
                   .rate = {1}};
  };
  return Net(std::vector{layer(in, 7), layer(7, 5)});
}

/// Batches [from, to) of a run whose file holds weights, learner and the number of batches.
void train(const auto& parallel, Net::Weights& weights, auto& learner, Index from, Index to) {
  auto state = parallel.zero_state(batch);
  for (Index k = from; k < to; ++k) {
    parallel.set_rate(learner, 0.01f / float(k + 1));
    parallel.learn(
        weights, state, learner, shown, Generator{.seed = 3}.at_sample(k * batch),
        [&](Index t, Index first, auto& spikes) { support::NoisyInput{}(t, k * batch + first, spikes); },
        support::labels<float>(classes, batch, k));
  }
}

void goes_on(const auto& optimizer) {
  const support::TemporaryFolder folder;
  const Net net = make();
  ThreadTeam team(2), other_team(3);
  const Parallel parallel(net, team, 4), resuming(net, other_team, 4);
  const auto initial = net.initial_weights(ScaledNormal<float>{4}, Generator{.seed = 2});
  auto whole = initial;
  auto learner = parallel.learner(optimizer, batch, shown.window);
  train(parallel, whole, learner, 0, 4);

  auto half = initial;
  auto half_learner = parallel.learner(optimizer, batch, shown.window);
  train(parallel, half, half_learner, 0, 2);
  Checkpoint file;
  file.put("weights", half);
  file.put("learner", half_learner);
  file.put("batches", Index{2});
  file.save(folder / "half.npz");

  const Checkpoint loaded = Checkpoint::load(folder / "half.npz");
  auto resumed = net.initial_weights(ScaledNormal<float>{4}, Generator{.seed = 9});
  auto resumed_learner = resuming.learner(optimizer, batch, shown.window);
  Index batches = 0;
  loaded.get("weights", resumed);
  loaded.get("learner", resumed_learner);
  loaded.get("batches", batches);
  train(resuming, resumed, resumed_learner, batches, 4);
  const bool same = resumed == whole, trained = resumed == half;
  CHECK(same);
  CHECK(!trained);
}

}  // namespace

TEST_CASE("training in chunks resumes bit for bit, on another number of threads", "[network]") {
  goes_on(Adam<float>{});
  goes_on(AdaMax<float>{});
}
