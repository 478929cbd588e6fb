#include <limits>
#include <neohebb/neuron/lif.hpp>
#include <vector>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

namespace {

/// Steps at which one neuron under constant drive spikes.
template <class S> std::vector<int> spike_times(const Lif<S>& neuron, S drive, int steps) {
  auto state = neuron.zero_state(Extent{1}, Extent{1});
  std::vector<int> times;
  for (int t = 1; t <= steps; ++t) {
    neuron.step(state, Matrix<S>::Constant(1, 1, drive));
    if (state.spikes.count() > 0) times.push_back(t);
  }
  return times;
}

}  // namespace

TEMPLATE_TEST_CASE("a LIF neuron's rate follows its closed f-I curve", "[neuron]", float, double) {
  using S = TestType;
  // v after k steps is I(1 − λᵏ)/(1 − λ): the first k that takes it above θ is the interval between spikes.
  for (const int refractory : {0, 4})
    for (const double drive : {0.06, 0.11, 0.153, 0.27, 0.51, 0.9, 1.3}) {
      const Lif<S> neuron{.decay = S(0.95), .refractory_steps = refractory};
      const double k = std::floor(std::log(1 - 0.05 / drive) / std::log(0.95)) + 1;
      const auto times = spike_times(neuron, S(drive), 200);
      REQUIRE(times.size() >= 3);
      CHECK(times[0] == int(k));
      for (std::size_t n = 1; n < times.size(); ++n) CHECK(times[n] - times[n - 1] == int(k) + refractory);
    }
  CHECK(spike_times(Lif<S>{.decay = S(0.95)}, S(0.0499), 1000).empty());  // below the rheobase
}

TEMPLATE_TEST_CASE("a refractory membrane is held for n steps and loses their input", "[neuron]", float,
                   double) {
  using S = TestType;
  const Lif<S> neuron{.decay = 1, .rest = S(-0.5), .reset = Reset::to_rest, .refractory_steps = 2};
  auto state = neuron.zero_state(Extent{1}, Extent{1});
  const auto step = [&](double drive) {
    neuron.step(state, Matrix<S>::Constant(1, 1, S(drive)));
    return state.spikes.count();
  };
  CHECK(step(2) == 1);
  CHECK(state.potential(0, 0) == S(0.5));  // the potential that made the spike
  for (int held = 0; held < 2; ++held) {
    CHECK(step(100) == 0);
    CHECK(state.membrane(0, 0) == S(-0.5));
    CHECK(state.potential(0, 0) == S(-1.5));
  }
  CHECK(step(0.25) == 0);
  CHECK(state.membrane(0, 0) == S(-0.25));  // nothing of the 200 is left
  CHECK(step(2) == 1);
}

TEMPLATE_TEST_CASE("a reset by the threshold keeps what went beyond it", "[neuron]", float, double) {
  using S = TestType;
  const auto after = [](Reset reset) {
    const Lif<S> neuron{.rest = S(-0.25), .reset = reset};
    auto state = neuron.zero_state(Extent{1}, Extent{1});
    neuron.step(state, Matrix<S>::Constant(1, 1, S(1.75)));
    CHECK(state.spikes.count() == 1);
    return state.membrane(0, 0);
  };
  CHECK(after(Reset::by_threshold) == S(0.5));
  CHECK(after(Reset::to_zero) == 0);
  CHECK(after(Reset::to_rest) == S(-0.25));
}

TEMPLATE_TEST_CASE("an adaptive threshold rises one step after a spike, and slows the neuron down",
                   "[neuron]", float, double) {
  using S = TestType;
  const Lif<S> neuron{.decay = 0, .adaptation_decay = S(0.5), .adaptation_strength = S(0.25)};
  auto state = neuron.zero_state(Extent{1}, Extent{1});
  const Matrix<S> strong = Matrix<S>::Constant(1, 1, S(1.125));
  const double potentials[] = {0.125, -0.125, 0.0, 0.0625, -0.15625};  // U = 1.125 − 1 − b, b of old spikes
  const int spikes[] = {1, 0, 0, 1, 0};
  for (int t = 0; t < 5; ++t) {
    neuron.step(state, strong);
    CHECK(state.potential(0, 0) == S(potentials[t]));
    CHECK(state.spikes.count() == spikes[t]);
  }
  const auto plain = spike_times(Lif<S>{}, S(0.4), 200),
             adaptive = spike_times(Lif<S>{.adaptation_strength = S(0.1)}, S(0.4), 200);
  REQUIRE(adaptive.size() > 4);
  CHECK(adaptive.size() < plain.size());
  const std::size_t n = adaptive.size();
  CHECK(adaptive[n - 1] - adaptive[n - 2] > adaptive[1] - adaptive[0]);
}

TEMPLATE_TEST_CASE("LIF neurons with one decay each are scalar ones row by row", "[neuron]", float, double) {
  using S = TestType;
  const Vector<S> decays{{S(0.5), S(0.9), S(0.99)}};
  for (const int refractory : {0, 2}) {
    const Lif<S, Heaviside, Vector<S>> many{
        .decay = decays, .rest = S(-0.5), .reset = Reset::to_rest, .refractory_steps = refractory};
    auto state = many.zero_state(Extent{3}, Extent{2});
    for (Index i = 0; i < 3; ++i) {
      const Lif<S> one{
          .decay = decays(i), .rest = S(-0.5), .reset = Reset::to_rest, .refractory_steps = refractory};
      auto alone = one.zero_state(Extent{1}, Extent{2});
      state = many.zero_state(Extent{3}, Extent{2});
      for (std::uint32_t t = 0; t < 40; ++t) {
        const Matrix<S> drive = laws::uniform<S>(3, 2, t, 0, 1);
        many.step(state, drive);
        one.step(alone, drive.row(i));
        CHECK(laws::deviation(state.potential.row(i), alone.potential) <= laws::rounding<S>);
        CHECK(state.spikes.dense().row(i) == alone.spikes.dense());
      }
    }
  }
}

TEMPLATE_TEST_CASE("a LIF neuron's parameters are refused by name", "[neuron]", float, double) {
  using S = TestType;
  const S nan = std::numeric_limits<S>::quiet_NaN(), infinity = std::numeric_limits<S>::infinity();
  const auto refusal = [](const Lif<S>& neuron) {
    return message_of([&] { neuron.zero_state(Extent{1}, Extent{1}); });
  };
  CHECK(refusal({}) == "accepted");
  CHECK(contains(refusal({.decay = S(-0.5)}), "Lif.decay is -0.5"));
  CHECK(contains(refusal({.decay = nan}), "Lif.decay is nan"));
  CHECK(contains(refusal({.adaptation_decay = S(1.5)}), "Lif.adaptation_decay is 1.5"));
  CHECK(contains(refusal({.threshold = S(-1)}), "Lif.threshold is -1"));
  CHECK(contains(refusal({.threshold = S(-1)}), "must lie above Lif.rest = 0"));
  CHECK(contains(refusal({.threshold = nan}), "Lif.threshold is nan"));
  CHECK(refusal({.threshold = infinity}) == "neohebb: Lif.threshold is inf, must be finite");
  CHECK(refusal({.rest = nan}) == "neohebb: Lif.rest is nan, must be finite");
  CHECK(refusal({.rest = -infinity}) == "neohebb: Lif.rest is -inf, must be finite");
  CHECK(refusal({.refractory_steps = -1}) == "neohebb: Lif.refractory_steps is -1, must not be negative");
  CHECK(contains(refusal({.adaptation_strength = S(-1)}), "Lif.adaptation_strength is -1"));
  CHECK(contains(refusal({.adaptation_strength = nan}), "Lif.adaptation_strength is nan"));
  CHECK(
      contains(refusal({.adaptation_strength = infinity}), "Lif.adaptation_strength is inf, must be finite"));
  CHECK(contains(refusal({.reset = Reset::to_value, .reset_value = 2}), "Lif.reset_value is 2"));
  CHECK(contains(refusal({.reset = Reset::to_value, .reset_value = nan}), "Lif.reset_value is nan"));
  const Lif<S, Heaviside, S, Vector<S>> mixed{.adaptation_strength = Vector<S>{{S(0), S(-1)}}};
  CHECK(contains(message_of([&] { mixed.validate(); }), "Lif.adaptation_strength is -1"));
  const Lif<S, Heaviside, S, Vector<S>> few{.adaptation_strength = Vector<S>{{S(0), S(1)}}};
  CHECK(contains(message_of([&] { few.zero_state(Extent{3}, Extent{1}); }), "Lif.adaptation_strength"));
  const Lif<S, EscapeNoise<S>> noisy{.spike = {.temperature = 0}};
  CHECK(contains(message_of([&] { noisy.validate(); }), "EscapeNoise.temperature is 0"));
  const Lif<S, Heaviside, Vector<S>> two{.decay = Vector<S>{{S(0.5), S(0.5)}}};
  CHECK(contains(message_of([&] { two.zero_state(Extent{3}, Extent{1}); }),
                 "Lif.decay holds 2 decays, the population has 3 neurons"));
}

TEMPLATE_TEST_CASE("a reset to zero that stays above the threshold is refused, and says what to use",
                   "[neuron]", float, double) {
  using S = TestType;
  const auto refusal = [](const Lif<S>& neuron) { return message_of([&] { neuron.validate(); }); };
  const Lif<S> in_millivolts{.threshold = -50, .rest = -70};
  CHECK(refusal(in_millivolts) ==
        "neohebb: Lif.threshold is -50: Reset::to_zero does not take v below it; use Reset::to_rest");
  CHECK(contains(refusal({.threshold = 0, .rest = -1}), "use Reset::to_rest"));
  for (const Reset reset : {Reset::to_rest, Reset::by_threshold}) {
    Lif<S> other = in_millivolts;
    other.reset = reset;
    CHECK(refusal(other) == "accepted");
  }
}

TEMPLATE_TEST_CASE("a LIF neuron refuses a drive of another shape with both", "[neuron]", float, double) {
  using S = TestType;
  const Lif<S> neuron;
  auto state = neuron.zero_state(Extent{3}, Extent{2});
  const auto refusal = [&](Index rows, Index cols) {
    return message_of([&] { neuron.step(state, Matrix<S>::Zero(rows, cols)); });
  };
  CHECK(refusal(3, 2) == "accepted");
  CHECK(refusal(4, 2) == "neohebb: Lif drive is 4 x 2, expected 3 x 2");
  CHECK(refusal(3, 1) == "neohebb: Lif drive is 3 x 1, expected 3 x 2");
}

TEMPLATE_TEST_CASE("a population may mix neurons that adapt with neurons that do not", "[neuron]", float,
                   double) {
  using S = TestType;
  const Vector<S> strengths{{S(0), S(0.3), S(0), S(0.1)}};
  const auto check = [&]<class Spike>(Spike) {
    const Lif<S, Spike, S, Vector<S>> mixed{.adaptation_decay = S(0.9), .adaptation_strength = strengths};
    auto together = mixed.zero_state(Extent{4}, Extent{2});
    Index spikes[4] = {};
    for (Index i = 0; i < 4; ++i) {
      const Lif<S, Spike> alone{.adaptation_decay = S(0.9), .adaptation_strength = strengths[i]};
      auto all = mixed.zero_state(Extent{4}, Extent{2});
      auto one = alone.zero_state(Extent{1}, Extent{2});
      for (std::uint32_t t = 0; t < 100; ++t) {
        const Matrix<S> drive = laws::uniform<S>(4, 2, t, -0.1, 0.9);
        mixed.step(all, drive);
        alone.step(one, Matrix<S>(drive.row(i)));
        REQUIRE(all.potential.row(i) == one.potential);
        REQUIRE(all.spikes.dense().row(i) == one.spikes.dense());
        spikes[i] += one.spikes.count();
      }
    }
    CHECK(spikes[1] < spikes[0]);
    CHECK(spikes[3] < spikes[2]);
    CHECK(spikes[1] > 0);
  };
  check(Heaviside{});
}
