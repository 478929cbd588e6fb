// The event-driven projection: what Dense computes, at a cost per spike.
#pragma once
#include <neohebb/projection/arithmetic.hpp>
#include <neohebb/projection/connectivity.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_credit.hpp>
#include <neohebb/projection/event_state.hpp>
#include <neohebb/projection/event_weights.hpp>
#include <neohebb/projection/lazy_columns.hpp>
#include <neohebb/projection/step_credit.hpp>
#include <neohebb/trace/trace.hpp>
#include <type_traits>
#include <utility>

namespace neohebb {

/// Equals Dense up to rounding (tests/projection/event_steps.cpp, event_windows.cpp, event_online.cpp), and
/// works where spikes are. Kernels are linear and shared by all inputs, so that filtering commutes with
/// weighting:
///
///     W∘P ← trace(W∘S),  W∘S = Σ_{j spiked} W_j     a step: neither P nor a product with W
///     Σ_t δ[t] P[t]ᵀ = Σ_{spikes (j, t)} δ̃[t] e_jᵀ + ξ[first] x[first]ᵀ
///                                                   a window: δ̃ = vᵀξ is δ filtered backwards in time
///     W_j ← W_j − (E[k] − E[k_j]) c_j               online SGD, one sample: W_j waits for j's next spike
///
/// Throws std::invalid_argument as Dense does. Time constants for each input are refused by the compiler.
///
///   parameter           default        meaning
///   connectivity        —              AllToAll{inputs, outputs}, or any SpikingConnectivity
///   trace               its own        ε, any CommutingTrace
///   constraint          Unconstrained  as in Dense
///   bias                true           whether b is learned
///   credit_columns      Dense's        as in Dense
///   arithmetic          by_rate        or always one of them
///   dense_above         0.17           or the connectivity's own: spikes per input and step above which
///                                      products are cheaper
///   dense_above_single  0.7            likewise for one sample, where a product is bound by memory
template <CommutingTrace T, SpikingConnectivity<typename T::Scalar> C = AllToAll<>,
          class Constraint = Unconstrained>
struct EventDriven {
  using Scalar = typename T::Scalar;
  /// The same synapses with matrix products only.
  using Plain = Dense<T, C, detail::Borrowed<Constraint>>;
  static constexpr bool recurrent = false;
  static constexpr int trace_stages = T::stages;
  static constexpr int In = Plain::In, Out = Plain::Out, Rows = Plain::Rows, Cols = Plain::Cols,
                       K = T::stages;
  C connectivity{};
  T trace{};
  Constraint constraint{};
  bool bias = true;
  Index credit_columns = Plain{}.credit_columns;
  Arithmetic arithmetic = Arithmetic::by_rate;
  Scalar dense_above = detail::dense_above<C, Scalar>;
  Scalar dense_above_single = detail::dense_above_single<C, Scalar>;

  void validate() const {
    plain().validate();
    check_range("EventDriven.dense_above", dense_above, Scalar(0), Scalar(1));
    check_range("EventDriven.dense_above_single", dense_above_single, Scalar(0), Scalar(1));
  }
  auto inputs() const { return connectivity.inputs(); }
  auto outputs() const { return connectivity.outputs(); }
  /// The same synapses with matrix products only.
  Plain plain() const { return {connectivity, trace, {&constraint}, bias, credit_columns}; }

  /// Updates that wait.
  using Pending = std::conditional_t<column_per_input<C>, LazyColumns<Scalar, Rows, Cols, K>, NothingPending>;
  using Weights = EventWeights<Scalar, Rows, Cols, Pending>;

  Weights weights(const auto& weight, const auto& bias_given) const {
    return wrap(plain().weights(weight, bias_given));
  }
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    return wrap(plain().initial_weights(initialisation, generator));
  }
  Weights zero_weights() const { return wrap(plain().zero_weights()); }

  template <int B> using State = EventState<Plain, Pending, B>;
  template <int B> State<B> zero_state(Extent<B> batch) const {
    validate();
    check_positive("batch", Index(batch));
    State<B> state{trace.zero_state(inputs(), batch),
                   {outputs(), batch},
                   zeros<Scalar>(outputs(), Extent<1>{}),
                   {inputs(), batch},
                   pending().scratch(),
                   connectivity.template workspace<Scalar>(),
                   batch,
                   {trace, inputs(), connectivity.rows(), batch}};
    if constexpr (PreparesWeights<C, Scalar>) connectivity.reserve_forward_spikes(state.workspace);
    return state;
  }

  /// Equals Dense::step (tests/projection/event_steps.cpp). The state keeps W∘P, and adds the columns of the
  /// inputs that spike. It is made by a product where the rate of spikes is above the limits, and where
  /// weights have moved.
  void step(const Weights& w, auto& s, const auto& in, auto& drive) const {
    const Index batch = s.batch;
    check_shape("EventDriven weight", w.affine_.weight, Index(connectivity.rows()),
                Index(connectivity.cols()));
    check_shape("EventDriven input", in.dense(), Index(inputs()), batch);
    check_shape("EventDriven drive", drive, Index(outputs()), batch);
    trace.step(s.pre, in.dense());
    s.adopt(w.revision());
    s.note_step(in, w.revision(), arithmetic != Arithmetic::dense);
    if constexpr (arrives_as_pulse<T>) return step_pulses(w, s, in, drive);
    const bool follows = s.follows && s.revision == w.revision() && s.by_events(*this);
    if (!follows) multiply(w, s, drive);
    if (s.follows || batch == 1 || s.lists) s.spikes.copy(in.lists());
    if (follows) follow(w, s, drive);
  }

  template <int B>
  using Credit = std::conditional_t<In == Dynamic || Out == Dynamic || B == Dynamic, EventCredit<Plain, B, K>,
                                    StepCredit<Plain, B>>;
  template <int B> Credit<B> zero_credit(Extent<B> batch, Index window, bool holds = false) const {
    return Credit<B>::zero(plain(), batch, window, holds);
  }
  void credit(const Weights& w, auto& s, const auto& delta, auto& c) const {
    check_shape("EventDriven delta", delta, Index(outputs()), Index(s.batch));
    if (!c.record(s, delta)) plain().credit(w.affine_, s, delta, c.plain);
    c.last = s.now;
    ++c.steps;
  }
  // For eligibilities with memory, as in Dense.
  void each_block(auto&& f, auto&... of) const { f(*this, of...); }
  auto map_block(auto&& make) const { return make(*this); }
  void keep_lists(auto& s) const { s.lists = true; }
  void hold(const Weights&, auto& s, auto& c) const {
    c.last = s.now;
    ++c.steps;
    c.hold(trace, s);
  }
  void take(auto& c, const auto& delta, Index first, Index sample, Index batch, auto& adjoint) const {
    c.take(*this, delta, first, sample, batch, adjoint);
  }
  void correlate(auto& c, const auto& delta, Index first, Index sample, Index batch, auto& adjoint,
                 auto&& pairs) const {
    c.correlate(*this, delta, first, sample, batch, adjoint, pairs);
  }
  const auto& weight(const Weights& w) const requires arrives_as_pulse<T> {  // for which updates never wait
    return w.affine_.weight;
  }
  auto presynaptic(const auto& s) const { return trace.value(s.pre); }
  Scalar presynaptic_of_bias(const auto& s) const { return s.pulse.bias(); }
  void each_arrival(const auto& s, Index sample, auto&& use) const requires arrives_as_pulse<T> {
    for (const auto j : s.spikes.active(sample)) use(j);
  }
  void add_pairs(auto& c, const auto& pairs, auto& from, auto& to) const {
    plain().add_pairs(c.plain, pairs, from, to);
    if (c.steps == 0) c.steps = 1;
  }
  void pull(const Weights& w, const auto& strength, auto& c) const {
    plain().pull(w.affine_, strength, c.plain);
    if (c.steps == 0) c.steps = 1;
  }
  /// Filters a window's δ backwards and sorts its spikes by input: once before an update, on any thread.
  void prepare_update(auto& c) const { c.prepare(*this); }
  typename Plain::Weights gradient(const auto& credit) const {
    auto c = credit;
    prepare_update(c);
    return plain().gradient(c);
  }

  template <Optimizer O> auto learner(const O& optimizer) const {
    validate();
    auto learner = plain().learner(optimizer);
    if constexpr (PreparesWeights<C, Scalar>)
      for (auto& part : learner.parts) connectivity.reserve_gather_spikes(part.workspace);
    return learner;
  }
  Index parts() const { return plain().parts(); }
  /// Equals Dense::update (tests/projection/event_online.cpp, event_windows.cpp). With Sgd, one sample and an
  /// update at every step, columns wait for their inputs' next spikes. Otherwise the window's gradient is
  /// summed over its spikes, and the optimizer moves all of W. Dense's own gradient is taken for steps with
  /// gaps between them, for steps beyond those announced, for batches smaller than the credit's, for windows
  /// of fixed sizes, and above the limits of the rate.
  void update(Weights& w, auto& s, auto& c, auto& learner) const {
    if (c.empty()) return;
    s.adopt(w.revision());
    constexpr int B = extent_of<std::decay_t<decltype(s.batch)>>;
    constexpr bool linear = (B == 1 || B == Dynamic) && column_per_input<C> && !arrives_as_pulse<T> &&
                            std::same_as<Constraint, Unconstrained> &&
                            std::decay_t<decltype(learner.optimizer)>::linear;
    const bool single = linear && s.batch == 1 && c.steps == 1 && c.last == s.now && c.plain.credited &&
                        !c.plain.summed && w.pending_.possible();
    if constexpr (linear)
      if (single && s.by_events(*this)) return update_lazily(w, s, c, learner.optimizer.rate);
    const bool own = single && s.revision == w.revision();
    prepare_update(c);
    w.settled();
    bool followed = false;
    if constexpr (linear) followed = c.move_along(s, w.revision(), learner.optimizer.rate);
    const auto only = [&](auto&& use) { use(c); };
    for (Index k = 0; k < parts(); ++k) update_part(w, only, learner, k);
    finish_update(w, only);
    s.revision = followed || own ? w.revision() : 0;
    if (followed || own)
      s.follows = followed;  // otherwise begins afresh, and may wait for columns again when the rate falls
  }
  /// Nothing may be pending in w: settle it before threads share it.
  void update_part(Weights& w, auto&& each_credit, auto& learner, Index k) const {
    plain().update_part(w.affine_, each_credit, learner, k);
  }
  void gather_part(Weights& w, auto&& each_credit, auto& learner, Index k, auto* sum, bool begins,
                   bool ends) const {
    plain().gather_part(w.affine_, each_credit, learner, k, sum, begins, ends);
  }
  void apply_part(Weights& w, auto& learner, Index k, const auto* sum) const {
    plain().apply_part(w.affine_, learner, k, sum);
  }
  void finish_update(Weights& w, auto&& each_credit) const {
    w.settled();
    w.revision_ = next_revision();
    each_credit([](auto& c) { c.clear(); });
  }

 private:
  Weights wrap(typename Plain::Weights affine) const { return {std::move(affine), pending()}; }
  Pending pending() const {
    if constexpr (column_per_input<C>)
      return {connectivity.rows(), connectivity.cols(), trace.transition()};
    else
      return {};
  }
  void prepare(const Weights& w, auto& s) const {
    if constexpr (PreparesWeights<C, Scalar>)
      if (std::exchange(s.prepared, w.revision()) != w.revision())
        connectivity.prepare(w.affine_.weight, s.workspace);
  }
  /// W∘P as a product; of every stage, to be followed from here on, where that pays.
  void multiply(const Weights& w, auto& s, auto& drive) const {
    if (s.revision != w.revision()) {
      s.revision = w.revision();
      s.steps_between_updates = std::exchange(s.steps_since_update, 0);
    }
    ++s.steps_since_update;
    s.follows = s.by_events(*this);
    if (s.follows) {
      connectivity.forward(w.affine_.weight, s.pre.all, s.post.all, s.workspace);
      w.pending_.subtract_product(s.pre.all, s.post.all, s.scratch);
      drive = s.post.stage(0);
    } else {
      const auto p = trace.value(s.pre);
      connectivity.forward(w.affine_.weight, p, drive, s.workspace);
      w.pending_.subtract_product(p, drive, s.scratch);
    }
    connectivity.add_bias(w.affine_.bias, drive);
  }
  /// Equals multiply up to rounding (tests/projection/event_steps.cpp): W∘P from what the spikes add to it.
  void follow(const Weights& w, auto& s, auto& drive) const {
    prepare(w, s);
    for (Index b = 0; b < s.batch; ++b) {
      s.weighted.setZero();
      connectivity.forward_spikes(w.affine_.weight, s.spikes.active(b), s.weighted, s.workspace);
      w.pending_.subtract(s.spikes.active(b), s.weighted, s.scratch);
      detail::StagesColumn post{s.post.all, b, s.batch};
      trace.step(post, s.weighted);
      auto column = drive.col(b);
      column = post.stage(0);
      connectivity.add_bias(w.affine_.bias, column);
    }
    ++s.steps_since_update;
  }
  /// Equals Dense::step (tests/projection/event_steps.cpp) for pulses: only this step's spikes are weighed.
  void step_pulses(const Weights& w, auto& s, const auto& in, auto& drive) const {
    s.follows = s.by_events(*this);
    s.spikes.copy(in.lists());
    if (!s.follows) {
      connectivity.forward(w.affine_.weight, s.pulse.arriving(trace, in), drive, s.workspace);
    } else {
      s.pulse.step_bias(trace);
      prepare(w, s);
      for (Index b = 0; b < s.batch; ++b) {
        auto column = drive.col(b);
        column.setZero();
        connectivity.forward_spikes(w.affine_.weight, s.spikes.active(b), column, s.workspace);
        if (trace.normalised) column *= trace.gain();
      }
    }
    connectivity.add_bias(s.pulse.scaled(trace, w.affine_.bias), drive);
  }
  /// Equals Dense::update of one sample (tests/projection/event_online.cpp): each W_j waits for a spike.
  void update_lazily(Weights& w, auto& s, auto& c, Scalar rate) const {
    const bool own = s.revision == w.revision();
    const bool moves = c.plain.columns > 0;  // otherwise δ = 0, but the traces go on
    const auto delta = c.plain.delta.col(0);
    if (s.now.was_read()) s.now.name = next_revision();
    w.pending_.move(w.affine_.weight, s.before.name, s.now.name, s.spikes.active(0), s.pre.all,
                    moves ? rate : Scalar(0), delta);
    c.clear();
    if (!moves) return;
    if (bias) connectivity.gather_bias(-rate, delta, w.affine_.bias);
    w.revision_ = next_revision();
    if (own) s.move_along(w.revision(), rate, delta);
  }
};

}  // namespace neohebb
