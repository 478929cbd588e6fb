// Competition: from the currents of a population to the factor g by which each unit learns.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
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
  NEOHEBB_REQUIRE(std::isfinite(delta) && delta >= 0, what, " is ", delta,
                  ", must be finite and not negative: it is the strength of anti-Hebbian learning");
}
}  // namespace detail

/// g = 1 for the strongest current, −Δ for the k-th strongest, 0 otherwise; of equal currents the lower unit
/// comes first. [Krotov & Hopfield 2019, eq. 10 and its fast implementation]
///
///   parameter        default   symbol
///   rank             2         k, from 2 to the number of units
///   anti_hebbian     0.4       Δ ≥ 0
template <class S> struct Ranked {
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

  struct State {};
  template <int Units> State zero_state(Extent<Units>) const { return {}; }
  /// Throws std::invalid_argument for currents that are not finite.
  void operator()(State&, const auto& currents, auto&& learns) const {
    if (currents.size() < 512)
      rank_in_groups<16>(currents, learns);
    else
      rank_in_groups<64>(currents, learns);
  }

 private:
  /// The largest of every Groups-th current, in registers; the ranks are then searched for in few of these groups.
  template <Index Groups> void rank_in_groups(const auto& currents, auto& learns) const {
    using Group = Eigen::Array<S, Groups, 1>;
    constexpr S lowest = -std::numeric_limits<S>::infinity();
    const Index n = currents.size();
    Group largest = Group::Constant(lowest), total = Group::Zero();
    S sum = 0;  // of all: finite where they are
    Index i = 0;
    for (; i + Groups <= n; i += Groups) {
      const auto some = currents.template segment<Groups>(i).array();
      largest = largest.max(some);
      total += some;
    }
    for (Index g = 0; i < n; ++i, ++g) {
      largest(g) = std::max(largest(g), currents(i));
      sum += currents(i);
    }
    NEOHEBB_REQUIRE(std::isfinite(sum + total.sum()),
                    "Ranked: currents are not finite; is there NaN in images or weights?");
    S value = std::numeric_limits<S>::infinity();
    Index unit = -1;
    for (Index place = 1; place <= rank; ++place) {
      const S next = largest.maxCoeff();
      const bool tied = next == value;
      Index found = n;
      for (Index first = 0; first < Groups; first += 16) {
        if (Groups > 16 && largest.template segment<16>(first).maxCoeff() != next) continue;
        for (Index g = first; g < first + 16; ++g)
          if (largest(g) == next)
            for (Index j = g; j < found; j += Groups)
              if (currents(j) == next && (!tied || j > unit)) found = j;
      }
      value = next;
      unit = found;
      if (place == 1) learns(unit, S(1));
      if (place == rank) break;
      S rest = lowest;  // of its group, what comes after it: smaller, or equal and later
      for (Index j = unit % Groups; j < n; j += Groups) {
        const S x = currents(j);
        const bool after = x < value || (x == value && j > unit);
        rest = after && x > rest ? x : rest;
      }
      largest(unit % Groups) = rest;
    }
    if (anti_hebbian > 0) learns(unit, -anti_hebbian);
  }
};

/// The full dynamics: lateral inhibition, integrated from h = 0 until it stands still.
/// [Krotov & Hopfield 2019, eqs. 8 and 9]
///
///     τ dh_μ/dt = I_μ − w_inh Σ_{ν≠μ} r(h_ν) − h_μ,      r(h) = max(h, 0)
///     g = 1 for h ≥ h*,  −Δ for 0 ≤ h < h*,  0 for h < 0
///
/// Units keep the order of their currents at all times, so the strongest h is the unit that Ranked calls
/// strongest. With w_inh < 1 several units stay active: m of them while I_m > w_inh Σ_{ν≤m} I_ν/(1 + (m − 1)
/// w_inh); then h_μ = (I_μ − w_inh H)/(1 − w_inh), H = Σ_{ν≤m} I_ν/(1 + (m − 1) w_inh). All but those with
/// h ≥ h* learn with −Δ, where Ranked picks one of them: the two agree entirely where two units stay active,
/// k = 2, and h* lies between their h. With w_inh ≥ 1 the winner takes all, and nobody learns with −Δ.
/// Equal currents, and those closer than `tolerance`, settle side by side. At w_inh = 1 itself the two strongest
/// part in a time of I/ΔI only, which may be more than most_steps: where one is to take all, inhibit by 1.1 or more.
///
/// Steps are as long as `step`, or shorter where many units are active and the inhibition would overshoot. Time is
/// in units of τ, which drops out of the steady state.
///
///   parameter        default   symbol
///   inhibition       0.5       w_inh ≥ 0
///   threshold        1         h* > 0
///   anti_hebbian     0.4       Δ ≥ 0
///   step             0.1       Δt/τ of Euler's method, in (0, 1]
///   tolerance        1e-5      |τ dh/dt| ≤ tolerance · max|I|: steady
///   most_steps       100000    after which std::runtime_error is thrown
template <class S> struct LateralInhibition {
  static constexpr bool by_norm = false;
  S inhibition = S(0.5);
  S threshold = 1;
  S anti_hebbian = S(0.4);
  S step = S(0.1);
  S tolerance = S(1e-5);
  Index most_steps = 100000;

  void validate(Index units) const {
    check_positive("units that compete", units);
    NEOHEBB_REQUIRE(std::isfinite(inhibition) && inhibition >= 0, "LateralInhibition.inhibition is ",
                    inhibition, ", must be finite and not negative");
    NEOHEBB_REQUIRE(std::isfinite(threshold) && threshold > 0, "LateralInhibition.threshold is ", threshold,
                    ", must be finite and positive");
    detail::check_anti_hebbian("LateralInhibition.anti_hebbian", anti_hebbian);
    NEOHEBB_REQUIRE(step > 0 && step <= 1, "LateralInhibition.step is ", step, ", must be in (0, 1]");
    NEOHEBB_REQUIRE(tolerance > 0, "LateralInhibition.tolerance is ", tolerance, ", must be positive");
    check_positive("LateralInhibition.most_steps", most_steps);
  }
  template <int Units> static constexpr int most = Units;
  Index active(Index units) const { return units; }

  template <int Units> struct State { Vector<S, Units> h, change; };
  template <int Units> State<Units> zero_state(Extent<Units> units) const {
    return {zeros<S>(units, Extent<1>{}), zeros<S>(units, Extent<1>{})};
  }
  void operator()(auto& state, const auto& currents, auto&& learns) const {
    settle(state, currents);
    for (Index i = 0; i < state.h.size(); ++i)
      if (state.h(i) >= threshold)
        learns(i, S(1));
      else if (state.h(i) >= 0 && anti_hebbian > 0)
        learns(i, -anti_hebbian);
  }
  /// state.h: the steady state. Throws std::invalid_argument for currents that are not finite, and
  /// std::runtime_error where h does not settle.
  void settle(auto& state, const auto& currents) const {
    auto& h = state.h;
    auto& change = state.change;
    const S largest = currents.cwiseAbs().template maxCoeff<Eigen::PropagateNaN>();
    NEOHEBB_REQUIRE(std::isfinite(largest),
                    "LateralInhibition: currents are not finite; is there NaN in images or weights?");
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
template <class S> struct Uninhibited {
  static constexpr bool by_norm = true;
  S threshold = 1;
  S anti_hebbian = S(0.4);

  void validate(Index units) const {
    check_positive("units that compete", units);
    NEOHEBB_REQUIRE(std::isfinite(threshold) && threshold > 0, "Uninhibited.threshold is ", threshold,
                    ", must be finite and positive");
    detail::check_anti_hebbian("Uninhibited.anti_hebbian", anti_hebbian);
  }
  template <int Units> static constexpr int most = Units;
  Index active(Index units) const { return units; }
  struct State {};
  template <int Units> State zero_state(Extent<Units>) const { return {}; }
  void operator()(State&, const auto& normalised, auto&& learns) const {
    NEOHEBB_REQUIRE(normalised.allFinite(),
                    "Uninhibited: currents are not finite; is there NaN in images or weights, or a unit "
                    "without weights?");
    for (Index i = 0; i < normalised.size(); ++i)
      if (normalised(i) >= threshold)
        learns(i, S(1));
      else if (normalised(i) >= 0 && anti_hebbian > 0)
        learns(i, -anti_hebbian);
  }
};

}  // namespace neohebb
