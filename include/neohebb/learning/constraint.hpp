// Constraints on weights, applied after every update: bounds, missing synapses, Dale's law.
#pragma once
#include <limits>
#include <neohebb/core/types.hpp>
#include <tuple>

namespace neohebb {

/// The weights are free. A constraint of your own is applied to a block of the columns of W, rows
/// × cols, that begins at `first`:
///
///     template <class M> void operator()(M&& block, Index first) const
struct Unconstrained {
  void operator()(auto&&, Index) const {}
};

/// Weight clipping: lower ≤ w ≤ upper.
/// A projection throws std::invalid_argument for lower > upper, and for NaN.
template <class S> struct Bounds {
  S lower = std::numeric_limits<S>::lowest();  // as the weights
  S upper = std::numeric_limits<S>::max();     // as the weights
  void validate() const {
    NEOHEBB_REQUIRE(is_number(lower) && is_number(upper) && lower <= upper, "Bounds.lower = ", lower,
                    " lies above Bounds.upper = ", upper);
  }
  void operator()(auto&& block, Index) const { block = block.cwiseMax(lower).cwiseMin(upper); }
};

/// Sparse connectivity: w_ij = 0 wherever present_ij = 0. present: rows × cols of 0 and 1, fixed.
/// A projection throws std::invalid_argument for other entries, and for another shape than its weights.
template <class S, int R = Dynamic, int C = Dynamic> struct Mask {
  Matrix<S, R, C> present;  // rows × cols, 1 where there is a synapse, 0 elsewhere
  void validate() const {
    NEOHEBB_REQUIRE(all_finite(present) && (present.array() == S(0) || present.array() == S(1)).all(),
                    "Mask.present has entries other than 0 and 1");
  }
  void check(Index rows, Index cols) const { check_shape("Mask.present", present, rows, cols); }
  void operator()(auto&& block, Index first) const {
    block = block.cwiseProduct(present.middleCols(first, block.cols()));
  }
};

/// No neuron joins itself: w_jj = 0, in a population's own connections.
/// A projection throws std::invalid_argument for weights that are not square.
struct NoSelf {
  void check(Index rows, Index cols) const {
    NEOHEBB_REQUIRE(rows == cols, "NoSelf: weights are ", rows, " x ", cols,
                    ", must join a population to itself");
  }
  void operator()(auto&& block, Index first) const {
    for (Index j = 0; j < block.cols(); ++j) block(first + j, j) = 0;
  }
};

/// Dale's law: column j keeps the sign of its neuron. sign: cols × 1 of +1 (excitatory), −1 (inhibitory), 0
/// (free).
/// A projection throws std::invalid_argument for other entries, and unless there is one for each input.
template <class S, int C = Dynamic> struct Signs {
  Vector<S, C> sign;  // one for each input: +1 or −1; 0: both
  void validate() const {
    NEOHEBB_REQUIRE(all_finite(sign) && (sign.array() == S(0) || sign.array().abs() == S(1)).all(),
                    "Signs.sign has entries other than -1, 0 and 1");
  }
  void check(Index, Index cols) const {
    NEOHEBB_REQUIRE(sign.size() == cols, "Signs.sign holds ", sign.size(), " signs, the projection has ",
                    cols, " inputs");
  }
  void operator()(auto&& block, Index first) const {
    for (Index j = 0; j < block.cols(); ++j) {
      if (sign(first + j) > 0) block.col(j) = block.col(j).cwiseMax(S(0));
      if (sign(first + j) < 0) block.col(j) = block.col(j).cwiseMin(S(0));
    }
  }
};

/// Several constraints, one after the other.
/// A projection throws std::invalid_argument as each of them would make it do.
template <class... C> struct Constraints {
  std::tuple<C...> all{};  // each in its turn
  void validate() const {
    std::apply([](const auto&... c) { (validate_if_possible(c), ...); }, all);
  }
  void check(Index rows, Index cols) const {
    std::apply([&](const auto&... c) { (check_constraint(c, rows, cols), ...); }, all);
  }
  void operator()(auto&& block, Index first) const {
    std::apply([&](const auto&... c) { (c(block, first), ...); }, all);
  }
  /// Runs the constraint's own check, if it has one.
  static void check_constraint(const auto& c, Index rows, Index cols) {
    if constexpr (requires { c.check(rows, cols); }) c.check(rows, cols);
  }
};

namespace detail {
/// A constraint that belongs to somebody else: masks are as large as weights.
template <class Constraint> struct Borrowed {
  const Constraint* owner = nullptr;
  void validate() const { validate_if_possible(*owner); }
  void check(Index rows, Index cols) const {
    if constexpr (requires { owner->check(rows, cols); }) owner->check(rows, cols);
  }
  void operator()(auto&& block, Index first) const { (*owner)(block, first); }
};
}  // namespace detail

}  // namespace neohebb
