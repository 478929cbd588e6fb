#pragma once
#include <cmath>
#include <neohebb/core/product.hpp>
#include <neohebb/core/random.hpp>
#include <neohebb/learning/loss.hpp>
#include <neohebb/learning/optimizer.hpp>
#include <neohebb/learning/prediction.hpp>

namespace neohebb {

/// Weights of a SupervisedTop.   weight S: classes × inputs, bias b: classes × 1. S is stored by rows: S h,
/// the gradient and the optimizer all run along it.
template <class S, int Classes = Dynamic, int Inputs = Dynamic> struct TopWeights {
  Eigen::Matrix<S, Classes, Inputs, Inputs == 1 ? Eigen::ColMajor : Eigen::RowMajor> weight;
  Vector<S, Classes> bias;

  friend bool operator==(const TopWeights& a, const TopWeights& b) {
    return a.weight == b.weight && a.bias == b.bias;
  }
  static void fields(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }
};

/// A classifier on features that others have learned, trained by the gradient of its own loss.
/// [Krotov & Hopfield 2019, doi 10.1073/pnas.1820458116]
///
///     z = β (S h + b)                          classes × batch, of features h: inputs × batch
///     L = loss(z, target)                      TanhPower: of c = tanh(z); CrossEntropy: of softmax(z)
///     ∂L/∂S = β ∂L/∂z hᵀ,  ∂L/∂b = β Σ_B ∂L/∂z   summed over what was credited since the last update
///
///     const SupervisedTop<float> top{.inputs = 2000, .classes = 10, .loss = {.exponent = 6}};
///     auto weights = top.zero_weights();
///     auto state = top.zero_state(Extent{100});
///     auto credit = top.zero_credit();
///     auto learner = top.learner(Adam<float>{});
///     set_rate(learner, schedule(epoch));
///     top.step(weights, state, h);                                        // z
///     top.credit(weights, state, h, signed_one_hot<float>(labels, 10), credit);
///     top.update(weights, state, credit, learner);
///     top.predict(state, 0)                                               // the class of sample 0
///
/// Throws std::invalid_argument for parameters without sense, for features and targets of another shape, for
/// targets with NaN or infinity, and for a z or a loss that is not finite: features with NaN or infinity
/// cannot hide there, whatever the weights, and looking at z costs next to nothing. Weights have not moved by
/// then.
///
///   parameter   default     meaning
///   inputs      —           features
///   classes     —           rows of S
///   steepness   1           β > 0
///   loss        TanhPower   any Loss
///   bias        false       whether b is learned; otherwise it stays as given
template <class S, Loss<S> L = TanhPower<S>, int Inputs = Dynamic, int Classes = Dynamic>
struct SupervisedTop {
  using Scalar = S;
  Extent<Inputs> inputs{};
  Extent<Classes> classes{};
  S steepness = 1;
  L loss{};
  bool bias = false;

  void validate() const {
    check_positive("SupervisedTop.inputs", Index(inputs));
    check_positive("SupervisedTop.classes", Index(classes));
    NEOHEBB_REQUIRE(is_finite(steepness) && steepness > 0, "SupervisedTop.steepness is ", steepness,
                    ", must be finite and positive");
    validate_if_possible(loss);
  }

  using Weights = TopWeights<S, Classes, Inputs>;
  Weights zero_weights() const {
    validate();
    return {zeros<S>(classes, inputs), zeros<S>(classes, Extent<1>{})};
  }
  /// Given weights, checked: S classes × inputs, b classes × 1.
  Weights weights(const auto& weight, const auto& bias_given) const {
    validate();
    check_shape("SupervisedTop weight", weight, Index(classes), Index(inputs));
    check_shape("SupervisedTop bias", bias_given, Index(classes), 1);
    check_finite("SupervisedTop weight", weight);
    check_finite("SupervisedTop bias", bias_given);
    return {weight, bias_given};
  }
  /// Weights by an initialisation (ScaledNormal, …), bias zero.
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    Weights w = zero_weights();
    initialisation(w.weight, generator);
    return weights(w.weight, w.bias);
  }

  template <int B> struct State {
    Matrix<S, Classes, B> output, output_error;  // z, ∂L/∂z
    S loss = 0;                                  // of the step credited last
    static void fields(auto& self, auto&& visit) {
      visit("output", self.output);
      visit("loss", self.loss);
    }
  };
  template <int B> State<B> zero_state(Extent<B> batch) const {
    validate();
    check_positive("batch", Index(batch));
    return {zeros<S>(classes, batch), zeros<S>(classes, batch)};
  }
  /// z of the last step, classes × batch.
  const auto& output(const auto& state) const { return state.output; }
  /// The class of sample b: the largest z, which is the largest tanh or softmax of it, too.
  Index predict(const auto& state, Index b) const { return winner(state.output.col(b)); }

  void step(const Weights& w, auto& state, const auto& h) const {
    check_sizes(w, state, h);
    product(w.weight, h, state.output);
    state.output = steepness * (state.output.colwise() + w.bias);
    NEOHEBB_REQUIRE(all_finite(state.output), "SupervisedTop: the output has NaN or infinite entries (",
                    state.output.rows(), " x ", state.output.cols(),
                    "); either the features have, or training has diverged: lower the rate");
  }

  /// The gradient of what was credited since the last update.
  struct Credit {
    Weights gradient;
    bool credited = false;  // whether anything was credited
    bool empty() const { return !credited; }
    static void fields(auto& self, auto&& visit) {
      visit("gradient", self.gradient);
      visit("credited", self.credited);
    }
  };
  Credit zero_credit() const { return {zero_weights()}; }
  /// Notes the last step's gradient, of these same features h. target: classes × batch. Returns the loss
  /// (also left in state.loss).
  S credit(const Weights& w, auto& state, const auto& h, const auto& target, auto& credit) const {
    check_sizes(w, state, h);
    check_shape("SupervisedTop target", target, Index(classes), state.output.cols());
    check_finite("SupervisedTop target", target);
    check_shape("SupervisedTop credit", credit.gradient.weight, Index(classes), Index(inputs));
    const S value = loss(state.output, target, state.output_error);  // ∂L/∂z
    NEOHEBB_REQUIRE(
        is_finite(value), "SupervisedTop: the loss is ", value,
        "; the outputs are too far from the targets for this loss: lower the rate or the steepness");
    add_product(credit.gradient.weight.transpose(), steepness, h, state.output_error, credit.credited);
    if (bias && credit.credited)
      credit.gradient.bias += steepness * state.output_error.rowwise().sum();
    else if (bias)
      credit.gradient.bias = steepness * state.output_error.rowwise().sum();
    credit.credited = true;
    return state.loss = value;
  }

  template <class O> struct Learner {
    O optimizer;
    StateOf<O, Inputs, Classes> weight;  // of Sᵀ
    StateOf<O, Classes, 1> bias;
    static void fields(auto& self, auto&& visit) {
      if constexpr (requires { self.optimizer.rate; }) visit("rate", self.optimizer.rate);
      visit("weight", self.weight);
      visit("bias", self.bias);
    }
  };
  template <Optimizer O> Learner<O> learner(const O& optimizer) const {
    validate();
    validate_if_possible(optimizer);
    return {optimizer, optimizer.zero_state(inputs, classes), optimizer.zero_state(classes, Extent<1>{})};
  }
  /// Moves the weights along what was credited, and forgets it; nothing if nothing was.
  void update(Weights& w, auto&, auto& credit, auto& learner) const {
    if (credit.empty()) return;
    learner.optimizer.step(learner.weight, credit.gradient.weight.transpose(), w.weight.transpose());
    if (bias) learner.optimizer.step(learner.bias, credit.gradient.bias, w.bias);
    credit.credited = false;
  }

 private:
  void check_sizes(const Weights& w, const auto& state, const auto& h) const {
    check_shape("SupervisedTop weight", w.weight, Index(classes), Index(inputs));
    check_shape("SupervisedTop bias", w.bias, Index(classes), 1);
    check_shape("SupervisedTop state", state.output, Index(classes), state.output.cols());
    check_shape("SupervisedTop features", h, Index(inputs), state.output.cols());
  }
};

}  // namespace neohebb
