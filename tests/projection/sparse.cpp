// A few synapses for each input are a matrix with zeros elsewhere, that takes no room for them.
#include <neohebb/projection/sparse.hpp>

#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <set>

#include "catch.hpp"
#include "laws/eligibility_laws.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains;
using reference::message_of;

namespace {

using M = Matrix<double>;
/// The matrix that holds weights where synapses are.
M spread(const Sparse& joins, const M& w) {
  M all = M::Zero(Index(joins.to), Index(joins.from));
  for (Index j = 0; j < w.cols(); ++j)
    for (Index k = 0; k < joins.count(j); ++k) all((*joins.targets)(k, j), j) += w(k, j);
  return all;
}
M collect(const Sparse& joins, const M& all) {
  M w = M::Zero(Index(joins.rows()), Index(joins.cols()));
  for (Index j = 0; j < w.cols(); ++j)
    for (Index k = 0; k < joins.count(j); ++k) w(k, j) = all((*joins.targets)(k, j), j);
  return w;
}
/// Input j has j mod 5 synapses, at most 4.
Sparse uneven(Index in, Index out) {
  auto targets = *Sparse::random({in}, {out}, 4, Generator{.seed = 2}).targets;
  for (Index j = 0; j < in; ++j) targets.col(j).tail(4 - j % 5).setConstant(-1);
  return {in, out, std::make_shared<const Matrix<std::int32_t>>(targets)};
}

}  // namespace

TEST_CASE("random synapses are different ones for each input, and none to itself where that is asked",
          "[projection]") {
  const Sparse joins = Sparse::random({20}, {20}, 7, Generator{.seed = 1}, false);
  joins.validate();
  Vector<int> reached = Vector<int>::Zero(20);
  for (Index j = 0; j < 20; ++j) {
    std::set<std::int32_t> different;
    for (Index k = 0; k < 7; ++k) {
      different.insert((*joins.targets)(k, j));
      ++reached((*joins.targets)(k, j));
    }
    CHECK(different.size() == 7);
    CHECK_FALSE(different.contains(static_cast<std::int32_t>(j)));
  }
  CHECK(reached.minCoeff() > 0);
  CHECK(*Sparse::random({20}, {20}, 7, Generator{.seed = 1}, false).targets == *joins.targets);
}

TEST_CASE("sparse synapses step and learn as a masked matrix does, by products and by events",
          "[projection]") {
  constexpr Index in = 15, out = 12, batch = 3, window = 5;
  const bool even = GENERATE(true, false);
  const Sparse joins = even ? Sparse::random({in}, {out}, 4, Generator{.seed = 2}) : uneven(in, out);
  joins.validate();
  const M present = spread(joins, M::Ones(4, in));
  CHECK(present.sum() == (even ? 60 : 30));
  const auto check = [&](const auto& sparse, const auto& masked) {
    auto a = sparse.initial_weights(ScaledNormal<double>{3}, Generator{.seed = 3});
    auto b = masked.weights(spread(joins, M(a.copy().weight)), Vector<double>::Zero(out));
    auto sa = sparse.zero_state(Extent{batch});
    auto sb = masked.zero_state(Extent{batch});
    auto ca = sparse.zero_credit(Extent{batch}, window);
    auto cb = masked.zero_credit(Extent{batch}, window);
    auto la = sparse.learner(Adam<double>{.rate = 0.05});
    auto lb = masked.learner(Adam<double>{.rate = 0.05});
    Spikes<double> spikes(in, batch);
    M da(out, batch), db(out, batch);
    for (std::uint32_t t = 0; t < 4 * window; ++t) {
      spikes.assign(laws::zero_one<double>(in, batch, t));
      sparse.step(a, sa, spikes, da);
      masked.step(b, sb, spikes, db);
      CHECK(laws::deviation(da, db) < 1e-13);
      const M delta = laws::uniform<double>(out, batch, 50 + t);
      sparse.credit(a, sa, delta, ca);
      masked.credit(b, sb, delta, cb);
      if ((t + 1) % window != 0) continue;
      CHECK(laws::deviation(sparse.gradient(ca).weight, collect(joins, masked.gradient(cb).weight)) < 1e-13);
      sparse.update(a, sa, ca, la);
      masked.update(b, sb, cb, lb);
      CHECK(laws::deviation(M(a.copy().weight), collect(joins, b.copy().weight)) < 1e-12);
      if (!even) CHECK(M(a.copy().weight).col(0).isZero(0));
    }
  };
  using T = DoubleExponential<double>;
  const Dense<T, AllToAll<>, Mask<double>> masked{
      .connectivity = {in, out}, .constraint = {present}, .bias = false};
  check(Dense<T, Sparse>{.connectivity = joins, .bias = false}, masked);
  check(EventDriven<T, Sparse>{.connectivity = joins, .bias = false, .arithmetic = Arithmetic::events},
        masked);
}

TEST_CASE("eligibilities are the same over sparse synapses that take no room for zeros", "[laws]") {
  const EventDriven<Pulses<double>, Sparse> events{
      .connectivity = Sparse::random({9}, {6}, 3, Generator{.seed = 4}),
      .trace = {.decay = 0.8},
      .bias = false,
      .arithmetic = Arithmetic::events};
  laws::check_eligibility<double>(Eprop<double>{.adaptation_decay = 0.9, .readout_decay = 0.7}, events);
}

TEST_CASE("eligibilities are the same where inputs have different numbers of synapses", "[laws]") {
  const EventDriven<Pulses<double>, Sparse> events{
      .connectivity = uneven(9, 6), .trace = {.decay = 0.8}, .bias = false, .arithmetic = Arithmetic::events};
  laws::check_eligibility<double>(Eprop<double>{.adaptation_decay = 0.9, .readout_decay = 0.7}, events);
}

TEST_CASE("sparse synapses refuse targets that are not there", "[projection]") {
  CHECK(contains(message_of([] { Sparse{{3}, {4}}.validate(); }), "Sparse.targets is empty"));
  auto targets = std::make_shared<Matrix<std::int32_t>>(Matrix<std::int32_t>::Constant(2, 3, 4));
  CHECK(contains(message_of([&] {
                   Sparse{{3}, {4}, targets}.validate();
                 }),
                 "from 4 to 4, must be from 0 to 3, or -1 where there is no synapse"));
  auto gap = std::make_shared<Matrix<std::int32_t>>(Matrix<std::int32_t>::Constant(2, 3, 1));
  (*gap)(0, 1) = -1;
  CHECK(contains(message_of([&] {
                   Sparse{{3}, {4}, gap}.validate();
                 }),
                 "Sparse.targets of input 1 has a target after a -1"));
  CHECK(contains(message_of([&] {
                   Sparse{{5}, {9}, targets}.validate();
                 }),
                 "must have a column for each of 5 inputs"));
  CHECK(contains(message_of([] { Sparse::random({3}, {4}, 5, Generator{}); }),
                 "Sparse: synapses of an input is 5"));
}
