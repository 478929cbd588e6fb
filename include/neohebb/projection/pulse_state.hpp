// What a projection's state keeps of spikes that arrive as pulses.
#pragma once
#include <neohebb/trace/pulses.hpp>

namespace neohebb {

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
