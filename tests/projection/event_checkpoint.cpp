// Checkpoints hold true weights and half-full windows; training goes on from them.
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"
#include "support/twins.hpp"

using namespace neohebb;

namespace {

using Pair = support::Twins<DoubleExponential<double>>;
using Lessons = support::Lessons<Pair, Sgd<double>>;

Pair make(Index batch, Arithmetic arithmetic = Arithmetic::by_rate) {
  return Pair(Pair::Events{.connectivity = {61, 37}, .arithmetic = arithmetic}, batch);
}
void learn(Lessons& lessons, Index steps, Index window) {
  for (Index t = 0; t < steps; ++t) {
    lessons.of.step(0.05);
    lessons.note(lessons.of.delta());
    if (lessons.of.t % window == 0) lessons.update();
  }
}
/// Saves weights, credit and learner of one, and reads them into the other.
void hand_over(const Lessons& from, Lessons& to) {
  const support::TemporaryFolder folder;
  Checkpoint file;
  file.put("weights", from.of.weights);
  file.put("credit", from.credit);
  file.put("learner", from.learner);
  file.save(folder / "a.npz");
  const Checkpoint read = Checkpoint::load(folder / "a.npz");
  read.get("weights", to.of.weights);
  read.get("credit", to.credit);
  read.get("learner", to.learner);
}

}  // namespace

TEST_CASE("weights with updates pending are saved as the true ones", "[projection]") {
  Pair twins = make(1), other = make(1);
  Lessons lessons(twins, Sgd<double>{.rate = 1e-2}, 1), resumed(other, Sgd<double>{.rate = 0.5}, 1);
  learn(lessons, 20, 1);
  learn(resumed, 3, 1);  // has updates pending of its own
  const auto revision = other.weights.revision();
  hand_over(lessons, resumed);
  CHECK(other.weights.revision() != revision);
  CHECK(other.weights.copy().weight == twins.weights.copy().weight);
  CHECK(other.weights.copy().bias == twins.weights.copy().bias);
  CHECK(twins.weights_apart() < 1e-13);

  // And in NumPy's eyes they have the very names and numbers of plain weights.
  Checkpoint events, plain;
  events.put("weights", twins.weights);
  plain.put("weights", twins.weights.copy());
  CHECK(events.arrays().arrays().size() == plain.arrays().arrays().size());
  auto read = twins.plain.zero_weights();
  events.get("weights", read);
  const bool same = read == twins.weights.copy();
  CHECK(same);
}

TEST_CASE("a resumed run gives the numbers of the one that went on", "[projection]") {
  Pair twins = make(1), other = make(1);
  Lessons lessons(twins, Sgd<double>{.rate = 1e-2}, 1), resumed(other, Sgd<double>{.rate = 0.5}, 1);
  learn(lessons, 20, 1);
  hand_over(lessons, resumed);
  twins.reset();  // both begin a new sequence
  other.reset();
  other.t = twins.t;
  double worst = 0;
  for (Index t = 0; t < 100; ++t) {
    learn(lessons, 1, 1);
    learn(resumed, 1, 1);
    worst = std::max(worst, support::distance(twins.drive, other.drive));
  }
  CHECK(worst < 1e-12);
  CHECK(Pair::apart(twins.weights.copy(), other.weights.copy()) < 1e-12);
}

TEST_CASE("saved after settling, a run is resumed bit for bit", "[projection]") {
  Pair twins = make(1), other = make(1);
  Lessons lessons(twins, Sgd<double>{.rate = 1e-2}, 1), resumed(other, Sgd<double>{.rate = 0.5}, 1);
  learn(lessons, 20, 1);
  twins.weights.settled();
  hand_over(lessons, resumed);
  twins.reset();
  other.reset();
  other.t = twins.t;
  learn(lessons, 100, 1);
  learn(resumed, 100, 1);
  CHECK(twins.drive == other.drive);
  const bool same = twins.weights == other.weights;
  CHECK(same);
}

TEST_CASE("a window that is half full when it is saved goes on bit for bit", "[projection]") {
  for (const Index batch : {1, 3})
    for (const auto& [arithmetic, used] :
         {std::pair{Arithmetic::events, 0}, {Arithmetic::events, 7}, {Arithmetic::dense, 7}}) {
      Pair twins = make(batch, arithmetic), other = make(batch, arithmetic);
      Lessons lessons(twins, Sgd<double>{.rate = 1e-2}, 8), resumed(other, Sgd<double>{.rate = 0.5}, 8);
      learn(lessons, 13, 8);
      learn(resumed, used, 8);
      CHECK(lessons.credit.steps == 5);
      CHECK((lessons.credit.spikes.columns() > 0) == (arithmetic == Arithmetic::events));
      hand_over(lessons, resumed);
      CHECK(!resumed.credit.empty());
      auto a = twins.events.gradient(lessons.credit), b = other.events.gradient(resumed.credit);
      bool same = a == b;
      CHECK(same);
      twins.reset();  // a new sequence, with three steps of the window to come
      other.reset();
      other.t = twins.t;
      learn(lessons, 20, 8);
      learn(resumed, 20, 8);
      same = twins.weights == other.weights;
      CHECK(same);
      a = twins.events.gradient(lessons.credit), b = other.events.gradient(resumed.credit);
      same = a == b;
      CHECK(same);
      CHECK(!resumed.credit.empty());
    }
}
