// Losses of a readout against its target. Every loss is a mean over the samples of the batch, so that chunks
// of a batch can be put together; a sequence's loss is the sum over its steps.
#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>
#include <neohebb/core/power.hpp>
#include <neohebb/core/types.hpp>

namespace neohebb {

/// (output, target, gradient&) → L, and gradient = ∂L/∂output. All C × B: classes (or regressed quantities) ×
/// batch. The losses here resize the gradient, and throw std::invalid_argument for targets of another shape.
///
///     struct Linear {                                                        // of your own: L = mean y·t
///       template <class M> auto operator()(const M& y, const auto& t, auto& gradient) const {
///         gradient = t / typename M::Scalar(y.size());
///         return y.cwiseProduct(t).mean();
///       }
///     };
template <class L, class S>
concept Loss = requires(const L l, const Matrix<S>& output, const Matrix<S>& target, Matrix<S>& gradient) {
  { l(output, target, gradient) } -> std::convertible_to<S>;  // S operator()(output, target, gradient&) const
};

namespace detail {
/// Targets of another shape are refused, the gradient gets its own.
void shape_of_loss(const auto& output, const auto& target, auto& gradient) {
  check_shape("the target of a loss", target, output.rows(), output.cols());
  shape_output("the gradient of a loss", gradient, output.rows(), output.cols());
}
}  // namespace detail

/// L = mean over C·B of e², e = y − ŷ.
template <class S> struct MeanSquare {
  S operator()(const auto& output, const auto& target, auto& gradient) const {
    detail::shape_of_loss(output, target, gradient);
    gradient = output - target;
    const S n = S(gradient.size()), value = gradient.squaredNorm() / n;
    gradient *= 2 / n;
    return value;
  }
};

/// L = mean over C·B of ½e² where |e| < 1, else |e| − ½ (Huber, transition at 1).
template <class S> struct SmoothL1 {
  S operator()(const auto& output, const auto& target, auto& gradient) const {
    detail::shape_of_loss(output, target, gradient);
    gradient = output - target;
    const S n = S(gradient.size());
    S value = 0;
    for (Index b = 0; b < gradient.cols(); ++b)
      for (Index c = 0; c < gradient.rows(); ++c) {
        const S e = gradient(c, b), size = std::abs(e);
        value += size < 1 ? S(0.5) * e * e : size - S(0.5);
        gradient(c, b) = std::clamp(e, S(-1), S(1)) / n;
      }
    return value / n;
  }
};

/// L = mean over B of −Σ_c ŷ_c log softmax(y)_c. ŷ: one-hot, or any distribution over classes.
template <class S> struct CrossEntropy {
  S operator()(const auto& output, const auto& target, auto& gradient) const {
    detail::shape_of_loss(output, target, gradient);
    const S n = S(output.cols());
    S value = 0;
    for (Index b = 0; b < output.cols(); ++b) {
      const auto y = output.col(b);
      const auto t = target.col(b);
      auto g = gradient.col(b);
      const S largest = y.maxCoeff();
      g = (y.array() - largest).exp().matrix();
      const S sum = g.sum(), mass = t.sum();
      value += mass * (std::log(sum) + largest) - t.dot(y);
      g = (mass / sum * g - t) / n;
    }
    return value / n;
  }
};

/// L = mean over B of Σ_c e²: the derivation's plain sum over outputs and, credited step by step, over time.
template <class S> struct SumSquare {
  S operator()(const auto& output, const auto& target, auto& gradient) const {
    detail::shape_of_loss(output, target, gradient);
    gradient = output - target;
    const S n = S(gradient.cols()), value = gradient.squaredNorm() / n;
    gradient *= 2 / n;
    return value;
  }
};

/// L = mean over B of ½ Σ_c e², e-prop's error of regression. [Bellec and others 2020]
template <class S> struct HalfSquare {
  S operator()(const auto& output, const auto& target, auto& gradient) const {
    detail::shape_of_loss(output, target, gradient);
    const S n = S(gradient.cols());
    gradient = output - target;
    const S value = gradient.squaredNorm() / (2 * n);
    gradient /= n;
    return value;
  }
};

/// L = mean over B of Σ_c |tanh(y_c) − t_c|^m: a loss of the drive y of tanh units, so that its gradient,
/// m |c − t|^{m−1} sign(c − t) (1 − c²)/B with c = tanh(y), is ∂L/∂y. Targets: −1 and +1 (signed_one_hot).
/// [Krotov & Hopfield 2019, doi 10.1073/pnas.1820458116]
///
///   parameter   default   meaning
///   exponent    6         m ≥ 1
///
/// Layers throw std::invalid_argument for other exponents.
template <class S> struct TanhPower {
  S exponent = 6;

  void validate() const {
    NEOHEBB_REQUIRE(is_finite(exponent) && exponent >= 1, "TanhPower.exponent is ", exponent,
                    ", must be finite and at least 1");
  }
  S operator()(const auto& output, const auto& target, auto& gradient) const {
    detail::shape_of_loss(output, target, gradient);
    const S n = S(output.cols()), scale = exponent / n;
    gradient = output.array().tanh().matrix();
    const auto c = gradient.array();
    const auto e = c - target.array();
    const S value = raised(e.abs(), exponent).sum() / n;
    if (exponent >= 2)  // |e|^{m−1} sign(e) without the sign, which Eigen takes number by number
      gradient = (scale * raised(e.abs(), exponent - 2) * e * (1 - c.square())).matrix();
    else
      gradient = (scale * raised(e.abs(), exponent - 1) * e.sign() * (1 - c.square())).matrix();
    return value;
  }
};

namespace detail {
/// One column per label: `chosen` at the label, `other` elsewhere.
template <class S>
Matrix<S> columns_of(const char* what, const auto& labels, Index classes, S chosen, S other) {
  Matrix<S> target = Matrix<S>::Constant(classes, static_cast<Index>(labels.size()), other);
  for (Index b = 0; b < target.cols(); ++b) {
    const auto label = static_cast<Index>(labels[static_cast<decltype(labels.size())>(b)]);
    NEOHEBB_REQUIRE(label >= 0 && label < classes, what, ": label ", label, " of sample ", b,
                    " is outside the ", classes, " classes");
    target(label, b) = chosen;
  }
  return target;
}
}  // namespace detail

/// One column per label: 1 at the label, 0 elsewhere. Throws std::invalid_argument for a label outside [0,
/// classes).
template <class S> Matrix<S> one_hot(const auto& labels, Index classes) {
  return detail::columns_of<S>("one_hot", labels, classes, S(1), S(0));
}

/// One column per label: +1 at the label, −1 elsewhere, as tanh units are to answer. Throws as one_hot does.
template <class S> Matrix<S> signed_one_hot(const auto& labels, Index classes) {
  return detail::columns_of<S>("signed_one_hot", labels, classes, S(1), S(-1));
}

}  // namespace neohebb
