#pragma once
#include <neohebb/layer/layer.hpp>
#include <neohebb/layer/plastic_credit.hpp>
#include <neohebb/layer/plastic_state.hpp>
#include <neohebb/learning/broadcast.hpp>
#include <neohebb/learning/exchanged.hpp>
#include <neohebb/learning/heterosynaptic.hpp>
#include <neohebb/learning/per_synapse.hpp>
#include <neohebb/learning/rate_target.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/surrogate.hpp>
#include <neohebb/projection/projection.hpp>

namespace neohebb {

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
///   carries       true        what synapses remember crosses a window's edge; otherwise every window begins with
///                             synapses that remember nothing, as where it is a whole trial, and Exchanged keeps nothing
///                             for each synapse
///   form          Exchanged   or PerSynapse: the same numbers, another cost. With sizes known to the compiler Exchanged
///                             has room for windows of one step
template <Projection P, Neuron N, Surrogate<typename P::Scalar> D, Eligibility E, LearningSignal L,
          class Form = Exchanged, class R = WindowRate<typename P::Scalar>>
struct PlasticLayer {
  using Scalar = typename P::Scalar;
  static_assert(std::same_as<Scalar, typename N::Scalar> && std::same_as<Scalar, typename E::Scalar>,
                "neohebb: projection, neuron and eligibility must share one Scalar");
  static_assert(E::signals <= 2,
                "neohebb: a layer sends an eligibility one learning signal, and a second one by its rate "
                "term: no third");
  static constexpr int In = extent_of<decltype(std::declval<const P&>().inputs())>;
  static constexpr int Out = extent_of<decltype(std::declval<const P&>().outputs())>;
  static constexpr bool takes_no_target = true;  // a step that asks for nothing is one that synapses remember
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
    detail::check_adaptation(neuron, eligibility, units());
    detail::check_presynaptic(projection, eligibility);
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
  template <int B>
  using State = PlasticState<P, N, E, Memory<B>, typename R::template State<Out, B>,
                             decltype(std::declval<const L&>().zero_state(Extent<Out>{}, Extent<B>{})), B>;
  template <int B> State<B> zero_state(Extent<B> batch, const Generator& generator = {}) const {
    validate();
    const auto n = units();
    State<B> s{projection.zero_state(batch), make_state(neuron, n, batch, generator.substream(0)),
               rate.zero_state(n, batch),    form.template memory<E>(projection, batch, carries),
               signal.zero_state(n, batch),  zeros<Scalar>(n, batch),
               zeros<Scalar>(n, batch),      zeros<Scalar>(n, batch)};
    if constexpr (detail::has_post_trace<E>) s.trace = zeros<Scalar>(n, batch);
    if (remembers && Form::records) projection.keep_lists(s.projection);
    return s;
  }
  void reseed(auto& state, const Generator& generator) const {
    if constexpr (requires { state.neuron.random; }) state.neuron.random = generator.substream(0);
  }

  template <int B>
  using FormCredit = decltype(detail::form_credit<Form, E, remembers>(std::declval<const P&>(), Extent<B>{},
                                                                      Index{}, true, true));
  template <int B> using Credit = PlasticCredit<E, CreditOf<P, B>, FormCredit<B>, Form::records, Out, B>;
  template <int B> Credit<B> zero_credit(Extent<B> batch, Index window) const {
    validate();
    check_positive("steps per update", window);
    if constexpr (remembers && Form::records && In != Dynamic && Out != Dynamic && B != Dynamic)
      NEOHEBB_REQUIRE(window == 1,
                      "PlasticLayer: Exchanged with sizes known to the compiler has room for one step, the "
                      "window has ",
                      window, "; use PerSynapse, or sizes that are Dynamic");
    const auto n = units();
    Credit<B> c{projection.zero_credit(batch, window, remembers),
                detail::form_credit<Form, E, remembers>(projection, batch, window, has_late(), carries),
                zeros<Scalar>(n, Extent<1>{}),
                zeros<Scalar>(n, batch),
                zeros<Scalar>(n, batch),
                window};
    for (Index i = 0; i < Index(n); ++i)
      if constexpr (requires { neuron.adaptation_of(i); }) c.beta[i] = neuron.adaptation_of(i);
    if constexpr (remembers && Form::records) c.make_room(running_rate && rate.strength != 0);
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
    NEOHEBB_REQUIRE(c.counts.rows() == s.psi.rows() && c.counts.cols() == s.psi.cols(),
                    "PlasticLayer: the credit is made for ", c.counts.cols(), " samples of ", c.counts.rows(),
                    " neurons, the state holds ", s.psi.cols(), " of ", s.psi.rows());
    hear(w, s, asked, share, c.steps == 0);
    find_surrogate(s);
    if constexpr (!remembers) {
      detail::gate(eligibility, s.psi, s.neuron.spikes.bytes(), c.beta, s.trace_data(), s.signal, c.second);
      projection.credit(w.projection, s.projection, c.second, c.projection);
    } else {
      note(w, s, c, share);
    }
    s.step_trace(eligibility, c.beta);
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
      if (has_late()) rate.meet_batch(each_credit);
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
      c.forget();
    });
  }

 private:
  /// ψ of the last step.
  void find_surrogate(auto& s) const {
    if constexpr (after_reset) {
      surrogates(surrogate, s.neuron.membrane, neuron.threshold, s.psi);
    } else {
      surrogates(surrogate, s.neuron.potential, Scalar(0), s.psi);
      if constexpr (requires { neuron.mask_refractory(s.neuron, s.psi); })
        neuron.mask_refractory(s.neuron, s.psi);
    }
  }
  static auto of_projection(auto& each_credit) {
    return [&](auto&& use) { each_credit([&](auto& c) { use(c.projection); }); };
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
      c.record(s.psi, s.neuron.spikes.bytes(), s.signal, running, s.trace);
      projection.hold(w.projection, s.projection, c.projection);
    } else {
      std::array<const Scalar*, std::size_t{E::signals}> now{};
      now[0] = s.signal.data();
      if (running) now[E::signals - 1] = c.second.data();
      const detail::PostView post{s.psi, s.neuron.spikes.bytes().data(), c.beta, s.psi.cols(),
                                  s.trace_data()};
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
    const auto signals_of_end = c.counts.leftCols(late ? c.counts.cols() : 0);
    Form::finish(eligibility, projection, s.memory, c.form, c.projection, c.recorded(), signals_of_end,
                 c.signals, c.steps);
    if constexpr (heterosynaptic)
      if (rate.strength != 0) rate.pull(projection, w.projection, c.counts, c.share, c.projection);
    c.forget();
  }
  bool has_late() const { return R::late && two_signals && rate.strength != 0; }
};

}  // namespace neohebb
