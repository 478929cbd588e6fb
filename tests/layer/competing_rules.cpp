// Competing units under other rules than ranks: full dynamics, none, one of a user's own.
#include <neohebb/layer/competing.hpp>

#include "catch.hpp"
#include "reference/competing.hpp"
#include "support/competing.hpp"

using namespace neohebb;
using laws::deviation;

namespace {

/// As the comment of Competition has it.
struct TopTwo {
  static constexpr bool by_norm = false;
  void validate(Index) const {}
  template <int Units> static constexpr int most = 2;
  Index active(Index) const { return 2; }
  struct State {};
  template <int Units> State zero_state(Extent<Units>) const { return {}; }
  void operator()(State&, const auto& currents, auto&& learns) const {
    Index first, second;
    Vector<float> rest = currents;
    rest.maxCoeff(&first);
    rest(first) = -1e30f;
    rest.maxCoeff(&second);
    learns(first, 1.f);
    learns(second, 1.f);
  }
};
static_assert(Competition<TopTwo, float>);

template <class Layer> auto step_and_change(const Layer& layer, const auto& w, const auto& x, auto& state) {
  auto credit = layer.zero_credit(Extent{state.batch()}, 1);
  layer.step(w, state, x);
  layer.credit(w, state, x, credit);
  return layer.change(credit);
}

template <class Layer> void check_rule(const Layer& layer, auto batch) {
  using S = typename Layer::Scalar;
  const double tolerance = std::same_as<S, float> ? 2e-5 : 1e-12;
  const auto w = layer.initial_weights(Generator{.seed = 3}, S(0.4));
  const Matrix<S> x = support::images<S>(layer.inputs, batch, 0.4);
  auto state = layer.zero_state(batch);
  const auto ds = step_and_change(layer, w, x, state);
  const auto wanted = reference::competing(layer, w.weight.template cast<double>(), x.template cast<double>(),
                                           state.currents.template cast<double>());
  CAPTURE(Index(batch), layer.power);
  CHECK(deviation(support::factors_of<S>(layer, state), wanted.g) < 1e-6);
  CHECK(deviation(ds, wanted.ds) < tolerance);
  CHECK((wanted.g.array() > 0).any());
  if (Index(batch) > 1) CHECK((wanted.g.array() < 0).any());
}

}  // namespace

TEMPLATE_TEST_CASE("units under lateral inhibition learn as the formulas say", "[layer]", float, double) {
  using S = TestType;
  for (const double p : {2.0, 3.0}) {
    const CompetingUnits<S, LateralInhibition<S>> layer{
        .inputs = 30,
        .units = 12,
        .competition = {.inhibition = S(0.3), .threshold = S(0.5), .tolerance = S(1e-6)},
        .power = S(p),
        .radius = S(1.2)};
    for (const Index batch : {1, 5, 40}) check_rule(layer, Extent{batch});
  }
  check_rule(
      CompetingUnits<S, LateralInhibition<S>, 30, 12>{
          .competition = {.inhibition = S(0.3), .threshold = S(0.5), .tolerance = S(1e-6)}},
      Extent<4>{});
}

TEMPLATE_TEST_CASE("units that do not inhibit each other learn by their current over their norm", "[layer]",
                   float, double) {
  using S = TestType;
  for (const double p : {2.0, 2.7, 3.0}) {
    const CompetingUnits<S, Uninhibited<S>> layer{
        .inputs = 30, .units = 12, .competition = {.threshold = S(0.2)}, .power = S(p), .radius = S(0.8)};
    for (const Index batch : {1, 5, 40}) check_rule(layer, Extent{batch});
  }
  check_rule(CompetingUnits<S, Uninhibited<S>, 30, 12>{.competition = {.threshold = S(0.2)}}, Extent<4>{});
}

TEST_CASE("whether an uninhibited unit learns does not depend on the length of its weights", "[layer]") {
  const CompetingUnits<double, Uninhibited<double>> layer{
      .inputs = 30, .units = 12, .competition = {.threshold = 0.2}, .power = 3};
  const auto w = layer.initial_weights(Generator{.seed = 3});
  const Matrix<double> x = support::images<double>(30, 20, 0.4);
  auto state = layer.zero_state(Extent{20});
  layer.step(w, state, x);
  const Matrix<double> g = support::factors_of<double>(layer, state);
  for (const double scale : {0.01, 50.0}) {
    layer.step(layer.weights(scale * w.weight), state, x);
    CHECK(support::factors_of<double>(layer, state) == g);
  }
}

TEST_CASE("full dynamics and ranks move the same weights where two units stay active", "[layer]") {
  const auto x = support::images<double>(20, 30, 0.5);
  const CompetingUnits<double> ranked{.inputs = 20, .units = 2};
  const CompetingUnits<double, LateralInhibition<double>> full{
      .inputs = 20, .units = 2, .competition = {.inhibition = 0.6, .tolerance = 1e-9}};
  const auto w = ranked.weights(laws::uniform<double>(2, 20, 5, 0.1, 1));  // both see every image
  int alike = 0;
  for (Index b = 0; b < x.cols(); ++b) {
    const Matrix<double> image = x.col(b);
    auto state = ranked.zero_state(Extent{1});
    auto settled = full.zero_state(Extent{1});
    const auto ds = step_and_change(ranked, w, image, state);
    auto between = full;
    full.step(full.weights(w.weight), settled, image);
    const auto h = settled.competing[0].h;
    if (h.minCoeff() < 0.01 || h.maxCoeff() - h.minCoeff() < 0.01) continue;
    between.competition.threshold = h.mean();
    CHECK(deviation(step_and_change(between, between.weights(w.weight), image, settled), ds) < 1e-12);
    ++alike;
  }
  CHECK(alike > 5);
}

TEST_CASE("a competition of a user's own rules in a layer", "[layer]") {
  const CompetingUnits<float, TopTwo> layer{.inputs = 30, .units = 12, .radius = 1.5f};
  auto w = layer.initial_weights(Generator{.seed = 3});
  const Matrix<float> x = support::images<float>(30, 6, 0.4);
  auto state = layer.zero_state(Extent{6});
  const auto ds = step_and_change(layer, w, x, state);
  Matrix<float> wanted = Matrix<float>::Zero(12, 30);
  for (Index b = 0; b < 6; ++b)
    for (int place = 0; place < 2; ++place) {
      Vector<float> rest = state.currents.col(b);
      Index unit;
      rest.maxCoeff(&unit);
      if (place == 1) {
        rest(unit) = -1e30f;
        rest.maxCoeff(&unit);
      }
      wanted.row(unit) += 2.25f * x.col(b).transpose() - state.currents(unit, b) * w.weight.row(unit);
    }
  CHECK(deviation(ds, wanted) < 1e-5);
}
