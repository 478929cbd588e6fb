// From time constants to decays, and the leaky recursion that every exponential kernel is made of.
#pragma once
#include <bit>
#include <cmath>
#include <limits>
#include <neohebb/core/random.hpp>
#include <neohebb/core/types.hpp>

namespace neohebb {

/// exp(−Δt/τ): the exact decay of a sampled exponential. τ and Δt in the same unit, both positive.
/// Throws std::invalid_argument otherwise.
template <class S> S decay_from_time_constant(const S& time_constant, const S& dt) {
  NEOHEBB_REQUIRE(is_number(time_constant) && is_number(dt) && time_constant > 0 && dt > 0,
                  "decay_from_time_constant(", time_constant, ", ", dt,
                  "): time constant and time step must be positive and in the same unit");
  return std::exp(-dt / time_constant);
}

/// 1 − Δt/τ: the Euler form that some programs use (SuperSpike's). It differs from the exact one by
/// (Δt/τ)²/2. Throws std::invalid_argument unless 0 < Δt ≤ τ.
template <class S> S euler_decay_from_time_constant(const S& time_constant, const S& dt) {
  NEOHEBB_REQUIRE(is_number(time_constant) && is_number(dt) && dt > 0 && time_constant >= dt,
                  "euler_decay_from_time_constant(", time_constant, ", ", dt,
                  "): the time constant must be at least the time step, and that positive");
  return 1 - dt / time_constant;
}

/// One decay per neuron from one time constant per neuron (rows × 1).
template <class S, int R> Vector<S, R> decay_from_time_constant(const Vector<S, R>& time_constants, S dt) {
  return time_constants.unaryExpr([dt](S tau) { return decay_from_time_constant(tau, dt); });
}

/// Decays of neurons whose time constants are drawn uniformly from τ·[1 − spread, 1 + spread]. 0 ≤ spread
/// < 1; throws std::invalid_argument otherwise.
template <class S, int R>
Vector<S, R> random_decays(Extent<R> neurons, S time_constant, S spread, S dt, Generator generator) {
  NEOHEBB_REQUIRE(is_number(spread) && spread >= 0 && spread < 1, "random_decays: spread is ", spread,
                  ", must be in [0, 1)");
  Vector<S, R> tau = zeros<S>(neurons, Extent<1>{});
  generator.uniform(tau);
  tau = (time_constant * (S(1) + spread * (S(2) * tau.array() - S(1)))).matrix();
  return decay_from_time_constant(tau, dt);
}

/// A coefficient that every neuron shares (a scalar), or one per neuron (a column).
template <class D, class S>
concept Coefficient = std::same_as<D, S> ||(std::same_as<typename D::Scalar, S>&& D::ColsAtCompileTime == 1);

/// Whether one number stands for all neurons.
template <class D> inline constexpr bool shared_by_all = std::is_arithmetic_v<D>;

/// The default of a scalar decay; per-neuron decays have none and must be given.
template <class D> D default_decay(auto decay) {
  if constexpr (shared_by_all<D>)
    return static_cast<D>(decay);
  else
    return {};
}

/// Decays are refused outside [0, 1], and NaN.
template <class D> void check_decay(const char* what, const D& decay) {
  const auto check = [&](const auto& d) {
    NEOHEBB_REQUIRE(is_number(d) && d >= 0 && d <= 1, what, " is ", d,
                    ", must be from 0 to 1; decay_from_time_constant(tau, dt) makes it from a time constant");
  };
  if constexpr (shared_by_all<D>) {
    check(decay);
  } else {
    NEOHEBB_REQUIRE(decay.size() > 0, what, " is empty, must hold one decay per neuron");
    for (Index i = 0; i < decay.size(); ++i) check(decay(i));
  }
}

/// Per-neuron decays must fit the population.
template <class D> void check_decay_rows(const char* what, const D& decay, Index rows) {
  if constexpr (!shared_by_all<D>)
    NEOHEBB_REQUIRE(decay.size() == rows, what, " holds ", decay.size(), " decays, the population has ", rows,
                    " neurons; use a scalar decay if all share it");
}

/// x, or 0 where x has decayed to nearly nothing (1e-31 in float): a neuron that is silent for long would
/// leave subnormal numbers in its traces, with which processors take some hundred times longer.
template <class S> S unless_vanishing(S x) {
  constexpr S tiny = std::numeric_limits<S>::min() / std::numeric_limits<S>::epsilon();
  return std::abs(x) < tiny ? S(0) : x;
}

/// first ? a : b, by their bits: compilers make vectors of loops with this, where a branch around arithmetic
/// stops them.
template <class S> S choose(bool first, S a, S b) {
  using Bits = detail::Bits<S>;
  const Bits mask = Bits(0) - Bits(first);
  return std::bit_cast<S>(
      static_cast<Bits>((std::bit_cast<Bits>(a) & mask) | (std::bit_cast<Bits>(b) & ~mask)));
}

/// What has decayed to this part of its largest is left out of sums: far below rounding.
template <class S> inline constexpr S negligible = std::numeric_limits<S>::epsilon() / 64;

/// x ← d x + a·input with a = 1 − d (normalised) or a = 1.   x, input: rows × batch; d: scalar or rows × 1.
template <class D> void leak(auto&& x, const D& decay, bool normalised, const auto& input) {
  if constexpr (shared_by_all<D>) {
    // One pointer to x in place of an expression with x on both sides: compilers see that nothing overlaps.
    const simd::Evaluator<decltype(input)> in(input);
    const D d = decay, a = normalised ? 1 - decay : D(1);
    for (Index b = 0, rows = x.rows(); b < x.cols(); ++b) {
      D* const __restrict column = detail::column_of(x, b);
      for (Index i = 0; i < rows; ++i) column[i] = unless_vanishing(d * column[i] + a * in.coeff(i, b));
    }
  } else {
    for (Index b = 0; b < x.cols(); ++b) {
      if (normalised)
        x.col(b) = input.col(b) + decay.cwiseProduct(x.col(b) - input.col(b));
      else
        x.col(b) = decay.cwiseProduct(x.col(b)) + input.col(b);
    }
    x = x.unaryExpr([](auto value) { return unless_vanishing(value); });
  }
}

}  // namespace neohebb
