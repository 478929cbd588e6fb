// How competing units' weights move: by the largest entry, by gradients, over threads, across checkpoints.
#include <neohebb/core/parallel.hpp>
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/layer/competing.hpp>

#include "catch.hpp"
#include "support/competing.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using laws::deviation;
using support::images, support::Lessons;

namespace {

template <class S> CompetingUnits<S> small() {
  return {.inputs = 30, .units = 17, .competition = {.rank = 3}, .power = 3};
}
/// Some steps: after each, ds and the weights before and after.
template <class S, class O>
void each_update(const CompetingUnits<S>& layer, const O& optimizer, auto&& check, int steps = 6) {
  Lessons lessons(layer, optimizer);
  auto state = layer.zero_state(Extent{8});
  for (int t = 0; t < steps; ++t) {
    const auto x = images<S>(layer.inputs, 8, 0.3, static_cast<std::uint32_t>(10 * t));
    const RowMatrix<S> before = lessons.weights.weight;
    layer.step(lessons.weights, state, x);
    layer.credit(lessons.weights, state, x, lessons.credit);
    const RowMatrix<S> ds = layer.change(lessons.credit);
    layer.update(lessons.weights, state, lessons.credit, lessons.learner);
    CHECK(lessons.credit.empty());
    CHECK(layer.change(lessons.credit).isZero(0));
    check(ds, before, lessons.weights.weight);
  }
}

struct Steepest {
  using Scalar = float;
  static constexpr bool linear = true;
  float rate = 0.01f;
  struct State {
    static void fields(auto&, auto&&) {}
  };
  template <int R, int C> State zero_state(Extent<R>, Extent<C>) const { return {}; }
  void step(State&, const auto& gradient, auto&& weights) const { weights -= rate * gradient; }
};

}  // namespace

TEMPLATE_TEST_CASE("the largest change of competing weights is the rate, and all others in proportion",
                   "[layer]", float, double) {
  using S = TestType;
  constexpr S rate = S(0.0625);
  for (const S radius : {S(0.5), S(1), S(3)}) {
    auto layer = small<S>();
    layer.radius = radius;
    each_update<S>(
        layer, LargestEntry<S>{.rate = rate}, [&](const auto& ds, const auto& before, const auto& w) {
          const Matrix<S> moved = w - before, wanted = ds * (rate / ds.cwiseAbs().maxCoeff());
          CHECK(std::abs(moved.cwiseAbs().maxCoeff() - rate) < 4 * std::numeric_limits<S>::epsilon());
          CHECK(deviation(moved, wanted) < 4 * std::numeric_limits<S>::epsilon());
        });
  }
}

TEMPLATE_TEST_CASE("where nothing is to be learned the largest entry counts as the precision", "[layer]",
                   float, double) {
  using S = TestType;
  // Weights zero, image tiny: ds is g R² v alone, and smaller than the precision.
  const CompetingUnits<S> layer{.inputs = 2, .units = 2};
  auto w = layer.weights(Matrix<S>::Zero(2, 2));
  auto state = layer.zero_state(Extent{1});
  auto credit = layer.zero_credit(Extent{1}, 1);
  auto learner = layer.learner(LargestEntry<S>{.rate = S(0.5), .precision = S(1e-10)});
  const Matrix<S> x{{S(1e-12)}, {S(0)}};
  layer.step(w, state, x);
  layer.credit(w, state, x, credit);
  layer.update(w, state, credit, learner);
  CHECK(std::abs(w.weight(0, 0) - S(0.005)) < S(1e-7));
  CHECK(std::abs(w.weight(1, 0) + S(0.4) * S(0.005)) < S(1e-7));
  CHECK(w.weight.col(1).isZero(0));
  // A unit that has learned its pattern entirely, and images that are next to nothing: no NaN.
  auto ideal = layer.weights(Matrix<S>{{S(1), S(0)}, {S(0), S(-1)}});
  const auto plain = CompetingUnits<S>{.inputs = 2, .units = 2, .competition = {.anti_hebbian = 0}};
  const Matrix<S> pattern{{S(1)}, {S(0)}};
  auto entry = plain.learner(LargestEntry<S>{});
  auto none = plain.zero_credit(Extent{1}, 1);
  plain.step(ideal, state, pattern);
  plain.credit(ideal, state, pattern, none);
  CHECK(!none.empty());
  plain.update(ideal, state, none, entry);
  CHECK(ideal.weight == (Matrix<S>{{S(1), S(0)}, {S(0), S(-1)}}));
  // No credit, no move.
  plain.update(ideal, state, none, entry);
  CHECK(ideal.weight == (Matrix<S>{{S(1), S(0)}, {S(0), S(-1)}}));
}

TEMPLATE_TEST_CASE("the un-normalised rule moves competing weights by rate times what was asked", "[layer]",
                   float, double) {
  using S = TestType;
  each_update<S>(small<S>(), Sgd<S>{.rate = S(0.01)}, [](const auto& ds, const auto& before, const auto& w) {
    CHECK(deviation(w, before + S(0.01) * ds) < 4 * std::numeric_limits<S>::epsilon());
  });
}

TEMPLATE_TEST_CASE("any optimizer moves competing weights along what was asked", "[layer]", float, double) {
  using S = TestType;
  const auto check = [](const auto& optimizer) {
    const auto layer = small<S>();
    auto moments = optimizer.zero_state(Extent{layer.units}, Extent{layer.inputs});
    each_update<S>(layer, optimizer, [&](const auto& ds, const auto& before, const auto& w) {
      Matrix<S> wanted = before;
      optimizer.step(moments, Matrix<S>(-ds), wanted);
      CHECK(deviation(w, wanted) <= laws::rounding<S>);
    });
  };
  check(Momentum<S>{.rate = S(0.01)});
  check(Adam<S>{.rate = S(0.01)});
  check(AdaMax<S>{.rate = S(0.01)});
}

TEST_CASE("a rate that falls by a schedule is obeyed", "[layer]") {
  const auto layer = small<double>();
  Lessons lessons(layer, LargestEntry<double>{});
  auto state = layer.zero_state(Extent{8});
  for (const double rate : {0.04, 0.01, 0.0}) {
    const Matrix<double> before = lessons.weights.weight;
    set_rate(lessons.learner, rate);
    lessons.show(state, images<double>(30, 8));
    CHECK(std::abs((lessons.weights.weight - before).cwiseAbs().maxCoeff() - rate) < 1e-14);
  }
}

TEMPLATE_TEST_CASE("a team of any size learns the same bits", "[layer]", float, double) {
  using S = TestType;
  const auto check = [](const auto& layer, const auto& optimizer, double bright) {
    const auto learned = [&](auto&&... team) {
      Lessons lessons(layer, optimizer);
      auto state = layer.zero_state(Extent{50});
      for (std::uint32_t t = 0; t < 4; ++t)
        lessons.show(state, images<S>(layer.inputs, 50, bright, 10 * t), team...);
      return lessons.weights;
    };
    const auto alone = learned();
    for (const int threads : {1, 2, 3}) {
      ThreadTeam team(threads);
      CHECK((learned(team) == alone));
    }
  };
  for (const double bright : {0.2, 0.8}) {
    const CompetingUnits<S> layer{.inputs = 70, .units = 300, .competition = {.rank = 7}, .power = 3};
    check(layer, LargestEntry<S>{}, bright);
    check(layer, Adam<S>{.rate = S(0.01)}, bright);
  }
  check(
      CompetingUnits<S, LateralInhibition<S>>{
          .inputs = 40, .units = 30, .competition = {.tolerance = S(1e-4)}},
      LargestEntry<S>{}, 0.3);
  check(CompetingUnits<S, Uninhibited<S>>{.inputs = 40, .units = 150, .competition = {.threshold = S(0.3)}},
        Sgd<S>{.rate = S(0.001)}, 0.3);
}

TEST_CASE("learning of competing units resumes from a checkpoint bit for bit", "[layer]") {
  const support::TemporaryFolder folder;
  const auto check = [&](const auto& optimizer, auto other, const std::string& name) {
    const auto layer = small<float>();
    Lessons whole(layer, optimizer), half = whole, resumed(layer, other, 0.7f);
    auto state = layer.zero_state(Extent{8});
    const auto days = [&](auto& lessons, std::uint32_t from, std::uint32_t to) {
      for (auto t = from; t < to; ++t) lessons.show(state, images<float>(30, 8, 0.3, 10 * t));
    };
    days(whole, 0, 10);
    days(half, 0, 5);
    Checkpoint file;
    file.put("competing", half);
    file.save(folder / name);
    Checkpoint::load(folder / name).get("competing", resumed);
    days(resumed, 5, 10);
    CHECK((resumed.weights == whole.weights));
    CHECK(!(half.weights == whole.weights));
    CHECK(resumed.learner.optimizer.rate == whole.learner.optimizer.rate);
  };
  check(LargestEntry<float>{.rate = 0.03f}, LargestEntry<float>{.rate = 0.9f}, "entry.npz");
  check(Sgd<float>{.rate = 0.003f}, Sgd<float>{.rate = 0.9f}, "sgd.npz");
  check(Adam<float>{.rate = 0.003f}, Adam<float>{.rate = 0.9f}, "adam.npz");
}

TEST_CASE("a checkpoint between two credits of one update resumes bit for bit", "[layer]") {
  const support::TemporaryFolder folder;
  const auto layer = small<float>();
  Lessons lessons(layer, LargestEntry<float>{.rate = 0.03f}, 0.3f, 8);
  auto state = layer.zero_state(Extent{8});
  const auto noted = [&](auto& credit, std::uint32_t number) {
    const auto x = images<float>(30, 8, 0.3, number);
    layer.step(lessons.weights, state, x);
    layer.credit(lessons.weights, state, x, credit);
  };
  noted(lessons.credit, 1);
  Checkpoint file;
  file.put("credit", lessons.credit);
  file.save(folder / "credit.npz");
  auto resumed = layer.zero_credit(Extent{8}, 2);
  Checkpoint::load(folder / "credit.npz").get("credit", resumed);
  noted(lessons.credit, 20);
  noted(resumed, 20);
  CHECK(layer.change(resumed) == layer.change(lessons.credit));
  auto weights = lessons.weights;
  layer.update(lessons.weights, state, lessons.credit, lessons.learner);
  layer.update(weights, state, resumed, lessons.learner);
  CHECK((weights == lessons.weights));
}

TEST_CASE("a linear optimizer of a user's own moves the rows that learned as Sgd does", "[layer]") {
  const auto layer = small<float>();
  Lessons own(layer, Steepest{});
  Lessons sgd(layer, Sgd<float>{.rate = 0.01f});
  auto state = layer.zero_state(Extent{8});
  for (std::uint32_t t = 0; t < 5; ++t) {
    own.show(state, images<float>(30, 8, 0.3, 10 * t));
    sgd.show(state, images<float>(30, 8, 0.3, 10 * t));
  }
  CHECK((own.weights == sgd.weights));
}
