// The arithmetic of an eligibility's gates, for a few neurons at a time that the compiler makes vectors of.
// Equals the gates neuron by neuron (tests/learning/sweep.cpp).
#pragma once
#include <algorithm>
#include <neohebb/learning/eligibility.hpp>
#include <type_traits>

namespace neohebb::detail {

/// Where ψ, spikes, β and q of neurons side by side lie, of one step. fired, trace: nullptr where there are
/// none.
template <class S> struct PostAt {
  const S* psi;
  const std::uint8_t* fired;
  const S* beta;
  const S* trace;
};
/// Gates of up to `lanes` neurons side by side: numbers of neighbours are neighbours in memory.
template <Eligibility E> class Lanes {
 public:
  using S = typename E::Scalar;
  static constexpr int D = E::stages, M = E::signals, lanes = 64 / int{sizeof(S)};
  using Row = std::array<S, static_cast<std::size_t>(lanes)>;
  template <int N> using Rows = std::array<Row, static_cast<std::size_t>(N)>;

  /// Of n neurons.
  template <class Count> void read(const E& rule, const PostAt<S>& post, Count n) {
    const auto [psi, spikes, beta, trace] = post;
    for (Index at = 0; at < n; ++at) {
      const auto i = static_cast<std::size_t>(at);
      const auto gates =
          rule.gates(Post<S>{psi[at], spikes ? S(spikes[at]) : S(0), beta[at], trace ? trace[at] : S(0)});
      for (std::size_t k = 0; k < D; ++k) {
        for (std::size_t l = 0; l < D; ++l) A[k * D + l][i] = gates.A[k][l];
        b[k][i] = gates.b[k];
        for (std::size_t m = 0; m < M; ++m) c[m * D + k][i] = gates.c[m][k];
      }
      for (std::size_t m = 0; m < M; ++m) d[m][i] = gates.d[m];
    }
  }
  /// A step backwards: ξ ← Aᵀ ξ + Σ c_m L_m. Returns δ = Σ d_m L_m + bᵀ ξ by the ξ before.
  void step_back(const Rows<M>& signals, Rows<D>& xi, Row& delta) const {
    for (std::size_t i = 0; i < lanes; ++i) {
      S sum = 0, next[D > 0 ? D : 1] = {};
      for (std::size_t m = 0; m < M; ++m) sum += d[m][i] * signals[m][i];
      for (std::size_t k = 0; k < D; ++k) {
        sum += b[k][i] * xi[k][i];
        for (std::size_t l = 0; l < D; ++l) next[k] += A[l * D + k][i] * xi[l][i];
        for (std::size_t m = 0; m < M; ++m) next[k] += c[m * D + k][i] * signals[m][i];
      }
      delta[i] = sum;
      for (std::size_t k = 0; k < D; ++k) xi[k][i] = next[k];
    }
  }
  /// A step forwards of the synapses from one input, whose trace is x, onto n neurons: s ← A s + b x, and sum
  /// += Σ_m L_m e_m. Where the last signal is late, it comes at the window's end: apart += e_{M−1} in its
  /// place.
  template <bool Late, class Count>
  void step(Count n, S x, const Rows<M>& signals, S* const* stages, S* __restrict sum,
            S* __restrict apart) const {
    S* __restrict s[D > 0 ? D : 1];
    for (int k = 0; k < D; ++k) s[k] = stages[k];
    for (Index at = 0; at < n; ++at) {
      const auto i = static_cast<std::size_t>(at);
      S next[D > 0 ? D : 1], all = 0;
      for (std::size_t k = 0; k < D; ++k) {
        next[k] = b[k][i] * x;
        for (std::size_t l = 0; l < D; ++l) next[k] += A[k * D + l][i] * s[l][at];
      }
      for (std::size_t m = 0; m < M; ++m) {
        S e = d[m][i] * x;
        for (std::size_t k = 0; k < D; ++k) e += c[m * D + k][i] * s[k][at];
        if (Late && m + 1 == M)
          apart[at] += e;
        else
          all += signals[m][i] * e;
      }
      sum[at] += all;
      for (std::size_t k = 0; k < D; ++k) s[k][at] = next[k];
    }
  }

  Rows<D * D> A{};
  Rows<D> b{};
  Rows<M * D> c{};
  Rows<M> d{};
};

/// ψ, spikes, β and q of one step, or of all steps of a window, as eligibilities read them.
template <class Psi, class Beta> struct PostView {
  const Psi& psi;
  const std::uint8_t* fired;  // units × columns
  const Beta& beta;
  Index samples;
  const typename Psi::Scalar* trace = nullptr;  // likewise, or none
  Index units() const { return psi.rows(); }
  Index batch() const { return samples; }
  PostAt<typename Psi::Scalar> at(Index first, Index column) const {
    const Index place = column * psi.rows() + first;
    return {&psi.coeffRef(first, column), fired + place, beta.data() + first,
            trace ? trace + place : nullptr};
  }
};
template <class Psi, class Beta>
PostView(const Psi&, const std::uint8_t*, const Beta&, Index) -> PostView<Psi, Beta>;
template <class Psi, class Beta, class S>
PostView(const Psi&, const std::uint8_t*, const Beta&, Index, const S*) -> PostView<Psi, Beta>;

/// Loads n numbers, and zeros up to a row's end. n: an Index, or the row's length as a constant.
template <class Row, class S, class Count> void load(Row& row, const S* from, Count n) {
  if constexpr (!std::is_same_v<Count, Index>) {
    std::copy_n(from, row.size(), row.begin());
  } else {
    row.fill(S(0));
    std::copy_n(from, n, row.begin());
  }
}
template <class Row, class S, class Count> void store(const Row& row, S* to, Count n) {
  if constexpr (!std::is_same_v<Count, Index>)
    std::copy_n(row.begin(), row.size(), to);
  else
    std::copy_n(row.begin(), n, to);
}
/// use(first, n) for all lanes of neurons begin ≤ i < end: n is a constant but for the last few.
template <Index lanes> void each_lanes(Index begin, Index end, auto&& use) {
  for (; begin + lanes <= end; begin += lanes) use(begin, std::integral_constant<Index, lanes>{});
  if (begin < end) use(begin, end - begin);
}

/// A step backwards of neurons side by side: by the rule's own step_back where it has one, otherwise by its
/// gates.
template <Eligibility E> class LanesBack {
 public:
  using S = typename E::Scalar;
  using Lanes = detail::Lanes<E>;
  using Signals = std::array<const S*, std::size_t{E::signals}>;
  static constexpr bool own =
      requires(const E e, const Post<S> post, std::array<S, static_cast<std::size_t>(E::stages)> xi) {
    e.step_back(post, std::array<S, static_cast<std::size_t>(E::signals)>{}, xi);
  };

  /// ξ of n neurons becomes that of the step before; δ is left in `delta`. signals: L_0 … of those neurons.
  template <class Count>
  void operator()(const E& rule, const PostAt<S>& post, Count n, const Signals& signals,
                  typename Lanes::template Rows<E::stages>& xi, S* __restrict delta) {
    if constexpr (own) {
      const E by = rule;  // copies, which stores below cannot change
      const S* __restrict psi = post.psi, * __restrict beta = post.beta, * __restrict trace = post.trace;
      const std::uint8_t* __restrict fired = post.fired;
      const Signals from = signals;
      for (Index at = 0; at < n; ++at) {
        const auto i = static_cast<std::size_t>(at);
        std::array<S, static_cast<std::size_t>(E::stages)> of;
        std::array<S, static_cast<std::size_t>(E::signals)> heard;
        for (std::size_t k = 0; k < E::stages; ++k) of[k] = xi[k][i];
        for (std::size_t m = 0; m < E::signals; ++m) heard[m] = from[m][at];
        delta[at] = by.step_back(
            Post<S>{psi[at], fired ? S(fired[at]) : S(0), beta[at], trace ? trace[at] : S(0)}, heard, of);
        for (std::size_t k = 0; k < E::stages; ++k) xi[k][i] = of[k];
      }
    } else {
      typename Lanes::template Rows<E::signals> heard;
      typename Lanes::Row row;
      for (std::size_t m = 0; m < E::signals; ++m) load(heard[m], signals[m], n);
      gates_.read(rule, post, n);
      gates_.step_back(heard, xi, row);
      store(row, delta, n);
    }
  }

 private:
  struct None {};
  [[no_unique_address]] std::conditional_t<own, None, Lanes> gates_{};
};

/// δ = d L of rules without memory, units × batch. trace: q, or nullptr.
template <class S>
void gate(const auto& rule, const auto& psi, const auto& fired, const auto& beta, const S* trace,
          const auto& signal, auto& delta) {
  for (Index b = 0; b < psi.cols(); ++b)
    for (Index i = 0; i < psi.rows(); ++i) {
      const S q = trace ? trace[b * psi.rows() + i] : S(0);
      delta(i, b) = signal(i, b) * rule.gates(Post<S>{psi(i, b), S(fired(i, b)), beta[i], q}).d[0];
    }
}

}  // namespace neohebb::detail
