// Competing hidden units: features without labels, by a local rule with LTP, LTD and global inhibition.
#pragma once
#include <neohebb/core/power.hpp>
#include <neohebb/core/product.hpp>
#include <neohebb/core/random.hpp>
#include <neohebb/core/row_product.hpp>
#include <neohebb/core/tasks.hpp>
#include <neohebb/layer/competing_credit.hpp>
#include <neohebb/learning/competition.hpp>
#include <neohebb/learning/largest_entry.hpp>
#include <neohebb/learning/synaptic_power.hpp>
#include <neohebb/trace/decay.hpp>
#include <utility>
#include <vector>

namespace neohebb {

/// Units that learn the patterns of their input by competition. [Krotov & Hopfield 2019,
/// doi 10.1073/pnas.1820458116]
///
///     I = ⟨W, v⟩ = f(W) V,  f(w) = |w|^(p−1) sign(w)         units × batch
///     g ← competition(I), sample by sample                  1: Hebbian, −Δ: anti-Hebbian, 0: nothing
///     ds_μ = Σ_batch g_μ (R^p v − I_μ W_μ)
///     W ← W + rate·ds/max|ds|   (LargestEntry),   or   W ← W + rate·ds   (Sgd),   or along ds by any Optimizer
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
/// std::invalid_argument for parameters without sense, for other shapes, and for images that are constant, NaN
/// or infinite.
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
  /// W ~ Normal(0, deviation²). Norms should begin well above R^p: below it, whoever wins first grows, wins ever
  /// after, and the others become its negative.
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

  /// Currents of one batch, and who learns from each sample.
  template <int B> struct State {
    static constexpr bool fixed = Inputs != Dynamic && Units != Dynamic && B != Dynamic;
    static constexpr int Most = Competes::template most<Units>;
    using Competing = decltype(std::declval<const Competes&>().zero_state(Extent<Units>{}));
    Matrix<S, Units, B> currents;
    Matrix<S, Most, B> factors;              // g, where it is not 0
    Matrix<std::int32_t, Most, B> learning;  // and the units it belongs to
    Matrix<std::int32_t, Most, B> next;      // who else learns in the same unit, for `credit`
    Vector<std::int32_t, B> count;           // so many of each sample
    Vector<S, Competes::by_norm ? Units : 1> norm;
    std::conditional_t<fixed, std::array<char, 1>, RightFactor<S>> images;  // V, as the product takes it
    std::conditional_t<B == Dynamic, std::vector<Competing>, std::array<Competing, 1>> competing;
    Index batch() const { return currents.cols(); }
    static void fields(auto&, auto&&) {}  // nothing outlasts a batch and its credit
  };
  template <int B> State<B> zero_state(Extent<B> batch) const {
    validate();
    check_positive("batch", Index(batch));
    const Extent<State<B>::Most> most(competition.active(units));
    State<B> s{zeros<S>(units, batch),
               zeros<S>(most, batch),
               zeros<std::int32_t>(most, batch),
               zeros<std::int32_t>(most, batch),
               zeros<std::int32_t>(batch, Extent<1>{}),
               {},
               {},
               {}};
    if constexpr (Competes::by_norm) s.norm = zeros<S>(units, Extent<1>{});
    if constexpr (!State<B>::fixed) s.images = RightFactor<S>(inputs, batch);
    if constexpr (B == Dynamic)
      s.competing.assign(static_cast<std::size_t>((Index(batch) + samples_per_task - 1) / samples_per_task),
                         competition.zero_state(units));
    else
      s.competing[0] = competition.zero_state(units);
    return s;
  }

  /// I = f(W) V, and g. images: inputs × batch.
  template <class Team = OneThread>
  void step(const Weights& w, auto& state, const auto& images, Team&& team = {}) const {
    check_sizes(w, state, images);
    check_varied("CompetingUnits images", images);
    find_currents(w.weight, state, images, team);
    const auto tasks = static_cast<Index>(state.competing.size());
    team.run(tasks, [&](Index k) {
      const Index batch = state.batch();
      for (Index b = batch * k / tasks; b < batch * (k + 1) / tasks; ++b) {
        NEOHEBB_REQUIRE(is_finite(state.currents.col(b).sum()) || all_finite(images.col(b)),
                        "CompetingUnits images: column ", b, " of ", batch,
                        " has NaN or infinite entries; clean the data before it enters");
        compete(state, b, state.competing[static_cast<std::size_t>(k)]);
      }
    });
  }
  /// Units with g ≠ 0 for sample b, and their g: Ranked names the winner first.
  auto learning(const auto& state, Index b) const { return state.learning.col(b).head(state.count(b)); }
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
  /// Notes what the last step asks for; images as they were given to it. Weights must stand still from the step on.
  /// Throws std::invalid_argument, and notes nothing, where more units learn than there is room for.
  template <class Team = OneThread>
  void credit(const Weights& w, auto& state, const auto& images, Credit& credit, Team&& team = {}) const {
    check_sizes(w, state, images);
    check_credit(credit);
    const Index before = credit.rows, most = state.next.rows();
    const S attraction = std::pow(radius, power);
    // Lists of who learns in the same unit, first samples first.
    for (Index b = state.batch() - 1; b >= 0; --b)
      for (Index n = state.count(b) - 1; n >= 0; --n) {
        const auto row = credit.row_of(state.learning(n, b), before);
        state.next(n, b) = credit.first(row);
        credit.first(row) = static_cast<std::int32_t>(b * most + n);
      }
    const Index tasks = team.size();
    team.run(tasks, [&](Index k) {
      for (Index r = credit.rows * k / tasks; r < credit.rows * (k + 1) / tasks; ++r)
        if (const Index first = std::exchange(credit.first(r), -1); first >= 0)
          credit.add_change(r, w.weight.row(credit.unit(r)), attraction, state, images, first, r >= before);
    });
  }
  /// What was credited since the last update: ds, units × inputs (a copy: for looking at, and for tests).
  RowMatrix<S, Units, Inputs> change(const Credit& credit) const {
    RowMatrix<S, Units, Inputs> ds = RowMatrix<S, Units, Inputs>::Zero(Index(units), Index(inputs));
    for (Index r = 0; r < credit.rows; ++r) ds.row(credit.unit(r)) = credit.change.row(r);
    return ds;
  }

  /// How weights move along ds: a rule for the rows that learned, or an optimizer with moments, which moves all.
  template <class O> struct Learner {
    O optimizer;
    StateOf<O, Inputs, Units> moments;
    RowMatrix<S, Units, Inputs> gradient;  // −ds, where all of it is needed
    static void fields(auto& self, auto&& visit) {
      if constexpr (requires { self.optimizer.rate; }) visit("rate", self.optimizer.rate);
      visit("moments", self.moments);
    }
  };
  /// LargestEntry, or any Optimizer.
  template <class O>
  requires(Optimizer<O> || std::same_as<O, LargestEntry<S>>) Learner<O> learner(const O& optimizer)
  const {
    validate();
    validate_if_possible(optimizer);
    Learner<O> l{optimizer, optimizer.zero_state(inputs, units), {}};
    if constexpr (all_move<O>) l.gradient = RowMatrix<S, Units, Inputs>::Zero(Index(units), Index(inputs));
    return l;
  }
  /// Moves the weights along what was credited, and forgets it. By LargestEntry and linear optimizers only the rows of
  /// units that learned move, and weights that come within 1e-31 (in float) of 0 become 0: weights of pixels that are
  /// always dark decay to subnormal numbers, with which processors take some hundred times longer. Throws
  /// std::invalid_argument, and changes nothing, if what was credited is not finite.
  template <class O, class Team = OneThread>
  void update(Weights& w, const auto&, Credit& credit, Learner<O>& learner, Team&& team = {}) const {
    if (credit.empty()) return;
    check_weight(w);
    check_credit(credit);
    if constexpr (all_move<O>)
      check_shape("CompetingUnits learner's gradient", learner.gradient, Index(units), Index(inputs));
    const Index tasks = team.size();
    const auto each_row = [&](auto&& use) {
      team.run(tasks, [&](Index k) {
        for (Index r = credit.rows * k / tasks; r < credit.rows * (k + 1) / tasks; ++r)
          use(credit.change.row(r), credit.unit(r));
      });
    };
    const S most = credit.largest.head(credit.rows).template maxCoeff<Eigen::PropagateNaN>();
    const auto& optimizer = learner.optimizer;
    if (is_finite(most) && (all_move<O> || most > 0)) {
      if constexpr (all_move<O>) {
        learner.gradient.setZero();
        each_row([&](const auto& ds, Index unit) { learner.gradient.row(unit) = -ds; });
        auto by_columns = w.weight.transpose();
        optimizer.step(learner.moments, learner.gradient.transpose(), by_columns);
      } else {
        const S scale = scaled_rate(optimizer, most);
        each_row([&](const auto& ds, Index unit) {
          const S* const change = ds.data();
          S* const __restrict weight = w.weight.row(unit).data();
          for (Index i = 0; i < ds.size(); ++i) weight[i] = unless_vanishing(weight[i] + scale * change[i]);
        });
      }
    }
    credit.forget(0);
    NEOHEBB_REQUIRE(is_finite(most), "CompetingUnits: a change of weights is not finite (", most,
                    "); weights are as they were. Are images or weights too large?");
  }

  /// The continuous-time rule: shows one image for `duration` and integrates
  ///
  ///     τ_L dW_μ/dt = g_μ (R^p v − I_μ W_μ)
  ///
  /// by Euler's method in steps of dt, with the competition settled anew at each. duration, dt, time_constant (τ_L): in
  /// one and the same unit; the number of steps is rounded. State, credit: of a batch of one; what is in the credit
  /// already is applied with the first step.
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
  /// How many units have a norm within `tolerance` of R^p, as a fraction of it. The others seldom or never win.
  Index converged(const Weights& w, S tolerance = S(0.05)) const {
    const S wanted = std::pow(radius, power);
    return ((norms(w).array() - wanted).abs() <= tolerance * wanted).count();
  }

 private:
  static constexpr Index samples_per_task = 16, units_per_task = 128;
  /// Whether all weights move, not just those of units that learned.
  template <class O>
  static constexpr bool all_move = [] {
    if constexpr (Optimizer<O>)
      return !O::linear;
    else
      return false;
  }();
  template <Optimizer O> static S scaled_rate(const O& o, S) { return o.rate; }  // a linear one
  static S scaled_rate(const LargestEntry<S>& o, S largest) {
    return o.rate / std::max(largest, o.precision);
  }

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
  void compete(auto& state, Index b, auto& competing) const {
    std::int32_t n = 0;
    const auto learns = [&](Index unit, S g) {
      NEOHEBB_REQUIRE(n < state.learning.rows() && unit >= 0 && unit < Index(units),
                      "CompetingUnits: the competition names unit ", unit, " of ", Index(units),
                      " as number ", n + 1, " to learn, it promised at most ", state.learning.rows());
      state.learning(n, b) = static_cast<std::int32_t>(unit);
      state.factors(n++, b) = g;
    };
    if constexpr (Competes::by_norm)
      competition(competing, state.currents.col(b).cwiseQuotient(state.norm), learns);
    else
      competition(competing, state.currents.col(b), learns);
    state.count(b) = n;
  }
};

}  // namespace neohebb
