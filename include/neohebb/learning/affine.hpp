#pragma once
#include <neohebb/core/types.hpp>
#include <utility>

namespace neohebb {

/// W x + b: the weights of a projection, their gradient.   weight: rows × cols, bias: rows × 1.
///
/// `edit`, `settled` and `copy` are how generic code reads and changes weights: a projection may keep updates
/// pending in weights of its own type, and settles them there. Here nothing is ever pending.
template <class S, int R = Dynamic, int C = Dynamic> struct Affine {
  Matrix<S, R, C> weight;
  Vector<S, R> bias;

  static Affine zero(Extent<R> rows, Extent<C> cols) {
    return {zeros<S>(rows, cols), zeros<S>(rows, Extent<1>{})};
  }
  /// Sets all numbers to zero.
  void set_zero() {
    weight.setZero();
    bias.setZero();
  }
  const Affine& settled() { return *this; }
  Affine copy() const { return *this; }
  void edit(auto&& change) { change(*this); }

  friend bool operator==(const Affine& a, const Affine& b) {
    return a.weight == b.weight && a.bias == b.bias;
  }
  static void fields(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }
};

}  // namespace neohebb
