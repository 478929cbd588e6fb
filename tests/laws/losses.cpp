#include "laws/loss_laws.hpp"

using namespace neohebb;

namespace {
template <class S> void check(const auto& loss) {
  laws::check_loss<S>(loss);
  laws::check_loss<S>(loss, 2, 1);
  laws::check_loss_of_fixed_size<S>(loss);
}
}  // namespace

TEMPLATE_TEST_CASE("a loss's gradient is its derivative, and a batch's loss the mean of its samples'",
                   "[laws]", float, double) {
  check<TestType>(MeanSquare<TestType>{});
  check<TestType>(SmoothL1<TestType>{});
  check<TestType>(CrossEntropy<TestType>{});
  check<TestType>(SumSquare<TestType>{});
  check<TestType>(HalfSquare<TestType>{});
  for (const double m : {1.25, 1.5, 2., 2.5, 3., 4., 5., 5.5, 6., 8.})
    check<TestType>(TanhPower<TestType>{.exponent = TestType(m)});
}
