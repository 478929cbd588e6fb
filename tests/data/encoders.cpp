#include <neohebb/data/encoders.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;
using support::near;

namespace {

/// The mean over `steps` steps of what an encoder makes of `x`.
template <class S> Matrix<S> rates(const auto& encoder, const Matrix<S>& x, int steps, Index neurons) {
  Spikes<S> spikes(neurons, x.cols());
  Matrix<S> sum = Matrix<S>::Zero(neurons, x.cols());
  const Generator generator{1};
  for (int t = 0; t < steps; ++t) {
    encoder(x, t, generator.at_step(t), spikes);
    sum += spikes.dense();
  }
  return sum / static_cast<S>(steps);
}

}  // namespace

TEMPLATE_TEST_CASE("Bernoulli spikes come at rate_scale times the intensity", "[data]", float, double) {
  using S = TestType;
  const Matrix<S> x{{0, 1}, {S(0.25), S(0.5)}, {1, 0}, {S(0.9), S(0.1)}, {0, 0}};
  const Matrix<S> found = rates<S>(BernoulliEncoder{0.5}, x, 20000, 5);
  CHECK((found - x / 2).cwiseAbs().maxCoeff() < 0.015);
  CHECK(found(0, 0) == 0);
  CHECK(found.row(4).sum() == 0);
  CHECK(rates<S>(BernoulliEncoder{}, x, 100, 5)(0, 1) == 1);
}

TEMPLATE_TEST_CASE("a Bernoulli draw is its place's number: seed, stream, step, sample and pixel", "[data]",
                   float, double) {
  using S = TestType;
  const Index pixels = 1100, batch = 3;  // more than is drawn at once, and no multiple of anything
  Matrix<S> x = Matrix<S>::Random(pixels, batch).cwiseAbs();
  x.topRows(300).setZero();
  for (Index i = 0; i < pixels; i += 7) x(i, 1) = 0;
  const Generator generator{9, 8, 7, 6};
  Spikes<S> spikes(pixels, batch);
  BernoulliEncoder{}(x, 0, generator, spikes);
  for (Index b = 0; b < batch; ++b) {
    RandomSequence numbers = generator.sequence(b);
    for (Index i = 0; i < pixels; ++i) {
      const bool fires = numbers.uniform<S>() < x(i, b);
      if (spikes.dense()(i, b) != S(fires)) FAIL("pixel " << i << " of sample " << b);
    }
  }
}

TEST_CASE("spikes do not depend on how the batch is cut", "[data]") {
  const Matrix<float> x = Matrix<float>::Random(50, 8).cwiseAbs();
  const Generator generator{2, 0, 4, 100};
  const auto same = [&](const auto& encoder) {
    Spikes<float> whole(50, 8), part(50, 3);
    encoder(x, 4, generator, whole);
    encoder(x.middleCols(5, 3), 4, generator.at_sample(5), part);
    return part.dense() == whole.dense().middleCols(5, 3);
  };
  CHECK(same(BernoulliEncoder{}));
  CHECK(same(PoissonEncoder{}));
  CHECK(same(LatencyEncoder{}));
  CHECK(same(FirstSpikeEncoder{}));
}

TEST_CASE("another step, stream or seed draws other spikes", "[data]") {
  const Matrix<float> x = Matrix<float>::Constant(200, 1, 0.5f);
  const auto drawn = [&](const Generator& generator) {
    Spikes<float> spikes(200, 1);
    BernoulliEncoder{}(x, 0, generator, spikes);
    return Matrix<float>(spikes.dense());
  };
  const auto first = drawn({1, 1, 1, 1});
  for (const Generator& other : {Generator{2, 1, 1, 1}, {1, 2, 1, 1}, {1, 1, 2, 1}, {1, 1, 1, 2}})
    CHECK(drawn(other) != first);
}

TEST_CASE("spikes of a size known to the compiler are the same", "[data]") {
  const Matrix<float> x = Matrix<float>::Random(6, 2).cwiseAbs();
  Spikes<float> any(6, 2);
  Spikes<float, 6, 2> fixed(Extent<6>{}, Extent<2>{});
  BernoulliEncoder{}(x, 0, Generator{1}, any);
  BernoulliEncoder{}(x, 0, Generator{1}, fixed);
  CHECK(fixed.dense() == any.dense());
}

TEST_CASE("Poisson spikes come with 1 - exp(-rate x dt)", "[data]") {
  const Matrix<double> x{{0}, {0.5}, {1}};
  const auto found = rates<double>(PoissonEncoder{400, 2}, x, 20000, 3);
  CHECK(found(0) == 0);
  CHECK(near(found(1), 1 - std::exp(-0.4), 0.015));
  CHECK(near(found(2), 1 - std::exp(-0.8), 0.015));
}

TEST_CASE("the latency code fires once, brighter pixels earlier, dark ones never", "[data]") {
  const LatencyEncoder encoder{11, 0.2};
  const Matrix<double> x{{1, 0.9, 0.5, 0.2, 0.19, 0}};
  Spikes<double> spikes(1, 6);
  std::vector<int> fired(6, -1), count(6, 0);
  for (int t = 0; t < 20; ++t) {
    encoder(x, t, Generator{}, spikes);
    for (int b = 0; b < 6; ++b)
      if (spikes.dense()(0, b) > 0) {
        fired[static_cast<std::size_t>(b)] = t;
        ++count[static_cast<std::size_t>(b)];
      }
  }
  CHECK(fired == std::vector<int>{0, 1, 5, 8, -1, -1});
  CHECK(count == std::vector<int>{1, 1, 1, 1, 0, 0});
  CHECK(LatencyEncoder{11, 0}.spike_step(0) == -1);
}

TEST_CASE("the first spike of a charged leaky integrator comes at tau ln(x / (x - theta))", "[data]") {
  const FirstSpikeEncoder encoder{20, 0.2, 0.5};
  CHECK(encoder.spike_time(0.2) == std::numeric_limits<double>::infinity());
  Spikes<double> spikes(1, 1);
  for (const double bright : {1.0, 0.8, 0.5, 0.3, 0.21, 0.2, 0.0}) {
    const Matrix<double> x = Matrix<double>::Constant(1, 1, bright);
    int fired = -1, count = 0;
    for (int t = 0; t < 400; ++t) {
      encoder(x, t, Generator{}, spikes);
      if (spikes.count() > 0) fired = t;
      count += static_cast<int>(spikes.count());
    }
    if (bright <= 0.2) {
      CHECK(count == 0);
      continue;
    }
    CHECK(count == 1);
    CHECK(fired == static_cast<int>(encoder.spike_time(bright) / encoder.dt));
    double v = 0;  // the integrator itself, in small steps
    int k = 0;
    for (; v < encoder.threshold; ++k) v += 0.0001 / encoder.tau * (bright - v);
    CHECK(near(k * 0.0001, encoder.spike_time(bright), 0.001 * encoder.spike_time(bright)));
  }
}

TEST_CASE("a population's tuning curves peak at evenly spaced values", "[data]") {
  const PopulationEncoder code{5, -1, 1, 1, 0.8};
  CHECK(code.preferred(0) == -1);
  CHECK(code.preferred(4) == 1);
  CHECK(near(code.rate(3, 0.5), 0.8, 1e-12));
  CHECK(near(code.rate(2, 0.5), 0.8 * std::exp(-0.5), 1e-12));  // one width away
  const Matrix<double> values{{0.5, -1}, {0, 0.25}};
  const Matrix<double> expected = code.rates(values);
  CHECK(expected.rows() == 10);
  CHECK(near(expected(7, 1), code.rate(2, 0.25), 1e-12));
  const auto found = rates<double>(code, values, 20000, 10);
  CHECK((found - expected).cwiseAbs().maxCoeff() < 0.015);
}

TEST_CASE("intensities outside 0 to 1, and NaN, are refused with their place", "[data]") {
  Matrix<float> x = Matrix<float>::Constant(3, 2, 0.5f);
  check_intensities(x);
  for (const float bad :
       {-0.1f, 1.5f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    x(2, 1) = bad;
    CHECK(contains(error_of<std::invalid_argument>([&] { check_intensities(x); }),
                   "intensity of pixel 2 in sample 1 is "));
  }
}

TEST_CASE("intensities and spikes whose sizes disagree are refused with both", "[data]") {
  const Matrix<float> x = Matrix<float>::Zero(4, 2);
  Spikes<float> narrow(4, 3), other(9, 2);
  const auto refusal = [&](const auto& encoder, auto& spikes) {
    return error_of<std::invalid_argument>([&] { encoder(x, 0, Generator{}, spikes); });
  };
  CHECK(contains(refusal(BernoulliEncoder{}, narrow),
                 "intensity given to an encoder is 4 x 2, expected 4 x 3"));
  CHECK(contains(refusal(LatencyEncoder{}, other), "is 4 x 2, expected 9 x 2"));
  CHECK(contains(refusal(PopulationEncoder{2}, other), "a population of 2 per value cannot fill 9 neurons"));
}

TEMPLATE_TEST_CASE("rate codes refuse NaN, infinite and negative intensities, after the draw", "[data]",
                   float, double) {
  using S = TestType;
  const S nan = std::numeric_limits<S>::quiet_NaN(), infinity = std::numeric_limits<S>::infinity();
  Matrix<S> x = Matrix<S>::Constant(1100, 3, S(0.5));
  x(0, 0) = 0;
  x(1, 0) = 1;
  Spikes<S> spikes(1100, 3);
  const auto refusal = [&](const auto& encoder) {
    return error_of<std::invalid_argument>([&] { encoder(x, 0, Generator{}, spikes); });
  };
  CHECK(refusal(BernoulliEncoder{}) == "no error");
  CHECK(refusal(PoissonEncoder{}) == "no error");
  for (const S bad : {nan, -nan, infinity, -infinity, S(-0.5), S(2), S(255)}) {
    x(1099, 1) = bad;
    CHECK(contains(refusal(BernoulliEncoder{}), "intensity of pixel 1099 in sample 1 is "));
    CHECK(contains(refusal(PoissonEncoder{}), "intensity of pixel 1099 in sample 1 is "));
    for (Index b = 0; b < 3; ++b)  // what is left is a valid set of spikes
      CHECK(static_cast<S>(spikes.active(b).size()) == spikes.dense().col(b).sum());
  }
  x(1099, 1) = S(-0.0);
  CHECK(refusal(BernoulliEncoder{}) == "no error");
  CHECK(spikes.dense()(1099, 1) == 0);
}

TEMPLATE_TEST_CASE("latency codes refuse intensities outside 0 to 1, and NaN, at any step", "[data]", float,
                   double) {
  using S = TestType;
  Matrix<S> x = Matrix<S>::Constant(7, 2, S(0.5));
  Spikes<S> spikes(7, 2);
  const auto refusal = [&](const auto& encoder) {
    return error_of<std::invalid_argument>([&] { encoder(x, 3, Generator{}, spikes); });
  };
  CHECK(refusal(LatencyEncoder{}) == "no error");
  CHECK(refusal(FirstSpikeEncoder{}) == "no error");
  for (const S bad : {std::numeric_limits<S>::quiet_NaN(), S(-0.5), S(1.5)}) {
    x(6, 1) = bad;
    CHECK(contains(refusal(LatencyEncoder{}), "intensity of pixel 6 in sample 1 is "));
    CHECK(contains(refusal(FirstSpikeEncoder{}), "intensity of pixel 6 in sample 1 is "));
  }
}

TEST_CASE("a population code refuses values that are NaN or infinite", "[data]") {
  Spikes<double> spikes(20, 1);
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    const Matrix<double> values{{0.5}, {bad}};
    const std::string expected = "values given to a population encoder has NaN or infinite entries (2 x 1)";
    const PopulationEncoder code{};
    CHECK(contains(error_of<std::invalid_argument>([&] { code(values, 0, Generator{}, spikes); }), expected));
    CHECK(contains(error_of<std::invalid_argument>([&] { code.rates(values); }), expected));
  }
}

TEST_CASE("encoder parameters out of range are refused by name where the encoder is called", "[data]") {
  const Matrix<float> x = Matrix<float>::Constant(3, 2, 0.5f);
  Spikes<float> spikes(3, 2);
  const auto refusal = [&](const auto& encoder) {
    const std::string called = error_of<std::invalid_argument>([&] { encoder(x, 0, Generator{}, spikes); });
    CHECK(called == error_of<std::invalid_argument>([&] { encoder.validate(); }));
    return called;
  };
  const double nan = std::nan("");
  CHECK(contains(refusal(BernoulliEncoder{1.5}), "rate_scale is 1.5, must be from 0 to 1"));
  CHECK(contains(refusal(BernoulliEncoder{-1}), "rate_scale is -1"));
  CHECK(contains(refusal(BernoulliEncoder{nan}), "rate_scale is nan"));
  CHECK(contains(refusal(PoissonEncoder{-1}), "rate is -1 Hz, must be from 0 to 1e6"));
  CHECK(contains(refusal(PoissonEncoder{nan}), "rate is nan"));
  CHECK(contains(refusal(PoissonEncoder{1, 0}), "dt is 0 ms, must be positive"));
  CHECK(contains(refusal(PoissonEncoder{1, nan}), "dt is nan"));
  CHECK(contains(refusal(LatencyEncoder{0}), "steps is 0, must be at least 1"));
  CHECK(contains(refusal(LatencyEncoder{20, 2}), "threshold is 2, must be from 0 to 1"));
  CHECK(contains(refusal(LatencyEncoder{20, nan}), "threshold is nan"));
  CHECK(contains(refusal(FirstSpikeEncoder{-20}), "tau is -20 ms, must be positive"));
  CHECK(contains(refusal(FirstSpikeEncoder{nan}), "tau is nan"));
  CHECK(contains(refusal(FirstSpikeEncoder{20, 0}), "threshold is 0, must lie between 0 and 1"));
  CHECK(contains(refusal(FirstSpikeEncoder{20, nan}), "threshold is nan"));
  CHECK(contains(refusal(FirstSpikeEncoder{20, 0.5, -1}), "dt is -1 ms, must be positive"));
  CHECK(contains(refusal(PopulationEncoder{0}), "neurons is 0, must be at least 2"));
  CHECK(contains(refusal(PopulationEncoder{1}), "neurons is 1"));
  CHECK(contains(refusal(PopulationEncoder{5, 1, 1}), "high is 1, must be above low, which is 1"));
  CHECK(contains(refusal(PopulationEncoder{5, nan, 1}), "high is 1, must be above low, which is nan"));
  CHECK(contains(refusal(PopulationEncoder{5, 0, 1, 0}), "width is 0 spacings, must be positive"));
  CHECK(contains(refusal(PopulationEncoder{5, 0, 1, nan}), "width is nan"));
  CHECK(contains(refusal(PopulationEncoder{5, 0, 1, 1, 1.5}), "peak is 1.5, must be from 0 to 1"));
  CHECK(contains(error_of<std::invalid_argument>([&] { PopulationEncoder{0}.rates(x); }), "neurons is 0"));
  CHECK(refusal(BernoulliEncoder{}) == "no error");
}
