// What SuperSpike's neurons and networks do, step by step.
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/layer/superspike.hpp>

#include "catch.hpp"
#include "reference/superspike.hpp"
#include "support/superspike.hpp"

using namespace neohebb;
using support::SpikeList;

static_assert(LearningLayer<SuperSpikeHidden<float>> && LearningLayer<SuperSpikeOutput<double, PerSynapse>>);

namespace {

reference::Table as_table(const Matrix<double>& m) {
  auto rows = reference::table(static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows[i].size(); ++j)
      rows[i][j] = m(static_cast<Index>(i), static_cast<Index>(j));
  return rows;
}
Matrix<double> as_matrix(const reference::Table& rows) {
  Matrix<double> m(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows[i].size(); ++j)
      m(static_cast<Index>(i), static_cast<Index>(j)) = rows[i][j];
  return m;
}
reference::Flags as_flags(std::span<const std::int32_t> list, Index n) {
  reference::Flags flags(static_cast<std::size_t>(n), 0);
  for (const auto i : list) flags[static_cast<std::size_t>(i)] = 1;
  return flags;
}

/// One input, one neuron, a weight of 60 mV: it spikes soon after an input spike.
const SuperSpike<double> rule{};
SuperSpikeOutput<double> single(const SuperSpike<double>& with = rule) { return with.output({1}, {1}); }
SuperSpikeOutput<double>::Weights strong(double w = 0.06) {
  return {single().projection.weights(Matrix<double>::Constant(1, 1, w), Vector<double>::Zero(1)), {}};
}
Spikes<double, Dynamic, 1> spikes_of(const SpikeList& list) {
  Spikes<double, Dynamic, 1> spikes(1, Extent<1>{});
  spikes.assign_lists([&](Index) { return list; });
  return spikes;
}
const auto none = spikes_of({}), one = spikes_of({0});
const auto membrane = [](const auto& state) { return state.neuron.membrane(0); };

}  // namespace

TEST_CASE("networks do what the equations say, spike by spike and gradient by gradient", "[superspike]") {
  const auto check = [](auto form) {
    const auto short_rule = support::short_windows<double>();
    const auto net = support::lively_network(short_rule, form);
    const auto weights = support::lively_weights(net);
    auto state = net.zero_state(Extent<1>{});
    const Index steps = short_rule.window_steps();
    auto learner = net.learner(RMaxProp<double>{}, Extent<1>{}, steps);
    reference::SuperSpikeTwoLayers twin({}, as_table(std::get<0>(weights).projection.copy().weight),
                                        as_table(std::get<1>(weights).projection.copy().weight));
    constexpr std::integral_constant<std::size_t, 0> first{};
    constexpr std::integral_constant<std::size_t, 1> second{};
    Index spikes = 0;
    support::random_steps<double>(0, steps, 13, 5, [&](Index, const auto& in, const auto& target) {
      net.step(weights, state, in);
      net.credit(weights, state, target, learner);
      twin.step(as_flags(in.active(0), 13), as_flags(target.active(0), 5));
      REQUIRE(as_flags(net.spikes(state, first).active(0), 37) == twin.hidden.fired);
      REQUIRE(as_flags(net.spikes(state, second).active(0), 5) == twin.output.fired);
      spikes += net.spikes(state, first).count() + net.spikes(state, second).count();
    });
    REQUIRE(spikes > 20);
    const Matrix<double> hidden = as_matrix(twin.hidden.sum) / -double(steps),
                         output = as_matrix(twin.output.sum) / -double(steps);
    REQUIRE(hidden.cwiseAbs().maxCoeff() > 0);
    CHECK(support::relative(support::gradient_of(net, weights, state, learner, first).weight, hidden) <
          1e-11);
    CHECK(support::relative(support::gradient_of(net, weights, state, learner, second).weight, output) <
          1e-11);
  };
  check(PerSynapse{});
  check(Exchanged{});
}

TEST_CASE("a spike acts 0.8 ms after it was fired", "[superspike]") {
  const auto layer = single();
  const auto w = strong();
  auto state = layer.zero_state(Extent<1>{});
  for (Index t = 0; t <= 8; ++t) {
    layer.step(w, state, t == 0 ? one : none);
    CHECK(state.neuron.current(0) == (t == 8 ? 0.06 : 0.0));
    CHECK(membrane(state) == rule.rest);
  }
  layer.step(w, state, none);  // the potential sees the current one step later
  CHECK(membrane(state) == Approx(-0.06 + 0.01 * 0.06));
  CHECK(state.neuron.current(0) == Approx(0.06 * std::exp(-0.02)));
}

TEST_CASE("after a spike the potential is held at rest for 5 ms", "[superspike]") {
  const auto layer = single();
  const auto w = strong(0.002);
  auto state = layer.zero_state(Extent<1>{});
  Index fired = -1, t = 0;
  for (; fired < 0 && t < 200; ++t) {
    layer.step(w, state, one);
    if (layer.spikes(state).count() == 1) fired = t;
  }
  REQUIRE(fired > 0);
  for (Index held = 0; held < 50; ++held) {
    CHECK(membrane(state) == rule.rest);
    layer.step(w, state, one);
    CHECK(layer.spikes(state).count() == 0);
  }
  CHECK(membrane(state) == rule.rest);
  layer.step(w, state, one);
  CHECK(membrane(state) > rule.rest);
}

TEST_CASE("own spikes are sources of a recurrent layer, an axonal delay later", "[superspike]") {
  const auto check = [](const SuperSpike<double>& of, Index later) {
    const WithRecurrence<SuperSpikeSynapses<double>> synapses{of.synapses({1}, {1}), of.lateral({1})};
    const auto layer = of.layer(synapses, of.target());
    auto w = layer.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
    const auto given = [](const auto& projection, double weight) {
      return projection.weights(Matrix<double>::Constant(1, 1, weight), Vector<double>::Zero(1));
    };
    w.projection = {given(synapses.forward, 0.1), given(synapses.lateral, -0.05)};
    auto state = layer.zero_state(Extent<1>{});
    Index fired = -1;
    for (Index t = 0; t < 300; ++t) {
      layer.step(w, state, t < 5 ? one : none);
      const double own = state.projection.lateral_drive(0);
      CHECK(own == (fired >= 0 && t == fired + later ? -0.05 : 0));
      if (layer.spikes(state).count() == 1) fired = t;
    }
    CHECK(fired > 0);
  };
  check(rule, 8);
  check({.axonal_delay = 1e-4}, 1);
  check({.axonal_delay = 0}, 1);  // no sooner than in the next step
}

TEST_CASE("each synapse delays by its own number of steps", "[superspike]") {
  auto synapses = support::delayed(rule, 1, 3, 10);
  synapses.projection.connectivity = delayed_synapses(Matrix<std::int32_t>{{0}, {3}, {10}}, 10);
  const auto layer = rule.layer(synapses, rule.target());
  const auto w = layer.initial_weights([](auto& weight, const Generator&) { weight.setConstant(0.01); },
                                       Generator{.seed = 1});
  auto state = layer.zero_state(Extent<1>{});
  for (Index t = 0; t < 25; ++t) {
    layer.step(w, state, t == 0 ? one : none);
    Index i = 0;
    for (const Index delay : {0, 3, 10}) CHECK((state.neuron.current(i++) > 0) == (t >= 8 + delay));
  }
}

TEST_CASE("fixed sizes compute what run-time sizes do", "[superspike]") {
  const auto layer = rule.output({4}, {3});
  using Fixed = Delayed<EventDriven<CurrentPulses<double>, AllToAll<4, 3>, Bounds<double>>>;
  const Fixed synapses{.projection = {.trace = rule.trace(), .constraint = rule.bounds(), .bias = false},
                       .steps = layer.projection.steps};
  const auto fixed = rule.layer(synapses, rule.target());
  const auto w = layer.initial_weights(ScaledNormal<double>{0.3}, Generator{.seed = 1});
  const auto same = fixed.initial_weights(ScaledNormal<double>{0.3}, Generator{.seed = 1});
  REQUIRE(w.projection.copy().weight == same.projection.copy().weight);
  auto state = layer.zero_state(Extent<1>{});
  auto other = fixed.zero_state(Extent<1>{});
  Spikes<double, Dynamic, 1> in(4, Extent<1>{});
  Spikes<double, 4, 1> fixed_in({}, {});
  Index count = 0;
  for (Index t = 0; t < 2000; ++t) {
    const auto list = [t](Index) { return support::random_list(4, 0.02, t, 9); };
    in.assign_lists(list);
    fixed_in.assign_lists(list);
    layer.step(w, state, in);
    fixed.step(same, other, fixed_in);
    REQUIRE(state.neuron.membrane == other.neuron.membrane);
    count += layer.spikes(state).count();
  }
  CHECK(count > 0);
}

TEST_CASE("rates are regularised by the fourth power of a neuron's own trace", "[superspike]") {
  const SuperSpike<double> regularised{.window = 0.03, .rate_regularisation = 2};
  const auto layer = single(regularised);
  const auto w = strong(0.1);
  auto state = layer.zero_state(Extent<1>{});
  auto credit = layer.zero_credit(Extent<1>{}, 300);
  double trace = 0, sum = 0;
  for (Index t = 0; t < 300; ++t) {
    layer.step(w, state, one);
    layer.credit(w, state, NoTarget{}, credit);
    trace = trace * std::exp(-1e-3) + double(layer.spikes(state).count());
    sum += std::pow(trace, 4);
  }
  REQUIRE(sum > 1);
  CHECK(layer.gradient(w, state, credit).weight(0) == Approx(2 * 0.1 * sum / 300));
}

TEST_CASE("a learner that was saved in the middle of a window goes on as if it had not been",
          "[superspike]") {
  const auto check = [](auto form) {
    auto with = support::short_windows<double>();
    with.rate_regularisation = 1e-3;
    with.feedback_delay = 1e-3;
    const Network net{with.layer(support::delayed(with, 13, 37, 10), with.hidden_signal({5}), form),
                      with.output({37}, {5}, form)};
    auto weights = support::lively_weights(net, support::scale_for(10));
    auto state = net.zero_state(Extent<1>{});
    const Index window = with.window_steps();
    auto learner = net.learner(RMaxProp<double>{}, Extent<1>{}, window);
    const auto learn = [&](auto& w, auto& s, auto& l, Index t, const auto& in, const auto& target) {
      net.step(w, s, in);
      net.credit(w, s, target, l);
      if ((t + 1) % window == 0) net.update(w, s, l);
    };
    support::random_steps<double>(0, 1000, 13, 5, [&](Index t, const auto& in, const auto& target) {
      learn(weights, state, learner, t, in, target);
    });
    Checkpoint file;
    file.put("learner", learner);
    file.put("weights", weights);
    auto resumed = net.learner(RMaxProp<double>{}, Extent<1>{}, window);
    auto same_weights = support::lively_weights(net, 0.2, 6);
    const auto others = same_weights;
    file.get("learner", resumed);
    file.get("weights", same_weights);
    auto same_state = state;
    support::random_steps<double>(1000, 2000, 13, 5, [&](Index t, const auto& in, const auto& target) {
      learn(weights, state, learner, t, in, target);
      learn(same_weights, same_state, resumed, t, in, target);
    });
    CHECK((same_weights == weights));
    CHECK_FALSE((same_weights == others));
  };
  check(PerSynapse{});
  check(Exchanged{});
}
