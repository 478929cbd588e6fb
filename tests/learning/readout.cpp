#include <limits>
#include <neohebb/learning/readout.hpp>
#include <neohebb/neuron/surrogate.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/learning.hpp"
#include "reference/message.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("a readout is G A + c, and its transpose sends errors back", "[learning]", float, double) {
  using S = TestType;
  const auto readout = random_readout(Extent{4}, Extent{9}, S(2), Generator{.seed = 1});
  const auto fixed = random_readout(Extent<4>{}, Extent<9>{}, S(2), Generator{.seed = 1});
  CHECK(fixed.weight == readout.weight);
  CHECK(fixed.bias == readout.bias);
  for (const Index batch : {1, 3, 7}) {
    const Matrix<S> activity = laws::uniform<S>(9, batch, 1), error = laws::uniform<S>(4, batch, 2);
    Matrix<S> output(4, batch), modulator(9, batch);
    readout(activity, output);
    const Matrix<S> expected = reference::product(readout.weight, activity).colwise() + readout.bias;
    CHECK(laws::deviation(output, expected) <= laws::rounding<S>);
    readout.transposed(error, modulator);
    CHECK(laws::deviation(modulator, reference::product(readout.weight.transpose(), error)) <=
          laws::rounding<S>);
  }
  Matrix<S, 4, 2> fixed_output;
  Matrix<S> output(4, 2);
  const Matrix<S, 9, 2> activity = laws::uniform<S>(9, 2, 1);
  fixed(activity, fixed_output);
  readout(activity, output);
  CHECK(laws::deviation(fixed_output, output) <= laws::rounding<S>);
}

TEMPLATE_TEST_CASE(
    "a readout of spikes is the readout of their matrix, at any rate and for any number of classes",
    "[learning]", float, double) {
  using S = TestType;
  for (const Index classes : {1, 2, 3, 10, 17})
    for (const double rate : {0.0, 0.02, 0.09, 0.5, 1.0}) {
      const auto readout = random_readout(Extent{classes}, Extent{137}, S(2), Generator{.seed = 1});
      const Matrix<S> fired = laws::zero_one<S>(137, 5, 3, rate);
      Matrix<S> scratch(137, 5), output(classes, 5), expected(classes, 5);
      readout(laws::spikes<S>(fired), scratch, output);
      readout(fired, scratch, expected);
      CHECK(laws::deviation(output, expected) <= laws::rounding<S>);
    }
}

TEMPLATE_TEST_CASE("delta is the modulator times the surrogate, and zero for samples without error",
                   "[learning]", float, double) {
  using S = TestType;
  const auto check = [](const auto& readout, auto delta, const auto& surrogate) {
    const Index units = delta.rows(), batch = delta.cols();
    const std::decay_t<decltype(delta)> u = laws::uniform<S>(units, batch, 1, -2, 1);
    Matrix<S> error = laws::uniform<S>(4, batch, 2), modulator(units, batch);
    error.col(1).setZero();
    readout.transposed(error, modulator);
    readout.transposed(error, u, surrogate, delta);
    const Matrix<S> expected = modulator.cwiseProduct(Matrix<S>(u.unaryExpr(surrogate)));
    CHECK(laws::deviation(delta, expected) <= laws::rounding<S>);
    CHECK(delta.col(1).isZero(0));
  };
  for (const Index units : {1, 9, 128, 300}) {
    const auto readout = random_readout(Extent{4}, Extent{units}, S(2), Generator{.seed = 1});
    check(readout, Matrix<S>(units, 3), FastSigmoid<S>{});
    check(readout, Matrix<S>(units, 3), Boxcar<S>{});
  }
  const auto fixed = random_readout(Extent<4>{}, Extent<130>{}, S(2), Generator{.seed = 1});
  check(fixed, Matrix<S, 130, 3>{}, FastSigmoid<S>{});
  const auto single = random_readout(Extent<4>{}, Extent<1>{}, S(2), Generator{.seed = 1});
  check(single, Matrix<S, 1, 3>{}, Boxcar<S>{});
}

TEMPLATE_TEST_CASE("a random readout is uniform within its scale over the root of units", "[learning]", float,
                   double) {
  using S = TestType;
  const Generator generator{.seed = 2};
  const auto readout = random_readout(Extent{100}, Extent{400}, S(0.5), generator);
  const double bound = 0.5 / 20, n = 40'000;
  const Matrix<double> g = readout.weight.template cast<double>();
  CHECK(g.cwiseAbs().maxCoeff() <= bound * (1 + 1e-6));
  CHECK(g.maxCoeff() > 0.999 * bound);
  CHECK(g.minCoeff() < -0.999 * bound);
  CHECK(std::abs(g.mean()) < 4 * bound / std::sqrt(3 * n));
  CHECK(readout.bias.cwiseAbs().maxCoeff() <= S(bound * (1 + 1e-6)));
  CHECK(readout.bias.cwiseAbs().maxCoeff() > S(0.8 * bound));
  CHECK(readout == random_readout(Extent{100}, Extent{400}, S(0.5), generator));
  CHECK_FALSE(readout == random_readout(Extent{100}, Extent{400}, S(0.5), generator.substream(1)));
  for (const S bad : {S(0), S(-1), std::numeric_limits<S>::quiet_NaN()})
    CHECK(reference::contains(
        reference::message_of([=] { random_readout(Extent{2}, Extent{3}, bad, Generator{}); }),
        "random_readout: scale is "));
}

TEMPLATE_TEST_CASE("a readout sees spikes, or the activity whose derivative the surrogate is", "[learning]",
                   float, double) {
  using S = TestType;
  const Matrix<S> u = laws::uniform<S>(5, 2, 1);
  Spikes<S> spikes = laws::spikes<S>(laws::zero_one<S>(5, 2, 2));
  const FastSigmoid<S> surrogate{};
  Matrix<S> activity(5, 2);
  CHECK(&ReadsSpikes{}(u, spikes, surrogate, activity) == &spikes);
  CHECK(&ReadsActivation{}(u, spikes, surrogate, activity) == &activity);
  for (Index k = 0; k < 10; ++k) CHECK(activity(k) == surrogate.activation(u(k)));
}

TEST_CASE("a readout gives its results their shapes, and refuses errors and activities of another",
          "[learning]") {
  using S = float;
  const auto readout = random_readout(Extent{4}, Extent{150}, S(2), Generator{.seed = 1});
  const Matrix<S> fired = laws::zero_one<S>(150, 3, 3, 0.05), error = laws::uniform<S>(4, 3, 2),
                  u = laws::uniform<S>(150, 3, 4);
  Matrix<S> expected(4, 3), output, from_spikes, scratch, modulator, delta;
  readout(fired, expected);
  readout(fired, output);
  CHECK(output == expected);
  readout(laws::spikes<S>(fired), scratch, from_spikes);
  CHECK(laws::deviation(from_spikes, expected) <= laws::rounding<S>);
  readout.transposed(error, modulator);
  CHECK(laws::deviation(modulator, reference::product(readout.weight.transpose(), error)) <=
        laws::rounding<S>);
  readout.transposed(error, u, FastSigmoid<S>{}, delta);
  CHECK(laws::deviation(delta, modulator.cwiseProduct(u.unaryExpr(FastSigmoid<S>{}))) <= laws::rounding<S>);
  using reference::contains, reference::message_of;
  CHECK(contains(message_of([&] { readout.transposed(error, u.topRows(149), FastSigmoid<S>{}, delta); }),
                 "is 149 x 3, expected 150 x 3"));
  CHECK(contains(message_of([&] { readout.transposed(error.topRows(3), u, FastSigmoid<S>{}, delta); }),
                 "is 3 x 3, expected 4 x 3"));
  CHECK(contains(message_of([&] { readout(Spikes<S>(149, 3), scratch, output); }),
                 "is 149 x 3, expected 150 x 3"));
  Matrix<S> activity;
  ReadsActivation{}(u, fired, FastSigmoid<S>{}, activity);
  CHECK(activity.rows() == 150);
}
