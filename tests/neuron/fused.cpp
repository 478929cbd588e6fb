// Neurons with a hard threshold take one sweep over memory; with any other spike function they go equation by
// equation. Both are the same neuron.
#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/srm.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

using namespace neohebb;

namespace {

/// The hard threshold as a user would write it: the general path.
struct Threshold {
  void operator()(const auto& potential, auto& spikes, Generator&) const {
    spikes.assign(potential.array() > 0);
  }
};

constexpr Index neurons = 293, batch = 3;  // two whole pieces of a sweep, and a rest that no vector divides

/// Both from the same state at every step: a potential within rounding of the threshold may fall on either
/// side.
template <class S>
void check_same_steps(const auto& fused, const auto& plain, double low, double high, auto&& copy,
                      auto&& check) {
  auto a = fused.zero_state(Extent{neurons}, Extent{batch});
  auto b = plain.zero_state(Extent{neurons}, Extent{batch});
  Index spikes = 0;
  for (std::uint32_t t = 0; t < 60; ++t) {
    const Matrix<S> drive = laws::uniform<S>(neurons, batch, t, low, high);
    copy(b, a);
    fused.step(a, drive);
    plain.step(b, drive);
    CHECK(laws::deviation(a.potential, b.potential) <= laws::rounding<S>);
    Matrix<S> clear = (b.potential.array().abs() > 10 * laws::rounding<S>).template cast<S>();
    CHECK(a.spikes.dense().cwiseProduct(clear) == b.spikes.dense().cwiseProduct(clear));
    check(a, b, clear);
    spikes += b.spikes.count();
  }
  CHECK((spikes > 3 * neurons && spikes < 60 * neurons * batch - 3 * neurons));
}

template <class S, class Decay> void check_lif(Decay decay) {
  for (const Reset reset : {Reset::to_zero, Reset::to_rest, Reset::to_value, Reset::by_threshold,
                            Reset::by_base_threshold, Reset::by_threshold_later})
    for (const bool integrates : {false, true})
      for (const int refractory_steps : {0, 2})
        for (const S adaptation : {S(0), S(0.4)}) {
          const auto make = [&]<class Spike>(Spike) {
            return Lif<S, Spike, Decay>{.decay = decay,
                                        .threshold = S(0.9),
                                        .rest = S(-0.2),
                                        .reset = reset,
                                        .reset_value = S(-0.4),
                                        .refractory_steps = refractory_steps,
                                        .integrates_while_refractory = integrates,
                                        .adaptation_decay = S(0.8),
                                        .adaptation_strength = adaptation};
          };
          const auto copy = [](const auto& from, auto& to) {
            to.membrane = from.membrane;
            to.adaptation = from.adaptation;
            to.refractory = from.refractory;
            to.spikes = from.spikes;
          };
          const auto check = [](const auto& a, const auto& b, const Matrix<S>& clear) {
            CHECK(laws::deviation(a.membrane.cwiseProduct(clear), b.membrane.cwiseProduct(clear)) <=
                  laws::rounding<S>);
            CHECK(laws::deviation(a.adaptation, b.adaptation) <= laws::rounding<S>);
            if (a.refractory.size() > 0)
              CHECK((a.refractory.array() == b.refractory.array() || clear.array() == 0).all());
          };
          check_same_steps<S>(make(Heaviside{}), make(Threshold{}), -0.3, 1.1, copy, check);
        }
}

}  // namespace

TEMPLATE_TEST_CASE("a LIF neuron's one sweep is its equations one by one", "[neuron]", float, double) {
  check_lif<TestType>(TestType(0.85));
}

TEMPLATE_TEST_CASE("so it is with a decay for every neuron", "[neuron]", float, double) {
  check_lif<TestType>(Vector<TestType>(laws::uniform<TestType>(neurons, 1, 99, 0.3, 0.99)));
}

TEMPLATE_TEST_CASE("an SRM neuron's one sweep is its equations one by one", "[neuron]", float, double) {
  using S = TestType;
  for (const bool normalised : {true, false}) {
    const Exponential<S> eta{.decay = S(0.7), .normalised = normalised};
    const Srm<S> fused{.refractory = eta, .refractory_weight = S(1.3)};
    const Srm<S, Exponential<S>, Threshold> plain{.refractory = eta, .refractory_weight = S(1.3)};
    const auto copy = [](const auto& from, auto& to) {
      to.refractory = from.refractory;
      to.spikes = from.spikes;
    };
    const auto check = [](const auto& a, const auto& b, const Matrix<S>&) {
      CHECK(laws::deviation(a.refractory.all, b.refractory.all) <= laws::rounding<S>);
    };
    check_same_steps<S>(fused, plain, -0.5, 1, copy, check);
  }
}

TEST_CASE("a reset neuron takes an infinite current", "[neuron]") {
  const Lif<float> neuron{};
  auto state = neuron.zero_state(Extent{2}, Extent{1});
  neuron.step(state, Vector<float>{{std::numeric_limits<float>::infinity(), 0.f}});
  CHECK(state.membrane.isZero(0));
  CHECK(state.spikes.count() == 1);
}
