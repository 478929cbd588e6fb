#pragma once
#include <neohebb/learning/learning_signal.hpp>
#include <neohebb/projection/projection.hpp>

namespace neohebb {

/// Spikes in, spikes out, one time step. Sizes are Extents; weights are shared by any number of states. One
/// that is a Layer only, without the members of a LearningLayer, can be stepped in a Network and not taught.
/// A complete one of your own:
///
///     struct Delay {                                       // shows each spike one step later
///       using Scalar = float;
///       struct Weights {};
///       Extent<> size;
///       template <int B> struct State { Spikes<float, Dynamic, B> kept, shown; };
///       void validate() const { check_positive("Delay.size", Index(size)); }
///       auto inputs() const { return size; }
///       auto units() const { return size; }
///       Weights initial_weights(const auto&, const Generator&) const { return {}; }
///       template <int B> State<B> zero_state(Extent<B> batch, const Generator&) const {
///         return {{size, batch}, {size, batch}};
///       }
///       void step(const Weights&, auto& state, const auto& in) const {
///         state.shown.assign(state.kept.dense());
///         state.kept.assign(in.dense());
///       }
///       const auto& spikes(const auto& state) const { return state.shown; }
///     };
template <class L>
concept Layer = requires(const L l, const typename L::Weights& weights,
                         typename L::template State<Dynamic>& state, const Spikes<typename L::Scalar>& in,
                         const detail::AnyInitialisation& initialisation, const Generator& generator) {
  l.validate();  // throws std::invalid_argument
  l.inputs();    // Extent: neurons before
  l.units();     // Extent: what it shows to the next layer
  // Weights initial_weights(const auto& initialisation, const Generator&) const
  { l.initial_weights(initialisation, generator) } -> std::convertible_to<typename L::Weights>;
  l.zero_state(Extent<>{}, generator);  // State<B> zero_state(Extent<B> batch, const Generator&) const
  l.step(weights, state, in);           // void step(const Weights&, State&, const Spikes&) const
  l.spikes(state);                      // const Spikes& spikes(const State&) const
};

/// A layer that is taught by a target of its own: `credit` notes the last step's gradient, `update` moves
/// the weights. Where nothing is to be learned, nothing of this is needed.
template <class L>
concept LearningLayer = Layer<L> &&
    requires(const L l, typename L::Weights& weights, const typename L::Weights& frozen,
             typename L::template State<Dynamic>& state, const Matrix<typename L::Scalar>& target,
             CreditOf<L>& credit, LearnerOf<L, Sgd<typename L::Scalar>>& learner) {
  l.zero_credit(Extent<>{}, Index{});    // zero_credit(Extent<B> batch, Index steps per update) const
  l.learner(Sgd<typename L::Scalar>{});  // learner(const O& optimizer) const
  // Scalar credit(const Weights&, State&, const auto& target, Credit&) const: the loss
  { l.credit(frozen, state, target, credit) } -> std::convertible_to<typename L::Scalar>;
  l.update(weights, state, credit, learner);  // void update(Weights&, State&, Credit&, Learner&) const
};

}  // namespace neohebb
