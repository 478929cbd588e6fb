// Constraints hold through event-driven learning, in windows and at every step.
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/twins.hpp"

using namespace neohebb;

namespace {

constexpr Index inputs = 150, outputs = 8;
using Rules = Constraints<Mask<double>, Bounds<double>>;
using Pair = support::Twins<DoubleExponential<double>, AllToAll<>, Rules>;

Pair make(Index batch, bool bias = true) {
  const Matrix<double> present =
      (support::random_matrix(outputs, inputs, 1).array() > 0).cast<double>().matrix();
  Pair::Events e{.connectivity = {inputs, outputs},
                 .constraint = {{Mask<double>{present}, Bounds<double>{-0.05, 0.05}}}};
  e.bias = bias;
  return Pair(e, batch);
}
bool holds(const Rules& rules, const Matrix<double>& w) {
  const auto& [mask, bounds] = rules.all;
  return (mask.present.array() == 0).select(w, 0).isZero(0) && w.minCoeff() >= bounds.lower &&
         w.maxCoeff() <= bounds.upper;
}
void agree(const auto& optimizer) {
  for (const bool bias : {true, false})
    for (const Index batch : {1, 3})
      for (const Index window : {1, 8}) {
        Pair twins = make(batch, bias);
        support::Lessons lessons(twins, optimizer, window);
        const auto before = twins.weights.copy();
        bool clipped = false;
        for (Index t = 0; t < 80; ++t) {
          CHECK(twins.step(0.1) < 1e-12);
          lessons.note(twins.delta());
          if (t % window != window - 1) continue;
          lessons.update();
          clipped |= twins.plain_weights.weight.maxCoeff() == 0.05;
        }
        const auto after = twins.weights.copy();
        CHECK(twins.weights_apart() < 1e-12);
        CHECK(holds(twins.events.constraint, after.weight));
        CHECK(clipped);
        CHECK((after.weight - before.weight).cwiseAbs().maxCoeff() > 1e-2);
        CHECK((after.bias == before.bias) == !bias);
      }
}

}  // namespace

TEST_CASE("masked and bounded weights learn by events what they learn plainly", "[projection]") {
  agree(Sgd<double>{.rate = 0.02});
  agree(Adam<double>{.rate = 0.02});
}
