// What a state of an event-driven projection keeps from step to step.
#pragma once
#include <algorithm>
#include <cstddef>
#include <limits>
#include <neohebb/core/spikes.hpp>
#include <neohebb/projection/arithmetic.hpp>
#include <neohebb/projection/event_weights.hpp>
#include <neohebb/trace/pulses.hpp>
#include <utility>

namespace neohebb {

/// What an event-driven projection keeps of one batch. pre: the traces; stage 0 is P. post: W∘ each stage,
/// valid while `follows` is true and the weights' revision is `revision`.
template <class Plain, class Pending, int B> struct EventState {
  /// The trace.
  using T = decltype(Plain::trace);
  using Scalar = typename T::Scalar;
  static constexpr int In = Plain::In, Out = Plain::Out, Rows = Plain::Rows, K = T::stages;
  /// A revision that no weights have: of those saved beside a state.
  static constexpr std::size_t saved_beside = std::numeric_limits<std::size_t>::max();
  StateOf<T, In, B> pre;
  Stages<Scalar, Out, B, K> post;
  Vector<Scalar, Out> weighted;  // one sample's W∘S
  SpikeLists<In, B> spikes;
  typename Pending::Scratch scratch;
  typename Plain::Workspace workspace;
  Extent<B> batch;
  detail::PulseState<T, In, Rows, B> pulse;
  StepOf before = {}, now = {};     // the last two steps
  std::size_t revision = 0;         // of the weights that `post` belongs to; 0: of none
  std::size_t prepared = 0;         // of the weights that connectivity.prepare saw last
  Index steps_since_update = 0;     // made with these weights
  Index steps_between_updates = 0;  // made with those before them; 0: weights never moved
  Scalar rate = 0;                  // spikes per input, over the last few steps
  /// follows: whether `post` is kept; lists: spikes are wanted whatever the arithmetic
  bool follows = false, lists = false;

  /// A state that was read belongs to the weights that were saved beside it: those that it meets first.
  void adopt(std::size_t weights) {
    if (revision == saved_beside) revision = weights;
  }
  /// Notes a step: how many spikes, and whether sums of columns may be kept.
  void note_step(const auto& in, std::size_t weights, bool may_follow) {
    const Scalar now_rate = Scalar(in.count()) / Scalar(pre.all.rows() * Index(batch));
    if (now.none()) {  // zero traces agree with any weights
      rate = now_rate;
      revision = weights;
      follows = may_follow;
    } else {
      rate += (now_rate - rate) / 4;
    }
    before = std::exchange(now, now.next());
  }
  /// Weights that move every w steps cost K products (W∘x afresh) in place of w; likewise the gradient.
  bool by_events(const auto& projection) const {
    const Index stands = steps_between_updates == 0 ? 0 : std::max(steps_between_updates, steps_since_update);
    if (projection.arithmetic == Arithmetic::dense || stands == 1) return false;
    if (projection.arithmetic == Arithmetic::events) return true;
    const Scalar restarts = stands == 0 ? Scalar(0) : Scalar(batch == 1 ? 1 : K) / Scalar(stands);
    return rate <= (batch == 1 ? projection.dense_above_single : projection.dense_above) * (1 - restarts);
  }
  /// W ← W − rate·δPᵀ for one sample: the new W∘x has −rate·δ Pᵀx beside the old one.
  void move_along(std::size_t weights, Scalar learning_rate, const auto& delta) {
    revision = weights;
    if (!follows) return;
    const auto p = pre.stage(0);
    for (Index k = 0; k < K; ++k)
      post.stage(k) -= (learning_rate * p.col(0).dot(pre.stage(k).col(0))) * delta;
  }
  static void fields(auto& self, auto&& visit) {
    visit("pre", self.pre);
    if constexpr (!arrives_as_pulse<T>) visit("post", self.post);
    visit("spikes", self.spikes);
    visit("pulse", self.pulse);
    visit("before", self.before);
    visit("now", self.now);
    visit("steps_since_update", self.steps_since_update);
    visit("steps_between_updates", self.steps_between_updates);
    visit("rate", self.rate);
    visit("follows", self.follows);
    bool agrees = self.revision != 0;
    visit("agrees", agrees);
    if constexpr (is_filled<decltype(self)>) self.revision = agrees ? saved_beside : 0;
  }
};

}  // namespace neohebb
