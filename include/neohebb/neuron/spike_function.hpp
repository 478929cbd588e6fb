// From potentials to spikes: the hard threshold and escape noise.
#pragma once
#include <cmath>
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>

namespace neohebb {

/// Decides who spikes. potential: neurons × batch expression, 0 = threshold. One that draws random numbers
/// takes them from the generator and moves it one step on; one that does not leaves it alone. A complete one
/// of your own:
///
///     struct NoisyThreshold {                         // spikes where U > noise·(2ξ − 1), ξ ~ Uniform(0, 1)
///       float noise = 0.1f;
///       void operator()(const auto& potential, auto& spikes, Generator& generator) const {
///         Matrix<float> draws(potential.rows(), potential.cols());
///         generator.uniform(draws);                   // one step on
///         spikes.assign(potential.array() > noise * (2 * draws.array() - 1));
///       }
///     };
template <class F, class S>
concept SpikeFunction = requires(const F f, const Matrix<S>& potential, Spikes<S>& spikes,
                                 Generator& generator) {
  f(potential, spikes, generator);  // void operator()(const auto& potential, auto& spikes, Generator&) const
};

/// S = Θ(U): 1 where U > 0.
struct Heaviside {
  void operator()(const auto& potential, auto& spikes, Generator&) const {
    spikes.assign(potential.array() > 0);
  }
};

/// The logistic function 1/(1 + e⁻ˣ), without overflow.
template <class S> S logistic(S x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

/// Escape noise:  P(S = 1) = σ(U/T), σ the logistic function. [Gerstner & Kistler 2002, section 5.3]
/// The draw of neuron i in sample b depends on the generator's (seed, stream, step), on b and on i only.
///
///   parameter     default  symbol
///   temperature   1        T, in units of the potential, > 0 (T → 0 is the hard threshold)
///
/// Neurons throw std::invalid_argument for a T that is not positive (zero_state).
template <class S> struct EscapeNoise {
  S temperature = 1;

  void validate() const {
    NEOHEBB_REQUIRE(is_number(temperature) && temperature > 0, "EscapeNoise.temperature is ", temperature,
                    ", must be positive; use Heaviside for a hard threshold");
  }
  S probability(S potential) const { return logistic(potential / temperature); }

  void operator()(const auto& potential, auto& spikes, Generator& generator) const {
    Draw draw{generator, generator.sequence()};
    spikes.assign(Matrix<bool>::NullaryExpr(potential.rows(), potential.cols(), [&](Index i, Index b) {
      return draw(i, b) < probability(potential.coeff(i, b));
    }));
    ++generator.step;
  }

 private:
  struct Draw {  // spikes are assigned column by column, from the first row on
    const Generator& generator;
    RandomSequence numbers;
    S operator()(Index i, Index b) {
      if (i == 0) numbers = generator.sequence(b);
      return numbers.uniform<S>();
    }
  };
};

}  // namespace neohebb
