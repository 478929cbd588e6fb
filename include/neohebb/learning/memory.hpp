// What an eligibility keeps of every synapse.
#pragma once
#include <array>
#include <neohebb/core/types.hpp>
#include <utility>

namespace neohebb::detail {

/// K numbers for every pair of neurons and every sample; pairs of sample b are columns [b·pairs, (b +
/// 1)·pairs). A last pair stands for the bias, where there is one.
template <class S, int K, int Out, int Pairs, int B> struct PairMemory {
  static constexpr bool fixed = Out != Dynamic && Pairs != Dynamic && B != Dynamic;
  template <class T>
  using OfPairs = std::conditional_t<fixed, Matrix<T, Pairs, B>, Matrix<T>>;  // pairs × batch
  std::array<Matrix<S, Out, times(Pairs, B)>, static_cast<std::size_t>(K)> all;
  Index pairs = 0;

  auto of(int k, Index sample) {
    if constexpr (Pairs == Dynamic)
      return all[static_cast<std::size_t>(k)].middleCols(sample * pairs, pairs);
    else
      return all[static_cast<std::size_t>(k)].template middleCols<Pairs>(sample * pairs);
  }
  static void fields(auto& self, auto&& visit) {
    for (std::size_t k = 0; k < static_cast<std::size_t>(K); ++k) visit(names[k], self.all[k]);
  }
  static constexpr const char* names[] = {"0", "1", "2", "3", "4", "5", "6", "7"};
  static_assert(K <= 8, "neohebb: an eligibility has at most 8 stages");
};

/// Makes one for every part of a projection (`map_block`). room: otherwise empty, unless sizes are fixed.
template <class S, int K, int B> auto pair_memory(Extent<B> batch, bool room = true) {
  return [=]<class P>(const P& part) {
    constexpr int In = extent_of<decltype(part.inputs())>, Out = extent_of<decltype(part.outputs())>;
    constexpr int Pairs = In == Dynamic ? Dynamic : In + 1;
    PairMemory<S, K, Out, Pairs, B> memory;
    memory.pairs = Index(part.inputs()) + (Pairs != Dynamic || part.bias ? 1 : 0);
    constexpr bool fixed = Pairs != Dynamic && Out != Dynamic && B != Dynamic;
    if (room || fixed)
      for (auto& m : memory.all)
        m = Matrix<S, Out, times(Pairs, B)>::Zero(Index(part.outputs()), memory.pairs * Index(batch));
    return memory;
  };
}

}  // namespace neohebb::detail
