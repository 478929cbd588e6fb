// Competing hidden units: features without labels, by a local rule with LTP, LTD and global inhibition.
#pragma once
#include <neohebb/core/power.hpp>
#include <neohebb/core/product.hpp>
#include <neohebb/core/random.hpp>
#include <neohebb/core/tasks.hpp>
#include <neohebb/layer/competing_credit.hpp>
#include <neohebb/layer/competing_learner.hpp>
#include <neohebb/layer/competing_state.hpp>
#include <neohebb/learning/synaptic_power.hpp>

namespace neohebb {

/// Units that learn the patterns of their input by competition. [Krotov & Hopfield 2019,
/// doi 10.1073/pnas.1820458116]
///
///     I = ⟨W, v⟩ = f(W) V,  f(w) = |w|^(p−1) sign(w)         units × batch
///     g ← competition(I), sample by sample                  1: Hebbian, −Δ: anti-Hebbian, 0: nothing
///     ds_μ = Σ_batch g_μ (R^p v − I_μ W_μ)
///     W ← W + rate·ds/max|ds| (LargestEntry), or W ← W + rate·ds (Sgd), or along ds by any Optimizer
///
/// A unit that learns gets ‖W‖_p = R: under the un-normalised rule d(Σ|W|^p)/dt = p g I (R^p − Σ|W|^p).
/// Only the rows of units with g ≠ 0 are touched: an update costs little beside the product f(W) V, and that
/// takes only the entries of V that are not zero, where these are less than half.
///
///     const CompetingUnits<float> layer{.inputs = 784, .units = 2000, .competition = {.rank = 7}};
///     auto weights = layer.initial_weights(Generator{.seed = 1});
///     auto state = layer.zero_state(Extent{100});
///     auto credit = layer.zero_credit(Extent{100}, 1);
///     auto learner = layer.learner(LargestEntry<float>{.rate = 0.02f});
///     layer.step(weights, state, images);                    // 784 × 100: currents, and who learns
///     layer.credit(weights, state, images, credit);          // g (R^p v − I W); may be repeated
///     layer.update(weights, state, credit, learner);         // set_rate(learner, …) for a schedule
///
/// With a ThreadTeam as last argument, the three go on its threads, with the same results to the bit. Throws
/// std::invalid_argument for parameters without sense, for other shapes, and for images that are constant,
/// NaN or infinite.
///
///   parameter      default         symbol, meaning
///   inputs, units  —
///   competition    Ranked k = 2    Ranked, LateralInhibition, Uninhibited, any Competition
///   power          2               p ≥ 2: the Lebesgue norm; 2, 2.5, 3, … 34 are fast
///   radius         1               R > 0: norm of a unit that has learned
template <class S, class Competes = Ranked<S>, int Inputs = Dynamic, int Units = Dynamic>
requires Competition<Competes, S>
struct CompetingUnits {
  using Scalar = S;
  Extent<Inputs> inputs{};
  Extent<Units> units{};
  Competes competition{};
  S power = 2;
  S radius = 1;

  void validate() const {
    check_positive("CompetingUnits.inputs", Index(inputs));
    check_positive("CompetingUnits.units", Index(units));
    NEOHEBB_REQUIRE(is_finite(power) && power >= 2, "CompetingUnits.power is ", power,
                    ", must be finite and at least 2: below, the rule has no stable norm");
    NEOHEBB_REQUIRE(is_finite(radius) && radius > 0, "CompetingUnits.radius is ", radius,
                    ", must be finite and positive");
    competition.validate(units);
  }

  /// A row for each unit: its receptive field.
  struct Weights {
    RowMatrix<S, Units, Inputs> weight;
    friend bool operator==(const Weights& a, const Weights& b) { return a.weight == b.weight; }
    static void fields(auto& self, auto&& visit) { visit("weight", self.weight); }
  };
  /// Given weights, checked. weight: units × inputs.
  Weights weights(const auto& weight) const {
    validate();
    check_shape("CompetingUnits weight", weight, Index(units), Index(inputs));
    check_finite("CompetingUnits weight", weight);
    return {weight};
  }
  /// W ~ Normal(0, deviation²). Norms should begin well above R^p: below it, whoever wins first grows, wins
  /// ever after, and the others become its negative.
  Weights initial_weights(const Generator& generator, S deviation = 1) const {
    NEOHEBB_REQUIRE(is_finite(deviation) && deviation > 0, "CompetingUnits: weights of deviation ", deviation,
                    ", must be finite and positive");
    return initial_weights(
        [&](auto& weight, Generator numbers) {
          numbers.normal(weight);
          weight *= deviation;
        },
        generator);
  }
  /// By an initialisation (ScaledNormal, …).
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    validate();
    Matrix<S, Units, Inputs> weight = zeros<S>(units, inputs);
    initialisation(weight, generator);
    return weights(weight);
  }

  template <int B> using State = CompetingState<S, Competes, Inputs, Units, B>;
  template <int B> State<B> zero_state(Extent<B> batch) const {
    validate();
    check_positive("batch", Index(batch));
    return State<B>::zero(competition, inputs, units, batch);
  }

  /// I = f(W) V, and g. images: inputs × batch.
  template <class Team = OneThread>
  void step(const Weights& w, auto& state, const auto& images, Team&& team = {}) const {
    check_sizes(w, state, images);
    check_varied("CompetingUnits images", images);
    find_currents(w.weight, state, images, team);
    state.compete(competition, images, team);
  }
  /// Units with g ≠ 0 for sample b, and their g: Ranked names the winner first.
  auto learning(const auto& state, Index b) const { return state.learning.col(b).head(state.count(b)); }
  /// The g of these units.
  auto factors(const auto& state, Index b) const { return state.factors.col(b).head(state.count(b)); }

  using Credit = CompetingCredit<S, Inputs, Units>;
  /// Room for `steps` batches between updates.
  template <int B> Credit zero_credit(Extent<B> batch, Index steps) const {
    validate();
    check_positive("batch", Index(batch));
    check_positive("batches per update", steps);
    const Index most = std::min(Index(units), competition.active(units) * Index(batch) * steps);
    const Extent<Units> rows(Units == Dynamic ? most : Index(units));
    return {RowMatrix<S, Units, Inputs>::Zero(Index(rows), Index(inputs)), zeros<S>(rows, Extent<1>{}),
            zeros<std::int32_t>(rows, Extent<1>{}), Vector<std::int32_t, Units>::Constant(Index(rows), -1),
            Vector<std::int32_t, Units>::Constant(Index(units), -1)};
  }
  /// Notes the last step's change; images as they were given to it. Weights must stand still from the
  /// step on. Throws std::invalid_argument, and notes nothing, where more units learn than there is room for.
  template <class Team = OneThread>
  void credit(const Weights& w, auto& state, const auto& images, Credit& credit, Team&& team = {}) const {
    check_sizes(w, state, images);
    check_credit(credit);
    credit.note(w.weight, std::pow(radius, power), state, images, team);
  }
  /// What was credited since the last update: ds, units × inputs (a copy: for looking at, and for tests).
  RowMatrix<S, Units, Inputs> change(const Credit& credit) const {
    RowMatrix<S, Units, Inputs> ds = RowMatrix<S, Units, Inputs>::Zero(Index(units), Index(inputs));
    for (Index r = 0; r < credit.rows; ++r) ds.row(credit.unit(r)) = credit.change.row(r);
    return ds;
  }

  template <class O> using Learner = CompetingLearner<S, O, Inputs, Units>;
  /// optimizer: LargestEntry, or any Optimizer.
  template <MovesUnits<S> O> Learner<O> learner(const O& optimizer) const {
    validate();
    validate_if_possible(optimizer);
    return Learner<O>::zero(optimizer, inputs, units);
  }
  /// Moves the weights along what was credited, and forgets it. By LargestEntry and linear optimizers only
  /// the rows of units that learned move. Throws std::invalid_argument, and changes nothing, if what was
  /// credited is not finite.
  template <class O, class Team = OneThread>
  void update(Weights& w, const auto&, Credit& credit, Learner<O>& learner, Team&& team = {}) const {
    if (credit.empty()) return;
    check_weight(w);
    check_credit(credit);
    learner.move(w.weight, credit, team);
  }

  /// The continuous-time rule: shows one image for `duration` and integrates
  ///
  ///     τ_L dW_μ/dt = g_μ (R^p v − I_μ W_μ)
  ///
  /// by Euler's method in steps of dt, with the competition settled anew at each. duration, dt, time_constant
  /// (τ_L): in one and the same unit; the number of steps is rounded. State, credit: of a batch of one; what
  /// is in the credit already is applied with the first step.
  void present(Weights& w, auto& state, const auto& image, Credit& credit, S duration, S dt,
               S time_constant) const {
    check_shape("CompetingUnits image", image, Index(inputs), 1);
    NEOHEBB_REQUIRE(is_number(dt) && dt > 0 && duration >= dt && is_finite(duration),
                    "CompetingUnits.present: ", duration, " in steps of ", dt,
                    "; both must be positive, a step no longer than the whole");
    NEOHEBB_REQUIRE(is_number(time_constant) && time_constant > 0,
                    "CompetingUnits.present: time constant is ", time_constant, ", must be positive");
    auto learner = this->learner(Sgd<S>{.rate = dt / time_constant});
    for (auto steps = std::llround(duration / dt); steps > 0; --steps) {
      step(w, state, image);
      this->credit(w, state, image, credit);
      update(w, state, credit, learner);
    }
  }

  /// Σ|W|^p of each unit: R^p for those that have learned.
  Vector<S, Units> norms(const Weights& w) const {
    return raised(w.weight.array().abs(), power).rowwise().sum().matrix();
  }
  /// How many units have a norm within `tolerance` of R^p, as a fraction of it. The others seldom or never
  /// win.
  Index converged(const Weights& w, S tolerance = S(0.05)) const {
    const S wanted = std::pow(radius, power);
    return ((norms(w).array() - wanted).abs() <= tolerance * wanted).count();
  }

 private:
  static constexpr Index units_per_task = 128;

  void check_weight(const Weights& w) const {
    check_shape("CompetingUnits weight", w.weight, Index(units), Index(inputs));
  }
  void check_sizes(const Weights& w, const auto& state, const auto& images) const {
    check_weight(w);
    check_shape("CompetingUnits currents", state.currents, Index(units), state.batch());
    check_shape("CompetingUnits images", images, Index(inputs), state.batch());
  }
  void check_credit(const Credit& credit) const {
    NEOHEBB_REQUIRE(credit.row.size() == Index(units) && credit.change.cols() == Index(inputs),
                    "CompetingUnits: this credit is of ", credit.row.size(), " units of ",
                    credit.change.cols(), " inputs, the layer has ", Index(units), " of ", Index(inputs));
  }

  void find_currents(const auto& weight, auto& state, const auto& images, auto& team) const {
    const SynapticPower<S> f{power};
    if constexpr (std::decay_t<decltype(state)>::fixed) {
      state.currents.noalias() = f(weight.array()).matrix().lazyProduct(images);
    } else {
      state.images.assign(images);
      const Index all = units;
      team.run((all + units_per_task - 1) / units_per_task, [&](Index k) {
        const Index first = k * units_per_task, n = std::min(units_per_task, all - first);
        if (power == 2)
          state.images.multiply(weight, AsItIs{}, first, n, state.currents);
        else if (power == 3)
          state.images.multiply(weight, SignedSquare{}, first, n, state.currents);
        else
          state.images.multiply(weight, f, first, n, state.currents);
      });
    }
    if constexpr (Competes::by_norm)
      state.norm = raised(raised(weight.array().abs(), power).rowwise().sum(), (power - 1) / power).matrix();
  }
};

}  // namespace neohebb
