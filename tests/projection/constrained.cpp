// Constraints hold through learning: missing synapses, signs, bounds.
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

constexpr Index in = 200, out = 4, batch = 2;  // two pieces of columns
using Rules = Constraints<Mask<double>, Signs<double>, Bounds<double>>;
using Projected = Dense<Exponential<double>, AllToAll<>, Rules>;

Projected constrained() {
  const Matrix<double> present =
      (support::random_matrix(out, in, 1).array() > 0).cast<double>().matrix();  // about half
  const Vector<double> sign = Vector<double>::NullaryExpr(in, [](Index j) { return double(j % 3) - 1; });
  return {.connectivity = {in, out},
          .trace = {0.7},
          .constraint = {{Mask<double>{present}, Signs<double>{sign}, Bounds<double>{-0.25, 0.5}}}};
}
bool holds(const Rules& rules, const Matrix<double>& w) {
  const auto& [mask, signs, bounds] = rules.all;
  const bool masked = (mask.present.array() == 0).select(w, 0).isZero(0);
  const bool signed_well = ((w * signs.sign.asDiagonal()).array() >= 0).all();
  return masked && signed_well && w.minCoeff() >= bounds.lower && w.maxCoeff() <= bounds.upper;
}

}  // namespace

TEST_CASE("absent synapses stay exactly zero, signs and bounds are kept while learning", "[projection]") {
  const Projected p = constrained();
  auto weights = p.initial_weights(ScaledNormal<double>{5}, Generator{.seed = 2});
  CHECK(holds(p.constraint, weights.weight));
  auto state = p.zero_state(Extent{batch});
  auto credit = p.zero_credit(Extent{batch}, 2);
  auto learner = p.learner(Adam<double>{.rate = 0.1});
  Spikes<double> spikes(in, batch);
  Matrix<double> drive(out, batch);
  const Matrix<double> first = weights.weight;
  for (Index t = 0; t < 60; ++t) {
    support::NoisyInput{}(t, 0, spikes);
    p.step(weights, state, spikes, drive);
    p.credit(weights, state, support::random_matrix(out, batch, static_cast<std::uint64_t>(t)), credit);
    if (t % 2 == 1) p.update(weights, state, credit, learner);
    CHECK(holds(p.constraint, weights.weight));
  }
  const auto& present = std::get<0>(p.constraint.all).present;
  const auto changed = ((weights.weight - first).array() != 0).cast<double>().sum();
  CHECK(changed > 0.5 * present.sum());
  CHECK(weights.weight.maxCoeff() == 0.5);  // the bounds are at work
  CHECK(weights.weight.minCoeff() == -0.25);
}

TEST_CASE("given weights are constrained from the start", "[projection]") {
  const Projected p = constrained();
  const auto weights = p.weights(support::random_matrix(out, in, 3), Vector<double>::Zero(out));
  CHECK(holds(p.constraint, weights.weight));
}

TEST_CASE("constraints that do not fit the projection are refused", "[projection]") {
  const auto refused = [](auto&& change) {
    Projected p = constrained();
    change(p.constraint.all);
    return error_of<std::invalid_argument>([&] { p.validate(); });
  };
  CHECK(contains(refused([](auto& c) { std::get<0>(c).present.resize(3, 3); }), "Mask.present"));
  CHECK(contains(refused([](auto& c) { std::get<0>(c).present = Matrix<double>::Ones(3, in); }),
                 "Mask.present is 3 x 200, expected 4 x 200"));
  CHECK(contains(refused([](auto& c) { std::get<0>(c).present(0, 0) = 0.5; }),
                 "Mask.present has entries other than 0 and 1"));
  CHECK(contains(refused([](auto& c) { std::get<1>(c).sign = Vector<double>::Ones(7); }),
                 "Signs.sign holds 7 signs, the projection has 200 inputs"));
  CHECK(contains(refused([](auto& c) { std::get<1>(c).sign(0) = 2; }), "Signs.sign has entries other than"));
  CHECK(contains(refused([](auto& c) { std::get<2>(c).lower = 1; }), "lies above Bounds.upper"));
}
