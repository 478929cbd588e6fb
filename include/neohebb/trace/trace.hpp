// What a trace is: the memory that a synapse or a neuron keeps of spikes.
#pragma once
#include <concepts>
#include <neohebb/core/types.hpp>

namespace neohebb {

/// A kernel applied to spikes step by step; the ε of synapses and the η of neurons in the spike response
/// model [Gerstner & Kistler 2002, chapter 4]. Parameters are the type itself; its state is made for a
/// population and a batch. A complete one of your own:
///
///     struct Counter {                                    // x[t] = Σ_{r ≤ t} s[r]
///       using Scalar = float;
///       template <int R, int B> auto zero_state(Extent<R> rows, Extent<B> batch) const {
///         return zeros<float>(rows, batch);
///       }
///       void step(auto& x, const auto& spikes) const { x += spikes; }
///       const auto& value(const auto& x) const { return x; }
///     };
template <class T>
concept Trace = Stateful<T> &&
    requires(const T t, StateOf<T>& state, const Matrix<typename T::Scalar>& input) {
  t.step(state, input);  // void step(State&, const rows×batch expression& input) const
  { t.value(state).rows() } -> std::convertible_to<Index>;  // value(const State&) const → rows × batch matrix
};

/// K stages of a linear filter side by side: all = [x₀ x₁ …], rows × K·batch, so that W·all filters every
/// stage in one product. The trace's value is stage 0.
template <class S, int R, int B, int K> struct Stages {
  Matrix<S, R, times(B, K)> all;  // rows × K·batch
  Extent<B> batch;

  Stages(Extent<R> rows, Extent<B> b) : all(zeros<S>(rows, Extent<times(B, K)>(Index(b) * K))), batch(b) {}
  auto stage(Index k) { return columns(all, k, batch); }
  auto stage(Index k) const { return columns(all, k, batch); }
  friend bool operator==(const Stages& a, const Stages& b) { return a.all == b.all; }
  static void fields(auto& self, auto&& visit) { visit("all", self.all); }

 private:
  static auto columns(auto& matrix, Index k, Extent<B> b) {
    if constexpr (B == Dynamic)
      return matrix.middleCols(k * b, b);
    else
      return matrix.template middleCols<B>(k * b);
  }
};

/// A trace for which it is the same to filter spikes and then weigh them, or to weigh them and then filter:
/// W kernel(s) = kernel(W s). So an event-driven projection needs no trace per input: a spike adds its column
/// of W to the drive once, and the drive decays; learning runs the filter backwards over δ and touches a
/// column only where its input spiked.
///
/// It is a linear filter of K stages, x[t] = M x[t−1] + v s[t] with value x₀ and the same M for every row:
/// one time constant for all neurons. Its adjoint ξ[t] = Mᵀ ξ[t+1] + e₀ δ[t] is the filter run backwards in
/// time:
///
///     Σ_t δ[t] x₀[t]ᵀ = Σ_{t > first} (vᵀξ[t]) s[t]ᵀ + ξ[first] x[first]ᵀ
template <class T>
concept CommutingTrace = Trace<T> && T::commutes &&
    requires(const T t, Stages<typename T::Scalar, Dynamic, Dynamic, T::stages>& s,
             const Matrix<typename T::Scalar>& x) {
  t.step_back(s, x);  // void step_back(Stages& adjoint, error) const:  ξ ← Mᵀ ξ + e₀ error
  t.impulse(s);       // vᵀξ: what one spike of this step adds to the gradient's column
  t.transition();     // M, K × K
};

namespace detail {
/// Sample b of K stages kept side by side, as a trace's step sees it.
template <class M> struct StagesColumn {
  M& all;
  Index sample, batch;
  auto stage(Index k) const { return all.col(k * batch + sample); }
};
template <class M> StagesColumn(M&, Index, Index) -> StagesColumn<M>;
}  // namespace detail

}  // namespace neohebb
