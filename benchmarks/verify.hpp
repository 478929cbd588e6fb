// Plain formulas beside the library's kernels, and the comparison that follows every timing.
#pragma once
#include <algorithm>
#include <cmath>
#include <neohebb/learning/optimizer.hpp>
#include <sstream>
#include <stdexcept>
#include <string>

namespace verify {

using neohebb::Index, neohebb::Matrix;

/// Throws unless `got` is `expected` up to rounding, which is measured against the largest entry expected.
template <class S>
void equal(const std::string& what, const Matrix<S>& got, const Matrix<S>& expected,
           double tolerance = sizeof(S) == 4 ? 3e-5 : 1e-12) {
  const double scale = static_cast<double>(expected.cwiseAbs().maxCoeff());
  const double off =
      static_cast<double>((got - expected).cwiseAbs().template maxCoeff<Eigen::PropagateNaN>());
  if (!(off <= tolerance * scale))
    throw std::runtime_error(
        (std::ostringstream() << what << " is off by " << off << ", entries are up to " << scale).str());
}

/// Throws unless matrix and lists of `spikes` both say: where potential > 0.
void spikes_of_potential(const auto& potential, const auto& spikes) {
  for (Index b = 0; b < potential.cols(); ++b) {
    const auto active = spikes.active(b);
    auto next = active.begin();
    for (Index i = 0; i < potential.rows(); ++i) {
      const bool fires = potential(i, b) > 0, listed = next != active.end() && *next == i;
      if (fires != listed || fires != (spikes.dense()(i, b) == 1))
        throw std::runtime_error("spike of neuron " + std::to_string(i) + " is wrong");
      if (listed) ++next;
    }
    if (next != active.end()) throw std::runtime_error("a spike is listed that is none");
  }
}

/// W X
template <class S> Matrix<S> product(const auto& w, const Matrix<S>& x) {
  Matrix<S> y = Matrix<S>::Zero(w.rows(), x.cols());
  for (Index b = 0; b < x.cols(); ++b)
    for (Index j = 0; j < w.cols(); ++j)
      for (Index i = 0; i < w.rows(); ++i) y(i, b) += w(i, j) * x(j, b);
  return y;
}
/// g += L Rᵀ
template <class S> void add_outer(Matrix<S>& g, const Matrix<S>& left, const Matrix<S>& right) {
  for (Index j = 0; j < right.rows(); ++j)
    for (Index b = 0; b < left.cols(); ++b)
      for (Index i = 0; i < left.rows(); ++i) g(i, j) += left(i, b) * right(j, b);
}

/// Columns of a piece's moments; an optimizer that keeps none treats all alike.
Index columns(const auto& moments, Index all) {
  if constexpr (requires { moments.first; })
    return moments.first.cols();
  else
    return all;
}

/// One weight after one step of the optimizer from its moments, as the papers have it.
template <class S> S moved(const neohebb::Sgd<S>& o, const auto&, Index, Index, S g, S w) {
  return w - o.rate * g;
}
template <class S> S moved(const neohebb::AdaMax<S>& o, const auto& m, Index i, Index j, S g, S w) {
  const S first = o.beta1 * m.first(i, j) + (1 - o.beta1) * g;
  const S largest = std::max(o.beta2 * m.largest(i, j), std::abs(g) + o.epsilon);
  return w - o.rate / (1 - m.power1 * o.beta1) * first / largest;
}
template <class S> S moved(const neohebb::Adam<S>& o, const auto& m, Index i, Index j, S g, S w) {
  const S first = (o.beta1 * m.first(i, j) + (1 - o.beta1) * g) / (1 - m.power1 * o.beta1);
  const S second = (o.beta2 * m.second(i, j) + (1 - o.beta2) * g * g) / (1 - m.power2 * o.beta2);
  return w - o.rate * first / (std::sqrt(second) + o.epsilon);
}

/// Updates a dense projection and throws unless its weights moved along `gradient`, found by the plain sum
/// over the credited steps, as the optimizer says. The learner takes a rate that shows in the last digits.
template <class S>
void update(const auto& projection, auto& weights, auto& state, auto& credit, auto& learner,
            const Matrix<S>& gradient, const std::string& what) {
  const Matrix<S> noted = projection.gradient(credit).weight;
  equal<S>(what + ": gradient", noted, gradient);
  set_rate(learner, S(0.1));
  const Matrix<S> before = weights.weight;
  const auto old = learner;
  projection.update(weights, state, credit, learner);
  // From here on the library's own gradient: Adam's step has any size where the gradient is all rounding.
  Matrix<S> wanted = before;
  Index first = 0;
  for (const auto& part : old.parts) {
    const Index end = std::min(before.cols(), first + columns(part.moments, before.cols()));
    for (Index j = first; j < end; ++j)
      for (Index i = 0; i < before.rows(); ++i)
        wanted(i, j) = moved(old.optimizer, part.moments, i, j - first, noted(i, j), before(i, j));
    first = end;
  }
  equal<S>(what + ": weights moved by", weights.weight - before, wanted - before,
           sizeof(S) == 4 ? 1e-3 : 1e-9);
}

}  // namespace verify
