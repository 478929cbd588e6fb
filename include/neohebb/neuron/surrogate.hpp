// Surrogates: what stands for the derivative of the step Θ where a rule needs one.
#pragma once
#include <cmath>
#include <concepts>
#include <limits>
#include <neohebb/neuron/spike_function.hpp>
#include <neohebb/trace/decay.hpp>
#include <numbers>

namespace neohebb {

/// u → σ'(u): a smooth bump around the threshold (u = 0) in place of the derivative of a step, which is zero
/// almost everywhere. One whose `activation(u)` is the σ it derives can also be read out as a smooth
/// activity. [Neftci, Mostafa, Zenke 2019] A complete one of your own:
///
///     struct Cusp {
///       float steepness = 2;
///       float operator()(float u) const { return std::exp(-steepness * std::abs(u)); }
///     };
template <class F, class S>
concept Surrogate = requires(const F f, S u) {
  { f(u) } -> std::convertible_to<S>;  // S operator()(S u) const
};

/// psi = σ'(potential − threshold), entry by entry, of two matrices of one shape. threshold: a number, or one
/// for each row.
template <class F>
void surrogates(const F& surrogate, const auto& potential, const auto& threshold, auto& psi) {
  using S = typename std::decay_t<decltype(psi)>::Scalar;
  const F derivative = surrogate;  // a copy, which stores below cannot change: compilers make vectors of this
  const S* const __restrict u = potential.data();
  S* const __restrict out = psi.data();
  if constexpr (requires { threshold.size(); }) {
    const Eigen::Index rows = psi.rows();
    const S* const each = threshold.data();
    for (Eigen::Index b = 0; b < psi.cols(); ++b)
      for (Eigen::Index i = 0; i < rows; ++i) out[b * rows + i] = derivative(u[b * rows + i] - each[i]);
  } else {
    const S level = threshold;
    for (Eigen::Index i = 0, n = psi.size(); i < n; ++i) out[i] = derivative(u[i] - level);
  }
}

// Every surrogate below: operator()(u) = σ'(u), activation(u) = σ(u) with σ(0) = ½ and dσ/du = σ'.
// u: potential, 0 = threshold.

/// σ'(u) = (1 + k|u|)⁻², σ(u) = ½ + u/(1 + k|u|). [Zenke & Ganguli 2018; DECOLLE with k = 10]
/// Layers throw std::invalid_argument for a k that is not positive.
template <class S> struct FastSigmoid {
  S steepness = 10;  // k > 0
  void validate() const {
    NEOHEBB_REQUIRE(is_number(steepness) && steepness > 0, "FastSigmoid.steepness is ", steepness,
                    ", must be positive");
  }
  S operator()(S u) const {
    const S d = 1 + steepness * std::abs(u);
    return 1 / (d * d);
  }
  S activation(S u) const { return S(0.5) + u / (1 + steepness * std::abs(u)); }
};

/// σ'(u) = 1 for −½ < u ≤ ½, else 0; σ(u) = u + ½ between 0 and 1. Zero almost everywhere: most of δ
/// vanishes.
template <class S> struct Boxcar {
  S operator()(S u) const { return S((u > S(-0.5)) & (u <= S(0.5))); }  // no branch
  S activation(S u) const { return u < S(-0.5) ? S(0) : u > S(0.5) ? S(1) : u + S(0.5); }
};

/// σ'(u) = k σ(ku)(1 − σ(ku)), σ the logistic function.
/// Layers throw std::invalid_argument for a k that is not positive.
template <class S> struct Logistic {
  S steepness = 1;  // k > 0
  void validate() const {
    NEOHEBB_REQUIRE(is_number(steepness) && steepness > 0, "Logistic.steepness is ", steepness,
                    ", must be positive");
  }
  S operator()(S u) const {
    const S a = activation(u);
    return steepness * a * (1 - a);
  }
  S activation(S u) const { return logistic(steepness * u); }
};

/// σ'(u) = max(0, 1 − |u|).
template <class S> struct Triangle {
  S operator()(S u) const { return std::max(S(0), 1 - std::abs(u)); }
  S activation(S u) const {
    const S v = std::min(S(1), std::max(S(-1), u));
    return S(0.5) + v - S(0.5) * v * std::abs(v);
  }
};

/// σ'(u) = k / (π (1 + k²u²)), σ(u) = ½ + arctan(ku)/π.
/// Layers throw std::invalid_argument for a k that is not positive.
template <class S> struct Arctan {
  S steepness = S(std::numbers::pi);  // k > 0; σ'(0) = 1
  void validate() const {
    NEOHEBB_REQUIRE(is_number(steepness) && steepness > 0, "Arctan.steepness is ", steepness,
                    ", must be positive");
  }
  S operator()(S u) const {
    const S x = steepness * u;
    return steepness / (S(std::numbers::pi) * (1 + x * x));
  }
  S activation(S u) const { return S(0.5) + std::atan(steepness * u) / S(std::numbers::pi); }
};

/// σ'(u) = k exp(−2k|u|), whose area is 1 and whose σ is its integral.
/// Layers throw std::invalid_argument for a k that is not positive.
template <class S> struct TwoSidedExponential {
  S steepness = S(0.5);  // k > 0: exp(−|u|)/2
  void validate() const {
    NEOHEBB_REQUIRE(is_number(steepness) && steepness > 0, "TwoSidedExponential.steepness is ", steepness,
                    ", must be positive");
  }
  S operator()(S u) const { return steepness * std::exp(-2 * steepness * std::abs(u)); }
  S activation(S u) const {
    const S tail = S(0.5) * std::exp(-2 * steepness * std::abs(u));
    return u < 0 ? tail : 1 - tail;
  }
};

/// Any of these, given by its peak and its width as e-prop's papers have them: σ'(u) = height · f(u/width) /
/// f(0). [Bellec and others 2020: height γ/θ, width θ] With Triangle: height · max(0, 1 − |u|/width); with
/// TwoSidedExponential: height · exp(−|u|/width); with FastSigmoid{1}: height · (1 + |u|/width)⁻²; with
/// Arctan{1}: height/(1 + (u/width)²).
/// Layers throw std::invalid_argument for a height or width that is not positive.
template <class S, class F = Triangle<S>> struct Peaked {
  S height = S(0.3);  // > 0
  S width = 1;        // > 0
  F shape{};
  void validate() const {
    NEOHEBB_REQUIRE(is_number(height) && height > 0, "Peaked.height is ", height, ", must be positive");
    NEOHEBB_REQUIRE(is_number(width) && width > 0, "Peaked.width is ", width, ", must be positive");
    if constexpr (requires { shape.validate(); }) shape.validate();
  }
  S operator()(S u) const { return height / shape(S(0)) * shape(u / width); }
};

/// Any of these, larger by a factor, and zero far below the threshold: σ'(u) = scale · f(u) where u ≥ below.
/// [Zenke & Ganguli 2018 cut off neurons 30 mV below the threshold; their σ' is FastSigmoid's times its
/// steepness]
/// Layers throw std::invalid_argument for a scale that is not positive, and a `below` that is NaN.
template <class S, class F = FastSigmoid<S>> struct CutOff {
  F shape{};
  S scale = 1;                                     // > 0
  S below = std::numeric_limits<S>::lowest() / 4;  // in units of the potential
  void validate() const {
    NEOHEBB_REQUIRE(is_number(scale) && scale > 0, "CutOff.scale is ", scale, ", must be positive");
    NEOHEBB_REQUIRE(!is_nan(below), "CutOff.below is nan");
    if constexpr (requires { shape.validate(); }) shape.validate();
  }
  S operator()(S u) const { return choose(u >= below, scale * shape(u), S(0)); }
};

/// σ'(u) = 1: rules that ask for no surrogate.
template <class S> struct NoSurrogate {
  S operator()(S) const { return 1; }
};

/// σ'(u) = exp(−u²/2w²) / (w √2π), σ its integral (the normal distribution function).
/// Layers throw std::invalid_argument for a w that is not positive.
template <class S> struct Gaussian {
  S width = S(0.4);  // w > 0; σ'(0) ≈ 1
  void validate() const {
    NEOHEBB_REQUIRE(is_number(width) && width > 0, "Gaussian.width is ", width, ", must be positive");
  }
  S operator()(S u) const {
    const S x = u / width;
    return std::exp(-x * x / 2) * S(std::numbers::inv_sqrtpi / std::numbers::sqrt2) / width;
  }
  S activation(S u) const { return S(0.5) * std::erfc(-u / (width * S(std::numbers::sqrt2))); }
};

}  // namespace neohebb
