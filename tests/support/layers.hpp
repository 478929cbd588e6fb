// What tests of projections, layers and networks share: spikes that belong to their sample, choices made at
// run time, distances.
#pragma once
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>
#include <neohebb/learning/loss.hpp>
#include <neohebb/neuron/surrogate.hpp>

namespace support {

using neohebb::Index, neohebb::Matrix, neohebb::Vector;

/// Every input neuron spikes with probability `rate`; a sample's spikes are the same in any chunk of a batch.
/// Uses no heap: an expression draws the numbers.
struct NoisyInput {
  std::uint64_t seed = 11;
  double rate = 0.3;
  void operator()(Index t, Index first, auto& in) const {
    const neohebb::Generator place = neohebb::Generator{.seed = seed}.at_step(t).at_sample(first);
    neohebb::RandomSequence numbers = place.sequence();
    in.assign(Matrix<bool>::NullaryExpr(in.neurons(), in.batch(), [&](Index i, Index b) {
      if (i == 0) numbers = place.sequence(b);  // assigned column by column
      return numbers.uniform() < rate;
    }));
  }
};

/// Standard normal numbers times `scale`.
template <class S = double> Matrix<S> random_matrix(Index rows, Index cols, std::uint64_t seed, S scale = 1) {
  Matrix<S> m(rows, cols);
  neohebb::Generator{.seed = seed}.normal(m);
  return scale * m;
}

/// The largest absolute deviation; NaN anywhere gives NaN.
auto distance(const auto& a, const auto& b) {
  return (a - b).cwiseAbs().template maxCoeff<Eigen::PropagateNaN>();
}

/// Labels 0, 1, … one-hot, classes × batch.
template <class S = double> Matrix<S> labels(Index classes, Index batch, Index first = 0) {
  Matrix<S> target = Matrix<S>::Zero(classes, batch);
  for (Index b = 0; b < batch; ++b) target((first + b) % classes, b) = 1;
  return target;
}

/// One of the losses, chosen at run time: one type, one instantiation of whatever holds it.
template <class S> struct AnyLoss {
  static constexpr int count = 4;
  int which = 0;
  S operator()(const auto& output, const auto& target, auto& gradient) const {
    switch (which) {
      case 0:
        return neohebb::MeanSquare<S>{}(output, target, gradient);
      case 1:
        return neohebb::SmoothL1<S>{}(output, target, gradient);
      case 2:
        return neohebb::CrossEntropy<S>{}(output, target, gradient);
      default:
        return neohebb::SumSquare<S>{}(output, target, gradient);
    }
  }
};

/// One of the smooth surrogates, likewise.
template <class S> struct AnySurrogate {
  static constexpr int count = 5;
  int which = 0;
  S operator()(S u) const {
    return choose([u](const auto& surrogate) { return surrogate(u); });
  }
  S activation(S u) const {
    return choose([u](const auto& surrogate) { return surrogate.activation(u); });
  }

 private:
  S choose(auto&& use) const {
    switch (which) {
      case 0:
        return use(neohebb::FastSigmoid<S>{});
      case 1:
        return use(neohebb::Logistic<S>{});
      case 2:
        return use(neohebb::Triangle<S>{});
      case 3:
        return use(neohebb::Arctan<S>{});
      default:
        return use(neohebb::Gaussian<S>{});
    }
  }
};

}  // namespace support
