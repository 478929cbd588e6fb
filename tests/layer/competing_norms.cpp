// The norm law of competing units: Σ|W|^p of a unit that learns goes to R^p.
#include <neohebb/layer/competing.hpp>

#include "catch.hpp"
#include "support/competing.hpp"

using namespace neohebb;
using laws::deviation;
using support::Lessons;

namespace {

/// Two units, of which the first wins always and alone.
template <class S> auto one_winner(S p, S radius) {
  return CompetingUnits<S>{
      .inputs = 6, .units = 2, .competition = {.anti_hebbian = 0}, .power = p, .radius = radius};
}
const Matrix<double> image{{0.2}, {0.9}, {0.4}, {0}, {0.7}, {0.1}};

}  // namespace

TEST_CASE("the norm of a unit that learns changes by its own law", "[layer]") {
  // d⟨W,W⟩/dt = g p I (R^p − ⟨W,W⟩)/τ_L
  for (const double p : {2.0, 2.5, 3.0, 4.0})
    for (const double radius : {0.7, 1.0, 1.4})
      for (const double scale : {0.4, 1.0, 1.5}) {
        const auto layer = one_winner(p, radius);
        Matrix<double> start = laws::uniform<double>(2, 6, 1, -0.2, 0.8) * scale;
        start.row(0) = start.row(0).cwiseAbs();
        start.row(1).setConstant(-0.1);
        auto w = layer.weights(start);
        auto state = layer.zero_state(Extent{1});
        auto credit = layer.zero_credit(Extent{1}, 1);
        const double norm = layer.norms(w)(0), tau = 20, dt = 1e-6;
        layer.step(w, state, image);
        const double current = state.currents(0), other = state.currents(1);
        REQUIRE(current > other);
        const double law = p * current * (std::pow(radius, p) - norm) / tau;
        layer.present(w, state, image, credit, dt, dt, tau);
        CAPTURE(p, radius, scale);
        CHECK(std::abs((layer.norms(w)(0) - norm) / dt - law) < 1e-5 * (1 + std::abs(law)));
        CHECK(w.weight.row(1) == start.row(1));
      }
}

TEST_CASE("anti-Hebbian learning drives the norm away from the radius", "[layer]") {
  const CompetingUnits<double> layer{
      .inputs = 6, .units = 2, .competition = {.anti_hebbian = 0.4}, .power = 3};
  auto w = layer.weights(Matrix<double>{{0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, {0.3, 0.3, 0.3, 0.3, 0.3, 0.3}});
  auto state = layer.zero_state(Extent{1});
  auto credit = layer.zero_credit(Extent{1}, 1);
  const Vector<double> norms = layer.norms(w);
  layer.step(w, state, image);
  const double current = state.currents(1);
  layer.present(w, state, image, credit, 1e-6, 1e-6, 1);
  CHECK(std::abs((layer.norms(w)(1) - norms(1)) / 1e-6 + 0.4 * 3 * current * (1 - norms(1))) < 1e-5);
}

TEMPLATE_TEST_CASE("norms converge to the radius from above and from below", "[layer]", float, double) {
  using S = TestType;
  for (const double p : {2.0, 2.7, 3.0})
    for (const double radius : {0.8, 1.0, 1.3})
      for (const double start : {0.2, 0.9}) {
        const auto layer = one_winner(S(p), S(radius));
        Matrix<S> weight = Matrix<S>::Constant(2, 6, S(start * radius));
        weight.row(1) *= S(-1);
        auto w = layer.weights(weight);
        auto state = layer.zero_state(Extent{1});
        auto credit = layer.zero_credit(Extent{1}, 1);
        const S wanted = S(std::pow(radius, p)), before = layer.norms(w)(0);
        const Matrix<S> x = image.cast<S>();
        S last = before;
        for (int t = 0; t < 40; ++t) {
          layer.present(w, state, x, credit, S(5), S(0.1), S(10));
          const S norm = layer.norms(w)(0);
          if (before < wanted)
            REQUIRE((norm > last * S(0.99999) && norm < wanted * S(1.0001)));
          else
            REQUIRE((norm < last * S(1.00001) && norm > wanted * S(0.9999)));
          last = norm;
        }
        CAPTURE(p, radius, start);
        CHECK(std::abs(last - wanted) < S(1e-3) * wanted);
        // What it has learned: v_i = ⟨W, v⟩ W_i / R^p, its image's direction.
        CHECK(deviation(Matrix<S>(w.weight.row(0).normalized()), Matrix<S>(x.transpose().normalized())) <
              0.01);
        // The other unit's norm stays.
        CHECK(layer.converged(w) == (std::abs(layer.norms(w)(1) - wanted) <= S(0.05) * wanted ? 2 : 1));
      }
}

TEST_CASE("presenting an image is Euler's method, with the competition settled at every step", "[layer]") {
  const CompetingUnits<double, LateralInhibition<double>> layer{
      .inputs = 6,
      .units = 4,
      .competition = {.inhibition = 0.3, .threshold = 0.4},
      .power = 2.5,
      .radius = 1.2};
  auto w = layer.weights(laws::uniform<double>(4, 6, 2, 0, 1)), by_hand = w;
  auto state = layer.zero_state(Extent{1}), same = state;
  auto credit = layer.zero_credit(Extent{1}, 1);
  layer.present(w, state, image, credit, 1.0, 0.1, 5.0);
  const double attraction = std::pow(1.2, 2.5);
  for (int t = 0; t < 10; ++t) {
    layer.step(by_hand, same, image);
    const Matrix<double> g = support::factors_of<double>(layer, same);
    for (Index u = 0; u < 4; ++u)
      by_hand.weight.row(u) +=
          0.02 * g(u) * (attraction * image.transpose() - same.currents(u) * by_hand.weight.row(u));
  }
  CHECK(deviation(w.weight, by_hand.weight) < 1e-12);
}

TEST_CASE("units within the tolerance of the radius are counted", "[layer]") {
  const CompetingUnits<double> layer{.inputs = 2, .units = 4, .power = 3, .radius = 2};
  const auto w = layer.weights(Matrix<double>{{2, 0}, {0, -2.03}, {1.9, 0}, {0, 0}});
  CHECK(deviation(layer.norms(w), Vector<double>{{8, 2.03 * 2.03 * 2.03, 6.859, 0}}) < 1e-15);
  CHECK(layer.converged(w) == 2);
  CHECK(layer.converged(w, 0.01) == 1);
  CHECK(layer.converged(w, 0.2) == 3);
}

TEMPLATE_TEST_CASE("weights of pixels that stay dark fade to zero, and never become subnormal", "[layer]",
                   float, double) {
  using S = TestType;
  const CompetingUnits<S> layer{
      .inputs = 40, .units = 4, .competition = {.anti_hebbian = S(0.2)}, .power = 3};
  Lessons lessons(layer, Sgd<S>{.rate = S(0.3)}, S(0.4));
  auto state = layer.zero_state(Extent{4});
  Matrix<S> x = support::images<S>(40, 4, 0.5);
  x.bottomRows(20).setZero();
  int zero = 0;
  for (int t = 0; t < 4000; ++t) {
    lessons.show(state, x);
    const auto& w = lessons.weights.weight;
    REQUIRE((w.array().abs() >= std::numeric_limits<S>::min() || w.array() == S(0)).all());
    zero = static_cast<int>((w.rightCols(20).array() == S(0)).count());
  }
  CHECK(zero >= 20);
}
