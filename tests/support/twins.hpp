// An event-driven projection beside the plain one that it must equal.
#pragma once
#include <algorithm>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>

#include "support/layers.hpp"

namespace support {

/// Both with the same weights, bias, spikes and δ.
template <class T, class C = neohebb::AllToAll<>, class Constraint = neohebb::Unconstrained> struct Twins {
  using S = typename T::Scalar;
  using Events = neohebb::EventDriven<T, C, Constraint>;
  using Plain = neohebb::Dense<T, C, Constraint>;
  Events events;
  Plain plain;
  typename Events::Weights weights;
  typename Plain::Weights plain_weights;
  typename Events::template State<neohebb::Dynamic> state;
  typename Plain::template State<neohebb::Dynamic> plain_state;
  neohebb::Spikes<S> in;
  Matrix<S> drive, plain_drive;
  Index t = 0;

  explicit Twins(const Events& e, Index batch = 1)
      : events(e),
        plain{e.connectivity, e.trace, e.constraint, e.bias, e.credit_columns},
        weights(e.initial_weights(neohebb::ScaledNormal<S>{}, neohebb::Generator{.seed = 2})),
        plain_weights(plain.initial_weights(neohebb::ScaledNormal<S>{}, neohebb::Generator{.seed = 2})),
        state(e.zero_state(neohebb::Extent{batch})),
        plain_state(plain.zero_state(neohebb::Extent{batch})),
        in(neohebb::Extent<>{e.inputs()}, neohebb::Extent{batch}),
        drive(Matrix<S>::Zero(e.outputs(), batch)),
        plain_drive(drive) {
    plain_weights.bias = random_matrix<S>(plain_weights.bias.size(), 1, 5);
    weights.edit([&](auto& affine) { affine.bias = plain_weights.bias; });
  }
  /// One step of each; how far their drives are apart.
  S step(double rate) {
    NoisyInput{.rate = rate}(t++, 0, in);
    events.step(weights, state, in, drive);
    plain.step(plain_weights, plain_state, in, plain_drive);
    return distance(drive, plain_drive);
  }
  void reset() {
    state = events.zero_state(state.batch);
    plain_state = plain.zero_state(plain_state.batch);
  }
  Matrix<S> delta() const {
    return random_matrix<S>(drive.rows(), drive.cols(), static_cast<std::uint64_t>(1000 + t));
  }
  S weights_apart() const { return apart(weights.copy(), plain_weights); }
  static S apart(const auto& a, const auto& b) {
    return std::max(distance(a.weight, b.weight), distance(a.bias, b.bias));
  }
};

/// What each of the twins learns with.
template <class Twins, class O> struct Lessons {
  Twins& of;
  neohebb::CreditOf<typename Twins::Events> credit;
  neohebb::CreditOf<typename Twins::Plain> plain_credit;
  neohebb::LearnerOf<typename Twins::Events, O> learner;
  neohebb::LearnerOf<typename Twins::Plain, O> plain_learner;

  Lessons(Twins& twins, const O& optimizer, Index window)
      : of(twins),
        credit(twins.events.zero_credit(twins.state.batch, window)),
        plain_credit(twins.plain.zero_credit(twins.plain_state.batch, window)),
        learner(twins.events.learner(optimizer)),
        plain_learner(twins.plain.learner(optimizer)) {}
  void note(const auto& delta) {
    of.events.credit(of.weights, of.state, delta, credit);
    of.plain.credit(of.plain_weights, of.plain_state, delta, plain_credit);
  }
  auto gradients_apart() const {
    return Twins::apart(of.events.gradient(credit), of.plain.gradient(plain_credit));
  }
  void update() {
    of.events.update(of.weights, of.state, credit, learner);
    of.plain.update(of.plain_weights, of.plain_state, plain_credit, plain_learner);
  }
  void set_rate(auto rate) {
    neohebb::set_rate(learner, rate);
    neohebb::set_rate(plain_learner, rate);
  }
};

}  // namespace support
