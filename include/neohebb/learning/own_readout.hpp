// The learning signal of layers that judge themselves: a fixed random readout of their own, and its loss.
#pragma once
#include <neohebb/learning/learning_signal.hpp>
#include <neohebb/learning/loss.hpp>
#include <neohebb/learning/readout.hpp>

namespace neohebb {

/// The gradient of a loss of the layer's own, through a readout that is drawn at random and never learns:
///
///     Y = G A + c,  A = S or σ(U)       classes × batch, after every step
///     E = loss(Y, Ŷ),  L = Gᵀ ∂E/∂Y     units × batch; ∂A/∂U is the surrogate, which is the eligibility's
///
/// [Kaiser, Mostafa, Neftci 2020, doi 10.3389/fnins.2020.00424] Of pooled neurons it sees what the pooling
/// shows. Throws std::invalid_argument for parameters without sense, for targets of another shape, and for
/// such with NaN or infinity.
///
///   parameter   default       meaning
///   classes     —             rows of the readout and of the target
///   loss        SmoothL1      any Loss
///   reads       ReadsSpikes   or ReadsActivation
///   scale       0.5           ℓ: G, c ~ Uniform(−ℓ/√units, ℓ/√units)
///   dropout     0             probability that a unit is hidden from G while learning (inverted, a new mask
///                             each step)
template <class S, int Classes = Dynamic, Loss<S> F = SmoothL1<S>, class Reads = ReadsSpikes>
struct OwnReadout {
  using Scalar = S;
  static constexpr bool observes = true, brings_surrogate = true, of_the_step = true;  // see LearningSignal
  Extent<Classes> classes{};
  F loss{};
  Reads reads{};
  S scale = S(0.5);
  S dropout = 0;

  void validate() const {
    check_positive("OwnReadout.classes", Index(classes));
    validate_if_possible(loss);
    NEOHEBB_REQUIRE(is_number(scale) && scale > 0, "OwnReadout.scale is ", scale, ", must be positive");
    NEOHEBB_REQUIRE(is_number(dropout) && dropout >= 0 && dropout < 1, "OwnReadout.dropout is ", dropout,
                    ", must be in [0, 1)");
  }
  template <int Units>
  Readout<S, Classes, Units> initial_weights(Extent<Units> units, const Generator& generator) const {
    validate();
    return random_readout(classes, units, scale, generator);
  }
  template <int Units, int B> struct State {
    Matrix<S, Units, B> activity, kept;  // activity: A; kept: dropout's mask, empty when there is none
    /// output: Y; output_error: ∂E/∂Y; output_learning: scratch
    Matrix<S, Classes, B> output, output_error, output_learning;
    Generator random;  // dropout's
    static void fields(auto& self, auto&& visit) {
      visit("output", self.output);
      visit("random", self.random);
    }
  };
  template <int Units, int B>
  State<Units, B> zero_state(Extent<Units> units, Extent<B> batch, const Generator& generator = {}) const {
    validate();
    State<Units, B> s{zeros<S>(units, batch),   {},       zeros<S>(classes, batch), zeros<S>(classes, batch),
                      zeros<S>(classes, batch), generator};
    if (dropout > 0) s.kept = zeros<S>(units, batch);
    return s;
  }
  void reseed(auto& state, const Generator& generator) const { state.random = generator; }
  Index targets(Index /*units*/) const { return classes; }
  /// Y of the last step, classes × batch (never dropped out).
  const auto& output(const auto& state) const { return state.output; }

  void observe(const auto& w, auto& state, const auto& population) const {
    w(read(state, population), state.activity, state.output);  // Y = G A + c
  }
  /// target: classes × batch, or NoTarget. Returns E.
  S operator()(const auto& w, auto& state, const auto& target, const auto& population, auto& signal) const {
    return judge(w, state, target, population, signal,
                 [&] { w.transposed(state.output_error, signal); });  // L = Gᵀ ∂E/∂Y
  }
  /// The same with the surrogate in the same sweep: δ = L ∘ σ'(U).
  S gated(const auto& w, auto& state, const auto& target, const auto& population, auto& delta) const {
    return judge(w, state, target, population, delta, [&] {
      w.transposed(state.output_error, population.state.potential, population.surrogate, delta);
    });
  }

 private:
  const auto& read(auto& state, const auto& population) const {
    return reads(population.state.potential, population.state.spikes, population.surrogate, state.activity);
  }
  S judge(const auto& w, auto& state, const auto& target, const auto& population, auto& signal,
          auto&& through_readout) const {
    if constexpr (is_no_target<decltype(target)>) {
      signal.setZero();
      return 0;
    } else {
      check_shape("OwnReadout target", target, state.output.rows(), state.output.cols());
      check_finite("OwnReadout target", target);
      const S share = population.share;
      const auto& y = learning_output(w, state, population, signal);
      const S value = share * loss(y, target, state.output_error);  // ∂E/∂Y
      if (share != 1) state.output_error *= share;
      through_readout();
      if (dropout > 0) signal.array() *= state.kept.array();
      return value;
    }
  }
  /// Y as the loss sees it: with a fresh mask between A and G where there is dropout. scratch: units × batch.
  const auto& learning_output(const auto& w, auto& state, const auto& population, auto& scratch) const {
    if (dropout == 0) return state.output;
    const auto threshold = static_cast<std::uint32_t>(static_cast<double>(dropout) * 4294967296.0);
    const S gain = 1 / (1 - dropout);
    for (Index b = 0; b < state.kept.cols(); ++b) {
      auto column = state.kept.col(b);
      state.random.bits(b, column.size(),
                        [&](Index i, std::uint32_t u) { column(i) = u < threshold ? S(0) : gain; });
    }
    ++state.random.step;
    const auto& activity = read(state, population);
    if constexpr (requires { activity.dense(); })
      scratch = activity.dense().cwiseProduct(state.kept);
    else
      scratch = activity.cwiseProduct(state.kept);
    w(scratch, state.output_learning);
    return state.output_learning;
  }
};

}  // namespace neohebb
