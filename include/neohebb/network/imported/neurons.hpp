// Neurons of an imported network: NIR's I, IF, LI, LIF, CubaLI, CubaLIF in one form.
#pragma once
#include <algorithm>
#include <cmath>
#include <neohebb/network/imported/node_state.hpp>
#include <neohebb/network/imported/semantics.hpp>

namespace neohebb::nir {

/// With factors for each neuron, x the input of a step and z the spikes of the step before:
///
///     i ← a_syn i + g_syn x                         without synapse: i = x
///     v ← a v + g i + c,  then reset as Semantics has it
///
/// Where all neurons are alike and reset at once, `Lif` (neuron/lif.hpp) is the same: decay a, drive g x +
/// c, Reset::to_value or by_threshold, Synapse::current_now or current_later. Its by_threshold_later is
/// snnTorch's subtraction one step later.
template <class S> struct NeuronMap {
  bool has_current = false, spikes = false;
  Semantics semantics = {};
  Vector<S> decay = {}, gain = {}, constant = {}, synaptic_decay = {}, synaptic_gain = {};
  Vector<S> threshold = {}, reset = {}, lowest = {}, start = {};

  Index inputs() const { return decay.size(); }
  Index outputs() const { return decay.size(); }
  void reserve(Scratch<S>&) const {}
  bool has_room(const Scratch<S>&) const { return true; }
  std::uint64_t synapses() const { return 0; }
  void prepare(NodeState<S>& s, Index batch) const {
    s.membrane = start.replicate(1, batch);
    if (!spikes) s.output = s.membrane;
    if (has_current) s.current = Matrix<S>::Zero(inputs(), batch);
  }

  bool fits(const NodeState<S>& s) const {
    return s.membrane.rows() == inputs() && s.membrane.cols() == s.output.cols() &&
           (!has_current || (s.current.rows() == inputs() && s.current.cols() == s.output.cols()));
  }

  void step(NodeState<S>& s, const Matrix<S>& x, Scratch<S>&) const {
    if (!spikes) return with_current<Mode::none>(s, x);
    const bool later = semantics.reset_time == ResetTime::later;
    const ResetPlace place = has_current ? semantics.place_with_current : ResetPlace::usual;
    if (semantics.reset == SpikeReset::to_value) {
      if (!later) return with_current<Mode::value>(s, x);
      return place == ResetPlace::after_input ? with_current<Mode::value_last>(s, x)
                                              : with_current<Mode::value_later>(s, x);
    }
    const bool first = place == ResetPlace::before_leak;
    if (semantics.several_spikes) {
      if (!later) return with_current<Mode::several>(s, x);
      return first ? with_current<Mode::several_first>(s, x) : with_current<Mode::several_later>(s, x);
    }
    if (later) return first ? with_current<Mode::fall_first>(s, x) : with_current<Mode::fall_later>(s, x);
    semantics.subtracts_before_comparing ? with_current<Mode::fall_compared>(s, x)
                                         : with_current<Mode::fall>(s, x);
  }

 private:
  /// later: in the next step, at its usual place; first: before the leak; last: after the input.
  enum class Mode {
    none,
    value,
    value_later,
    value_last,
    fall,
    fall_later,
    fall_first,
    fall_compared,
    several,
    several_later,
    several_first
  };
  static constexpr bool counts(Mode m) {
    return m == Mode::several || m == Mode::several_later || m == Mode::several_first;
  }

  template <Mode M> void with_current(NodeState<S>& s, const Matrix<S>& x) const {
    for (Index b = 0; b < x.cols(); ++b) has_current ? sweep<M, true>(s, x, b) : sweep<M, false>(s, x, b);
  }
  template <Mode M, bool Current> void sweep(NodeState<S>& s, const Matrix<S>& x, Index b) const {
    const S *const a = decay.data(), *const g = gain.data(), *const c = constant.data();
    const S *const as = synaptic_decay.data(), *const gs = synaptic_gain.data();
    const S *const theta = threshold.data(), *const to = reset.data(), *const low = lowest.data();
    const S* const in = x.col(b).data();
    S* const __restrict v = s.membrane.col(b).data();
    S* const __restrict z = s.output.col(b).data();
    S* const __restrict current = Current ? s.current.col(b).data() : nullptr;
    const bool first = semantics.order == CurrentOrder::current_first, at = semantics.fires_at_threshold;
    const Index n = inputs();
    for (Index i = 0; i < n; ++i) {
      S drive = in[i];
      if constexpr (Current) {
        const S before = current[i], now = as[i] * before + gs[i] * drive;
        current[i] = now;
        drive = first ? now : before;
      }
      S from = v[i];
      if constexpr (M == Mode::value_later) from = z[i] > 0 ? to[i] : from;
      if constexpr (M == Mode::fall_first || M == Mode::several_first) from -= z[i] * theta[i];
      S now = a[i] * from + g[i] * drive + c[i];
      if constexpr (M == Mode::none) {
        v[i] = z[i] = now;
        continue;
      } else {
        const S level = theta[i];
        if constexpr (M == Mode::value_last) now = z[i] > 0 ? to[i] : now;
        if constexpr (M == Mode::fall_later || M == Mode::several_later) now -= z[i] * level;
        now = std::max(now, low[i]);
        S compared = now;
        if constexpr (M == Mode::fall_compared) compared -= from > level ? level : S(0);
        const bool fires = (compared > level) | (at & (compared == level));
        S count = fires ? S(1) : S(0);
        if constexpr (counts(M)) count = fires ? std::max(S(1), std::floor(now / level)) : S(0);
        if constexpr (M == Mode::value) now = fires ? to[i] : now;
        if constexpr (M == Mode::fall || M == Mode::several || M == Mode::fall_compared) now -= count * level;
        v[i] = now;
        z[i] = count;
      }
    }
  }
};

}  // namespace neohebb::nir
