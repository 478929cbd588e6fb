// Weights of an event-driven projection: true at any time, though some columns may still wait for updates.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <neohebb/learning/affine.hpp>
#include <neohebb/projection/connectivity.hpp>
#include <neohebb/trace/trace.hpp>
#include <type_traits>
#include <utility>

namespace neohebb {

/// A name that was not given before in this program: of the weights after a change, of a step of a state.
/// (A counter of the machine's word, since microcontrollers have no 64-bit atomics: with 32 bits names come
/// again after four thousand million of them.)
inline std::size_t next_revision() {
  static std::atomic<std::size_t> last{0};
  std::size_t name = 0;  // which names nothing
  while (name == 0) name = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return name;
}

/// A step of a state. In a program steps have names; a checkpoint keeps how many steps a state had made by
/// then, and what was read is known by that alone.
struct StepOf {
  std::size_t name = 0;
  std::uint64_t count = 0;  // with this one, since the state was made; 0: no step

  /// Whether there was no step.
  bool none() const { return count == 0; }
  /// Whether it comes from a checkpoint.
  bool was_read() const { return name == 0; }
  /// The step after this one.
  StepOf next() const { return {next_revision(), count + 1}; }
  friend bool operator==(const StepOf& a, const StepOf& b) {
    return !a.none() && a.count == b.count && (a.name == b.name || a.was_read() || b.was_read());
  }
  static void fields(auto& self, auto&& visit) {
    visit("count", self.count);
    if constexpr (is_filled<decltype(self)>) self.name = 0;
  }
};

template <CommutingTrace T, SpikingConnectivity<typename T::Scalar> C, class Constraint> struct EventDriven;

/// W x + b, perhaps with updates pending. `revision` names the true weights: states that keep sums made of
/// them compare it, and start afresh when somebody else has moved them.
///
///     const auto& affine = weights.settled();   // brought up to date in place: before saving and sharing
///     const auto affine = weights.copy();       // of const weights, which are never touched
///     weights.edit([](auto& affine) { affine.weight *= 2; });
///
/// Copies carry what is pending; comparing, and saving in a checkpoint, look at the true weights.
template <class S, int R, int C, class Pending> class EventWeights {
 public:
  /// W and b.
  using Affine = neohebb::Affine<S, R, C>;

  EventWeights(Affine affine, Pending pending) : affine_(std::move(affine)), pending_(std::move(pending)) {}

  const Affine& settled() {
    pending_.settle(affine_.weight);
    return affine_;
  }
  Affine copy() const {
    EventWeights all = *this;
    return all.settled();
  }
  void edit(auto&& change) {
    pending_.settle(affine_.weight);
    revision_ = next_revision();  // also for what is left when `change` throws
    change(affine_);
  }
  std::size_t revision() const { return revision_; }

  friend bool operator==(const EventWeights& a, const EventWeights& b) { return a.copy() == b.copy(); }
  static void fields(auto& self, auto&& visit) {
    if constexpr (std::is_const_v<std::remove_reference_t<decltype(self)>>) {
      const Affine affine = self.copy();
      Affine::fields(affine, visit);
    } else {
      self.edit([&](Affine& affine) { Affine::fields(affine, visit); });
    }
  }

 private:
  template <CommutingTrace T, SpikingConnectivity<typename T::Scalar> Joins, class Constraint>
  friend struct EventDriven;
  Affine affine_;
  Pending pending_;
  std::size_t revision_ = next_revision();
};

}  // namespace neohebb
