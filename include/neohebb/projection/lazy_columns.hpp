// Columns of W that wait for their updates until somebody needs them. Exact for linear updates by one sample.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <neohebb/core/types.hpp>
#include <span>
#include <utility>

namespace neohebb {

/// Equals W ← W − rate·δ Pᵀ at every step, up to rounding (tests/projection/lazy_columns.cpp); a column is
/// touched where its input spikes.
///
/// While input j is silent its trace runs freely, x_j[k] = M^(k−k_j) x_j[k_j] with value P_j = e₀ᵀx_j. The
/// updates −δ[i] P_j[i] that its column missed are K multiples of sums that all columns share:
///
///     E[k] = Σ_{i<k} rate·δ[i] (e₀ᵀ Mⁱ)     c_j = M^(−k_j) x_j[k_j]     true W_j = W_j − (E[k] − E[k_j]) c_j
///
/// with i and k counted from the start of a block, short enough that M^(−k) does not lose digits: the fastest
/// stage falls to 0.03 in it, and it has at most `longest` steps. W: Rows × Cols, δ: Rows × 1, x_j: K × 1.
template <class S, int Rows, int Cols, int K> class LazyColumns {
 public:
  static constexpr Index longest = Rows == Dynamic ? 48 : 16;  // fixed sizes are for small memories
  /// The step, of one state, whose traces c describes; 0: none.
  std::size_t as_of = 0;

  LazyColumns(Extent<Rows> rows, Extent<Cols> cols, const Matrix<S, K, K>& transition)
      : length_(block_length(transition)),
        sums_(Index(rows), K * (length_ + 1)),
        ahead_(K, length_ + 1),
        back_(K, K * (length_ + 1)) {
    sums_.setZero();
    coefficients_.setZero(K, Index(cols));
    since_.setZero(Index(cols));
    if (!possible()) return;
    const Matrix<S, K, K> inverse = inverse_of(transition);
    Matrix<S, K, K> power = Matrix<S, K, K>::Identity(), backward = power;
    for (Index k = 0; k <= length_; ++k) {
      ahead_.col(k) = power.row(0).transpose();        // e₀ᵀ Mᵏ
      back_.template middleCols<K>(K * k) = backward;  // M⁻ᵏ
      power = power.lazyProduct(transition).eval();
      backward = backward.lazyProduct(inverse).eval();
    }
  }
  /// Steps that are gathered before columns are brought up to date.
  static Index block_length(const Matrix<S, K, K>& transition) {
    for (Index j = 0; j < K; ++j)
      for (Index i = j + 1; i < K; ++i)
        if (transition(i, j) != 0) return 0;
    const S fastest = std::min(transition.diagonal().minCoeff(), S(0.999));
    if (fastest < S(0.03)) return 0;
    return std::min(static_cast<Index>(std::log(S(0.03)) / std::log(fastest)), longest);
  }
  /// Whether columns can wait at all: only a cascade (M upper triangular) is run backwards here, and none
  /// that forgets within a step.
  bool possible() const { return length_ > 0; }
  /// Whether no further step can be gathered.
  bool full() const { return count_ == length_; }
  bool empty() const { return count_ == 0; }

  /// What `subtract` needs: one weight for each column of E.
  using Scratch = Eigen::Matrix<S, Dynamic, 1, 0, Rows == Dynamic ? Dynamic : K*(longest + 1), 1>;
  Scratch scratch() const { return Scratch(sums_.cols()); }

  /// y −= (what is pending) of the columns that spiked.   y: Rows × 1
  void subtract(std::span<const std::int32_t> active, auto&& y, auto& scratch) const {
    if (empty()) return;
    auto h = begin_sum(scratch);
    Vector<S, K> all = Vector<S, K>::Zero();  // in registers: every spike adds to the same entries of h
    for (const std::int32_t j : active) {
      h.template segment<K>(K * since_[j]) -= coefficients_.col(j);
      all += coefficients_.col(j);
    }
    h.template tail<K>() += all;
    subtract_sum(h, y);
  }
  /// Y −= (what is pending) X.   X: Cols × any, Y: Rows × any
  void subtract_product(const auto& x, auto&& y, auto& scratch) const {
    if (empty()) return;
    for (Index b = 0; b < x.cols(); ++b) {
      auto h = begin_sum(scratch);
      for (Index j = 0; j < x.rows(); ++j) add_column(h, j, x(j, b));
      subtract_sum(h, y.col(b));
    }
  }
  /// Brings every column of W up to date and forgets the block.
  void settle(auto& w) {
    if (!empty())
      for (Index j = 0; j < w.cols(); ++j) settle(w, j);
    count_ = 0;
    as_of = 0;
  }
  /// One input's traces.
  using Traces = Matrix<S, 1, K>;
  /// Brings column j up to date; x: its new traces.
  void renew(auto& w, Index j, const Traces& x) {
    settle(w, j);
    describe(j, x);
  }
  /// Starts a block: the traces x, Cols × K.
  void begin(const auto& x) {
    count_ = 0;
    for (Index j = 0; j < x.rows(); ++j) describe(j, x.row(j));
  }
  /// W ← W − rate·δPᵀ, P the traces described.
  void append(S rate, const auto& delta) {
    for (Index s = 0; s < K; ++s)
      sums_.col(K * (count_ + 1) + s) = sums_.col(K * count_ + s) + (rate * ahead_(s, count_)) * delta;
    ++count_;
  }
  /// W ← W − rate·δPᵀ in step `now`, after step `before`: traces x, Cols × K, spikes of the columns `active`.
  void move(auto& w, std::size_t before, std::size_t now, std::span<const std::int32_t> active, const auto& x,
            S rate, const auto& delta) {
    if (full() || as_of == 0 || as_of != before) {
      settle(w);
      begin(x);
    } else {
      for (const std::int32_t j : active) renew(w, j, x.row(j));
    }
    append(rate, delta);
    as_of = now;
  }

 private:
  /// Of an upper triangular matrix, row by row from the last one.
  static Matrix<S, K, K> inverse_of(const Matrix<S, K, K>& m) {
    Matrix<S, K, K> inverse = Matrix<S, K, K>::Identity();
    for (Index i = K; i-- > 0;) {
      for (Index k = i + 1; k < K; ++k) inverse.row(i) -= m(i, k) * inverse.row(k);
      inverse.row(i) /= m(i, i);
    }
    return inverse;
  }
  void subtract_sum(const auto& h, auto&& y) const {
    if constexpr (Rows == Dynamic)
      y.noalias() -= sums_.leftCols(h.size()) * h;
    else
      y -= sums_.leftCols(h.size()).lazyProduct(h);
  }
  void describe(Index j, const Traces& x) {
    coefficients_.col(j).noalias() = back_.template middleCols<K>(K * count_).lazyProduct(x.transpose());
    since_[j] = static_cast<std::int32_t>(count_);
  }
  void settle(auto& w, Index j) {
    const Index now = K * count_, then = K * since_[j];
    if (now == then) return;
    [&]<int... s>(std::integer_sequence<int, s...>) {
      w.col(j) -= ((coefficients_(s, j) * (sums_.col(now + s) - sums_.col(then + s))) + ...);
    }
    (std::make_integer_sequence<int, K>{});
  }
  /// Σ_j (E[k] − E[k_j]) c_j x_j is E·h with h grouped by k_j.
  auto begin_sum(auto& scratch) const {
    auto h = scratch.col(0).head(K * (count_ + 1));
    h.setZero();
    return h;
  }
  void add_column(auto& h, Index j, S x) const {
    h.template segment<K>(K * since_[j]) -= coefficients_.col(j) * x;
    h.template segment<K>(K * count_) += coefficients_.col(j) * x;
  }

  /// As many columns as a block asks for; where the rows are fixed, room for the longest, and no heap.
  template <int R>
  using Columns = Eigen::Matrix<S, R, Dynamic, R == 1 ? Eigen::RowMajor : Eigen::ColMajor, R,
                                R == Dynamic ? Dynamic : K*(longest + 1)>;
  Index length_, count_ = 0;
  Columns<Rows> sums_;                // E[0] … E[length], K columns each
  Matrix<S, K, Cols> coefficients_;   // c
  Vector<std::int32_t, Cols> since_;  // k_j
  Columns<K> ahead_, back_;           // (e₀ᵀ Mᵏ)ᵀ, M⁻ᵏ
};

/// For connectivities whose columns do not belong to one input: nothing ever waits.
struct NothingPending {
  struct Scratch {};
  Scratch scratch() const { return {}; }
  bool empty() const { return true; }
  /// Whether updates can wait.
  bool possible() const { return false; }
  /// Nothing is subtracted.
  void subtract(auto&&...) const {}
  /// Nothing is subtracted.
  void subtract_product(auto&&...) const {}
  /// Nothing waits.
  void settle(auto&) {}
};

}  // namespace neohebb
