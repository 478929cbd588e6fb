#include <neohebb/projection/dense.hpp>

#include <neohebb/learning/initialisation.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::distance;
using support::error_of;

namespace {

using Projected = Dense<DoubleExponential<double>>;
constexpr Index in = 6, out = 5, batch = 3;

/// A projection that has run for a while, and the δ of the steps that follow.
struct Running {
  Projected projection;
  Projected::Weights weights;
  Projected::State<Dynamic> state;
  Spikes<double> spikes;
  Matrix<double> drive;
  Index t = 0;
  explicit Running(const Projected& p, Index samples = batch)
      : projection(p),
        weights(p.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2})),
        state(p.zero_state(Extent{samples})),
        spikes(Extent<>{p.inputs()}, Extent{samples}),
        drive(Matrix<double>::Zero(p.outputs(), samples)) {
    weights.bias = support::random_matrix(p.outputs(), 1, 5);
  }
  Matrix<double> step() {
    support::NoisyInput{}(t, 0, spikes);
    projection.step(weights, state, spikes, drive);
    return support::random_matrix(projection.outputs(), spikes.batch(),
                                  static_cast<std::uint64_t>(100 + t++));
  }
};
const Projected small{.connectivity = {in, out}, .trace = {0.8, 0.5}};

}  // namespace

TEST_CASE("the drive is W P + b, with the double exponential of each input neuron", "[projection]") {
  Running r(small);
  Matrix<double> p = Matrix<double>::Zero(in, batch), q = p;
  for (Index t = 0; t < 10; ++t) {
    r.step();
    for (Index j = 0; j < in; ++j)
      for (Index b = 0; b < batch; ++b) {
        p(j, b) = 0.8 * p(j, b) + 0.2 * q(j, b);  // the old Q
        q(j, b) = 0.5 * q(j, b) + 0.5 * r.spikes.dense()(j, b);
      }
    for (Index i = 0; i < out; ++i)
      for (Index b = 0; b < batch; ++b) {
        double expected = r.weights.bias(i);
        for (Index j = 0; j < in; ++j) expected += r.weights.weight(i, j) * p(j, b);
        CHECK(std::abs(r.drive(i, b) - expected) < 1e-14);
      }
  }
}

TEST_CASE("a window's gradient is the sum of its steps', however many columns are kept", "[projection]") {
  for (const Index columns : {1, 3, 7, 1024})
    for (const Index announced : {1, 3, 7, 20}) {
      Projected p = small;
      p.credit_columns = columns;
      Running r(p);
      auto window = p.zero_credit(Extent{batch}, announced);
      CHECK(window.empty());
      Projected::Weights sum = p.zero_weights();
      for (Index t = 0; t < 7; ++t) {  // more steps than announced, or fewer
        const Matrix<double> delta = r.step();
        p.credit(r.weights, r.state, delta, window);
        const Matrix<double> pre = p.trace.value(r.state.pre);
        sum.weight += delta * pre.transpose();
        sum.bias += delta.rowwise().sum();
        const auto gradient = p.gradient(window);
        CHECK(distance(gradient.weight, sum.weight) < 1e-13);
        CHECK(distance(gradient.bias, sum.bias) < 1e-13);
      }
      CHECK(!window.empty());
      auto learner = p.learner(Sgd<double>{.rate = 0.1});
      const auto before = r.weights;
      p.update(r.weights, r.state, window, learner);
      CHECK(distance(r.weights.weight, before.weight - 0.1 * sum.weight) < 1e-14);
      CHECK(distance(r.weights.bias, before.bias - 0.1 * sum.bias) < 1e-14);
      CHECK(window.empty());
      CHECK(p.gradient(window).weight.isZero(0));
    }
}

TEST_CASE("the window after an overfull one begins at nothing", "[projection]") {
  Projected p = small;
  p.credit_columns = 3;
  Running r(p);
  auto learner = p.learner(Sgd<double>{.rate = 0.1});
  auto used = p.zero_credit(Extent{batch}, 2);
  for (Index t = 0; t < 5; ++t) p.credit(r.weights, r.state, r.step(), used);
  p.update(r.weights, r.state, used, learner);
  auto fresh = p.zero_credit(Extent{batch}, 2);
  const Matrix<double> delta = r.step();
  p.credit(r.weights, r.state, delta, used);
  p.credit(r.weights, r.state, delta, fresh);
  const bool same = p.gradient(used) == p.gradient(fresh);
  CHECK(same);
}

TEST_CASE("a batch's gradient is the sum of its samples'", "[projection]") {
  Running whole(small);
  std::vector<Running> single(batch, Running(small, 1));
  auto credit = small.zero_credit(Extent{batch}, 4);
  Projected::Weights sum = small.zero_weights();
  for (Index t = 0; t < 4; ++t) {
    const Matrix<double> delta = whole.step();
    small.credit(whole.weights, whole.state, delta, credit);
    for (Index b = 0; b < batch; ++b) {
      Running& r = single[static_cast<std::size_t>(b)];
      support::NoisyInput{}(t, b, r.spikes);
      small.step(r.weights, r.state, r.spikes, r.drive);
      CHECK(distance(r.drive, whole.drive.col(b)) < 1e-14);
      auto own = small.zero_credit(Extent{1}, 1);
      small.credit(r.weights, r.state, Matrix<double>(delta.col(b)), own);
      const auto gradient = small.gradient(own);
      sum.weight += gradient.weight;
      sum.bias += gradient.bias;
    }
  }
  CHECK(distance(small.gradient(credit).weight, sum.weight) < 1e-13);
  CHECK(distance(small.gradient(credit).bias, sum.bias) < 1e-13);
}

TEST_CASE("one decay per input neuron is that neuron's", "[projection]") {
  using Vary = Dense<DoubleExponential<double, Vector<double>>>;
  const Vector<double> membrane = random_decays(Extent{in}, 10.0, 0.5, 1.0, Generator{.seed = 1});
  const Vector<double> synaptic = random_decays(Extent{in}, 5.0, 0.5, 1.0, Generator{.seed = 2});
  const Vary vary{.connectivity = {in, out}, .trace = {membrane, synaptic}};
  const auto weights = vary.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  auto state = vary.zero_state(Extent{batch});
  Matrix<double> drive(out, batch), expected(out, batch);
  Spikes<double> spikes(in, batch);
  Matrix<double> p = Matrix<double>::Zero(in, batch), q = p;
  for (Index t = 0; t < 10; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    vary.step(weights, state, spikes, drive);
    for (Index j = 0; j < in; ++j)
      for (Index b = 0; b < batch; ++b) {
        p(j, b) = membrane(j) * p(j, b) + (1 - membrane(j)) * q(j, b);
        q(j, b) = synaptic(j) * q(j, b) + (1 - synaptic(j)) * spikes.dense()(j, b);
      }
    expected = weights.weight * p;
    CHECK(distance(drive, expected) < 1e-14);
  }
}

TEST_CASE("weights of wrong shape, with NaN, and impossible sizes are refused", "[projection]") {
  const auto refused = [](auto&& f) { return error_of<std::invalid_argument>(f); };
  const Vector<double> bias = Vector<double>::Zero(out);
  Matrix<double> weight = Matrix<double>::Zero(out, in);
  CHECK(contains(refused([&] { small.weights(Matrix<double>::Zero(in, out), bias); }),
                 "Dense weight is 6 x 5, expected 5 x 6"));
  CHECK(contains(refused([&] { small.weights(weight, Vector<double>::Zero(in)); }),
                 "Dense bias is 6 x 1, expected 5 x 1"));
  weight(1, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(refused([&] { small.weights(weight, bias); }), "Dense weight has NaN or infinite entries"));
  weight(1, 2) = std::numeric_limits<double>::infinity();
  CHECK(contains(refused([&] { small.weights(weight, bias); }), "Dense weight has NaN or infinite entries"));
  CHECK(contains(refused([&] { small.zero_state(Extent{0}); }), "batch is 0, must be at least 1"));
  CHECK(contains(refused([&] { small.zero_credit(Extent{batch}, 0); }), "steps per update is 0"));
  CHECK(contains(refused([&] { Projected{.connectivity = {0, out}}.validate(); }), "AllToAll.from is 0"));
  CHECK(contains(refused([&] { Projected{.connectivity = {in, -3}}.validate(); }), "AllToAll.to is -3"));
  Projected p = small;
  p.credit_columns = 0;
  CHECK(contains(refused([&] { p.validate(); }), "Dense.credit_columns is 0"));
  p = small;
  p.trace.membrane_decay = -0.1;
  CHECK(contains(refused([&] { p.zero_state(Extent{1}); }), "DoubleExponential.membrane_decay is -0.1"));
  CHECK(contains(refused([&] { small.learner(Sgd<double>{.rate = -1}); }), "Sgd.rate is -1"));
}

TEST_CASE("spikes, drives, deltas and weights of other shapes are refused with both", "[projection]") {
  Running r(small);
  const auto stepped = [&](const Projected::Weights& w, Index neurons, Index samples, Index drive_rows = out,
                           Index drive_cols = batch) {
    Matrix<double> drive(drive_rows, drive_cols);
    return error_of<std::invalid_argument>([&] {
      small.step(w, r.state, Spikes<double>{Extent{neurons}, Extent{samples}}, drive);
    });
  };
  CHECK(stepped(r.weights, in, batch) == "no error");
  CHECK(stepped(r.weights, in - 1, batch) == "neohebb: Dense input is 5 x 3, expected 6 x 3");
  CHECK(stepped(r.weights, in, batch + 1) == "neohebb: Dense input is 6 x 4, expected 6 x 3");
  CHECK(stepped(r.weights, in, batch, out + 1) == "neohebb: Dense drive is 6 x 3, expected 5 x 3");
  CHECK(stepped(r.weights, in, batch, out, 1) == "neohebb: Dense drive is 5 x 1, expected 5 x 3");
  const Projected larger{.connectivity = {in, out + 2}, .trace = small.trace};
  CHECK(stepped(larger.zero_weights(), in, batch) == "neohebb: Dense weight is 7 x 6, expected 5 x 6");

  auto credit = small.zero_credit(Extent{batch}, 4);
  const auto noted = [&](Index rows, Index cols, auto& to) {
    return error_of<std::invalid_argument>(
        [&] { small.credit(r.weights, r.state, Matrix<double>::Zero(rows, cols), to); });
  };
  CHECK(noted(out - 1, batch, credit) == "neohebb: Dense delta is 4 x 3, expected 5 x 3");
  CHECK(noted(out, batch + 1, credit) == "neohebb: Dense delta is 5 x 4, expected 5 x 3");
  CHECK(credit.empty());
  auto single = small.zero_credit(Extent{1}, 1);
  CHECK(noted(out, batch, single) ==
        "neohebb: Dense credit is made for 1 samples at a time, the state holds 3");
}
