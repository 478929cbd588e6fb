// Lif as NIR nodes.
#pragma once
#include <neohebb/network/exported/synapses.hpp>
#include <neohebb/neuron/lif.hpp>

namespace neohebb::nir::detail {

inline bool resets_to_value(Reset reset) {
  return reset == Reset::to_zero || reset == Reset::to_rest || reset == Reset::to_value;
}
bool thresholds_move(const auto& lif) {
  if constexpr (shared_by_all<std::decay_t<decltype(lif.adaptation_strength)>>)
    return lif.adaptation_strength > 0;
  else
    return (lif.adaptation_strength.array() > 0).any();
}

/// A Lif is one node where the network's Semantics reset it as it is reset: LIF; CubaLIF with a synaptic
/// current; IF where nothing leaks. Otherwise, and where its threshold adapts, it is built of nodes that have
/// no reset, which needs one that subtracts something fixed:
///
///     x → LI (membrane) → Threshold (neurons) → output
///     neurons → Scale (reset: −fall) → membrane       fall = θ − rest; λ (θ − rest) of a fall at once
///     neurons → LI (adaptation: ρ, −β) → neurons
///
/// Both loops bring the spikes of the step before. Membranes that fall are measured from rest.
template <class S, class N> class LifNodes {
 public:
  LifNodes(Draft<S>& draft, const N& lif, const Drive& drive)
      : draft_(draft),
        lif_(lif),
        drive_(drive),
        shape_(drive.shape),
        n_(drive.constant.size()),
        decay_(Draft<S>::spread(lif.decay, n_)),
        never_leaks_((decay_.array() == 1).all()) {}

  void add() {
    if (lif_.refractory_steps > 0)
      draft_.refuse("Lif.refractory_steps is ", lif_.refractory_steps,
                    ": NIR's neurons have no refractory time");
    const bool adapts = thresholds_move(lif_), value = resets_to_value(lif_.reset);
    if (adapts && (value || lif_.reset == Reset::by_threshold))
      draft_.refuse(
          "Lif.adaptation_strength is not 0: NIR's thresholds stand still. They can be built of several "
          "nodes for "
          "Reset::by_threshold_later and by_base_threshold, not where the reset depends on v or on the "
          "threshold");
    if (!adapts && draft_.how.reset == wanted() && (value || draft_.how.reset_time == wanted_time()) &&
        !(never_leaks_ && lif_.reset == Reset::by_threshold && lif_.rest != 0))
      one_node();
    else
      several();
  }
  SpikeReset wanted() const {
    return resets_to_value(lif_.reset) ? SpikeReset::to_value : SpikeReset::by_subtraction;
  }
  ResetTime wanted_time() const {
    return lif_.reset == Reset::by_threshold_later ? ResetTime::later : ResetTime::at_once;
  }

 private:
  NpyArray all(double each) const { return draft_.constant(each, shape_); }
  double threshold() const { return static_cast<double>(lif_.threshold); }
  double rest() const { return static_cast<double>(lif_.rest); }

  void one_node() {
    const bool value = wanted() == SpikeReset::to_value;
    // v is measured from here: NIR's IF begins at 0, and subtracts what its threshold is.
    const double zero = never_leaks_ || !(value || lif_.reset == Reset::by_threshold) ? rest() : 0;
    const double leak = rest() - zero;
    const double after = lif_.reset == Reset::to_rest    ? rest()
                         : lif_.reset == Reset::to_value ? static_cast<double>(lif_.reset_value)
                                                         : 0;
    const NpyArray level = all(threshold() - zero), reset = all(value ? after - zero : leak);
    if (never_leaks_) {
      draft_.add("neurons", IF{all(1), level, reset}, current());
      return;
    }
    draft_.check_decays("a membrane", decay_);
    const double r = static_cast<double>(lif_.synaptic_decay);
    const bool own_node = lif_.synapse == Synapse::none || r == 1;
    const Vector<double> share = (1 - decay_.array()).matrix();
    if (own_node) {
      draft_.add(
          "neurons",
          LIF{draft_.taus(decay_, shape_), draft_.numbers(share.cwiseInverse() / draft_.in_weights, shape_),
              all(leak), level, reset},
          current());
      return;
    }
    std::vector<std::string> from = drive_.nodes;
    if (lif_.synapse == Synapse::current_later && draft_.needs_delay())
      from = {draft_.one_step_later("current_delay", from, shape_)};
    const double gain = static_cast<double>(lif_.synaptic_gain);
    draft_.add("neurons",
               CubaLIF{draft_.taus(Vector<double>::Constant(n_, r), shape_), draft_.taus(decay_, shape_),
                       draft_.numbers(gain * share.cwiseInverse(), shape_), all(leak), level, reset,
                       all(1 / (1 - r))},
               from);
  }
  void several() {
    const Vector<double> one = Vector<double>::Ones(n_), zero = Vector<double>::Zero(n_);
    const std::string membrane = draft_.add(
        "membrane", draft_.leaky("a membrane", decay_, one / draft_.in_weights, zero, shape_), current());
    const std::string neurons = draft_.add("neurons", Threshold{all(threshold() - rest())}, {membrane});
    Vector<double> fall = (threshold() - rest()) * one;
    if (lif_.reset == Reset::by_threshold) fall = threshold() * decay_;
    if (lif_.reset == Reset::by_base_threshold) fall = (threshold() - rest()) * decay_;
    draft_.join(draft_.add("reset", Scale{draft_.numbers(-draft_.in_weights * fall, shape_)}, {neurons}),
                membrane);
    if (!thresholds_move(lif_)) return;
    const Vector<double> rho = Draft<S>::spread(lif_.adaptation_decay, n_),
                         strength = Draft<S>::spread(lif_.adaptation_strength, n_);
    draft_.join(draft_.add("adaptation", draft_.leaky("an adaptive threshold", rho, -strength, zero, shape_),
                           {neurons}),
                neurons);
  }
  /// The input of the membrane: the drive, or a current that it goes to.
  std::vector<std::string> current() {
    if (lif_.synapse == Synapse::none) return drive_.nodes;
    const Vector<double> r = Draft<S>::spread(lif_.synaptic_decay, n_),
                         gain = Draft<S>::spread(lif_.synaptic_gain, n_);
    const std::string node =
        draft_.add("current", draft_.leaky("a synaptic current", r, gain, Vector<double>::Zero(n_), shape_),
                   drive_.nodes);
    if (lif_.synapse == Synapse::current_now) return {node};
    return {draft_.one_step_later("current_delay", {node}, shape_)};
  }

  Draft<S>& draft_;
  const N& lif_;
  const Drive& drive_;
  const Shape& shape_;
  Index n_;
  Vector<double> decay_;
  bool never_leaks_;
};

}  // namespace neohebb::nir::detail
