// The event-driven projection: what Dense computes, at a cost per spike.
#pragma once
#include <algorithm>
#include <limits>
#include <neohebb/projection/arithmetic.hpp>
#include <neohebb/projection/connectivity.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_credit.hpp>
#include <neohebb/projection/event_weights.hpp>
#include <neohebb/projection/lazy_columns.hpp>
#include <neohebb/trace/trace.hpp>
#include <utility>

namespace neohebb {

/// Synapses like Dense's, with the same results up to rounding, that do work where spikes are. Kernels are linear and
/// shared by all inputs, so that filtering commutes with weighting:
///
///     W∘P ← trace(W∘S),  W∘S = Σ_{j spiked} W_j            a step: neither P nor a product with W
///     Σ_t δ[t] P[t]ᵀ = Σ_{spikes (j, t)} δ̃[t] e_jᵀ + ξ[first] x[first]ᵀ
///                                                          a window: δ̃ = vᵀξ is δ filtered backwards in time
///     W_j ← W_j − (E[k] − E[k_j]) c_j                      online SGD, one sample: column j waits for j's next spike
///
/// Any optimizer and batch can learn in windows. Updates at every step are event-driven with Sgd and one sample;
/// momentum, Adam, constraints, or more samples change all of W at every step, and take Dense's arithmetic. So do
/// steps that are credited with gaps between them, steps of a window beyond those announced, batches smaller than the
/// credit's, windows of fixed sizes (which would need a heap), and rates above the limits below. Per-input time constants are refused by the compiler.
///
/// A state keeps W∘P; one that meets weights that somebody else has moved starts it afresh with a product.
/// Throws std::invalid_argument as Dense does.
///
///   parameter           default        meaning
///   connectivity        —              AllToAll{inputs, outputs}, or any SpikingConnectivity
///   trace               its own        ε, any CommutingTrace
///   constraint          Unconstrained  as in Dense
///   bias                true           whether b is learned
///   credit_columns      Dense's        as in Dense
///   arithmetic          by_rate        or pinned
///   dense_above         0.17, or the connectivity's own: spikes per input and step above which products are cheaper …
///   dense_above_single  0.7, likewise … and for one sample, where a product is bound by memory
template <CommutingTrace T, SpikingConnectivity<typename T::Scalar> C = AllToAll<>,
          class Constraint = Unconstrained>
struct EventDriven {
  using Scalar = typename T::Scalar;
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

  using Pending = std::conditional_t<column_per_input<C>, LazyColumns<Scalar, Rows, Cols, K>, NothingPending>;
  using Weights = EventWeights<Scalar, Rows, Cols, Pending>;

  Weights weights(const auto& weight, const auto& bias_given) const {
    return wrap(plain().weights(weight, bias_given));
  }
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    return wrap(plain().initial_weights(initialisation, generator));
  }
  Weights zero_weights() const { return wrap(plain().zero_weights()); }

  /// A revision that no weights have: of those saved beside a state.
  static constexpr std::size_t saved_beside = std::numeric_limits<std::size_t>::max();
  /// pre: the traces, P its stage 0. post: W∘ every stage, while `follows` says so for weights of that `revision`.
  template <int B> struct State {
    StateOf<T, In, B> pre;
    Stages<Scalar, Out, B, K> post;
    Vector<Scalar, Out> weighted;  // one sample's W∘S
    SpikeLists<In, B> spikes;
    typename Pending::Scratch scratch;
    typename Plain::Workspace workspace;
    Extent<B> batch;
    detail::PulseState<T, In, Rows, B> pulse;
    StepOf before = {}, now = {};  // the last two steps
    std::size_t revision = 0;      // of the weights that `post` belongs to; 0: of none
    std::size_t prepared = 0;      // of the weights that connectivity.prepare saw last
    Index held = 0, stood = 0;  // steps made with these weights, and with those before them (0: never moved)
    Scalar rate = 0;            // spikes per input, over the last few steps
    bool follows = false, lists = false;  // lists: spikes are wanted whatever the arithmetic
    static void fields(auto& self, auto&& visit) {
      visit("pre", self.pre);
      if constexpr (!arrives_as_pulse<T>) visit("post", self.post);
      visit("spikes", self.spikes);
      visit("pulse", self.pulse);
      visit("before", self.before);
      visit("now", self.now);
      visit("held", self.held);
      visit("stood", self.stood);
      visit("rate", self.rate);
      visit("follows", self.follows);
      bool agrees = self.revision != 0;
      visit("agrees", agrees);
      if constexpr (is_filled<decltype(self)>) self.revision = agrees ? saved_beside : 0;
    }
  };
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

  void step(const Weights& w, auto& s, const auto& in, auto& drive) const {
    const Index batch = s.batch;
    check_shape("EventDriven weight", w.affine_.weight, Index(connectivity.rows()),
                Index(connectivity.cols()));
    check_shape("EventDriven input", in.dense(), Index(inputs()), batch);
    check_shape("EventDriven drive", drive, Index(outputs()), batch);
    trace.step(s.pre, in.dense());
    adopt(w, s);
    note_step(w, s, in);
    if constexpr (arrives_as_pulse<T>) return step_pulses(w, s, in, drive);
    const bool follows = s.follows && s.revision == w.revision() && by_events(s);
    if (!follows) multiply(w, s, drive);
    if (s.follows || batch == 1 || s.lists) s.spikes.copy(in.lists());
    if (follows) follow(w, s, drive);
  }

  template <int B> static constexpr bool has_record = In == Dynamic || Out == Dynamic || B == Dynamic;
  template <int B>
  using Credit = std::conditional_t<has_record<B>, EventCredit<Plain, B, K>, StepCredit<Plain, B>>;
  template <int B> Credit<B> zero_credit(Extent<B> batch, Index window, bool holds = false) const {
    if constexpr (!has_record<B>) {
      return {plain().zero_credit(batch, window, holds)};
    } else {
      const bool records = window > 1, streamed = holds && streams;
      const Index columns = records ? window * Index(batch) : 0, stages = records ? K * Index(batch) : 0;
      auto of_steps = plain().zero_credit(batch, records && holds ? 1 : window, holds);
      return {std::move(of_steps),
              zeros<Scalar>(outputs(), Extent<>{streamed ? 0 : columns}),
              records ? SpikeRecord(inputs(), columns) : SpikeRecord(),
              zeros<Scalar>(inputs(), Extent<>{stages}),
              Matrix<Scalar, 1, K>::Zero(),
              zeros<Scalar>(outputs(), Extent<>{stages}),
              zeros<Scalar>(outputs(), Extent<1>{}),
              records && streamed};
    }
  }
  void credit(const Weights& w, auto& s, const auto& delta, auto& c) const {
    check_shape("EventDriven delta", delta, Index(outputs()), Index(s.batch));
    if (!record(s, delta, c)) {
      plain().credit(w.affine_, s, delta, c.plain);
      if constexpr (requires { c.recorded; }) c.recorded = {};  // no later step is the one after the record
    }
    c.last = s.now;
    ++c.steps;
  }
  // For eligibilities with memory, as in Dense.
  void each_block(auto&& f, auto&... of) const { f(*this, of...); }
  auto map_block(auto&& make) const { return make(*this); }
  void keep_lists(auto& s) const { s.lists = true; }
  void hold(const Weights& w, auto& s, auto& c) const {
    c.last = s.now;
    ++c.steps;
    if constexpr (requires { c.spikes; }) {
      if (c.spikes.room() > 0) {
        const Index used = c.spikes.columns(), batch = s.batch;
        NEOHEBB_REQUIRE(K * batch == c.origin.cols() && used + batch <= c.spikes.room(), "a credit made for ",
                        c.origin.cols() / K, " samples and ", c.spikes.room(),
                        " samples x steps was to hold ", used + batch, " of ", batch,
                        " samples; update at the end of each window, or make the learner for a longer one");
        NEOHEBB_REQUIRE(used == 0 || c.recorded == s.before,
                        "EventDriven: the steps of a window must follow each other, without gaps");
        return append(s, c);
      }
    }
    plain().hold(w.affine_, s, c.plain);
  }
  void take(auto& c, const auto& delta, Index first, Index sample, Index batch, auto& adjoint) const {
    if constexpr (requires { c.spikes; }) {
      if (c.streams) {
        if constexpr (streams) {
          auto& sum = c.plain.sum;
          stream(c, delta, first, sample, batch, adjoint, sum.bias,
                 [&](Index j, const auto& now) { connectivity.gather_spike(j, now, sum.weight.col(j)); });
          if (first == 0 && !c.from_zero)
            for (Index k = 0; k < K; ++k)
              connectivity.gather(Scalar(1), adjoint.col(k), c.origin.col(k * batch + sample), sum.weight,
                                  c.plain.workspace);
          c.plain.summed = c.plain.noted = true;
        }
        return;
      }
      if (c.spikes.room() > 0) {
        for (Index t = 0; t < delta.cols(); ++t) c.delta.col((first + t) * batch + sample) = delta.col(t);
        return;
      }
    }
    plain().take(c.plain, delta, first, sample, batch, adjoint);
  }
  void correlate(auto& c, const auto& delta, Index first, Index sample, Index batch, auto& adjoint,
                 auto&& pairs) const {
    if constexpr (requires { c.spikes; }) {
      if (c.spikes.room() > 0) {
        const Index in = inputs();
        auto of_bias = pairs.col(in - (pairs.cols() == in));  // unused where there is none
        stream(c, delta, first, sample, batch, adjoint, of_bias,
               [&](Index j, const auto& now) { pairs.col(j) += now; });
        if (first == 0 && !c.from_zero)
          for (Index k = 0; k < K; ++k)
            pairs.leftCols(in).noalias() += adjoint.col(k) * c.origin.col(k * batch + sample).transpose();
        return;
      }
    }
    plain().correlate(c.plain, delta, first, sample, batch, adjoint, pairs);
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
  void prepare_update(auto& c) const {
    if constexpr (requires { c.spikes; }) {
      const Index columns = c.spikes.columns(), batch = c.origin.cols() / K;
      if (columns == 0 || c.prepared) return;
      if (c.streams) return c.spikes.clear();  // its gradient has been summed
      c.prepared = true;
      c.bias = c.delta.leftCols(columns).rowwise().sum();
      c.adjoint.setZero();
      for (Index b = 0; b < batch; ++b) {
        detail::StagesColumn adjoint{c.adjoint, b, batch};
        for (Index t = columns - batch + b; t >= 0; t -= batch) {
          auto delta = c.delta.col(t);
          trace.step_back(adjoint, delta);
          delta = trace.impulse(adjoint);
        }
      }
      if (arrives_as_pulse<T> && bias) {  // the bias is an input that spikes in every step
        const Index after = c.from_zero ? 0 : batch;
        c.bias = c.delta.middleCols(after, columns - after).rowwise().sum();
        if (!c.from_zero) c.add_bias_origin(c.bias);
      }
      c.spikes.group(c.from_zero ? 0 : batch);
    }
  }
  typename Plain::Weights gradient(const auto& credit) const {
    auto c = credit;
    prepare_update(c);
    auto g = plain().zero_weights();
    auto workspace = connectivity.template workspace<Scalar>();
    c.gather(connectivity, Scalar(1), g.weight, 0, workspace);
    c.gather_bias(connectivity, Scalar(1), g.bias);
    return g;
  }

  template <Optimizer O> auto learner(const O& optimizer) const {
    validate();
    auto learner = plain().learner(optimizer);
    if constexpr (PreparesWeights<C, Scalar>)
      for (auto& part : learner.parts) connectivity.reserve_gather_spikes(part.workspace);
    return learner;
  }
  Index parts() const { return plain().parts(); }
  void update(Weights& w, auto& s, auto& c, auto& learner) const {
    if (c.empty()) return;
    adopt(w, s);
    constexpr int B = extent_of<std::decay_t<decltype(s.batch)>>;
    constexpr bool linear = (B == 1 || B == Dynamic) && column_per_input<C> && !arrives_as_pulse<T> &&
                            std::same_as<Constraint, Unconstrained> &&
                            std::decay_t<decltype(learner.optimizer)>::linear;
    const bool single = linear && s.batch == 1 && c.steps == 1 && c.last == s.now && c.plain.noted &&
                        !c.plain.summed && w.pending_.possible();
    if constexpr (linear)
      if (single && by_events(s)) return update_lazily(w, s, c, learner.optimizer.rate);
    const bool own = single && s.revision == w.revision();
    prepare_update(c);
    w.settled();
    bool followed = false;
    if constexpr (linear && has_record<B>) followed = follow_update(w, s, c, learner.optimizer.rate);
    const auto only = [&](auto&& use) { use(c); };
    for (Index k = 0; k < parts(); ++k) update_part(w, only, learner, k);
    finish_update(w, only);
    s.revision = followed || own ? w.revision() : 0;
    if (!followed && !own) return;
    s.follows = followed;  // otherwise begins afresh, and may wait for columns again when the rate falls
  }
  /// Nothing may be pending in w: settle it before threads share it.
  void update_part(Weights& w, auto&& each_credit, auto& learner, Index k) const {
    plain().update_part(w.affine_, each_credit, learner, k);
  }
  void finish_update(Weights& w, auto&& each_credit) const {
    w.settled();
    w.revision_ = next_revision();
    each_credit([](auto& c) { c.clear(); });
  }

 private:
  /// Whether a spike's δ can go to its weights at once, when a held window ends.
  static constexpr bool streams = requires(const C joins, Vector<Scalar>& x) {
    joins.gather_spike(Index{}, x, x);
  };
  /// Filters δ of a block of steps backwards, on from the block after it, and calls spike(j, δ̃) for every spike.
  void stream(auto& c, const auto& delta, Index first, Index sample, Index batch, auto& filtered,
              auto&& of_bias, auto&& spike) const {
    detail::StagesColumn adjoint{filtered, 0, 1};
    for (Index k = delta.cols(), t = first + k; k-- > 0;) {
      if (!arrives_as_pulse<T> && bias) of_bias += delta.col(k);
      trace.step_back(adjoint, delta.col(k));
      if (--t == 0 && !c.from_zero) break;
      const auto spikes = c.spikes.active(t * batch + sample);
      const bool of_pulse = arrives_as_pulse<T> && bias;  // the bias is an input that spikes in every step
      if (spikes.empty() && !of_pulse) continue;
      auto& now = c.bias;  // scratch
      now = trace.impulse(adjoint);
      for (const auto j : spikes) spike(j, now);
      if (of_pulse) of_bias += now;
    }
    if (arrives_as_pulse<T> && bias && first == 0 && !c.from_zero)
      for (Index k = 0; k < K; ++k) of_bias += c.bias_origin[k] * adjoint.stage(k);
  }
  Weights wrap(typename Plain::Weights affine) const { return {std::move(affine), pending()}; }
  Pending pending() const {
    if constexpr (column_per_input<C>)
      return {connectivity.rows(), connectivity.cols(), trace.transition()};
    else
      return {};
  }
  /// Weights that move every w steps cost K products (W∘x afresh) in place of w, and likewise for the gradient.
  bool by_events(const auto& s) const {
    const Index stood = s.stood == 0 ? 0 : std::max(s.stood, s.held);
    if (arithmetic == Arithmetic::dense || stood == 1) return false;
    if (arithmetic == Arithmetic::events) return true;
    const Scalar restarts = stood == 0 ? Scalar(0) : Scalar(s.batch == 1 ? 1 : K) / Scalar(stood);
    return s.rate <= (s.batch == 1 ? dense_above_single : dense_above) * (1 - restarts);
  }
  /// Notes a step that continues the record; says whether it did.
  bool record(auto& s, const auto& delta, auto& c) const {
    if constexpr (requires { c.spikes; }) {
      const Index batch = s.batch, used = c.spikes.columns();
      const bool fits = K * batch == c.origin.cols() && used + batch <= c.delta.cols();
      if (!s.follows || !fits || c.prepared || (used > 0 && !(c.recorded == s.before))) return false;
      c.delta.middleCols(used, batch) = delta;
      append(s, c);
      return true;
    }
    return false;
  }
  /// The spikes of a step that continues the record, or begins it.
  void append(auto& s, auto& c) const {
    if (c.spikes.columns() == 0) {
      c.from_zero = s.before.none();
      if (!c.from_zero) {
        c.origin = s.pre.all;
        if constexpr (arrives_as_pulse<T>) c.bias_origin = s.pulse.bias_stages();
      }
    }
    c.spikes.append(s.spikes);
    c.recorded = s.now;
  }
  /// Spikes that arrive as pulses: nothing but this step's is to be weighed.
  void step_pulses(const Weights& w, auto& s, const auto& in, auto& drive) const {
    s.follows =
        arithmetic == Arithmetic::events ||
        (arithmetic == Arithmetic::by_rate && s.rate <= (s.batch == 1 ? dense_above_single : dense_above));
    s.spikes.copy(in.lists());
    if (!s.follows) {
      connectivity.forward(w.affine_.weight, s.pulse.arriving(trace, in), drive, s.workspace);
    } else {
      s.pulse.step_bias(trace);
      if constexpr (PreparesWeights<C, Scalar>)
        if (std::exchange(s.prepared, w.revision()) != w.revision())
          connectivity.prepare(w.affine_.weight, s.workspace);
      for (Index b = 0; b < s.batch; ++b) {
        auto column = drive.col(b);
        column.setZero();
        connectivity.forward_spikes(w.affine_.weight, s.spikes.active(b), column, s.workspace);
        if (trace.normalised) column *= trace.gain();
      }
    }
    connectivity.add_bias(s.pulse.scaled(trace, w.affine_.bias), drive);
  }
  /// A state that was read belongs to the weights that were saved beside it: those that it meets first.
  static void adopt(const Weights& w, auto& s) {
    if (s.revision == saved_beside) s.revision = w.revision();
  }
  void note_step(const Weights& w, auto& s, const auto& in) const {
    const Scalar rate = Scalar(in.count()) / Scalar(Index(inputs()) * Index(s.batch));
    if (s.now.none()) {  // zero traces agree with any weights
      s.rate = rate;
      s.revision = w.revision();
      s.follows = arithmetic != Arithmetic::dense;
    } else {
      s.rate += (rate - s.rate) / 4;
    }
    s.before = std::exchange(s.now, s.now.next());
  }
  /// W∘P from what the spikes add to it.
  void follow(const Weights& w, auto& s, auto& drive) const {
    if constexpr (PreparesWeights<C, Scalar>)
      if (std::exchange(s.prepared, w.revision()) != w.revision())
        connectivity.prepare(w.affine_.weight, s.workspace);
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
    ++s.held;
  }
  /// W∘P as a product; of every stage, to be followed from here on, where that pays.
  void multiply(const Weights& w, auto& s, auto& drive) const {
    if (s.revision != w.revision()) {
      s.revision = w.revision();
      s.stood = std::exchange(s.held, 0);
    }
    ++s.held;
    s.follows = by_events(s);
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
  /// Moves W∘x along with a linear update of one sample's window, −rate·(Σ δ̃ e_jᵀ + Σ ξ x[first]ᵀ)∘x, where that is
  /// less work than a product. Returns whether it did.
  bool follow_update(const Weights& w, auto& s, const auto& c, Scalar rate) const {
    if (s.batch != 1 || c.origin.cols() != K || !s.follows || s.revision != w.revision() || !c.prepared ||
        !c.plain.empty())
      return false;
    for (Index k = 0; k < K; ++k) {
      const auto x = s.pre.stage(k);
      auto y = s.post.stage(k);
      for (Index t = c.from_zero ? 0 : 1; t < c.spikes.columns(); ++t) {
        Scalar sum = 0;
        for (const auto j : c.spikes.active(t)) sum += x(j);
        y -= (rate * sum) * c.delta.col(t);
      }
      if (!c.from_zero)
        for (Index i = 0; i < K; ++i) y -= (rate * c.origin.col(i).dot(x.col(0))) * c.adjoint.col(i);
    }
    return true;
  }
  /// One sample and a linear optimizer: columns wait for their input's next spike.
  void update_lazily(Weights& w, auto& s, auto& c, Scalar rate) const {
    const bool own = s.revision == w.revision();
    const bool moves = c.plain.columns > 0;  // otherwise δ = 0, but the traces go on
    auto& pending = w.pending_;
    if (pending.full() || pending.as_of == 0 || pending.as_of != s.before.name) {
      pending.settle(w.affine_.weight);
      pending.begin(s.pre.all);
    } else {
      for (const auto j : s.spikes.active(0)) pending.renew(w.affine_.weight, j, s.pre.all.row(j));
    }
    const auto delta = c.plain.delta.col(0);
    pending.append(moves ? rate : Scalar(0), delta);
    if (s.now.was_read()) s.now.name = next_revision();
    pending.as_of = s.now.name;
    c.clear();
    if (!moves) return;
    if (bias) connectivity.gather_bias(-rate, delta, w.affine_.bias);
    w.revision_ = next_revision();
    if (!own) return;
    s.revision = w.revision();
    if (!s.follows) return;
    const auto p = s.pre.stage(0);  // the new W∘x has −rate·δ Pᵀx beside the old one
    for (Index k = 0; k < K; ++k) s.post.stage(k) -= (rate * p.col(0).dot(s.pre.stage(k).col(0))) * delta;
  }
};

}  // namespace neohebb
