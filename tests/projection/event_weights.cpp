// Weights with updates pending are true for whoever reads, copies, compares or edits them.
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/twins.hpp"

using namespace neohebb;
using support::distance;

namespace {

using Pair = support::Twins<DoubleExponential<double>>;
using Weights = Pair::Events::Weights;

/// Twenty steps of online learning at 5 % spikes: columns wait.
struct Learning {
  Pair twins;
  support::Lessons<Pair, Sgd<double>> lessons;
  Learning() : twins(Pair::Events{.connectivity = {61, 37}}), lessons(twins, Sgd<double>{.rate = 1e-2}, 1) {
    go_on(20);
  }
  Learning(const Learning&) = delete;
  double go_on(Index steps) {
    double worst = 0;
    for (Index t = 0; t < steps; ++t) {
      worst = std::max(worst, twins.step(0.05));
      lessons.note(twins.delta());
      lessons.update();
    }
    return worst;
  }
};

}  // namespace

TEST_CASE("a copy of the weights is true, and reading it does not touch them", "[projection]") {
  Learning l;
  const Weights& shared = l.twins.weights;
  const auto revision = shared.revision();
  const auto first = shared.copy(), second = shared.copy();
  CHECK(Pair::apart(first, l.twins.plain_weights) < 1e-13);
  CHECK(first.weight == second.weight);
  const bool same = shared == shared;
  CHECK(same);
  CHECK(shared.revision() == revision);
  // Another run, in which nobody looked, gives the same bits: what is pending was left alone.
  Learning other;
  l.go_on(30);
  other.go_on(30);
  const bool same_bits = l.twins.weights == other.twins.weights && l.twins.drive == other.twins.drive;
  CHECK(same_bits);
}

TEST_CASE("settling in place gives what a copy gives, and keeps the name", "[projection]") {
  Learning l;
  const auto revision = l.twins.weights.revision();
  const auto copied = l.twins.weights.copy();
  const auto& settled = l.twins.weights.settled();
  CHECK(settled.weight == copied.weight);
  CHECK(settled.bias == copied.bias);
  CHECK(l.twins.weights.revision() == revision);
  CHECK(&settled == &l.twins.weights.settled());
  CHECK(l.go_on(100) < 1e-12);
  CHECK(l.twins.weights_apart() < 1e-12);
}

TEST_CASE("weights settled between any two steps go on alike", "[projection]") {
  Learning l;
  double worst = 0;
  for (Index t = 0; t < 200; ++t) {
    worst = std::max(worst, l.go_on(1));
    if (t % 3 == 0) l.twins.weights.settled();
  }
  CHECK(worst < 1e-12);
  CHECK(l.twins.weights_apart() < 1e-12);
}

TEST_CASE("copies with updates pending are worth the same, and go their own ways", "[projection]") {
  Learning l;
  Weights copy = l.twins.weights;
  bool same = copy == l.twins.weights;
  CHECK(same);
  const auto before = copy.copy();
  l.go_on(5);
  same = copy == l.twins.weights;
  CHECK(!same);
  CHECK(copy.copy().weight == before.weight);
  CHECK(distance(copy.settled().weight, before.weight) == 0);
  CHECK(l.go_on(50) < 1e-12);
  CHECK(l.twins.weights_apart() < 1e-12);
}

TEST_CASE("learning goes on from a copy of weights and state", "[projection]") {
  Learning l;
  Pair other = l.twins;
  support::Lessons lessons(other, Sgd<double>{.rate = 1e-2}, 1);
  l.go_on(5);  // the one learns, the other does not: they have no pending update in common
  double worst = 0;
  for (Index t = 0; t < 100; ++t) {
    worst = std::max(worst, other.step(0.05));
    lessons.note(2 * other.delta());
    lessons.update();
  }
  CHECK(worst < 1e-12);
  CHECK(other.weights_apart() < 1e-12);
  CHECK(l.go_on(100) < 1e-12);
  CHECK(l.twins.weights_apart() < 1e-12);
}

TEST_CASE("equal weights are equal whatever waits in them", "[projection]") {
  Learning l;
  Weights settled = l.twins.weights;
  settled.settled();
  bool same = settled == l.twins.weights;
  CHECK(same);
  settled.edit([](auto& affine) { affine.weight(3, 4) += 1e-9; });
  same = settled == l.twins.weights;
  CHECK(!same);
}

TEST_CASE("an edit sees the true weights, renames them, and learning goes on from it", "[projection]") {
  Learning l;
  double worst = 0;
  for (Index t = 0; t < 60; ++t) {
    worst = std::max(worst, l.go_on(1));
    if (t % 5 != 0) continue;
    const auto revision = l.twins.weights.revision();
    l.twins.weights.edit([&](auto& affine) {
      CHECK(Pair::apart(affine, l.twins.plain_weights) < 1e-12);
      affine.weight *= 0.9;
      affine.bias.array() += 0.25;
    });
    CHECK(l.twins.weights.revision() != revision);
    l.twins.plain_weights.weight *= 0.9;
    l.twins.plain_weights.bias.array() += 0.25;
  }
  CHECK(worst < 1e-12);
  CHECK(l.twins.weights_apart() < 1e-12);
}

TEST_CASE("weights assigned to others take their name along: no state takes one for the other",
          "[projection]") {
  Learning l;
  const Weights kept = l.twins.weights;
  const auto plain = l.twins.plain_weights;
  l.go_on(30);
  l.twins.weights = kept;  // back to what they were; the state is thirty steps on
  l.twins.plain_weights = plain;
  CHECK(l.go_on(100) < 1e-12);
  CHECK(l.twins.weights_apart() < 1e-12);
  l.twins.weights = l.twins.events.zero_weights();
  l.twins.plain_weights.set_zero();
  CHECK(l.go_on(100) < 1e-12);
}

TEST_CASE("revisions are never given twice", "[projection]") {
  const Pair::Events e{.connectivity = {3, 2}};
  auto a = e.zero_weights(), b = e.zero_weights();
  CHECK(a.revision() != b.revision());
  const auto before = a.revision();
  a.edit([](auto&) {});
  CHECK(a.revision() != before);
  CHECK(a.revision() != b.revision());
}
