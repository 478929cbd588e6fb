// Several states on the same weights: whoever moves them, nobody computes with old ones.
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/twins.hpp"

using namespace neohebb;
using support::distance;

namespace {

constexpr Index in = 61, out = 37;
using Kernel = DoubleExponential<double>;
using Events = EventDriven<Kernel>;
using Plain = Dense<Kernel>;

/// The weights that everybody shares, in both forms.
struct Shared {
  Events events{.connectivity = {in, out}};
  Plain plain{.connectivity = {in, out}};
  Events::Weights weights = events.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  Plain::Weights plain_weights = weights.copy();
  double apart() const { return support::Twins<Kernel>::apart(weights.copy(), plain_weights); }
};

/// One who steps on them, and may learn, with spikes of its own.
struct User {
  Shared& shared;
  Events::State<Dynamic> state;
  Plain::State<Dynamic> plain_state;
  CreditOf<Events> credit;
  CreditOf<Plain> plain_credit;
  LearnerOf<Events, Sgd<double>> learner;
  LearnerOf<Plain, Sgd<double>> plain_learner;
  Spikes<double> spikes;
  Matrix<double> drive, plain_drive;
  std::uint64_t seed;
  Index t = 0;

  User(Shared& s, Index batch, Index window, std::uint64_t number)
      : shared(s),
        state(s.events.zero_state(Extent{batch})),
        plain_state(s.plain.zero_state(Extent{batch})),
        credit(s.events.zero_credit(Extent{batch}, window)),
        plain_credit(s.plain.zero_credit(Extent{batch}, window)),
        learner(s.events.learner(Sgd<double>{.rate = 5e-3})),
        plain_learner(s.plain.learner(Sgd<double>{.rate = 5e-3})),
        spikes(Extent{in}, Extent{batch}),
        drive(out, batch),
        plain_drive(out, batch),
        seed(number) {}
  double step(double rate = 0.05) {
    support::NoisyInput{.seed = seed, .rate = rate}(t++, 0, spikes);
    shared.events.step(shared.weights, state, spikes, drive);
    shared.plain.step(shared.plain_weights, plain_state, spikes, plain_drive);
    return distance(drive, plain_drive);
  }
  void note() {
    const auto delta = support::random_matrix(out, spikes.batch(), seed * 1000 + std::uint64_t(t));
    shared.events.credit(shared.weights, state, delta, credit);
    shared.plain.credit(shared.plain_weights, plain_state, delta, plain_credit);
  }
  void update() {
    shared.events.update(shared.weights, state, credit, learner);
    shared.plain.update(shared.plain_weights, plain_state, plain_credit, plain_learner);
  }
  void learn() {
    note();
    update();
  }
};

}  // namespace

TEST_CASE("a second state, of one sample or several, steps on weights that another is moving",
          "[projection]") {
  Shared shared;
  User learner(shared, 1, 1, 1), watcher(shared, 1, 1, 2), several(shared, 4, 1, 3), busy(shared, 1, 1, 4);
  double worst = 0;
  for (Index t = 0; t < 300; ++t) {
    worst = std::max({worst, learner.step(), watcher.step(), several.step(), busy.step(0.9)});
    learner.learn();
    if (t % 7 == 0) worst = std::max(worst, several.step());  // in between
  }
  CHECK(worst < 1e-12);
  CHECK(shared.apart() < 1e-12);
  for (Index t = 0; t < 50; ++t) worst = std::max({worst, watcher.step(), several.step(), learner.step()});
  CHECK(watcher.state.follows);  // the weights stand still now
  CHECK(several.state.follows);
  CHECK(worst < 1e-12);
}

TEST_CASE("a state that looks in at times meets weights moved since", "[projection]") {
  Shared shared;
  User learner(shared, 1, 1, 1), visitor(shared, 1, 1, 2);
  double worst = 0;
  for (Index t = 0; t < 400; ++t) {
    worst = std::max(worst, learner.step());
    if (t / 25 % 2 == 0) learner.learn();
    if (t / 10 % 3 == 0) worst = std::max(worst, visitor.step());
  }
  CHECK(worst < 1e-12);
}

TEST_CASE("two learners of the same weights take turns, at every step or now and then", "[projection]") {
  for (const Index turn : {1, 2, 13}) {
    Shared shared;
    User one(shared, 1, 1, 1), two(shared, 1, 1, 2);
    double worst = 0;
    for (Index t = 0; t < 300; ++t) {
      worst = std::max({worst, one.step(), two.step()});
      (t / turn % 2 ? two : one).learn();
    }
    CHECK(worst < 1e-12);
    CHECK(shared.apart() < 1e-12);
  }
}

TEST_CASE("two learners both learn at every step", "[projection]") {
  Shared shared;
  User one(shared, 1, 1, 1), two(shared, 1, 1, 2);
  double worst = 0;
  for (Index t = 0; t < 200; ++t) {
    worst = std::max({worst, one.step(), two.step()});
    one.learn();
    two.learn();
  }
  CHECK(worst < 1e-12);
  CHECK(shared.apart() < 1e-12);
}

TEST_CASE("learners with windows, with batches and at every step share weights", "[projection]") {
  Shared shared;
  User online(shared, 1, 1, 1), windows(shared, 1, 10, 2), batch(shared, 3, 5, 3), steps(shared, 2, 1, 4);
  double worst = 0;
  for (Index t = 0; t < 200; ++t) {
    worst = std::max({worst, online.step(), windows.step(), batch.step(), steps.step()});
    windows.note();
    batch.note();
    if (t % 4 != 3) online.learn();
    if (t % 10 == 9) windows.update();
    if (t % 5 == 4) batch.update();
    if (t % 30 < 3) steps.learn();
  }
  CHECK(worst < 1e-12);
  CHECK(shared.apart() < 1e-12);
}

TEST_CASE("weights may change hands while a window is credited", "[projection]") {
  Shared shared;
  User windows(shared, 2, 8, 1), other(shared, 1, 1, 2);
  double worst = 0;
  for (Index t = 0; t < 80; ++t) {
    worst = std::max({worst, windows.step(), other.step()});
    windows.note();
    if (t % 8 == 3) other.learn();  // the window's later steps see other weights
    if (t % 8 == 7) windows.update();
  }
  CHECK(worst < 1e-12);
  CHECK(shared.apart() < 1e-12);
}
