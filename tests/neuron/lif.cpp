#include <neohebb/neuron/lif.hpp>
#include <vector>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/neurons.hpp"

using namespace neohebb;

namespace {

/// A population and as many plain neurons, both driven by the same currents.
template <class S> void check_against_plain_loop(const Lif<S>& neuron) {
  auto state = neuron.zero_state(Extent{3}, Extent{2});
  auto fixed = neuron.zero_state(Extent<3>{}, Extent<2>{});
  std::vector<reference::PlainLif<S>> plain(6, reference::PlainLif<S>(neuron));
  Index spikes = 0;
  for (std::uint32_t t = 0; t < 80; ++t) {
    const Matrix<S> drive = laws::uniform<S>(3, 2, t, -0.3, 1.1);
    neuron.step(state, drive);
    neuron.step(fixed, Matrix<S, 3, 2>(drive));
    Matrix<S> u(3, 2), v(3, 2), spike(3, 2), loud(3, 2), mask = Matrix<S>::Ones(3, 2);
    neuron.mask_refractory(state, mask);
    for (Index k = 0; k < 6; ++k) {
      auto& one = plain[static_cast<std::size_t>(k)];
      one.step(drive(k));
      u(k) = one.potential;
      v(k) = one.v;
      spike(k) = S(one.spike);
      loud(k) = S(!one.silent);
    }
    REQUIRE(state.spikes.dense() == spike);
    CHECK(mask == loud);
    CHECK(laws::deviation(state.potential, u) <= laws::rounding<S>);
    CHECK(laws::deviation(state.membrane, v) <= laws::rounding<S>);
    REQUIRE(fixed.spikes.dense() == spike);
    CHECK(laws::deviation(fixed.potential, u) <= laws::rounding<S>);
    spikes += state.spikes.count();
  }
  CHECK((spikes > 20 && spikes < 400));
}

}  // namespace

TEMPLATE_TEST_CASE("LIF neurons are a plain loop, for every reset, refractory period, adaptation and rest",
                   "[neuron]", float, double) {
  using S = TestType;
  for (const Reset reset : {Reset::to_zero, Reset::to_rest, Reset::to_value, Reset::by_threshold,
                            Reset::by_base_threshold, Reset::by_threshold_later})
    for (const bool integrates : {false, true})
      for (const int refractory_steps : {0, 1, 3})
        for (const S adaptation : {S(0), S(0.4)})
          for (const S rest : {S(0), S(-0.7)})
            check_against_plain_loop(Lif<S>{.decay = S(0.85),
                                            .threshold = S(0.9),
                                            .rest = rest,
                                            .reset = reset,
                                            .reset_value = S(-0.2),
                                            .refractory_steps = refractory_steps,
                                            .integrates_while_refractory = integrates,
                                            .adaptation_decay = S(0.8),
                                            .adaptation_strength = adaptation});
}
