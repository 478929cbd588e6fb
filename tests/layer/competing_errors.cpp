// What competing units refuse, and that nothing has changed by then.
#include <neohebb/core/parallel.hpp>
#include <neohebb/layer/competing.hpp>

#include "catch.hpp"
#include "reference/message.hpp"
#include "support/competing.hpp"

using namespace neohebb;
using reference::contains, reference::message_of;
using support::images, support::Lessons;

namespace {

using Units = CompetingUnits<float>;
std::string refusal(const Units& layer) {
  return message_of([&] { layer.validate(); });
}

struct Talkative : Ranked<float> {
  Index number = 2, unit = 0;
  void operator()(auto&, const auto&, auto&& learns) const {
    for (Index n = 0; n < number; ++n) learns(unit, 1.f);
  }
};

}  // namespace

TEST_CASE("competing units refuse parameters without sense", "[layer]") {
  CHECK(refusal({.inputs = 784, .units = 100}) == "accepted");
  CHECK(refusal({.units = 3}) == "neohebb: CompetingUnits.inputs is 0, must be at least 1");
  CHECK(refusal({.inputs = 3}) == "neohebb: CompetingUnits.units is 0, must be at least 1");
  CHECK(refusal({.inputs = 784, .units = 5, .competition = {.rank = 7}}) ==
        "neohebb: Ranked.rank is 7, must be from 2 to the 5 units that compete");
  CHECK(refusal({.inputs = 784, .units = 1}) ==
        "neohebb: Ranked.rank is 2, must be from 2 to the 1 units that compete");
  CHECK(contains(refusal({.inputs = 3, .units = 3, .competition = {.anti_hebbian = -0.25f}}),
                 "Ranked.anti_hebbian is -0.25, must be finite and not negative"));
  CHECK(refusal({.inputs = 3, .units = 3, .power = 1.5f}) ==
        "neohebb: CompetingUnits.power is 1.5, must be finite and at least 2: below, the rule has no stable "
        "norm");
  CHECK(refusal({.inputs = 3, .units = 3, .radius = 0}) ==
        "neohebb: CompetingUnits.radius is 0, must be finite and positive");
  for (const float bad : {NAN, INFINITY}) {
    CHECK(contains(refusal({.inputs = 3, .units = 3, .power = bad}), "CompetingUnits.power is "));
    CHECK(contains(refusal({.inputs = 3, .units = 3, .radius = bad}), "CompetingUnits.radius is "));
    CHECK(contains(refusal({.inputs = 3, .units = 3, .competition = {.anti_hebbian = bad}}),
                   "anti_hebbian is "));
  }
  // Every value that is made from them refuses them.
  const Units none{.inputs = 784, .units = 5, .competition = {.rank = 7}};
  const auto refused = [](auto&& f) { return contains(message_of(f), "Ranked.rank is 7"); };
  CHECK(refused([&] { none.initial_weights(Generator{}); }));
  CHECK(refused([&] { none.weights(Matrix<float>::Ones(5, 784)); }));
  CHECK(refused([&] { none.zero_state(Extent{3}); }));
  CHECK(refused([&] { none.zero_credit(Extent{3}, 1); }));
  CHECK(refused([&] { none.learner(LargestEntry<float>{}); }));
}

TEST_CASE("competing units refuse weights, batches and rates without sense", "[layer]") {
  const Units layer{.inputs = 4, .units = 3};
  const auto given = [&](const Matrix<float>& weight) { return message_of([&] { layer.weights(weight); }); };
  CHECK(given(Matrix<float>::Ones(3, 4)) == "accepted");
  CHECK(given(Matrix<float>::Ones(4, 3)) == "neohebb: CompetingUnits weight is 4 x 3, expected 3 x 4");
  for (const float bad : {NAN, INFINITY})
    CHECK(contains(given(Matrix<float>::Constant(3, 4, bad)), "CompetingUnits weight has NaN or infinite"));
  for (const float bad : {NAN, INFINITY, 0.f, -1.f})
    CHECK(contains(message_of([&] { layer.initial_weights(Generator{}, bad); }),
                   "CompetingUnits: weights of deviation "));
  CHECK(contains(message_of([&] { layer.zero_state(Extent{0}); }), "batch is 0"));
  CHECK(contains(message_of([&] { layer.zero_credit(Extent{0}, 1); }), "batch is 0"));
  CHECK(contains(message_of([&] { layer.zero_credit(Extent{1}, 0); }), "batches per update is 0"));
  CHECK(contains(message_of([&] { layer.learner(LargestEntry<float>{.rate = -1}); }),
                 "LargestEntry.rate is -1, must be finite and not negative"));
  CHECK(contains(message_of([&] { layer.learner(LargestEntry<float>{.precision = 0}); }),
                 "LargestEntry.precision is 0, must be positive"));
  CHECK(contains(message_of([&] { layer.learner(LargestEntry<float>{.precision = NAN}); }), "precision is"));
  CHECK(contains(message_of([&] { layer.learner(Sgd<float>{.rate = NAN}); }), "Sgd.rate is"));
  auto w = layer.initial_weights(Generator{});
  auto state = layer.zero_state(Extent{1});
  auto credit = layer.zero_credit(Extent{1}, 1);
  const Matrix<float> x = Matrix<float>::Identity(4, 1);
  const auto presented = [&](float duration, float dt, float tau) {
    return message_of([&] { layer.present(w, state, x, credit, duration, dt, tau); });
  };
  CHECK(presented(1, 0.5f, 10) == "accepted");
  CHECK(contains(presented(1, 0, 10), "CompetingUnits.present: 1 in steps of 0"));
  CHECK(contains(presented(1, 2, 10), "a step no longer than the whole"));
  CHECK(contains(presented(INFINITY, 1, 10), "both must be positive"));
  CHECK(contains(presented(NAN, 1, 10), "both must be positive"));
  CHECK(contains(presented(1, 1, 0), "time constant is 0, must be positive"));
  auto two = layer.zero_state(Extent{2});
  CHECK(contains(message_of([&] { layer.present(w, two, Matrix<float>::Identity(4, 2), credit, 1, 1, 1); }),
                 "CompetingUnits image is 4 x 2, expected 4 x 1"));
}

TEST_CASE("competing units refuse values of other sizes", "[layer]") {
  const Units layer{.inputs = 4, .units = 3}, wider{.inputs = 5, .units = 3}, larger{.inputs = 4, .units = 6};
  auto w = layer.initial_weights(Generator{.seed = 1});
  auto state = layer.zero_state(Extent{2});
  auto credit = layer.zero_credit(Extent{2}, 1);
  auto learner = layer.learner(Adam<float>{});
  const Matrix<float> x = images<float>(4, 2);
  const auto stepped = [&](const Units& l, const auto& given, auto s) {
    return message_of([&] { l.step(w, s, given); });
  };
  CHECK(stepped(layer, x, state) == "accepted");
  CHECK(stepped(layer, images<float>(5, 2), state) ==
        "neohebb: CompetingUnits images is 5 x 2, expected 4 x 2");
  CHECK(stepped(layer, images<float>(4, 3), state) ==
        "neohebb: CompetingUnits images is 4 x 3, expected 4 x 2");
  CHECK(stepped(wider, images<float>(5, 2), wider.zero_state(Extent{2})) ==
        "neohebb: CompetingUnits weight is 3 x 4, expected 3 x 5");
  CHECK(stepped(layer, x, larger.zero_state(Extent{2})) ==
        "neohebb: CompetingUnits currents is 6 x 2, expected 3 x 2");
  CHECK(contains(stepped(layer, x, wider.zero_state(Extent{2})), "a right factor made for 5 x 2"));
  const auto credited = [&](const Units& l, const auto& given, auto c) {
    return message_of([&] { l.credit(w, state, given, c); });
  };
  layer.step(w, state, x);
  CHECK(credited(layer, x, credit) == "accepted");
  CHECK(credited(layer, images<float>(4, 3), credit) ==
        "neohebb: CompetingUnits images is 4 x 3, expected 4 x 2");
  CHECK(credited(larger, x, credit) == "neohebb: CompetingUnits weight is 3 x 4, expected 6 x 4");
  CHECK(credited(layer, x, larger.zero_credit(Extent{2}, 1)) ==
        "neohebb: CompetingUnits: this credit is of 6 units of 4 inputs, the layer has 3 of 4");
  CHECK(credited(layer, x, wider.zero_credit(Extent{2}, 1)) ==
        "neohebb: CompetingUnits: this credit is of 3 units of 5 inputs, the layer has 3 of 4");
  layer.credit(w, state, x, credit);
  auto other = larger.initial_weights(Generator{.seed = 1});
  CHECK(message_of([&] { layer.update(other, state, credit, learner); }) ==
        "neohebb: CompetingUnits weight is 6 x 4, expected 3 x 4");
  auto others = larger.learner(Adam<float>{});
  CHECK(message_of([&] { layer.update(w, state, credit, others); }) ==
        "neohebb: CompetingUnits learner's gradient is 6 x 4, expected 3 x 4");
  CHECK(message_of([&] { layer.update(w, state, credit, learner); }) == "accepted");
}

TEMPLATE_TEST_CASE("competing units refuse images that are constant, NaN or infinite", "[layer]", float,
                   double) {
  using S = TestType;
  const auto check = [](const auto& layer) {
    Lessons lessons(layer, LargestEntry<S>{});
    for (const double bright : {0.2, 0.9})
      for (const Index batch : {1, 20}) {
        const auto start = lessons.weights;
        auto state = layer.zero_state(Extent{batch});
        const auto shown = [&](const Matrix<S>& x) { return message_of([&] { lessons.show(state, x); }); };
        Matrix<S> x = images<S>(40, batch, bright);
        for (const S grey : {S(0), S(0.5)}) {
          Matrix<S> with = x;
          with.col(batch / 2).setConstant(grey);
          CHECK(contains(shown(with), message({"CompetingUnits images: column ", batch / 2, " of ", batch,
                                               " is constant, ", grey, " throughout"})));
        }
        for (const S bad : {S(NAN), S(INFINITY), -S(INFINITY)})
          for (const Index place : {0, 20, 39}) {
            Matrix<S> with = x;
            with(place, batch / 2) = bad;
            CHECK(contains(shown(with), message({"CompetingUnits images: column ", batch / 2, " of ", batch,
                                                 " has NaN or infinite entries"})));
            with.col(batch / 2).setConstant(bad);
            CHECK(shown(with) != "accepted");
          }
        CHECK(lessons.weights == start);
        CHECK(lessons.credit.empty());
        CHECK(shown(x) == "accepted");
        CHECK(!(lessons.weights == start));
      }
  };
  check(CompetingUnits<S>{.inputs = 40, .units = 20});
  check(CompetingUnits<S>{.inputs = 40, .units = 20, .power = 3});
  check(CompetingUnits<S, LateralInhibition<S>>{
      .inputs = 40, .units = 20, .competition = {.tolerance = S(1e-4)}});
  check(CompetingUnits<S, Uninhibited<S>>{.inputs = 40, .units = 20, .competition = {.threshold = S(0.1)}});
}

TEST_CASE("an error on a thread of a team reaches the caller", "[layer]") {
  const Units layer{.inputs = 40, .units = 20};
  const auto w = layer.initial_weights(Generator{.seed = 3});
  auto state = layer.zero_state(Extent{64});
  Matrix<float> x = images<float>(40, 64);
  ThreadTeam team(3);
  for (const Index b : {0, 20, 63}) {
    Matrix<float> with = x;
    with(7, b) = NAN;
    CHECK(contains(message_of([&] { layer.step(w, state, with, team); }), "has NaN or infinite entries"));
  }
  CHECK(message_of([&] { layer.step(w, state, x, team); }) == "accepted");
}

TEST_CASE("a change that is not finite moves nothing, and is forgotten", "[layer]") {
  const auto check = [](const auto& layer, const auto& optimizer, float large) {
    Lessons lessons(layer, optimizer);
    auto& w = lessons.weights;
    auto state = layer.zero_state(Extent{4});
    const Matrix<float> x = images<float>(20, 4, 0.4);
    for (const float bad : {large, -large, NAN})
      for (const Index place : {0, 7, 19}) {
        const auto start = w;
        layer.step(w, state, x);
        Matrix<float> other = x;  // not the images that were shown
        other(place, 2) = bad;
        layer.credit(w, state, other, lessons.credit);
        CHECK(contains(message_of([&] { layer.update(w, state, lessons.credit, lessons.learner); }),
                       "CompetingUnits: a change of weights is not finite"));
        CHECK(w == start);
        CHECK(lessons.credit.empty());
        lessons.show(state, x);
        CHECK(!(w == start));
        CHECK(w.weight.allFinite());
      }
  };
  const Units layer{.inputs = 20, .units = 6};
  check(layer, LargestEntry<float>{}, INFINITY);
  check(layer, Sgd<float>{}, INFINITY);
  check(layer, Adam<float>{}, INFINITY);
}

TEST_CASE("a credit that is full refuses what does not fit, and keeps what it has", "[layer]") {
  // Room for one sample's two units, and two batches of other units.
  const Units layer{.inputs = 6, .units = 6};
  auto w = layer.weights(Matrix<float>::Identity(6, 6) + Matrix<float>::Constant(6, 6, 0.01f));
  auto state = layer.zero_state(Extent{1});
  auto credit = layer.zero_credit(Extent{1}, 1);
  const auto shown = [&](Matrix<float> x) {
    layer.step(w, state, x);
    return message_of([&] { layer.credit(w, state, x, credit); });
  };
  CHECK(shown(Matrix<float>{{1}, {0.5f}, {0}, {0}, {0}, {0}}) == "accepted");
  const auto kept = layer.change(credit);
  for (const Matrix<float>& x :
       {Matrix<float>{{0}, {0}, {1}, {0.5f}, {0}, {0}}, Matrix<float>{{1}, {0}, {0.5f}, {0}, {0}, {0}}}) {
    CHECK(contains(shown(x),
                   "CompetingUnits: this credit has room for 2 units that learn, and one more does; "
                   "make it for more batches per update, or update more often"));
    CHECK(credit.rows == 2);
    CHECK(layer.change(credit) == kept);
  }
  // The units that are there may learn on: as if nothing had been refused.
  const Matrix<float> again{{1}, {0.6f}, {0}, {0}, {0}, {0}};
  CHECK(shown(again) == "accepted");
  auto fresh = layer.zero_credit(Extent{1}, 1);
  layer.credit(w, state, again, fresh);
  CHECK(laws::deviation(layer.change(credit), kept + layer.change(fresh)) < 1e-6);
  auto learner = layer.learner(LargestEntry<float>{});
  layer.update(w, state, credit, learner);
  CHECK(shown(Matrix<float>{{0}, {0}, {1}, {0.5f}, {0}, {0}}) == "accepted");
}

TEST_CASE("a competition that names units beyond what it promised is refused", "[layer]") {
  const auto shown = [](Index number, Index unit) {
    CompetingUnits<float, Talkative> layer{.inputs = 4, .units = 3};
    layer.competition.number = number;
    layer.competition.unit = unit;
    const auto w = layer.initial_weights(Generator{.seed = 1});
    auto state = layer.zero_state(Extent{2});
    return message_of([&] { layer.step(w, state, images<float>(4, 2, 0.5)); });
  };
  CHECK(shown(2, 2) == "accepted");
  CHECK(
      contains(shown(3, 2), "the competition names unit 2 of 3 as number 3 to learn, it promised at most 2"));
  CHECK(contains(shown(1, 3), "the competition names unit 3 of 3"));
  CHECK(contains(shown(1, -1), "the competition names unit -1 of 3"));
}
