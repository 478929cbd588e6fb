// The three-factor rule, and pair-based STDP as its smallest instance.
#pragma once
#include <neohebb/core/product.hpp>
#include <neohebb/core/spikes.hpp>
#include <neohebb/trace/exponential.hpp>

namespace neohebb {

/// Δw_ij = rate · Σ_b m_ib · f_ib · x_jb: modulator × postsynaptic factor × presynaptic trace.
/// modulator, post: out × batch; pre: in × batch; weight: out × in. `factor` is scratch, out × batch.
/// Every learning rule of this library is this sentence with another choice of the three. [Frémaux & Gerstner
/// 2016]
template <class S>
void three_factor_update(auto&& weight, S rate, const auto& modulator, const auto& post, const auto& pre,
                         auto& factor) {
  factor = modulator.cwiseProduct(post);
  add_product(weight, rate, factor, pre);
}

/// Pair-based spike-timing-dependent plasticity with additive, all-to-all pairing.
/// [Song, Miller, Abbott 2000]
///
///     x ← pre trace of S_pre,  y ← post trace of S_post
///     Δw_ij = A₊ S_post,i x_j − A₋ y_i S_pre,j
///
/// with the traces from before this step: coincident spikes do not pair, and a pair one step apart counts in
/// full. For exponential traces a pair n steps apart changes w by A₊ exp(−(n − 1)Δt/τ), or
/// −A₋ exp(−(n − 1)Δt/τ). Two three-factor updates whose modulator is a constant: the reward times A₊ or −A₋.
///
///   parameter       default                       symbol
///   pre, post       exponential, unnormalised     any Trace
///   potentiation    0.01                          A₊
///   depression      0.012                         A₋
///
/// zero_state throws std::invalid_argument for amplitudes that are not finite, and as the traces do; step
/// for a weight of another shape.
template <class S, Trace Pre = Exponential<S>, Trace Post = Pre> struct PairStdp {
  using Scalar = S;
  Pre pre = unnormalised<Pre>();
  Post post = unnormalised<Post>();
  S potentiation = S(0.01);
  S depression = S(0.012);

  template <int In, int Out, int B> struct State {
    StateOf<Pre, In, B> pre;
    StateOf<Post, Out, B> post;
    Matrix<S, Out, B> factor;  // scratch
    static void fields(auto& self, auto&& visit) {
      visit("pre", self.pre);
      visit("post", self.post);
    }
  };
  template <int In, int Out, int B>
  State<In, Out, B> zero_state(Extent<In> inputs, Extent<Out> outputs, Extent<B> batch) const {
    NEOHEBB_REQUIRE(is_finite(potentiation) && is_finite(depression), "PairStdp: amplitudes are ",
                    potentiation, " and ", depression, ", must be finite");
    return {pre.zero_state(inputs, batch), post.zero_state(outputs, batch), zeros<S>(outputs, batch)};
  }
  /// weight: out × in, summed over the batch. Third factor: `reward` (1: plain STDP).
  void step(auto&& weight, auto& state, const auto& pre_spikes, const auto& post_spikes, S reward = 1) const {
    auto& factor = state.factor;
    check_shape("PairStdp weight", weight, post_spikes.neurons(), pre_spikes.neurons());
    const auto modulator =
        std::decay_t<decltype(factor)>::Constant(factor.rows(), factor.cols(), reward * potentiation);
    three_factor_update(weight, S(1), modulator, post_spikes.dense(), pre.value(state.pre), factor);
    factor = -reward * depression * post.value(state.post);
    for (Index b = 0; b < pre_spikes.batch();
         ++b)  // the presynaptic factor is 0 or 1: a column for every spike
      for (const auto j : pre_spikes.active(b)) weight.col(j) += factor.col(b);
    pre.step(state.pre, pre_spikes.dense());
    post.step(state.post, post_spikes.dense());
  }

 private:
  template <class T> static T unnormalised() {
    T trace{};
    if constexpr (requires { trace.normalised; }) trace.normalised = false;
    return trace;
  }
};

}  // namespace neohebb
