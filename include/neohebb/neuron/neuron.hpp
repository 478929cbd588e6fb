// What a neuron is: drive in, potential and spikes out.
#pragma once
#include <concepts>
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>
#include <neohebb/core/types.hpp>

namespace neohebb {

/// A population of neurons is its parameters; its state, made for a size and a batch, has any type with
/// `potential` (neurons × batch, 0 = threshold) and `spikes`. A complete one of your own:
///
///     struct Integrator {                         // u ← u + drive; spike and fall by 1 where u > 0
///       using Scalar = float;
///       template <int N, int B> struct State { Matrix<float, N, B> potential; Spikes<float, N, B> spikes; };
///       template <int N, int B> State<N, B> zero_state(Extent<N> size, Extent<B> batch) const {
///         return {zeros<float>(size, batch), {size, batch}};
///       }
///       void step(auto& state, const auto& drive) const {
///         state.potential += drive - state.spikes.dense();
///         state.spikes.assign(state.potential.array() > 0);
///       }
///     };
///
/// A neuron that draws random numbers makes its state with `zero_state(size, batch, generator)` as well.
template <class N>
concept Neuron = Stateful<N> &&
    requires(const N n, StateOf<N>& state, const Matrix<typename N::Scalar>& drive) {
  n.step(state, drive);  // void step(State&, const Matrix<S, N, B>& drive) const
  {
    state.potential
    } -> std::convertible_to<const Matrix<typename N::Scalar>&>;  // state.potential, neurons × batch
  { state.spikes } -> std::convertible_to<const Spikes<typename N::Scalar>&>;  // state.spikes
};

}  // namespace neohebb
