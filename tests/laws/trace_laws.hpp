// Laws of traces. Run them on a kernel of your own:
//
//     TEST_CASE("my kernel is a trace") { laws::check_trace(MyKernel<float>{…}); }
#pragma once
#include <neohebb/trace/trace.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

namespace laws {

/// The trace's values, side by side in time, of `steps` steps of rows × batch spikes.
template <neohebb::Trace T>
Matrix<typename T::Scalar> trace_run(const T& trace, const auto& spikes, Index batch) {
  using S = typename T::Scalar;
  auto state = trace.zero_state(Extent{spikes.rows()}, Extent{batch});
  Matrix<S> values(spikes.rows(), spikes.cols());
  for (Index c = 0; c < spikes.cols(); c += batch) {
    trace.step(state, spikes.middleCols(c, batch));
    values.middleCols(c, batch) = trace.value(state);
  }
  return values;
}

/// What holds for any trace. One whose parameters are per neuron must be made for `Rows` neurons.
template <int Rows = 4, neohebb::Trace T> void check_trace(const T& trace) {
  using S = typename T::Scalar;
  constexpr int batch = 3, steps = 25;
  const Matrix<S> in = zero_one<S>(Rows, batch * steps, 1);
  const Matrix<S> out = trace_run(trace, in, batch);

  // silence in, silence out
  CHECK(trace_run(trace, Matrix<S>::Zero(Rows, batch * steps), batch).isZero(0));
  CHECK(trace.value(trace.zero_state(Extent{Index{Rows}}, Extent{2})).isZero(0));
  CHECK_FALSE(out.isZero(0));

  // samples do not see each other
  for (Index b = 0; b < batch; ++b) {
    Matrix<S> alone(Rows, steps), expected(Rows, steps);
    for (Index t = 0; t < steps; ++t) {
      alone.col(t) = in.col(t * batch + b);
      expected.col(t) = out.col(t * batch + b);
    }
    CHECK(deviation(trace_run(trace, alone, 1), expected) <= rounding<S>);
  }

  // neurons do not see each other
  Matrix<S> only = in;
  only.bottomRows(Rows - 1).setZero();
  CHECK(deviation(trace_run(trace, only, batch).topRows(1), out.topRows(1)) <= rounding<S>);

  // a state that is reset by assignment remembers nothing; one that is copied remembers everything
  const auto zero = trace.zero_state(Extent{Index{Rows}}, Extent{Index{batch}});
  auto state = zero;
  for (Index t = 0; t < steps; ++t) trace.step(state, in.middleCols(t * batch, batch));
  auto other = state;
  state = zero;
  for (Index t = 0; t < steps; ++t) trace.step(state, in.middleCols(t * batch, batch));
  CHECK(trace.value(state) == out.rightCols(batch));
  CHECK(trace.value(other) == out.rightCols(batch));

  // sizes known to the compiler change nothing
  auto fixed = trace.zero_state(Extent<Rows>{}, Extent<batch>{});
  auto mixed = trace.zero_state(Extent<Rows>{}, Extent{Index{batch}});
  for (Index t = 0; t < steps; ++t) {
    const Matrix<S, Rows, batch> now = in.middleCols(t * batch, batch);
    trace.step(fixed, now);
    trace.step(mixed, now);
    CHECK(deviation(trace.value(fixed), out.middleCols(t * batch, batch)) <= rounding<S>);
    CHECK(deviation(trace.value(mixed), out.middleCols(t * batch, batch)) <= rounding<S>);
  }
}

/// A kernel: what it answers to a sum of inputs is the sum of its answers, now as later.
template <int Rows = 4, neohebb::Trace T> void check_kernel(const T& trace) {
  using S = typename T::Scalar;
  constexpr Index steps = 25, delay = 5;
  const Matrix<S> a = uniform<S>(Rows, steps, 1), b = uniform<S>(Rows, steps, 2);
  const Matrix<S> from_a = trace_run(trace, a, 1), from_b = trace_run(trace, b, 1);
  CHECK(deviation(trace_run(trace, 2 * a - b, 1), 2 * from_a - from_b) <= rounding<S>);
  Matrix<S> late = Matrix<S>::Zero(Rows, steps);
  late.rightCols(steps - delay) = a.leftCols(steps - delay);
  const Matrix<S> from_late = trace_run(trace, late, 1);
  CHECK(from_late.leftCols(delay).isZero(0));
  CHECK(deviation(from_late.rightCols(steps - delay), from_a.leftCols(steps - delay)) <= rounding<S>);
}

/// A kernel that is the same for every row and has an adjoint.
template <neohebb::CommutingTrace T> void check_commuting_trace(const T& trace) {
  using S = typename T::Scalar;
  constexpr Index in = 5, out = 3, batch = 2, steps = 20, carried = 8;
  const Matrix<S> w = uniform<S>(out, in, 1), s = zero_one<S>(in, steps * batch, 2);
  CHECK(deviation(trace_run(trace, w * s, batch), w * trace_run(trace, s, batch)) <= 10 * rounding<S>);

  // a step without input is one transition of the stages
  auto state = trace.zero_state(Extent{in}, Extent{batch});
  for (Index t = 0; t < carried; ++t) trace.step(state, s.middleCols(t * batch, batch));
  const auto before = state;
  trace.step(state, Matrix<S>::Zero(in, batch));
  const auto m = trace.transition();
  for (Index k = 0; k < T::stages; ++k) {
    Matrix<S> expected = Matrix<S>::Zero(in, batch);
    for (Index l = 0; l < T::stages; ++l) expected += m(k, l) * before.stage(l);
    CHECK(deviation(state.stage(k), expected) <= rounding<S>);
  }

  // Σ_{t ≥ first} δ[t] x₀[t]ᵀ = Σ_{t > first} (vᵀξ[t]) s[t]ᵀ + ξ[first] x[first]ᵀ, x[first] being carried in
  const Matrix<S> delta = uniform<S>(out, steps * batch, 3);
  Matrix<S> forwards = Matrix<S>::Zero(out, in), backwards = forwards;
  state = trace.zero_state(Extent{in}, Extent{batch});
  auto first = state;
  for (Index t = 0; t < steps; ++t) {
    trace.step(state, s.middleCols(t * batch, batch));
    if (t == carried) first = state;
    if (t >= carried) forwards += delta.middleCols(t * batch, batch) * trace.value(state).transpose();
  }
  auto adjoint = trace.zero_state(Extent{out}, Extent{batch});
  for (Index t = steps - 1; t >= carried; --t) {
    trace.step_back(adjoint, delta.middleCols(t * batch, batch));
    if (t > carried) backwards += trace.impulse(adjoint) * s.middleCols(t * batch, batch).transpose();
  }
  for (Index k = 0; k < T::stages; ++k) backwards += adjoint.stage(k) * first.stage(k).transpose();
  CHECK(deviation(backwards, forwards) <= 10 * rounding<S>);
}

}  // namespace laws
