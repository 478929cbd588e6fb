// Learning signals of layers that are taught spike trains.
#pragma once
#include <neohebb/core/spikes.hpp>
#include <neohebb/learning/learning_signal.hpp>
#include <neohebb/learning/ring.hpp>

namespace neohebb {

namespace detail {
/// Refuses targets of another shape, and such that are no spikes.
template <class S> void check_target_spikes(const auto& target, Index units, Index batch) {
  if constexpr (requires { target.dense(); }) {
    check_shape("target", target.dense(), units, batch);
  } else {
    check_shape("target", target, units, batch);
    NEOHEBB_REQUIRE(all_finite(target) && (target.array() == S(0) || target.array() == S(1)).all(),
                    "target has entries that are neither 0 nor 1; a target is a spike train");
  }
}
}  // namespace detail

/// L = (S − S*) / samples, some steps after the spikes: positive where a layer fires too much. Layers below
/// may receive it (Broadcast). [Zenke & Ganguli 2018, doi 10.1162/neco_a_01086] Usually Smoothed.
///
///   parameter   default   meaning
///   delay       0         steps after which a spike, fired or wanted, is an error: that of the axons
///
/// zero_state throws std::invalid_argument for a negative delay.
template <class S> struct TargetSpikes {
  using Scalar = S;
  static constexpr bool sends_error = true;
  Index delay = 0;

  void validate() const {
    NEOHEBB_REQUIRE(delay >= 0, "TargetSpikes.delay is ", delay, " steps, must not be negative");
  }
  struct Weights {
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto&, auto&&) {}
  };
  Weights initial_weights(const auto&, const Generator&) const { return {}; }
  template <int N, int B> struct State {
    detail::Ring<S, N, B> errors;  // of the last steps
    static void fields(auto& self, auto&& visit) { visit("errors", self.errors); }
  };
  template <int N, int B> State<N, B> zero_state(Extent<N> units, Extent<B> batch) const {
    validate();
    return {{units, batch, delay}};
  }
  /// target: Spikes, or a matrix of 0 and 1, units × batch; or NoTarget: then the neurons' own spikes are no
  /// error either. Throws std::invalid_argument for another shape and for entries that are neither 0 nor 1.
  S operator()(const Weights&, auto& state, const auto& target, const auto& population, auto& signal) const {
    if constexpr (!is_no_target<decltype(target)>)  // refused before anything moves
      detail::check_target_spikes<S>(target, signal.rows(), signal.cols());
    state.errors.advance();
    auto& error = state.errors.newest();
    error.setZero();
    if constexpr (!is_no_target<decltype(target)>) {
      const S each = population.share / static_cast<S>(error.cols());
      for (Index b = 0; b < error.cols(); ++b) {
        for (const auto i : population.state.spikes.active(b)) error(i, b) += each;
        if constexpr (requires { target.active(b); })
          for (const auto i : target.active(b)) error(i, b) -= each;
        else
          error.col(b) -= each * target.col(b);
      }
    }
    signal = sent_error(state);
    return 0;
  }
  /// What layers below receive: L.
  const auto& sent_error(const auto& state) const { return state.errors.oldest(); }
};

/// Another learning signal through two leaky integrators, some steps later:
///
///     x ← x + r (e[t − delay] − x),   y ← y + f (x − y),   L = scale·y
///
/// SuperSpike's, whose errors are spikes; and y² measures the van Rossum distance. [Zenke & Ganguli 2018, eq.
/// 9]
///
///   parameter   default   symbol
///   signal      —         e's own
///   rise        0.02      r = Δt/τ_syn
///   follow      0.01      f = Δt/τ_mem
///   delay       0         steps
///   scale       1         one over a window's steps makes its sum a mean
///
/// zero_state throws std::invalid_argument for r or f outside [0, 1], a negative delay, a scale that is not
/// finite, and as `signal` does.
template <class L> struct Smoothed {
  using Scalar = typename L::Scalar;
  using S = Scalar;
  static constexpr bool broadcast = requires { requires L::broadcast; };
  static constexpr bool sends_error = requires { requires L::sends_error; };
  static constexpr bool observes = requires { requires L::observes; };
  L signal{};
  S rise = S(0.02);
  S follow = S(0.01);
  Index delay = 0;
  S scale = 1;

  void validate() const {
    validate_if_possible(signal);
    check_range("Smoothed.rise", rise, S(0), S(1));
    check_range("Smoothed.follow", follow, S(0), S(1));
    NEOHEBB_REQUIRE(delay >= 0, "Smoothed.delay is ", delay, " steps, must not be negative");
    NEOHEBB_REQUIRE(is_finite(scale), "Smoothed.scale is ", scale, ", must be finite");
  }
  auto initial_weights(const auto& units, const Generator& generator) const {
    return signal.initial_weights(units, generator);
  }
  void attach_readout(auto& weights, const auto& readout, Index sent, Index units) const requires broadcast {
    signal.attach_readout(weights, readout, sent, units);
  }

  template <class Own, int N, int B> struct State {
    Own own;                      // of the signal that is filtered
    detail::Ring<S, N, B> later;  // errors on their way
    Matrix<S, N, B> x, y;
    static void fields(auto& self, auto&& visit) {
      visit("own", self.own);
      visit("later", self.later);
      visit("x", self.x);
      visit("y", self.y);
    }
  };
  template <int N, int B>
  auto zero_state(Extent<N> units, Extent<B> batch, const Generator& generator = {}) const {
    validate();
    auto own = make_state(signal, units, batch, generator);
    State<decltype(own), N, B> s{std::move(own), {}, zeros<S>(units, batch), zeros<S>(units, batch)};
    if (delay > 0) s.later = {units, batch, delay};
    return s;
  }
  S operator()(const auto& weights, auto& state, const auto& target, const auto& population,
               auto& out) const {
    const S loss = signal(weights, state.own, target, population, out);
    if (delay > 0) {
      state.later.advance();
      state.later.newest() = out;
      out = state.later.oldest();
    }
    const S up = rise, after = follow, size = scale;
    for (Index b = 0; b < out.cols(); ++b) {
      S* const __restrict e = detail::column_of(out, b);
      S* const __restrict x = detail::column_of(state.x, b);
      S* const __restrict y = detail::column_of(state.y, b);
      for (Index i = 0; i < out.rows(); ++i) {
        x[i] = unless_vanishing(x[i] + up * (e[i] - x[i]));
        y[i] = unless_vanishing(y[i] + after * (x[i] - y[i]));
        e[i] = size * y[i];
      }
    }
    return loss;
  }
  const auto& sent_error(const auto& state) const requires sends_error {
    return signal.sent_error(state.own);
  }
  void observe(const auto& weights, auto& state, const auto& population) const requires observes {
    signal.observe(weights, state.own, population);
  }
  Index targets(Index units) const requires(requires(const L& own) { own.targets(units); }) {
    return signal.targets(units);
  }
  const auto& output(const auto& state) const requires(requires(const L& own) { own.output(state.own); }) {
    return signal.output(state.own);
  }
  void reseed(auto& state, const Generator& generator) const
      requires(requires(const L& own) { own.reseed(state.own, generator); }) {
    signal.reseed(state.own, generator);
  }
};

}  // namespace neohebb
