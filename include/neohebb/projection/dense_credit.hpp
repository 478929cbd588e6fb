// What a dense projection records of the steps that an update learns from.
#pragma once
#include <neohebb/learning/affine.hpp>
#include <neohebb/projection/connectivity.hpp>
#include <utility>

namespace neohebb {

/// δ and P of the credited steps side by side, and the gradient of those already multiplied. Samples that ask
/// for nothing, δ = 0, take no room and no time.
template <class S, class C, int B, bool Pulses = false> struct DenseCredit {
  static constexpr int In = extent_of<decltype(std::declval<C>().inputs())>;
  static constexpr int Out = extent_of<decltype(std::declval<C>().outputs())>;
  static constexpr int Columns = In == Dynamic || Out == Dynamic ? Dynamic : B;  // fixed sizes use no heap
  using Workspace = decltype(std::declval<C>().template workspace<S>());
  using Weights =
      Affine<S, extent_of<decltype(std::declval<C>().rows())>, extent_of<decltype(std::declval<C>().cols())>>;
  Matrix<S, Out, Columns> delta;
  Matrix<S, In, Columns> pre;
  /// The traces of the bias, where spikes arrive as pulses; otherwise they are all 1.
  Matrix<S, 1, Pulses ? Columns : 0> constant;
  Weights sum;            // the gradient of what no longer had room
  Index columns = 0;      // used ones of delta and pre
  bool summed = false;    // sum holds something
  bool credited = false;  // some step was credited, if only with zeros
  Workspace workspace;

  bool empty() const { return !credited; }
  /// One step: δ and P, a column per sample; and the bias's trace.
  void note(const C& joins, const auto& now, const auto& trace, S bias_trace) {
    if (columns + now.cols() > delta.cols()) multiply(joins);
    credited = true;
    for (Index b = 0; b < now.cols(); ++b) {
      if ((now.col(b).array() == S(0)).all()) continue;
      delta.col(columns) = now.col(b);
      pre.col(columns) = trace.col(b);
      if (constant.size() > 0) constant(columns) = bias_trace;
      ++columns;
    }
  }
  /// The same for δ that will be known when the window ends.
  void hold(const auto& trace, S bias_trace) {
    NEOHEBB_REQUIRE(columns + trace.cols() <= delta.cols(), "a credit made for ", delta.cols(),
                    " samples x steps was to hold ", columns + trace.cols(),
                    "; update at the end of each window, or make the learner for a longer one");
    credited = true;
    pre.middleCols(columns, trace.cols()) = trace;
    if (constant.size() > 0) constant.segment(columns, trace.cols()).setConstant(bias_trace);
    columns += trace.cols();
  }
  /// target += scale · δ Pᵀ for the columns of W from `first` on.
  void gather(const C& joins, S scale, auto&& target, Index first, Workspace& scratch) const {
    if (summed) target += scale * sum.weight.middleCols(first, target.cols());
    if (columns == 0) return;
    if constexpr (column_per_input<C>)
      joins.gather(scale, delta.leftCols(columns), pre.block(first, 0, target.cols(), columns), target,
                   scratch);
    else if constexpr (GroupedColumns<C>)
      joins.gather(scale, delta.leftCols(columns), pre.leftCols(columns), target, scratch, first);
    else
      joins.gather(scale, delta.leftCols(columns), pre.leftCols(columns), target, scratch);
  }
  void gather_bias(const C& joins, S scale, auto& target) const {
    if (summed) target += scale * sum.bias;
    if (columns > 0) gather_bias_of_columns(joins, scale, target);
  }
  /// The gradient is one outer product, as after one step of one sample.
  bool is_outer() const { return columns == 1 && !summed; }
  auto outer_delta() const { return delta.col(0); }
  auto outer_pre() const { return pre.col(0); }
  /// Forgets what was credited.
  void clear() {
    columns = 0;
    credited = false;
    if (std::exchange(summed, false)) sum.set_zero();
  }
  static void fields(auto& self, auto&& visit) {
    visit("delta", self.delta);
    visit("pre", self.pre);
    if constexpr (Pulses) visit("constant", self.constant);
    visit("sum", self.sum);
    visit("columns", self.columns);
    visit("summed", self.summed);
    visit("credited", self.credited);
  }

 private:
  void gather_bias_of_columns(const C& joins, S scale, auto& target) const {
    if (constant.size() == 0) return joins.gather_bias(scale, delta.leftCols(columns), target);
    for (Index k = 0; k < columns; ++k)
      joins.gather_bias(scale * constant(k), delta.middleCols(k, 1), target);
  }
  void multiply(const C& joins) {
    if (sum.weight.size() == 0) sum = Weights::zero(joins.rows(), joins.cols());  // more steps than announced
    const auto errors = std::as_const(delta).leftCols(columns);  // const as in `gather`: the same code serves
    joins.gather(S(1), errors, std::as_const(pre).block(0, 0, pre.rows(), columns), sum.weight, workspace);
    gather_bias_of_columns(joins, S(1), sum.bias);
    columns = 0;
    summed = true;
  }
};

}  // namespace neohebb
