#pragma once
#include <neohebb/learning/memory.hpp>
#include <neohebb/learning/sweep.hpp>
#include <neohebb/trace/decay.hpp>

namespace neohebb {

template <class S> class ExchangedGradient;

/// The algorithm of an eligibility at a cost per neuron and step, and per spike, instead of per synapse and step. Over a
/// window the sums change places: the learning signal is filtered backwards by each neuron's own gates,
///
///     ξ[t] = A[t]ᵀ ξ[t+1] + Σ_m c_m[t] L_m[t],    δ[t] = Σ_m d_m[t] L_m[t] + b[t]ᵀ ξ[t+1],    G = Σ_t δ[t] x̄[t]ᵀ
///
/// and the last sum is a projection's usual one, per spike where it is event-driven. What synapses remember from before
/// the window adds ξ[0]·s[0], and is advanced once a window by sums of the same kind (ξ[T] = e_k for stage k), at a cost
/// like the gradient's own for each stage and sample. Keeps ψ and L of a window.
struct Exchanged {
  template <class S> using Gradient = ExchangedGradient<S>;  // SuperSpike's
  static constexpr bool records = true;
  void validate() const {}

  /// What belongs to the samples: nothing where every window is a whole trial (carries = false).
  template <Eligibility E, int B> static auto memory(const auto& projection, Extent<B> batch, bool carries) {
    return projection.map_block(detail::pair_memory<typename E::Scalar, E::stages, B>(batch, carries));
  }

  template <class Next, class Sum, class S, int Out, int In> struct Block {
    Next next;  // scratch: one sample's stages at the window's end
    Sum sum;    // scratch
    Vector<S, In> from;
    Vector<S, Out> to;
    static void fields(auto&, auto&&) {}
  };
  template <class Blocks, class S, int D> struct Credit {
    Blocks blocks;
    std::array<Matrix<S>, static_cast<std::size_t>(D)> start;  // ξ[0], units × batch
    Matrix<S> weight, copy;                                    // scratch: units × steps of one sample
    static void fields(auto&, auto&&) {}
  };
  template <Eligibility E, int B>
  static auto credit(const auto& projection, Extent<B> batch, Index window, bool /*late*/, bool carries) {
    using S = typename E::Scalar;
    auto blocks = projection.map_block([=]<class P>(const P& part) {
      constexpr int In = extent_of<decltype(part.inputs())>, Out = extent_of<decltype(part.outputs())>;
      auto next = detail::pair_memory<S, E::stages, 1>(Extent<1>{}, carries)(part);
      auto sum = detail::pair_memory<S, 1, 1>(Extent<1>{}, carries)(part);
      return Block<decltype(next), decltype(sum), S, Out, In>{
          std::move(next), std::move(sum), zeros<S>(Extent<In>(Index(part.inputs())), Extent<1>{}),
          zeros<S>(Extent<Out>(Index(part.outputs())), Extent<1>{})};
    });
    Credit<decltype(blocks), S, E::stages> c{std::move(blocks), {}, {}, {}};
    if (carries) {
      const Index units = projection.outputs();
      for (auto& xi : c.start) xi = Matrix<S>::Zero(units, Index(batch));
      c.weight = c.copy = Matrix<S>::Zero(units, window);
    }
    return c;
  }

  /// The window's end. post: ψ, spikes, β of all steps; signals: L_0 … of all steps, units × steps·batch, of which the
  /// first becomes δ; late: a last signal that is the same in all steps, units × batch, or empty.
  template <Eligibility E>
  static void finish(const E& rule, const auto& projection, auto& memory, auto& credit,
                     auto& projection_credit, const auto& post, const auto& late, auto& signals,
                     Index steps) {
    const Index batch = post.batch();
    const bool carries = credit.weight.size() > 0;
    for (Index b = 0; b < batch; ++b) backwards(rule, credit, post, late, signals, steps, b, carries);
    if (carries) carry(rule, projection, memory, credit, projection_credit, post, steps);
    projection.fill(projection_credit, signals[0].leftCols(steps * batch));
  }

 private:
  /// Some hundred neurons at a time: what a step has of them lies side by side, and ξ stays in the nearest cache.
  template <Eligibility E>
  static void backwards(const E& rule, auto& credit, const auto& post, const auto& late, auto& signals,
                        Index steps, Index b, bool carries) {
    using Lanes = detail::Lanes<E>;
    constexpr Index many = 32;  // rows of lanes
    struct Side {
      typename Lanes::template Rows<E::stages> xi{};
      typename Lanes::template Rows<E::signals> now{};
    };
    const Index units = post.units(), batch = post.batch();
    for (Index begin = 0; begin < units; begin += many * Lanes::lanes) {
      const Index end = std::min(units, begin + many * Lanes::lanes);
      std::array<Side, many> sides{};
      const auto each = [&](auto&& use) {
        auto side = sides.begin();
        for (Index first = begin; first < end; first += Lanes::lanes, ++side)
          use(*side, first, std::min<Index>(Lanes::lanes, end - first));
      };
      if constexpr (E::signals > 1)
        if (late.size() > 0)
          each([&](auto& side, Index first, Index n) {
            detail::load(side.now[E::signals - 1], &late.coeffRef(first, b), n);
          });
      for (Index k = (steps - 1) * batch + b; k >= 0; k -= batch)
        each([&](auto& side, Index first, Index n) {
          detail::LanesBack<E> gates;
          typename Lanes::Row delta;
          post.read(gates, rule, first, n, k);
          for (std::size_t m = 0; m < E::signals; ++m)
            if (signals[m].size() > 0) detail::load(side.now[m], &signals[m].coeffRef(first, k), n);
          gates.step_back(side.now, side.xi, delta);
          std::copy_n(delta.begin(), n, &signals[0].coeffRef(first, k));
        });
      if (carries)
        each([&](auto& side, Index first, Index n) {
          for (std::size_t k = 0; k < E::stages; ++k)
            std::copy_n(side.xi[k].begin(), n, &credit.start[k].coeffRef(first, b));
        });
    }
  }
  /// What s[0] adds to the gradient, and s[T].
  template <Eligibility E>
  static void carry(const E& rule, const auto& projection, auto& memory, auto& credit,
                    auto& projection_credit, const auto& post, Index steps) {
    constexpr int D = E::stages;
    const Index batch = post.batch();
    const auto gradient = [&](const auto& part, auto& kept, auto& scratch, auto& noted) {
      auto sum = scratch.sum.of(0, 0);
      sum.setZero();
      for (Index b = 0; b < batch; ++b)
        for (int k = 0; k < D; ++k)
          sum.array() +=
              kept.of(k, b).array().colwise() * credit.start[static_cast<std::size_t>(k)].col(b).array();
      part.add_pairs(noted, sum, scratch.from, scratch.to);
    };
    projection.each_block(gradient, memory, credit.blocks, projection_credit);
    for (Index b = 0; b < batch; ++b) {
      for (int k = 0; k < D; ++k) {
        adjoint_of_stage(rule, credit, post, steps, b, k);
        const auto advance = [&](const auto& part, auto& kept, auto& scratch, auto& noted) {
          auto next = scratch.next.of(k, 0);
          next.setZero();
          auto delta = credit.copy.leftCols(steps);
          delta = credit.weight.leftCols(steps);
          part.correlate(noted, delta, b, batch, next);
          for (int l = 0; l < D; ++l)
            next.array() +=
                kept.of(l, b).array().colwise() * credit.start[static_cast<std::size_t>(l)].col(b).array();
        };
        projection.each_block(advance, memory, credit.blocks, projection_credit);
      }
      const auto settle = [&](auto& kept, auto& scratch) {
        for (int k = 0; k < D; ++k)
          kept.of(k, b) = scratch.next.of(k, 0).unaryExpr([](auto x) { return unless_vanishing(x); });
      };
      projection.each_block([&](const auto&, auto& kept, auto& scratch) { settle(kept, scratch); }, memory,
                            credit.blocks);
    }
  }
  /// What a trace in step t adds to stage k at the window's end: weight, units × steps; start: what stages of the
  /// beginning do.
  template <Eligibility E>
  static void adjoint_of_stage(const E& rule, auto& credit, const auto& post, Index steps, Index b,
                               int stage) {
    using Lanes = detail::Lanes<E>;
    const Index units = post.units(), batch = post.batch();
    for (Index first = 0; first < units; first += Lanes::lanes) {
      const Index n = std::min<Index>(Lanes::lanes, units - first);
      typename Lanes::template Rows<E::stages> xi{};
      const typename Lanes::template Rows<E::signals> none{};
      typename Lanes::Row delta{};
      detail::LanesBack<E> gates;
      xi[static_cast<std::size_t>(stage)].fill(1);
      for (Index t = steps; t-- > 0;) {
        post.read(gates, rule, first, n, t * batch + b);
        gates.step_back(none, xi, delta);
        std::copy_n(delta.begin(), n, &credit.weight.coeffRef(first, t));
      }
      for (std::size_t k = 0; k < E::stages; ++k)
        std::copy_n(xi[k].begin(), n, &credit.start[k].coeffRef(first, b));
    }
  }
};

}  // namespace neohebb
