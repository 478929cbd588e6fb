#pragma once
#include <neohebb/core/columns.hpp>
#include <neohebb/layer/superspike_delay.hpp>
#include <neohebb/layer/superspike_rule.hpp>
#include <utility>

namespace neohebb {

/// A population of SuperSpike's neurons and the synapses onto it, in continuous time (one sample). Satisfies Layer.
///
///     step: neurons (SuperSpikeRule), then I decays, then arriving spikes add their columns of W to I
///
/// Sources of synapses are the inputs and, where `recurrent`, then the population's own neurons: weight is
/// units × sources. A spike arrives the axonal delay after it was fired, and at synapse ij delay_ij steps later;
/// w_ij is read when it leaves the axon. Throws std::invalid_argument for parameters without sense and for spikes
/// of neurons that are not there.
///
///   parameter        default   meaning
///   in, out          —         neurons before, neurons
///   recurrent        false     own spikes are sources as well
///   rule             SuperSpikeRule
///   synaptic_delay   0         longest delay of a single synapse in seconds; where it is not 0, weights have a
///                              matrix `delay` (steps), at first uniform from 0 to this
///   weight_scale     0.05 V    initial weights Normal(0, (weight_scale/√sources)²)
template <class S, int In = Dynamic, int Out = Dynamic> struct SuperSpikeLayer {
  using Scalar = S;
  Extent<In> in{};
  Extent<Out> out{};
  bool recurrent = false;
  SuperSpikeRule rule{};
  double synaptic_delay = 0;
  double weight_scale = 0.05;

  void validate() const {
    check_positive("SuperSpikeLayer.in", Index(in));
    check_positive("SuperSpikeLayer.out", Index(out));
    rule.validate();
    rule.steps("SuperSpikeLayer.synaptic_delay", synaptic_delay);
    NEOHEBB_REQUIRE(is_finite(weight_scale) && weight_scale >= 0, "SuperSpikeLayer.weight_scale is ",
                    weight_scale, " V, must be finite and not negative");
  }
  auto inputs() const { return in; }
  auto units() const { return out; }
  Index sources() const { return Index(in) + (recurrent ? Index(out) : 0); }
  Index longest_delay() const { return rule.steps("SuperSpikeLayer.synaptic_delay", synaptic_delay); }

  struct Weights {
    Matrix<S, Out, Dynamic> weight;              // volts
    Matrix<std::int32_t, Out, Dynamic> delay{};  // steps; no columns where all are 0
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto& self, auto&& visit) {
      visit("weight", self.weight);
      visit("delay", self.delay);
    }
  };
  /// weight by an initialisation (ScaledNormal, …).
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    validate();
    const Index longest = longest_delay();
    Weights w{zeros<S>(out, Extent<>{sources()}),
              zeros<std::int32_t>(out, Extent<>{longest > 0 ? sources() : 0})};
    initialisation(w.weight, generator.substream(0));
    const Generator random = generator.substream(1);
    for (Index j = 0; j < w.delay.cols(); ++j) {
      RandomSequence numbers = random.sequence(j);
      for (Index i = 0; i < w.delay.rows(); ++i)
        w.delay(i, j) = static_cast<std::int32_t>(numbers.below(static_cast<std::uint32_t>(longest + 1)));
    }
    return w;
  }
  Weights initial_weights(const Generator& generator) const {
    return initial_weights(
        [scale = weight_scale](auto& weight, Generator random) {
          random.normal(weight);
          weight *= static_cast<S>(scale / std::sqrt(static_cast<double>(weight.cols())));
        },
        generator);
  }
  /// Refuses weights of another layer, with NaN, or with delays the state has no room for.
  void check(const Weights& w) const {
    check_shape("SuperSpikeLayer weights", w.weight, Index(out), sources());
    check_finite("SuperSpikeLayer weights", w.weight);
    if (w.delay.cols() == 0) return;
    check_shape("SuperSpikeLayer delays", w.delay, Index(out), sources());
    NEOHEBB_REQUIRE(w.delay.minCoeff() >= 0 && w.delay.maxCoeff() <= longest_delay(),
                    "SuperSpikeLayer delays range from ", w.delay.minCoeff(), " to ", w.delay.maxCoeff(),
                    " steps, must be from 0 to ", longest_delay(),
                    "; SuperSpikeLayer.synaptic_delay sets the longest");
    NEOHEBB_REQUIRE(longest_delay() > 0,
                    "SuperSpikeLayer: weights with delays of synapses, which "
                    "SuperSpikeLayer.synaptic_delay = 0 leaves no room for; set it to the longest");
  }

  template <int B> struct State {
    Lif<S> model;
    StateOf<Lif<S>, Out, 1> neuron;
    SuperSpikeCoefficients<S> coefficients;
    Vector<S, Out> current;  // I
    SpikeDelay axons;        // of all sources
    Matrix<S> coming;        // units × (longest synaptic delay + 1): what will be added to I, a ring
    Index slot = 0;
    bool checked = false;
  };
  template <int B> State<B> zero_state(Extent<B> batch, const Generator& = {}) const {
    validate();
    NEOHEBB_REQUIRE(Index(batch) == 1, "SuperSpikeLayer: a state of ", Index(batch),
                    " samples; it runs one sample in continuous time");
    const auto model = rule.neuron<S>();
    const Index longest = longest_delay();
    return {model,
            model.zero_state(out, Extent<1>{}),
            SuperSpikeCoefficients<S>(rule),
            zeros<S>(out, Extent<1>{}),
            SpikeDelay(sources(), rule.steps("SuperSpikeRule.axonal_delay", rule.axonal_delay)),
            zeros<S>(Extent<>{longest > 0 ? Index(out) : 0}, Extent<>{longest + 1})};
  }
  State<1> zero_state() const { return zero_state(Extent<1>{}); }

  const auto& spikes(const auto& state) const { return state.neuron.spikes; }
  /// v after the reset, units × 1, volts.
  const auto& potential(const auto& state) const { return state.neuron.membrane; }
  /// Sources whose spikes reach this layer in the last step.
  std::span<const std::int32_t> arriving(const auto& state) const { return state.axons.arriving(); }

  /// in_spikes: what the neurons before fire in this step; Spikes of one sample, or a list of indices.
  void step(const Weights& w, auto& s, const auto& in_spikes) const {
    if (!s.checked) check(w);
    s.checked = true;
    s.model.step(s.neuron, s.coefficients.follow * s.current);
    s.current = s.current.unaryExpr([r = s.coefficients.decay](S i) { return unless_vanishing(r * i); });
    s.axons.begin();
    s.axons.fire(spike_list(in_spikes), Index(in));
    if (recurrent) s.axons.fire(s.neuron.spikes.active(0), Index(out), Index(in));
    if (w.delay.cols() == 0) {
      add_columns(w.weight, s.axons.arriving(), S(1), s.current);
      return;
    }
    const Index ring = s.coming.cols();
    for (const auto j : s.axons.arriving())
      for (Index i = 0; i < s.current.size(); ++i)
        s.coming(i, (s.slot + w.delay(i, j)) % ring) += w.weight(i, j);
    s.current += s.coming.col(s.slot);
    s.coming.col(s.slot).setZero();
    s.slot = (s.slot + 1) % ring;
  }
};

}  // namespace neohebb
