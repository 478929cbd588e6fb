// Spikes of one time step and one batch, as a 0/1 matrix and as index lists.
#pragma once
#include <cstdint>
#include <neohebb/core/types.hpp>
#include <span>

namespace neohebb {

/// Index lists: sample b's spiking neurons are active(b), ascending.
template <int N = Dynamic, int B = Dynamic> class SpikeLists {
 public:
  SpikeLists(Extent<N> neurons, Extent<B> batch)
      : rows_(Vector<std::int32_t, room>::Zero(Index(neurons) * Index(batch) + 1)),
        first_(Vector<std::int32_t, marks>::Zero(Index(batch) + 1)) {}

  std::span<const std::int32_t> active(Index b) const {
    return {rows_.data() + first_[b], static_cast<std::size_t>(first_[b + 1] - first_[b])};
  }
  /// Spikes in all samples together.
  Index count() const { return first_[first_.size() - 1]; }
  Index batch() const { return first_.size() - 1; }

  /// Takes over other's spikes: touches the spikes, not the capacity.
  void copy(const SpikeLists& other) {
    first_ = other.first_;
    rows_.head(count()) = other.rows_.head(count());
  }
  /// Writes the lists and the 0/1 matrix `dense` together, without a branch per neuron.
  /// fires: neurons × batch, anything whose coefficients convert to bool.
  void write(const auto& fires, auto& dense) {
    using S = typename std::decay_t<decltype(dense)>::Scalar;
    std::int32_t n = 0;
    for (Index b = 0; b < dense.cols(); ++b) {
      // Two passes: the first becomes vector code, the second a store and an addition. In one, compilers make
      // a branch.
      for (Index i = 0; i < dense.rows(); ++i)
        dense(i, b) = static_cast<S>(static_cast<bool>(fires.coeff(i, b)));
      for (Index i = 0; i < dense.rows(); ++i) {
        rows_[n] = static_cast<std::int32_t>(i);
        n += static_cast<std::int32_t>(dense(i, b) != S(0));
      }
      first_[b + 1] = n;
    }
  }

 private:
  static constexpr int room = times(N, B) == Dynamic ? Dynamic : times(N, B) + 1;
  static constexpr int marks = B == Dynamic ? Dynamic : B + 1;
  Vector<std::int32_t, room> rows_;
  Vector<std::int32_t, marks> first_;
};

/// One step's spikes of N neurons in B samples. Both forms are written together and always agree.
///
///     Spikes<float> in(Extent{784}, Extent{100});
///     in.assign(intensity.array() > 0.5f);
///     in.dense();       // 784 × 100, entries 0 and 1
///     in.active(3);     // indices of the neurons that spike in sample 3
template <class S, int N = Dynamic, int B = Dynamic> class Spikes {
 public:
  using Scalar = S;
  Spikes(Extent<N> neurons, Extent<B> batch) : dense_(zeros<S>(neurons, batch)), lists_(neurons, batch) {}

  /// fires: a matrix or array expression, neurons × batch; true (or non-zero) where a neuron spikes. Throws
  /// std::invalid_argument for another shape.
  void assign(const auto& fires) {
    check_shape("what is assigned to spikes", fires, dense_.rows(), dense_.cols());
    lists_.write(fires, dense_);
  }
  /// The spikes as an Eigen expression of 0 and 1, neurons × batch.
  const auto& dense() const { return dense_; }
  const SpikeLists<N, B>& lists() const { return lists_; }
  std::span<const std::int32_t> active(Index b) const { return lists_.active(b); }
  Index neurons() const { return dense_.rows(); }
  Index batch() const { return dense_.cols(); }
  Index count() const { return lists_.count(); }

 private:
  Matrix<S, N, B> dense_;
  SpikeLists<N, B> lists_;
};

}  // namespace neohebb
