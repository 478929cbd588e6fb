#pragma once
#include <array>
#include <neohebb/trace/trace.hpp>
#include <tuple>
#include <utility>

namespace neohebb {

/// A weighted sum of kernels of any types:  x = Σ_k c_k x_k, each x_k filtering the same spikes.
///
///     Sum<Exponential<float>, Exponential<float>> difference{{{.decay = 0.97f}, {.decay = 0.8f}}, {1, -1}};
///
///   parameter   default       symbol
///   kernels     each its own  the summands, a tuple
///   weights     all 1         c
///
/// zero_state throws std::invalid_argument for weights that are not finite, and as the summands do.
template <Trace First, Trace... Others> struct Sum {
  using Scalar = typename First::Scalar;
  static_assert((std::same_as<Scalar, typename Others::Scalar> && ...),
                "neohebb: the kernels of a Sum must share one Scalar");
  static constexpr bool commutes = false;
  static constexpr std::size_t count = 1 + sizeof...(Others);
  std::tuple<First, Others...> kernels{};
  std::array<Scalar, count> weights = ones();

  void validate() const {
    std::apply([](const auto&... kernel) { (validate_if_possible(kernel), ...); }, kernels);
    for (const Scalar c : weights)
      NEOHEBB_REQUIRE(is_finite(c), "Sum.weights has an entry ", c, ", must be finite");
  }
  template <int R, int B> struct State {
    std::tuple<StateOf<First, R, B>, StateOf<Others, R, B>...> summands;  // each summand's state
    Matrix<Scalar, R, B> value;
    friend bool operator==(const State&, const State&) = default;
    static void fields(auto& self, auto&& visit) {
      visit("summands", self.summands);
      visit("value", self.value);
    }
  };
  template <int R, int B> State<R, B> zero_state(Extent<R> rows, Extent<B> batch) const {
    validate();
    return {std::apply([&](const auto&... kernel) { return std::tuple(kernel.zero_state(rows, batch)...); },
                       kernels),
            zeros<Scalar>(rows, batch)};
  }
  void step(auto& state, const auto& input) const {
    state.value.setZero();
    [&]<std::size_t... K>(std::index_sequence<K...>) { (add<K>(state, input), ...); }
    (std::make_index_sequence<count>{});
  }
  const auto& value(const auto& state) const { return state.value; }

 private:
  template <std::size_t K> void add(auto& state, const auto& input) const {
    std::get<K>(kernels).step(std::get<K>(state.summands), input);
    state.value += weights[K] * std::get<K>(kernels).value(std::get<K>(state.summands));
  }
  static constexpr std::array<Scalar, count> ones() {
    std::array<Scalar, count> c{};
    c.fill(Scalar(1));
    return c;
  }
};

}  // namespace neohebb
