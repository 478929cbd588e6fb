// Competing units against the formulas: currents, who learns, what is asked for.
#include <neohebb/layer/competing.hpp>

#include "catch.hpp"
#include "support/competing_formulas.hpp"

using namespace neohebb;
using laws::deviation;
using support::check_formulas, support::tolerance;

namespace {

constexpr double lists = 2, tiles = 0;

}  // namespace

TEMPLATE_TEST_CASE("ranked units learn as the formulas say, for every norm", "[layer]", float, double) {
  using S = TestType;
  for (const double p : {2.0, 2.5, 3.0, 4.0, 2.7})
    for (const double radius : {1.0, 1.3})
      for (const Index k : {2, 5})
        for (const double above : {lists, tiles}) {
          const CompetingUnits<S> layer{.inputs = 30,
                                        .units = 17,
                                        .competition = {.rank = k, .anti_hebbian = S(0.3)},
                                        .power = S(p),
                                        .radius = S(radius)};
          check_formulas(layer, 0.3, above, Extent{1});
          check_formulas(layer, 0.3, above, Extent{13});
          check_formulas(layer, 0.9, above, Extent{13}, Extent{1}, Extent{7});
        }
}

TEMPLATE_TEST_CASE("ranked units learn as the formulas say, for every size", "[layer]", float, double) {
  using S = TestType;
  for (const Index inputs : {2, 16, 257})
    for (const Index units : {2, 16, 33, 300})
      for (const double bright : {0.15, 0.8}) {
        const CompetingUnits<S> layer{.inputs = inputs, .units = units, .power = 3};
        for (const Index batch : {1, 12, 40}) check_formulas(layer, bright, 0.45, Extent{batch});
        auto state = layer.zero_state(Extent{1});
        const auto w = layer.initial_weights(Generator{.seed = 3});
        const Matrix<S> first_pixel = Matrix<S>::Identity(inputs, 1);
        layer.step(w, state, first_pixel);
        const Matrix<S> column = w.weight.col(0);
        CHECK(deviation(state.currents, column.cwiseProduct(column.cwiseAbs())) < tolerance<S>);
      }
}

TEMPLATE_TEST_CASE("ranks, strengths and ties of ranked units", "[layer]", float, double) {
  using S = TestType;
  for (const Index k : {2, 7, 16, 17})
    for (const double delta : {0.0, 0.2, 1.5})
      check_formulas(
          CompetingUnits<S>{.inputs = 40, .units = 17, .competition = {.rank = k, .anti_hebbian = S(delta)}},
          0.3, 0.45, Extent{20});
  // Equal units: the first wins, the next one is second.
  const CompetingUnits<S> layer{.inputs = 3, .units = 5, .competition = {.rank = 3}};
  const auto w = layer.weights(Matrix<S>::Constant(5, 3, S(0.5)));
  auto state = layer.zero_state(Extent{1});
  layer.step(w, state, Matrix<S>::Identity(3, 1).eval());
  CHECK(layer.learning(state, 0)(0) == 0);
  CHECK(layer.learning(state, 0)(1) == 2);
}
