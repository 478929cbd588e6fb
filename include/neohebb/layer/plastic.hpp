#pragma once
#include <neohebb/layer/layer.hpp>
#include <neohebb/layer/plastic_credit.hpp>
#include <neohebb/layer/plastic_state.hpp>
#include <neohebb/layer/plastic_window.hpp>
#include <neohebb/learning/broadcast.hpp>
#include <neohebb/learning/exchanged.hpp>
#include <neohebb/learning/heterosynaptic.hpp>
#include <neohebb/learning/per_synapse.hpp>
#include <neohebb/learning/rate_target.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/projection/projection.hpp>

namespace neohebb {

/// A population of neurons whose synapses may remember: any rule of an eligibility and a learning signal.
///
///     U, S ← neuron(projection(S_in)),  ψ = σ'(U)     neurons × batch; mostly ψ = 0 in silent neurons
///     L = signal(…)                                   units × batch: neurons, or what pooling shows of them
///     ΔW_ij = −rate·Σ_t Σ_m L_mi[t] e_mij[t]          e: the eligibility's, of ψ and the projection's traces
///
///     EpropLayer<…> layer{.projection = …, .neuron = …};      // e-prop: layer/eprop.hpp
///     layer.step(weights, state, in);
///     layer.credit(weights, state, ReadoutError{error, readout}, credit);   // at every step of a window
///     layer.update(weights, state, credit, learner);                        // at its end
///
/// Throws std::invalid_argument for parameters without sense, and spikes, errors and windows of other sizes.
///
///   parameter     default     meaning
///   projection    —           Dense, EventDriven, WithRecurrence, …: its trace is x̄
///   neuron        its own     any Neuron; Lif masks ψ while it is refractory
///   surrogate     its own     σ'
///   eligibility   its own     Eprop, …, any Eligibility
///   signal        —           Broadcast, OwnReadout, TargetSpikes, Smoothed<…>, SpikeLogLikelihood,
///                             LabelProjection, Reward, any LearningSignal
///   rate          strength 0  WindowRate or RunningRate for eligibilities with a second signal;
///                             Heterosynaptic for such with stages; RateRegularisation for such without
///   carries       true        what synapses remember crosses a window's edge; false: each window begins anew
///                             (a whole trial), and Exchanged keeps nothing for each synapse
///   form          Exchanged   or PerSynapse: same numbers, other cost. Exchanged of fixed sizes: window of 1
///   pooling       NoPooling   or MaxPooling: what it shows of its neurons; L goes to those that are shown
template <Projection P, Neuron N, Surrogate<typename P::Scalar> D, Eligibility E, LearningSignal L,
          class Form = Exchanged, class R = WindowRate<typename P::Scalar>, class Pooling = NoPooling>
struct PlasticLayer {
  using Scalar = typename P::Scalar;
  static_assert(std::same_as<Scalar, typename N::Scalar> && std::same_as<Scalar, typename E::Scalar>,
                "neohebb: projection, neuron and eligibility must share one Scalar");
  static_assert(E::signals <= 2,
                "neohebb: a layer sends an eligibility one learning signal, and a second one by its rate "
                "term: no third");
  static constexpr int In = extent_of<decltype(std::declval<const P&>().inputs())>;
  static constexpr int Out = detail::neurons_of<P>, Units = detail::units_of<P, Pooling>;
  static constexpr bool two_signals = E::signals > 1;  // e-prop's second signal
  /// Rules without memory take the projection's own credit, step by step.
  static constexpr bool remembers = E::stages > 0 || two_signals;
  /// Whether a step without a target counts, because synapses, neurons or the signal remember it.
  static constexpr bool takes_no_target = remembers || detail::has_post_trace<E> || !requires {
    requires L::of_the_step;
  };
  static constexpr bool observes = requires { requires L::observes; };
  /// Whether the learning signal is the error of the network's last layer.
  static constexpr bool receives_readout_error = requires { requires L::broadcast; };
  /// Rate terms that pull at weights instead of sending a second signal; and such that add to δ.
  static constexpr bool heterosynaptic = requires { requires R::heterosynaptic; };
  static constexpr bool by_potential = requires { requires R::by_potential; };
  /// The second signal is there in every step.
  static constexpr bool running_rate = two_signals && !R::late && !heterosynaptic && !by_potential;
  /// Signals that bring ψ along: one sweep instead of three.
  static constexpr bool gates = !std::same_as<E, Instantaneous<Scalar>> || !requires {
    requires L::brings_surrogate;
  };
  P projection{};
  N neuron{};
  D surrogate{};
  E eligibility{};
  L signal{};
  R rate{};
  bool carries = true;
  Form form{};
  Pooling pooling{};

  void validate() const {
    projection.validate();
    validate_if_possible(neuron);
    validate_if_possible(surrogate);
    validate_if_possible(eligibility);
    validate_if_possible(signal);
    validate_if_possible(pooling);
    form.validate();
    units();  // which a pooling of another size refuses
    detail::check_rate<R, E>(rate);
    detail::check_adaptation(neuron, eligibility, projection.outputs());
    detail::check_presynaptic(projection, eligibility);
  }
  auto inputs() const { return projection.inputs(); }
  auto units() const { return pooling.units(projection.outputs()); }

  using SignalWeights = decltype(std::declval<const L&>().initial_weights(Extent<Units>{}, Generator{}));
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
  using Memory =
      decltype(detail::form_memory<E, remembers>(Form{}, std::declval<const P&>(), Extent<B>{}, true));
  template <int B>
  using State = PlasticState<P, N, E, Memory<B>, typename R::template State<Out, B>,
                             decltype(std::declval<const L&>().zero_state(Extent<Units>{}, Extent<B>{})),
                             Pooling, gates, B>;
  template <int B> State<B> zero_state(Extent<B> batch, const Generator& generator = {}) const {
    validate();
    const auto n = projection.outputs();
    State<B> s{projection.zero_state(batch),
               make_state(neuron, n, batch, generator.substream(0)),
               pooling.template zero_state<Scalar>(n, batch),
               rate.zero_state(n, batch),
               detail::form_memory<E, remembers>(form, projection, batch, carries),
               make_state(signal, units(), batch, generator.substream(1)),
               zeros<Scalar>(n, batch),
               zeros<Scalar>(units(), batch)};
    if constexpr (gates) s.psi = zeros<Scalar>(n, batch);
    if constexpr (detail::has_post_trace<E>) s.trace = zeros<Scalar>(n, batch);
    if constexpr (remembers && Form::records) projection.keep_lists(s.projection);
    return s;
  }
  /// Lets a state draw from another place: its random numbers, not its traces.
  void reseed(auto& state, const Generator& generator) const {
    if constexpr (requires { state.neuron.random; }) state.neuron.random = generator.substream(0);
    if constexpr (requires { signal.reseed(state.signal_state, generator); })
      signal.reseed(state.signal_state, generator.substream(1));
  }

  template <int B>
  using FormCredit = decltype(detail::form_credit<Form, E, remembers>(std::declval<const P&>(), Extent<B>{},
                                                                      Index{}, true, true));
  template <int B>
  using Credit = PlasticCredit<E, CreditOf<P, B>, FormCredit<B>, remembers && Form::records, gates ? Out : 0,
                               gates ? B : 0>;
  template <int B> Credit<B> zero_credit(Extent<B> batch, Index window) const {
    validate();
    check_positive("steps per update", window);
    if constexpr (remembers && Form::records && In != Dynamic && Out != Dynamic && B != Dynamic)
      NEOHEBB_REQUIRE(window == 1,
                      "PlasticLayer: Exchanged with sizes known to the compiler has room for one step, the "
                      "window has ",
                      window, "; use PerSynapse, or sizes that are Dynamic");
    Credit<B> c{detail::projection_credit<remembers>(projection, batch, window),
                detail::form_credit<Form, E, remembers>(projection, batch, window, has_late(), carries)};
    c.window = window;
    if constexpr (gates) c.make_room_for(neuron, projection.outputs(), batch);
    if constexpr (remembers && Form::records) c.make_room(running_rate && rate.strength != 0);
    return c;
  }
  template <Optimizer O> auto learner(const O& optimizer) const { return projection.learner(optimizer); }

  /// Potential and spikes as they are shown, units × batch.
  const auto& potential(const auto& s) const { return pooling.potential(s.pooling, s.neuron); }
  const auto& spikes(const auto& s) const { return pooling.spikes(s.pooling, s.neuron); }
  /// The signal's answer in the last step, where it has one.
  const auto& output(const auto& s) const requires(requires(const L& own) { own.output(s.signal_state); }) {
    return signal.output(s.signal_state);
  }

  void step(const Weights& w, auto& s, const auto& in) const {
    check_shape("PlasticLayer input", in.dense(), Index(inputs()), s.drive.cols());
    step_projection(projection, w.projection, s.projection, in, s.neuron.spikes, s.drive);
    neuron.step(s.neuron, s.drive);
    pooling.step(s.pooling, s.neuron);
    if constexpr (!R::late && !by_potential)
      if (rate.strength != 0) rate.step(s.rate, s.neuron.spikes);
    if constexpr (observes)
      detail::with_shown(pooling, s, [&](auto& shown) {
        signal.observe(w.signal, s.signal_state, Population{neuron, shown, surrogate, Scalar(1), true});
      });
  }

  /// The learning signal of the last step, left in s.signal; `credit` notes it as well. Returns its loss.
  Scalar evaluate(const Weights& w, auto& s, const auto& target, Scalar share = 1, bool moved = true) const {
    return s.loss = detail::with_shown(pooling, s, [&](auto& shown) {
             return signal(w.signal, s.signal_state, target,
                           Population{neuron, shown, surrogate, share, moved}, s.signal);
           });
  }
  /// What layers below receive (TargetSpikes): the error of the step credited last, and the weights.
  auto readout_error(const Weights& w, const auto& s) const requires(requires { requires L::sends_error; }) {
    return ReadoutError{signal.sent_error(s.signal_state), projection.weight(w.projection)};
  }

  /// Notes the last step with what its learning signal is made of: a target, a ReadoutError, or NoTarget.
  /// Returns the loss (also left in state.loss).
  Scalar credit(const Weights& w, auto& s, const auto& target, auto& c) const {
    return credit(w, s, target, c, Scalar(1), of_batch(s));
  }
  /// The same for a chunk: its share of the batch's samples, and the sum of all chunks' shares of `of_batch`.
  /// Returns share × loss.
  Scalar credit(const Weights& w, auto& s, const auto& target, auto& c, Scalar share,
                Scalar whole = 0) const {
    if constexpr (is_no_target<decltype(target)> && !takes_no_target) return s.loss = 0;
    if constexpr (!gates) {
      s.loss = detail::with_shown(pooling, s, [&](auto& shown) {
        return signal.gated(w.signal, s.signal_state, target,
                            Population{neuron, shown, surrogate, share, true}, s.signal);
      });
      regularise(s, share, whole);
      projection.credit(w.projection, s.projection, pooling.unpool(s.pooling, s.signal), c.projection);
    } else {
      c.template check<remembers>(s.psi);
      evaluate(w, s, target, share, c.steps == 0);
      detail::find_surrogate<E>(surrogate, neuron, s);
      const auto& signals = pooling.unpool(s.pooling, s.signal);
      if constexpr (remembers) {
        detail::note_step(*this, w, s, signals, c, share);
      } else {
        detail::gate(eligibility, s.psi, s.neuron.spikes.bytes(), c.beta, s.trace_data(), signals, c.second);
        if (needs_batch_rate()) {
          s.signal.setZero();
          regularise(s, share, whole);
          c.second += pooling.unpool(s.pooling, s.signal);
        }
        projection.credit(w.projection, s.projection, c.second, c.projection);
      }
      s.step_trace(eligibility, c.beta);
    }
    return s.loss;
  }
  /// Whether `credit` needs the whole batch's firing rate: the sum of what `of_batch` gives for each chunk.
  bool needs_batch_rate() const { return by_potential && rate.strength != 0; }
  Scalar of_batch(const auto& s) const {
    if constexpr (by_potential)
      if (rate.strength != 0) return rate.quietness(potential(s));
    return 0;
  }
  /// Rows of a target, where the signal has one of its own.
  Index answers() const {
    if constexpr (requires { signal.targets(Index{}); })
      return signal.targets(units());
    else
      return receives_readout_error ? 0 : Index(units());
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
  /// Before an update from the credits of a batch's chunks: each learns the whole batch's firing rates.
  void gather_batch_rates(auto&& each_credit) const {
    if constexpr (R::late)
      if (has_late()) rate.gather_batch_rates(each_credit);
  }
  /// Adds the window's gradient to the projection's credit.
  void prepare_update(const Weights& w, auto& s, auto& c) const {
    end_window(w, s, c);
    projection.prepare_update(c.projection);
  }
  Index parts() const { return projection.parts(); }
  void update_part(Weights& w, auto&& each_credit, auto& learner, Index part) const {
    projection.update_part(w.projection, of_projection(each_credit), learner, part);
  }
  void finish_update(Weights& w, auto&& each_credit) const {
    projection.finish_update(w.projection, of_projection(each_credit));
    each_credit([&](auto& c) {
      if constexpr (remembers)  // a window that was given up
        if (c.steps > 0) Form::drop(projection, c.form);
      c.forget();
    });
  }
  /// A second signal that is known at a window's end.
  bool has_late() const { return R::late && two_signals && rate.strength != 0; }

 private:
  static auto of_projection(auto& each_credit) {
    return [&](auto&& use) { each_credit([&](auto& c) { use(c.projection); }); };
  }
  void regularise(auto& s, Scalar share, Scalar whole) const {
    if constexpr (by_potential)
      if (rate.strength != 0) s.loss += rate.add(potential(s), s.signal, share, whole);
  }
  void end_window(const Weights& w, auto& s, auto& c) const {
    if constexpr (remembers)
      if (c.steps > 0) detail::finish_window(*this, w, s, c);
  }
};

}  // namespace neohebb
