#pragma once
#include <neohebb/layer/plastic.hpp>
#include <neohebb/layer/rate_regularisation.hpp>
#include <neohebb/learning/own_readout.hpp>
#include <neohebb/neuron/srm.hpp>

namespace neohebb {

/// Deep continuous local learning: a population that learns from its own fixed random readout; nothing flows
/// back through a stack of them. [Kaiser, Mostafa, Neftci 2020, doi 10.3389/fnins.2020.00424]
///
///     U, S ← neuron(projection(S_in))            out × batch (pooled: units × batch)
///     Y = G A + c,  A = S or σ(U)                readout, classes × batch
///     E = loss(Y, Ŷ)                             the layer's own
///     δ = (Gᵀ ∂E/∂Y) ∘ σ'(U)                     modulator and post; the projection keeps the third, P
///     ΔW = −rate·δ Pᵀ                            at every step, or summed over a window
///
///     using Layer = DecolleLayer<Dense<DoubleExponential<float>>>;
///     const Layer layer{.projection = {.connectivity = {784, 512}},
///                       .signal = {.classes = 10, .dropout = 0.1f}};
///
/// The gradient is local in time: P and R count as constants. σ' counts in neurons that are silent after a
/// spike, too. A step without a target (NoTarget) is none: nothing is credited in it. Throws
/// std::invalid_argument for parameters without sense, for spikes and targets of another shape, and for
/// targets with NaN or infinity.
///
///   parameter    default       meaning
///   projection   —             Dense, …: its trace is ε
///   neuron       its own       Srm: its refractory trace is η; any Neuron
///   surrogate    FastSigmoid   σ'
///   signal       —             OwnReadout: classes, loss, reads, scale, dropout
///   rate         strength 0    RateRegularisation
///   pooling      NoPooling     or MaxPooling: what the layer shows of its neurons, and its readout sees
template <Projection P, Neuron N = Srm<typename P::Scalar>, int Classes = Dynamic,
          Surrogate<typename P::Scalar> D = FastSigmoid<typename P::Scalar>,
          Loss<typename P::Scalar> L = SmoothL1<typename P::Scalar>, class Reads = ReadsSpikes,
          class Pooling = NoPooling>
using DecolleLayer = PlasticLayer<P, N, D, Instantaneous<typename P::Scalar>,
                                  OwnReadout<typename P::Scalar, Classes, L, Reads>, Exchanged,
                                  RateRegularisation<typename P::Scalar>, Pooling>;

}  // namespace neohebb
