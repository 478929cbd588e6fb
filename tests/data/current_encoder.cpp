#include <neohebb/core/random.hpp>
#include <neohebb/data/current_encoder.hpp>
#include "catch.hpp"

using namespace neohebb;

TEST_CASE("Encoder neurons integrate their current and leak", "[data]") {
  const CurrentEncoder<double> code{.channels = 3, .gain = 0.5, .bias = 0.1, .decay = 0.8};
  auto state = code.zero_state(Extent{2});
  Spikes<double> spikes(Extent<>{3}, Extent<>{2});
  Matrix<double> values(3, 2), v = Matrix<double>::Zero(3, 2);
  Index fired = 0;
  for (Index t = 0; t < 100; ++t) {
    Generator{.seed = 1}.at_step(t).uniform(values);
    code.step(state, values, spikes);
    for (Index b = 0; b < 2; ++b)
      for (Index i = 0; i < 3; ++i) {
        v(i, b) = 0.8 * v(i, b) + 0.5 * values(i, b) + 0.1;
        const bool fires = v(i, b) >= 1;
        if (fires) v(i, b) -= 1;
        CHECK((spikes.dense()(i, b) != 0) == fires);
        fired += fires;
      }
  }
  CHECK(fired > 20);
  CHECK((state.membrane - v).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("A constant current makes spikes at a rate that grows with it, none below (1 - decay) threshold",
          "[data]") {
  const CurrentEncoder<float> code{.channels = 4, .decay = 0.9f};
  auto state = code.zero_state(Extent{1});
  Spikes<float> spikes(Extent<>{4}, Extent<>{1});
  const Vector<float> values{{0.09f, 0.2f, 0.5f, 0.9f}};
  Vector<float> count = Vector<float>::Zero(4);
  for (int t = 0; t < 1000; ++t) {
    code.step(state, values, spikes);
    count += spikes.dense();
  }
  CHECK(count(0) == 0);
  CHECK(count(1) > 0);
  CHECK(count(2) > count(1));
  CHECK(count(3) > count(2));
  CHECK(state.clipped == 0);
}

TEST_CASE("A current above the threshold fires in every step, and what is lost is counted", "[data]") {
  const CurrentEncoder<float> code{.channels = 1, .gain = 3};
  auto state = code.zero_state(Extent{1});
  Spikes<float> spikes(Extent<>{1}, Extent<>{1});
  for (int t = 0; t < 10; ++t) {
    code.step(state, Vector<float>::Ones(1), spikes);
    CHECK(spikes.count() == 1);
  }
  CHECK(state.clipped == 10);
  CHECK(state.membrane(0) == 1);
}

TEST_CASE("Current encoders refuse other sizes, NaN and parameters without sense", "[data]") {
  const CurrentEncoder<float> code{.channels = 2};
  auto state = code.zero_state(Extent{1});
  Spikes<float> spikes(Extent<>{2}, Extent<>{1}), more(Extent<>{3}, Extent<>{1});
  CHECK_THROWS_AS(code.step(state, Vector<float>::Zero(3), spikes), std::invalid_argument);
  CHECK_THROWS_AS(code.step(state, Vector<float>::Zero(2), more), std::invalid_argument);
  CHECK_THROWS_AS(code.step(state, Vector<float>::Constant(2, std::nanf("")), spikes), std::invalid_argument);
  CHECK_THROWS_AS((CurrentEncoder<float>{.channels = 2, .threshold = 0}.validate()), std::invalid_argument);
  CHECK_THROWS_AS((CurrentEncoder<float>{.channels = 2, .decay = 1.5f}.validate()), std::invalid_argument);
  CHECK_THROWS_AS(CurrentEncoder<float>{}.validate(), std::invalid_argument);
}
