// Events or products: the choice of an event-driven projection, and the rates where both cost the same.
#pragma once

namespace neohebb {

/// Which arithmetic an EventDriven projection uses. The results are the same.
enum class Arithmetic {
  by_rate,  // the cheaper one at the spike rate measured
  events,   // a column of W for each spike, wherever that is exact and W stands still for more than a step
  dense     // matrix products
};

namespace detail {
/// Spikes per input and step above which products are cheaper: a connectivity's own figures, or AllToAll's.
template <class C, class S> inline constexpr S dense_above = S(0.17);
template <class C, class S> inline constexpr S dense_above_single = S(0.7);
template <class C, class S>
requires requires { C::dense_above; }
inline constexpr S dense_above<C, S> = S(C::dense_above);
template <class C, class S>
requires requires { C::dense_above_single; }
inline constexpr S dense_above_single<C, S> = S(C::dense_above_single);
}  // namespace detail

}  // namespace neohebb
