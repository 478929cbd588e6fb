#pragma once
#include <neohebb/layer/plastic.hpp>
#include <neohebb/learning/constraint.hpp>
#include <neohebb/learning/rmax_prop.hpp>
#include <neohebb/learning/target_spikes.hpp>
#include <neohebb/learning/van_rossum_error.hpp>
#include <neohebb/projection/delayed.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/current_pulses.hpp>

namespace neohebb {

/// Synapses of SuperSpike: spikes arrive after an axonal delay, and add to a current of the neuron.
template <class S, class C = AllToAll<>>
using SuperSpikeSynapses = Delayed<EventDriven<CurrentPulses<S>, C, Bounds<S>>>;
/// A layer of SuperSpike over any synapses (WithRecurrence, …).
template <class P, class Signal, class Form = Exchanged, class S = typename P::Scalar>
using SuperSpikeLayer =
    PlasticLayer<P, Lif<S>, CutOff<S>, TwiceFiltered<S>, Smoothed<Signal>, Form, Heterosynaptic<S>>;
/// A hidden layer, which learns from the outputs' error.
template <class S, class Form = Exchanged>
using SuperSpikeHidden = SuperSpikeLayer<SuperSpikeSynapses<S>, Broadcast<S>, Form>;
/// The output layer: it has target spikes.
template <class S, class Form = Exchanged>
using SuperSpikeOutput = SuperSpikeLayer<SuperSpikeSynapses<S>, TargetSpikes<S>, Form>;

/// SuperSpike: neurons learn to answer spikes with given spikes, each at its time. [Zenke & Ganguli 2018,
/// doi 10.1162/neco_a_01086] Throws std::invalid_argument for parameters without sense.
///
///     v ← v + (Δt/τ_mem)(v_rest − v + I)         v > θ and not refractory: spike, v ← v_rest, held there
///     I ← I·exp(−Δt/τ_syn), then + w_ij for each spike that arrives;   psp_j: that of CurrentPulses
///     λ_ij: σ'(v_i) psp_j, TwiceFiltered         σ'(v) = β(1 + β|v − θ|)⁻², 0 below `silent_below`
///     y_i: e = target − output spikes, Smoothed; in hidden layers F e, likewise
///     G_ij = mean_t y_i λ_ij − r w_ij ν_i⁴       ν_i: own spikes, + 1 each, × exp(−Δt/τ_rate)
///
///     const SuperSpike<float> rule{};            // the constants in s and V, and the layers that they make
///     const Network net{rule.hidden({200}, {256}, {200}), rule.output({256}, {200})};
///     auto weights = net.initial_weights(ScaledNormal<float>{0.05f}, Generator{.seed = 1});
///     auto state = net.zero_state(Extent<1>{});
///     auto learner = net.learner(RMaxProp<float>{}, Extent<1>{}, rule.window_steps());
///     net.step(weights, state, in);
///     net.credit(weights, state, target, learner);      // target: Spikes of the outputs in this step
///     net.update(weights, state, learner);              // after every window
///
/// A spike arrives `axonal_delay` after it was fired, and is an error `error_delay` after; rounded to steps.
///
///   parameter                      default        symbol
///   dt                             0.1 ms         Δt
///   tau_mem, tau_syn               10, 5 ms       τ_mem, τ_syn; also of the error's smoothing
///   rest, threshold                −60, −50 mV    v_rest, θ
///   refractory                     5 ms           0 or more
///   axonal_delay, error_delay      0.8, 0.8 ms    0 or more
///   feedback_delay                 0              of errors on their way to hidden layers: Broadcast.delay
///   steepness                      1000 /V        β
///   silent_below                   −80 mV         potential below which σ' is 0
///   bound                          0.1 V          of every weight, around 0
///   window                         0.5 s          between updates
///   rate_regularisation, tau_rate  0, 100 ms      r, τ_rate
template <class S> struct SuperSpike {
  double dt = 1e-4;
  double tau_mem = 10e-3;
  double tau_syn = 5e-3;
  double rest = -60e-3;
  double threshold = -50e-3;
  double refractory = 5e-3;
  double axonal_delay = 0.8e-3;
  double error_delay = 0.8e-3;
  double feedback_delay = 0;
  double steepness = 1000;
  double silent_below = -80e-3;
  double bound = 0.1;
  double window = 0.5;
  double rate_regularisation = 0;
  double tau_rate = 0.1;

  /// A time in seconds as a number of steps, rounded to the nearest.
  Index steps(const char* what, double seconds) const {
    NEOHEBB_REQUIRE(is_finite(seconds) && seconds >= 0 && seconds / dt < 1e9, what, " is ", seconds,
                    " s, must not be negative, and at most 1e9 steps of ", dt, " s");
    return static_cast<Index>(std::llround(seconds / dt));
  }
  /// Steps from one update to the next.
  Index window_steps() const { return steps("SuperSpike.window", window); }
  void validate() const {
    detail::euler_gain("SuperSpike.tau_mem", dt, tau_mem);
    detail::euler_gain("SuperSpike.tau_syn", dt, tau_syn);
    detail::euler_gain("SuperSpike.tau_rate", dt, tau_rate);
    NEOHEBB_REQUIRE(is_finite(rest) && is_finite(threshold) && threshold > rest, "SuperSpike.threshold is ",
                    threshold, " V, must lie above SuperSpike.rest = ", rest, " V, both finite");
    NEOHEBB_REQUIRE(is_finite(steepness) && steepness > 0, "SuperSpike.steepness is ", steepness,
                    " per volt, must be finite and positive");
    NEOHEBB_REQUIRE(!is_nan(silent_below), "SuperSpike.silent_below is nan");
    NEOHEBB_REQUIRE(is_finite(bound) && bound > 0, "SuperSpike.bound is ", bound,
                    " V, must be finite and positive");
    steps("SuperSpike.refractory", refractory);
    steps("SuperSpike.axonal_delay", axonal_delay);
    steps("SuperSpike.error_delay", error_delay);
    steps("SuperSpike.feedback_delay", feedback_delay);
    NEOHEBB_REQUIRE(is_finite(rate_regularisation) && rate_regularisation >= 0,
                    "SuperSpike.rate_regularisation is ", rate_regularisation,
                    ", must be finite and not negative");
    NEOHEBB_REQUIRE(is_number(window) && window_steps() >= 1 && window >= (1 - 1e-9) * dt,
                    "SuperSpike.window is ", window, " s, shorter than a step of ", dt, " s");
  }

  /// exp(−Δt/τ), τ in s.
  S decay_of(double tau) const { return static_cast<S>(std::exp(-dt / tau)); }
  /// Δt/τ_mem
  S follow() const { return static_cast<S>(dt / tau_mem); }
  CurrentPulses<S> trace() const { return {.synaptic_decay = decay_of(tau_syn), .follow = follow()}; }
  /// The bound of the weights as a constraint.
  Bounds<S> bounds() const { return {static_cast<S>(-bound), static_cast<S>(bound)}; }
  Lif<S> neuron() const {
    return {.decay = static_cast<S>(1 - dt / tau_mem),
            .threshold = static_cast<S>(threshold),
            .rest = static_cast<S>(rest),
            .reset = Reset::to_rest,
            .refractory_steps = static_cast<int>(steps("SuperSpike.refractory", refractory)),
            .synapse = Synapse::current_later,
            .synaptic_decay = decay_of(tau_syn),
            .synaptic_gain = follow()};
  }
  CutOff<S> surrogate() const {
    return {.shape = {static_cast<S>(steepness)},
            .scale = static_cast<S>(steepness),
            .below = static_cast<S>(silent_below - threshold)};
  }
  TwiceFiltered<S> eligibility() const { return {.synaptic_decay = decay_of(tau_syn), .follow = follow()}; }
  Heterosynaptic<S> rate() const {
    return {static_cast<S>(rate_regularisation), decay_of(tau_rate),
            static_cast<S>(1.0 / static_cast<double>(window_steps()))};
  }
  /// A learning signal filtered as SuperSpike has it, `later` steps late.
  template <class L> Smoothed<L> smoothed(const L& signal, Index later = 0) const {
    return {.signal = signal,
            .rise = static_cast<S>(dt / tau_syn),
            .follow = follow(),
            .delay = later,
            .scale = static_cast<S>(1.0 / static_cast<double>(window_steps()))};
  }
  SuperSpikeSynapses<S> synapses(Extent<> from, Extent<> to) const {
    validate();
    return {
        .projection = {.connectivity = {from, to}, .trace = trace(), .constraint = bounds(), .bias = false},
        .steps = steps("SuperSpike.axonal_delay", axonal_delay)};
  }
  /// Synapses among the neurons of a layer, for WithRecurrence: they meet the spikes of the step before.
  SuperSpikeSynapses<S> lateral(Extent<> units) const {
    auto own = synapses(units, units);
    own.steps = std::max<Index>(0, own.steps - 1);
    return own;
  }
  /// A layer over synapses of your own choice.
  template <class Form = Exchanged, class P, class L>
  SuperSpikeLayer<P, L, Form> layer(const P& projection, const Smoothed<L>& signal, Form = {}) const {
    validate();
    return {.projection = projection,
            .neuron = neuron(),
            .surrogate = surrogate(),
            .eligibility = eligibility(),
            .signal = signal,
            .rate = rate()};
  }
  /// The signal of a hidden layer: the outputs' errors, broadcast.
  Smoothed<Broadcast<S>> hidden_signal(Extent<> outputs, Feedback feedback = Feedback::symmetric) const {
    validate();
    return smoothed(Broadcast<S>{.outputs = outputs,
                                 .feedback = feedback,
                                 .scale = 1,
                                 .delay = steps("SuperSpike.feedback_delay", feedback_delay)});
  }
  /// The signal of the output layer: target − spikes. An eligibility that is late by some time is the same as
  /// an error that is early by that: the published run with random feedback has error_delay = 0.
  Smoothed<TargetSpikes<S>> target() const {
    validate();
    return smoothed(TargetSpikes<S>{.delay = steps("SuperSpike.error_delay", error_delay)});
  }
  /// A hidden layer. Throws std::invalid_argument for parameters without sense.
  template <class Form = Exchanged>
  SuperSpikeHidden<S, Form> hidden(Extent<> from, Extent<> units, Extent<> outputs,
                                   Feedback feedback = Feedback::symmetric, Form form = {}) const {
    return layer(synapses(from, units), hidden_signal(outputs, feedback), form);
  }
  template <class Form = Exchanged>
  SuperSpikeOutput<S, Form> output(Extent<> from, Extent<> units, Form form = {}) const {
    return layer(synapses(from, units), target(), form);
  }
};

}  // namespace neohebb
