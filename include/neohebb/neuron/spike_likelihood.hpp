// The likelihood of spikes under escape noise.
#pragma once
#include <limits>
#include <neohebb/neuron/srm.hpp>

namespace neohebb {

/// log P(s | u) of one neuron in one step, s = 1 or 0, with P(1 | u) = σ(u/T): log σ(±u/T) = −log(1 +
/// e^(∓u/T)), finite for every finite u/T.
template <class S> S log_likelihood(const EscapeNoise<S>& noise, S potential, bool spikes) {
  const S x = (spikes ? potential : -potential) / noise.temperature;
  return x >= 0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x));
}
/// Its derivative in u, (dp/du)/(p(1 − p)) · (s − p) = (s − p)/T: what the neuron's spikes ask of its
/// potential.
template <class S> S score(const EscapeNoise<S>& noise, S potential, bool spikes) {
  const S x = potential / noise.temperature;
  return (spikes ? logistic(-x) : -logistic(x)) / noise.temperature;  // 1 − σ(x) = σ(−x) without cancellation
}

/// Escape noise of exponential rate: within a step the neuron fires with the rate ρ(u) = ρ₀ exp(u/Δu), so
///
///     P(S = 1) = 1 − exp(−λ),  λ = ρ₀Δt exp(u/Δu)
///
/// [Pfister, Toyoizumi, Barber, Gerstner 2006; Brea, Senn, Pfister 2013; Gardner & Grüning 2016] Draws as
/// EscapeNoise does. λ is held below the root of the largest number.
///
///   parameter     default  symbol
///   rate          0.01     ρ₀Δt, spikes per step at the threshold u = 0, > 0
///   temperature   1        Δu, in units of the potential, > 0
///
/// Neurons throw std::invalid_argument for other values (zero_state).
template <class S> struct ExponentialEscape {
  S rate = S(0.01);
  S temperature = 1;

  void validate() const {
    NEOHEBB_REQUIRE(is_finite(rate) && rate > 0, "ExponentialEscape.rate is ", rate,
                    " spikes per step, must be positive");
    NEOHEBB_REQUIRE(is_number(temperature) && temperature > 0, "ExponentialEscape.temperature is ",
                    temperature, ", must be positive");
  }
  /// log λ
  S log_intensity(S potential) const {
    const S most = std::log(std::numeric_limits<S>::max()) / 2;
    return std::min(std::log(rate) + potential / temperature, most);
  }
  S probability(S potential) const { return -std::expm1(-std::exp(log_intensity(potential))); }

  void operator()(const auto& potential, auto& spikes, Generator& generator) const {
    RandomSequence numbers = generator.sequence();
    spikes.assign(Matrix<bool>::NullaryExpr(potential.rows(), potential.cols(), [&](Index i, Index b) {
      if (i == 0) numbers = generator.sequence(b);  // assigned column by column, from the first row on
      return numbers.template uniform<S>() < probability(potential.coeff(i, b));
    }));
    ++generator.step;
  }
};

/// log(1 − e^(−λ)) or −λ.
template <class S> S log_likelihood(const ExponentialEscape<S>& noise, S potential, bool spikes) {
  const S log_lambda = noise.log_intensity(potential), lambda = std::exp(log_lambda);
  if (!spikes) return -lambda;
  // log(1 − e^(−λ)) = log λ − λ/2 + …: where λ vanishes, its logarithm does not.
  return log_lambda < S(-30) ? log_lambda : std::log(-std::expm1(-lambda));
}
/// λ/(Δu (e^λ − 1)) or −λ/Δu.
template <class S> S score(const ExponentialEscape<S>& noise, S potential, bool spikes) {
  const S lambda = std::exp(noise.log_intensity(potential));
  if (!spikes) return -lambda / noise.temperature;
  return (lambda < std::numeric_limits<S>::min() ? S(1) : lambda / std::expm1(lambda)) / noise.temperature;
}

/// A spike function whose spikes have a likelihood. One of your own has two functions beside it, found by
/// argument-dependent lookup:
///
///     struct Coin {
///       float p = 0.5f;
///       void operator()(const auto& potential, auto& spikes, Generator&) const;
///     };
///     float log_likelihood(const Coin& c, float u, bool spikes);   // log P(spikes | u)
///     float score(const Coin& c, float u, bool spikes);            // its derivative in u
template <class F, class S>
concept SpikeLikelihood = SpikeFunction<F, S> && requires(const F f, S potential, bool spikes) {
  { log_likelihood(f, potential, spikes) } -> std::convertible_to<S>;  // S log_likelihood(f, u, spikes)
  { score(f, potential, spikes) } -> std::convertible_to<S>;           // S score(f, u, spikes) = d/du of it
};

/// Whether a neuron's potential is its drive plus something that depends on its own earlier spikes alone,
/// which it reads from `state.spikes`:  U[t] = drive[t] + R(S[t−1], S[t−2], …). Then ∂U/∂W is the trace P of
/// the projection, whatever the spikes are, and spikes written into the state are the neuron's past. A neuron
/// of your own says so by `static constexpr bool additive = true;`.
template <class N> inline constexpr bool additive_neuron = requires { requires N::additive; };
/// Srm is one.
template <class S, class Eta, class Spike> inline constexpr bool additive_neuron<Srm<S, Eta, Spike>> = true;

/// A neuron whose spike trains have a likelihood with an exact three-factor gradient: Srm with EscapeNoise or
/// ExponentialEscape. (A Lif filters its drive once more, from reset to reset: give the Srm's projection that
/// filter, as the second stage of a DoubleExponential, and its η the reset.)
template <class N>
concept LikelihoodNeuron = Neuron<N> && additive_neuron<N> && requires(const N n) {
  requires SpikeLikelihood < std::remove_cvref_t<decltype(n.spike)>,
  typename N::Scalar > ;  // n.spike: its noise
};

}  // namespace neohebb
