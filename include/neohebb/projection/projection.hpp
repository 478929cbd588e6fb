// What a projection is: the synapses from one population to another (the word of PyNN and NEST).
#pragma once
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>
#include <neohebb/learning/optimizer.hpp>

namespace neohebb {

template <class P> using CreditOf = decltype(std::declval<const P&>().zero_credit(Extent<>{}, Index{}));
template <class P, class O>
using LearnerOf = decltype(std::declval<const P&>().learner(std::declval<const O&>()));

/// Spikes in → membrane drive out; credit is noted step by step, weights move at an update. The piece that
/// users swap: a dense matrix, a convolution, an event-driven one, without a change to the layer.
///
///   Weights   what learning moves. Copyable, comparable; several states may share one.
///   State     traces of one batch.
///   Credit    what the steps since the last update ask for; belongs to a state's batch (one per chunk).
///   Learner   optimizer and its moments, shape of the weights.
///
/// An update can be done in `parts()` independent pieces, on as many threads; the pieces depend on sizes
/// only.
template <class P>
concept Projection = requires {
  typename P::Scalar;
  typename P::Weights;
  typename P::template State<Dynamic>;
}
&&requires(const P p, typename P::Weights& weights, const typename P::Weights& frozen,
           typename P::template State<Dynamic>& state, const Spikes<typename P::Scalar>& in,
           Matrix<typename P::Scalar>& drive, const Matrix<typename P::Scalar>& delta, CreditOf<P>& credit,
           LearnerOf<P, Sgd<typename P::Scalar>>& learner) {
  p.inputs();  // Extents
  p.outputs();
  p.zero_state(Extent<>{});            // State<B> zero_state(Extent<B> batch) const
  p.zero_credit(Extent<>{}, Index{});  // Credit<B> zero_credit(Extent<B> batch, Index steps per update) const
  p.learner(Sgd<typename P::Scalar>{});         // Learner<O> learner(const O& optimizer) const
  p.credit(frozen, state, delta, credit);       // note δ (outputs × B): W is to move along −δ Pᵀ
  p.update(weights, state, credit, learner);    // move W, forget the credit; nothing if none was noted
  { p.parts() } -> std::convertible_to<Index>;  // pieces of an update
};

/// One fed by other spikes only, or also by the population's own of the step before.
template <class P>
concept Recurrent = P::recurrent;

/// drive = projection of `in`, and of the population's previous spikes `own` where the projection is
/// recurrent.
void step_projection(const auto& projection, const auto& weights, auto& state, const auto& in,
                     const auto& own, auto& drive) {
  if constexpr (Recurrent<std::decay_t<decltype(projection)>>)
    projection.step(weights, state, in, own, drive);
  else
    projection.step(weights, state, in, drive);
}

/// Sets the rate of a learner's optimizer, for schedules.
void set_rate(auto& learner, auto rate) {
  if constexpr (requires { learner.forward; }) {
    set_rate(learner.forward, rate);
    set_rate(learner.lateral, rate);
  } else {
    learner.optimizer.rate = rate;
  }
}

}  // namespace neohebb
