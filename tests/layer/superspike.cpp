// What SuperSpike's neurons and networks do, step by step.
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/layer/superspike.hpp>

#include "catch.hpp"
#include "reference/superspike.hpp"
#include "support/superspike.hpp"

using namespace neohebb;
using support::SpikeList;

static_assert(Layer<SuperSpikeLayer<float>> && Layer<SuperSpikeLayer<double, 3, 2>>);

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
SuperSpikeLayer<double> single() { return {.in = 1, .out = 1}; }
SuperSpikeLayer<double>::Weights strong(double w = 0.06) { return {Matrix<double>::Constant(1, 1, w)}; }
const SpikeList none, one = {0};

}  // namespace

TEST_CASE("networks do what the equations say, spike by spike and gradient by gradient", "[superspike]") {
  const auto net = support::lively_network<double>();
  auto weights = net.initial_weights(Generator{.seed = 5});
  auto state = net.zero_state();
  auto plain = net.learner(RMaxProp<double>{}, PerSynapse{});
  auto exchanged = net.learner(RMaxProp<double>{});
  reference::SuperSpikeTwoLayers twin({}, as_table(weights.layers[0].weight),
                                      as_table(weights.layers[1].weight));
  const Index steps = net.window_steps();
  Index spikes = 0;
  support::random_steps(0, steps, 13, 5, [&](Index, const auto& in, const auto& target) {
    net.step(weights, state, in);
    net.credit(weights, state, plain, target);
    net.credit(weights, state, exchanged, target);
    twin.step(as_flags(in, 13), as_flags(target, 5));
    REQUIRE(as_flags(net.spikes(state, 0).active(0), 37) == twin.hidden.fired);
    REQUIRE(as_flags(net.spikes(state).active(0), 5) == twin.output.fired);
    spikes += net.spikes(state, 0).count() + net.spikes(state).count();
  });
  REQUIRE(spikes > 20);
  net.update(weights, plain);
  net.update(weights, exchanged);
  const Matrix<double> hidden = as_matrix(twin.hidden.sum) / -double(steps),
                       output = as_matrix(twin.output.sum) / -double(steps);
  REQUIRE(hidden.cwiseAbs().maxCoeff() > 0);
  CHECK(support::relative(plain.credits[0].last_gradient(), hidden) < 1e-11);
  CHECK(support::relative(plain.credits[1].last_gradient(), output) < 1e-11);
  CHECK(support::relative(exchanged.credits[0].last_gradient(), hidden) < 1e-11);
  CHECK(support::relative(exchanged.credits[1].last_gradient(), output) < 1e-11);
}

TEST_CASE("a spike acts 0.8 ms after it was fired", "[superspike]") {
  const auto layer = single();
  const auto w = strong();
  auto state = layer.zero_state();
  for (Index t = 0; t <= 8; ++t) {
    layer.step(w, state, t == 0 ? one : none);
    CHECK(state.current[0] == (t == 8 ? 0.06 : 0.0));
    CHECK(layer.potential(state)(0) == layer.rule.rest);
  }
  layer.step(w, state, none);  // the potential sees the current one step later
  CHECK(layer.potential(state)(0) == Approx(-0.06 + 0.01 * 0.06));
  CHECK(state.current[0] == Approx(0.06 * std::exp(-0.02)));
}

TEST_CASE("after a spike the potential is held at rest for 5 ms", "[superspike]") {
  const auto layer = single();
  const auto w = strong(0.002);
  auto state = layer.zero_state();
  Index fired = -1, t = 0;
  for (; fired < 0 && t < 200; ++t) {
    layer.step(w, state, one);
    if (layer.spikes(state).count() == 1) fired = t;
  }
  REQUIRE(fired > 0);
  for (Index held = 0; held < 50; ++held) {
    CHECK(layer.potential(state)(0) == layer.rule.rest);
    layer.step(w, state, one);
    CHECK(layer.spikes(state).count() == 0);
  }
  CHECK(layer.potential(state)(0) == layer.rule.rest);
  layer.step(w, state, one);
  CHECK(layer.potential(state)(0) > layer.rule.rest);
}

TEST_CASE("own spikes are sources of a recurrent layer, an axonal delay later", "[superspike]") {
  SuperSpikeLayer<double> layer = single();
  layer.recurrent = true;
  auto w = layer.initial_weights(Generator{.seed = 1});
  w.weight << 0.1, -0.05;
  auto state = layer.zero_state();
  Index fired = -1;
  for (Index t = 0; t < 300; ++t) {
    layer.step(w, state, t < 5 ? one : none);
    const auto arriving = layer.arriving(state);
    const bool own = std::find(arriving.begin(), arriving.end(), 1) != arriving.end();
    if (layer.spikes(state).count() == 1) fired = t;
    CHECK(own == (fired >= 0 && t == fired + 8));
  }
  CHECK(fired > 0);
}

TEST_CASE("each synapse delays by its own number of steps", "[superspike]") {
  SuperSpikeLayer<double> layer{.in = 1, .out = 3, .synaptic_delay = 1e-3};
  auto w = layer.initial_weights(Generator{.seed = 1});
  w.weight.setConstant(0.01);
  w.delay << 0, 3, 10;
  auto state = layer.zero_state();
  for (Index t = 0; t < 25; ++t) {
    layer.step(w, state, t == 0 ? one : none);
    for (Index i = 0; i < 3; ++i) CHECK((state.current[i] > 0) == (t >= 8 + w.delay(i)));
  }
  CHECK(layer.initial_weights(Generator{.seed = 2}).delay.maxCoeff() <= 10);
}

TEST_CASE("fixed sizes compute what run-time sizes do", "[superspike]") {
  const SuperSpikeLayer<double> layer{.in = 4, .out = 3, .weight_scale = 0.3};
  const SuperSpikeLayer<double, 4, 3> fixed{.weight_scale = 0.3};
  const auto w = layer.initial_weights(Generator{.seed = 1});
  const auto same = fixed.initial_weights(Generator{.seed = 1});
  REQUIRE(w.weight == same.weight);
  auto state = layer.zero_state();
  auto other = fixed.zero_state();
  Spikes<double, 4, 1> in(Extent<4>{}, Extent<1>{});
  Index count = 0;
  for (Index t = 0; t < 2000; ++t) {
    const auto list = support::random_list(4, 0.02, t, 9);
    Vector<double, 4> dense = Vector<double, 4>::Zero();
    for (const auto j : list) dense[j] = 1;
    in.assign(dense);
    layer.step(w, state, list);
    fixed.step(same, other, in);
    REQUIRE(layer.potential(state) == fixed.potential(other));
    count += layer.spikes(state).count();
  }
  CHECK(count > 0);
}

TEST_CASE("rates are regularised by the fourth power of a neuron's own trace", "[superspike]") {
  auto layer = single();
  layer.rule.rate_regularisation = 2;
  const auto w = strong(0.1);
  auto state = layer.zero_state();
  SuperSpikeCredit<double, Exchanged> credit(layer, 300);
  const Vector<double> no_error = Vector<double>::Zero(1);
  double trace = 0, sum = 0;
  for (Index t = 0; t < 300; ++t) {
    layer.step(w, state, one);
    credit.note(layer, w, state, no_error);
    trace = trace * std::exp(-1e-3) + double(layer.spikes(state).count());
    sum += std::pow(trace, 4);
  }
  REQUIRE(sum > 1);
  CHECK(credit.gradient(layer, w)(0) == Approx(2 * 0.1 * sum / 300));
}

TEST_CASE("a learner that was saved in the middle of a window goes on as if it had not been",
          "[superspike]") {
  auto net = support::lively_network<double>();
  for (auto& layer : net.layers) layer.synaptic_delay = layer.rule.eligibility_delay = 1e-3;
  auto weights = net.initial_weights(Generator{.seed = 5});
  auto state = net.zero_state();
  const auto check = [&](auto form) {
    auto learner = net.learner(RMaxProp<double>{}, form);
    support::random_steps(0, 1000, 13, 5, [&](Index, const auto& in, const auto& target) {
      net.learn(weights, state, learner, in, target);
    });
    Checkpoint file;
    file.put("learner", learner);
    file.put("weights", weights);
    auto resumed = net.learner(RMaxProp<double>{}, form);
    auto same_weights = net.initial_weights(Generator{.seed = 6});
    file.get("learner", resumed);
    file.get("weights", same_weights);
    auto same_state = state;
    support::random_steps(1000, 2000, 13, 5, [&](Index, const auto& in, const auto& target) {
      net.learn(weights, state, learner, in, target);
      net.learn(same_weights, same_state, resumed, in, target);
    });
    CHECK(same_weights == weights);
  };
  check(PerSynapse{});
  check(Exchanged{});
}
