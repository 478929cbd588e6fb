// The plain projection: any trace, any optimizer, every weight at every step.
#pragma once
#include <algorithm>
#include <neohebb/learning/constraint.hpp>
#include <neohebb/projection/dense_credit.hpp>
#include <neohebb/projection/dense_learner.hpp>
#include <neohebb/projection/projection.hpp>
#include <neohebb/trace/pulses.hpp>
#include <utility>

namespace neohebb {

/// Synapses that weigh the trace of each input spike train into the drive of each output neuron, and learn by
/// δ × trace.
///
///     P ← trace(S_in)                                  in × batch
///     drive = W∘P + b                                  out × batch; of Pulses a (W∘S_in + b)
///     ΔW = −rate · Σ_t δ[t] P[t]ᵀ, Δb = −rate · Σ_t Σ_batch δ[t]
///
/// over the steps credited since the last update, or along that gradient by any optimizer.
/// [Gerstner & Kistler 2002, chapter 4; Kaiser, Mostafa, Neftci 2020, eq. 7]
///
/// A window's δ and P are kept side by side and multiplied once, at its end: a product of many columns runs
/// at the speed of the machine, where one of a few samples does not. Windows of more than `credit_columns`
/// columns add up in between. Throws std::invalid_argument for parameters without sense, and for weights,
/// spikes, drives and δ of another shape.
///
///   parameter        default        meaning
///   connectivity     —              AllToAll{inputs, outputs}, or any Connectivity
///   trace            its own        ε, any Trace
///   constraint       Unconstrained  Bounds, Mask, Signs, Constraints<…>: applied after every update
///   bias             true           whether b is learned; otherwise it stays as given
///   credit_columns   384            samples × steps kept before they are multiplied: enough for the full
///                                   speed of the product, few enough for δ and P of some 1000 neurons to
///                                   stay in a second-level cache of 2 MB
template <Trace T, Connectivity<typename T::Scalar> C = AllToAll<>, class Constraint = Unconstrained>
struct Dense {
  using Scalar = typename T::Scalar;
  static constexpr bool recurrent = false;
  static constexpr int trace_stages = 0;  // that `correlate` hands from block to block
  static constexpr int In = extent_of<decltype(std::declval<C>().inputs())>;
  static constexpr int Out = extent_of<decltype(std::declval<C>().outputs())>;
  static constexpr int Rows = extent_of<decltype(std::declval<C>().rows())>;
  static constexpr int Cols = extent_of<decltype(std::declval<C>().cols())>;
  C connectivity{};
  T trace{};
  Constraint constraint{};
  bool bias = true;
  Index credit_columns = 384;

  void validate() const {
    validate_if_possible(connectivity);
    validate_if_possible(trace);
    validate_if_possible(constraint);
    check_positive("Dense.credit_columns", credit_columns);
    if constexpr (requires { constraint.check(Index{}, Index{}); })
      constraint.check(connectivity.rows(), connectivity.cols());
  }
  auto inputs() const { return connectivity.inputs(); }
  auto outputs() const { return connectivity.outputs(); }

  using Workspace = decltype(std::declval<C>().template workspace<Scalar>());
  using Weights = Affine<Scalar, Rows, Cols>;

  /// Given weights, checked and constrained. Throws std::invalid_argument for other shapes, NaN and infinity.
  Weights weights(const auto& weight, const auto& bias_given) const {
    validate();
    check_shape("Dense weight", weight, Index(connectivity.rows()), Index(connectivity.cols()));
    check_shape("Dense bias", bias_given, Index(connectivity.rows()), 1);
    check_finite("Dense weight", weight);
    check_finite("Dense bias", bias_given);
    Weights w{weight, bias_given};
    constraint(w.weight, 0);
    if constexpr (requires { connectivity.drop_absent(w.weight); }) connectivity.drop_absent(w.weight);
    return w;
  }
  /// Weights by an initialisation (ScaledNormal, Orthogonal, …), bias zero.
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    Weights w = zero_weights();
    initialisation(w.weight, generator);
    return weights(w.weight, w.bias);
  }
  Weights zero_weights() const { return Weights::zero(connectivity.rows(), connectivity.cols()); }

  template <int B> struct State {
    StateOf<T, In, B> pre;
    Workspace workspace;
    Extent<B> batch;
    detail::PulseState<T, In, Rows, B> pulse;
    static void fields(auto& self, auto&& visit) {
      visit("pre", self.pre);
      visit("pulse", self.pulse);
    }
  };
  template <int B> State<B> zero_state(Extent<B> batch) const {
    validate();
    check_positive("batch", Index(batch));
    return {trace.zero_state(inputs(), batch), connectivity.template workspace<Scalar>(), batch,
            detail::PulseState<T, In, Rows, B>(trace, inputs(), connectivity.rows(), batch)};
  }
  void step(const Weights& w, auto& state, const auto& in, auto& drive) const {
    const Index batch = state.batch;
    check_shape("Dense weight", w.weight, Index(connectivity.rows()), Index(connectivity.cols()));
    check_shape("Dense input", in.dense(), Index(inputs()), batch);
    check_shape("Dense drive", drive, Index(outputs()), batch);
    trace.step(state.pre, in.dense());
    if constexpr (arrives_as_pulse<T>) {
      connectivity.forward(w.weight, state.pulse.arriving(trace, in), drive, state.workspace);
      connectivity.add_bias(state.pulse.scaled(trace, w.bias), drive);
    } else {
      connectivity.forward(w.weight, trace.value(state.pre), drive, state.workspace);
      connectivity.add_bias(w.bias, drive);
    }
  }

  template <int B> using Credit = DenseCredit<Scalar, C, B, arrives_as_pulse<T>>;
  /// holds: with room for a whole window of steps whose δ is known at its end (`hold`).
  template <int B> Credit<B> zero_credit(Extent<B> batch, Index window, bool holds = false) const {
    check_positive("steps per update", window);
    constexpr int fixed = Credit<B>::Columns;
    const Index most =
        GroupedColumns<C> ? Index(batch) : credit_columns;  // shared weights have no long product
    const Index kept = std::min(window * batch, std::max<Index>(batch, most / batch * batch));
    const Extent<fixed> room(fixed != Dynamic ? fixed : holds ? window * batch : kept);
    const bool sums = holds || window * Index(batch) > Index(room) || fixed != Dynamic;
    return {zeros<Scalar>(outputs(), room),
            zeros<Scalar>(inputs(), room),
            decltype(Credit<B>::constant)::Zero(1, arrives_as_pulse<T> ? Index(room) : 0),
            sums ? zero_weights() : Weights{},
            0,
            false,
            false,
            connectivity.template workspace<Scalar>()};
  }
  /// Samples with δ = 0 take no room and no time.
  void credit(const Weights&, auto& state, const auto& delta, auto& credit) const {
    const Index batch = state.batch;
    check_shape("Dense delta", delta, Index(outputs()), batch);
    NEOHEBB_REQUIRE(batch <= credit.delta.cols(), "Dense credit is made for ", credit.delta.cols(),
                    " samples at a time, the state holds ", batch);
    credit.note(connectivity, delta, trace.value(state.pre), state.pulse.bias());
  }
  // For eligibilities with memory (layer/plastic.hpp): presynaptic factors are stored while the window runs,
  // and what they are multiplied with follows at its end.
  /// Parts of the projection that have weights of their own: f(part, of…), make(part).
  void each_block(auto&& f, auto&... of) const { f(*this, of...); }
  auto map_block(auto&& make) const { return make(*this); }
  /// Tells a state that its steps will be stored.
  void keep_lists(auto&) const {}
  void hold(const Weights&, auto& state, auto& credit) const {
    credit.hold(trace.value(state.pre), state.pulse.bias());
  }
  /// δ of stored steps, outputs × steps of one sample, from `first` on. Blocks of steps come from the
  /// window's end on; adjoint, outputs × trace_stages, is handed from block to block where x̄ is not kept
  /// (EventDriven).
  void take(auto& credit, const auto& delta, Index first, Index sample, Index batch,
            auto& /*adjoint*/) const {
    for (Index t = 0; t < delta.cols(); ++t) credit.delta.col((first + t) * batch + sample) = delta.col(t);
  }
  /// The same for numbers of pairs, outputs × inputs + 1, the last of the bias: pairs += Σ_t δ[t] x̄[t]ᵀ.
  void correlate(const auto& credit, const auto& delta, Index first, Index sample, Index batch,
                 auto& /*adjoint*/, auto&& pairs) const {
    for (Index t = 0; t < delta.cols(); ++t) {
      const Index k = (first + t) * batch + sample;
      pairs.leftCols(Index(inputs())).noalias() += delta.col(t) * credit.pre.col(k).transpose();
      if (pairs.cols() > Index(inputs()))
        pairs.col(Index(inputs())) +=
            (credit.constant.size() > 0 ? credit.constant(k) : Scalar(1)) * delta.col(t);
    }
  }
  /// W as it is.
  const auto& weight(const Weights& w) const { return w.weight; }
  /// x̄, inputs × batch, and what stands for it at the bias.
  auto presynaptic(const auto& state) const { return trace.value(state.pre); }
  Scalar presynaptic_of_bias(const auto& state) const { return state.pulse.bias(); }
  /// use(j) for every input whose spike arrives in the last step.
  void each_arrival(const auto& state, Index sample, auto&& use) const requires arrives_as_pulse<T> {
    for (Index j = 0; j < Index(inputs()); ++j)
      if (state.pulse.now(j, sample) != 0) use(j);
  }
  /// Records a gradient for each pair of neurons as one of the weights. scratch: inputs × 1, outputs × 1.
  void add_pairs(auto& credit, const auto& pairs, auto& from, auto& to) const {
    const Index in = inputs();
    if constexpr (requires { requires C::weight_per_pair; }) {
      credit.sum.weight += pairs.leftCols(in);
    } else {
      to.setZero();
      for (Index i = 0; i < pairs.rows(); ++i) {
        to(i) = 1;
        from = pairs.row(i).head(in).transpose();
        connectivity.gather(Scalar(1), to, from, credit.sum.weight, credit.workspace);
        to(i) = 0;
      }
    }
    if (pairs.cols() > in) connectivity.gather_bias(Scalar(1), pairs.col(in), credit.sum.bias);
    credit.summed = credit.credited = true;
  }
  /// Adds to the gradient each output's weights times its strength (Heterosynaptic).
  void pull(const Weights& w, const auto& strength, auto& credit) const {
    if constexpr (requires { C::weight_per_pair; })
      credit.sum.weight.array() += w.weight.array().colwise() * strength.array();
    else
      for (Index j = 0; j < w.weight.cols(); ++j)
        for (Index k = 0; k < w.weight.rows(); ++k)
          if (const Index i = connectivity.output_of(k, j); i >= 0)
            credit.sum.weight(k, j) += w.weight(k, j) * strength(i);
    credit.summed = credit.credited = true;
  }
  /// What was credited since the last update, as a gradient (a copy: for looking at, and for tests).
  Weights gradient(const auto& credit) const {
    Weights g = zero_weights();
    auto workspace = connectivity.template workspace<Scalar>();
    credit.gather(connectivity, Scalar(1), g.weight, 0, workspace);
    credit.gather_bias(connectivity, Scalar(1), g.bias);
    return g;
  }

  template <class O> using Learner = DenseLearner<Dense, O>;
  template <Optimizer O> auto learner(const O& optimizer) const {
    validate();
    validate_if_possible(optimizer);
    return Learner<O>::zero(*this, optimizer);
  }
  Index parts() const {
    constexpr bool several = Cols == Dynamic && (column_per_input<C> || GroupedColumns<C>);
    return several ? (Index(connectivity.cols()) + columns_per_part() - 1) / columns_per_part() : 1;
  }
  /// Part k is columns [first_column(k), first_column(k + 1)) of W.
  Index first_column(Index k) const {
    return k == parts() ? Index(connectivity.cols()) : k * columns_per_part();
  }
  /// Numbers of a part's gradient: what stays in a second-level cache, and on a stack, during an update.
  static constexpr Index tile = (Index{1} << 16) / Index{sizeof(Scalar)};
  /// Nothing is left to do for one credit before an update.
  void prepare_update(auto&) const {}
  void update(Weights& w, auto&, auto& credit, auto& learner) const {
    if (credit.empty()) return;
    const auto only = [&](auto&& use) { use(credit); };
    for (Index k = 0; k < parts(); ++k) update_part(w, only, learner, k);
    finish_update(w, only);
  }
  /// Moves part k. each_credit(use) calls use(credit) for the credit of every chunk, always in the same
  /// order.
  template <class O> void update_part(Weights& w, auto&& each_credit, Learner<O>& learner, Index k) const {
    learner.move(*this, w, each_credit, k);
  }
  // For processes that hold some chunks each (network/ranks.hpp), as in DenseLearner.
  void gather_part(Weights& w, auto&& each_credit, auto& learner, Index k, auto* sum, bool begins,
                   bool ends) const {
    learner.gather(*this, w, each_credit, k, sum, begins, ends);
  }
  void apply_part(Weights& w, auto& learner, Index k, const auto* sum) const {
    if constexpr (requires { learner.apply(*this, w, k, sum); }) learner.apply(*this, w, k, sum);
  }
  /// After the last part: forgets the credit.
  void finish_update(Weights&, auto&& each_credit) const {
    each_credit([](auto& credit) { credit.clear(); });
  }

 private:
  /// Multiples of 12, as products have in their tiles; enough parts for some threads.
  Index columns_per_part() const {
    if constexpr (GroupedColumns<C>) {  // δ is read, and laid out anew, for every part: few of them
      const Index group = connectivity.column_group(), groups = Index(connectivity.cols()) / group;
      return std::max<Index>(8, (groups + 3) / 4) * group;
    }
    return std::clamp<Index>(tile / Index(connectivity.rows()) / 12 * 12, 12, 120);
  }
};

}  // namespace neohebb
