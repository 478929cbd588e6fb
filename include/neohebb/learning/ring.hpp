// Matrices of the last steps, for signals that come some steps late.
#pragma once
#include <algorithm>
#include <neohebb/core/types.hpp>
#include <type_traits>
#include <vector>

namespace neohebb::detail {

/// What was written into a ring of matrices some steps ago.
template <class S, int N, int B> struct Ring {
  std::vector<Matrix<S, N, B>> slots;
  std::size_t now = 0;
  Ring() = default;
  Ring(Extent<N> rows, Extent<B> batch, Index delay)
      : slots(static_cast<std::size_t>(delay) + 1, zeros<S>(rows, batch)) {}
  auto& newest() { return slots[now]; }
  const auto& oldest() const { return slots[now + 1 < slots.size() ? now + 1 : 0]; }
  /// The matrix of a step that many steps before the newest, at most `delay`.
  auto& before_newest(Index steps) {
    return slots[(now + slots.size() - static_cast<std::size_t>(steps)) % slots.size()];
  }
  void advance() { now = now + 1 < slots.size() ? now + 1 : 0; }
  static void fields(auto& self, auto&& visit) {
    visit("slots", self.slots);
    visit("now", self.now);
    if constexpr (is_filled<decltype(self)>)
      check_place_read("the newest error", self.now, std::max<std::size_t>(1, self.slots.size()));
  }
};

struct NoRing {};
/// No memory at all where nothing is to be kept.
template <bool keeps, class S, int N, int B> using RingIf = std::conditional_t<keeps, Ring<S, N, B>, NoRing>;

}  // namespace neohebb::detail
