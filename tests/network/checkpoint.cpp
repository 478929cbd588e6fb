// Training goes on from a checkpoint bit for bit.
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

using Decolle =
    DecolleLayer<Dense<DoubleExponential<float>>, Srm<float, Exponential<float>, EscapeNoise<float>>>;
using Net = Network<std::vector<Decolle>>;
constexpr Index in = 150, classes = 4, batch = 3, window = 4;

Net make(Index units = 7) {
  const auto layer = [](Index from, Index to) {
    return Decolle{.projection = {.connectivity = {from, to}, .trace = {0.6f, 0.4f}},
                   .neuron = {.spike = {0.1f}},
                   .signal = {.classes = classes, .scale = 3, .dropout = 0.25f}};
  };
  return Net(std::vector{layer(in, units), layer(units, 5)});
}

/// A training run: what a checkpoint must hold, and nothing else.
template <class O> struct Training {
  Net net;
  Net::Weights weights;
  decltype(net.learner(std::declval<const O&>(), Extent<>{}, Index{})) learner;
  Generator generator;
  std::int64_t credited = 0;

  Training(const O& optimizer, std::uint64_t seed, const Net& network = make(),
           Index steps_per_update = window)
      : net(network),
        weights(net.initial_weights(ScaledNormal<float>{4}, Generator{.seed = seed})),
        learner(net.learner(optimizer, Extent{batch}, steps_per_update)),
        generator{.seed = seed} {}

  /// Presentations of six steps; windows of four go on from one to the next.
  void train(int presentations) {
    for (int k = 0; k < presentations; ++k) {
      auto state = net.zero_state(Extent{batch}, generator);
      Spikes<float> spikes(in, batch);
      for (Index t = 0; t < 6; ++t) {
        support::NoisyInput{}(t, Index(generator.sample), spikes);
        net.step(weights, state, spikes);
        net.credit(weights, state, support::labels<float>(classes, batch, Index(generator.sample)), learner);
        if (++credited % window == 0) net.update(weights, state, learner);
      }
      generator = generator.at_sample(batch);
    }
  }
  static void fields(auto& self, auto&& visit) {
    visit("weights", self.weights);
    visit("learner", self.learner);
    visit("generator", self.generator);
    visit("credited", self.credited);
  }
};

void goes_on(const auto& optimizer, const auto& other) {
  const support::TemporaryFolder folder;
  Training whole(optimizer, 1), half(optimizer, 1), resumed(other, 2);
  whole.train(3);
  half.train(1);  // six steps: two are credited, and wait for their update
  CHECK(!half.learner.credit[0].empty());
  Checkpoint file;
  file.put("training", half);
  file.save(folder / "half.npz");
  Checkpoint::load(folder / "half.npz").get("training", resumed);
  const bool as_saved = resumed.weights == half.weights && resumed.generator == half.generator;
  CHECK(as_saved);
  resumed.train(2);
  const bool same = resumed.weights == whole.weights;
  CHECK(same);
  const bool moments = resumed.learner.rules[0].parts[0].moments == whole.learner.rules[0].parts[0].moments &&
                       resumed.learner.rules[1].bias == whole.learner.rules[1].bias;
  CHECK(moments);
  const bool trained = resumed.weights == Training(optimizer, 1).weights;
  CHECK(!trained);
}

}  // namespace

TEST_CASE("training resumes bit for bit, in the middle of a window", "[network]") {
  goes_on(Adam<float>{.rate = 0.01f}, Adam<float>{.rate = 0.5f});  // the rate is saved too
  goes_on(AdaMax<float>{.rate = 0.01f}, AdaMax<float>{.rate = 0.5f});
}

TEST_CASE("a checkpoint of another network is refused and changes nothing", "[network]") {
  const support::TemporaryFolder folder;
  const Adam<float> optimizer;
  Training saved(optimizer, 1), other(optimizer, 2, make(8));
  Checkpoint file;
  file.put("training", saved);
  file.save(folder / "a.npz");
  const Checkpoint loaded = Checkpoint::load(folder / "a.npz");
  const auto before = other.weights;
  const std::string error = error_of([&] { loaded.get("training", other); });
  CHECK(contains(error, "a.npz: 'training/weights/0/projection/weight' is float32 of shape (7, 150)"));
  CHECK(contains(error, "expected float32 of shape (8, 150)"));
  const bool same = other.weights == before;
  CHECK(same);
  // Windows of other lengths hold other credit.
  Training wider(optimizer, 2, make(), 7);
  CHECK(contains(error_of([&] { loaded.get("training", wider); }), "credit/0/projection/delta"));
  // Momentum has no second moments.
  Training momentum(Momentum<float>{}, 2);
  CHECK(contains(error_of([&] { loaded.get("training", momentum); }),
                 "training/learner/rules/0/parts/0/moments"));
}
