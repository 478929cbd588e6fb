#pragma once
#include <neohebb/projection/projection.hpp>

namespace neohebb {

/// A projection whose weights stand still: features learned elsewhere, under layers that learn.
///
///     using Features = Frozen<EventDriven<DoubleExponential<float>>>;
///     const DecolleLayer<Features> first{.projection = {{.connectivity = {784, 2000}}},
///                                        .signal = {.classes = 10}};
///     std::get<0>(weights).projection = first.projection.weights(features, bias);  // 2000 × 784, 2000 × 1
///
/// Weights, traces and drives are those of the projection it holds, which may be any. What a layer credits is
/// not kept, updates do nothing, and a checkpoint has nothing of its learner. Throws what the projection
/// throws; δ is not looked at.
///
///   parameter    default   meaning
///   projection   —         Dense, EventDriven, …
template <Projection P> struct Frozen {
  using Scalar = typename P::Scalar;
  static constexpr bool recurrent = P::recurrent, frozen = true;  // frozen: its weights do not learn
  P projection{};

  void validate() const { projection.validate(); }
  auto inputs() const { return projection.inputs(); }
  auto outputs() const { return projection.outputs(); }

  using Weights = typename P::Weights;
  /// Given weights, as the projection takes them: checked.
  Weights weights(const auto&... given) const { return projection.weights(given...); }
  Weights zero_weights() const { return projection.zero_weights(); }
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    return projection.initial_weights(initialisation, generator);
  }
  template <int B> using State = typename P::template State<B>;
  template <int B> State<B> zero_state(Extent<B> batch) const { return projection.zero_state(batch); }
  /// in, drive; of a recurrent one in, own, drive.
  void step(const Weights& w, auto& state, auto&&... spikes_and_drive) const {
    projection.step(w, state, spikes_and_drive...);
  }

  struct Credit {
    bool empty() const { return true; }
    static void fields(auto&, auto&&) {}
  };
  template <int B> Credit zero_credit(Extent<B>, Index, bool = false) const { return {}; }
  void credit(const Weights&, auto&, const auto&, Credit&) const {}

  /// Nothing is remembered.
  struct NoBlock {
    static void fields(auto&, auto&&) {}
  };
  void each_block(auto&&, auto&...) const {}
  NoBlock map_block(auto&&) const { return {}; }
  void keep_lists(auto&) const {}
  void hold(const Weights&, auto&, Credit&) const {}

  /// optimizer: for schedules, which set the rate of every layer; nothing else reads it.
  template <class O> struct Learner {
    O optimizer;
    static void fields(auto&, auto&&) {}
  };
  template <Optimizer O> Learner<O> learner(const O& optimizer) const { return {optimizer}; }
  void prepare_update(Credit&) const {}
  Index parts() const { return 0; }
  void update(Weights&, auto&, Credit&, auto&) const {}
  void update_part(Weights&, auto&&, auto&, Index) const {}
  void gather_part(auto&&...) const {}
  void apply_part(auto&&...) const {}
  void finish_update(Weights&, auto&&) const {}
};

}  // namespace neohebb
