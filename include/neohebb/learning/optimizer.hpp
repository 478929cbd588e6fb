// Optimizers: how weights move along a gradient. Parameters are the type; its state has the shape of the
// weights.
#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>
#include <neohebb/core/simd.hpp>
#include <neohebb/core/strided.hpp>

namespace neohebb {

/// Moves weights against a gradient, every entry by itself: a projection may hand it blocks of columns, each
/// with a state of its own. The gradient may be any Eigen expression, as the outer product
/// δ.lazyProduct(Pᵀ) that is never stored; Momentum, Adam and AdaMax take it in one sweep over weights and
/// moments. `linear` promises Δw = −rate·g: such updates may be fused or deferred.
///
///     struct SignDescent {                                         // of your own: w ← w − rate·sign g
///       using Scalar = float;
///       static constexpr bool linear = false;
///       float rate = 1e-3f;
///       struct State {};
///       template <int R, int C> State zero_state(Extent<R>, Extent<C>) const { return {}; }
///       void step(State&, const auto& gradient, auto&& weights) const { weights -= rate *
///       gradient.cwiseSign(); }
///     };
template <class O>
concept Optimizer = Stateful<O> &&
    requires(const O o, StateOf<O>& state, const Matrix<typename O::Scalar>& gradient,
             Matrix<typename O::Scalar>& weights) {
  { O::linear } -> std::convertible_to<bool>;  // static constexpr bool linear
  o.step(state, gradient, weights);  // void step(State&, const auto& gradient, auto&& weights) const
};

namespace detail {
void check_weights(const auto& gradient, const auto& weights) {
  check_shape("weights given to an optimizer", weights, gradient.rows(), gradient.cols());
}

/// Entries (i … i + n, j) of a matrix, as an array to read and write. One type for all matrices in memory, so
/// that a program holds an optimizer's arithmetic once.
template <int Rows, class M> auto segment_of(M& matrix, Index i, Index j, Index n) {
  if constexpr (by_columns<std::remove_const_t<M>>) {
    using Scalar = typename M::Scalar;
    using Piece = Eigen::Map<Eigen::Array<Scalar, Rows, 1>>;
    return Piece(const_cast<Scalar*>(matrix.data()) + i + j * matrix.colStride(), n);
  } else {
    return matrix.col(j).segment(i, n).array();
  }
}

/// L Rᵀ of two vectors, not evaluated.
template <class G> inline constexpr bool is_outer = false;
template <class L, class R>
inline constexpr bool is_outer<Eigen::Product<L, R, Eigen::LazyProduct>> = L::ColsAtCompileTime == 1;

/// One sweep over memory: use(g, of) for segments of columns that stay in the fastest cache. g: array of a
/// segment's gradient, evaluated once; of(m): the same entries of any matrix of its shape, to read and write.
template <class G> void each_segment(const G& gradient, auto&& use) {
  constexpr Index most = 256;
  constexpr int rows = G::RowsAtCompileTime;
  constexpr int height = rows != Dynamic && rows <= most ? rows : Dynamic;  // of columns of few rows
  // a product that is not lazy would be found anew for every segment
  const simd::Evaluated<G> all(gradient);
  using All = std::decay_t<decltype(all)>;
  Eigen::Array<typename G::Scalar, height == Dynamic ? int{most} : height, 1> room;
  for (Index j = 0; j < all.cols(); ++j)
    for (Index i = 0; i < all.rows(); i += most) {
      const Index n = std::min(most, all.rows() - i);
      const auto of = [=](auto& matrix) { return segment_of<height>(matrix, i, j, n); };
      if constexpr (by_columns<All>) {
        use(of(all), of);
      } else {
        auto g = segment_of<height>(room, 0, 0, n);
        if constexpr (is_outer<All>)
          g = all.rhs()(0, j) * segment_of<height>(all.lhs(), i, 0, n);
        else
          g = all.col(j).segment(i, n).array();
        use(g, of);
      }
    }
}
}  // namespace detail

/// Sets the rate of a learner's optimizer, for schedules.
void set_rate(auto& learner, auto rate) {
  if constexpr (requires { learner.forward; }) {
    set_rate(learner.forward, rate);
    set_rate(learner.lateral, rate);
  } else {
    learner.optimizer.rate = rate;
  }
}

/// Learning rates are refused when negative or not finite.
void check_rate(const char* what, const auto& rate) {
  NEOHEBB_REQUIRE(is_finite(rate) && rate >= 0, what, " is ", rate, ", must be finite and not negative");
}
/// Decays of moments live in [0, 1).
void check_moment_decay(const char* what, const auto& beta) {
  NEOHEBB_REQUIRE(is_number(beta) && beta >= 0 && beta < 1, what, " is ", beta, ", must be in [0, 1)");
}

/// Gradient descent: w ← w − rate·g.
/// zero_state throws std::invalid_argument for a rate that is negative or not finite.
template <class S> struct Sgd {
  using Scalar = S;
  static constexpr bool linear = true;
  S rate = S(1e-3);

  void validate() const { check_rate("Sgd.rate", rate); }
  struct State {
    friend bool operator==(const State&, const State&) = default;
    static void fields(auto&, auto&&) {}
  };
  template <int R, int C> State zero_state(Extent<R>, Extent<C>) const {
    validate();
    return {};
  }
  void step(State&, const auto& gradient, auto&& weights) const {
    detail::check_weights(gradient, weights);
    weights -= rate * gradient;
  }
};

/// Gradient descent with momentum: v ← μ v + g;  w ← w − rate·v   [Polyak 1964; Sutskever et al. 2013]
/// zero_state throws std::invalid_argument for a rate that is negative or not finite, and a μ outside [0, 1).
template <class S> struct Momentum {
  using Scalar = S;
  static constexpr bool linear = false;
  S rate = S(1e-3);
  S momentum = S(0.9);  // μ

  void validate() const {
    check_rate("Momentum.rate", rate);
    check_moment_decay("Momentum.momentum", momentum);
  }
  template <int R, int C> struct State {
    Matrix<S, R, C> velocity;  // v
    friend bool operator==(const State&, const State&) = default;
    static void fields(auto& self, auto&& visit) { visit("velocity", self.velocity); }
  };
  template <int R, int C> State<R, C> zero_state(Extent<R> rows, Extent<C> cols) const {
    validate();
    return {zeros<S>(rows, cols)};
  }
  void step(auto& state, const auto& gradient, auto&& weights) const {
    detail::check_weights(gradient, weights);
    detail::each_segment(gradient, [&](const auto& g, const auto& of) {
      auto velocity = of(state.velocity);
      velocity = momentum * velocity + g;
      of(weights) -= rate * velocity;
    });
  }
};

/// Steps by the moments m and v of the gradient.
///
///     m ← β₁ m + (1−β₁) g;  v ← β₂ v + (1−β₂) g²;  w ← w − rate·m̂/(√v̂ + ε), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
///
/// [Kingma & Ba 2015, algorithm 1] With `epsilon_outside` ε stands outside of the bias correction, as in
/// TensorFlow: w ← w − rate·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v + ε).
/// zero_state throws std::invalid_argument for a rate < 0 or not finite, a β outside [0, 1), and ε ≤ 0.
template <class S> struct Adam {
  using Scalar = S;
  static constexpr bool linear = false;
  S rate = S(1e-3);
  S beta1 = S(0.9);
  S beta2 = S(0.999);
  S epsilon = S(1e-8);
  bool epsilon_outside = false;  // whether ε is added after the bias correction

  void validate() const {
    check_rate("Adam.rate", rate);
    check_moment_decay("Adam.beta1", beta1);
    check_moment_decay("Adam.beta2", beta2);
    NEOHEBB_REQUIRE(is_number(epsilon) && epsilon > 0, "Adam.epsilon is ", epsilon, ", must be positive");
  }
  template <int R, int C> struct State {
    Matrix<S, R, C> first, second;  // first: m; second: v
    S power1 = 1, power2 = 1;       // β₁ᵗ, β₂ᵗ
    friend bool operator==(const State&, const State&) = default;
    static void fields(auto& self, auto&& visit) {
      visit("first", self.first);
      visit("second", self.second);
      visit("power1", self.power1);
      visit("power2", self.power2);
    }
  };
  template <int R, int C> State<R, C> zero_state(Extent<R> rows, Extent<C> cols) const {
    validate();
    return {zeros<S>(rows, cols), zeros<S>(rows, cols)};
  }
  void step(auto& state, const auto& gradient, auto&& weights) const {
    detail::check_weights(gradient, weights);
    state.power1 *= beta1;
    state.power2 *= beta2;
    const S scale = rate / (1 - state.power1), unbias = 1 / std::sqrt(1 - state.power2);
    const S floor = epsilon_outside ? unbias * epsilon : epsilon;
    detail::each_segment(gradient, [&](const auto& g, const auto& of) {
      auto first = of(state.first), second = of(state.second);
      first = beta1 * first + (1 - beta1) * g;
      second = beta2 * second + (1 - beta2) * g.square();
      of(weights) -= scale * first / (unbias * second.sqrt() + floor);
    });
  }
};

/// Steps by the gradient's mean m and its leaky maximum u.
///
///     m ← β₁ m + (1−β₁) g;  u ← max(β₂ u, |g| + ε);  w ← w − rate/(1−β₁ᵗ)·m/u
///
/// [Kingma & Ba 2015, section 7.1] Defaults are DECOLLE's. ε sits where the published program has it. With β₁
/// = 0 m is the gradient, and `first` is neither read nor written: a run that resumes with another β₁ begins
/// with the m of its last step with β₁ > 0, or 0.
/// zero_state throws std::invalid_argument for a rate < 0 or not finite, a β outside [0, 1), and ε ≤ 0.
template <class S> struct AdaMax {
  using Scalar = S;
  static constexpr bool linear = false;
  S rate = S(1e-3);
  S beta1 = 0;
  S beta2 = S(0.95);
  S epsilon = S(1e-8);

  void validate() const {
    check_rate("AdaMax.rate", rate);
    check_moment_decay("AdaMax.beta1", beta1);
    check_moment_decay("AdaMax.beta2", beta2);
    NEOHEBB_REQUIRE(is_number(epsilon) && epsilon > 0, "AdaMax.epsilon is ", epsilon, ", must be positive");
  }
  template <int R, int C> struct State {
    Matrix<S, R, C> first, largest;  // first: m; largest: u
    S power1 = 1;                    // β₁ᵗ
    friend bool operator==(const State&, const State&) = default;
    static void fields(auto& self, auto&& visit) {
      visit("first", self.first);
      visit("largest", self.largest);
      visit("power1", self.power1);
    }
  };
  template <int R, int C> State<R, C> zero_state(Extent<R> rows, Extent<C> cols) const {
    validate();
    return {zeros<S>(rows, cols), zeros<S>(rows, cols)};
  }
  void step(auto& state, const auto& gradient, auto&& weights) const {
    detail::check_weights(gradient, weights);
    state.power1 *= beta1;
    const S scale = rate / (1 - state.power1);
    detail::each_segment(gradient, [&](const auto& g, const auto& of) {
      auto first = of(state.first), largest = of(state.largest);
      largest = (beta2 * largest).max(g.abs() + epsilon);
      if (beta1 == 0) {  // m = g
        of(weights) -= scale * g / largest;
      } else {
        first = beta1 * first + (1 - beta1) * g;
        of(weights) -= scale * first / largest;
      }
    });
  }
};

}  // namespace neohebb
