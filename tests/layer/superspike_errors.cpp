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
using Net = SuperSpikeNetwork<double>;

/// What a network says after `change`.
std::string said(auto&& change) {
  Net net = support::lively_network<double>();
  change(net);
  return message_of([&] { net.zero_state(); });
}
std::string said_of_rule(auto&& change) {
  return said([&](Net& net) { change(net.layers[0].rule); });
}

}  // namespace

TEST_CASE("rules without sense are refused", "[superspike]") {
  using Rule = SuperSpikeRule;
  CHECK(said_of_rule([](Rule&) {}) == "accepted");
  CHECK(contains(said_of_rule([](Rule& r) { r.dt = 0; }), "dt is 0 s, must be positive"));
  CHECK(contains(said_of_rule([](Rule& r) { r.dt = not_a_number; }), "dt is nan"));
  CHECK(contains(said_of_rule([](Rule& r) { r.tau_mem = 5e-5; }),
                 "tau_mem is 5e-05 s, must be finite and not shorter than the time step of 1e-04 s"));
  CHECK(contains(said_of_rule([](Rule& r) { r.tau_syn = -1; }), "tau_syn is -1 s"));
  CHECK(contains(said_of_rule([](Rule& r) { r.tau_rate = infinity; }), "tau_rate is inf s"));
  CHECK(contains(said_of_rule([](Rule& r) { r.threshold = -0.07; }),
                 "threshold is -0.07 V, must lie above SuperSpikeRule.rest = -0.06 V"));
  CHECK(contains(said_of_rule([](Rule& r) { r.rest = not_a_number; }), "rest = nan"));
  CHECK(contains(said_of_rule([](Rule& r) { r.refractory = -1e-3; }),
                 "refractory is -0.001 s, must not be negative"));
  CHECK(contains(said_of_rule([](Rule& r) { r.axonal_delay = not_a_number; }), "axonal_delay is nan s"));
  CHECK(contains(said_of_rule([](Rule& r) { r.eligibility_delay = -1; }), "eligibility_delay is -1 s"));
  CHECK(contains(said_of_rule([](Rule& r) { r.steepness = 0; }), "steepness is 0 per volt"));
  CHECK(contains(said_of_rule([](Rule& r) { r.silent_below = not_a_number; }), "silent_below is nan"));
  CHECK(contains(said_of_rule([](Rule& r) { r.rate_regularisation = -1; }), "rate_regularisation is -1"));
}

TEST_CASE("networks without sense are refused", "[superspike]") {
  CHECK(contains(said([](Net& n) { n.layers.clear(); }), "has no layers"));
  CHECK(contains(said([](Net& n) { n.layers[0].in = 0; }), "SuperSpikeLayer.in is 0, must be at least 1"));
  CHECK(contains(said([](Net& n) { n.layers[1].in = 36; }),
                 "layer 1 takes 36 inputs, the layer before it has 37 neurons"));
  CHECK(contains(said([](Net& n) { n.layers[1].rule.dt = 2e-4; }),
                 "layer 1 has steps of 2e-04 s, layer 0 of 1e-04 s"));
  CHECK(contains(said([](Net& n) { n.window = 4e-5; }), "window is 4e-05 s, shorter than a step of 1e-04 s"));
  CHECK(contains(said([](Net& n) { n.window = 6e-5; }), "shorter than a step"));
  CHECK(contains(said([](Net& n) { n.window = -0.5; }), "window is -0.5 s, must not be negative"));
  CHECK(contains(said([](Net& n) { n.window = not_a_number; }), "window is nan s"));
  CHECK(contains(said([](Net& n) { n.feedback_delay = -1e-3; }), "feedback_delay is -0.001 s"));
  CHECK(contains(said([](Net& n) { n.bounds = {0.01, 0.1}; }), "from 0.01 to 0.1 V exclude zero"));
  CHECK(contains(said([](Net& n) { n.bounds = {-0.1, -0.01}; }), "exclude zero"));
  CHECK(contains(said([](Net& n) { n.bounds = {0.1, -0.1}; }), "lies above"));
  CHECK(contains(said([](Net& n) { n.bounds = {not_a_number, 0.1}; }), "nan"));
  CHECK(contains(said([](Net& n) { n.layers[0].weight_scale = not_a_number; }), "weight_scale is nan V"));
  CHECK(contains(said([](Net& n) { n.layers[0].synaptic_delay = -1; }), "synaptic_delay is -1 s"));
}

TEST_CASE("spikes and weights that do not fit are refused", "[superspike]") {
  Net net = support::lively_network<double>();
  const auto weights = net.initial_weights(Generator{.seed = 1});
  const auto stepped = [&](const Net::Weights& w, const auto& in) {
    auto state = net.zero_state();
    return message_of([&] { net.step(w, state, in); });
  };
  CHECK(stepped(weights, SpikeList{0, 12}) == "accepted");
  CHECK(contains(stepped(weights, SpikeList{13}), "a spike of neuron 13, there are neurons 0 to 12"));
  CHECK(contains(stepped(weights, SpikeList{-1}), "a spike of neuron -1"));
  CHECK(contains(stepped(weights, SpikeList(14, 0)), "each can spike once"));
  CHECK(contains(stepped(weights, Spikes<double>(Extent{13}, Extent{2})), "2 samples"));
  auto broken = weights;
  broken.layers[0].weight(3, 4) = not_a_number;
  CHECK(contains(stepped(broken, SpikeList{}), "NaN"));
  broken.layers[0].weight.resize(37, 12);
  CHECK(contains(stepped(broken, SpikeList{}), "37 x 12, expected 37 x 13"));
  broken = weights;
  broken.layers[0].delay.setConstant(37, 13, 3);
  CHECK(contains(stepped(broken, SpikeList{}), "delays range from 3 to 3 steps, must be from 0 to 0"));
  broken.layers[0].delay.setZero();
  CHECK(contains(stepped(broken, SpikeList{}), "synaptic_delay = 0 leaves no room"));
  broken = weights;
  broken.layers[0].weight(3, 4) = not_a_number;
  {
    auto again = net.zero_state();
    for (int t = 0; t < 2; ++t)  // what was refused once is refused again
      CHECK(contains(message_of([&] { net.step(broken, again, SpikeList{}); }), "NaN"));
    Net random = net;
    random.feedback = Feedback::random;
    auto taught = random.learner(RMaxProp<double>{});
    CHECK(contains(message_of([&] { random.credit(weights, again, taught, SpikeList{}); }),
                   "weights with feedback to 0 hidden layers"));
  }

  auto state = net.zero_state();
  auto learner = net.learner(RMaxProp<double>{});
  CHECK(contains(message_of([&] { net.credit(weights, state, learner, SpikeList{5}); }),
                 "a spike of neuron 5"));
  CHECK(contains(message_of([&] { net.layers[0].zero_state(Extent{2}); }), "a state of 2 samples"));
}

TEST_CASE("a window is as long as its room", "[superspike]") {
  const SuperSpikeLayer<double> layer{.in = 1, .out = 1};
  const auto w = layer.initial_weights(Generator{.seed = 1});
  auto state = layer.zero_state();
  const Vector<double> e = Vector<double>::Zero(1);
  SuperSpikeCredit<double, Exchanged> credit(layer, 3);
  for (int t = 0; t < 3; ++t) credit.note(layer, w, state, e);
  CHECK(contains(message_of([&] { credit.note(layer, w, state, e); }),
                 "3 steps were noted and there is room for 3"));
  credit.gradient(layer, w);
  CHECK(message_of([&] { credit.note(layer, w, state, e); }) == "accepted");
  CHECK(contains(message_of([&] { SuperSpikeCredit<double, PerSynapse>(layer, 0); }), "a window of 0 steps"));
}

TEST_CASE("an update before any step leaves what the synapses remember", "[superspike]") {
  const SuperSpikeLayer<double> layer{.in = 2, .out = 3};
  const auto w = layer.initial_weights(Generator{.seed = 1});
  auto state = layer.zero_state();
  const Vector<double> e = Vector<double>::Ones(3);
  SuperSpikeCredit<double, Exchanged> credit(layer, 40), paused = credit;
  for (int t = 0; t < 120; ++t) {
    layer.step(w, state, t % 10 == 0 ? SpikeList{0, 1} : SpikeList{});
    credit.note(layer, w, state, e);
    paused.note(layer, w, state, e);
    if (t % 40 != 39) continue;
    CHECK(credit.gradient(layer, w) == paused.gradient(layer, w));
    CHECK(paused.gradient(layer, w).isZero(0));  // nothing was noted since
  }
}
