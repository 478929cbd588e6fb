// Laws of optimizers. Run them on one of your own:
//
//     TEST_CASE("my optimizer is one") { laws::check_optimizer(MyOptimizer<float>{}); }
#pragma once
#include <neohebb/learning/optimizer.hpp>
#include <vector>

#include "catch.hpp"
#include "laws/material.hpp"

namespace laws {

/// Weights after some steps along reproducible gradients, moved in blocks of `block` columns.
template <neohebb::Optimizer O> auto optimizer_run(const O& optimizer, Index rows, Index cols, Index block) {
  using S = typename O::Scalar;
  Matrix<S> w = uniform<S>(rows, cols, 100);
  std::vector<neohebb::StateOf<O>> states;
  for (Index c = 0; c < cols; c += block)
    states.push_back(optimizer.zero_state(Extent{rows}, Extent{std::min(block, cols - c)}));
  for (std::uint32_t t = 0; t < 12; ++t) {
    const Matrix<S> gradient = uniform<S>(rows, cols, t);
    for (Index c = 0; c < cols; c += block) {
      const Index n = std::min(block, cols - c);
      optimizer.step(states[static_cast<std::size_t>(c / block)], gradient.middleCols(c, n),
                     w.middleCols(c, n));
    }
  }
  return w;
}

template <neohebb::Optimizer O> void check_optimizer(const O& optimizer) {
  using S = typename O::Scalar;
  constexpr int rows = 3, cols = 8;
  const Matrix<S> start = uniform<S>(rows, cols, 100), gradient = uniform<S>(rows, cols, 7);
  const Matrix<S> whole = optimizer_run(optimizer, rows, cols, cols);
  CHECK(whole.allFinite());
  CHECK(whole != start);

  // every entry by itself: blocks of columns, down to one, move like the whole
  for (const Index block : {1, 3, 5})
    CHECK(deviation(optimizer_run(optimizer, rows, cols, block), whole) <= rounding<S>);

  // a first step goes down the gradient, nowhere along a gradient of zero, and as promised if it is linear
  auto state = optimizer.zero_state(Extent{Index{rows}}, Extent{Index{cols}});
  Matrix<S> w = start;
  optimizer.step(state, gradient, w);
  CHECK(((start - w).cwiseProduct(gradient).array() >= 0).all());
  if constexpr (O::linear) CHECK(deviation(w, start - optimizer.rate * gradient) <= rounding<S>);
  const auto zero = optimizer.zero_state(Extent{Index{rows}}, Extent{Index{cols}});
  state = zero;
  w = start;
  optimizer.step(state, Matrix<S>::Zero(rows, cols), w);
  CHECK(w == start);

  // a state reset by assignment remembers nothing
  state = zero;
  Matrix<S> first = start, second = start;
  optimizer.step(state, gradient, first);
  optimizer.step(state, gradient, first);
  state = zero;
  optimizer.step(state, gradient, second);
  optimizer.step(state, gradient, second);
  CHECK(first == second);

  // sizes known to the compiler change nothing
  auto fixed_state = optimizer.zero_state(Extent<rows>{}, Extent<cols>{});
  Matrix<S, rows, cols> fixed = start;
  for (std::uint32_t t = 0; t < 12; ++t)
    optimizer.step(fixed_state, Matrix<S, rows, cols>(uniform<S>(rows, cols, t)), fixed);
  CHECK(deviation(fixed, whole) <= rounding<S>);
}

/// Finds the lowest point of ½ Σ c (w − w*)² with curvatures c from 0.5 to 2, to within `near`, in `steps`
/// steps.
template <neohebb::Optimizer O> void check_descent(const O& optimizer, double near, int steps = 2000) {
  using S = typename O::Scalar;
  const Matrix<S> lowest = uniform<S>(3, 4, 1), curvature = uniform<S>(3, 4, 2, 0.5, 2);
  Matrix<S> w = Matrix<S>::Zero(3, 4);
  auto state = optimizer.zero_state(Extent{3}, Extent{4});
  for (int t = 0; t < steps; ++t) optimizer.step(state, Matrix<S>(curvature.cwiseProduct(w - lowest)), w);
  CHECK(deviation(w, lowest) <= near);
}

}  // namespace laws
