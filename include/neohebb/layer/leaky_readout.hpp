#pragma once
#include <neohebb/layer/plastic.hpp>
#include <neohebb/learning/loss.hpp>
#include <neohebb/trace/pulses.hpp>

namespace neohebb {

/// The last layer of a network that is taught by its outputs: leaky neurons that do not spike. Layers
/// below with a Broadcast signal receive its error.
///
///     y ← κ y + a (W S_in + b)         outputs × batch; κ, a: the projection's trace, Pulses
///     E = loss(y, ŷ)                   for every step with a target
///     ΔW = −rate·Σ_t (∂E/∂y)[t] S̄[t]ᵀ  S̄: the spikes' trace with κ
///
/// [Bellec and others 2020, doi 10.1038/s41467-020-17236-y] Throws std::invalid_argument for parameters
/// without sense, for spikes and targets of another shape, and for targets with NaN or infinity.
///
///   parameter     default     meaning
///   projection    —           Dense or EventDriven of Pulses
///   loss          HalfSquare  CrossEntropy for classes, any Loss
///   error_scale   1           multiplies E: one over the steps that have a target makes a mean over them
template <Projection P, Loss<typename P::Scalar> L = HalfSquare<typename P::Scalar>> struct LeakyReadout {
  using Scalar = typename P::Scalar;
  static_assert(arrives_as_pulse<decltype(innermost(std::declval<const P&>()).trace)> && !P::recurrent,
                "neohebb: LeakyReadout leaks by itself: its projection is Dense or EventDriven of Pulses, "
                "not recurrent");
  /// Whether a step without a target is one, too.
  static constexpr bool takes_no_target = true;
  static constexpr int Out = extent_of<decltype(std::declval<const P&>().outputs())>;
  P projection{};
  L loss{};
  Scalar error_scale = 1;

  void validate() const {
    projection.validate();
    validate_if_possible(loss);
    NEOHEBB_REQUIRE(is_finite(error_scale) && error_scale > 0, "LeakyReadout.error_scale is ", error_scale,
                    ", must be positive");
  }
  auto inputs() const { return projection.inputs(); }
  auto units() const { return projection.outputs(); }

  struct Weights {
    typename P::Weights projection;
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto& self, auto&& visit) { visit("projection", self.projection); }
  };
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    validate();
    return {projection.initial_weights(initialisation, generator.substream(0))};
  }

  template <int B> struct State {
    typename P::template State<B> projection;
    /// drive: Σ W S; output: y; error: ∂E/∂y, all outputs × batch
    Matrix<Scalar, Out, B> drive, output, error;
    Spikes<Scalar, Out, B> spikes;  // none
    Scalar loss = 0;                // of the step credited last
    static void fields(auto& self, auto&& visit) {
      visit("projection", self.projection);
      visit("output", self.output);
      visit("error", self.error);
      visit("loss", self.loss);
    }
  };
  template <int B> State<B> zero_state(Extent<B> batch, const Generator& = {}) const {
    validate();
    const auto n = units();
    return {projection.zero_state(batch),
            zeros<Scalar>(n, batch),
            zeros<Scalar>(n, batch),
            zeros<Scalar>(n, batch),
            {n, batch}};
  }
  template <int B> auto zero_credit(Extent<B> batch, Index window) const {
    return projection.zero_credit(batch, window);
  }
  template <Optimizer O> auto learner(const O& optimizer) const { return projection.learner(optimizer); }

  const auto& spikes(const auto& state) const { return state.spikes; }
  /// y of the last step.
  const auto& output(const auto& state) const { return state.output; }
  /// What layers below receive: the error of the step credited last, and the weights.
  auto readout_error(const Weights& w, const auto& state) const {
    return ReadoutError{state.error, projection.weight(w.projection)};
  }

  void step(const Weights& w, auto& s, const auto& in) const {
    check_shape("LeakyReadout input", in.dense(), Index(inputs()), s.drive.cols());
    projection.step(w.projection, s.projection, in, s.drive);
    s.output = (innermost(projection).trace.decay * s.output + s.drive).unaryExpr([](Scalar y) {
      return unless_vanishing(y);
    });
  }
  /// Number of outputs of which the largest counts.
  Index answers() const { return units(); }
  /// Whether `credit` needs the whole batch's firing rate.
  bool needs_batch_rate() const { return false; }
  Scalar of_batch(const auto&) const { return 0; }
  /// target: outputs × batch, or NoTarget. Returns E of this step (also left in state.loss). share: of the
  /// batch, where the state holds a chunk of it.
  Scalar credit(const Weights& w, auto& s, const auto& target, auto& credit, Scalar share = 1,
                Scalar = 0) const {
    if constexpr (is_no_target<decltype(target)>) {
      s.error.setZero();
      s.loss = 0;
    } else {
      check_shape("LeakyReadout target", target, s.output.rows(), s.output.cols());
      check_finite("LeakyReadout target", target);
      s.loss = error_scale * share * loss(s.output, target, s.error);
      if (error_scale * share != 1) s.error *= error_scale * share;
    }
    projection.credit(w.projection, s.projection, s.error, credit);
    return s.loss;
  }
  void update(Weights& w, auto& s, auto& credit, auto& learner) const {
    projection.update(w.projection, s.projection, credit, learner);
  }
  void prepare_update(const Weights&, auto&, auto& credit) const { projection.prepare_update(credit); }
  Index parts() const { return projection.parts(); }
  void update_part(Weights& w, auto&& each_credit, auto& learner, Index part) const {
    projection.update_part(w.projection, each_credit, learner, part);
  }
  void finish_update(Weights& w, auto&& each_credit) const {
    projection.finish_update(w.projection, each_credit);
  }
};

}  // namespace neohebb
