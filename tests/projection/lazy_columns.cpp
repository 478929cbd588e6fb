// Columns that wait for their updates, beside the recursion that makes each update at once.
#include <neohebb/projection/lazy_columns.hpp>

#include <neohebb/core/spikes.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

constexpr Index rows = 5, cols = 9;

/// W ← W − rate·δPᵀ at every step, by both.
template <class T> struct Learning {
  static constexpr int K = T::stages;
  using Columns = LazyColumns<double, Dynamic, Dynamic, K>;
  T trace;
  Stages<double, Dynamic, Dynamic, K> state{Extent{cols}, Extent{1}};
  Columns pending;
  Matrix<double> w = support::random_matrix(rows, cols, 1), naive = w;
  Spikes<double> in{Extent{cols}, Extent{1}};
  typename Columns::Scratch scratch;
  Index t = 0, blocks = 0;

  explicit Learning(const T& kernel)
      : trace(kernel), pending(Extent{rows}, Extent{cols}, kernel.transition()), scratch(pending.scratch()) {
    pending.begin(state.all);
  }
  void step(double spike_rate, double rate) {
    support::NoisyInput{.rate = spike_rate}(t++, 0, in);
    trace.step(state, in.dense());
    if (pending.full()) {
      pending.settle(w);
      pending.begin(state.all);
      ++blocks;
    } else {
      for (const auto j : in.active(0)) pending.renew(w, j, state.all.row(j));
    }
    const Vector<double> delta = support::random_matrix(rows, 1, static_cast<std::uint64_t>(100 + t));
    pending.append(rate, delta);
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < cols; ++j) naive(i, j) -= rate * delta(i) * trace.value(state)(j, 0);
  }
  Matrix<double> settled() const {
    Matrix<double> all = w;
    Columns copy = pending;
    copy.settle(all);
    return all;
  }
};

template <class T> void equals_the_recursion(const T& trace, double spike_rate) {
  Learning<T> learning(trace);
  REQUIRE(learning.pending.possible());
  double worst = 0;
  for (Index t = 0; t < 300; ++t) {
    learning.step(spike_rate, t % 3 == 0 ? 0.1 : 0.02);  // another rate from step to step
    worst = std::max(worst, distance(learning.settled(), learning.naive));
  }
  CHECK(worst < 1e-12 * std::max(1.0, learning.naive.cwiseAbs().maxCoeff()));
  CHECK(learning.blocks > 4);
  CHECK(distance(learning.naive, support::random_matrix(rows, cols, 1)) > 1e-3);
}

}  // namespace

TEST_CASE("settled columns are those of the recursion, at any rate of spikes", "[projection]") {
  for (const double spike_rate : {0.01, 0.05, 0.2, 0.5, 0.9, 1.0}) {
    equals_the_recursion(DoubleExponential<double>{}, spike_rate);
    equals_the_recursion(Exponential<double>{}, spike_rate);
  }
}

TEST_CASE("fast, slow and equal decays keep their digits", "[projection]") {
  for (const bool normalised : {true, false}) {
    for (const double decay : {0.05, 0.3, 0.9, 0.999})
      equals_the_recursion(Exponential<double>{.decay = decay, .normalised = normalised}, 0.1);
    for (const double decay : {0.04, 0.7, 0.99})
      equals_the_recursion(Alpha<double>{.decay = decay, .normalised = normalised}, 0.1);
    for (const auto& [slow, fast] :
         {std::pair{0.999, 0.04}, {0.04, 0.999}, {0.9, 0.9}, {0.9, 0.9 + 1e-9}, {0.5, 0.999}})
      equals_the_recursion(
          DoubleExponential<double>{.membrane_decay = slow, .synaptic_decay = fast, .normalised = normalised},
          0.1);
  }
}

TEST_CASE("a block is as long as its fastest stage keeps three percent, and never too long", "[projection]") {
  const auto length = [](double slow, double fast) {
    return LazyColumns<double, Dynamic, Dynamic, 2>::block_length(
        DoubleExponential<double>{.membrane_decay = slow, .synaptic_decay = fast}.transition());
  };
  CHECK(length(0.97, 0.92) == 42);
  CHECK(length(0.92, 0.97) == 42);
  CHECK(length(0.97, 0.5) == 5);
  CHECK(length(0.999, 0.999) == 48);
  CHECK(length(1, 1) == 48);
  CHECK(length(0.97, 0.031) == 1);
  CHECK(length(0.97, 0.02) == 0);
  CHECK(length(0.97, 0) == 0);
}

TEST_CASE("a trace that forgets within a step lets nothing wait", "[projection]") {
  for (const double decay : {0.0, 0.01, 0.029}) {
    const Exponential<double> trace{.decay = decay};
    LazyColumns<double, Dynamic, Dynamic, 1> pending(rows, cols, trace.transition());
    CHECK(!pending.possible());
    CHECK(pending.empty());
    Matrix<double> w = support::random_matrix(rows, cols, 1);
    const Matrix<double> before = w;
    pending.settle(w);
    CHECK(w == before);
  }
}

TEST_CASE("what is pending can be left out of sums and products without settling it", "[projection]") {
  Learning<DoubleExponential<double>> learning{{}};
  const auto x = support::random_matrix(cols, 4, 7);
  auto scratch = learning.pending.scratch();
  bool waits = false;
  for (Index t = 0; t < 100; ++t) {
    learning.step(0.1, 0.05);
    waits |= distance(learning.w, learning.naive) > 1e-3;
    const Matrix<double> before = learning.w;

    Matrix<double> y = learning.w * x;
    learning.pending.subtract_product(x, y, scratch);
    CHECK(distance(y, learning.naive * x) < 1e-12);

    const std::vector<std::int32_t> chosen{0, 3, 8};
    Vector<double> sum = learning.w.col(0) + learning.w.col(3) + learning.w.col(8);
    learning.pending.subtract(chosen, sum, learning.scratch);
    CHECK(distance(sum, learning.naive.col(0) + learning.naive.col(3) + learning.naive.col(8)) < 1e-12);
    CHECK(learning.w == before);
  }
  CHECK(waits);
}

TEST_CASE("settling twice changes nothing more, and ends the block", "[projection]") {
  Learning<DoubleExponential<double>> learning{{}};
  for (Index t = 0; t < 20; ++t) learning.step(0.1, 0.05);
  CHECK(!learning.pending.empty());
  learning.pending.as_of = 7;
  learning.pending.settle(learning.w);
  CHECK(learning.pending.empty());
  CHECK(learning.pending.as_of == 0);
  CHECK(distance(learning.w, learning.naive) < 1e-13);
  const Matrix<double> before = learning.w;
  learning.pending.settle(learning.w);
  CHECK(learning.w == before);
}

TEST_CASE("columns of fixed sizes wait like those of dynamic ones", "[projection]") {
  const DoubleExponential<double> trace;
  LazyColumns<double, int(rows), int(cols), 2> fixed({}, {}, trace.transition());
  Learning<DoubleExponential<double>> dynamic(trace);
  Eigen::Matrix<double, rows, cols> w = dynamic.w;
  fixed.begin(dynamic.state.all);
  for (Index t = 0; t < 100; ++t) {
    dynamic.step(0.1, 0.05);
    if (fixed.full()) {
      fixed.settle(w);
      fixed.begin(dynamic.state.all);
    } else {
      for (const auto j : dynamic.in.active(0)) fixed.renew(w, j, dynamic.state.all.row(j));
    }
    fixed.append(0.05, Vector<double>(support::random_matrix(rows, 1, static_cast<std::uint64_t>(101 + t))));
  }
  CHECK(!fixed.empty());
  fixed.settle(w);
  CHECK(distance(w, dynamic.naive) < 1e-12);
}
