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
    NEOHEBB_REQUIRE(std::isfinite(rest), "Lif.rest is ", rest, ", must be finite");
    NEOHEBB_REQUIRE(std::isfinite(threshold), "Lif.threshold is ", threshold, ", must be finite");
    NEOHEBB_REQUIRE(threshold > rest, "Lif.threshold is ", threshold, ", must lie above Lif.rest = ", rest);
    NEOHEBB_REQUIRE(reset != Reset::to_zero || threshold > 0, "Lif.threshold is ", threshold,
                    ": Reset::to_zero does not take v below it; use Reset::to_rest");
    NEOHEBB_REQUIRE(refractory_steps >= 0, "Lif.refractory_steps is ", refractory_steps,
                    ", must not be negative");
    NEOHEBB_REQUIRE(std::isfinite(adaptation_strength) && adaptation_strength >= 0,
                    "Lif.adaptation_strength is ", adaptation_strength, ", must be finite and not negative");
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
    auto& v = state.membrane;
    check_shape("Lif drive", drive, v.rows(), v.cols());
    integrate(state, drive);
    state.potential = (v.array() - threshold).matrix();
    if (adaptation_strength > 0) {
      state.adaptation = adaptation_decay * state.adaptation + adaptation_strength * state.spikes.dense();
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
      v.array() -= spiked.select((v - state.potential).array(), S(0));  // v − U = θ_t
    else
      v.array() = spiked.select(reset == Reset::to_rest ? rest : S(0), v.array());
  }

 private:
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
};

}  // namespace neohebb
