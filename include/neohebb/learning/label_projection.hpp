// A learning signal that needs no readout: the label itself.
#pragma once
#include <neohebb/learning/learning_signal.hpp>

namespace neohebb {

/// Every neuron receives the label through fixed random weights, in the steps that have one:
///
///     L = −F y* / samples,   F ~ N(0, 1)·scale, units × classes
///
/// the gradient by the spikes of E = −(F y*)ᵀ S / samples, which is the loss that `credit` returns. With
/// Eprop's eligibility and a label now and then it is ETLP. [Quintana and others 2024, doi
/// 10.1088/2634-4386/ad6733]
///
///   parameter   default   meaning
///   classes     —         rows of the target
///   scale       0         0: 1/√units
///
/// initial_weights throws std::invalid_argument without classes, and for a scale that is not finite.
template <class S, int Classes = Dynamic> struct LabelProjection {
  using Scalar = S;
  Extent<Classes> classes{};
  S scale = 0;

  void validate() const {
    check_positive("LabelProjection.classes", Index(classes));
    NEOHEBB_REQUIRE(is_finite(scale), "LabelProjection.scale is ", scale, ", must be finite");
  }
  template <int Units> struct Weights {
    Matrix<S, Units, Classes> projection;  // F
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto& self, auto&& visit) { visit("projection", self.projection); }
  };
  template <int Units> Weights<Units> initial_weights(Extent<Units> units, Generator generator) const {
    validate();
    Weights<Units> w{zeros<S>(units, classes)};
    generator.normal(w.projection);
    w.projection *= scale != 0 ? scale : 1 / std::sqrt(static_cast<S>(Index(units)));
    return w;
  }
  struct State {
    static void fields(auto&, auto&&) {}
  };
  State zero_state(const auto& /*units*/, const auto& /*batch*/) const { return {}; }
  Index targets(Index /*units*/) const { return classes; }

  /// target: classes × batch, or NoTarget. Throws std::invalid_argument for another shape, and for NaN and
  /// infinity.
  S operator()(const auto& weights, State&, const auto& target, const auto& population, auto& signal) const {
    if constexpr (is_no_target<decltype(target)>) {
      signal.setZero();
      return 0;
    } else {
      check_shape("LabelProjection target", target, Index(classes), signal.cols());
      check_shape("LabelProjection weights", weights.projection, signal.rows(), Index(classes));
      check_finite("LabelProjection target", target);
      signal.noalias() = weights.projection.lazyProduct(target);
      signal *= -population.share / static_cast<S>(signal.cols());
      S loss = 0;
      for (Index b = 0; b < signal.cols(); ++b)
        for (const auto i : population.state.spikes.active(b)) loss += signal(i, b);
      return loss;
    }
  }
};

}  // namespace neohebb
