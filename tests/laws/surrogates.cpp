#include "laws/surrogate_laws.hpp"

using namespace neohebb;

namespace {
template <class S> void check(const auto& surrogate, int kinks = 0) {
  laws::check_surrogate<S>(surrogate, kinks);
  laws::check_symmetric_surrogate<S>(surrogate);
}
}  // namespace

TEMPLATE_TEST_CASE("surrogates are the derivatives of their activations, and symmetric", "[laws]", float,
                   double) {
  using S = TestType;
  check<S>(FastSigmoid<S>{.steepness = 2});
  check<S>(FastSigmoid<S>{}, 1);  // its derivative has a kink at 0
  check<S>(Boxcar<S>{}, 2);
  check<S>(Logistic<S>{});
  check<S>(Logistic<S>{.steepness = 5});
  check<S>(Triangle<S>{});
  check<S>(Arctan<S>{});
  check<S>(Gaussian<S>{});
  check<S>(TwoSidedExponential<S>{}, 1);  // its derivative has a kink at 0
  check<S>(TwoSidedExponential<S>{.steepness = 2}, 1);
  laws::check_surrogate<S>(Peaked<S>{.height = 2, .width = S(0.5)});
}

TEMPLATE_TEST_CASE("a surrogate of a whole matrix is that of its entries", "[laws]", float, double) {
  using S = TestType;
  const Matrix<S> potential = laws::uniform<S>(13, 5, 1, -2, 2);
  const Arctan<S> surrogate{.steepness = 3};
  Matrix<S> psi = Matrix<S>::Zero(13, 5);
  surrogates(surrogate, potential, S(0.25), psi);
  for (Index i = 0; i < psi.size(); ++i) {
    const S wanted = surrogate(potential.data()[i] - S(0.25));
    CHECK(std::abs(psi.data()[i] - wanted) <= 4 * std::numeric_limits<S>::epsilon() * wanted);
  }
}
