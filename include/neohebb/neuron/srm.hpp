#pragma once
#include <neohebb/neuron/neuron.hpp>
#include <neohebb/neuron/spike_function.hpp>
#include <neohebb/trace/exponential.hpp>

namespace neohebb {

/// Spike response model: the drive (W∘(ε * s) + b, made by a projection) plus the neuron's own refractory
/// kernel.
///
///     R[t] = −ρ (η * S)[t−1]        refractory trace (the OLD spikes)      all neurons × batch
///     U[t] = drive[t] + R[t]        potential, 0 = threshold
///     S[t] = Θ(U[t]), or drawn with escape noise
///
/// With η exponential this is the current-based LIF neuron of [Kaiser, Mostafa, Neftci 2020, eq. 3].
/// Throws std::invalid_argument for parameters without sense and for a drive of another shape.
///
///   parameter           default                            symbol
///   refractory          exponential, γ = 0.65, normalised   η, any Trace; per-neuron decays welcome
///   refractory_weight   1                                   ρ
///   spike               Heaviside                           Θ, or EscapeNoise
template <class S, Trace Eta = Exponential<S>, SpikeFunction<S> Spike = Heaviside> struct Srm {
  using Scalar = S;
  Eta refractory = default_refractory();
  S refractory_weight = 1;
  Spike spike{};

  void validate() const {
    validate_if_possible(refractory);
    validate_if_possible(spike);
    NEOHEBB_REQUIRE(is_finite(refractory_weight), "Srm.refractory_weight is ", refractory_weight,
                    ", must be finite");
  }
  template <int N, int B> struct State {
    Matrix<S, N, B> potential;
    StateOf<Eta, N, B> refractory;  // of η * S; R is −ρ times its value
    Spikes<S, N, B> spikes;
    Generator random;
    static void fields(auto& self, auto&& visit) {
      visit("potential", self.potential);
      visit("refractory", self.refractory);
      visit("spikes", self.spikes);
      visit("random", self.random);
    }
  };
  template <int N, int B>
  State<N, B> zero_state(Extent<N> size, Extent<B> batch, const Generator& generator = {}) const {
    validate();
    return {zeros<S>(size, batch), refractory.zero_state(size, batch), {size, batch}, generator};
  }
  void step(auto& state, const auto& drive) const {
    check_shape("Srm drive", drive, state.potential.rows(), state.potential.cols());
    if constexpr (std::same_as<Eta, Exponential<S>> && std::same_as<Spike, Heaviside>)
      sweep(state, drive);
    else
      step_by_step(state, drive);
  }

 private:
  /// The equations one by one, for any refractory trace and spike function.
  void step_by_step(auto& state, const auto& drive) const {
    refractory.step(state.refractory, state.spikes.dense());
    state.potential = drive - refractory_weight * refractory.value(state.refractory);
    spike(state.potential, state.spikes, state.random);
  }
  /// Equals step_by_step for an exponential trace and a hard threshold (tests/neuron/fused.cpp): each number
  /// is read and written once.
  void sweep(auto& state, const auto& drive) const {
    const simd::Evaluator<decltype(drive)> in(drive);
    state.spikes.rewrite([&](Index b, Index first, Index n, std::uint8_t* __restrict fired) {
      const S gamma = refractory.decay, gain = refractory.normalised ? 1 - gamma : S(1);
      const S rho = refractory_weight;
      S* const __restrict r = state.refractory.stage(0).col(b).data() + first;
      S* const __restrict u = state.potential.col(b).data() + first;
      for (Index i = 0; i < n; ++i) {
        r[i] = unless_vanishing(gamma * r[i] + gain * S(fired[i]));
        u[i] = in.coeff(first + i, b) - rho * r[i];
        fired[i] = u[i] > 0;
      }
    });
  }
  static Eta default_refractory() {
    Eta eta{};
    if constexpr (std::same_as<Eta, Exponential<S>>) eta.decay = S(0.65);
    return eta;
  }
};

}  // namespace neohebb
