// From readouts over time to one class per sample.
#pragma once
#include <neohebb/core/types.hpp>

namespace neohebb {

/// The class of a column: the largest entry, the lower one of equals.
Index winner(const auto& column) {
  Index best = 0;
  for (Index c = 1; c < column.size(); ++c)
    if (column(c) > column(best)) best = c;
  return best;
}

/// The class that wins most steps (argmax of σ(Y) at each step is the argmax of Y; ties go to the lower
/// class). Burn-in steps do not vote: do not count them. [Kaiser, Mostafa, Neftci 2020]
template <int C = Dynamic, int B = Dynamic> struct MostFrequentWinner {
  Matrix<int, C, B> votes;  // steps that each class has won

  /// Throws std::invalid_argument without classes or samples.
  MostFrequentWinner(Extent<C> classes, Extent<B> batch) : votes(zeros<int>(classes, batch)) {
    check_positive("MostFrequentWinner: classes", Index(classes));
    check_positive("MostFrequentWinner: batch", Index(batch));
  }
  /// Forgets all steps.
  void reset() { votes.setZero(); }
  /// output: classes × batch, of one step.
  void count(const auto& output) {
    check_shape("what MostFrequentWinner counts", output, votes.rows(), votes.cols());
    for (Index b = 0; b < output.cols(); ++b) ++votes(winner(output.col(b)), b);
  }
  Index predict(Index b) const { return winner(votes.col(b)); }
};

/// The class whose readout, summed over the counted steps, is largest.
template <class S, int C = Dynamic, int B = Dynamic> struct SummedReadout {
  Matrix<S, C, B> sum;  // outputs summed over the steps

  /// Throws std::invalid_argument without classes or samples.
  SummedReadout(Extent<C> classes, Extent<B> batch) : sum(zeros<S>(classes, batch)) {
    check_positive("SummedReadout: classes", Index(classes));
    check_positive("SummedReadout: batch", Index(batch));
  }
  /// Forgets all steps.
  void reset() { sum.setZero(); }
  void count(const auto& output) {
    check_shape("what SummedReadout counts", output, sum.rows(), sum.cols());
    sum += output;
  }
  Index predict(Index b) const { return winner(sum.col(b)); }
};

}  // namespace neohebb
