#pragma once
#include <neohebb/layer/layer.hpp>
#include <neohebb/learning/broadcast.hpp>
#include <neohebb/learning/exchanged.hpp>
#include <neohebb/learning/heterosynaptic.hpp>
#include <neohebb/learning/per_synapse.hpp>
#include <neohebb/learning/rate_target.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/surrogate.hpp>
#include <neohebb/projection/projection.hpp>

namespace neohebb {

namespace detail {
struct NoForm {
  static void fields(auto&, auto&&) {}
};
/// What an algorithm gathers in a window; rules without memory need none.
template <class Form, class E, bool remembers, int B>
auto form_credit(const auto& projection, Extent<B> batch, Index window, bool late, bool carries) {
  if constexpr (remembers)
    return Form::template credit<E>(projection, batch, window, late, carries);
  else
    return NoForm{};
}
}  // namespace detail

/// A population of neurons whose synapses remember: every rule that is an eligibility and a learning signal.
///
///     U, S ← neuron(projection(S_in)),  ψ = σ'(U)             units × batch; ψ = 0 in silent neurons
///     L = signal(…)                                           units × batch
///     ΔW_ij = −rate·Σ_t Σ_m L_mi[t] e_mij[t]                  e: the eligibility's, of ψ and the projection's traces
///
///     EpropLayer<…> layer{.projection = …, .neuron = …};      // e-prop: layer/eprop.hpp
///     layer.step(weights, state, in);
///     layer.credit(weights, state, ReadoutError{error, readout}, credit);   // at every step of a window
///     layer.update(weights, state, credit, learner);                        // at its end
///
/// Throws std::invalid_argument for parameters without sense, and for spikes, errors and windows of other sizes.
///
///   parameter     default     meaning
///   projection    —           Dense, EventDriven, WithRecurrence, …: its trace is x̄
///   neuron        its own     any Neuron; Lif masks ψ while it is refractory
///   surrogate     its own     σ'
///   eligibility   its own     Eprop, …, any Eligibility
///   signal        —           Broadcast, TargetSpikes, Smoothed<…>, SpikeLogLikelihood, LabelProjection, Reward,
///                             any LearningSignal
///   rate          strength 0  WindowRate or RunningRate, for eligibilities with a second signal; or Heterosynaptic
///   carries       true        what synapses remember crosses a window's edge; false where a window is a whole trial,
///                             and nothing is kept for each synapse
///   form          Exchanged   or PerSynapse: the same numbers, another cost
template <Projection P, Neuron N, Surrogate<typename P::Scalar> D, Eligibility E, LearningSignal L,
          class Form = Exchanged, class R = WindowRate<typename P::Scalar>>
struct PlasticLayer {
  using Scalar = typename P::Scalar;
  static_assert(std::same_as<Scalar, typename N::Scalar> && std::same_as<Scalar, typename E::Scalar>,
                "neohebb: projection, neuron and eligibility must share one Scalar");
  static constexpr int Out = extent_of<decltype(std::declval<const P&>().outputs())>;
  static constexpr bool hears_readout = requires { requires L::broadcast; };
  static constexpr bool two_signals = E::signals > 1;
  /// Rate terms that pull at weights instead of sending a second signal.
  static constexpr bool heterosynaptic = requires { requires R::heterosynaptic; };
  /// Rules whose ψ is of v − θ after the reset, also while the neuron is silent.
  static constexpr bool after_reset = requires { requires E::after_reset; };
  /// The second signal is there in every step.
  static constexpr bool running_rate = two_signals && !R::late && !heterosynaptic;
  /// Rules without memory take the projection's own credit, step by step.
  static constexpr bool remembers = E::stages > 0 || two_signals;
  P projection{};
  N neuron{};
  D surrogate{};
  E eligibility{};
  L signal{};
  R rate{};
  bool carries = true;
  Form form{};

  void validate() const {
    projection.validate();
    validate_if_possible(neuron);
    validate_if_possible(surrogate);
    validate_if_possible(eligibility);
    validate_if_possible(signal);
    rate.validate();
    form.validate();
    NEOHEBB_REQUIRE((heterosynaptic ? remembers : two_signals) || rate.strength == 0,
                    "PlasticLayer.rate.strength is ", rate.strength,
                    heterosynaptic
                        ? ", but the eligibility has no stages; Heterosynaptic is for rules that remember"
                        : ", but the eligibility has no second signal for it; Eprop has one");
  }
  auto inputs() const { return projection.inputs(); }
  auto units() const { return projection.outputs(); }

  using SignalWeights = decltype(std::declval<const L&>().initial_weights(Extent<Out>{}, Generator{}));
  struct Weights {
    typename P::Weights projection;
    SignalWeights signal;
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto& self, auto&& visit) {
      visit("projection", self.projection);
      visit("signal", self.signal);
    }
  };
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    validate();
    return {projection.initial_weights(initialisation, generator.substream(0)),
            signal.initial_weights(units(), generator.substream(1))};
  }

  template <int B>
  using Memory = decltype(Form{}.template memory<E>(std::declval<const P&>(), Extent<B>{}, true));
  template <int B> struct State {
    typename P::template State<B> projection;
    decltype(make_state(std::declval<const N&>(), std::declval<const P&>().outputs(), Extent<B>{},
                        Generator{})) neuron;
    typename R::template State<Out, B> rate;
    Memory<B> memory;                                                                 // of every synapse
    decltype(std::declval<const L&>().zero_state(Extent<Out>{}, Extent<B>{})) heard;  // the signal's
    Matrix<Scalar, Out, B> drive, psi, signal;
    Scalar loss = 0;  // of the step credited last, where the signal has one
    static void fields(auto& self, auto&& visit) {
      visit("projection", self.projection);
      visit("neuron", self.neuron);
      visit("rate", self.rate);
      visit("memory", self.memory);
      visit("heard", self.heard);
      visit("loss", self.loss);
    }
  };
  template <int B> State<B> zero_state(Extent<B> batch, const Generator& generator = {}) const {
    validate();
    const auto n = units();
    State<B> s{projection.zero_state(batch), make_state(neuron, n, batch, generator.substream(0)),
               rate.zero_state(n, batch),    form.template memory<E>(projection, batch, carries),
               signal.zero_state(n, batch),  zeros<Scalar>(n, batch),
               zeros<Scalar>(n, batch),      zeros<Scalar>(n, batch)};
    if (remembers && Form::records) projection.keep_lists(s.projection);
    return s;
  }
  void reseed(auto& state, const Generator& generator) const {
    if constexpr (requires { state.neuron.random; }) state.neuron.random = generator.substream(0);
  }

  template <int B>
  using FormCredit = decltype(detail::form_credit<Form, E, remembers>(std::declval<const P&>(), Extent<B>{},
                                                                      Index{}, true, true));
  template <int B> struct Credit {
    CreditOf<P, B> projection;
    FormCredit<B> form;
    Vector<Scalar, Out> beta;
    template <class T> using OfWindow = std::conditional_t<Form::records, Matrix<T, Out>, Matrix<T, 0, 0>>;
    std::array<OfWindow<Scalar>, std::size_t{E::signals}> signals;  // units × steps·batch
    OfWindow<Scalar> psi;                                           // likewise
    OfWindow<std::uint8_t> fired;                                   // likewise
    Matrix<Scalar, Out, B> counts;                                  // spikes since the last update, then L_1
    Matrix<Scalar, Out, B> second;  // L_1 of this step, or δ of rules without memory
    Index window = 0, steps = 0;
    Scalar share = 1;  // of the batch, where the state holds a chunk of it
    static void fields(auto& self, auto&& visit) {
      visit("projection", self.projection);
      visit("form", self.form);
      if constexpr (Form::records) {
        visit("signal", self.signals[0]);
        if constexpr (two_signals)
          if (self.signals[1].size() > 0) visit("rate_signal", self.signals[1]);
        visit("psi", self.psi);
        visit("fired", self.fired);
      }
      visit("counts", self.counts);
      visit("steps", self.steps);
    }
  };
  template <int B> Credit<B> zero_credit(Extent<B> batch, Index window) const {
    validate();
    check_positive("steps per update", window);
    const auto n = units();
    const bool late = has_late();
    Credit<B> c{projection.zero_credit(batch, window, remembers),
                detail::form_credit<Form, E, remembers>(projection, batch, window, late, carries),
                zeros<Scalar>(n, Extent<1>{}),
                {},
                {},
                {},
                zeros<Scalar>(n, batch),
                zeros<Scalar>(n, batch)};
    c.window = window;
    for (Index i = 0; i < Index(n); ++i)
      if constexpr (requires { neuron.adaptation_of(i); }) c.beta[i] = neuron.adaptation_of(i);
    if constexpr (remembers && Form::records) {
      const Extent<> columns(window * Index(batch));
      c.psi = zeros<Scalar>(n, columns);
      c.fired = zeros<std::uint8_t>(n, columns);
      c.signals[0] = zeros<Scalar>(n, columns);
      if constexpr (running_rate)
        if (rate.strength != 0) c.signals[1] = zeros<Scalar>(n, columns);
    }
    return c;
  }
  template <Optimizer O> auto learner(const O& optimizer) const { return projection.learner(optimizer); }

  const auto& potential(const auto& state) const { return state.neuron.potential; }
  const auto& spikes(const auto& state) const { return state.neuron.spikes; }

  void step(const Weights& w, auto& s, const auto& in) const {
    check_shape("PlasticLayer input", in.dense(), Index(inputs()), s.drive.cols());
    step_projection(projection, w.projection, s.projection, in, s.neuron.spikes, s.drive);
    neuron.step(s.neuron, s.drive);
    if constexpr (!R::late)
      if (rate.strength != 0) rate.step(s.rate, s.neuron.spikes);
  }

  /// What the signal asks for in the last step (in s.signal), noted nowhere. Returns its loss, where it has one.
  Scalar hear(const Weights& w, auto& s, const auto& asked, Scalar share = 1, bool moved = true) const {
    return s.loss = signal(w.signal, s.heard, asked, Population{neuron, s.neuron, share, moved}, s.signal);
  }
  /// What layers below hear of the step credited last (TargetSpikes).
  auto heard(const Weights& w, const auto& s) const requires(requires { requires L::is_heard; }) {
    return ReadoutError{signal.heard(s.heard), projection.weight(w.projection)};
  }

  /// Notes the last step with what its learning signal is made of: a target, a ReadoutError, or NoTarget.
  Scalar credit(const Weights& w, auto& s, const auto& asked, auto& c, Scalar share = 1, Scalar = 0) const {
    NEOHEBB_REQUIRE(
        !remembers || c.steps < c.window, "PlasticLayer: a credit made for a window of ", c.window,
        " steps was to note one more; update at the end of each window, or make the learner for a "
        "longer one");
    check_shape("PlasticLayer: a credit's spikes", c.counts, s.psi.rows(), s.psi.cols());
    hear(w, s, asked, share, c.steps == 0);
    find_surrogate(s);
    if constexpr (!remembers) {
      for (Index b = 0; b < s.psi.cols(); ++b)
        for (Index i = 0; i < s.psi.rows(); ++i)
          c.second(i, b) =
              s.signal(i, b) *
              eligibility.gates(Post<Scalar>{s.psi(i, b), Scalar(s.neuron.spikes.bytes()(i, b)), c.beta[i]})
                  .d[0];
      projection.credit(w.projection, s.projection, c.second, c.projection);
    } else {
      note(w, s, c, share);
    }
    return s.loss;
  }
  bool asks_batch() const { return false; }
  Scalar of_batch(const auto&) const { return 0; }
  /// Rows of a target, where the signal has one of its own.
  Index answers() const {
    if constexpr (requires { signal.targets(Index{}); })
      return signal.targets(units());
    else
      return hears_readout ? 0 : Index(units());
  }
  /// Moves the weights along what was credited, and forgets it.
  void update(Weights& w, auto& s, auto& c, auto& learner) const {
    end_window(w, s, c);
    projection.update(w.projection, s.projection, c.projection, learner);
  }
  /// The gradient of what was credited (for looking at, and for tests): the credit's window ends.
  auto gradient(const Weights& w, auto& s, auto& c) const {
    end_window(w, s, c);
    return projection.gradient(c.projection);
  }
  /// Before an update from the credits of a batch's chunks: what they need to know of each other.
  void meet_batch(auto&& each_credit) const {
    if constexpr (R::late)
      if (has_late() && !rate.of_each_sample) {
        Scalar whole = 0;
        for (Index i = 0; i < Index(units()); ++i, whole = 0) {
          each_credit([&](auto& c) { whole += c.share * c.counts.row(i).mean(); });
          each_credit([&](auto& c) { c.counts.row(i).setConstant(whole); });
        }
      }
  }
  /// What the window's steps ask for goes to the projection's credit.
  void prepare_update(const Weights& w, auto& s, auto& c) const {
    end_window(w, s, c);
    projection.prepare_update(c.projection);
  }
  Index parts() const { return projection.parts(); }
  void update_part(Weights& w, auto&& each_credit, auto& learner, Index piece) const {
    projection.update_part(w.projection, of_projection(each_credit), learner, piece);
  }
  void finish_update(Weights& w, auto&& each_credit) const {
    projection.finish_update(w.projection, of_projection(each_credit));
    each_credit([&](auto& c) {
      if constexpr (remembers)  // a window that was given up
        if (c.steps > 0) Form::drop(projection, c.form);
      forget(c);
    });
  }

 private:
  /// ψ of the last step.
  void find_surrogate(auto& s) const {
    if constexpr (after_reset)
      surrogates_of(s.neuron.membrane, neuron.threshold, s.psi);
    else
      surrogates_of(s.neuron.potential, Scalar(0), s.psi);
    if constexpr (!after_reset && requires { neuron.mask_refractory(s.neuron, s.psi); })
      neuron.mask_refractory(s.neuron, s.psi);
  }
  void surrogates_of(const auto& potential, Scalar threshold, auto& psi) const {
    const D derivative =
        surrogate;  // a copy, which stores below cannot change: compilers make vectors of this
    const Scalar* const __restrict u = potential.data();
    Scalar* const __restrict out = psi.data();
    for (Index i = 0, n = psi.size(); i < n; ++i) out[i] = derivative(u[i] - threshold);
  }
  static auto of_projection(auto& each_credit) {
    return [&](auto&& use) { each_credit([&](auto& c) { use(c.projection); }); };
  }
  static void forget(auto& c) {
    c.counts.setZero();
    c.steps = 0;
  }
  /// One step of a rule with memory.
  void note(const Weights& w, auto& s, auto& c, Scalar share) const {
    const bool late = has_late();
    if (late) c.counts += s.neuron.spikes.dense();
    if constexpr (heterosynaptic)
      if (rate.strength != 0) rate.add(s.rate, c.counts);
    const bool running = running_rate && rate.strength != 0;
    if constexpr (running_rate)
      if (running) {
        rate(s.rate, c.second);
        if (share != 1) c.second *= share;
      }
    if constexpr (Form::records) {
      const Index column = c.steps * s.psi.cols();
      c.psi.middleCols(column, s.psi.cols()) = s.psi;
      c.fired.middleCols(column, s.psi.cols()) = s.neuron.spikes.bytes();
      c.signals[0].middleCols(column, s.psi.cols()) = s.signal;
      if (running) c.signals[E::signals - 1].middleCols(column, s.psi.cols()) = c.second;
      projection.hold(w.projection, s.projection, c.projection);
    } else {
      std::array<const Scalar*, std::size_t{E::signals}> now{};
      now[0] = s.signal.data();
      if (running) now[E::signals - 1] = c.second.data();
      const detail::PostView post{s.psi, s.neuron.spikes.bytes().data(), c.beta, s.psi.cols()};
      if (late)
        form.template note<two_signals>(eligibility, projection, s.projection, s.memory, c.form, post, now);
      else
        form.template note<false>(eligibility, projection, s.projection, s.memory, c.form, post, now);
    }
    ++c.steps;
    c.share = share;
  }
  void end_window(const Weights& w, auto& s, auto& c) const {
    if constexpr (remembers)
      if (c.steps > 0) finish_window(w, s, c);
  }
  void finish_window(const Weights& w, auto& s, auto& c) const {
    const bool late = has_late();
    if constexpr (R::late)
      if (late) rate(c.counts, c.steps, c.share);
    const detail::PostView post{c.psi, c.fired.data(), c.beta, c.counts.cols()};
    const auto signals_of_end = c.counts.leftCols(late ? c.counts.cols() : 0);
    Form::finish(eligibility, projection, s.memory, c.form, c.projection, post, signals_of_end, c.signals,
                 c.steps);
    if constexpr (heterosynaptic)
      if (rate.strength != 0) {
        const auto strength = rate.pull(c.counts, c.share);
        projection.each_block(
            [&](const auto& part, const auto& weights, auto& noted) { part.pull(weights, strength, noted); },
            w.projection, c.projection);
      }
    forget(c);
  }
  bool has_late() const { return R::late && two_signals && rate.strength != 0; }
};

}  // namespace neohebb
