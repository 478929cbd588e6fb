#pragma once
#include <neohebb/projection/projection.hpp>
#include <utility>

namespace neohebb {

/// A projection from outside plus one from the population to itself.
///
///     drive[t] = forward(S_in[t]) + lateral(S[t−1])
///
/// The population's own spikes pass the lateral trace like any others: with a DoubleExponential, S[t−1]
/// enters Q at step t and reaches U at t + 1, two steps after it was fired. Both learn from the same δ, as a
/// fan-in of both populations would. Either may be any projection (masked, constrained, event-driven). The
/// lateral one has no bias of its own.
///
///   parameter   default   meaning
///   forward     —         inputs → outputs
///   lateral     —         outputs → outputs, bias = false
///
/// Throws std::invalid_argument for a lateral projection with a bias or of other sizes, and as both do.
template <Projection P, Projection Q = P> struct WithRecurrence {
  using Scalar = typename P::Scalar;
  static_assert(std::same_as<Scalar, typename Q::Scalar>,
                "neohebb: forward and lateral must share one Scalar");
  static constexpr bool recurrent = true;
  static constexpr int Out = extent_of<decltype(std::declval<const P&>().outputs())>;
  P forward{};
  Q lateral{};

  void validate() const {
    forward.validate();
    lateral.validate();
    if constexpr (requires { innermost(lateral).bias; })
      NEOHEBB_REQUIRE(!innermost(lateral).bias,
                      "WithRecurrence.lateral.bias must be false: forward has the bias");
    NEOHEBB_REQUIRE(Index(lateral.inputs()) == Index(forward.outputs()) &&
                        Index(lateral.outputs()) == Index(forward.outputs()),
                    "WithRecurrence.lateral joins ", Index(lateral.inputs()), " to ",
                    Index(lateral.outputs()), " neurons, must be ", Index(forward.outputs()), " to ",
                    Index(forward.outputs()));
  }
  auto inputs() const { return forward.inputs(); }
  auto outputs() const { return forward.outputs(); }

  struct Weights {
    typename P::Weights forward;
    typename Q::Weights lateral;
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto& self, auto&& visit) {
      visit("forward", self.forward);
      visit("lateral", self.lateral);
    }
  };
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    validate();
    return {forward.initial_weights(initialisation, generator.substream(0)),
            lateral.initial_weights(initialisation, generator.substream(1))};
  }
  /// Of the synapses from outside.
  decltype(auto) weight(const Weights& w) const requires requires(const P p) { p.weight(w.forward); }
  { return forward.weight(w.forward); }
  template <int B> struct State {
    typename P::template State<B> forward;
    typename Q::template State<B> lateral;
    Matrix<Scalar, Out, B> lateral_drive;  // by the population's own spikes
    static void fields(auto& self, auto&& visit) {
      visit("forward", self.forward);
      visit("lateral", self.lateral);
    }
  };
  template <int B> State<B> zero_state(Extent<B> batch) const {
    validate();
    return {forward.zero_state(batch), lateral.zero_state(batch), zeros<Scalar>(outputs(), batch)};
  }
  /// own: the population's spikes of the step before.
  void step(const Weights& w, auto& state, const auto& in, const auto& own, auto& drive) const {
    forward.step(w.forward, state.forward, in, drive);
    lateral.step(w.lateral, state.lateral, own, state.lateral_drive);
    drive += state.lateral_drive;
  }

  template <int B> struct Credit {
    CreditOf<P, B> forward;
    CreditOf<Q, B> lateral;
    bool empty() const { return forward.empty(); }
    static void fields(auto& self, auto&& visit) {
      visit("forward", self.forward);
      visit("lateral", self.lateral);
    }
  };
  /// holds, where projections know of it: with room for a window whose δ is known at its end.
  template <int B> Credit<B> zero_credit(Extent<B> batch, Index window, auto... holds) const {
    return {forward.zero_credit(batch, window, holds...), lateral.zero_credit(batch, window, holds...)};
  }
  void credit(const Weights& w, auto& state, const auto& delta, auto& credit) const {
    forward.credit(w.forward, state.forward, delta, credit.forward);
    lateral.credit(w.lateral, state.lateral, delta, credit.lateral);
  }
  // For eligibilities with memory, as in Dense.
  void each_block(auto&& f, auto&... of) const {
    forward.each_block(f, of.forward...);
    lateral.each_block(f, of.lateral...);
  }
  auto map_block(auto&& make) const {
    auto outside = forward.map_block(make);
    auto own = lateral.map_block(make);
    return Gradient<decltype(outside), decltype(own)>{std::move(outside), std::move(own)};
  }
  void keep_lists(auto& state) const {
    forward.keep_lists(state.forward);
    lateral.keep_lists(state.lateral);
  }
  void hold(const Weights& w, auto& state, auto& credit) const {
    forward.hold(w.forward, state.forward, credit.forward);
    lateral.hold(w.lateral, state.lateral, credit.lateral);
  }
  /// Something of either: gradients, and what an eligibility keeps of the synapses.
  template <class Forward, class Lateral> struct Gradient {
    Forward forward;
    Lateral lateral;
    static void fields(auto& self, auto&& visit) {
      visit("forward", self.forward);
      visit("lateral", self.lateral);
    }
  };
  auto gradient(const auto& credit) const {
    auto outside = forward.gradient(credit.forward);
    auto own = lateral.gradient(credit.lateral);
    return Gradient<decltype(outside), decltype(own)>{std::move(outside), std::move(own)};
  }

  template <class O> struct Learner {
    LearnerOf<P, O> forward;
    LearnerOf<Q, O> lateral;
    static void fields(auto& self, auto&& visit) {
      visit("forward", self.forward);
      visit("lateral", self.lateral);
    }
  };
  template <Optimizer O> Learner<O> learner(const O& optimizer) const {
    return {forward.learner(optimizer), lateral.learner(optimizer)};
  }
  void prepare_update(auto& credit) const {
    forward.prepare_update(credit.forward);
    lateral.prepare_update(credit.lateral);
  }
  Index parts() const { return forward.parts() + lateral.parts(); }
  void update(Weights& w, auto& state, auto& credit, auto& learner) const {
    forward.update(w.forward, state.forward, credit.forward, learner.forward);
    lateral.update(w.lateral, state.lateral, credit.lateral, learner.lateral);
  }
  void update_part(Weights& w, auto&& each_credit, auto& learner, Index k) const {
    const Index own = k - forward.parts();
    if (own < 0)
      forward.update_part(w.forward, forward_of(each_credit), learner.forward, k);
    else
      lateral.update_part(w.lateral, lateral_of(each_credit), learner.lateral, own);
  }
  void gather_part(Weights& w, auto&& each_credit, auto& learner, Index k, auto* sum, bool begins,
                   bool ends) const {
    const Index own = k - forward.parts();
    if (own < 0)
      forward.gather_part(w.forward, forward_of(each_credit), learner.forward, k, sum, begins, ends);
    else
      lateral.gather_part(w.lateral, lateral_of(each_credit), learner.lateral, own, sum, begins, ends);
  }
  void apply_part(Weights& w, auto& learner, Index k, const auto* sum) const {
    const Index own = k - forward.parts();
    if (own < 0)
      forward.apply_part(w.forward, learner.forward, k, sum);
    else
      lateral.apply_part(w.lateral, learner.lateral, own, sum);
  }
  void finish_update(Weights& w, auto&& each_credit) const {
    forward.finish_update(w.forward, forward_of(each_credit));
    lateral.finish_update(w.lateral, lateral_of(each_credit));
  }

 private:
  static auto forward_of(auto& each_credit) {
    return [&](auto&& use) { each_credit([&](auto& credit) { use(credit.forward); }); };
  }
  static auto lateral_of(auto& each_credit) {
    return [&](auto&& use) { each_credit([&](auto& credit) { use(credit.lateral); }); };
  }
};

}  // namespace neohebb
