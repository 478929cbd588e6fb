// What e-prop's layers promise besides numbers: batches, what they refuse, checkpoints within a window.
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

namespace {

using S = double;
using M = Matrix<S>;
constexpr Index inputs = 8, units = 10, outputs = 2, steps = 20;

template <class Form> auto make(Feedback feedback = Feedback::symmetric) {
  const Pulses<S> membrane{.decay = 0.8};
  Vector<S> strength = Vector<S>::Zero(units);
  strength.tail(units / 2).setConstant(0.2);
  return Network{
      EpropLayer<S, Form, NoSelf>{
          .projection = {.forward = {.connectivity = {inputs, units}, .trace = membrane},
                         .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = 0.8,
                     .threshold = 0.5,
                     .reset = Reset::by_threshold_later,
                     .adaptation_strength = strength},
          .eligibility = {.readout_decay = 0.9},
          .signal = {.outputs = outputs, .feedback = feedback}},
      EpropReadout<S>{.projection = {.connectivity = {units, outputs}, .trace = {0.9}}}};
}
const auto& forward_of(const auto& gradient) { return gradient.forward.weight; }

/// The gradients of samples [first, first + n) together.
template <class Form> M gradient_of(Index first, Index n) {
  const auto net = make<Form>();
  auto weights = net.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
  auto state = net.zero_state(Extent{n});
  auto learner = net.learner(Sgd<S>{}, Extent{n}, steps);
  Spikes<S> in(inputs, n);
  for (std::uint32_t t = 0; t < steps; ++t) {
    in.assign(M(laws::zero_one<S>(inputs, 7, t).middleCols(first, n)));
    net.step(weights, state, in);
    net.credit(weights, state, M(laws::uniform<S>(outputs, 7, 100 + t).middleCols(first, n)), learner);
  }
  const auto g =
      std::get<0>(net.layers).gradient(std::get<0>(weights), std::get<0>(state), std::get<0>(learner.credit));
  M all(units, inputs + units);
  all << g.forward.weight, g.lateral.weight;
  return all;
}

}  // namespace

TEST_CASE("a batch of e-prop is its samples one by one", "[layer]") {
  const auto check = [](auto form) {
    using Form = decltype(form);
    M sum = M::Zero(units, inputs + units);
    for (Index b = 0; b < 7; ++b) sum += gradient_of<Form>(b, 1);
    CHECK(laws::deviation(gradient_of<Form>(0, 7), M(sum / 7)) < 1e-13);
    CHECK(sum.cwiseAbs().maxCoeff() > 0.01);
  };
  check(Exchanged{});
  check(PerSynapse{});
}

TEST_CASE("random feedback stands still, adaptive feedback moves as the readout's weights do", "[layer]") {
  for (const Feedback feedback : {Feedback::random, Feedback::uniform, Feedback::adaptive}) {
    const auto net = make<Exchanged>(feedback);
    auto weights = net.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
    auto state = net.zero_state(Extent{1});
    auto learner = net.learner(Sgd<S>{0.1}, Extent{1}, steps);
    const auto signal = [&] {
      M all(units, outputs), error(outputs, 1);
      for (Index k = 0; k < outputs; ++k) {
        error = M::Identity(outputs, outputs).col(k);
        const M& readout = net.layer(std::integral_constant<std::size_t, 1>{})
                               .projection.weight(std::get<1>(weights).projection);
        std::get<0>(net.layers)
            .evaluate(std::get<0>(weights), std::get<0>(state), ReadoutError{error, readout});
        all.col(k) = std::get<0>(state).signal;
      }
      return all;
    };
    const M before = signal(), readout = std::get<1>(weights).projection.copy().weight;
    Spikes<S> in(inputs, 1);
    for (std::uint32_t t = 0; t < steps; ++t) {
      in.assign(laws::zero_one<S>(inputs, 1, t));
      net.step(weights, state, in);
      net.credit(weights, state, M(laws::uniform<S>(outputs, 1, 100 + t)), learner);
    }
    net.update(weights, state, learner);
    const M moved = std::get<1>(weights).projection.copy().weight - readout;
    CHECK(moved.cwiseAbs().maxCoeff() > 1e-3);
    if (feedback == Feedback::adaptive)
      CHECK(laws::deviation(signal(), M(before + moved.transpose())) < 1e-14);
    else
      CHECK(signal() == before);
  }
}

TEST_CASE("e-prop's layers refuse what does not fit, with both numbers", "[layer]") {
  const auto net = make<Exchanged>();
  const auto& hidden = std::get<0>(net.layers);
  auto weights = net.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
  auto state = net.zero_state(Extent{2});
  auto learner = net.learner(Sgd<S>{}, Extent{2}, 3);
  Spikes<S> in(inputs, 2);
  const M target = M::Zero(outputs, 2);
  const auto step = [&] {
    net.step(weights, state, in);
    net.credit(weights, state, target, learner);
  };
  for (int t = 0; t < 3; ++t) step();
  CHECK(contains(message_of(step), "a credit made for a window of 3 steps was to note one more"));
  net.update(weights, state, learner);
  CHECK(message_of(step) == "accepted");
  M wrong = M::Zero(outputs + 1, 2), nan = target;
  nan(1, 1) = std::numeric_limits<S>::quiet_NaN();
  CHECK(contains(message_of([&] { net.credit(weights, state, wrong, learner); }), "LeakyReadout target"));
  CHECK(contains(message_of([&] { net.credit(weights, state, nan, learner); }), "LeakyReadout target"));
  auto hidden_credit = hidden.zero_credit(Extent{2}, 3);
  const M error = M::Zero(outputs, 3), few = M::Zero(outputs, units - 1);
  CHECK(contains(
      message_of([&] {
        hidden.credit(std::get<0>(weights), std::get<0>(state), ReadoutError{error, few}, hidden_credit);
      }),
      "Broadcast: an error"));
  const M right = M::Zero(outputs, 2);
  CHECK(contains(
      message_of([&] {
        hidden.credit(std::get<0>(weights), std::get<0>(state), ReadoutError{right, few}, hidden_credit);
      }),
      "Broadcast: a readout's weights"));
  auto other_batch = hidden.zero_credit(Extent{5}, 3);
  CHECK(contains(
      message_of([&] { hidden.credit(std::get<0>(weights), std::get<0>(state), NoTarget{}, other_batch); }),
      "PlasticLayer: the credit is made for 5 samples"));
  auto bad = hidden;
  bad.eligibility.readout_decay = 1.5;
  CHECK(contains(message_of([&] { bad.validate(); }), "Eprop.readout_decay is 1.5"));
  bad = hidden;
  bad.rate.strength = -1;
  CHECK(contains(message_of([&] { bad.validate(); }), "WindowRate.strength is -1"));
  bad = hidden;
  bad.signal.outputs = 0;
  CHECK(contains(message_of([&] { bad.validate(); }), "Broadcast.outputs"));
}

TEST_CASE("a window of e-prop goes on from a checkpoint to the same bits", "[layer]") {
  const auto check = [](auto form) {
    using Form = decltype(form);
    const auto net = make<Form>(Feedback::random);
    auto weights = net.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
    auto state = net.zero_state(Extent{2});
    auto learner = net.learner(Adam<S>{.rate = 0.01}, Extent{2}, 6);
    Spikes<S> in(inputs, 2);
    const auto run = [&](std::uint32_t begin, std::uint32_t end) {
      for (std::uint32_t t = begin; t < end; ++t) {
        in.assign(laws::zero_one<S>(inputs, 2, t));
        net.step(weights, state, in);
        net.credit(weights, state, M(laws::uniform<S>(outputs, 2, 100 + t)), learner);
        if ((t + 1) % 6 == 0) net.update(weights, state, learner);
      }
    };
    run(0, 12);
    const support::TemporaryFolder folder;
    Checkpoint saved;
    saved.put("weights", weights);
    saved.put("learner", learner);
    saved.save(folder / "eprop.npz");
    const auto state_then = state;
    run(12, 30);
    const auto expected = weights;
    auto fresh = net.learner(Adam<S>{.rate = 0.01}, Extent{2}, 6);
    const Checkpoint read = Checkpoint::load(folder / "eprop.npz");
    read.get("weights", weights);
    read.get("learner", fresh);
    learner = fresh;
    state = state_then;
    run(12, 30);
    CHECK(weights == expected);
  };
  check(Exchanged{});
  check(PerSynapse{});
}

TEST_CASE("a window that was given up leaves nothing behind", "[layer]") {
  const auto check = [](auto form) {
    const auto net = make<decltype(form)>(Feedback::symmetric);
    const auto& hidden = std::get<0>(net.layers);
    auto weights = net.initial_weights(ScaledNormal<S>{2}, Generator{.seed = 1});
    auto state = net.zero_state(Extent{1});
    auto given_up = net.learner(Sgd<S>{}, Extent{1}, steps);
    Spikes<S> in(inputs, 1);
    const auto run = [&](auto& learner, std::uint32_t from, std::uint32_t to) {
      for (std::uint32_t t = from; t < to; ++t) {
        in.assign(laws::zero_one<S>(inputs, 1, t));
        net.step(weights, state, in);
        net.credit(weights, state, M(laws::uniform<S>(outputs, 1, 100 + t)), learner);
      }
      return hidden.gradient(std::get<0>(weights), std::get<0>(state), std::get<0>(learner.credit));
    };
    for (std::uint32_t t = 0; t < 5; ++t) {
      in.assign(laws::zero_one<S>(inputs, 1, t));
      net.step(weights, state, in);
      net.credit(weights, state, M(laws::uniform<S>(outputs, 1, 100 + t)), given_up);
    }
    for_each_layer(net.layers, [&](auto i) {  // as Parallel does after an exception
      net.layer(i).finish_update(at(weights, i), [&](auto&& use) { use(at(given_up.credit, i)); });
    });
    auto fresh = net.learner(Sgd<S>{}, Extent{1}, steps);
    const auto before = state;
    const auto g = run(given_up, 5, 15);
    state = before;
    const auto h = run(fresh, 5, 15);
    CHECK(h.forward.weight.cwiseAbs().maxCoeff() > 0);
    CHECK(g.forward.weight == h.forward.weight);
    CHECK(g.lateral.weight == h.lateral.weight);
  };
  check(Exchanged{});
  check(PerSynapse{});
}
