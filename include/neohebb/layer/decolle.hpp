#pragma once
#include <neohebb/layer/layer.hpp>
#include <neohebb/layer/pooling.hpp>
#include <neohebb/layer/rate_regularisation.hpp>
#include <neohebb/learning/loss.hpp>
#include <neohebb/learning/readout.hpp>
#include <neohebb/neuron/neuron.hpp>
#include <neohebb/neuron/srm.hpp>
#include <neohebb/neuron/surrogate.hpp>
#include <neohebb/projection/projection.hpp>

namespace neohebb {

/// Deep continuous local learning: a population that learns from its own fixed random readout; nothing flows
/// back through a stack of them. [Kaiser, Mostafa, Neftci 2020, doi 10.3389/fnins.2020.00424]
///
///     U, S ← neuron(projection(S_in))            out × batch (pooled: units × batch)
///     Y = G A + c,  A = S or σ(U)                readout, classes × batch
///     L = loss(Y, Ŷ)                             the layer's own
///     δ = (Gᵀ ∂L/∂Y) ∘ σ'(U)                     modulator and post; the projection keeps the third, P
///     ΔW = −rate·δ Pᵀ                            at every step, or summed over a window
///
/// The gradient is local in time: P and R count as constants. Throws std::invalid_argument for parameters
/// without sense, for spikes and targets of another shape, and for targets with NaN or infinity.
///
///   parameter             default       meaning
///   projection            —             Dense, …: its trace is ε
///   neuron                its own       Srm: its refractory trace is η; any Neuron
///   classes               —             rows of the readout
///   surrogate             FastSigmoid   σ'
///   loss                  SmoothL1      any Loss
///   reads                 ReadsSpikes   or ReadsActivation
///   pooling               NoPooling     what the layer shows of its neurons, and its readout sees
///   readout_scale         0.5           ℓ: G, c ~ Uniform(−ℓ/√units, ℓ/√units)
///   dropout               0             probability that a unit is hidden from G while learning
///                                       (inverted, a new mask each step)
///   rate_regularisation   0             strength of RateRegularisation
template <Projection P, Neuron N = Srm<typename P::Scalar>, int Classes = Dynamic,
          Surrogate<typename P::Scalar> D = FastSigmoid<typename P::Scalar>,
          Loss<typename P::Scalar> L = SmoothL1<typename P::Scalar>, class Reads = ReadsSpikes,
          class Pooling = NoPooling>
struct DecolleLayer {
  using Scalar = typename P::Scalar;
  static_assert(std::same_as<Scalar, typename N::Scalar>,
                "neohebb: projection and neuron must share one Scalar");
  static constexpr int Out = extent_of<decltype(std::declval<const P&>().outputs())>;
  static constexpr int Units =
      extent_of<decltype(std::declval<Pooling>().units(std::declval<P>().outputs()))>;
  P projection{};
  N neuron{};
  Extent<Classes> classes{};
  D surrogate{};
  L loss{};
  Reads reads{};
  Pooling pooling{};
  Scalar readout_scale = Scalar(0.5);
  Scalar dropout = 0;
  RateRegularisation<Scalar> rate_regularisation{};

  void validate() const {
    projection.validate();
    validate_if_possible(neuron);
    validate_if_possible(surrogate);
    validate_if_possible(loss);
    validate_if_possible(pooling);
    units();  // which a pooling of another size refuses
    rate_regularisation.validate();
    check_positive("DecolleLayer.classes", Index(classes));
    NEOHEBB_REQUIRE(is_number(readout_scale) && readout_scale > 0, "DecolleLayer.readout_scale is ",
                    readout_scale, ", must be positive");
    NEOHEBB_REQUIRE(is_number(dropout) && dropout >= 0 && dropout < 1, "DecolleLayer.dropout is ", dropout,
                    ", must be in [0, 1)");
  }
  auto inputs() const { return projection.inputs(); }
  auto units() const { return pooling.units(projection.outputs()); }
  /// Numbers of `output`, whose largest is the layer's answer.
  Index answers() const { return classes; }

  struct Weights {
    typename P::Weights projection;
    Readout<Scalar, Classes, Units> readout;
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto& self, auto&& visit) {
      visit("projection", self.projection);
      visit("readout", self.readout);
    }
  };
  /// Weights by an initialisation (ScaledNormal, …), readout at random.
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    validate();
    return {projection.initial_weights(initialisation, generator.substream(0)),
            random_readout(classes, units(), readout_scale, generator.substream(1))};
  }

  template <int B> struct State {
    typename P::template State<B> projection;
    decltype(make_state(std::declval<const N&>(), std::declval<const P&>().outputs(), Extent<B>{},
                        Generator{})) neuron;
    decltype(std::declval<const Pooling&>().template zero_state<Scalar>(std::declval<const P&>().outputs(),
                                                                        Extent<B>{})) pooling;
    Matrix<Scalar, Out, B> drive;
    Matrix<Scalar, Units, B> activity, delta, kept;  // kept: dropout's mask, empty when there is none
    Matrix<Scalar, Classes, B> output, output_error, output_learning;
    Generator random;  // dropout's
    Scalar loss = 0;   // of the step credited last
    static void fields(auto& self, auto&& visit) {
      visit("projection", self.projection);
      visit("neuron", self.neuron);
      visit("pooling", self.pooling);
      visit("output", self.output);
      visit("random", self.random);
      visit("loss", self.loss);
    }
  };
  template <int B> State<B> zero_state(Extent<B> batch, const Generator& generator = {}) const {
    validate();
    const auto n = projection.outputs();
    State<B> s{projection.zero_state(batch),
               make_state(neuron, n, batch, generator.substream(0)),
               pooling.template zero_state<Scalar>(n, batch),
               zeros<Scalar>(n, batch),
               zeros<Scalar>(units(), batch),
               zeros<Scalar>(units(), batch),
               {},
               zeros<Scalar>(classes, batch),
               zeros<Scalar>(classes, batch),
               zeros<Scalar>(classes, batch),
               generator.substream(1)};
    if (dropout > 0) s.kept = zeros<Scalar>(units(), batch);
    return s;
  }
  /// Lets a state draw from another place: its random numbers, not its traces.
  void reseed(auto& state, const Generator& generator) const {
    if constexpr (requires { state.neuron.random; }) state.neuron.random = generator.substream(0);
    state.random = generator.substream(1);
  }
  template <int B> auto zero_credit(Extent<B> batch, Index window) const {
    return projection.zero_credit(batch, window);
  }
  template <Optimizer O> auto learner(const O& optimizer) const { return projection.learner(optimizer); }

  /// Pooled potential and spikes, units × batch.
  const auto& potential(const auto& state) const { return pooling.potential(state.pooling, state.neuron); }
  const auto& spikes(const auto& state) const { return pooling.spikes(state.pooling, state.neuron); }
  /// Y of the last step, classes × batch (never dropped out).
  const auto& output(const auto& state) const { return state.output; }

  void step(const Weights& w, auto& state, const auto& in) const {
    check_shape("DecolleLayer input", in.dense(), Index(inputs()), state.drive.cols());
    step_projection(projection, w.projection, state.projection, in, state.neuron.spikes,
                    state.drive);            // W P + b
    neuron.step(state.neuron, state.drive);  // U, S
    pooling.step(state.pooling, state.neuron);
    w.readout(reads(potential(state), spikes(state), surrogate, state.activity), state.activity,
              state.output);  // Y = G A + c
  }

  /// Notes what the last step asks for. target: classes × batch. Returns the loss (also left in state.loss).
  Scalar credit(const Weights& w, auto& state, const auto& target, auto& credit) const {
    return this->credit(w, state, target, credit, Scalar(1), quietness(state));
  }
  /// The same for a chunk: its share of the batch's samples, and the batch's mean quietness. Returns share ×
  /// loss.
  Scalar credit(const Weights& w, auto& state, const auto& target, auto& credit, Scalar share,
                Scalar quiet) const {
    check_shape("DecolleLayer target", target, state.output.rows(), state.output.cols());
    check_finite("DecolleLayer target", target);
    Scalar value = share * loss(learning_output(w, state), target, state.output_error);  // ∂L/∂Y
    if (share != 1) state.output_error *= share;
    w.readout.transposed(state.output_error, potential(state), surrogate, state.delta);  // δ = M ∘ σ'(U)
    if (dropout > 0) state.delta.array() *= state.kept.array();
    if (rate_regularisation.strength != 0)
      value += rate_regularisation.add(potential(state), state.delta, share, quiet);
    projection.credit(w.projection, state.projection, pooling.unpool(state.pooling, state.delta), credit);
    return state.loss = value;
  }
  /// Whether a chunk's credit needs a number of the whole batch: the sum of its chunks', each its share of it.
  bool asks_batch() const { return rate_regularisation.strength != 0; }
  Scalar of_batch(const auto& state) const { return quietness(state); }
  Scalar quietness(const auto& state) const {
    return rate_regularisation.strength == 0 ? Scalar(0) : rate_regularisation.quietness(potential(state));
  }
  /// Moves the weights along what was credited, and forgets it.
  void update(Weights& w, auto& state, auto& credit, auto& learner) const {
    projection.update(w.projection, state.projection, credit, learner);
  }
  // The same in pieces, for the credits of a batch's chunks, as Projection says.
  void prepare_update(const Weights&, auto&, auto& credit) const { projection.prepare_update(credit); }
  Index parts() const { return projection.parts(); }
  void update_part(Weights& w, auto&& each_credit, auto& learner, Index piece) const {
    projection.update_part(w.projection, each_credit, learner, piece);
  }
  void finish_update(Weights& w, auto&& each_credit) const {
    projection.finish_update(w.projection, each_credit);
  }

 private:
  /// Y as the loss sees it: with a fresh mask between A and G where there is dropout.
  const auto& learning_output(const Weights& w, auto& state) const {
    if (dropout == 0) return state.output;
    const auto threshold = static_cast<std::uint32_t>(static_cast<double>(dropout) * 4294967296.0);
    const Scalar gain = 1 / (1 - dropout);
    for (Index b = 0; b < state.kept.cols(); ++b) {
      auto column = state.kept.col(b);
      state.random.bits(b, column.size(),
                        [&](Index i, std::uint32_t u) { column(i) = u < threshold ? Scalar(0) : gain; });
    }
    ++state.random.step;
    const auto& activity = reads(potential(state), spikes(state), surrogate, state.activity);
    if constexpr (requires { activity.dense(); })
      state.delta = activity.dense().cwiseProduct(state.kept);
    else
      state.delta = activity.cwiseProduct(state.kept);
    w.readout(state.delta, state.output_learning);
    return state.output_learning;
  }
};

}  // namespace neohebb
