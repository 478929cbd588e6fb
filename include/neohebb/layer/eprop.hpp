#pragma once
#include <neohebb/layer/leaky_readout.hpp>
#include <neohebb/layer/plastic.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/with_recurrence.hpp>

namespace neohebb {

/// e-prop: recurrent spiking neurons, some of which may adapt, that learn by what their synapses remember and
/// the readout's error. [Bellec and others 2020, doi 10.1038/s41467-020-17236-y]
///
///     using Layer = EpropLayer<float>;
///     const Layer hidden{
///         .projection = {.forward = {.connectivity = {inputs, units}, .trace = {alpha}},
///                        .lateral = {.connectivity = {units, units}, .trace = {alpha}, .bias = false}},
///         .neuron = {.decay = alpha, .reset = Reset::by_threshold_later,
///                    .adaptation_strength = Vector<float>::Zero(units)},   // β of each neuron
///         .eligibility = {.readout_decay = kappa},
///         .signal = {.outputs = 1}};
///     const EpropReadout<float> readout{.projection = {.connectivity = {units, 1}, .trace = {kappa}}};
///     const Network net{hidden, readout};
///
/// The lateral projection meets spikes of the step before. NoSelf as its constraint leaves self-connections
/// out. Throws as PlasticLayer does.
template <class S, class Form = Exchanged, class Constraint = Unconstrained>
using EpropLayer =
    PlasticLayer<WithRecurrence<EventDriven<Pulses<S>>, EventDriven<Pulses<S>, AllToAll<>, Constraint>>,
                 Lif<S, Heaviside, S, Vector<S>>, Peaked<S>, Eprop<S>, Broadcast<S>, Form>;
/// The readout above it.
template <class S, Loss<S> L = HalfSquare<S>> using EpropReadout = LeakyReadout<EventDriven<Pulses<S>>, L>;

}  // namespace neohebb
