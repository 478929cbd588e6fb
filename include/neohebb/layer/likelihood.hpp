// Learning from the likelihood of spikes: neurons with escape noise are taught spike trains.
#pragma once
#include <neohebb/layer/plastic.hpp>
#include <neohebb/learning/likelihood_signal.hpp>

namespace neohebb {

/// A population of stochastic neurons that climbs the log-likelihood of target spike trains S*.
///
///     U = W∘P + b + R            P: traces of the input, R: refractory trace of the neurons' own spikes
///     L = Σ_t Σ_i log P(S*_i[t] | U_i[t])
///     ∂L/∂w_ij = Σ_t (dp/du)/(p(1 − p)) (S*_i − p) P_j      post × error × pre
///
/// While it learns, the neurons' past is the target's (SpikeLogLikelihood): R, and whatever else sees their
/// spikes, is driven by S*. So L over any window is exact, and its gradient too: nothing else depends on W.
///
///     const LikelihoodLayer<Dense<DoubleExponential<float>>> layer{.projection = …};
///     layer.step(weights, state, in);                 // U, and spikes drawn: all that sampling needs
///     layer.credit(weights, state, target, credit);   // gradient of log P(S*); the past is the target's
///     layer.update(weights, state, credit, learner);  // at every step (online), or after a window
///
/// `evaluate(weights, state, target)` in place of `credit` teaches nothing and returns the loss, minus the
/// log-likelihood, mean over the samples; a sequence's is the sum over its steps;
/// state.signal_state.log_likelihood has that of each sample. A recurrent projection is fed the target's
/// spikes; a layer above is when it is stepped after credit. Throws as PlasticLayer does.
template <Projection P, LikelihoodNeuron N = Srm<typename P::Scalar, Exponential<typename P::Scalar>,
                                                 EscapeNoise<typename P::Scalar>>>
using LikelihoodLayer = PlasticLayer<P, N, NoSurrogate<typename P::Scalar>, Presynaptic<typename P::Scalar>,
                                     SpikeLogLikelihood<typename P::Scalar>>;

}  // namespace neohebb
