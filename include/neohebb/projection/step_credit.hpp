// An event-driven projection's credit where sizes are known to the compiler.
#pragma once
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_weights.hpp>

namespace neohebb {

/// The credit of Plain, and which steps it is of: EventCredit's place where sizes are fixed and a record
/// would need a heap.
template <class Plain, int B> struct StepCredit {
  CreditOf<Plain, B> plain;
  StepOf last = {};  // credited last
  Index steps = 0;   // credited since the last update

  static StepCredit zero(const Plain& dense, Extent<B> batch, Index window, bool holds) {
    return {dense.zero_credit(batch, window, holds)};
  }
  // What EventCredit has, where there is a record:
  bool record(auto&&...) { return false; }
  void hold(const auto& trace, const auto& s) { plain.hold(trace.value(s.pre), s.pulse.bias()); }
  void take(const auto& projection, auto&&... all) { projection.plain().take(plain, all...); }
  void correlate(const auto& projection, auto&&... all) const { projection.plain().correlate(plain, all...); }
  /// Nothing has to be prepared.
  void prepare(const auto&) {}
  /// Nothing is kept that could move along.
  bool move_along(auto&&...) const { return false; }

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

}  // namespace neohebb
