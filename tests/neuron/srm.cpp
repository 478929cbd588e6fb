#include <limits>
#include <neohebb/neuron/srm.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/fir.hpp>
#include <neohebb/trace/sum.hpp>
#include <vector>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/kernels.hpp"
#include "reference/message.hpp"
#include "reference/neurons.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

namespace {

/// The neuron against R[t] = −ρ η(S[t−1]) with η one plain trace per neuron and sample.
template <class S> void check_refractory(const auto& neuron, auto plain_eta) {
  auto state = neuron.zero_state(Extent{3}, Extent{2});
  std::vector<decltype(plain_eta)> eta(6, plain_eta);
  Matrix<S> spikes = Matrix<S>::Zero(3, 2);
  Index count = 0;
  for (std::uint32_t t = 0; t < 50; ++t) {
    const Matrix<S> drive = laws::uniform<S>(3, 2, t, -0.5, 1);
    neuron.step(state, drive);
    Matrix<S> u(3, 2);
    for (Index k = 0; k < 6; ++k)
      u(k) = drive(k) - neuron.refractory_weight * eta[static_cast<std::size_t>(k)].step(spikes(k));
    CHECK(laws::deviation(state.potential, u) <= laws::rounding<S>);
    spikes = (u.array() > 0).template cast<S>().matrix();
    REQUIRE(state.spikes.dense() == spikes);
    count += state.spikes.count();
  }
  CHECK((count > 20 && count < 290));
}

}  // namespace

TEMPLATE_TEST_CASE(
    "an SRM neuron is the published recursion: epsilon of its inputs, eta of its own old spikes", "[neuron]",
    float, double) {
  using S = TestType;
  const DoubleExponential<S> epsilon{};
  const Srm<S> neuron{};
  const Matrix<S> w = laws::uniform<S>(3, 4, 100, -4, 8);
  const Vector<S> bias = laws::uniform<S>(3, 1, 101, -0.1, 0.1);
  auto pre = epsilon.zero_state(Extent{4}, Extent{1});
  auto state = neuron.zero_state(Extent{3}, Extent{1});
  std::vector<reference::MembraneTrace<S>> p(4, {S(0.97), S(0.92)});
  std::vector<reference::PlainSrm<S>> plain(3, {S(0.65), S(1)});
  Index count = 0;
  for (std::uint32_t t = 0; t < 100; ++t) {
    const Matrix<S> in = laws::zero_one<S>(4, 1, t, 0.5);
    epsilon.step(pre, in);
    const Matrix<S> drive = w * epsilon.value(pre) + bias;
    neuron.step(state, drive);
    for (Index j = 0; j < 4; ++j) p[static_cast<std::size_t>(j)].step(in(j));
    for (Index i = 0; i < 3; ++i) {
      auto& one = plain[static_cast<std::size_t>(i)];
      S current = bias(i);
      for (Index j = 0; j < 4; ++j) current += w(i, j) * p[static_cast<std::size_t>(j)].p;
      one.step(current);
      CHECK(std::abs(state.potential(i) - one.u) < 10 * laws::rounding<S>);
      REQUIRE(state.spikes.dense()(i) == S(one.spike));
    }
    count += state.spikes.count();
  }
  CHECK((count > 20 && count < 290));
}

TEMPLATE_TEST_CASE("any kernel can be the refractory one", "[neuron]", float, double) {
  using S = TestType;
  check_refractory<S>(Srm<S>{.refractory_weight = S(2)}, reference::LeakyTrace<S>{S(0.65), S(1 - S(0.65))});
  using Unnormalised = Exponential<S>;
  check_refractory<S>(Srm<S>{.refractory = Unnormalised{.decay = S(0.5), .normalised = false}},
                      reference::LeakyTrace<S>{S(0.5), S(1)});
  using Cascade = DoubleExponential<S>;
  const Srm<S, Cascade> slow{.refractory = {.normalised = false}, .refractory_weight = S(0.1)};
  check_refractory<S>(slow, reference::MembraneTrace<S>{S(0.97), S(0.92), false});
  const std::vector<S> samples{S(1), S(0.5), S(-0.2)};
  const Fir<S> fir{.kernel = Vector<S>{{S(1), S(0.5), S(-0.2)}}};
  check_refractory<S>(Srm<S, Fir<S>>{.refractory = fir}, reference::FirTrace<S>{samples});
}

TEMPLATE_TEST_CASE("a refractory kernel may be a sum of kernels", "[neuron]", float, double) {
  using S = TestType;
  struct Both {
    reference::LeakyTrace<S> slow{S(0.9), S(1 - S(0.9))};
    reference::FirTrace<S> sampled{{S(1), S(0.5)}};
    S step(S s) { return 2 * slow.step(s) + S(0.5) * sampled.step(s); }
  };
  using Eta = Sum<Exponential<S>, Fir<S>>;
  const Eta eta{{Exponential<S>{.decay = S(0.9)}, Fir<S>{.kernel = Vector<S>{{S(1), S(0.5)}}}},
                {S(2), S(0.5)}};
  check_refractory<S>(Srm<S, Eta>{.refractory = eta}, Both{});
}

TEMPLATE_TEST_CASE("refractory decays may differ from neuron to neuron", "[neuron]", float, double) {
  using S = TestType;
  const Vector<S> decays{{S(0.3), S(0.65), S(0.9)}};
  const Srm<S, Exponential<S, Vector<S>>> many{.refractory = {.decay = decays}};
  auto state = many.zero_state(Extent{3}, Extent{2});
  std::vector<reference::PlainSrm<S>> plain;
  for (Index k = 0; k < 6; ++k) plain.push_back({decays(k % 3), S(1)});
  for (std::uint32_t t = 0; t < 50; ++t) {
    const Matrix<S> drive = laws::uniform<S>(3, 2, t, -0.5, 1);
    many.step(state, drive);
    for (Index k = 0; k < 6; ++k) {
      auto& one = plain[static_cast<std::size_t>(k)];
      one.step(drive(k));
      CHECK(std::abs(state.potential(k) - one.u) < laws::rounding<S>);
      REQUIRE(state.spikes.dense()(k) == S(one.spike));
    }
  }
  CHECK(contains(message_of([&] { many.zero_state(Extent{4}, Extent{1}); }),
                 "Exponential.decay holds 3 decays, the population has 4 neurons"));
}

TEMPLATE_TEST_CASE("an SRM neuron's parameters are refused by name", "[neuron]", float, double) {
  using S = TestType;
  for (const S bad : {std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::infinity()})
    CHECK(contains(message_of([=] { Srm<S>{.refractory_weight = bad}.zero_state(Extent{1}, Extent{1}); }),
                   "Srm.refractory_weight is "));
  CHECK(contains(message_of([] { Srm<S>{.refractory = {.decay = S(-1)}}.validate(); }),
                 "Exponential.decay is -1"));
  CHECK(contains(
      message_of([] { Srm<S, Exponential<S>, EscapeNoise<S>>{.spike = {.temperature = S(-2)}}.validate(); }),
      "EscapeNoise.temperature is -2"));
}

TEMPLATE_TEST_CASE("an SRM neuron refuses a drive of another shape with both", "[neuron]", float, double) {
  using S = TestType;
  const Srm<S> neuron;
  auto state = neuron.zero_state(Extent{3}, Extent{2});
  const auto refusal = [&](Index rows, Index cols) {
    return message_of([&] { neuron.step(state, Matrix<S>::Zero(rows, cols)); });
  };
  CHECK(refusal(3, 2) == "accepted");
  CHECK(refusal(4, 2) == "neohebb: Srm drive is 4 x 2, expected 3 x 2");
  CHECK(refusal(3, 1) == "neohebb: Srm drive is 3 x 1, expected 3 x 2");
}
