// What moves a dense projection's weights: an optimizer, and its moments for each part of W.
#pragma once
#include <array>
#include <neohebb/learning/optimizer.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace neohebb {

/// The optimizer of a dense projection P, and its moments for each part of W. P says which columns of W are
/// part k. Parts move on several threads at once.
template <class P, Optimizer O> struct DenseLearner {
  using Scalar = typename P::Scalar;
  static constexpr int Rows = P::Rows, Cols = P::Cols;
  /// One part: its moments, and scratch. The gradient is kept only where it is too large for the stack.
  struct Part {
    StateOf<O, Rows, Cols> moments;
    std::conditional_t<O::linear, Matrix<Scalar, 0, 0>, Matrix<Scalar, Rows, Cols>> gradient;
    typename P::Workspace workspace;
    static void fields(auto& self, auto&& visit) { visit("moments", self.moments); }
  };
  O optimizer;
  std::conditional_t<Cols == Dynamic, std::vector<Part>, std::array<Part, 1>> parts;
  StateOf<O, Rows, 1> bias;
  Vector<Scalar, Rows> bias_gradient;  // Σ δ
  static void fields(auto& self, auto&& visit) {
    if constexpr (requires { self.optimizer.rate; }) visit("rate", self.optimizer.rate);
    visit("parts", self.parts);
    visit("bias", self.bias);
  }

  static DenseLearner zero(const P& projection, const O& optimizer) {
    const auto& joins = projection.connectivity;
    const Extent<Rows> rows = joins.rows();
    DenseLearner l{optimizer, {}, optimizer.zero_state(rows, Extent<1>{}), zeros<Scalar>(rows, Extent<1>{})};
    if constexpr (Cols == Dynamic) l.parts.reserve(static_cast<std::size_t>(projection.parts()));
    for (Index k = 0; k < projection.parts(); ++k) {
      const Extent<Cols> cols(projection.first_column(k + 1) - projection.first_column(k));
      Part part{optimizer.zero_state(rows, cols), {}, joins.template workspace<Scalar>()};
      if constexpr (!O::linear)
        if (Cols != Dynamic || Index(rows) * Index(cols) > P::tile) part.gradient = zeros<Scalar>(rows, cols);
      if constexpr (Cols == Dynamic)
        l.parts.push_back(std::move(part));
      else
        l.parts[0] = std::move(part);
    }
    return l;
  }
  /// Moves part k of W, and with part 0 the bias.
  void move(const P& projection, auto& w, auto& each_credit, Index k) {
    const auto& joins = projection.connectivity;
    const Index first = projection.first_column(k);
    auto& part = parts[static_cast<std::size_t>(k)];
    auto block = w.weight.middleCols(first, projection.first_column(k + 1) - first);
    const bool moves_bias = k == 0 && projection.bias;
    if constexpr (O::linear) {
      const Scalar scale = -optimizer.rate;
      each_credit([&](const auto& credit) {
        credit.gather(joins, scale, block, first, part.workspace);
        if (moves_bias) credit.gather_bias(joins, scale, w.bias);
      });
    } else {
      move_along(joins, part, block, each_credit, first);
      if (moves_bias) {
        bias_gradient.setZero();
        each_credit([&](const auto& credit) { credit.gather_bias(joins, Scalar(1), bias_gradient); });
        optimizer.step(bias, bias_gradient, w.bias);
      }
    }
    projection.constraint(block, first);
  }

  /// For processes that hold some chunks each: part k's sum over the chunks so far, which goes from one
  /// process to the next in chunk order; what they add is what `move` adds, in its order. sum: the part's
  /// columns, and with part 0 the bias; of linear optimizers the weights themselves. begins, ends: with these
  /// chunks.
  void gather(const P& projection, auto& w, auto& each_credit, Index k, Scalar* sum, bool begins, bool ends) {
    const auto& joins = projection.connectivity;
    const Index first = projection.first_column(k);
    auto& part = parts[static_cast<std::size_t>(k)];
    auto block = w.weight.middleCols(first, projection.first_column(k + 1) - first);
    const bool moves_bias = k == 0 && projection.bias;
    Eigen::Map<Vector<Scalar, Rows>> bias_sum(sum + block.size(), k == 0 ? block.rows() : 0);
    Eigen::Map<Matrix<Scalar, Rows>> all(sum, block.rows(), block.cols());
    const auto add = [&](Scalar scale, auto& to, auto& to_bias) {
      if (!begins) to = all;
      if (!begins && moves_bias) to_bias = bias_sum;
      each_credit([&](const auto& credit) {
        credit.gather(joins, scale, to, first, part.workspace);
        if (moves_bias) credit.gather_bias(joins, scale, to_bias);
      });
    };
    if constexpr (O::linear) {
      add(-optimizer.rate, block, w.bias);
      if (ends) projection.constraint(block, first);
      all = block;
      if (k == 0) bias_sum = w.bias;
    } else {
      with_gradient(part, block, [&](auto& gradient) {
        if (begins && moves_bias) bias_gradient.setZero();
        add(Scalar(1), gradient, bias_gradient);
        all = gradient;
        if (k == 0) bias_sum = bias_gradient;
      });
    }
  }
  /// Moves part k along the sum that `gather` made of all chunks. Linear optimizers have moved it by then.
  void apply(const P& projection, auto& w, Index k, const Scalar* sum) requires(!O::linear) {
    const Index first = projection.first_column(k);
    auto& part = parts[static_cast<std::size_t>(k)];
    auto block = w.weight.middleCols(first, projection.first_column(k + 1) - first);
    with_gradient(part, block, [&](auto& gradient) {
      gradient = Eigen::Map<const Matrix<Scalar, Rows>>(sum, block.rows(), block.cols());
      optimizer.step(part.moments, gradient, block);
    });
    if (k == 0 && projection.bias) {
      bias_gradient = Eigen::Map<const Vector<Scalar, Rows>>(sum + block.size(), block.rows());
      optimizer.step(bias, bias_gradient, w.bias);
    }
    projection.constraint(block, first);
  }

 private:
  /// use(zeros of a part's shape), where the part's gradient is summed.
  void with_gradient(Part& part, auto& block, auto&& use) const {
    alignas(64) Scalar room[Cols == Dynamic ? P::tile : 1];
    Scalar* const data = part.gradient.size() > 0 ? part.gradient.data() : room;
    Eigen::Map<Matrix<Scalar, Rows, Cols>> gradient(data, block.rows(), block.cols());
    gradient.setZero();
    use(gradient);
  }
  /// One part along its gradient: an outer product is never stored.
  void move_along(const auto& joins, Part& part, auto& block, auto& each_credit, Index first) const {
    if constexpr (requires(Vector<Scalar> & x) { joins.outer(x, x); }) {
      Index credits = 0, outer = 0;
      each_credit([&](const auto& credit) {
        credits += !credit.empty();
        if constexpr (requires { credit.is_outer(); }) outer += credit.is_outer();
      });
      if (credits == 1 && outer == 1)
        return each_credit([&](const auto& credit) {
          if constexpr (requires { credit.is_outer(); })
            if (credit.is_outer())
              optimizer.step(
                  part.moments,
                  joins.outer(credit.outer_delta(), credit.outer_pre().segment(first, block.cols())), block);
        });
    }
    with_gradient(part, block, [&](auto& gradient) {
      each_credit(
          [&](const auto& credit) { credit.gather(joins, Scalar(1), gradient, first, part.workspace); });
      optimizer.step(part.moments, gradient, block);
    });
  }
};

}  // namespace neohebb
