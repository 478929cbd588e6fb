// Learning from the likelihood of spikes: neurons with escape noise are taught spike trains.
#pragma once
#include <neohebb/layer/layer.hpp>
#include <neohebb/neuron/spike_likelihood.hpp>

namespace neohebb {

/// A population of stochastic neurons that climbs the log-likelihood of target spike trains S*.
///
///     U = W∘P + b + R            P: traces of the input, R: refractory trace of the neurons' own spikes
///     L = Σ_t Σ_i log P(S*_i[t] | U_i[t])
///     ∂L/∂w_ij = Σ_t (dp/du)/(p(1 − p)) (S*_i − p) P_j      post × error × pre
///
/// While it learns, the neurons' past is the target's: R, and whatever else sees their spikes, is driven by S*
/// (teacher forcing). So L over any window is exact, and its gradient too: nothing else depends on W.
/// [Pfister, Toyoizumi, Barber, Gerstner 2006, doi 10.1162/neco.2006.18.6.1318; Brea, Senn, Pfister 2013,
/// doi 10.1523/JNEUROSCI.4098-12.2013; Gardner & Grüning 2016, doi 10.1371/journal.pone.0161335]
///
///     layer.step(weights, state, in);                 // U, and spikes drawn from the model: sampling needs no more
///     layer.credit(weights, state, target, credit);   // what S* asks for; the past becomes the target's
///     layer.update(weights, state, credit, learner);  // at every step (online), or after a window
///
/// `clamp(state, target)` in place of `credit` teaches nothing and gives the log-likelihood. A recurrent
/// projection is fed the clamped spikes; a layer above is when it is stepped after credit. A loss is minus the
/// log-likelihood, mean over the samples; a sequence's is the sum over its steps. Throws std::invalid_argument
/// for parameters without sense, for spikes and targets of another shape, and for targets that are not 0 or 1.
///
///   parameter    default               meaning
///   projection   —                     Dense, EventDriven, …: its trace is ε
///   neuron       Srm with EscapeNoise  any LikelihoodNeuron
template <Projection P, LikelihoodNeuron N = Srm<typename P::Scalar, Exponential<typename P::Scalar>,
                                                 EscapeNoise<typename P::Scalar>>>
struct LikelihoodLayer {
  using Scalar = typename P::Scalar;
  static_assert(std::same_as<Scalar, typename N::Scalar>,
                "neohebb: projection and neuron must share one Scalar");
  static constexpr int Out = extent_of<decltype(std::declval<const P&>().outputs())>;
  P projection{};
  N neuron{};

  void validate() const {
    projection.validate();
    validate_if_possible(neuron);
  }
  auto inputs() const { return projection.inputs(); }
  auto units() const { return projection.outputs(); }

  struct Weights {
    typename P::Weights projection;
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto& self, auto&& visit) { visit("projection", self.projection); }
  };
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    validate();
    return {projection.initial_weights(initialisation, generator.substream(0))};
  }

  template <int B> struct State {
    typename P::template State<B> projection;
    decltype(make_state(std::declval<const N&>(), std::declval<const P&>().outputs(), Extent<B>{},
                        Generator{})) neuron;
    Matrix<Scalar, Out, B> drive, delta;  // delta: −∂L/∂U, mean over samples, of the step clamped last
    Vector<Scalar, B> log_likelihood;     // of each sample in that step, sum over neurons
    Scalar loss = 0;                      // of that step
  };
  template <int B> State<B> zero_state(Extent<B> batch, const Generator& generator = {}) const {
    validate();
    const auto n = projection.outputs();
    return {projection.zero_state(batch), make_state(neuron, n, batch, generator.substream(0)),
            zeros<Scalar>(n, batch), zeros<Scalar>(n, batch), zeros<Scalar>(batch, Extent<1>{})};
  }
  /// Lets a state draw from another place: its random numbers, not its traces.
  void reseed(auto& state, const Generator& generator) const {
    if constexpr (requires { state.neuron.random; }) state.neuron.random = generator.substream(0);
  }
  template <int B> auto zero_credit(Extent<B> batch, Index window) const {
    return projection.zero_credit(batch, window);
  }
  template <Optimizer O> auto learner(const O& optimizer) const { return projection.learner(optimizer); }

  /// U of the last step, and its spikes: drawn by step, the target's after clamp or credit.
  const auto& potential(const auto& state) const { return state.neuron.potential; }
  const auto& spikes(const auto& state) const { return state.neuron.spikes; }

  void step(const Weights& w, auto& state, const auto& in) const {
    check_shape("LikelihoodLayer input", in.dense(), Index(inputs()), state.drive.cols());
    step_projection(projection, w.projection, state.projection, in, state.neuron.spikes,
                    state.drive);            // W P + b
    neuron.step(state.neuron, state.drive);  // U, and S drawn
  }

  /// Makes the target the neurons' spikes of the last step, and returns its log-likelihood given the earlier ones:
  /// sum over neurons, mean over samples. target: Spikes, or a matrix of 0 and 1, out × batch.
  Scalar clamp(auto& state, const auto& target) const {
    if constexpr (requires { target.dense(); }) {
      judge(state, target.dense());
    } else {
      check_shape("LikelihoodLayer target", target, state.delta.rows(), state.delta.cols());
      NEOHEBB_REQUIRE(
          all_finite(target) && (target.array() == Scalar(0) || target.array() == Scalar(1)).all(),
          "LikelihoodLayer target has entries that are neither 0 nor 1; a target is a spike train");
      judge(state, target);
    }
    state.loss = -state.log_likelihood.mean();
    return -state.loss;
  }
  /// Clamps the last step to the target and notes what it asks for. Returns minus the log-likelihood (also left
  /// in state.loss).
  Scalar credit(const Weights& w, auto& state, const auto& target, auto& credit) const {
    clamp(state, target);
    projection.credit(w.projection, state.projection, state.delta, credit);
    return state.loss;
  }
  /// Moves the weights along what was credited, and forgets it.
  void update(Weights& w, auto& state, auto& credit, auto& learner) const {
    projection.update(w.projection, state.projection, credit, learner);
  }

 private:
  void judge(auto& state, const auto& target) const {
    check_shape("LikelihoodLayer target", target, state.delta.rows(), state.delta.cols());
    const auto& u = state.neuron.potential;
    const Scalar samples = static_cast<Scalar>(u.cols());
    for (Index b = 0; b < u.cols(); ++b) {
      Scalar sum = 0;
      for (Index i = 0; i < u.rows(); ++i) {
        const bool spikes = target.coeff(i, b) != 0;
        sum += static_cast<Scalar>(log_likelihood(neuron.spike, u(i, b), spikes));
        state.delta(i, b) = -static_cast<Scalar>(score(neuron.spike, u(i, b), spikes)) / samples;
      }
      state.log_likelihood(b) = sum;
    }
    state.neuron.spikes.assign(target);
  }
};

}  // namespace neohebb
