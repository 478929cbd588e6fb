// A layer that a user writes and that learns nothing.
#include <neohebb/network/network.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;

namespace {

/// Shows each spike one step later.
struct Delay {
  using Scalar = float;
  struct Weights {};
  Extent<> size;
  template <int B> struct State { Spikes<float, Dynamic, B> kept, shown; };
  void validate() const { check_positive("Delay.size", Index(size)); }
  auto inputs() const { return size; }
  auto units() const { return size; }
  Weights initial_weights(const auto&, const Generator&) const { return {}; }
  template <int B> State<B> zero_state(Extent<B> batch, const Generator&) const {
    return {{size, batch}, {size, batch}};
  }
  void step(const Weights&, auto& state, const auto& in) const {
    state.shown.assign(state.kept.dense());
    state.kept.assign(in.dense());
  }
  const auto& spikes(const auto& state) const { return state.shown; }
};

}  // namespace

TEST_CASE("a layer that learns nothing is a layer, not a learning layer", "[layer]") {
  STATIC_REQUIRE(Layer<Delay>);
  STATIC_REQUIRE_FALSE(LearningLayer<Delay>);
}

TEST_CASE("layers that learn nothing can be stepped in a network", "[layer]") {
  const Network net{std::vector{Delay{5}, Delay{5}, Delay{5}}};
  const auto weights = net.initial_weights(0, Generator{});
  auto state = net.zero_state(Extent{2});
  std::vector<Matrix<float>> shown;
  Spikes<float> spikes(5, 2);
  for (Index t = 0; t < 10; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    shown.push_back(spikes.dense());
    net.step(weights, state, spikes);
    const auto& top = net.spikes(state, 2u);
    if (t < 3) CHECK(top.count() == 0);
    if (t >= 3) CHECK(top.dense() == shown[static_cast<std::size_t>(t - 3)]);
  }
}

TEST_CASE("a network asks its layers whether they make sense", "[layer]") {
  CHECK(support::contains(support::error_of<std::invalid_argument>([] { Network{Delay{0}}; }),
                          "Delay.size is 0"));
}
