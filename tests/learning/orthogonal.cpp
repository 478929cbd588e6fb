#include <neohebb/learning/initialisation.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("orthogonal weights have orthonormal rows, or columns where they are fewer", "[learning]",
                   float, double) {
  using S = TestType;
  const Generator generator{.seed = 3};
  for (const auto& [rows, cols] : {std::pair{5, 12}, std::pair{12, 5}, std::pair{7, 7}, std::pair{1, 4}}) {
    Matrix<S> w(rows, cols), other(rows, cols);
    Orthogonal<S>{.gain = S(2)}(w, generator);
    const Matrix<S> products = rows <= cols ? Matrix<S>(w * w.transpose()) : Matrix<S>(w.transpose() * w);
    CHECK(laws::deviation(products, 4 * Matrix<S>::Identity(products.rows(), products.cols())) <=
          laws::rounding<S>);
    Orthogonal<S>{.gain = S(2)}(other, generator);
    CHECK(w == other);
    Orthogonal<S>{.gain = S(2)}(other, generator.substream(1));
    CHECK(w != other);
  }
  Matrix<S> w(3, 5);
  Matrix<S, 3, 5> fixed;
  Orthogonal<S>{}(w, generator);
  Orthogonal<S>{}(fixed, generator);
  CHECK(laws::deviation(fixed, w) <= laws::rounding<S>);
}
