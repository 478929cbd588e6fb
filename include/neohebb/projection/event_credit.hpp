// What an event-driven projection notes of the steps that an update is to learn from.
#pragma once
#include <algorithm>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_weights.hpp>
#include <neohebb/projection/spike_record.hpp>
#include <type_traits>

namespace neohebb {

/// Where sizes are fixed there is no record, which would need a heap: the credit of Plain, and which steps it is of.
template <class Plain, int B> struct StepCredit {
  CreditOf<Plain, B> plain;
  StepOf last = {};  // credited last
  Index steps = 0;   // credited since the last update

  bool empty() const { return steps == 0; }
  bool is_outer() const { return plain.is_outer(); }
  auto outer_delta() const { return plain.outer_delta(); }
  auto outer_pre() const { return plain.outer_pre(); }
  void gather(auto&&... all) const { plain.gather(all...); }
  void gather_bias(auto&&... all) const { plain.gather_bias(all...); }
  void clear() {
    plain.clear();
    steps = 0;
  }
  static void fields(auto& self, auto&& visit) {
    visit("plain", self.plain);
    visit("steps", self.steps);
    visit("last", self.last);
  }
};

/// A window's δ and spikes, and the traces x after its first step, of a trace with K stages; beside them the credit of
/// Plain, the dense projection, for steps outside the record. The record's part of the gradient is
///
///     Σ_{spikes (j, t), t > first} δ̃[t] e_jᵀ + ξ[first] x[first]ᵀ      (a record from zero traces: all spikes, no x)
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
  bool streams = false;                // a held window's δ is summed when it ends, and not kept
  StepOf last = {}, recorded = {};     // the steps credited and recorded last
  Index steps = 0;                     // credited since the last update
  bool from_zero = false, prepared = false;

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
  /// What the bias's traces before the record add to its gradient: Σ_k x_k[first] ξ_k[first].
  void add_bias_origin(auto& target) const {
    const Index batch = adjoint.cols() / K;
    for (Index k = 0; k < K; ++k)
      target += bias_origin(k) * adjoint.middleCols(k * batch, batch).rowwise().sum();
  }
  void clear() {
    plain.clear();
    spikes.clear();
    steps = 0;
    prepared = false;
  }
  /// Throws std::invalid_argument between prepare_update and the update's end: what is noted then is no δ any more.
  static void fields(auto& self, auto&& visit) {
    NEOHEBB_REQUIRE(!self.prepared, "a credit cannot be saved or read amid an update: finish it first");
    visit("plain", self.plain);
    visit("delta", self.delta);
    visit("spikes", self.spikes);
    visit("origin", self.origin);
    if constexpr (arrives_as_pulse<decltype(Plain::trace)>) visit("bias_origin", self.bias_origin);
    visit("from_zero", self.from_zero);
    visit("steps", self.steps);
    visit("last", self.last);
    visit("recorded", self.recorded);
  }
};

}  // namespace neohebb
