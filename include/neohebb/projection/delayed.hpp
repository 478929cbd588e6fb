// Delays: a projection that spikes reach some steps after they were fired.
#pragma once
#include <neohebb/projection/projection.hpp>
#include <neohebb/projection/sparse.hpp>
#include <utility>
#include <vector>

namespace neohebb {

/// Any projection, reached by spikes some steps after they were fired:
///
///     drive[t] = projection(S[t − steps])                       axonal delay, the same for all
///     drive[t] = projection(S[t − steps], S[t − steps − 1], …, S[t − steps − spread])
///
/// The second has spread + 1 lines for each input, one for each further step of delay, and the projection
/// takes inputs·(spread + 1) inputs: line d of input j is its input d·inputs + j (so that a line's spikes
/// lie side by side, and spikes move from line to line by copies). A synapse's delay is the line on which it
/// hangs, for which `delayed_synapses` makes a connectivity:
///
///     const Matrix<std::int32_t> delay{{0, 3}, {2, -1}, {1, 1}};  // steps, outputs × inputs; −1: no synapse
///     using Synapses = EventDriven<Pulses<float>, Sparse>;
///     const Delayed<Synapses> projection{
///         .projection = {.connectivity = delayed_synapses(delay), .bias = false}, .steps = 8, .spread = 3};
///     auto weights = projection.initial_weights(ScaledNormal<float>{}, Generator{.seed = 1});
///     auto state = projection.zero_state(Extent{1});
///     projection.step(weights, state, in, drive);                  // in: 2 neurons, drive: 3
///
/// Traces, weights, credit, learner and updates are those of the projection it holds. In a population's own
/// connections it stands within WithRecurrence, on either side: WithRecurrence<Delayed<P>, Delayed<Q>>;
/// there own spikes are one step late without it. Traces are kept for every line: time and memory of a step
/// grow with inputs·(spread + 1), without delays nothing is added. Throws std::invalid_argument for negative
/// delays, for a number of inputs that is no multiple of spread + 1, for spikes of another shape, and what
/// the projection throws.
///
///   parameter    default   meaning
///   projection   —         Dense, EventDriven, Convolution's, …; not recurrent
///   steps        0         all spikes arrive so many steps later
///   spread       0         longest further delay of a single synapse, in steps
template <Projection P> struct Delayed {
  static_assert(!P::recurrent,
                "neohebb: Delayed stands within WithRecurrence: WithRecurrence<Delayed<P>, Delayed<Q>>");
  using Scalar = typename P::Scalar;
  /// hands_on: it changes spikes only, and hands them on
  static constexpr bool recurrent = false, hands_on = true;
  static constexpr int In = extent_of<decltype(std::declval<const P&>().inputs())>;
  P projection{};
  Index steps = 0;
  Index spread = 0;

  void validate() const {
    projection.validate();
    NEOHEBB_REQUIRE(steps >= 0, "Delayed.steps is ", steps, ", must not be negative");
    NEOHEBB_REQUIRE(spread >= 0, "Delayed.spread is ", spread, ", must not be negative");
    const Index lines = projection.inputs();
    NEOHEBB_REQUIRE(lines % (spread + 1) == 0, "Delayed: the projection takes ", lines,
                    " inputs, must be a multiple of spread + 1 = ", spread + 1,
                    ", a line for each input and delay");
  }
  /// The neurons whose spikes come in, of which each has spread + 1 lines.
  Extent<> inputs() const { return Index(projection.inputs()) / (spread + 1); }
  auto outputs() const { return projection.outputs(); }

  using Weights = typename P::Weights;
  Weights weights(const auto&... given) const { return projection.weights(given...); }
  Weights zero_weights() const { return projection.zero_weights(); }
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    validate();
    return projection.initial_weights(initialisation, generator);
  }
  decltype(auto) weight(const auto& w) const requires requires(const P p) { p.weight(w); }
  { return projection.weight(w); }

  template <int B> struct State {
    typename P::template State<B> projection;
    Extent<B> batch;
    std::vector<Spikes<Scalar, Dynamic, B>> under_way;  // the last steps + spread + 1 steps' spikes, a ring
    std::vector<Spikes<Scalar, Dynamic, B>> lines;      // of all lines, where there are several for an input
    std::size_t now = 0;                                // place of the newest
    static void fields(auto& self, auto&& visit) {
      visit("projection", self.projection);
      visit("under_way", self.under_way);
      visit("now", self.now);
      if constexpr (is_filled<decltype(self)>)
        check_place_read("Delayed's newest step", self.now, std::max<std::size_t>(1, self.under_way.size()));
    }
  };
  template <int B> State<B> zero_state(Extent<B> batch) const {
    validate();
    State<B> s{projection.zero_state(batch), batch, {}, {}};
    if (const Index longest = steps + spread; longest > 0)
      s.under_way.assign(static_cast<std::size_t>(longest) + 1, {inputs(), batch});
    if (spread > 0) s.lines.assign(1, {Extent<>{projection.inputs()}, batch});
    return s;
  }
  void step(const auto& w, auto& s, const auto& in, auto& drive) const {
    check_shape("Delayed input", in.bytes(), Index(inputs()), s.batch);
    // Of sizes known to the compiler that differ, inputs have several lines.
    constexpr int given = std::decay_t<decltype(in.bytes())>::RowsAtCompileTime;
    if constexpr (In == Dynamic || given == Dynamic || given == In)
      if (s.under_way.empty()) return projection.step(w, s.projection, in, drive);
    s.now = s.now + 1 < s.under_way.size() ? s.now + 1 : 0;
    s.under_way[s.now].copy(in);
    if (s.lines.empty()) return projection.step(w, s.projection, ago(s, steps), drive);
    s.lines[0].stack(
        spread + 1, [&](Index line) -> const auto& { return ago(s, steps + line); });
    projection.step(w, s.projection, s.lines[0], drive);
  }

  /// holds, where projections know of it: with room for a window whose δ is known at its end.
  template <int B> CreditOf<P, B> zero_credit(Extent<B> batch, Index window, auto... holds) const {
    return projection.zero_credit(batch, window, holds...);
  }
  void credit(const auto& w, auto& s, const auto& delta, auto& credit) const {
    projection.credit(w, s.projection, delta, credit);
  }
  // For eligibilities with memory, as in Dense: parts are the projection's, with its states.
  void each_block(auto&& f, auto&... of) const { projection.each_block(f, within(of)...); }
  auto map_block(auto&& make) const { return projection.map_block(make); }
  void keep_lists(auto& s) const { projection.keep_lists(s.projection); }
  void hold(const auto& w, auto& s, auto& credit) const { projection.hold(w, s.projection, credit); }
  decltype(auto) presynaptic(const auto& s) const requires requires(const P p) {
    p.presynaptic(s.projection);
  }
  { return projection.presynaptic(s.projection); }
  Scalar presynaptic_of_bias(const auto& s) const { return projection.presynaptic_of_bias(s.projection); }
  auto gradient(const auto& credit) const { return projection.gradient(credit); }

  template <Optimizer O> auto learner(const O& optimizer) const {
    validate();
    return projection.learner(optimizer);
  }
  void prepare_update(auto& credit) const { projection.prepare_update(credit); }
  Index parts() const { return projection.parts(); }
  void update(auto& w, auto& s, auto& credit, auto& learner) const {
    projection.update(w, s.projection, credit, learner);
  }
  void update_part(auto& w, auto&& each_credit, auto& learner, Index part) const {
    projection.update_part(w, each_credit, learner, part);
  }
  void gather_part(auto& w, auto&& each_credit, auto& learner, Index part, auto* sum, bool begins,
                   bool ends) const {
    projection.gather_part(w, each_credit, learner, part, sum, begins, ends);
  }
  void apply_part(auto& w, auto& learner, Index part, const auto* sum) const {
    projection.apply_part(w, learner, part, sum);
  }
  void finish_update(auto& w, auto&& each_credit) const { projection.finish_update(w, each_credit); }

 private:
  /// The spikes of so many steps ago.
  static const auto& ago(const auto& s, Index delay) {
    const auto back = static_cast<std::size_t>(delay);
    return s.under_way[s.now >= back ? s.now - back : s.now + s.under_way.size() - back];
  }
  /// The projection's part of a state; what else there is of synapses is the projection's own.
  static auto& within(auto& of) {
    if constexpr (requires { of.under_way; })
      return of.projection;
    else
      return of;
  }
};

/// Synapses that hang on lines, for Delayed: synapse ij on line delay_ij of input j. delay: outputs ×
/// inputs, steps from 0 to spread; negative where there is no synapse. spread −1: the longest delay there is
/// (0 where there is no synapse). Memory and time go with the synapses of the fullest line, for all lines:
/// delays that are spread evenly suit it. Throws std::invalid_argument for delays above spread, and for an
/// empty matrix.
inline Sparse delayed_synapses(const Matrix<std::int32_t>& delay, Index spread = -1) {
  NEOHEBB_REQUIRE(delay.size() > 0, "delayed_synapses: delays are ", delay.rows(), " x ", delay.cols(),
                  ", must be outputs x inputs");
  const Index longest = std::max<Index>(0, delay.maxCoeff()), inputs = delay.cols();
  if (spread < 0) spread = longest;
  NEOHEBB_REQUIRE(longest <= spread, "delayed_synapses: a delay is ", longest,
                  " steps, must be at most the spread, ", spread);
  Vector<Index> used = Vector<Index>::Zero(inputs * (spread + 1));
  const auto each = [&](auto&& use) {
    used.setZero();
    for (Index j = 0; j < inputs; ++j)
      for (Index i = 0; i < delay.rows(); ++i)
        if (const std::int32_t d = delay(i, j); d >= 0) use(i, d * inputs + j, used[d * inputs + j]++);
  };
  each([](Index, Index, Index) {});
  auto targets = std::make_shared<Matrix<std::int32_t>>(
      Matrix<std::int32_t>::Constant(std::max<Index>(1, used.maxCoeff()), used.size(), -1));
  each([&](Index i, Index line, Index k) { (*targets)(k, line) = static_cast<std::int32_t>(i); });
  return {used.size(), delay.rows(), std::move(targets)};
}

}  // namespace neohebb
