// What a learning signal is: the factor of a rule that says how each neuron should change.
#pragma once
#include <concepts>
#include <neohebb/core/random.hpp>
#include <neohebb/core/types.hpp>

namespace neohebb {

/// Given to `credit` in place of a target in a step that has none. Synapses remember such a step, too.
struct NoTarget {};
/// Whether a step's target is NoTarget.
template <class A> inline constexpr bool is_no_target = std::same_as<std::decay_t<A>, NoTarget>;

/// What a layer passes to its learning signal in a step: its neurons, their state (of pooled ones the
/// potential and the spikes that are shown) and their σ'. share: of the batch that these samples are; moved:
/// whether weights may have changed since the step before.
template <class N, class State, class D> struct Population {
  using Scalar = typename N::Scalar;
  const N& neuron;
  State& state;  // of the neurons
  const D& surrogate;
  Scalar share = 1;   // of the batch that these samples are
  bool moved = true;  // whether weights may have changed since the step before
};
/// Types are those of its arguments.
template <class N, class State, class D, class S>
Population(const N&, State&, const D&, S, bool) -> Population<N, State, D>;

namespace detail {
/// Stands for the neurons that a learning signal will meet.
template <class S> struct AnyNeuron { using Scalar = S; };
template <class L, class N = AnyNeuron<typename L::Scalar>> using AnyPopulation = Population<N, N, N>;
template <class L>
using SignalWeightsOf = decltype(std::declval<const L&>().initial_weights(Extent<>{}, Generator{}));
}  // namespace detail

/// Where the third factor of a rule comes from: L, units × batch, anew in every step; ΔW = −rate·Σ L e. A
/// complete one of your own, which pulls every neuron towards silence:
///
///     struct Quieter {
///       using Scalar = float;
///       struct Weights {};                          // what the signal brings along and learning may change
///       struct State {};                            // what it remembers of the samples
///       Weights initial_weights(auto units, const Generator&) const { return {}; }
///       State zero_state(auto units, auto batch) const { return {}; }
///       float operator()(const Weights&, State&, const auto& target, const auto& population,
///                        auto& signal) const {
///         signal = population.state.spikes.dense();
///         return 0;                                 // a loss, if there is one
///       }
///     };
///
/// `target` is what the layer's `credit` is given: a target, a ReadoutError, or NoTarget. A signal may also
/// have
///
///     static constexpr bool observes = true           and void observe(weights, state, population) const:
///                                                     a look at every step, taught or not (OwnReadout)
///     static constexpr bool brings_surrogate = true   and S gated(weights, state, target, population, delta)
///                                                     const: δ = L ∘ σ'(U) at once, for Instantaneous rules
///     static constexpr bool of_the_step = true        remembers nothing: a step without a target is none
///     Index targets(Index units) const                rows of a target, where they are not the units
///     const auto& output(state) const                 answers, the largest of which counts
///     void reseed(state, generator) const             where zero_state(units, batch, generator) draws
template <class L>
concept LearningSignal = Stateful<L> &&  // State zero_state(Extent units, Extent batch) const
    requires(const L l, const Generator& generator, const detail::SignalWeightsOf<L>& weights,
             StateOf<L>& state, const detail::AnyPopulation<L>& population,
             Matrix<typename L::Scalar>& signal) {
  l.initial_weights(Extent<>{}, generator);  // Weights initial_weights(Extent units, const Generator&) const
  // S operator()(const Weights&, State&, const auto& target, const auto& population, auto& signal) const
  { l(weights, state, NoTarget{}, population, signal) } -> std::convertible_to<typename L::Scalar>;
};

}  // namespace neohebb
