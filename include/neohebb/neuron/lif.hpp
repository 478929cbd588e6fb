#pragma once
#include <array>
#include <neohebb/neuron/neuron.hpp>
#include <neohebb/neuron/spike_function.hpp>
#include <neohebb/trace/decay.hpp>

namespace neohebb {

/// What a spike does to the membrane.
enum class Reset {
  to_zero,            // v ← 0
  to_rest,            // v ← rest
  to_value,           // v ← reset_value
  by_threshold,       // v ← v − θ_t
  by_base_threshold,  // v ← v − (θ − rest)
  by_threshold_later  // v falls by θ − rest one step later, after the leak: v[t] = … − (θ − rest) S[t−1]
};

/// What the drive of a step goes to.
enum class Synapse {
  none,           // the membrane itself
  current_later,  // a synaptic current, which the membrane sees one step later
  current_now     // likewise, at once
};

/// Leaky integrate-and-fire with an explicit reset. All neurons × batch.
///
///     b ← ρ b + β_a S[t−1],  θ_t = θ + b            adaptive threshold (off at β_a = 0)
///     v ← rest + λ (v − rest) + I                   I: the drive of this step
///     U = v − θ_t,  S = Θ(U), or drawn with escape noise
///     where S: v is reset; for the next n steps the neuron is silent   (absolute refractory period)
///
/// With a synaptic current of its own, drive adds to that:
///
///     J ← r J + drive,   I = g J[t−1] (current_later) or g J[t] (current_now)
///
/// While it is silent, v is held and the input of those steps is lost (a synaptic current, being a trace of
/// the projection, goes on by itself); or, with `integrates_while_refractory`, v goes on as ever. Throws
/// std::invalid_argument for parameters without sense and for a drive of another shape. [Bellec and others
/// 2020: by_threshold_later, integrates_while_refractory; snnTorch's reset_delay is the former]
///
///   parameter                    default  symbol
///   decay                        0.9      λ = exp(−Δt/τ_mem), scalar or one per neuron (neurons × 1)
///   threshold                    1        θ > rest, and θ > 0 where v is reset to zero
///   rest                         0        in units of v
///   reset                        to_zero  what a spike does to v
///   reset_value                  0        for Reset::to_value, below θ
///   refractory_steps             0        n ≥ 0, steps
///   integrates_while_refractory  false    whether v goes on in silent neurons
///   synapse                      none     what the drive goes to
///   synaptic_decay               0.8      r = exp(−Δt/τ_syn)
///   synaptic_gain                1        g
///   adaptation_decay             0.99     ρ = exp(−Δt/τ_a)
///   adaptation_strength          0        β_a ≥ 0, scalar or one per neuron: a population may mix both kinds
///   spike                        Heaviside  Θ, or escape noise
template <class S, SpikeFunction<S> Spike = Heaviside, Coefficient<S> Decay = S, Coefficient<S> Strength = S>
struct Lif {
  using Scalar = S;
  Decay decay = default_decay<Decay>(0.9);
  S threshold = 1;
  S rest = 0;
  Reset reset = Reset::to_zero;
  S reset_value = 0;
  int refractory_steps = 0;
  bool integrates_while_refractory = false;
  Synapse synapse = Synapse::none;
  S synaptic_decay = S(0.8);
  S synaptic_gain = 1;
  S adaptation_decay = S(0.99);
  Strength adaptation_strength = default_decay<Strength>(0);
  Spike spike{};

  void validate() const {
    check_decay("Lif.decay", decay);
    check_decay("Lif.adaptation_decay", adaptation_decay);
    NEOHEBB_REQUIRE(is_finite(rest), "Lif.rest is ", rest, ", must be finite");
    NEOHEBB_REQUIRE(is_finite(threshold), "Lif.threshold is ", threshold, ", must be finite");
    NEOHEBB_REQUIRE(threshold > rest, "Lif.threshold is ", threshold, ", must lie above Lif.rest = ", rest);
    NEOHEBB_REQUIRE(reset != Reset::to_zero || threshold > 0, "Lif.threshold is ", threshold,
                    ": Reset::to_zero does not take v below it; use Reset::to_rest");
    NEOHEBB_REQUIRE(reset != Reset::to_value || (is_finite(reset_value) && reset_value < threshold),
                    "Lif.reset_value is ", reset_value,
                    ", must be finite and below Lif.threshold = ", threshold);
    NEOHEBB_REQUIRE(refractory_steps >= 0, "Lif.refractory_steps is ", refractory_steps,
                    ", must not be negative");
    check_decay("Lif.synaptic_decay", synaptic_decay);
    NEOHEBB_REQUIRE(is_finite(synaptic_gain), "Lif.synaptic_gain is ", synaptic_gain, ", must be finite");
    each_strength([](S beta) {
      NEOHEBB_REQUIRE(is_finite(beta) && beta >= 0, "Lif.adaptation_strength is ", beta,
                      ", must be finite and not negative");
    });
    validate_if_possible(spike);
  }
  /// β_a of neuron i.
  S adaptation_of(Index i) const {
    if constexpr (shared_by_all<Strength>)
      return adaptation_strength;
    else
      return adaptation_strength[i];
  }
  bool adapts() const {
    if constexpr (shared_by_all<Strength>)
      return adaptation_strength > 0;
    else
      return true;
  }
  /// membrane: v after the reset. potential: v − θ_t before it. current: J. What is off is empty (unless
  /// sizes are fixed).
  template <int N, int B> struct State {
    Matrix<S, N, B> potential, membrane, adaptation;  // adaptation: b, by which thresholds are raised
    Matrix<int, N, B> refractory;  // steps until a neuron is free again: above 0 in silent and spiking ones
    Spikes<S, N, B> spikes;
    Generator random;
    Matrix<S, N, B> current, input;  // current: J; input: I, scratch
    static void fields(auto& self, auto&& visit) {
      visit("potential", self.potential);
      visit("membrane", self.membrane);
      visit("adaptation", self.adaptation);
      visit("refractory", self.refractory);
      visit("spikes", self.spikes);
      visit("random", self.random);
      visit("current", self.current);
    }
  };
  template <int N, int B>
  State<N, B> zero_state(Extent<N> size, Extent<B> batch, const Generator& generator = {}) const {
    validate();
    check_decay_rows("Lif.decay", decay, size);
    if constexpr (!shared_by_all<Strength>)
      check_shape("Lif.adaptation_strength", adaptation_strength, Index(size), 1);
    State<N, B> state{zeros<S>(size, batch), zeros<S>(size, batch), {}, {}, {size, batch}, generator, {}, {}};
    state.membrane.setConstant(rest);
    state.potential.setConstant(rest - threshold);
    constexpr bool always = N != Dynamic && B != Dynamic;
    if (always || adapts()) state.adaptation = zeros<S>(size, batch);
    if (always || refractory_steps > 0) state.refractory = zeros<int>(size, batch);
    if (always || synapse != Synapse::none) state.current = state.input = zeros<S>(size, batch);
    return state;
  }

  void step(auto& state, const auto& drive) const {
    check_shape("Lif drive", drive, state.membrane.rows(), state.membrane.cols());
    if (synapse == Synapse::none) return integrate_and_fire(state, drive);
    move_current(state, drive);
    integrate_and_fire(state, state.input);
  }
  /// Sets what belongs to silent neurons to zero: σ', for rules that say so. rows: neurons × batch.
  void mask_refractory(const auto& state, auto& rows) const {
    if (refractory_steps == 0) return;
    for (Index b = 0; b < rows.cols(); ++b)
      rows.col(b).array() *=
          (state.refractory.col(b).array() == 0 || state.spikes.dense().col(b).array() > S(0))
              .template cast<S>();
  }

 private:
  void move_current(auto& state, const auto& drive) const {
    const simd::Evaluator<std::decay_t<decltype(drive)>> in(drive);
    const S r = synaptic_decay, g = synaptic_gain;
    const bool later = synapse == Synapse::current_later;
    for (Index b = 0; b < state.current.cols(); ++b) {
      S* const __restrict current = detail::column_of(state.current, b);
      S* const __restrict input = detail::column_of(state.input, b);
      for (Index i = 0; i < state.current.rows(); ++i) {
        const S before = current[i], now = unless_vanishing(r * before) + in.coeff(i, b);
        current[i] = now;
        input[i] = g * (later ? before : now);
      }
    }
  }
  void integrate_and_fire(auto& state, const auto& drive) const {
    const bool adapting = adapts();
    if constexpr (std::same_as<Spike, Heaviside>) {
      if (adapting)
        refractory_steps > 0 ? sweep<true, true>(state, drive) : sweep<true, false>(state, drive);
      else
        refractory_steps > 0 ? sweep<false, true>(state, drive) : sweep<false, false>(state, drive);
    } else {
      step_by_step(state, drive, adapting);
    }
  }
  void each_strength(auto&& use) const {
    if constexpr (shared_by_all<Strength>)
      use(adaptation_strength);
    else
      for (Index i = 0; i < adaptation_strength.size(); ++i) use(adaptation_strength[i]);
  }
  /// v after a spike where it does not depend on v.
  S start() const { return reset == Reset::to_rest ? rest : reset == Reset::to_value ? reset_value : S(0); }

  /// The equations one by one, for any spike function.
  void step_by_step(auto& state, const auto& drive, bool adapting) const {
    auto& v = state.membrane;
    if (refractory_steps > 0) state.refractory = (state.refractory.array() - 1).max(0);
    integrate(state, drive);
    state.potential = (v.array() - threshold).matrix();
    if (adapting) {
      state.adaptation *= adaptation_decay;
      for (Index b = 0; b < v.cols(); ++b)
        for (const auto i : state.spikes.active(b)) state.adaptation(i, b) += adaptation_of(i);
      state.adaptation = state.adaptation.unaryExpr([](S a) { return unless_vanishing(a); });
      state.potential -= state.adaptation;
    }
    if (refractory_steps > 0) {
      const S never = std::numeric_limits<S>::lowest() / 4;
      spike((state.refractory.array() > 0).select(never, state.potential.array()).matrix(), state.spikes,
            state.random);
    } else {
      spike(state.potential, state.spikes, state.random);
    }
    const auto spiked = state.spikes.dense().array() > 0;
    if (refractory_steps > 0)
      state.refractory = spiked.select(refractory_steps + 1, state.refractory.array());
    if (reset == Reset::by_threshold)
      v.array() = spiked.select(state.potential.array(), v.array());  // v − θ_t is U
    else if (reset == Reset::by_base_threshold)
      v.array() = spiked.select(v.array() - (threshold - rest), v.array());
    else if (reset != Reset::by_threshold_later)
      v.array() = spiked.select(start(), v.array());
  }
  void integrate(auto& state, const auto& drive) const {
    auto& v = state.membrane;
    const bool holds = refractory_steps > 0 && !integrates_while_refractory;
    const S drop = reset == Reset::by_threshold_later ? threshold - rest : S(0);
    for (Index b = 0; b < v.cols(); ++b) {
      const auto decay_of = decays_from(0);
      for (Index i = 0; i < v.rows(); ++i) {
        if (holds && state.refractory(i, b) > 0) continue;
        v(i, b) = rest + decay_of(i) * (v(i, b) - rest) + drive(i, b);
      }
      if (drop != 0)
        for (const auto i : state.spikes.active(b)) v(i, b) -= drop;
    }
  }
  /// Equals step_by_step for a hard threshold (tests/neuron/fused.cpp): each number is read and written once.
  template <bool Adapts, bool Holds> void sweep(auto& state, const auto& drive) const {
    const simd::Evaluator<decltype(drive)> in(drive);
    state.spikes.rewrite([&](Index b, Index first, Index n, std::uint8_t* __restrict fired) {
      // Copies: what is stored below could change the originals, for all that the compiler knows.
      const S resting = rest, theta = threshold, rho = adaptation_decay, after = start();
      const S drop = reset == Reset::by_threshold_later ? threshold - rest : S(0);
      const int hold = refractory_steps + 1;
      const bool subtracts = reset == Reset::by_threshold;
      const bool falls = reset == Reset::by_threshold_later || reset == Reset::by_base_threshold;
      const S fall = reset == Reset::by_base_threshold ? threshold - rest : S(0);
      const bool integrates = integrates_while_refractory;
      const auto drive_of = drives_from(drive, in, b, first);
      const auto decay_of = decays_from(first);
      const auto beta_of = strengths_from(first);
      S* const __restrict v = state.membrane.col(b).data() + first;
      S* const __restrict u = state.potential.col(b).data() + first;
      S* const __restrict adaptation = Adapts ? state.adaptation.col(b).data() + first : nullptr;
      int* const __restrict left = Holds ? state.refractory.col(b).data() + first : nullptr;
      // Bytes in the long loop would make it one over so many numbers that processors lack the registers.
      constexpr auto most = static_cast<std::size_t>(std::decay_t<decltype(state.spikes)>::block_length);
      std::array<S, most> dropped{};
      std::array<detail::Bits<S>, most> marks;
      if (drop != 0)
        for (Index i = 0; i < n; ++i) dropped[static_cast<std::size_t>(i)] = drop * S(fired[i]);
      if constexpr (Adapts)  // apart: with so many arrays in one loop GCC makes no vectors
        for (Index i = 0; i < n; ++i)
          adaptation[i] = unless_vanishing(rho * adaptation[i] + beta_of(i) * S(fired[i]));
      for (Index i = 0; i < n; ++i) {
        S raised = theta;
        if constexpr (Adapts) raised += adaptation[i];
        const S leaked = unless_vanishing(decay_of(i) * (v[i] - resting));
        const S charged = resting + leaked + drive_of(i);
        const int wait = Holds ? std::max(left[i] - 1, 0) : 0;
        const bool free = wait == 0;
        const S now = choose(free | integrates, charged, v[i]) - dropped[static_cast<std::size_t>(i)];
        u[i] = now - raised;
        const bool fires = free & (u[i] > 0);
        marks[static_cast<std::size_t>(i)] = fires;
        const S fallen = now - fall;
        const S reset_to = choose(subtracts, u[i], choose(falls, fallen, after));  // v − θ_t is U
        v[i] = choose(fires, reset_to, now);
        if constexpr (Holds) left[i] = fires ? hold : wait;
      }
      for (Index i = 0; i < n; ++i) fired[i] = static_cast<std::uint8_t>(marks[static_cast<std::size_t>(i)]);
    });
  }
  /// Drive of neuron first + i in sample b: where it lies in memory by a pointer, which stores cannot change.
  template <class X> static auto drives_from(const X& drive, const auto& evaluated, Index b, Index first) {
    if constexpr ((unsigned{X::Flags} & Eigen::DirectAccessBit) != 0 && detail::columns_in_memory<const X>)
      return [from = detail::column_of(drive, b) + first](Index i) { return from[i]; };
    else
      return [&evaluated, b, first](Index i) { return evaluated.coeff(first + i, b); };
  }
  static auto each_from(const auto& coefficient, Index first) {
    if constexpr (shared_by_all<std::decay_t<decltype(coefficient)>>)
      return [shared = coefficient](Index) { return shared; };
    else
      return [from = coefficient.data() + first](Index i) { return from[i]; };
  }
  /// λ and β_a of neuron first + i.
  auto decays_from(Index first) const { return each_from(decay, first); }
  auto strengths_from(Index first) const { return each_from(adaptation_strength, first); }
};

}  // namespace neohebb
