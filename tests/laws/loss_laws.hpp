// Laws of losses. Run them on a loss of your own:
//
//     TEST_CASE("my loss is one") { laws::check_loss<double>(MyLoss{}); }
#pragma once
#include <neohebb/learning/loss.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

namespace laws {

/// The gradient is the value's derivative, and the loss of a batch is the mean of the losses of its samples,
/// so that chunks of a batch can be put together.
template <class S, neohebb::Loss<S> L> void check_loss(const L& loss, Index classes = 4, Index batch = 3) {
  const Matrix<S> y = uniform<S>(classes, batch, 1, -2, 2);
  Matrix<S> target = uniform<S>(classes, batch, 2, 0, 1);
  for (Index b = 0; b < batch; ++b) target.col(b) /= target.col(b).sum();
  Matrix<S> gradient(classes, batch), ignored = gradient;
  const S value = loss(y, target, gradient);
  CHECK(std::isfinite(value));

  const S h = std::same_as<S, float> ? S(1e-2) : S(1e-6);
  Matrix<S> slope(classes, batch);
  for (Index k = 0; k < y.size(); ++k) {
    Matrix<S> up = y, down = y;
    up(k) += h;
    down(k) -= h;
    slope(k) = (loss(up, target, ignored) - loss(down, target, ignored)) / (2 * h);
  }
  CHECK(deviation(gradient, slope) <= (std::same_as<S, float> ? 2e-3 : 1e-8));

  S mean = 0;
  for (Index b = 0; b < batch; ++b) {
    Matrix<S> own(classes, 1);
    mean += loss(Matrix<S>(y.col(b)), Matrix<S>(target.col(b)), own) / S(batch);
    CHECK(deviation(gradient.col(b), own / S(batch)) <= rounding<S>);
  }
  CHECK(std::abs(mean - value) <= rounding<S> * (1 + std::abs(value)));

  Matrix<S> own(classes, batch);  // blocks of larger matrices, as chunks of a batch hand them over
  Matrix<S> wide(classes, batch + 2);
  wide << Matrix<S>::Constant(classes, 1, S(9)), target, Matrix<S>::Constant(classes, 1, S(9));
  CHECK(std::abs(loss(y, wide.middleCols(1, batch), own) - value) <= rounding<S> * (1 + std::abs(value)));
  CHECK(deviation(own, gradient) <= rounding<S>);
}

/// Sizes known to the compiler change nothing.
template <class S, int Classes = 4, int Batch = 3> void check_loss_of_fixed_size(const auto& loss) {
  const Matrix<S> y = uniform<S>(Classes, Batch, 1), target = uniform<S>(Classes, Batch, 2, 0, 1);
  Matrix<S> gradient(Classes, Batch);
  const S value = loss(y, target, gradient);
  const Matrix<S, Classes, Batch> fixed_y = y, fixed_target = target;
  Matrix<S, Classes, Batch> fixed_gradient;
  CHECK(std::abs(loss(fixed_y, fixed_target, fixed_gradient) - value) <= rounding<S> * (1 + std::abs(value)));
  CHECK(deviation(fixed_gradient, gradient) <= rounding<S>);
}

}  // namespace laws
