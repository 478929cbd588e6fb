// Competing units against the formulas: currents, who learns, what is asked for.
#include <neohebb/layer/competing.hpp>

#include "catch.hpp"
#include "reference/competing.hpp"
#include "support/competing.hpp"

using namespace neohebb;
using laws::deviation;

namespace {

template <class S> constexpr double tolerance = std::same_as<S, float> ? 2e-5 : 1e-12;

/// One step and credit of each batch in turn, before one update: as if they were one batch.
template <class Layer, int... B>
void check_formulas(const Layer& layer, double bright, double dense_above, Extent<B>... batches) {
  using S = typename Layer::Scalar;
  const Index all = (Index(batches) + ...), inputs = layer.from, units = layer.to;
  const Matrix<S> x = support::images<S>(inputs, all, bright);
  CAPTURE(inputs, units, all, layer.power, layer.radius, bright, dense_above);
  const auto w = layer.initial_weights(Generator{.seed = 3}, S(0.4));
  auto credit = layer.zero_credit(Extent{std::max({Index(batches)...})}, Index(sizeof...(B)));
  Matrix<double> currents(units, all), g(units, all);
  Index first = 0;
  const auto show = [&](auto batch) {
    auto state = layer.zero_state(batch);
    if constexpr (requires { state.images.dense_above; }) state.images.dense_above = dense_above;
    const auto some = x.middleCols(first, batch);
    layer.step(w, state, some);
    layer.credit(w, state, some, credit);
    currents.middleCols(first, batch) = state.currents.template cast<double>();
    g.middleCols(first, batch) = support::factors_of<S>(layer, state).template cast<double>();
    first += batch;
  };
  (show(batches), ...);
  const auto wanted =
      reference::competing(layer, w.weight.template cast<double>(), x.template cast<double>(), currents);
  REQUIRE(deviation(currents, wanted.currents) < tolerance<S>);
  REQUIRE(deviation(g, wanted.g) < 1e-7);
  REQUIRE(deviation(layer.change(credit), wanted.ds) < tolerance<S> * double(all + 10) / 10);
  REQUIRE(deviation(layer.norms(w), wanted.norms) < tolerance<S>);
  for (Index r = 0; r < credit.rows; ++r)
    REQUIRE(credit.largest(r) == credit.change.row(r).cwiseAbs().maxCoeff());
}

constexpr double lists = 2, tiles = 0;

}  // namespace

TEMPLATE_TEST_CASE("ranked units learn as the formulas say, for every norm", "[layer]", float, double) {
  using S = TestType;
  for (const double p : {2.0, 2.5, 3.0, 4.0, 2.7})
    for (const double radius : {1.0, 1.3})
      for (const Index k : {2, 5})
        for (const double above : {lists, tiles}) {
          const CompetingUnits<S> layer{.from = 30,
                                        .to = 17,
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
        const CompetingUnits<S> layer{.from = inputs, .to = units, .power = 3};
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
          CompetingUnits<S>{.from = 40, .to = 17, .competition = {.rank = k, .anti_hebbian = S(delta)}}, 0.3,
          0.45, Extent{20});
  // Equal units: the first wins, the next one is second.
  const CompetingUnits<S> layer{.from = 3, .to = 5, .competition = {.rank = 3}};
  const auto w = layer.weights(Matrix<S>::Constant(5, 3, S(0.5)));
  auto state = layer.zero_state(Extent{1});
  layer.step(w, state, Matrix<S>::Identity(3, 1).eval());
  CHECK(layer.learning(state, 0)(0) == 0);
  CHECK(layer.learning(state, 0)(1) == 2);
}

TEMPLATE_TEST_CASE("sizes known to the compiler, some or all, change nothing for competing units", "[layer]",
                   float, double) {
  using S = TestType;
  const auto check = [](const auto& layer) {
    check_formulas(layer, 0.4, 0.45, Extent<3>{});
    check_formulas(layer, 0.4, 0.45, Extent<1>{}, Extent<1>{});
    check_formulas(layer, 0.4, 0.45, Extent{5});
  };
  check(CompetingUnits<S, Ranked<S>, 20, 8>{.power = 3});
  check(CompetingUnits<S, Ranked<S>, Dynamic, 8>{.from = 20, .power = S(2.5)});
  check(CompetingUnits<S, Ranked<S>, 20, Dynamic>{.to = 8});
}
