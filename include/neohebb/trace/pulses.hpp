#pragma once
#include <neohebb/trace/exponential.hpp>

namespace neohebb {

/// Spikes that reach a leaky neuron as pulses, each in its own step: the membrane itself filters them. The
/// trace is what a membrane of this decay makes of an input of weight 1, which is the presynaptic factor of
/// its learning:
///
///     drive = a (W∘S + b)             goes to a neuron that leaks: v[t] = α v[t−1] + drive, as Lif does
///     x̄ ← α x̄ + a S                   ∂v/∂w_ij, resets aside; for the bias x̄ ← α x̄ + a
///
/// Not the same as weighing a trace: v keeps what older weights put into it, as a neuron does.
/// [Bellec and others 2020, doi 10.1038/s41467-020-17236-y]
///
///   parameter    default   symbol
///   decay        0.95      α, the neuron's own: exp(−Δt/τ_mem)
///   normalised   false     a = 1 − α, otherwise 1
///
/// zero_state throws std::invalid_argument for a decay outside [0, 1].
template <class S> struct Pulses {
  using Scalar = S;
  static constexpr int stages = 1;
  static constexpr bool commutes = true, pulses = true;
  S decay = S(0.95);
  bool normalised = false;

  void validate() const { check_decay("Pulses.decay", decay); }
  /// a
  S gain() const { return normalised ? 1 - decay : S(1); }

  template <int R, int B> Stages<S, R, B, 1> zero_state(Extent<R> rows, Extent<B> batch) const {
    validate();
    return {rows, batch};
  }
  void step(auto& state, const auto& input) const { filter().step(state, input); }
  auto value(const auto& state) const { return state.stage(0); }
  void step_back(auto& adjoint, const auto& error) const { filter().step_back(adjoint, error); }
  auto impulse(const auto& adjoint) const { return gain() * adjoint.stage(0); }
  Matrix<S, 1, 1> transition() const { return Matrix<S, 1, 1>::Constant(decay); }

 private:
  Exponential<S> filter() const { return {decay, normalised}; }
};

/// Traces of spikes that reach the neuron as pulses.
template <class T> inline constexpr bool arrives_as_pulse = requires { requires T::pulses; };

namespace detail {
/// Of spikes that arrive as pulses: what arrives, and the trace of the bias. Of other traces nothing.
template <class T, int In, int Rows, int B> struct PulseState {
  using S = typename T::Scalar;
  PulseState(const T&, Extent<In>, Extent<Rows>, Extent<B>) {}
  S bias() const { return 1; }
};
template <class T, int In, int Rows, int B>
requires arrives_as_pulse<T>
struct PulseState<T, In, Rows, B> {
  using S = typename T::Scalar;
  Matrix<S, In, B> now;
  StateOf<T, 1, 1> constant;
  Vector<S, Rows> arriving_bias;
  PulseState(const T& trace, Extent<In> inputs, Extent<Rows> rows, Extent<B> batch)
      : now(zeros<S>(inputs, batch)),
        constant(trace.zero_state(Extent<1>{}, Extent<1>{})),
        arriving_bias(zeros<S>(rows, Extent<1>{})) {}
  const auto& scaled(const T& trace, const Vector<S, Rows>& bias) {
    if (trace.gain() == 1) return bias;
    arriving_bias = trace.gain() * bias;
    return arriving_bias;
  }
  S bias() const { return constant.all(0, 0); }
  const auto& bias_stages() const { return constant.all; }
  void step_bias(const T& trace) { trace.step(constant, Matrix<S, 1, 1>::Ones()); }
  const auto& arriving(const T& trace, const auto& in) {
    step_bias(trace);
    now = trace.gain() * in.dense();
    return now;
  }
  static void fields(auto& self, auto&& visit) {
    visit("now", self.now);
    visit("constant", self.constant);
  }
};
}  // namespace detail

}  // namespace neohebb
