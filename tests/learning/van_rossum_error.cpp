#include <neohebb/learning/van_rossum_error.hpp>

#include "catch.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

TEMPLATE_TEST_CASE("an error spike is smoothed twice", "[learning]", float, double) {
  using S = TestType;
  const VanRossumError<S> error;
  auto state = error.zero_state(Extent{2});
  double x = 0, y = 0;
  for (Index t = 0; t < 3000; ++t) {
    const Vector<S> e = Vector<S>::Constant(2, S(t == 0));
    error.step(state, e);
    x += 0.02 * ((t == 0) - x);
    y += 0.01 * (x - y);
    CHECK(std::abs(double(state.y[0]) - y) < (sizeof(S) == 4 ? 1e-8 : 1e-16));
    CHECK(state.y[0] == state.y[1]);
  }
}

TEST_CASE("errors that last decay to zero, not to subnormal numbers", "[learning]") {
  const VanRossumError<float> error;
  auto state = error.zero_state(Extent{1});
  for (Index t = 0; t < 20000; ++t)
    error.step(state, Vector<float>(Vector<float>::Constant(1, float(t == 0))));
  CHECK(state.y[0] == 0);
  CHECK(state.x[0] == 0);
}

TEST_CASE("the measure counts spikes too many or too few, each 4", "[learning]") {
  // (Δt/(τ_mem τ_syn))² = 4: x and y follow e by Δt/τ_syn and Δt/τ_mem, the kernel in N by 1 and 1.
  const VanRossumError<double> error;
  const VanRossumMeasure measure{.tau = 1};
  auto smoothed = error.zero_state(Extent{2});
  auto state = measure.zero_state();
  CHECK(measure.value(state) == 0);
  double leaked = 0;
  for (Index t = 0; t < 50000; ++t) {  // 2 spikes a second of one of two neurons
    Vector<double> e = Vector<double>::Zero(2);
    leaked *= std::exp(-1e-4);
    if (t % 5000 == 100) {
      e[1] = t % 10000 == 100 ? 1 : -1;
      leaked += 4.0 / 2;
    }
    error.step(smoothed, e);
    measure.step(state, smoothed.y);
  }
  CHECK(measure.value(state) == Approx(leaked / (1 - std::exp(-5.0))).epsilon(0.03));
}

TEST_CASE("time constants without sense are refused", "[learning]") {
  const auto error = [](VanRossumError<double> e) { return message_of([&] { e.zero_state(Extent{1}); }); };
  CHECK(error({}) == "accepted");
  CHECK(contains(error({.tau_syn = 1e-5}), "VanRossumError.tau_syn is 1e-05 s"));
  CHECK(contains(error({.dt = -1}), "dt is -1 s"));
  const auto measure = [](VanRossumMeasure m) { return message_of([&] { m.zero_state(); }); };
  CHECK(measure({}) == "accepted");
  CHECK(contains(measure({.tau = 0}), "VanRossumMeasure.tau is 0 s"));
  CHECK(contains(measure({.tau_syn = 10e-3}), "are both 0.01 s, must differ"));
}
