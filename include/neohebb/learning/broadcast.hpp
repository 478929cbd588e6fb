// Learning signals that come from elsewhere: the error of a network's readout, sent to all neurons.
#pragma once
#include <neohebb/core/random.hpp>
#include <neohebb/core/types.hpp>

namespace neohebb {

/// How an error reaches neurons: through F, units × outputs.
enum class Feedback {
  symmetric,  // F = Wᵀ, W the readout's weights as they are now
  random,     // F ~ N(0, 1)·scale, fixed
  uniform,    // F = scale
  adaptive    // F begins as random and moves as Wᵀ does
};

/// What a readout sends: its error ∂E/∂y, outputs × batch, and its weights, outputs × units.
template <class Error, class Readout> struct ReadoutError {
  const Error& error;
  const Readout& readout;
};
template <class Error, class Readout>
ReadoutError(const Error&, const Readout&) -> ReadoutError<Error, Readout>;

/// L = F ∂E/∂y: every neuron hears of every output. [Bellec and others 2020; Lillicrap and others 2016]
///
///   parameter   default              meaning
///   outputs     —                    of the readout
///   feedback    Feedback::symmetric
///   scale       0                    of random and uniform F; 0: 1/√units
template <class S, int Outputs = Dynamic> struct Broadcast {
  using Scalar = S;
  static constexpr bool broadcast = true;
  Extent<Outputs> outputs{};
  Feedback feedback = Feedback::symmetric;
  S scale = 0;

  void validate() const {
    check_positive("Broadcast.outputs", Index(outputs));
    NEOHEBB_REQUIRE(is_finite(scale), "Broadcast.scale is ", scale, ", must be finite");
  }
  /// feedback: F; of adaptive feedback F − Wᵀ, which stands still; none where it is symmetric.
  template <int Units> struct Weights {
    Matrix<S, Units, Outputs> feedback;
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto& self, auto&& visit) { visit("feedback", self.feedback); }
  };
  template <int Units> Weights<Units> initial_weights(Extent<Units> units, Generator generator) const {
    validate();
    if (feedback == Feedback::symmetric) return {};
    Weights<Units> w{zeros<S>(units, outputs)};
    const S size = scale != 0 ? scale : 1 / std::sqrt(static_cast<S>(Index(units)));
    w.feedback.setConstant(size);
    if (feedback != Feedback::uniform) {
      generator.normal(w.feedback);
      w.feedback *= size;
    }
    return w;
  }
  /// Once the readout's weights are there: random F that is to move with them.
  void meet(auto& weights, const auto& readout) const {
    if (feedback == Feedback::adaptive) weights.feedback -= readout.transpose();
  }
  /// Throws std::invalid_argument for errors and readouts of other shapes.
  void operator()(const auto& weights, const auto& from, auto& signal) const {
    const auto& [error, readout] = from;
    check_shape("Broadcast: an error", error, Index(outputs), signal.cols());
    const bool random = feedback == Feedback::random || feedback == Feedback::uniform;
    if (!random) check_shape("Broadcast: a readout's weights", readout, Index(outputs), signal.rows());
    if (feedback != Feedback::symmetric) {
      check_shape("Broadcast: feedback weights", weights.feedback, signal.rows(), Index(outputs));
      signal.noalias() = weights.feedback.lazyProduct(error);
      if (feedback == Feedback::adaptive) signal.noalias() += readout.transpose().lazyProduct(error);
    } else {
      signal.noalias() = readout.transpose().lazyProduct(error);
    }
  }
};

}  // namespace neohebb
