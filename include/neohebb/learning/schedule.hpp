// Learning-rate schedules: functions of the progress, a number of epochs, minibatches or steps as the caller
// counts them. Calling one throws std::invalid_argument for parameters that validate() refuses and for a
// progress that is NaN.
#pragma once
#include <cmath>
#include <neohebb/core/types.hpp>
#include <numbers>

namespace neohebb {

namespace detail {

/// A rate that is NaN reaches every weight at the next update.
void check_schedule(const char* what, auto parameter) {
  NEOHEBB_REQUIRE(is_finite(parameter) && parameter >= 0, what, " is ", parameter,
                  ", must be finite and not negative");
}
inline void check_progress(double t) {
  NEOHEBB_REQUIRE(!is_nan(t), "the progress given to a schedule is nan, must be a number");
}

}  // namespace detail

/// A rate that stays: rate(t) = initial.
/// Throws std::invalid_argument for a rate that is negative or not finite.
template <class S> struct ConstantRate {
  S initial = S(1e-3);
  void validate() const { detail::check_schedule("ConstantRate.initial", initial); }
  S operator()(double) const {
    validate();
    return initial;
  }
};

/// A rate that falls in a line: rate(t) = initial + (final − initial)·t/length, final from t = length on.
/// Throws std::invalid_argument for rates below 0 or not finite, length ≤ 0, and a t that is NaN.
template <class S> struct LinearDecay {
  S initial = S(1e-3);
  S final = 0;
  double length = 1;  // > 0, in units of t
  void validate() const {
    detail::check_schedule("LinearDecay.initial", initial);
    detail::check_schedule("LinearDecay.final", final);
    NEOHEBB_REQUIRE(is_number(length) && length > 0, "LinearDecay.length is ", length, ", must be positive");
  }
  S operator()(double t) const {
    validate();
    detail::check_progress(t);
    const S done = static_cast<S>(std::min(1.0, std::max(0.0, t / length)));
    return initial + (final - initial) * done;
  }
};

/// A rate that falls as half a cosine: rate(t) = final + (initial − final)·(1 + cos(π t/length))/2, final
/// from t = length on.
/// Throws std::invalid_argument for rates below 0 or not finite, length ≤ 0, and a t that is NaN.
template <class S> struct CosineDecay {
  S initial = S(1e-3);
  S final = 0;
  double length = 1;  // > 0
  void validate() const {
    detail::check_schedule("CosineDecay.initial", initial);
    detail::check_schedule("CosineDecay.final", final);
    NEOHEBB_REQUIRE(is_number(length) && length > 0, "CosineDecay.length is ", length, ", must be positive");
  }
  S operator()(double t) const {
    validate();
    detail::check_progress(t);
    const double done = std::min(1.0, std::max(0.0, t / length));
    return final + (initial - final) * static_cast<S>((1 + std::cos(std::numbers::pi * done)) / 2);
  }
};

/// A rate that falls in stairs: rate(t) = initial · factor^⌊t/every⌋ (DECOLLE on DVS Gesture: every 30
/// epochs).
/// Throws std::invalid_argument for numbers below 0 or not finite, every ≤ 0, and a t that is NaN.
template <class S> struct StepDecay {
  S initial = S(1e-3);
  S factor = S(0.2);  // from one stair to the next
  double every = 30;  // > 0
  void validate() const {
    detail::check_schedule("StepDecay.initial", initial);
    detail::check_schedule("StepDecay.factor", factor);
    NEOHEBB_REQUIRE(is_number(every) && every > 0, "StepDecay.every is ", every, ", must be positive");
  }
  S operator()(double t) const {
    validate();
    detail::check_progress(t);
    return initial * static_cast<S>(std::pow(static_cast<double>(factor), std::floor(t / every)));
  }
};

}  // namespace neohebb
