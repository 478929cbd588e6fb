// Competition: from the currents of a population to the factor g by which each unit learns.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <neohebb/core/types.hpp>

namespace neohebb {

/// Which units learn from a sample, and with which sign: g(unit) = 0 for all but a few. A competition of your
/// own, whose two strongest units learn alike, without anti-Hebbian plasticity:
///
///     struct TopTwo {
///       static constexpr bool by_norm = false;             // true: wants I/‖W‖^(p−1) in place of I
///       void validate(Index) const {}                      // of so many units; throws what it refuses
///       template <int Units> static constexpr int most = 2;
///       Index active(Index) const { return 2; }            // at most so many g ≠ 0 of a sample
///       struct State {};
///       template <int Units> State zero_state(Extent<Units>) const { return {}; }
///       void operator()(State&, const auto& currents, auto&& learns) const {
///         Index first, second;
///         Vector<float> rest = currents;
///         rest.maxCoeff(&first);
///         rest(first) = -1e30f;
///         rest.maxCoeff(&second);
///         learns(first, 1.f);
///         learns(second, 1.f);
///       }
///     };
template <class C, class S>
concept Competition = requires(const C c, Index units, const Vector<S>& currents,
                               decltype(c.zero_state(Extent<>{}))& state, void (*learns)(Index, S)) {
  { C::by_norm } -> std::convertible_to<bool>;          // static constexpr bool by_norm
  { C::template most<4> } -> std::convertible_to<int>;  // of Units units at most so many; or Dynamic
  c.validate(units);                                    // throws std::invalid_argument
  { c.active(units) } -> std::convertible_to<Index>;    // the same at run time
  c(state, currents, learns);  // void operator()(State&, const auto& currents, auto&& learns) const
};

namespace detail {
/// g of the anti-Hebbian units: −Δ.
template <class S> void check_anti_hebbian(const char* what, S delta) {
  NEOHEBB_REQUIRE(is_finite(delta) && delta >= 0, what, " is ", delta,
                  ", must be finite and not negative: it is the strength of anti-Hebbian learning");
}
/// g = 1 for h ≥ h*, −Δ for 0 ≤ h < h*, 0 for h < 0.
template <class S> void learn_by_threshold(const auto& h, S threshold, S anti_hebbian, auto& learns) {
  for (Index i = 0; i < h.size(); ++i)
    if (h(i) >= threshold)
      learns(i, S(1));
    else if (h(i) >= 0 && anti_hebbian > 0)
      learns(i, -anti_hebbian);
}
/// Numbers as integers in the same order, of which compilers find the largest in vectors: no NaN, one zero.
template <class S> using OrderKey = std::conditional_t<sizeof(S) == 4, std::uint32_t, std::uint64_t>;
template <class S> OrderKey<S> order_key(S x) {
  using Key = OrderKey<S>;
  constexpr Key sign = Key{1} << (8 * sizeof(S) - 1);
  Key bits = std::bit_cast<Key>(x);
  if (bits == sign) bits = 0;  // −0 is 0
  return bits ^ ((bits & sign) != 0 ? ~Key{0} : sign);
}
}  // namespace detail

/// Learning by rank: g = 1 for the strongest current, −Δ for the k-th strongest, 0 otherwise; of equal
/// currents the lower unit comes first. [Krotov & Hopfield 2019, eq. 10 and its fast implementation]
///
///   parameter        default   symbol
///   rank             2         k, from 2 to the number of units
///   anti_hebbian     0.4       Δ ≥ 0
///
/// CompetingUnits throw std::invalid_argument for other values.
template <class S> struct Ranked {
  /// Whether currents are divided by the norm of the weights.
  static constexpr bool by_norm = false;
  Index rank = 2;
  S anti_hebbian = S(0.4);

  void validate(Index units) const {
    NEOHEBB_REQUIRE(rank >= 2 && rank <= units, "Ranked.rank is ", rank, ", must be from 2 to the ", units,
                    " units that compete");
    detail::check_anti_hebbian("Ranked.anti_hebbian", anti_hebbian);
  }
  template <int Units> static constexpr int most = 2;
  Index active(Index) const { return 2; }

  template <int Units> struct State {
    Vector<detail::OrderKey<S>, Units> keys, ordered;  // of the currents; partly sorted, where that is needed
  };
  template <int Units> State<Units> zero_state(Extent<Units> units) const {
    const auto none = zeros<detail::OrderKey<S>>(units, Extent<1>{});
    return {none, none};
  }
  /// Equals a sort of the currents (tests/learning/competition.cpp). Throws std::invalid_argument for
  /// currents that are not finite.
  void operator()(auto& state, const auto& currents, auto&& learns) const {
    NEOHEBB_REQUIRE(all_finite(currents),
                    "Ranked: currents are not finite; is there NaN in images or weights?");
    auto& keys = state.keys;
    check_shape("Ranked currents", currents, keys.size(), 1);
    for (Index i = 0; i < keys.size(); ++i) keys(i) = detail::order_key(S(currents(i)));
    Key key = largest_below(keys, 0);  // none is smaller than 0
    learns(place_of(key, 0, keys), S(1));
    if (!(anti_hebbian > 0)) return;
    constexpr Index rounds = 32;  // up to so many searches for the next key are faster than a partial sort
    for (Index k = 1; k < rank && rank <= rounds; ++k) key = largest_below(keys, key);
    Index before = rank - 1 - above(keys, key);
    if (before != 0) {  // some of the first k are equal, or k is large
      state.ordered = keys;
      auto* const first = state.ordered.data();
      std::nth_element(first, first + rank - 1, first + keys.size(), std::greater<>{});
      key = first[rank - 1];
      before = rank - 1 - above(keys, key);
    }
    learns(place_of(key, before, keys), -anti_hebbian);
  }

 private:
  using Key = detail::OrderKey<S>;
  /// The largest key that is smaller than `limit`; the largest of all, where none is. Seen from the limit,
  /// and modulo 2^bits, the smaller ones lie above all others.
  static Key largest_below(const auto& keys, Key limit) {
    const Key* const key = keys.data();
    Key most = 0;
    for (Index i = 0; i < keys.size(); ++i) most = std::max(most, static_cast<Key>(key[i] - limit));
    return most + limit;
  }
  static Index above(const auto& keys, Key limit) {
    const Key* const key = keys.data();
    Key count = 0;  // as wide as the keys: a vector of them counts
    for (Index i = 0; i < keys.size(); ++i) count += key[i] > limit ? 1 : 0;
    return static_cast<Index>(count);
  }
  /// Where this key is, after `before` of the same.
  static Index place_of(Key wanted, Index before, const auto& keys) {
    constexpr Index block = 64;
    const Key* const key = keys.data();
    for (Index i = 0;; ++i) {
      while (i % block == 0 && i + block < keys.size()) {  // skips blocks without it
        Key found = 0;
        for (Index k = 0; k < block; ++k) found |= key[i + k] == wanted ? 1 : 0;
        if (found != 0) break;
        i += block;
      }
      if (key[i] == wanted && before-- == 0) return i;
    }
  }
};

/// The full dynamics: lateral inhibition, integrated from h = 0 to its steady state.
/// [Krotov & Hopfield 2019, eqs. 8 and 9]
///
///     τ dh_μ/dt = I_μ − w_inh Σ_{ν≠μ} r(h_ν) − h_μ,      r(h) = max(h, 0)
///     g = 1 for h ≥ h*,  −Δ for 0 ≤ h < h*,  0 for h < 0
///
/// Units keep the order of their currents at all times, so the strongest h is the unit that Ranked calls
/// strongest. With w_inh < 1 several units stay active: m of them while I_m > w_inh Σ_{ν≤m} I_ν/(1 + (m − 1)
/// w_inh); then h_μ = (I_μ − w_inh H)/(1 − w_inh), H = Σ_{ν≤m} I_ν/(1 + (m − 1) w_inh). All but those with h
/// ≥ h* learn with −Δ, where Ranked picks one of them: the two agree entirely where two units stay active, k
/// = 2, and h* lies between their h. With w_inh ≥ 1 the winner takes all, and no unit learns with −Δ. Equal
/// currents, and those closer than `tolerance`, settle side by side. At w_inh = 1 itself the two strongest
/// part in a time of I/ΔI only, which may be more than most_steps: where one is to take all, inhibit by 1.1
/// or more.
///
/// Steps are as long as `step`, or shorter where many units are active and the inhibition would overshoot.
/// Time is in units of τ, which drops out of the steady state.
///
///   parameter        default   symbol
///   inhibition       0.5       w_inh ≥ 0
///   threshold        1         h* > 0
///   anti_hebbian     0.4       Δ ≥ 0
///   step             0.1       Δt/τ of Euler's method, in (0, 1]
///   tolerance        1e-5      |τ dh/dt| ≤ tolerance · max|I|: steady
///   most_steps       100000    after which std::runtime_error is thrown
///
/// CompetingUnits throw std::invalid_argument for other values, and currents that are not finite.
template <class S> struct LateralInhibition {
  /// Whether currents are divided by the norm of the weights.
  static constexpr bool by_norm = false;
  S inhibition = S(0.5);
  S threshold = 1;
  S anti_hebbian = S(0.4);
  S step = S(0.1);
  S tolerance = S(1e-5);
  Index most_steps = 100000;

  void validate(Index units) const {
    check_positive("units that compete", units);
    NEOHEBB_REQUIRE(is_finite(inhibition) && inhibition >= 0, "LateralInhibition.inhibition is ", inhibition,
                    ", must be finite and not negative");
    NEOHEBB_REQUIRE(is_finite(threshold) && threshold > 0, "LateralInhibition.threshold is ", threshold,
                    ", must be finite and positive");
    detail::check_anti_hebbian("LateralInhibition.anti_hebbian", anti_hebbian);
    NEOHEBB_REQUIRE(is_number(step) && step > 0 && step <= 1, "LateralInhibition.step is ", step,
                    ", must be in (0, 1]");
    NEOHEBB_REQUIRE(is_number(tolerance) && tolerance > 0, "LateralInhibition.tolerance is ", tolerance,
                    ", must be positive");
    check_positive("LateralInhibition.most_steps", most_steps);
  }
  template <int Units> static constexpr int most = Units;
  Index active(Index units) const { return units; }

  template <int Units> struct State {
    Vector<S, Units> h, change;  // h: the units' activities; change: how they move in this step
  };
  template <int Units> State<Units> zero_state(Extent<Units> units) const {
    return {zeros<S>(units, Extent<1>{}), zeros<S>(units, Extent<1>{})};
  }
  void operator()(auto& state, const auto& currents, auto&& learns) const {
    settle(state, currents);
    detail::learn_by_threshold(state.h, threshold, anti_hebbian, learns);
  }
  /// state.h: the steady state. Throws std::invalid_argument for currents that are not finite, and
  /// std::runtime_error where h does not settle.
  void settle(auto& state, const auto& currents) const {
    auto& h = state.h;
    auto& change = state.change;
    check_shape("LateralInhibition currents", currents, h.size(), 1);
    NEOHEBB_REQUIRE(all_finite(currents),
                    "LateralInhibition: currents are not finite; is there NaN in images or weights?");
    const S largest = currents.cwiseAbs().maxCoeff();
    h.setZero();
    for (Index n = 0; n < most_steps; ++n) {
      const S total = h.cwiseMax(S(0)).sum();
      change = currents - h - inhibition * (total - h.array().max(S(0))).matrix();
      if (change.cwiseAbs().maxCoeff() <= tolerance * largest) return;
      const S active = static_cast<S>((h.array() > 0).count());
      h += std::min(step, 1 / (1 + inhibition * active)) * change;
    }
    NEOHEBB_THROW(std::runtime_error, "LateralInhibition: no steady state after ", most_steps,
                  " steps, rates of change are up to ", change.cwiseAbs().maxCoeff(),
                  "; allow more steps or a wider tolerance");
  }
};

/// Units that do not inhibit each other: the paper's rule for a single unit, for as many as there are.
/// [Krotov & Hopfield 2019, eqs. 3–6]
///
///     Q = I/⟨W, W⟩^((p−1)/p);   g = 1 for Q ≥ h*,  −Δ for 0 ≤ Q < h*,  0 for Q < 0
///
///   parameter        default   symbol
///   threshold        1         h* > 0
///   anti_hebbian     0.4       Δ ≥ 0
///
/// CompetingUnits throw std::invalid_argument for other values, and currents that are not finite.
template <class S> struct Uninhibited {
  /// Whether currents are divided by the norm of the weights.
  static constexpr bool by_norm = true;
  S threshold = 1;
  S anti_hebbian = S(0.4);

  void validate(Index units) const {
    check_positive("units that compete", units);
    NEOHEBB_REQUIRE(is_finite(threshold) && threshold > 0, "Uninhibited.threshold is ", threshold,
                    ", must be finite and positive");
    detail::check_anti_hebbian("Uninhibited.anti_hebbian", anti_hebbian);
  }
  template <int Units> static constexpr int most = Units;
  Index active(Index units) const { return units; }
  struct State {};
  template <int Units> State zero_state(Extent<Units>) const { return {}; }
  void operator()(State&, const auto& normalised, auto&& learns) const {
    NEOHEBB_REQUIRE(all_finite(normalised),
                    "Uninhibited: currents are not finite; is there NaN in images or weights, or a unit "
                    "without weights?");
    detail::learn_by_threshold(normalised, threshold, anti_hebbian, learns);
  }
};

}  // namespace neohebb
