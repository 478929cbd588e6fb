// What a NIR graph does not say about how it runs in steps of time.
#pragma once
#include <neohebb/core/check.hpp>
#include <neohebb/core/types.hpp>

namespace neohebb::nir {

/// What a spike does to the membrane. NIR says v ← v_reset, and cannot say otherwise: a graph of a network
/// that was trained with subtraction looks the same.
enum class SpikeReset { to_value, by_subtraction };
/// When it does so. later: at the beginning of the next step (to a value: before the leak; by subtraction:
/// after it).
enum class ResetTime { at_once, later };
/// Which synaptic current the membrane takes in a step.
enum class CurrentOrder { current_first, membrane_first };
/// Where in the next step a reset that comes later lies.
enum class ResetPlace { usual, before_leak, after_input };
/// How a step follows from the equations: euler: factors 1 − Δt/τ and Δt/τ; exact: e^(−Δt/τ) and 1 −
/// e^(−Δt/τ).
enum class Discretisation { euler, exact };

/// How a graph runs in steps of Δt. With x the input of a step, a = 1 − Δt/τ and g = Δt/τ by Euler, or a =
/// e^(−Δt/τ) and g = 1 − a:
///
///     CubaLIF   i ← a_syn i + g_syn w_in x         LIF, LI   i = x
///     v ← a v + g (r i + v_leak)                   IF, I     v ← v + r i
///     z = v > v_threshold, and v is reset
///
/// The presets do what frameworks do with their own graphs. [NIR issues 63, 129, 137, 138; Pedersen et al.
/// 2024]
/// ImportedNetwork throws std::invalid_argument for dt ≤ 0, floor < 0, and several_spikes unless subtracted.
struct Semantics {
  /// In the unit of the time constants. snnTorch writes its factors as time constants for steps of 1e-4 s.
  double dt = 1e-4;
  Discretisation discretisation = Discretisation::euler;  // most frameworks'
  SpikeReset reset = SpikeReset::to_value;                // what NIR says
  ResetTime reset_time = ResetTime::at_once;              // when a spike resets the membrane
  CurrentOrder order = CurrentOrder::current_first;  // Norse's and snnTorch's; NIR's own reference: the other
  bool several_spikes = false;                       // ⌊v/θ⌋ spikes a step; needs reset by subtraction
  bool fires_at_threshold = false;                   // v ≥ θ is enough
  bool integrates_rates = false;    // I, IF: v ← v + Δt r i. Frameworks take r i as the charge of a step
  bool ignores_resistance = false;  // r = 1, as sinabs reads it
  bool whole_input = false;  // of leaky neurons: v ← a v + r i, not g r i; sinabs's norm_input = False
  double floor = 0;          // > 0: an IF's membrane does not fall below −floor · θ
  bool subtracts_before_comparing =
      false;  // snnTorch, reset at once by subtraction: where v was left above θ, v − θ is compared
  bool whole_current = false;  // of synapses: i ← a i + w_in x, not g w_in x; spyx
  /// CubaLIF's, where it is reset later. usual: as the others. snnTorch's Synaptic is reset to a value after
  /// the input, v ← v_reset, so that a step's current is lost with the membrane; spyx's falls before the
  /// leak, v ← a (v − θ) + …
  ResetPlace place_with_current = ResetPlace::usual;

  void validate() const {
    NEOHEBB_REQUIRE(is_finite(dt) && dt > 0, "Semantics.dt is ", dt,
                    ", must be above 0, in the unit of the time constants");
    NEOHEBB_REQUIRE(is_finite(floor) && floor >= 0, "Semantics.floor is ", floor,
                    ", must be at least 0, which is none");
    NEOHEBB_REQUIRE(
        !several_spikes || reset == SpikeReset::by_subtraction,
        "Semantics.several_spikes needs SpikeReset::by_subtraction: to a value, there is one spike");
  }
  friend bool operator==(const Semantics&, const Semantics&) = default;
};

/// What frameworks do with their own graphs. Where a framework chooses in its own code, the argument is
/// that choice.
namespace presets {
/// Norse 1.1 [v += Δt/τ (v_leak − v + i); reset to the value]. Norse's own default is dt = 1e-3.
inline Semantics norse(double dt = 1e-4) { return {.dt = dt}; }
/// snnTorch 1.0 [Leaky, Synaptic: β = 1 − Δt/τ; reset_mechanism, reset_delay]. It writes v_reset = 0
/// whatever the mechanism.
inline Semantics snntorch(SpikeReset reset = SpikeReset::by_subtraction, ResetTime time = ResetTime::later) {
  const bool value = reset == SpikeReset::to_value, later = time == ResetTime::later;
  return {.dt = 1e-4,
          .reset = reset,
          .reset_time = time,
          .subtracts_before_comparing = !value && !later,
          .place_with_current = value && later ? ResetPlace::after_input : ResetPlace::usual};
}
/// sinabs 2 and 3 [α = e^(−1/τ); as many spikes as thresholds; IF's membrane from −θ on]: time constants
/// are in steps. sinabs 2.0 neither reads nor writes CubaLIF: such a node has NIR's equation.
inline Semantics sinabs(double dt = 1) {
  return {.dt = dt,
          .discretisation = Discretisation::exact,
          .reset = SpikeReset::by_subtraction,
          .several_spikes = true,
          .fires_at_threshold = true,
          .ignores_resistance = true,
          .whole_input = true,
          .floor = 1};
}
/// spyx 1.0 [LIF, IF: v ← β v + x − θ z; CuBaLIF: i ← α i + x, v ← β (v − θ z) + i; β = 1 − Δt/τ]: time
/// constants are in steps. Every spike leaves spyx's neurons one step later than these.
inline Semantics spyx(double dt = 1) {
  return {.dt = dt,
          .reset = SpikeReset::by_subtraction,
          .reset_time = ResetTime::later,
          .ignores_resistance = true,
          .whole_input = true,
          .whole_current = true,
          .place_with_current = ResetPlace::before_leak};
}
/// The forward Euler scheme of NIR's own equations: all from the state before, I and IF too: v ← v + Δt r i.
inline Semantics reference(double dt = 1e-4) {
  return {.dt = dt, .order = CurrentOrder::membrane_first, .integrates_rates = true};
}
}  // namespace presets

}  // namespace neohebb::nir
