// Trace kernels for one neuron: the recursions of the papers, and the formulas they add up to.
#pragma once
#include <cmath>
#include <neohebb/core/types.hpp>
#include <vector>

namespace reference {

/// x ← α x + a s
template <class S> struct LeakyTrace {
  S alpha, gain, x = 0;
  S step(S s) { return x = alpha * x + gain * s; }
};

/// P[t] = α P[t−1] + a_P Q[t−1];  Q[t] = β Q[t−1] + a_Q s[t]
template <class S> struct MembraneTrace {
  S alpha, beta;
  bool normalised = true;
  S p = 0, q = 0;
  S step(S s) {
    const S old_q = q;
    q = beta * q + (normalised ? 1 - beta : S(1)) * s;
    p = alpha * p + (normalised ? 1 - alpha : S(1)) * old_q;
    return p;
  }
};

/// x[t] = Σ_m h_m s[t−m]
template <class S> struct FirTrace {
  std::vector<S> kernel, past{};
  S step(S s) {
    past.insert(past.begin(), s);
    S x = 0;
    for (std::size_t m = 0; m < kernel.size() && m < past.size(); ++m) x += kernel[m] * past[m];
    return x;
  }
};

/// Values of `trace` after one spike at step 0, for one neuron and one sample.
template <class T> auto impulse_response(const T& trace, int steps) {
  using S = typename T::Scalar;
  auto state = trace.zero_state(neohebb::Extent{1}, neohebb::Extent{1});
  std::vector<S> response;
  for (int t = 0; t < steps; ++t) {
    trace.step(state, neohebb::Matrix<S>::Constant(1, 1, S(t == 0)));
    response.push_back(trace.value(state)(0, 0));
  }
  return response;
}
/// What a constant input of 1 leads to.
template <class T> double steady_state(const T& trace, int steps = 3000) {
  using S = typename T::Scalar;
  auto state = trace.zero_state(neohebb::Extent{1}, neohebb::Extent{1});
  for (int t = 0; t < steps; ++t) trace.step(state, neohebb::Matrix<S>::Ones(1, 1));
  return static_cast<double>(trace.value(state)(0, 0));
}

}  // namespace reference
