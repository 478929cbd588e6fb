#pragma once
#include <cstdint>
#include <limits>
#include <neohebb/learning/memory.hpp>
#include <neohebb/learning/sweep.hpp>

namespace neohebb {

/// The algorithm of an eligibility as it is written: what every synapse remembers moves on in every step, and
/// the learning signal meets it there. It needs no window and no record, runs for ever, and touches D + 1
/// numbers for each synapse, sample and step.
///
///     G_ij += Σ_m L_mi (c_m·s_ij + d_m x̄_j),   s_ij ← A s_ij + b x̄_j
///
///   parameter   default   meaning
///   cutoff      0         so many steps after an input's last spike its synapses stop to learn, and only
///                         forget, as if ψ were 0 (0: never); before an input's first spike nothing happens.
///                         An approximation: NEST's e-prop has it. For spikes that arrive as Pulses.
///                         [Korcsak-Gorzo and others 2025]
///
/// Throws std::invalid_argument for a negative cutoff, and for a cutoff with other traces than pulses.
struct PerSynapse {
  /// Whether a window's ψ, spikes and signals are recorded.
  static constexpr bool records = false;
  Index cutoff = 0;

  void validate() const {
    NEOHEBB_REQUIRE(cutoff >= 0, "PerSynapse.cutoff is ", cutoff, ", must not be negative");
  }

  /// What the synapses of one part of the projection remember.
  template <class Stages> struct Kept {
    Stages stages;
    /// Steps since the input's last spike; without a cutoff empty, unless sizes are fixed.
    typename Stages::template OfPairs<std::int32_t> silence;
    bool carries = true;  // otherwise every window begins with zeros
    static void fields(auto& self, auto&& visit) {
      visit("stages", self.stages);
      visit("silence", self.silence);
    }
  };
  /// What belongs to the samples, and goes on from window to window.
  template <Eligibility E, int B> auto memory(const auto& projection, Extent<B> batch, bool carries) const {
    return projection.map_block([batch, carries, cut = cutoff > 0](const auto& part) {
      auto stages = detail::pair_memory<typename E::Scalar, E::stages, B>(batch)(part);
      using Silence = typename decltype(stages)::template OfPairs<std::int32_t>;
      Silence silence;
      if constexpr (!decltype(stages)::fixed)
        if (cut) silence.resize(stages.pairs, Index(batch));
      std::fill_n(silence.data(), silence.size(), cut ? std::numeric_limits<std::int32_t>::max() : 0);
      if (cut && stages.pairs > Index(part.inputs()))
        for (Index b = 0; b < silence.cols(); ++b) silence(stages.pairs - 1, b) = 0;  // the bias never sleeps
      return Kept<decltype(stages)>{std::move(stages), std::move(silence), carries};
    });
  }

  /// What is gathered of one part of the projection until an update.
  template <class Sum, class Apart, class S, int Out, int In> struct Block {
    Sum sum;             // G
    Apart apart;         // of every sample: Σ_t e of a signal that comes at the window's end
    Vector<S, In> from;  // scratch
    Vector<S, Out> to;   // scratch
    static void fields(auto& self, auto&& visit) {
      visit("sum", self.sum);
      visit("apart", self.apart);
    }
  };
  /// What a window gathers. late: the last signal comes at its end.
  template <Eligibility E, int B>
  static auto credit(const auto& projection, Extent<B> batch, Index /*window*/, bool late, bool /*carries*/) {
    using S = typename E::Scalar;
    return projection.map_block([batch, late]<class P>(const P& part) {
      constexpr int In = extent_of<decltype(part.inputs())>, Out = extent_of<decltype(part.outputs())>;
      auto sum = detail::pair_memory<S, 1, 1>(Extent<1>{})(part);
      auto apart = detail::pair_memory<S, 1, B>(batch, late)(part);
      return Block<decltype(sum), decltype(apart), S, Out, In>{
          std::move(sum), std::move(apart), zeros<S>(Extent<In>(Index(part.inputs())), Extent<1>{}),
          zeros<S>(Extent<Out>(Index(part.outputs())), Extent<1>{})};
    });
  }

  /// One step. post: ψ, spikes, β; signals: L_0 … as far as they are known, each units × batch.
  template <bool Late, Eligibility E>
  void note(const E& rule, const auto& projection, auto& state, auto& memory, auto& credit, const auto& post,
            const auto& signals) const {
    const auto block = [&](const auto& part, auto& presynaptic, auto& kept, auto& gathered) {
      if (cutoff > 0) count_silence(part, presynaptic, kept.silence);
      step_block<Late>(rule, part, presynaptic, kept, gathered, post, signals);
    };
    projection.each_block(block, state, memory, credit);
  }

  /// The window's end: G goes to the projection's credit. late: the signal that was missing, units × batch,
  /// or empty.
  template <Eligibility E>
  static void finish(const E&, const auto& projection, auto& memory, auto& credit, auto& projection_credit,
                     const auto& /*post*/, const auto& late, auto& /*signals*/, Index /*steps*/) {
    const auto block = [&](const auto& part, auto& kept, auto& gathered, auto& of_projection) {
      if (!kept.carries)
        for (auto& stage : kept.stages.all) stage.setZero();
      auto sum = gathered.sum.of(0, 0);
      for (Index b = 0; b < late.cols(); ++b) {
        auto apart = gathered.apart.of(0, b);
        sum.array() += apart.array().colwise() * late.col(b).array();
        apart.setZero();
      }
      part.add_pairs(of_projection, sum, gathered.from, gathered.to);
      sum.setZero();
    };
    projection.each_block(block, memory, credit, projection_credit);
  }

  /// Forgets a window that was given up.
  static void drop(const auto& projection, auto& credit) {
    const auto block = [](const auto&, auto& gathered) {
      gathered.sum.all[0].setZero();
      gathered.apart.all[0].setZero();
    };
    projection.each_block(block, credit);
  }

 private:
  template <bool Late, Eligibility E>
  void step_block(const E& rule, const auto& part, const auto& presynaptic, auto& kept, auto& gathered,
                  const auto& post, const auto& signals) const {
    using Lanes = detail::Lanes<E>;
    using S = typename E::Scalar;
    const auto x = part.presynaptic(presynaptic);
    const S of_bias = part.presynaptic_of_bias(presynaptic);
    const Index units = post.units(), inputs = x.rows();
    for (Index b = 0; b < x.cols(); ++b)
      detail::each_lanes<Lanes::lanes>(0, units, [&](Index first, auto n) {
        Lanes gates, forgetting;
        gates.read(rule, post.at(first, b), n);
        if (cutoff > 0) {
          const typename Lanes::Row still{};
          forgetting.read(rule, detail::PostAt<S>{still.data(), nullptr, post.beta.data() + first, nullptr},
                          n);
        }
        typename Lanes::template Rows<E::signals> now{};
        for (std::size_t m = 0; m < E::signals - Late; ++m)
          if (signals[m]) detail::load(now[m], signals[m] + b * units + first, n);
        for (Index j = 0; j < kept.stages.pairs; ++j) {
          S* stages[E::stages > 0 ? E::stages : 1];
          for (int k = 0; k < E::stages; ++k) stages[k] = &kept.stages.of(k, b).coeffRef(first, j);
          S* const sum = &gathered.sum.of(0, 0).coeffRef(first, j);
          S* const apart = Late ? &gathered.apart.of(0, b).coeffRef(first, j) : nullptr;
          const S trace = j < inputs ? x(j, b) : of_bias;
          if (cutoff > 0 && kept.silence(j, b) >= cutoff) {
            typename Lanes::Row nowhere{};
            forgetting.template step<false>(n, S(0), {}, stages, nowhere.data(), nullptr);
          } else {
            gates.template step<Late>(n, trace, now, stages, sum, apart);
          }
        }
      });
  }
  static void count_silence(const auto& part, const auto& presynaptic, auto& silence) {
    for (Index b = 0; b < silence.cols(); ++b) {
      for (Index j = 0; j < Index(part.inputs()); ++j)
        if (silence(j, b) < std::numeric_limits<std::int32_t>::max()) ++silence(j, b);
      if constexpr (requires { part.each_arrival(presynaptic, b, [](Index) {}); })
        part.each_arrival(presynaptic, b, [&](Index j) { silence(j, b) = 0; });
      else
        NEOHEBB_REQUIRE(false, "PerSynapse.cutoff is for spikes that arrive as Pulses");
    }
  }
};

}  // namespace neohebb
