// What an event-driven projection records of the steps that an update learns from.
#pragma once
#include <algorithm>
#include <cstddef>
#include <neohebb/projection/column_record.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_weights.hpp>
#include <neohebb/projection/spike_record.hpp>

namespace neohebb {

/// Equals the credit of Plain, the dense projection, up to rounding (tests/projection/event_windows.cpp). It
/// keeps a window's δ and spikes, and the traces x after its first step, of a trace with K stages; beside
/// them Plain's own credit, for steps outside the record. The record's part of the gradient is
///
///     Σ_{spikes (j, t), t > first} δ̃[t] e_jᵀ + ξ[first] x[first]ᵀ     from zero traces: all spikes, no x
///
/// where ξ is δ filtered backwards in time, and δ̃ what a spike of its step contributes.
template <class Plain, int B, int K> struct EventCredit {
  using Scalar = typename Plain::Scalar;
  using C = decltype(Plain::connectivity);
  CreditOf<Plain, B> plain;
  Matrix<Scalar, Plain::Out> delta;    // outputs × steps·batch; after prepare_update δ̃
  SpikeRecord spikes;                  // likewise
  Matrix<Scalar, Plain::In> origin;    // x[first], K·batch columns
  Matrix<Scalar, 1, K> bias_origin;    // likewise of the bias, where spikes arrive as pulses
  Matrix<Scalar, Plain::Out> adjoint;  // ξ, likewise
  Vector<Scalar, Plain::Out> bias;     // Σ δ of the recorded steps
  bool streams = false;                // a window's δ is summed when it ends, and not kept
  // Of shared weights δ is kept without zeros, and summed sample by sample when the window ends.
  ColumnRecord<Scalar> errors_kept{};        // δ without zeros
  SpikeRecord one{};                         // scratch: some steps of one sample, as in delta
  StepOf last = {}, recorded = {};           // the steps credited and recorded last
  Index steps = 0;                           // credited since the last update
  bool from_zero = false, prepared = false;  // from_zero: the window began with zero traces

  /// Whether a spike's δ can go to its weights at once, when a window ends.
  static constexpr bool can_stream = requires(const C joins, Vector<Scalar>& x) {
    joins.gather_spike(Index{}, x, x);
  };
  /// Steps of one sample whose δ is filtered and summed at a time, where weights are shared.
  static constexpr Index fold_steps = 16;
  static EventCredit zero(const Plain& dense, Extent<B> batch, Index window, bool holds) {
    const bool records = window > 1, streamed = holds && can_stream, folded = GroupedColumns<C> && !holds;
    const Index columns = records ? window * Index(batch) : 0, stages = records ? K * Index(batch) : 0;
    const Index some = records ? std::min(window, fold_steps) : 0;
    EventCredit c{dense.zero_credit(batch, records && holds ? 1 : window, holds),
                  zeros<Scalar>(dense.outputs(), Extent<>{streamed ? 0
                                                          : folded ? some
                                                                   : columns}),
                  records ? SpikeRecord(dense.inputs(), columns, !folded) : SpikeRecord(),
                  zeros<Scalar>(dense.inputs(), Extent<>{stages}),
                  Matrix<Scalar, 1, K>::Zero(),
                  zeros<Scalar>(dense.outputs(), Extent<>{folded ? std::min<Index>(stages, K) : stages}),
                  zeros<Scalar>(dense.outputs(), Extent<1>{}),
                  records && streamed};
    if constexpr (GroupedColumns<C>)
      if (records && folded) {
        c.errors_kept = ColumnRecord<Scalar>(dense.outputs(), columns);
        c.one = SpikeRecord(dense.inputs(), some);
        dense.connectivity.reserve_gather_spikes(c.plain.workspace, some);
      }
    return c;
  }

  /// Takes a step of the state s, and its δ, that continues the record, or begins it; says whether it did.
  bool record(const auto& s, const auto& errors) {
    const Index batch = s.batch, used = spikes.columns();
    const bool folds = errors_kept.room() > 0;
    const bool fits =
        K * batch == origin.cols() && used + batch <= (folds ? errors_kept.room() : delta.cols());
    const bool joins = s.follows && fits && !prepared && (used == 0 || recorded == s.before);
    recorded = {};  // after a step beside the record no later one is the next
    if (!joins) return false;
    if (folds) errors_kept.append(errors);
    if (!folds) delta.middleCols(used, batch) = errors;
    append(s);
    return true;
  }
  /// Takes a step whose δ will be known when the window ends.
  void hold(const auto& trace, const auto& s) {
    if (spikes.room() == 0) return plain.hold(trace.value(s.pre), s.pulse.bias());
    const Index used = spikes.columns(), batch = s.batch;
    NEOHEBB_REQUIRE(K * batch == origin.cols() && used + batch <= spikes.room(), "a credit made for ",
                    origin.cols() / K, " samples and ", spikes.room(), " samples x steps was to hold ",
                    used + batch, " of ", batch,
                    " samples; update at the end of each window, or make the learner for a longer one");
    NEOHEBB_REQUIRE(used == 0 || recorded == s.before,
                    "EventDriven: the steps of a window must follow each other, without gaps");
    append(s);
  }
  /// δ of a block of stored steps, as Dense::take. filtered: ξ of the block after it.
  void take(const auto& projection, const auto& errors, Index first, Index sample, Index batch,
            auto& filtered) {
    if (!streams) {
      if (spikes.room() == 0) return projection.plain().take(plain, errors, first, sample, batch, filtered);
      for (Index t = 0; t < errors.cols(); ++t) delta.col((first + t) * batch + sample) = errors.col(t);
    } else if constexpr (can_stream) {
      const C& joins = projection.connectivity;
      auto& sum = plain.sum;
      stream(projection, errors, first, sample, batch, filtered, sum.bias,
             [&](Index j, const auto& now) { joins.gather_spike(j, now, sum.weight.col(j)); });
      if (first == 0 && !from_zero)
        for (Index k = 0; k < K; ++k)
          joins.gather(Scalar(1), filtered.col(k), origin.col(k * batch + sample), sum.weight,
                       plain.workspace);
      plain.summed = plain.credited = true;
    }
  }
  /// Likewise for numbers of pairs, as Dense::correlate.
  void correlate(const auto& projection, const auto& errors, Index first, Index sample, Index batch,
                 auto& filtered, auto&& pairs) {
    if (spikes.room() == 0)
      return projection.plain().correlate(plain, errors, first, sample, batch, filtered, pairs);
    const Index in = origin.rows();
    auto of_bias = pairs.col(in - (pairs.cols() == in));  // unused where there is none
    stream(projection, errors, first, sample, batch, filtered, of_bias,
           [&](Index j, const auto& now) { pairs.col(j) += now; });
    if (first == 0 && !from_zero)
      for (Index k = 0; k < K; ++k)
        pairs.leftCols(in).noalias() += filtered.col(k) * origin.col(k * batch + sample).transpose();
  }
  /// Filters the record's δ backwards and sorts its spikes by input.
  void prepare(const auto& projection) {
    const Index columns = spikes.columns(), batch = origin.cols() / K;
    if (columns == 0 || prepared) return;
    if (streams) return spikes.clear();  // its gradient has been summed
    if constexpr (GroupedColumns<C>)
      if (errors_kept.room() > 0) return fold(projection);
    prepared = true;
    bias = delta.leftCols(columns).rowwise().sum();
    adjoint.setZero();
    const auto& trace = projection.trace;
    for (Index b = 0; b < batch; ++b) {
      detail::StagesColumn xi{adjoint, b, batch};
      for (Index t = columns - batch + b; t >= 0; t -= batch) {
        auto now = delta.col(t);
        trace.step_back(xi, now);
        now = trace.impulse(xi);
      }
    }
    if (pulses && projection.bias) {  // the bias is an input that spikes in every step
      const Index after = from_zero ? 0 : batch;
      bias = delta.middleCols(after, columns - after).rowwise().sum();
      for (Index k = 0; !from_zero && k < K; ++k)  // its traces before the record: Σ_k x_k[first] ξ_k[first]
        bias += bias_origin(k) * adjoint.middleCols(k * batch, batch).rowwise().sum();
    }
    spikes.group(from_zero ? 0 : batch);
  }
  /// Moves W∘x of a state along with a linear update of one sample's window, −rate·(Σ δ̃ e_jᵀ + Σ ξ
  /// x[first]ᵀ)∘x, where that is less work than a product. Returns whether it did.
  bool move_along(auto& s, std::size_t revision, Scalar rate) const {
    if (s.batch != 1 || origin.cols() != K || !s.follows || s.revision != revision || !prepared ||
        !plain.empty())
      return false;
    for (Index k = 0; k < K; ++k) {
      const auto x = s.pre.stage(k);
      auto y = s.post.stage(k);
      for (Index t = from_zero ? 0 : 1; t < spikes.columns(); ++t) {
        Scalar sum = 0;
        for (const auto j : spikes.active(t)) sum += x(j);
        y -= (rate * sum) * delta.col(t);
      }
      if (!from_zero)
        for (Index i = 0; i < K; ++i) y -= (rate * origin.col(i).dot(x.col(0))) * adjoint.col(i);
    }
    return true;
  }

  bool empty() const { return steps == 0; }
  bool is_outer() const { return plain.is_outer() && spikes.columns() == 0; }
  auto outer_delta() const { return plain.outer_delta(); }
  auto outer_pre() const { return plain.outer_pre(); }
  void gather(const C& joins, Scalar scale, auto&& target, Index first,
              typename Plain::Workspace& scratch) const {
    if (!plain.empty()) plain.gather(joins, scale, target, first, scratch);
    if (!prepared) return;
    if (!column_per_input<C> || from_zero || origin.cols() > 4) {
      gather_origin(joins, scale, target, first, scratch);
      joins.gather_spikes(scale, delta, spikes, target, first, scratch);
    } else {
      constexpr Index few = 8;  // columns of W that stay in the nearest cache for both
      for (Index j = 0; j < target.cols(); j += few) {
        auto columns = target.middleCols(j, std::min(few, target.cols() - j));
        gather_origin(joins, scale, columns, first + j, scratch);
        joins.gather_spikes(scale, delta, spikes, columns, first + j, scratch);
      }
    }
  }
  void gather_origin(const C& joins, Scalar scale, auto&& target, Index first,
                     typename Plain::Workspace& scratch) const {
    if (from_zero) return;
    if constexpr (column_per_input<C>)
      joins.gather(scale, adjoint, origin.middleRows(first, target.cols()), target, scratch);
    else if constexpr (GroupedColumns<C>)
      joins.gather(scale, adjoint, origin, target, scratch, first);
    else
      joins.gather(scale, adjoint, origin, target, scratch);
  }
  void gather_bias(const C& joins, Scalar scale, auto& target) const {
    if (!plain.empty()) plain.gather_bias(joins, scale, target);
    if (prepared) joins.gather_bias(scale, bias, target);
  }
  void clear() {
    plain.clear();
    spikes.clear();
    errors_kept.clear();
    steps = 0;
    prepared = false;
  }
  /// Throws std::invalid_argument between prepare_update and the update's end: its records are no δ then.
  static void fields(auto& self, auto&& visit) {
    NEOHEBB_REQUIRE(!self.prepared, "a credit cannot be saved or read amid an update: finish it first");
    visit("plain", self.plain);
    if (self.errors_kept.room() > 0) visit("errors", self.errors_kept);
    if (self.errors_kept.room() == 0) visit("delta", self.delta);
    visit("spikes", self.spikes);
    visit("origin", self.origin);
    if constexpr (pulses) visit("bias_origin", self.bias_origin);
    visit("from_zero", self.from_zero);
    visit("steps", self.steps);
    visit("last", self.last);
    visit("recorded", self.recorded);
  }

 private:
  static constexpr bool pulses = arrives_as_pulse<decltype(Plain::trace)>;
  /// The spikes of a step that continues the record, or begins it.
  void append(const auto& s) {
    if (spikes.columns() == 0) {
      from_zero = s.before.none();
      if (!from_zero) {
        origin = s.pre.all;
        if constexpr (pulses) bias_origin = s.pulse.bias_stages();
      }
    }
    spikes.append(s.spikes);
    recorded = s.now;
  }
  /// The record's part of the gradient, sample by sample, and by blocks of steps: so scratch is small.
  void fold(const auto& projection) {
    const C& joins = projection.connectivity;
    const auto& trace = projection.trace;
    const Index batch = origin.cols() / K, window = spikes.columns() / batch;
    const Index blocks = (window + fold_steps - 1) / fold_steps, most = (window + blocks - 1) / blocks;
    const bool of_pulse = pulses && projection.bias;  // the bias is an input that spikes in every step
    auto& sum = plain.sum;
    bias.setZero();
    for (Index b = 0; b < batch; ++b) {
      adjoint.setZero();
      detail::StagesColumn xi{adjoint, 0, 1};
      for (Index end = window; end > 0;) {
        const Index first = std::max<Index>(0, end - most), after = first == 0 && !from_zero ? 1 : 0;
        one.clear();
        for (Index t = first; t < end; ++t) one.append_column(spikes.active(t * batch + b));
        for (Index t = end; t-- > first;) {
          auto now = delta.col(t - first);
          errors_kept.expand(t * batch + b, now);
          if (!pulses && projection.bias) bias += now;
          trace.step_back(xi, now);
          now = trace.impulse(xi);
          if (of_pulse && t - first >= after) bias += now;
        }
        one.group(after);
        joins.gather_spikes(Scalar(1), delta, one, sum.weight, Index{0}, plain.workspace);
        end = first;
      }
      for (Index k = 0; !from_zero && k < K; ++k) {
        joins.gather(Scalar(1), adjoint.col(k), origin.col(k * batch + b), sum.weight, plain.workspace);
        if (of_pulse) bias += bias_origin(k) * adjoint.col(k);
      }
    }
    if (projection.bias) joins.gather_bias(Scalar(1), bias, sum.bias);
    plain.summed = plain.credited = true;
    spikes.clear();
    errors_kept.clear();
  }
  /// Filters δ of a block of steps backwards, on from the block after it; spike(j, δ̃) for every spike.
  void stream(const auto& projection, const auto& errors, Index first, Index sample, Index batch,
              auto& filtered, auto&& of_bias, auto&& spike) {
    const auto& trace = projection.trace;
    const bool of_pulse = pulses && projection.bias;  // the bias is an input that spikes in every step
    detail::StagesColumn xi{filtered, 0, 1};
    for (Index k = errors.cols(), t = first + k; k-- > 0;) {
      if (!pulses && projection.bias) of_bias += errors.col(k);
      trace.step_back(xi, errors.col(k));
      if (--t == 0 && !from_zero) break;
      const auto active = spikes.active(t * batch + sample);
      if (active.empty() && !of_pulse) continue;
      auto& now = bias;  // scratch
      now = trace.impulse(xi);
      for (const auto j : active) spike(j, now);
      if (of_pulse) of_bias += now;
    }
    if (of_pulse && first == 0 && !from_zero)
      for (Index k = 0; k < K; ++k) of_bias += bias_origin[k] * xi.stage(k);
  }
};

}  // namespace neohebb
