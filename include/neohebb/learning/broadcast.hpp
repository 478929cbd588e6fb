// Learning signals that come from elsewhere: the error of a network's readout, sent to all neurons.
#pragma once
#include <neohebb/learning/learning_signal.hpp>
#include <neohebb/learning/ring.hpp>

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
  const Error& error;      // outputs × batch
  const Readout& readout;  // outputs × units
};
/// Types are those of its arguments.
template <class Error, class Readout>
ReadoutError(const Error&, const Readout&) -> ReadoutError<Error, Readout>;

/// In place of a ReadoutError that another process has. It comes before it is used, within Broadcast.delay
/// steps, and is then put where Broadcast keeps the errors of the last steps (RankGrid does so).
struct LateError {};
namespace detail {
template <class A> inline constexpr bool is_late_error = std::same_as<std::decay_t<A>, LateError>;
}  // namespace detail

/// Every neuron receives every output's error, D steps later. [Bellec et al. 2020; Lillicrap et al. 2016]
///
///     L_j(t) = Σ_k F_jk e_k(t − D),   e = ∂E/∂y; 0 in steps without a target, and before the first
///
/// F that moves with the readout's weights is that of step t − D.
///
///   parameter   default              meaning
///   outputs     —                    of the readout
///   feedback    Feedback::symmetric  where F comes from
///   scale       0                    of random and uniform F; 0: 1/√units
///   delay       0                    D, in credited steps, ≥ 0; 0 where the compiler knows `Outputs`: no
///                                    room for earlier errors. Ranks that share layers (RankGrid) need one
///
/// initial_weights throws std::invalid_argument for outputs < 1, delay < 0, and a scale that is not finite.
template <class S, int Outputs = Dynamic> struct Broadcast {
  using Scalar = S;
  static constexpr bool broadcast = true;
  static constexpr bool may_be_late = Outputs == Dynamic;  // whether there may be a delay
  Extent<Outputs> outputs{};
  Feedback feedback = Feedback::symmetric;
  S scale = 0;
  Index delay = 0;

  /// Whether F is constant.
  bool is_fixed() const { return feedback == Feedback::random || feedback == Feedback::uniform; }
  void validate() const {
    check_positive("Broadcast.outputs", Index(outputs));
    NEOHEBB_REQUIRE(delay >= 0, "Broadcast.delay is ", delay, " steps, must not be negative");
    NEOHEBB_REQUIRE(
        may_be_late || delay == 0, "Broadcast.delay is ", delay,
        " steps, but where outputs are known to the compiler there is no room for earlier errors; "
        "take Dynamic ones");
    NEOHEBB_REQUIRE(is_finite(scale), "Broadcast.scale is ", scale, ", must be finite");
  }
  /// feedback: F; of adaptive feedback F − Wᵀ, which is constant; none where it is symmetric.
  template <int Units> struct Weights {
    Matrix<S, Units, Outputs> feedback;  // F, units × outputs
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
  /// Once the readout's weights are there: random F that is to move with them. Throws std::invalid_argument
  /// where F = Wᵀ cannot be: symmetric and adaptive feedback is for the layer below a readout with a weight
  /// for every pair.
  void attach_readout(auto& weights, const auto& readout, Index sent, Index units) const {
    NEOHEBB_REQUIRE(sent == Index(outputs), "Broadcast.outputs is ", Index(outputs),
                    ", but the network's last layer has ", sent, " outputs");
    if (is_fixed()) return;
    NEOHEBB_REQUIRE(readout.rows() == sent,
                    "Broadcast: symmetric and adaptive feedback is for a readout with a weight "
                    "for every pair; this one keeps ",
                    readout.rows(), " x ", readout.cols(), " weights for ", sent,
                    " outputs: take Feedback::random, or a readout AllToAll");
    NEOHEBB_REQUIRE(
        readout.cols() == units,
        "Broadcast: symmetric and adaptive feedback is for the layer below the readout, which has ",
        readout.cols(), " inputs; this one has ", units, " neurons: give deeper layers Feedback::random");
    if (feedback == Feedback::adaptive) weights.feedback -= readout.transpose();
  }
  /// columns: F of errors that are mostly zero; of symmetric feedback a copy, made when weights did not move
  /// for a step. With a delay: errors of the last steps where F is fixed, and L of them where it moves.
  template <int Units, int B> struct State {
    Matrix<S, Units, Outputs> columns;
    bool copied = false;                                  // whether `columns` holds F
    detail::RingIf<may_be_late, S, Outputs, B> errors{};  // of the last steps, where F is fixed
    detail::RingIf<may_be_late, S, Units, B> signals{};   // of the last steps, where F moves
    static void fields(auto& self, auto&& visit) {        // of F nothing is saved: the copy is made again
      if constexpr (is_filled<decltype(self)>) self.copied = false;
      if constexpr (may_be_late) {
        if (!self.errors.slots.empty()) visit("errors", self.errors);
        if (!self.signals.slots.empty()) visit("signals", self.signals);
      }
    }
  };
  template <int Units, int B> State<Units, B> zero_state(Extent<Units> units, Extent<B> batch) const {
    State<Units, B> s{};
    if (!is_fixed()) s.columns = zeros<S>(units, outputs);
    if constexpr (may_be_late) {
      if (delay > 0 && is_fixed()) s.errors = {outputs, batch, delay};
      if (delay > 0 && !is_fixed()) s.signals = {units, batch, delay};
    }
    return s;
  }
  /// Throws std::invalid_argument for errors and readouts of other shapes.
  S operator()(const auto& weights, auto& state, const auto& from, const auto& population,
               auto& signal) const {
    if (population.moved) state.copied = false;
    if constexpr (may_be_late)
      if (delay > 0 && is_fixed()) {
        keep(state.errors, from, signal.cols());
        const auto none = weights.feedback.transpose();  // where F is fixed nobody looks at a readout
        return send(weights, state, ReadoutError{state.errors.oldest(), none}, signal, population.moved);
      }
    if constexpr (detail::is_late_error<decltype(from)>) {
      NEOHEBB_REQUIRE(false,
                      "Broadcast: errors that come late are for fixed feedback with a delay; this one's is ",
                      delay);
    } else {
      send(weights, state, from, signal, population.moved);
      if constexpr (may_be_late)
        if (delay > 0) {
          state.signals.advance();
          state.signals.newest() = signal;
          signal = state.signals.oldest();
        }
    }
    return 0;
  }

 private:
  /// The error of this step, if it is there, to those of the last ones.
  void keep(auto& errors, const auto& from, Index batch) const {
    if constexpr (is_no_target<decltype(from)>) {
      errors.advance();
      errors.newest().setZero();
    } else if constexpr (detail::is_late_error<decltype(from)>) {
      errors.advance();
    } else {
      check_shape("Broadcast: an error", from.error, Index(outputs), batch);
      errors.advance();
      errors.newest() = from.error;
    }
  }
  /// L = F e, at once. moved: whether weights may have changed since the step before.
  S send(const auto& weights, auto& state, const auto& from, auto& signal, bool moved) const {
    if constexpr (is_no_target<decltype(from)>) {
      signal.setZero();
    } else {
      const auto& [error, readout] = from;
      check_shape("Broadcast: an error", error, Index(outputs), signal.cols());
      const bool fixed = is_fixed();
      if (!fixed) check_shape("Broadcast: a readout's weights", readout, Index(outputs), signal.rows());
      if (feedback != Feedback::symmetric)
        check_shape("Broadcast: feedback weights", weights.feedback, signal.rows(), Index(outputs));
      if (error.size() < 16 && (error.array() == 0).all()) {  // steps without a target
        signal.setZero();
        return 0;
      }
      if (const Index nonzero = count(error); error.size() >= 16 && 4 * nonzero <= error.size()) {
        if (!fixed && !state.copied && !moved) copy(weights, readout, state);
        if (fixed || state.copied) {
          add_columns(fixed ? weights.feedback : state.columns, error, nonzero, signal);
          return 0;
        }
      }
      if (feedback != Feedback::symmetric) {
        signal.noalias() = weights.feedback.lazyProduct(error);
        if (feedback == Feedback::adaptive) signal.noalias() += readout.transpose().lazyProduct(error);
      } else {
        signal.noalias() = readout.transpose().lazyProduct(error);
      }
    }
    return 0;
  }
  /// Entries that are not zero. Spikes too many and too few are such errors: most are.
  static Index count(const auto& error) {
    std::int32_t nonzero = 0;
    const S* const e = error.data();
    for (Index k = 0, n = error.size(); k < n; ++k) nonzero += e[k] != 0;
    return nonzero;
  }
  void copy(const auto& weights, const auto& readout, auto& state) const {
    state.columns = readout.transpose();
    if (feedback == Feedback::adaptive) state.columns += weights.feedback;
    state.copied = true;
  }
  /// nonzero: entries of the error that are not zero.
  static void add_columns(const auto& columns, const auto& error, Index nonzero, auto& signal) {
    signal.setZero();
    constexpr Index few = 32;
    for (Index b = 0; b < error.cols(); ++b)
      for (Index first = 0; nonzero > 0 && first < error.rows(); first += few) {
        const auto part = error.col(b).segment(first, std::min(few, error.rows() - first));
        const Index here = count(part);
        nonzero -= here;
        for (Index k = 0, left = here; left > 0; ++k)
          if (part(k) != 0) {
            signal.col(b) += part(k) * columns.col(first + k);
            --left;
          }
      }
  }
};

namespace detail {
/// The Broadcast in a learning signal, perhaps wrapped (Smoothed, ErrorGate), and the errors that it keeps.
const auto& broadcast_of(const auto& signal) {
  if constexpr (requires { signal.signal; })
    return broadcast_of(signal.signal);
  else
    return signal;
}
auto& errors_of(const auto& signal, auto& state) {
  if constexpr (requires { signal.signal; })
    return errors_of(signal.signal, state.own);
  else
    return state.errors;
}
}  // namespace detail

}  // namespace neohebb
