// Windows and single steps with every optimizer.
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/twins.hpp"

using namespace neohebb;

namespace {

void agree(const auto& optimizer) {
  using Pair = support::Twins<DoubleExponential<double>>;
  for (const Index batch : {1, 5})
    for (const Index window : {1, 9}) {
      Pair twins({.connectivity = {150, 7}, .arithmetic = Arithmetic::events}, batch);
      REQUIRE(twins.events.parts() == 2);  // moments of two pieces
      support::Lessons lessons(twins, optimizer, window);
      const auto before = twins.weights.copy();
      double worst = 0;
      for (Index t = 0; t < 270; ++t) {
        worst = std::max(worst, twins.step(0.1));
        lessons.note(twins.delta());
        if (t % window == window - 1) lessons.update();
      }
      CHECK(worst < 1e-11);
      CHECK(twins.weights_apart() < 1e-11);
      CHECK(Pair::apart(twins.weights.copy(), before) > 1e-2);
    }
}

}  // namespace

TEST_CASE("gradient descent and momentum move both projections alike", "[projection]") {
  agree(Sgd<double>{.rate = 1e-3});
  agree(Momentum<double>{.rate = 1e-3});
}

TEST_CASE("Adam and AdaMax move both projections alike", "[projection]") {
  agree(Adam<double>{.rate = 1e-3});
  agree(AdaMax<double>{.rate = 1e-3});
}
