// One of each that a user may write: nothing inherited, nothing registered. The laws run on them, and a layer
// is made of them.
#pragma once
#include <neohebb/learning/loss.hpp>
#include <neohebb/learning/optimizer.hpp>
#include <neohebb/neuron/neuron.hpp>
#include <neohebb/neuron/spike_function.hpp>
#include <neohebb/neuron/surrogate.hpp>
#include <neohebb/trace/trace.hpp>

namespace users {

using namespace neohebb;

/// Receptors that saturate: x ← d x + (1 − x) a s. Not a kernel: it is not linear.
template <class S> struct Receptors {
  using Scalar = S;
  S decay = S(0.9), fraction = S(0.5);
  template <int R, int B> Matrix<S, R, B> zero_state(Extent<R> rows, Extent<B> batch) const {
    return zeros<S>(rows, batch);
  }
  void step(auto& x, const auto& spikes) const {
    x = (decay * x.array() + fraction * (1 - x.array()) * spikes.array()).matrix().eval();
  }
  const auto& value(const auto& x) const { return x; }
};

/// Uniform noise on the threshold: fires where U > noise·(2ξ − 1).
template <class S> struct NoisyThreshold {
  S noise = S(0.1);
  void operator()(const auto& potential, auto& spikes, Generator& generator) const {
    Matrix<S> draws(potential.rows(), potential.cols());
    generator.uniform(draws);
    spikes.assign(potential.array() > noise * (2 * draws.array() - 1));
  }
};

/// Quadratic integrate-and-fire: v ← v + Δ(v² + I), spike and fall to −1 where v > 1.
template <class S, SpikeFunction<S> Spike = Heaviside> struct Quadratic {
  using Scalar = S;
  S rate = S(0.25);
  Spike spike{};
  template <int N, int B> struct State {
    Matrix<S, N, B> v, potential;
    Spikes<S, N, B> spikes;
    Generator random;
  };
  template <int N, int B>
  State<N, B> zero_state(Extent<N> size, Extent<B> batch, const Generator& generator = {}) const {
    return {zeros<S>(size, batch), zeros<S>(size, batch), {size, batch}, generator};
  }
  void step(auto& state, const auto& drive) const {
    state.v.array() = (state.v.array() + rate * (state.v.array().square() + drive.array())).max(S(-2));
    state.potential = (state.v.array() - S(1)).matrix();
    spike(state.potential, state.spikes, state.random);
    state.v = (state.spikes.dense().array() > 0).select(S(-1), state.v);
  }
};

/// σ'(u) = e^{−k|u|}; its σ is not given, so it cannot be read out as an activity.
template <class S> struct Cusp {
  S steepness = 2;
  S operator()(S u) const { return std::exp(-steepness * std::abs(u)); }
};

/// L = mean over samples of Σ_c log cosh(y − ŷ)
template <class S> struct LogCosh {
  S operator()(const auto& output, const auto& target, auto& gradient) const {
    gradient = output - target;
    const S n = S(gradient.cols());
    const S value = gradient.array().cosh().log().sum() / n;
    gradient = (gradient.array().tanh() / n).matrix();
    return value;
  }
};

/// m ← β m + (1 − β) g²;  w ← w − rate·g/(√m + ε)
template <class S> struct RmsProp {
  using Scalar = S;
  static constexpr bool linear = false;
  S rate = S(0.01), beta = S(0.9);
  template <int R, int C> Matrix<S, R, C> zero_state(Extent<R> rows, Extent<C> cols) const {
    return zeros<S>(rows, cols);
  }
  void step(auto& m, const auto& gradient, auto&& weights) const {
    m = beta * m + (1 - beta) * gradient.cwiseAbs2();
    weights.array() -= rate * gradient.array() / (m.array().sqrt() + S(1e-6));
  }
};

}  // namespace users
