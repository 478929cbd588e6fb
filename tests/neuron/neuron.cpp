#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/srm.hpp>

#include "catch.hpp"

using namespace neohebb;

namespace {
struct Silent {  // draws no random numbers
  using Scalar = float;
  template <int N, int B> struct State {
    Matrix<float, N, B> potential;
    Spikes<float, N, B> spikes;
  };
  template <int N, int B> State<N, B> zero_state(Extent<N> size, Extent<B> batch) const {
    return {zeros<float>(size, batch), {size, batch}};
  }
  void step(auto& state, const auto& drive) const { state.potential = drive; }
};
}  // namespace

TEST_CASE("a neuron that draws random numbers is handed a generator, another one is not", "[neuron]") {
  STATIC_REQUIRE(Neuron<Silent>);
  STATIC_REQUIRE(Neuron<Lif<float>>);
  STATIC_REQUIRE(Neuron<Srm<double>>);
  STATIC_REQUIRE_FALSE(Neuron<Heaviside>);
  const Generator generator{.seed = 9};
  CHECK(make_state(Srm<float>{}, Extent{2}, Extent{3}, generator).random == generator);
  CHECK(make_state(Lif<float>{}, Extent{2}, Extent{3}, generator).random == generator);
  CHECK(make_state(Silent{}, Extent{2}, Extent{3}, generator).spikes.batch() == 3);
}
