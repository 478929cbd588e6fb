#pragma once
#include <neohebb/trace/trace.hpp>

namespace neohebb {

/// A sampled kernel of finite length:  x[t] = Σ_{m = 0}^{L−1} h_m s[t − m].
/// h₀ acts in the spike's own step; start with a zero to delay. Cost per step: L products per neuron.
///
///   parameter   default  symbol
///   kernel      none     h, L × 1, L ≥ 1, finite
///
/// zero_state throws std::invalid_argument for a kernel that is empty or not finite.
template <class S, int L = Dynamic> struct Fir {
  using Scalar = S;
  static constexpr bool commutes = false;
  Vector<S, L> kernel{};

  void validate() const {
    NEOHEBB_REQUIRE(kernel.size() > 0, "Fir.kernel is empty, must hold at least one sample");
    check_finite("Fir.kernel", kernel);
  }
  /// The last L inputs, rows × L·batch, newest in slot `newest`.
  template <int R, int B> struct State {
    Matrix<S, R, times(B, L)> history;  // the last L inputs
    Matrix<S, R, B> value;
    Index newest = 0;  // the block of the last one
    friend bool operator==(const State&, const State&) = default;
    static void fields(auto& self, auto&& visit) {
      visit("history", self.history);
      visit("value", self.value);
      visit("newest", self.newest);
      if constexpr (is_filled<decltype(self)>)
        check_place_read("Fir's newest input", self.newest, self.history.cols() / self.value.cols());
    }
  };
  template <int R, int B> State<R, B> zero_state(Extent<R> rows, Extent<B> batch) const {
    validate();
    return {zeros<S>(rows, Extent<times(B, L)>(Index(batch) * kernel.size())), zeros<S>(rows, batch)};
  }
  void step(auto& state, const auto& input) const {
    const Index length = kernel.size(), batch = state.value.cols();
    state.newest = (state.newest + 1) % length;
    state.history.middleCols(state.newest * batch, batch) = input;
    state.value.setZero();
    for (Index m = 0; m < length; ++m) {
      const Index slot = (state.newest + length - m) % length;
      state.value += kernel(m) * state.history.middleCols(slot * batch, batch);
    }
  }
  const auto& value(const auto& state) const { return state.value; }
};

}  // namespace neohebb
