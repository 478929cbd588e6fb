// Neurons of an imported network: NIR's I, IF, LI, LIF, CubaLI, CubaLIF in one form.
#pragma once
#include <algorithm>
#include <cmath>
#include <neohebb/core/spikes.hpp>
#include <neohebb/network/imported/node_state.hpp>
#include <neohebb/network/imported/semantics.hpp>
#include <neohebb/trace/decay.hpp>

namespace neohebb::nir {

/// With factors for each neuron, x the input of a step and z the spikes of the step before:
///
///     i ← a_syn i + g_syn x                         without synapse: i = x
///     v ← a v + g i + c,  then reset as Semantics has it
///
/// Where all neurons are alike and reset at once, `Lif` (neuron/lif.hpp) is the same: decay a, drive g x +
/// c, Reset::to_value or by_threshold, Synapse::current_now or current_later. Its by_threshold_later is
/// snnTorch's subtraction one step later.
///
/// It is a Neuron (neuron/neuron.hpp), too, for layers that learn: potential is v − θ before the reset.
template <class S> struct NeuronMap {
  using Scalar = S;
  /// has_current: whether there is a synaptic current; spikes: whether there is a threshold
  bool has_current = false, spikes = false;
  Semantics semantics = {};  // what NIR leaves open
  /// for each neuron: v ← decay v + gain I + constant
  Vector<S> decay = {}, gain = {}, constant = {}, synaptic_decay = {}, synaptic_gain = {};
  /// for each neuron: θ, the reset's value, a lower bound of v, v before the first step
  Vector<S> threshold = {}, reset = {}, lowest = {}, start = {};

  Index inputs() const { return decay.size(); }
  Index outputs() const { return decay.size(); }
  void reserve(Scratch<S>&) const {}
  bool has_room(const Scratch<S>&) const { return true; }
  std::uint64_t synapses() const { return 0; }
  /// The state before the first step.
  void prepare(NodeState<S>& s, Index batch) const {
    s.membrane = start.replicate(1, batch);
    if (!spikes) s.output = s.membrane;
    if (has_current) s.current = Matrix<S>::Zero(inputs(), batch);
  }

  /// Whether the state is of as many neurons.
  bool fits(const NodeState<S>& s) const {
    return s.membrane.rows() == inputs() && s.membrane.cols() == s.output.cols() &&
           (!has_current || (s.current.rows() == inputs() && s.current.cols() == s.output.cols()));
  }

  void step(NodeState<S>& s, const Matrix<S>& x, Scratch<S>&) const { advance(s, x); }

  template <int N, int B> struct State {
    /// output: the spikes, as numbers; current: the synaptic one
    Matrix<S, N, B> potential, membrane, output, current;
    Spikes<S, N, B> spikes;
    static void fields(auto& self, auto&& visit) {
      visit("potential", self.potential);
      visit("membrane", self.membrane);
      visit("output", self.output);
      visit("current", self.current);
      visit("spikes", self.spikes);
    }
  };
  /// Throws std::invalid_argument for another number of neurons, and where they spike several times a step or
  /// not at all.
  template <int N, int B> State<N, B> zero_state(Extent<N> size, Extent<B> batch) const {
    validate();
    NEOHEBB_REQUIRE(Index(size) == inputs(), "NeuronMap holds the parameters of ", inputs(),
                    " neurons, the layer has ", Index(size));
    State<N, B> s{zeros<S>(size, batch),
                  zeros<S>(size, batch),
                  zeros<S>(size, batch),
                  zeros<S>(size, batch),
                  {size, batch}};
    s.membrane = start.replicate(1, Index(batch));
    s.potential = s.membrane.colwise() - threshold;
    return s;
  }
  void step(auto& s, const auto& drive) const {
    check_shape("NeuronMap drive", drive, s.membrane.rows(), s.membrane.cols());
    advance(s, drive);
    s.spikes.assign(s.output.array() > 0);
  }
  void validate() const {
    NEOHEBB_REQUIRE(spikes, "NeuronMap.spikes is false: in a layer of spiking neurons it must be true");
    NEOHEBB_REQUIRE(!semantics.several_spikes,
                    "Semantics.several_spikes: a neuron of a layer spikes once a step at most");
  }

 private:
  /// later: in the next step, at its usual place; first: before the leak; last: after the input.
  enum class Mode {
    none,
    value,
    value_later,
    value_last,
    fall,
    fall_later,
    fall_first,
    fall_compared,
    several,
    several_later,
    several_first
  };
  static constexpr bool counts(Mode m) {
    return m == Mode::several || m == Mode::several_later || m == Mode::several_first;
  }

  void advance(auto& s, const auto& x) const {
    if (!spikes) return with_current<Mode::none>(s, x);
    const bool later = semantics.reset_time == ResetTime::later;
    const ResetPlace place = has_current ? semantics.place_with_current : ResetPlace::usual;
    if (semantics.reset == SpikeReset::to_value) {
      if (!later) return with_current<Mode::value>(s, x);
      return place == ResetPlace::after_input ? with_current<Mode::value_last>(s, x)
                                              : with_current<Mode::value_later>(s, x);
    }
    const bool first = place == ResetPlace::before_leak;
    if (semantics.several_spikes) {
      if (!later) return with_current<Mode::several>(s, x);
      return first ? with_current<Mode::several_first>(s, x) : with_current<Mode::several_later>(s, x);
    }
    if (later) return first ? with_current<Mode::fall_first>(s, x) : with_current<Mode::fall_later>(s, x);
    semantics.subtracts_before_comparing ? with_current<Mode::fall_compared>(s, x)
                                         : with_current<Mode::fall>(s, x);
  }
  /// ⌊x⌋ of x ≥ 0. (std::floor stops compilers from making vectors of a loop.)
  static S whole_part(S x) {
    using Whole = std::conditional_t<sizeof(S) == 4, std::int32_t, std::int64_t>;
    constexpr S all_whole = S(Whole{1} << std::numeric_limits<S>::digits);  // from here on every number is
    const bool small = (x > 0) & (x < all_whole);
    return choose(small, static_cast<S>(static_cast<Whole>(choose(small, x, S(0)))), x);
  }
  template <Mode M> void with_current(auto& s, const auto& x) const {
    for (Index b = 0; b < x.cols(); ++b) has_current ? sweep<M, true>(s, x, b) : sweep<M, false>(s, x, b);
  }
  template <Mode M, bool Current> void sweep(auto& s, const auto& x, Index b) const {
    constexpr bool shows_potential = requires { s.potential; };
    S *u = nullptr, *current = nullptr;
    if constexpr (shows_potential) u = s.potential.col(b).data();
    if constexpr (Current) current = s.current.col(b).data();
    sweep<M, Current, shows_potential>(neohebb::detail::column_of(x, b), decay.data(), gain.data(),
                                       constant.data(), synaptic_decay.data(), synaptic_gain.data(),
                                       threshold.data(), reset.data(), lowest.data(),
                                       s.membrane.col(b).data(), s.output.col(b).data(), u, current);
  }
  /// A step of one sample's neurons, by the equations above (tests/network/imported_neurons.cpp). Pointers
  /// are arguments, since GCC takes members to overlap.
  template <Mode M, bool Current, bool shows_potential>
  void sweep(const S* in, const S* a, const S* g, const S* c, const S* as, const S* gs, const S* theta,
             const S* to, const S* low, S* __restrict v, S* __restrict z, S* __restrict u,
             S* __restrict current) const {
    const bool first = semantics.order == CurrentOrder::current_first, at = semantics.fires_at_threshold;
    const Index n = inputs();
    // Choices by bits, and loads in every iteration: compilers make vectors of this.
    for (Index i = 0; i < n; ++i) {
      S drive = in[i];
      if constexpr (Current) {
        const S before = current[i], now = as[i] * before + gs[i] * drive;
        current[i] = now;
        drive = choose(first, now, before);
      }
      S from = v[i];
      if constexpr (M == Mode::value_later) from = choose(z[i] > 0, to[i], from);
      if constexpr (M == Mode::fall_first || M == Mode::several_first) from -= z[i] * theta[i];
      S now = a[i] * from + g[i] * drive + c[i];
      if constexpr (M == Mode::none) {
        v[i] = z[i] = now;
      } else {
        const S level = theta[i], least = low[i];
        if constexpr (M == Mode::value_last) now = choose(z[i] > 0, to[i], now);
        if constexpr (M == Mode::fall_later || M == Mode::several_later) now -= z[i] * level;
        now = choose(now < least, least, now);
        S compared = now;
        if constexpr (M == Mode::fall_compared) compared -= choose(from > level, level, S(0));
        if constexpr (shows_potential) u[i] = compared - level;
        const bool fires = (compared > level) | (at & (compared == level));
        S count = choose(fires, S(1), S(0));
        if constexpr (counts(M)) {
          const S whole = whole_part(now / level);
          count = choose(fires, choose(whole < S(1), S(1), whole), S(0));
        }
        if constexpr (M == Mode::value) now = choose(fires, to[i], now);
        if constexpr (M == Mode::fall || M == Mode::several || M == Mode::fall_compared) now -= count * level;
        v[i] = now;
        z[i] = count;
      }
    }
  }
};

}  // namespace neohebb::nir
