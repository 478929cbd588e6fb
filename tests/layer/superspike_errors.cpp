// What SuperSpike refuses, and what it says.
#include <limits>
#include <neohebb/layer/superspike.hpp>

#include "catch.hpp"
#include "reference/message.hpp"
#include "support/superspike.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;
using support::SpikeList;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(),
                 infinity = std::numeric_limits<double>::infinity();
using Rule = SuperSpike<double>;

/// What a rule says after `change`, whatever it is to make.
std::string said(auto&& change) {
  Rule rule = support::short_windows<double>();
  change(rule);
  const std::string hidden = message_of([&] { rule.hidden({13}, {37}, {5}); });
  CHECK(hidden == message_of([&] { rule.output({37}, {5}); }));
  CHECK(hidden == message_of([&] { rule.validate(); }));
  return hidden;
}
Spikes<double, Dynamic, 1> spikes_of(Index neurons, const SpikeList& list) {
  Spikes<double, Dynamic, 1> spikes(neurons, Extent<1>{});
  spikes.assign_lists([&](Index) { return list; });
  return spikes;
}

}  // namespace

TEST_CASE("rules without sense are refused", "[superspike]") {
  CHECK(said([](Rule&) {}) == "accepted");
  CHECK(contains(said([](Rule& r) { r.dt = 0; }), "dt is 0 s, must be positive"));
  CHECK(contains(said([](Rule& r) { r.dt = not_a_number; }), "dt is nan"));
  CHECK(contains(said([](Rule& r) { r.tau_mem = 5e-5; }),
                 "tau_mem is 5e-05 s, must be finite and not shorter than the time step of 1e-04 s"));
  CHECK(contains(said([](Rule& r) { r.tau_syn = -1; }), "tau_syn is -1 s"));
  CHECK(contains(said([](Rule& r) { r.tau_rate = infinity; }), "tau_rate is inf s"));
  CHECK(contains(said([](Rule& r) { r.threshold = -0.07; }),
                 "threshold is -0.07 V, must lie above SuperSpike.rest = -0.06 V"));
  CHECK(contains(said([](Rule& r) { r.rest = not_a_number; }), "rest = nan"));
  CHECK(
      contains(said([](Rule& r) { r.refractory = -1e-3; }), "refractory is -0.001 s, must not be negative"));
  CHECK(contains(said([](Rule& r) { r.axonal_delay = not_a_number; }), "axonal_delay is nan s"));
  CHECK(contains(said([](Rule& r) { r.error_delay = -1; }), "error_delay is -1 s"));
  CHECK(contains(said([](Rule& r) { r.feedback_delay = -1e-3; }), "feedback_delay is -0.001 s"));
  CHECK(contains(said([](Rule& r) { r.steepness = 0; }), "steepness is 0 per volt"));
  CHECK(contains(said([](Rule& r) { r.silent_below = not_a_number; }), "silent_below is nan"));
  CHECK(contains(said([](Rule& r) { r.rate_regularisation = -1; }), "rate_regularisation is -1"));
  CHECK(
      contains(said([](Rule& r) { r.window = 4e-5; }), "window is 4e-05 s, shorter than a step of 1e-04 s"));
  CHECK(contains(said([](Rule& r) { r.window = 6e-5; }), "shorter than a step"));
  CHECK(contains(said([](Rule& r) { r.window = -0.5; }), "window is -0.5 s, must not be negative"));
  CHECK(contains(said([](Rule& r) { r.window = not_a_number; }), "window is nan s"));
  CHECK(contains(said([](Rule& r) { r.bound = 0; }), "bound is 0 V, must be finite and positive"));
  CHECK(contains(said([](Rule& r) { r.bound = -0.1; }), "bound is -0.1 V"));
  CHECK(contains(said([](Rule& r) { r.bound = not_a_number; }), "bound is nan V"));
}

TEST_CASE("networks without sense are refused", "[superspike]") {
  const Rule rule;
  CHECK(contains(message_of([] { Network{std::vector<SuperSpikeOutput<double>>{}}; }), "without layers"));
  CHECK(contains(message_of([&] { Network{rule.output({0}, {5})}; }), "must be at least 1"));
  CHECK(contains(message_of([&] {
                   Network{rule.hidden({13}, {37}, {0}), rule.output({37}, {5})};
                 }),
                 "Broadcast.outputs is 0"));
  CHECK(contains(message_of([&] {
                   Network{rule.hidden({13}, {37}, {5}), rule.output({36}, {5})};
                 }),
                 "layer 1 takes 36 inputs, the layer before has 37 units"));
  auto layer = rule.output({13}, {5});
  layer.projection.projection.constraint = {0.1, -0.1};
  CHECK(contains(message_of([&] { Network{layer}; }), "lies above"));
  layer.projection.projection.constraint = {not_a_number, 0.1};
  CHECK(contains(message_of([&] { Network{layer}; }), "nan"));
  layer = rule.output({13}, {5});
  layer.projection.steps = -1;
  CHECK(contains(message_of([&] { Network{layer}; }), "Delayed.steps is -1"));
  CHECK(contains(message_of([] { delayed_synapses(Matrix<std::int32_t>::Constant(37, 13, 3), 0); }),
                 "a delay is 3 steps, must be at most the spread, 0"));
}

TEST_CASE("spikes and weights that do not fit are refused", "[superspike]") {
  const auto net = support::lively_network<double>();
  const auto weights = support::lively_weights(net);
  const auto stepped = [&](const auto& w, const auto& in) {
    auto state = net.zero_state(Extent<1>{});
    return message_of([&] { net.step(w, state, in); });
  };
  CHECK(stepped(weights, spikes_of(13, {0, 12})) == "accepted");
  CHECK(contains(message_of([] { spikes_of(13, {13}); }), "a spike of neuron 13, there are neurons 0 to 12"));
  CHECK(contains(message_of([] { spikes_of(13, {-1}); }), "a spike of neuron -1"));
  CHECK(contains(message_of([] { spikes_of(13, SpikeList(14, 0)); }), "each at most once"));
  CHECK(contains(stepped(weights, spikes_of(14, {13})), "14 x 1, expected 13 x 1"));
  CHECK(contains(stepped(weights, Spikes<double>(Extent{13}, Extent{2})), "13 x 2, expected 13 x 1"));
  const Rule rule;
  const auto& synapses = std::get<0>(net.layers).projection;
  Matrix<double> broken = std::get<0>(weights).projection.copy().weight;
  broken(3, 4) = not_a_number;
  for (int t = 0; t < 2; ++t)  // what was refused once is refused again
    CHECK(contains(message_of([&] { synapses.weights(broken, Vector<double>::Zero(37)); }), "NaN"));
  auto others = weights;
  std::get<0>(others).projection =
      rule.synapses({12}, {37}).initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
  const auto none = spikes_of(13, {});
  for (int t = 0; t < 2; ++t) CHECK(contains(stepped(others, none), "37 x 12, expected 37 x 13"));
  {
    const auto random = support::lively_network(rule, Exchanged{}, Feedback::random);
    auto state = random.zero_state(Extent<1>{});
    auto taught = random.learner(RMaxProp<double>{}, Extent<1>{}, 3);
    CHECK(contains(message_of([&] { random.credit(weights, state, spikes_of(5, {}), taught); }),
                   "feedback weights is 0 x 0, expected 37 x 5"));
  }
  auto state = net.zero_state(Extent<1>{});
  auto learner = net.learner(RMaxProp<double>{}, Extent<1>{}, 3);
  CHECK(contains(message_of([&] { net.credit(weights, state, spikes_of(6, {5}), learner); }),
                 "target is 6 x 1, expected 5 x 1"));
  const auto credited = [&](const Matrix<double>& target) {
    return message_of([&] { net.credit(weights, state, target, learner); });
  };
  CHECK(contains(credited(Matrix<double>::Constant(5, 1, 0.5)), "neither 0 nor 1"));
  CHECK(contains(credited(Matrix<double>::Constant(5, 1, not_a_number)), "neither 0 nor 1"));
}

TEST_CASE("a window is as long as its room", "[superspike]") {
  const auto check = [](auto form) {
    const auto layer = Rule{}.output({1}, {1}, form);
    auto w = layer.initial_weights(ScaledNormal<double>{0.05}, Generator{.seed = 1});
    auto state = layer.zero_state(Extent<1>{});
    auto credit = layer.zero_credit(Extent<1>{}, 3);
    const auto note = [&] {
      layer.step(w, state, spikes_of(1, {}));
      layer.credit(w, state, spikes_of(1, {}), credit);
    };
    for (int t = 0; t < 3; ++t) note();
    CHECK(contains(message_of(note), "a window of 3 steps was to note one more"));
    layer.gradient(w, state, credit);
    layer.projection.finish_update(w.projection, [&](auto&& use) { use(credit.projection); });
    CHECK(message_of(note) == "accepted");
    CHECK(contains(message_of([&] { layer.zero_credit(Extent<1>{}, 0); }),
                   "steps per update is 0, must be at least 1"));
  };
  check(Exchanged{});
  check(PerSynapse{});
}

TEST_CASE("an update before any step leaves what the synapses remember", "[superspike]") {
  const auto check = [](auto form) {
    const auto layer = Rule{.window = 4e-3}.output({2}, {3}, form);
    auto w = layer.initial_weights(ScaledNormal<double>{0.05}, Generator{.seed = 1});
    const auto before = w;
    auto state = layer.zero_state(Extent<1>{}), other = state;
    auto credit = layer.zero_credit(Extent<1>{}, 40), paused = credit;
    auto learner = layer.learner(RMaxProp<double>{});
    const auto forget = [&](auto& c) {
      layer.projection.finish_update(w.projection, [&](auto&& use) { use(c.projection); });
    };
    for (int t = 0; t < 120; ++t) {
      const auto in = spikes_of(2, t % 10 == 0 ? SpikeList{0, 1} : SpikeList{});
      const auto wanted = spikes_of(3, {0, 1, 2});
      layer.step(w, state, in);
      layer.credit(w, state, wanted, credit);
      layer.step(w, other, in);
      layer.credit(w, other, wanted, paused);
      if (t % 40 != 39) continue;
      const auto gradient = layer.gradient(w, state, credit).weight;
      CHECK_FALSE(gradient.isZero(0));
      CHECK(gradient == layer.gradient(w, other, paused).weight);
      forget(credit);
      forget(paused);
      CHECK(layer.gradient(w, other, paused).weight.isZero(0));  // nothing was noted since
      layer.update(w, other, paused, learner);
      CHECK((w == before));
    }
  };
  check(Exchanged{});
  check(PerSynapse{});
}
