#include <limits>
#include <neohebb/learning/three_factor.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/learning.hpp"
#include "reference/message.hpp"

using namespace neohebb;

namespace {

/// Change of one weight when the presynaptic neuron spikes at step `pre` and the postsynaptic at `post`.
template <class S> S change(const PairStdp<S>& rule, int pre, int post, S reward = 1) {
  auto state = rule.zero_state(Extent{1}, Extent{1}, Extent{1});
  Matrix<S> w = Matrix<S>::Zero(1, 1);
  for (int t = 0; t < 40; ++t)
    rule.step(w, state, laws::spikes<S>(Matrix<S>::Constant(1, 1, S(t == pre))),
              laws::spikes<S>(Matrix<S>::Constant(1, 1, S(t == post))), reward);
  return w(0, 0);
}

}  // namespace

TEMPLATE_TEST_CASE("pre before post potentiates, post before pre depresses, exponentially less with time",
                   "[learning]", float, double) {
  using S = TestType;
  const double tau = 20, decay = std::exp(-1 / tau);
  const Exponential<S> trace{.decay = S(decay), .normalised = false};
  const PairStdp<S> rule{.pre = trace, .post = trace};
  for (const int apart : {1, 2, 5, 20}) {
    // the trace is read before it decays: a pair one step apart counts in full
    CHECK(laws::relative_error(change(rule, 5, 5 + apart), 0.01 * std::pow(decay, apart - 1)) < 1e-5);
    CHECK(laws::relative_error(change(rule, 5 + apart, 5), -0.012 * std::pow(decay, apart - 1)) < 1e-5);
    CHECK(laws::relative_error(change(rule, 5, 5 + apart) / change(rule, 5, 6),
                               std::exp(-(apart - 1) / tau)) < 1e-5);
  }
}

TEMPLATE_TEST_CASE("coincident and single spikes change nothing", "[learning]", float, double) {
  const PairStdp<TestType> rule{};
  CHECK(change(rule, 7, 7) == 0);
  CHECK(change(rule, 7, -1) == 0);
  CHECK(change(rule, -1, 7) == 0);
}

TEMPLATE_TEST_CASE("a reward multiplies what spike timing asks for", "[learning]", float, double) {
  using S = TestType;
  const PairStdp<S> rule{};
  for (const S reward : {S(0), S(-2), S(0.5)}) {
    CHECK(change(rule, 5, 8, reward) == reward * change(rule, 5, 8));
    CHECK(change(rule, 8, 5, reward) == reward * change(rule, 8, 5));
  }
}

TEMPLATE_TEST_CASE("all pairs of spikes add up, over time, neurons and samples", "[learning]", float,
                   double) {
  using S = TestType;
  const Exponential<S> fast{.decay = S(0.7), .normalised = false}, slow{.decay = S(0.9), .normalised = false};
  const PairStdp<S> rule{.pre = fast, .post = slow, .potentiation = S(0.1), .depression = S(0.2)};
  constexpr int in = 3, out = 2, batch = 2, steps = 25;
  auto state = rule.zero_state(Extent{in}, Extent{out}, Extent{batch});
  auto fixed_state = rule.zero_state(Extent<in>{}, Extent<out>{}, Extent<batch>{});
  Matrix<S> w = laws::uniform<S>(out, in, 1), expected = w;
  Matrix<S, out, in> fixed = w;
  const auto pre = [](int t) { return laws::zero_one<S>(in, batch, static_cast<std::uint32_t>(t)); };
  const auto post = [](int t) { return laws::zero_one<S>(out, batch, static_cast<std::uint32_t>(100 + t)); };
  for (int t = 0; t < steps; ++t) {
    rule.step(w, state, laws::spikes<S>(pre(t)), laws::spikes<S>(post(t)));
    rule.step(fixed, fixed_state, laws::spikes<S>(pre(t)), laws::spikes<S>(post(t)));
  }
  for (int t = 0; t < steps; ++t)
    for (int u = 0; u < t; ++u)
      for (Index i = 0; i < out; ++i)
        for (Index j = 0; j < in; ++j)
          for (Index b = 0; b < batch; ++b) {
            expected(i, j) += S(0.1) * std::pow(S(0.7), S(t - u - 1)) * post(t)(i, b) * pre(u)(j, b);
            expected(i, j) -= S(0.2) * std::pow(S(0.9), S(t - u - 1)) * post(u)(i, b) * pre(t)(j, b);
          }
  CHECK(laws::deviation(w, expected) <= 10 * laws::rounding<S>);
  CHECK(laws::deviation(fixed, expected) <= 10 * laws::rounding<S>);
}

TEMPLATE_TEST_CASE("spike timing's parameters are refused by name", "[learning]", float, double) {
  using S = TestType;
  using reference::contains;
  const auto refusal = [](const PairStdp<S>& rule) {
    return reference::message_of([&] { rule.zero_state(Extent{1}, Extent{1}, Extent{1}); });
  };
  CHECK(contains(refusal({.potentiation = std::numeric_limits<S>::quiet_NaN()}),
                 "PairStdp: amplitudes are nan"));
  CHECK(contains(refusal({.depression = std::numeric_limits<S>::infinity()}), "must be finite"));
  CHECK(contains(refusal({.pre = {.decay = S(-1)}}), "Exponential.decay is -1"));
}

TEST_CASE("pair-based STDP refuses weights of other populations", "[learning]") {
  const PairStdp<double> rule;
  auto state = rule.zero_state(Extent{3}, Extent{2}, Extent{1});
  const Spikes<double> pre(3, 1), post(2, 1);
  Matrix<double> none, turned = Matrix<double>::Zero(3, 2);
  CHECK(reference::message_of([&] { rule.step(none, state, pre, post); }) ==
        "neohebb: PairStdp weight is 0 x 0, expected 2 x 3");
  CHECK(reference::message_of([&] { rule.step(turned, state, pre, post); }) ==
        "neohebb: PairStdp weight is 3 x 2, expected 2 x 3");
}
