// Learning at every step with other kernels than the default one, in double and in float.
#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/exponential.hpp>

#include "catch.hpp"
#include "support/twins.hpp"

using namespace neohebb;

namespace {

/// 400 steps of given δ; the largest distance of drives and weights.
template <class T> auto apart(const T& trace, double spike_rate) {
  using S = typename T::Scalar;
  support::Twins<T> twins({.connectivity = {29, 18}, .trace = trace});
  support::Lessons lessons(twins, Sgd<S>{.rate = S(1e-3)}, 1);
  S worst = 0;
  for (Index t = 0; t < 400; ++t) {
    worst = std::max(worst, twins.step(spike_rate));
    lessons.note(twins.delta());
    lessons.update();
  }
  return std::max(worst, twins.weights_apart());
}

}  // namespace

TEST_CASE("every commuting trace learns lazily what it learns plainly", "[projection]") {
  for (const double rate : {0.02, 0.3}) {
    for (const double decay : {0.0, 0.02, 0.1, 0.95})
      CHECK(apart(Exponential<double>{.decay = decay}, rate) < 1e-12);
    for (const double decay : {0.0, 0.1, 0.9}) CHECK(apart(Alpha<double>{.decay = decay}, rate) < 1e-12);
    CHECK(apart(Alpha<double>{.decay = 0.7, .normalised = false}, rate) < 1e-12);
  }
}

TEST_CASE("float learns lazily what it learns plainly, to its own rounding", "[projection]") {
  for (const double rate : {0.01, 0.05, 0.2, 0.5, 0.9}) CHECK(apart(Exponential<float>{}, rate) < 1e-4f);
}
