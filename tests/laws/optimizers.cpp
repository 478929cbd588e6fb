#include "laws/optimizer_laws.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("optimizers keep their laws", "[laws]", float, double) {
  using S = TestType;
  laws::check_optimizer(Sgd<S>{.rate = S(0.1)});
  laws::check_optimizer(Momentum<S>{.rate = S(0.1)});
  laws::check_optimizer(Adam<S>{.rate = S(0.1)});
  laws::check_optimizer(AdaMax<S>{.rate = S(0.1)});
}

TEMPLATE_TEST_CASE("every optimizer finds the lowest point of the same quadratic", "[laws]", float, double) {
  using S = TestType;
  laws::check_descent(Sgd<S>{.rate = S(0.05)}, 1e-4);
  laws::check_descent(Momentum<S>{.rate = S(0.02)}, 1e-4);
  laws::check_descent(Adam<S>{.rate = S(0.01)}, 1e-3);
  laws::check_descent(AdaMax<S>{.rate = S(1e-3)}, 1e-2);
}
