#pragma once
#include <neohebb/neuron/neuron.hpp>
#include <neohebb/neuron/spike_function.hpp>
#include <neohebb/trace/decay.hpp>

namespace neohebb {

/// What a spike does to the membrane.
enum class Reset {
  to_zero,      // v ← 0
  to_rest,      // v ← rest
  by_threshold  // v ← v − θ_t
};

/// Leaky integrate-and-fire with an explicit reset. All neurons × batch.
///
///     b ← ρ b + β_a S[t−1],  θ_t = θ + b            adaptive threshold (off at β_a = 0)
///     v ← rest + λ (v − rest) + I                   I: the drive of this step
///     U = v − θ_t,  S = Θ(U), or drawn with escape noise
///     where S: v is reset, and held there for the next n steps   (absolute refractory period)
///
/// The input of held steps is lost to v; a synaptic current, being a trace of the projection, goes on by
/// itself. Throws std::invalid_argument for parameters without sense and for a drive of another shape.
///
///   parameter             default  symbol
///   decay                 0.9      λ = exp(−Δt/τ_mem), scalar or one per neuron (neurons × 1)
///   threshold             1        θ > rest, and θ > 0 where v is reset to zero
///   rest                  0        in units of v
///   reset                 to_zero
///   refractory_steps      0        n ≥ 0, steps
///   adaptation_decay      0.99     ρ = exp(−Δt/τ_a)
///   adaptation_strength   0        β_a ≥ 0
///   spike                 Heaviside
template <class S, SpikeFunction<S> Spike = Heaviside, Coefficient<S> Decay = S> struct Lif {
  using Scalar = S;
  Decay decay = default_decay<Decay>(0.9);
  S threshold = 1;
  S rest = 0;
  Reset reset = Reset::to_zero;
  int refractory_steps = 0;
  S adaptation_decay = S(0.99);
  S adaptation_strength = 0;
  Spike spike{};

  void validate() const {
    check_decay("Lif.decay", decay);
    check_decay("Lif.adaptation_decay", adaptation_decay);
    NEOHEBB_REQUIRE(is_finite(rest), "Lif.rest is ", rest, ", must be finite");
    NEOHEBB_REQUIRE(is_finite(threshold), "Lif.threshold is ", threshold, ", must be finite");
    NEOHEBB_REQUIRE(threshold > rest, "Lif.threshold is ", threshold, ", must lie above Lif.rest = ", rest);
    NEOHEBB_REQUIRE(reset != Reset::to_zero || threshold > 0, "Lif.threshold is ", threshold,
                    ": Reset::to_zero does not take v below it; use Reset::to_rest");
    NEOHEBB_REQUIRE(refractory_steps >= 0, "Lif.refractory_steps is ", refractory_steps,
                    ", must not be negative");
    NEOHEBB_REQUIRE(is_finite(adaptation_strength) && adaptation_strength >= 0, "Lif.adaptation_strength is ",
                    adaptation_strength, ", must be finite and not negative");
    validate_if_possible(spike);
  }
  /// membrane: v after the reset. potential: v − θ_t before it. Counters and adaptation are empty when they
  /// are off (unless sizes are fixed).
  template <int N, int B> struct State {
    Matrix<S, N, B> potential, membrane, adaptation;
    Matrix<int, N, B> held;  // steps still to be held
    Spikes<S, N, B> spikes;
    Generator random;
  };
  template <int N, int B>
  State<N, B> zero_state(Extent<N> size, Extent<B> batch, const Generator& generator = {}) const {
    validate();
    check_decay_rows("Lif.decay", decay, size);
    State<N, B> state{zeros<S>(size, batch), zeros<S>(size, batch), {}, {}, {size, batch}, generator};
    state.membrane.setConstant(rest);
    state.potential.setConstant(rest - threshold);
    if (adaptation_strength > 0) state.adaptation = zeros<S>(size, batch);
    if (refractory_steps > 0) state.held = zeros<int>(size, batch);
    return state;
  }

  void step(auto& state, const auto& drive) const {
    check_shape("Lif drive", drive, state.membrane.rows(), state.membrane.cols());
    if constexpr (std::same_as<Spike, Heaviside>) {
      if (adaptation_strength > 0)
        refractory_steps > 0 ? sweep<true, true>(state, drive) : sweep<true, false>(state, drive);
      else
        refractory_steps > 0 ? sweep<false, true>(state, drive) : sweep<false, false>(state, drive);
    } else {
      step_by_step(state, drive);
    }
  }

 private:
  /// For any spike function.
  void step_by_step(auto& state, const auto& drive) const {
    auto& v = state.membrane;
    integrate(state, drive);
    state.potential = (v.array() - threshold).matrix();
    if (adaptation_strength > 0) {
      state.adaptation = adaptation_decay * state.adaptation + adaptation_strength * state.spikes.dense();
      state.adaptation = state.adaptation.unaryExpr([](S a) { return unless_vanishing(a); });
      state.potential -= state.adaptation;
    }
    if (refractory_steps > 0) {
      const S never = std::numeric_limits<S>::lowest() / 4;
      spike((state.held.array() > 0).select(never, state.potential.array()).matrix(), state.spikes,
            state.random);
      state.held =
          (state.spikes.dense().array() > 0).select(refractory_steps, (state.held.array() - 1).max(0));
    } else {
      spike(state.potential, state.spikes, state.random);
    }
    const auto spiked = state.spikes.dense().array() > 0;
    if (reset == Reset::by_threshold)
      v.array() = spiked.select(state.potential.array(), v.array());  // v − θ_t is U
    else
      v.array() = spiked.select(reset == Reset::to_rest ? rest : S(0), v.array());
  }
  void integrate(auto& state, const auto& drive) const {
    auto& v = state.membrane;
    for (Index b = 0; b < v.cols(); ++b) {
      auto column = v.col(b).array();
      const auto input = drive.col(b).array();
      if constexpr (shared_by_all<Decay>) {
        if (refractory_steps > 0)
          column = (state.held.col(b).array() > 0).select(column, rest + decay * (column - rest) + input);
        else
          column = rest + decay * (column - rest) + input;
      } else {
        if (refractory_steps > 0)
          column =
              (state.held.col(b).array() > 0).select(column, rest + decay.array() * (column - rest) + input);
        else
          column = rest + decay.array() * (column - rest) + input;
      }
    }
  }
  /// All of that for a hard threshold: each number is read once and written once.
  template <bool Adapts, bool Holds> void sweep(auto& state, const auto& drive) const {
    const simd::Evaluator<decltype(drive)> in(drive);
    state.spikes.rewrite([&](Index b, Index first, Index n, std::uint8_t* __restrict fired) {
      // Copies: what is stored below could change the originals, for all that the compiler knows.
      const S resting = rest, theta = threshold, rho = adaptation_decay, beta = adaptation_strength;
      const int hold = refractory_steps;
      const bool subtracts = reset == Reset::by_threshold;
      const S start = reset == Reset::to_rest ? rest : S(0);
      const auto decay_of = decays_from(first);
      S* const __restrict v = state.membrane.col(b).data() + first;
      S* const __restrict u = state.potential.col(b).data() + first;
      S* const __restrict adaptation = Adapts ? state.adaptation.col(b).data() + first : nullptr;
      int* const __restrict held = Holds ? state.held.col(b).data() + first : nullptr;
      for (Index i = 0; i < n; ++i) {
        S raised = theta;
        if constexpr (Adapts) {
          adaptation[i] = unless_vanishing(rho * adaptation[i] + beta * S(fired[i]));
          raised += adaptation[i];
        }
        const S leaked = unless_vanishing(decay_of(i) * (v[i] - resting));
        const S charged = resting + leaked + in.coeff(first + i, b);
        const bool free = !Holds || held[i] == 0;
        const S now = free ? charged : v[i];
        u[i] = now - raised;
        const bool fires = free && u[i] > 0;
        fired[i] = fires;
        v[i] = fires ? (subtracts ? u[i] : start) : now;  // v − θ_t is U
        if constexpr (Holds) held[i] = fires ? hold : std::max(held[i] - 1, 0);
      }
    });
  }
  /// λ of neuron first + i.
  auto decays_from(Index first) const {
    if constexpr (shared_by_all<Decay>)
      return [lambda = decay](Index) { return lambda; };
    else
      return [lambda = decay.data() + first](Index i) { return lambda[i]; };
  }
};

}  // namespace neohebb
