// What a projection is: the synapses from one population to another (the word of PyNN and NEST).
#pragma once
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>
#include <neohebb/learning/optimizer.hpp>

namespace neohebb {

/// The credit that a projection or layer makes.
template <class P, int B = Dynamic>
using CreditOf = decltype(std::declval<const P&>().zero_credit(Extent<B>{}, Index{}));
/// The learner that a projection or layer makes of an optimizer.
template <class P, class O>
using LearnerOf = decltype(std::declval<const P&>().learner(std::declval<const O&>()));

namespace detail {
/// What a projection or a layer takes of any type, for their concepts.
struct AnyInitialisation {
  void operator()(auto&& weight, const Generator&) const { weight.setZero(); }
};
struct AnyCredits {
  void operator()(auto&&) const {}
};
}  // namespace detail

/// Spikes in → membrane drive out; credit is recorded step by step, weights move at an update. The part that
/// users swap: a dense matrix, a convolution, an event-driven one, without a change to the layer.
///
///   Weights   what learning moves. Copyable, comparable; several states may share one.
///   State     traces of one batch.
///   Credit    what the steps since the last update ask for; belongs to a state's batch (one per chunk).
///   Learner   optimizer and its moments, shape of the weights.
///
/// An update can be done in `parts()` independent parts, on as many threads; the parts depend on sizes
/// only. `update` does all parts of one credit. `prepare_update` comes first, once for each chunk's credit,
/// on any thread; `update_part` does one part for the credits of all chunks of a batch, which
/// each_credit(use) hands to `use` one by one; `finish_update` forgets those credits.
///
/// A complete one is Dense in projection/dense.hpp. One of your own that changes a single thing of it — what
/// the traces see, how weights are stored — holds a Dense and hands everything else on to it, as
/// WithRecurrence holds two.
template <class P>
concept Projection = requires {
  typename P::Scalar;
  typename P::Weights;
  typename P::template State<Dynamic>;
  { P::recurrent } -> std::convertible_to<bool>;  // static constexpr bool recurrent
}
&&requires(const P p, typename P::Weights& weights, const typename P::Weights& frozen,
           typename P::template State<Dynamic>& state, const Spikes<typename P::Scalar>& in,
           Matrix<typename P::Scalar>& drive, const Matrix<typename P::Scalar>& delta, CreditOf<P>& credit,
           LearnerOf<P, Sgd<typename P::Scalar>>& learner, const detail::AnyInitialisation& initialisation,
           const Generator& generator, const detail::AnyCredits& each_credit, Index part) {
  p.validate();  // throws std::invalid_argument
  p.inputs();    // Extents
  p.outputs();
  // Weights initial_weights(const auto& initialisation, const Generator&) const
  { p.initial_weights(initialisation, generator) } -> std::convertible_to<typename P::Weights>;
  p.zero_state(Extent<>{});  // State<B> zero_state(Extent<B> batch) const
  // void step(const Weights&, State&, const Spikes& in, drive&) const; recurrent: (…, in, own, drive&)
  requires requires { p.step(frozen, state, in, drive); } || requires {
    p.step(frozen, state, in, in, drive);
  };
  p.zero_credit(Extent<>{}, Index{});  // Credit<B> zero_credit(Extent<B> batch, Index steps per update) const
  p.learner(Sgd<typename P::Scalar>{});         // Learner<O> learner(const O& optimizer) const
  p.credit(frozen, state, delta, credit);       // record δ (outputs × B): W is to move along −δ Pᵀ
  p.update(weights, state, credit, learner);    // move W, clear the credit; nothing if none was recorded
  p.prepare_update(credit);                     // before the first part
  { p.parts() } -> std::convertible_to<Index>;  // parts of an update
  p.update_part(weights, each_credit, learner, part);  // move part `part` of W
  p.finish_update(weights, each_credit);               // after the last part: forget the credits
};

/// One fed by other spikes only, or also by the population's own of the step before.
template <class P>
concept Recurrent = P::recurrent;

/// The projection itself, or the one that it only hands spikes on to (Delayed): where trace, bias and
/// constraint are.
const auto& innermost(const auto& projection) {
  if constexpr (requires { std::decay_t<decltype(projection)>::hands_on; })
    return innermost(projection.projection);
  else
    return projection;
}

/// drive = projection of `in`, and of the population's previous spikes `own` where the projection is
/// recurrent.
void step_projection(const auto& projection, const auto& weights, auto& state, const auto& in,
                     const auto& own, auto& drive) {
  if constexpr (Recurrent<std::decay_t<decltype(projection)>>)
    projection.step(weights, state, in, own, drive);
  else
    projection.step(weights, state, in, drive);
}

}  // namespace neohebb
