#pragma once
#include <neohebb/learning/memory.hpp>
#include <neohebb/learning/sweep.hpp>
#include <neohebb/trace/decay.hpp>
#include <utility>

namespace neohebb {

namespace detail {
/// Whether any entry still matters beside the largest seen so far.
template <class M> bool is_large(const M& m, typename M::Scalar& largest) {
  if (m.size() == 0) return false;
  const auto now = m.cwiseAbs().maxCoeff();
  largest = std::max(largest, now);
  return now > negligible<typename M::Scalar> * largest;
}
}  // namespace detail

/// Equals PerSynapse up to rounding (tests/laws/eligibility_laws.hpp), at a cost per neuron and step, and per
/// spike, in place of one per synapse and step. Over a window the sums change places: the learning signal is
/// filtered backwards by each neuron's own gates,
///
///     ξ[t] = A[t]ᵀ ξ[t+1] + Σ_m c_m[t] L_m[t],  δ[t] = Σ_m d_m[t] L_m[t] + b[t]ᵀ ξ[t+1], G = Σ_t δ[t] x̄[t]ᵀ
///
/// and the last sum is a projection's usual one, per spike where it is event-driven. What synapses remember
/// from before the window adds ξ[0]·s[0], and is advanced once a window by sums of the same kind (ξ[T] = e_k
/// for stage k), at a cost like the gradient's own for each stage and sample. Keeps ψ and L of a window.
struct Exchanged {
  /// Whether a window's ψ, spikes and signals are recorded.
  static constexpr bool records = true;
  void validate() const {}

  /// What belongs to the samples: nothing where every window is a whole trial (carries = false).
  template <Eligibility E, int B> static auto memory(const auto& projection, Extent<B> batch, bool carries) {
    return projection.map_block(detail::pair_memory<typename E::Scalar, E::stages, B>(batch, carries));
  }

  /// Scratch of an update for one part of the projection.
  template <class Next, class Sum, class S, int Out, int In> struct Block {
    Next next;                  // scratch: one sample's stages at the window's end
    Sum sum;                    // scratch
    Vector<S, In> from;         // scratch
    Vector<S, Out> to;          // scratch
    Matrix<S> filter, adjoint;  // scratch: the trace's, of δ and of every stage's weights
    S largest = 0;              // of adjoint so far
    static void fields(auto&, auto&&) {}
  };
  template <class Blocks, class S, int D> struct Credit {
    Blocks blocks;  // for each part of the projection
    /// One for each stage.
    template <class T> using OfStages = std::array<T, static_cast<std::size_t>(D)>;
    OfStages<Vector<S>> xi;      // ξ of the sample at hand
    Matrix<S> delta;             // scratch: units × some steps of one sample
    OfStages<Matrix<S>> ends;    // scratch: ξ that begin as one stage of the window's end, units × D
    OfStages<Matrix<S>> weight;  // scratch: units × some steps of one sample
    bool carries = false;        // otherwise every window begins with zeros
    static void fields(auto&, auto&&) {}
  };
  template <Eligibility E, int B>
  static auto credit(const auto& projection, Extent<B> /*batch*/, Index window, bool /*late*/, bool carries) {
    using S = typename E::Scalar;
    auto blocks = projection.map_block([=]<class P>(const P& part) {
      constexpr int In = extent_of<decltype(part.inputs())>, Out = extent_of<decltype(part.outputs())>;
      auto next = detail::pair_memory<S, E::stages, 1>(Extent<1>{}, carries)(part);
      auto sum = detail::pair_memory<S, 1, 1>(Extent<1>{}, carries)(part);
      return Block<decltype(next), decltype(sum), S, Out, In>{
          std::move(next),
          std::move(sum),
          zeros<S>(Extent<In>(Index(part.inputs())), Extent<1>{}),
          zeros<S>(Extent<Out>(Index(part.outputs())), Extent<1>{}),
          Matrix<S>::Zero(Index(part.outputs()), P::trace_stages),
          Matrix<S>::Zero(carries ? Index(part.outputs()) : 0, P::trace_stages * E::stages)};
    });
    const Index units = projection.outputs();
    Credit<decltype(blocks), S, E::stages> c{std::move(blocks), {}, {}, {}, {}, carries};
    c.delta = Matrix<S>::Zero(units, std::min(window, tile));
    for (std::size_t k = 0; k < E::stages; ++k) {
      c.xi[k] = Vector<S>::Zero(units);
      if (!carries) continue;
      c.ends[k] = Matrix<S>::Zero(units, E::stages);
      c.weight[k] = c.delta;
    }
    return c;
  }

  /// The window's end. post: ψ, spikes, β of all steps; signals: L_0 … of all steps, units × steps·batch;
  /// late: a last signal that is the same in all steps, units × batch, or empty.
  template <Eligibility E>
  static void finish(const E& rule, const auto& projection, auto& memory, auto& credit,
                     auto& projection_credit, const auto& post, const auto& late, const auto& signals,
                     Index steps) {
    const Index batch = post.batch();
    for (Index b = 0; b < batch; ++b) {
      begin(projection, credit);
      bool lasts = credit.carries,
           remembers = lasts,  // the window's end depends on these steps by stages, by traces
          vanished = false;
      for (Index end = steps; end > 0;) {
        const Index first = std::max<Index>(0, end - tile), n = end - first;
        backwards(rule, credit, post, late, signals, first, n, b);
        const auto take = [&](const auto& part, auto& scratch, auto& of_projection) {
          part.take(of_projection, credit.delta.leftCols(n), first, b, batch, scratch.filter);
        };
        projection.each_block(take, credit.blocks, projection_credit);
        if constexpr (E::stages > 0) {
          if (lasts)
            lasts = adjoint_of_stages(rule, credit, post, first, n, b);
          else if (remembers && !std::exchange(vanished, true))
            for (auto& weight : credit.weight) weight.setZero();
          if (remembers)
            remembers = advance(projection, credit, projection_credit, first, n, b, batch) || lasts;
        }
        end = first;
      }
      if constexpr (E::stages > 0)
        if (credit.carries) carry<E>(projection, memory, credit, lasts, b);
    }
    if (E::stages > 0 && credit.carries)
      projection.each_block(
          [](const auto& part, auto& scratch, auto& of_projection) {
            part.add_pairs(of_projection, scratch.sum.of(0, 0), scratch.from, scratch.to);
          },
          credit.blocks, projection_credit);
  }

  /// Forgets a window that was given up: only the projection holds something of it.
  static void drop(const auto&, auto&) {}

 private:
  static constexpr Index tile = 64;  // steps whose weights stay in a cache
  /// δ of a block of steps, on from the block after it. Some hundred neurons at a time: what a step has of
  /// them lies side by side, and ξ stays in the nearest cache.
  template <Eligibility E>
  static void backwards(const E& rule, auto& credit, const auto& post, const auto& late, const auto& signals,
                        Index from, Index n, Index b) {
    using Lanes = detail::Lanes<E>;
    constexpr Index many = 32;  // rows of lanes
    struct Side {
      typename Lanes::template Rows<E::stages> xi{};
      typename Lanes::template Rows<E::signals> late{};
    };
    detail::LanesBack<E> back;
    const Index units = post.units(), batch = post.batch();
    for (Index begin = 0; begin < units; begin += many * Lanes::lanes) {
      const Index end = std::min(units, begin + many * Lanes::lanes);
      std::array<Side, many> sides{};
      const auto each = [&](auto&& use) {
        auto side = sides.begin();
        detail::each_lanes<Lanes::lanes>(begin, end,
                                         [&](Index first, auto count) { use(*side++, first, count); });
      };
      each([&](auto& side, Index first, auto count) {
        for (std::size_t k = 0; k < E::stages; ++k)
          detail::load(side.xi[k], &credit.xi[k].coeffRef(first), count);
        if constexpr (E::signals > 1)
          if (late.size() > 0) detail::load(side.late[E::signals - 1], &late.coeffRef(first, b), count);
      });
      for (Index t = n; t-- > 0;) {
        const Index k = (from + t) * batch + b, ahead = k - 8 * batch;
        each([&](auto& side, Index first, auto count) {
          if (ahead >= 0) {  // processors foresee ascending columns only
            simd::prefetch(&post.psi.coeffRef(first, ahead));
            simd::prefetch(&signals[0].coeffRef(first, ahead));
          }
          typename detail::LanesBack<E>::Signals now;
          for (std::size_t m = 0; m < E::signals; ++m)
            now[m] = signals[m].size() > 0 ? &signals[m].coeffRef(first, k) : side.late[m].data();
          back(rule, post.at(first, k), count, now, side.xi, &credit.delta.coeffRef(first, t));
        });
      }
      each([&](auto& side, Index first, auto count) {
        for (std::size_t k = 0; k < E::stages; ++k)
          detail::store(side.xi[k], &credit.xi[k].coeffRef(first), count);
      });
    }
  }
  static void begin(const auto& projection, auto& credit) {
    for (auto& xi : credit.xi) xi.setZero();
    for (std::size_t k = 0; k < credit.ends.size(); ++k) {
      if (!credit.carries) break;
      credit.ends[k].setZero();
      credit.ends[k].col(static_cast<Index>(k)).setOnes();
    }
    const auto block = [&](const auto&, auto& scratch) {
      scratch.filter.setZero();
      scratch.adjoint.setZero();
      scratch.largest = 0;
      if (!credit.carries) return;
      for (std::size_t k = 0; k < credit.ends.size(); ++k) scratch.next.of(static_cast<int>(k), 0).setZero();
    };
    projection.each_block(block, credit.blocks);
  }
  /// Traces of n steps join the stages of the window's end. Returns whether earlier ones do by what traces
  /// remember.
  static bool advance(const auto& projection, auto& credit, auto& projection_credit, Index first, Index n,
                      Index b, Index batch) {
    bool remembers = false;
    const auto block = [&](const auto& part, auto& scratch, auto& of_projection) {
      for (std::size_t k = 0; k < credit.weight.size(); ++k) {
        auto adjoint =
            scratch.adjoint.middleCols(static_cast<Index>(k) * part.trace_stages, part.trace_stages);
        part.correlate(of_projection, credit.weight[k].leftCols(n), first, b, batch, adjoint,
                       scratch.next.of(static_cast<int>(k), 0));
      }
      remembers = detail::is_large(scratch.adjoint, scratch.largest) || remembers;
    };
    projection.each_block(block, credit.blocks, projection_credit);
    return remembers;
  }
  /// What s[0] of a sample adds to the gradient, and s[T] in its place. lasts: s[T] depends on s[0].
  template <Eligibility E>
  static void carry(const auto& projection, auto& memory, auto& credit, bool lasts, Index b) {
    constexpr int D = E::stages;
    const auto block = [&](const auto&, auto& kept, auto& scratch) {
      auto sum = scratch.sum.of(0, 0);
      if (b == 0) sum.setZero();
      for (int k = 0; k < D; ++k)
        sum.array() += kept.of(k, b).array().colwise() * credit.xi[static_cast<std::size_t>(k)].array();
      for (int k = 0; lasts && k < D; ++k)
        for (int l = 0; l < D; ++l)
          scratch.next.of(k, 0).array() +=
              kept.of(l, b).array().colwise() * credit.ends[static_cast<std::size_t>(k)].col(l).array();
      for (int k = 0; k < D; ++k)
        kept.of(k, b) = scratch.next.of(k, 0).unaryExpr([](auto x) { return unless_vanishing(x); });
    };
    projection.each_block(block, memory, credit.blocks);
  }
  /// What a trace in step t adds to each stage at the window's end, for steps first ≤ t < first + n: weight,
  /// units × n. Returns whether earlier steps add anything: what has decayed far below rounding does not.
  template <Eligibility E>
  static bool adjoint_of_stages(const E& rule, auto& credit, const auto& post, Index first, Index n,
                                Index b) {
    using Lanes = detail::Lanes<E>;
    const Index batch = post.batch();
    bool lasts = false;
    detail::each_lanes<Lanes::lanes>(0, post.units(), [&](Index unit, auto many) {
      std::array<typename Lanes::template Rows<E::stages>, std::size_t{E::stages}> xi{};
      for (std::size_t k = 0; k < E::stages; ++k)
        for (std::size_t l = 0; l < E::stages; ++l)
          detail::load(xi[k][l], &credit.ends[k].coeffRef(unit, static_cast<Index>(l)), many);
      const typename Lanes::Row zeros{};
      typename detail::LanesBack<E>::Signals none;
      none.fill(zeros.data());
      detail::LanesBack<E> back;
      for (Index t = n; t-- > 0;)
        for (std::size_t k = 0; k < E::stages; ++k)
          back(rule, post.at(unit, (first + t) * batch + b), many, none, xi[k],
               &credit.weight[k].coeffRef(unit, t));
      for (std::size_t k = 0; k < E::stages; ++k)
        for (std::size_t l = 0; l < E::stages; ++l)
          detail::store(xi[k][l], &credit.ends[k].coeffRef(unit, static_cast<Index>(l)), many);
    });
    typename E::Scalar one = 1;  // what they began with
    for (const auto& ends : credit.ends) lasts = lasts || detail::is_large(ends, one);
    return lasts;
  }
};

}  // namespace neohebb
