// Layers of different rules in one network: each learns as it does elsewhere.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/frozen.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;

namespace {

using S = double;
constexpr Index inputs = 30, below = 20, units = 16, classes = 3, batch = 6;
using Decolle = DecolleLayer<EventDriven<DoubleExponential<S>>>;
const Decolle first{.projection = {.connectivity = {inputs, below}, .trace = {0.6, 0.4}},
                    .signal = {.classes = classes}};
const Presentation shown{.steps = 12, .burn_in = 2, .window = 5};

auto e_prop() {
  const Pulses<S> membrane{.decay = 0.8};
  return EpropLayer<S, Exchanged, NoSelf>{
      .projection = {.forward = {.connectivity = {below, units}, .trace = membrane},
                     .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
      .neuron = {.decay = 0.8, .threshold = 0.3, .adaptation_strength = Vector<S>::Zero(units)},
      .signal = {.outputs = classes, .feedback = Feedback::random}};
}
auto readout() {
  return EpropReadout<S, CrossEntropy<S>>{.projection = {.connectivity = {units, classes}, .trace = {0.9}}};
}
template <class Net> auto learned(const Net& net) {
  ThreadTeam team(2);
  const Parallel parallel(net, team, 4);
  auto weights = net.initial_weights(ScaledNormal<S>{6}, Generator{.seed = 3});
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(Adam<S>{.rate = 0.01}, batch, shown.window);
  const auto target = support::labels<S>(classes, batch);
  for (Index k = 0; k < 3; ++k)
    parallel.learn(
        weights, state, learner, shown, Generator{.seed = 5}.at_sample(k * batch),
        [k](Index t, Index from, auto& in) { support::NoisyInput{}(t, k * batch + from, in); }, target);
  return weights;
}

}  // namespace

TEST_CASE("a DECOLLE layer below an e-prop one learns what it learns alone, to the bit", "[network]") {
  const auto together = learned(Network{first, e_prop(), readout()});
  const auto alone = learned(Network{first});
  CHECK(std::get<0>(together).projection.copy().weight == std::get<0>(alone).projection.copy().weight);
  const auto untrained =
      Network{first, e_prop(), readout()}.initial_weights(ScaledNormal<S>{6}, Generator{.seed = 3});
  CHECK_FALSE(std::get<1>(together).projection == std::get<1>(untrained).projection);
  CHECK_FALSE(std::get<2>(together).projection == std::get<2>(untrained).projection);
}

TEST_CASE("e-prop learns over features that stand still", "[network]") {
  using Features = Frozen<EventDriven<Pulses<S>>>;
  using Own = EventDriven<Pulses<S>, AllToAll<>, NoSelf>;
  const Pulses<S> membrane{.decay = 0.8};
  const auto check = [&](auto form) {
    const PlasticLayer<WithRecurrence<Features, Own>, Lif<S>, Peaked<S>, Eprop<S>, Broadcast<S>,
                       decltype(form)>
        layer{.projection = {.forward = {{.connectivity = {inputs, units}, .trace = membrane}},
                             .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
              .neuron = {.decay = 0.8, .threshold = 0.3},
              .signal = {.outputs = classes}};
    const Network net{layer, readout()};
    const auto before = net.initial_weights(ScaledNormal<S>{6}, Generator{.seed = 3});
    const auto after = learned(net);
    CHECK(std::get<0>(after).projection.forward == std::get<0>(before).projection.forward);
    CHECK_FALSE(std::get<0>(after).projection.lateral == std::get<0>(before).projection.lateral);
  };
  check(Exchanged{});
  check(PerSynapse{});
}
