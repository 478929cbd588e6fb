// What moves a dense projection's weights: an optimizer and its moments, for pieces of W that threads share out.
#pragma once
#include <algorithm>
#include <array>
#include <neohebb/learning/optimizer.hpp>
#include <neohebb/projection/connectivity.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace neohebb {

/// Pieces of W's columns that an update moves apart from each other. They depend on sizes only.
template <class S, class C> struct WeightPieces {
  static constexpr int Cols = extent_of<decltype(std::declval<C>().cols())>;
  /// Numbers of a piece's gradient: what stays in a second-level cache, and on a stack, while the optimizer takes it.
  static constexpr Index tile = (Index{1} << 16) / Index{sizeof(S)};
  const C& joins;

  Index count() const {
    if constexpr (Cols == Dynamic && (column_per_input<C> || GroupedColumns<C>))
      return (Index(joins.cols()) + columns() - 1) / columns();
    else
      return 1;
  }
  /// Of every piece but the last: multiples of 12, as products have in their tiles; enough pieces for some threads.
  Index columns() const {
    if constexpr (GroupedColumns<C>) {  // δ is read, and laid out anew, for every piece: few of them
      const Index group = joins.column_group(), groups = Index(joins.cols()) / group;
      return std::max<Index>(8, (groups + 3) / 4) * group;
    }
    return std::clamp<Index>(tile / Index(joins.rows()) / 12 * 12, 12, 120);
  }
  Index first(Index piece) const { return piece == count() ? Index(joins.cols()) : piece * columns(); }
  Index columns_of(Index piece) const { return first(piece + 1) - first(piece); }
};

/// An optimizer, and its moments for every piece of W and for the bias. Every piece has scratch of its own, since
/// several threads move several of them at once.
template <class S, class C, Optimizer O> struct DenseLearner {
  static constexpr int Rows = extent_of<decltype(std::declval<C>().rows())>;
  static constexpr int Cols = WeightPieces<S, C>::Cols;
  /// Of one piece. The gradient is kept only where it is too large for the stack.
  struct Part {
    StateOf<O, Rows, Cols> moments;
    std::conditional_t<O::linear, Matrix<S, 0, 0>, Matrix<S, Rows, Cols>> gradient;
    decltype(std::declval<C>().template workspace<S>()) workspace;
    static void fields(auto& self, auto&& visit) { visit("moments", self.moments); }
  };
  O optimizer;
  std::conditional_t<Cols == Dynamic, std::vector<Part>, std::array<Part, 1>> parts;
  StateOf<O, Rows, 1> bias;
  Vector<S, Rows> bias_gradient;
  static void fields(auto& self, auto&& visit) {
    if constexpr (requires { self.optimizer.rate; }) visit("rate", self.optimizer.rate);
    visit("parts", self.parts);
    visit("bias", self.bias);
  }

  static DenseLearner of(const C& joins, const O& optimizer) {
    const Extent<Rows> rows = joins.rows();
    const WeightPieces<S, C> pieces{joins};
    DenseLearner l{optimizer, {}, optimizer.zero_state(rows, Extent<1>{}), zeros<S>(rows, Extent<1>{})};
    if constexpr (Cols == Dynamic) l.parts.reserve(static_cast<std::size_t>(pieces.count()));
    for (Index k = 0; k < pieces.count(); ++k) {
      const Extent<Cols> cols(Cols == Dynamic ? pieces.columns_of(k) : Index(joins.cols()));
      Part part{optimizer.zero_state(rows, cols), {}, joins.template workspace<S>()};
      if constexpr (!O::linear)
        if (Cols != Dynamic || Index(rows) * Index(cols) > WeightPieces<S, C>::tile)
          part.gradient = zeros<S>(rows, cols);
      if constexpr (Cols == Dynamic)
        l.parts.push_back(std::move(part));
      else
        l.parts[0] = std::move(part);
    }
    return l;
  }
  /// Moves piece k, the columns `block` of W from `first` on.
  void move(const C& joins, Index k, auto& block, Index first, auto& each_credit) {
    auto& part = parts[static_cast<std::size_t>(k)];
    if constexpr (O::linear)
      each_credit(
          [&](const auto& credit) { credit.gather(joins, -optimizer.rate, block, first, part.workspace); });
    else if (!move_along_outer(joins, part, block, first, each_credit))
      move_along_gradient(joins, part, block, first, each_credit);
  }
  void move_bias(const C& joins, auto& target, auto& each_credit) {
    if constexpr (O::linear) {
      each_credit([&](const auto& credit) { credit.gather_bias(joins, -optimizer.rate, target); });
    } else {
      bias_gradient.setZero();
      each_credit([&](const auto& credit) { credit.gather_bias(joins, S(1), bias_gradient); });
      optimizer.step(bias, bias_gradient, target);
    }
  }

 private:
  void move_along_gradient(const C& joins, Part& part, auto& block, Index first, auto& each_credit) const {
    alignas(64) S room[Cols == Dynamic ? WeightPieces<S, C>::tile : 1];
    S* const data = part.gradient.size() > 0 ? part.gradient.data() : room;
    Eigen::Map<Matrix<S, Rows, Cols>> gradient(data, block.rows(), block.cols());
    gradient.setZero();
    each_credit([&](const auto& credit) { credit.gather(joins, S(1), gradient, first, part.workspace); });
    optimizer.step(part.moments, gradient, block);
  }
  /// Along a gradient that is one outer product, which is never stored. Returns whether it was one.
  bool move_along_outer(const C& joins, Part& part, auto& block, Index first, auto& each_credit) const {
    if constexpr (requires(Vector<S> & x) { joins.outer(x, x); }) {
      Index credits = 0, outer = 0;
      each_credit([&](const auto& credit) {
        credits += !credit.empty();
        if constexpr (requires { credit.is_outer(); }) outer += credit.is_outer();
      });
      if (credits != 1 || outer != 1) return false;
      each_credit([&](const auto& credit) {
        if constexpr (requires { credit.is_outer(); })
          if (credit.is_outer())
            optimizer.step(part.moments,
                           joins.outer(credit.outer_delta(), credit.outer_pre().segment(first, block.cols())),
                           block);
      });
      return true;
    }
    return false;
  }
};

}  // namespace neohebb
