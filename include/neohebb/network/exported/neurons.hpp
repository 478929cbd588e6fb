// Neurons as NIR nodes: Srm and Lif.
#pragma once
#include <neohebb/network/exported/lif.hpp>
#include <neohebb/neuron/srm.hpp>

namespace neohebb::nir::detail {

template <class N> inline constexpr bool is_lif = false;
template <class S, class Spike, class Decay, class Strength>
inline constexpr bool is_lif<Lif<S, Spike, Decay, Strength>> = true;
template <class N> inline constexpr bool is_srm = false;
template <class S, class Eta, class Spike> inline constexpr bool is_srm<Srm<S, Eta, Spike>> = true;

/// What all neurons of a network need of its one Semantics. Membranes that are reset to a value leave no
/// choice; those that fall can be built from nodes without a reset, so the first of them decides where no
/// other does.
class CommonSemantics {
 public:
  void add(const auto& neuron) {
    if constexpr (is_lif<std::decay_t<decltype(neuron)>>) {
      current_now_ |= neuron.synapse == Synapse::current_now;
      value_ |= resets_to_value(neuron.reset);
      if (!fall_ && !resets_to_value(neuron.reset) && !thresholds_move(neuron))
        fall_ = neuron.reset == Reset::by_threshold_later ? ResetTime::later : ResetTime::at_once;
    }
  }
  template <class S> void settle(Draft<S>& draft) const {
    if (!value_ && fall_) draft.how.reset = SpikeReset::by_subtraction, draft.how.reset_time = *fall_;
    draft.order_is_fixed = current_now_;
  }

 private:
  bool current_now_ = false, value_ = false;
  std::optional<ResetTime> fall_ = {};
};

/// U = drive + R, S = Θ(U): Threshold, whose level is minus the constant part of the drive. R is a loop,
/// Threshold → LI (or CubaLI) → Threshold, which brings −ρ (η ∗ S) of the step before.
template <class S> void export_neuron(Draft<S>& draft, const auto& neuron, const Drive& drive) {
  const auto name = draft.name_of("neurons");
  const Shape& shape = drive.shape;
  const Index n = drive.constant.size();
  using N = std::decay_t<decltype(neuron)>;
  if constexpr (is_srm<N> || is_lif<N>) {
    if constexpr (!std::is_same_v<std::decay_t<decltype(neuron.spike)>, Heaviside>)
      draft.refuse("its neurons draw their spikes (escape noise): NIR's neurons do not");
  }
  if constexpr (is_srm<N>) {
    draft.add("neurons", Threshold{draft.numbers(-drive.constant, shape)}, drive.nodes);
    if (neuron.refractory_weight == 0) return;
    draft.join(draft.filter("refractory", neuron.refractory, name, shape,
                            -static_cast<double>(neuron.refractory_weight), Vector<double>::Zero(n)),
               name);
  } else if constexpr (is_lif<N>) {
    LifNodes<S, N>(draft, neuron, drive).add();
  } else {
    draft.refuse("its neurons are neither Lif nor Srm");
  }
}

}  // namespace neohebb::nir::detail
