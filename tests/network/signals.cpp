// Learning signals of any kind in a network: steps that ask for nothing, quiet beginnings, smaller batches, refusals.
#include <neohebb/core/parallel.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/label_projection.hpp>
#include <neohebb/network/parallel.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using S = double;
using M = Matrix<S>;

namespace {
constexpr Index inputs = 8, units = 6, outputs = 2, steps = 25;
using Neuron = Lif<S, Heaviside, S, Vector<S>>;

Neuron neuron() {
  return {.decay = 0.8,
          .threshold = 0.5,
          .reset = Reset::by_threshold_later,
          .adaptation_decay = 0.9,
          .adaptation_strength = Vector<S>::Constant(units, 0.1)};
}
template <class P, class L, class Form = Exchanged>
PlasticLayer<P, Neuron, Peaked<S>, Eprop<S>, L, Form> layer_of(const L& signal) {
  return {.projection = {.connectivity = {inputs, units}, .trace = {.decay = 0.8}},
          .neuron = neuron(),
          .surrogate = {.height = 0.3, .width = 1},
          .eligibility = {.adaptation_decay = 0.9, .readout_decay = 0.7},
          .signal = signal};
}
auto eprop() {
  return Network{layer_of<EventDriven<Pulses<S>>>(Broadcast<S>{.outputs = outputs}),
                 EpropReadout<S>{.projection = {.connectivity = {units, outputs}, .trace = {.decay = 0.7}}}};
}
void show(Index t, Index first, Spikes<S>& in) {
  M numbers(in.neurons(), in.batch());
  Generator{.seed = 5}.at_step(t).at_sample(first).uniform(numbers);
  in.assign(numbers.array() < 0.4);
}
M target(Index batch) { return laws::uniform<S>(outputs, batch, 9, -1, 1); }
M weight(const auto& net, const auto& weights) {
  return std::get<0>(net.layers).projection.weight(std::get<0>(weights).projection);
}
}  // namespace

TEMPLATE_TEST_CASE("a network credits a step without a target where its layer remembers it", "[network]",
                   Dense<Pulses<S>>, EventDriven<Pulses<S>>) {
  const auto layer = layer_of<TestType>(LabelProjection<S>{.classes = outputs});
  const Network net{layer};
  const auto w = net.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
  auto a = net.zero_state(Extent{3});
  auto b = layer.zero_state(Extent{3});
  auto learner = net.learner(Sgd<S>{1}, Extent{3}, steps);
  auto credit = layer.zero_credit(Extent{3}, steps);
  Spikes<S> in(inputs, Index{3});
  for (Index t = 0; t < steps; ++t) {
    show(t, 0, in);
    net.step(w, a, in);
    layer.step(std::get<0>(w), b, in);
    if (t % 3 == 2) {
      net.credit(w, a, target(3), learner);
      layer.credit(std::get<0>(w), b, target(3), credit);
    } else {
      net.credit(w, a, NoTarget{}, learner);
      layer.credit(std::get<0>(w), b, NoTarget{}, credit);
    }
  }
  auto& [of_net] = learner.credit;
  const M x = layer.gradient(std::get<0>(w), std::get<0>(a), of_net).weight,
          y = layer.gradient(std::get<0>(w), b, credit).weight;
  CHECK(x == y);
  CHECK(x.cwiseAbs().maxCoeff() > 0);
}

TEST_CASE("a quiet beginning is steps without a target, in one window with those that have one",
          "[network]") {
  const auto net = eprop();
  const Index batch = 4;
  auto by_hand = net.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
  const auto begin = by_hand;
  auto state = net.zero_state(Extent{batch});
  auto learner = net.learner(Sgd<S>{0.1}, Extent{batch}, steps);
  Spikes<S> in(inputs, batch);
  S loss = 0;
  for (Index t = 0; t < steps; ++t) {
    show(t, 0, in);
    net.step(by_hand, state, in);
    if (t < 20)
      net.credit(by_hand, state, NoTarget{}, learner);
    else
      loss += net.credit(by_hand, state, target(batch), learner);
  }
  net.update(by_hand, state, learner);
  CHECK(laws::deviation(weight(net, by_hand), weight(net, begin)) > 1e-3);
  for (const int threads : {1, 2})
    for (const Index chunk : {Index{4}, Index{3}}) {
      ThreadTeam team(threads);
      const Parallel parallel(net, team, chunk);
      auto weights = begin;
      auto together = parallel.zero_state(batch);
      auto rules = parallel.learner(Sgd<S>{0.1}, batch, steps);
      const auto& losses = parallel.learn(weights, together, rules,
                                          {.steps = steps, .burn_in = 0, .window = steps, .quiet = 20}, {},
                                          show, target(batch));
      CHECK(laws::deviation(weight(net, weights), weight(net, by_hand)) < 1e-12);
      CHECK(losses.back() * 5 == Approx(loss).epsilon(1e-12));
    }
  CHECK_THROWS_AS((Presentation{.steps = 10, .burn_in = 4, .window = 6, .quiet = 6}.validate()),
                  std::invalid_argument);
}

TEST_CASE("a course's last batch may be smaller", "[network]") {
  const auto net = eprop();
  ThreadTeam team(2);
  const Parallel parallel(net, team, 4);
  const Presentation whole{.steps = steps, .burn_in = 0, .window = steps};
  auto one = net.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
  auto other = one;
  auto roomy = parallel.learner(Sgd<S>{0.1}, 10, steps), exact = parallel.learner(Sgd<S>{0.1}, 6, steps);
  for (const Index batch : {Index{6}, Index{10}, Index{6}}) {
    auto state = parallel.zero_state(batch);
    parallel.learn(one, state, roomy, whole, {}, show, target(batch));
    if (batch == 10) {
      auto full = parallel.learner(Sgd<S>{0.1}, 10, steps);
      parallel.learn(other, state, full, whole, {}, show, target(batch));
    } else {
      parallel.learn(other, state, exact, whole, {}, show, target(batch));
    }
    CHECK(one == other);
  }
  auto state = parallel.zero_state(12);
  CHECK(reference::contains(
      reference::message_of([&] { parallel.learn(one, state, roomy, whole, {}, show, target(12)); }),
      "made for fewer samples than 12"));
}

TEST_CASE("without carrying, every window begins anew, by both algorithms", "[network]") {
  const auto gradients = [](auto layer) {
    layer.carries = false;
    const auto w = layer.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
    auto state = layer.zero_state(Extent{2});
    auto credit = layer.zero_credit(Extent{2}, 5);
    auto learner = layer.learner(Sgd<S>{0});
    Spikes<S> in(inputs, Index{2});
    std::vector<M> all;
    auto weights = w;
    for (Index t = 0; t < 15; ++t) {
      show(t, 0, in);
      layer.step(weights, state, in);
      layer.credit(weights, state, target(2), credit);
      if (t % 5 != 4) continue;
      all.push_back(layer.gradient(weights, state, credit).weight);
      layer.update(weights, state, credit, learner);
    }
    return all;
  };
  const LabelProjection<S> signal{.classes = outputs};
  const auto a = gradients(layer_of<Dense<Pulses<S>>, LabelProjection<S>, PerSynapse>(signal));
  const auto b = gradients(layer_of<Dense<Pulses<S>>, LabelProjection<S>, Exchanged>(signal));
  for (std::size_t k = 0; k < a.size(); ++k) {
    CHECK(a[k].cwiseAbs().maxCoeff() > 0);
    CHECK(laws::deviation(a[k], b[k]) < 1e-13);
  }
}

TEST_CASE("feedback that is a copy of the readout's weights is made again after each update", "[network]") {
  const Broadcast<S> signal{.outputs = 20};
  const Extent<> neurons(6);
  auto weights = signal.initial_weights(neurons, Generator{});
  auto state = signal.zero_state(neurons, Extent{1});
  struct Own {
    Spikes<S> spikes{Index{6}, Index{1}};
  } own;
  const Lif<S> lif;
  M error = M::Zero(20, 1), heard(6, 1), readout = laws::uniform<S>(20, 6, 1, -1, 1);
  error(3) = 1;
  const auto send = [&](const auto& target, bool moved) {
    signal(weights, state, target, Population{lif, own, NoSurrogate<S>{}, S(1), moved}, heard);
  };
  send(ReadoutError{error, readout}, true);
  send(ReadoutError{error, readout}, false);
  CHECK(laws::deviation(heard, M(readout.row(3).transpose())) == 0);
  readout *= 2;  // an update; the next window begins with a step that asks for nothing
  send(NoTarget{}, true);
  send(ReadoutError{error, readout}, false);
  CHECK(laws::deviation(heard, M(readout.row(3).transpose())) == 0);
}

TEST_CASE("what does not fit together is refused, with both numbers", "[network]") {
  using reference::contains;
  const auto of = [](auto&& make) { return reference::message_of(make); };
  auto net = eprop();
  auto& hidden = std::get<0>(net.layers);
  const auto initial = [&] { net.initial_weights(ScaledNormal<S>{}, Generator{}); };
  hidden.signal = {.outputs = 50, .feedback = Feedback::adaptive};
  CHECK(contains(of(initial), "Broadcast.outputs is 50, but the network's last layer has 2 outputs"));
  hidden.signal.outputs = Extent<>(outputs);
  CHECK(of(initial) == "accepted");
  hidden.eligibility.adaptation_decay = 0.8;
  CHECK(contains(of(initial), "adaptation_decay is 0.8, neurons adapt with 0.9"));
  hidden.eligibility.adaptation_decay = 0.9;
  hidden.neuron.adaptation_strength = {};
  CHECK(contains(of([&] { net.learner(Sgd<S>{}, Extent{1}, steps); }), "Lif.adaptation_strength"));
  // A deep network: only the layer below the readout can have its weights transposed.
  const auto below = layer_of<EventDriven<Pulses<S>>>(Broadcast<S>{.outputs = outputs});
  auto above = below;
  above.projection.connectivity = {units, 4};
  above.neuron.adaptation_strength = Vector<S>::Zero(4);
  Network deep{below, above,
               EpropReadout<S>{.projection = {.connectivity = {4, outputs}, .trace = {.decay = 0.7}}}};
  CHECK(contains(of([&] { deep.initial_weights(ScaledNormal<S>{}, Generator{}); }),
                 "for the layer below the readout, which has 4 inputs; this one has 6 neurons"));
  std::get<0>(deep.layers).signal.feedback = Feedback::random;
  CHECK(of([&] { deep.initial_weights(ScaledNormal<S>{}, Generator{}); }) == "accepted");
  // A readout that keeps three weights for each of its inputs has no Wᵀ.
  Broadcast<S> signal{.outputs = outputs};
  auto feedback = signal.initial_weights(Extent{units}, Generator{});
  const M kept = M::Zero(3, units);
  CHECK(contains(of([&] { signal.attach_readout(feedback, kept, outputs, units); }),
                 "this one keeps 3 x 6 weights for 2 outputs"));
  signal.feedback = Feedback::random;
  CHECK(of([&] { signal.attach_readout(feedback, kept, outputs, units); }) == "accepted");
}
