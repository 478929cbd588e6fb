// e-prop with symmetric feedback is a gradient: of the loss in which the spikes that travel, and resets, are held.
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

using namespace neohebb;

namespace {

using M = Matrix<double>;
constexpr Index inputs = 5, units = 6, outputs = 2, steps = 25;
constexpr double alpha = 0.85, rho = 0.95, kappa = 0.8, threshold = 0.5;

template <class D, class Form>
using Layer =
    PlasticLayer<WithRecurrence<Dense<Pulses<double>>, Dense<Pulses<double>, AllToAll<>, NoSelf>>,
                 Lif<double, Heaviside, double, Vector<double>>, D, Eprop<double>, Broadcast<double>, Form>;

/// The loss where outputs and adaptation see z + σ(u) − σ(u held): worth z at the held course, with σ's slope.
template <class D> struct Held {
  D surrogate;
  Vector<double> beta;
  std::vector<M> z, u, free;  // as they ran; free: 0 in silent neurons
  double loss(const M& in, const M& recurrent, const M& out, const std::vector<M>& x,
              const std::vector<M>& target) const {
    M v = M::Zero(units, 1), a = v, soft = v, held = v, y = M::Zero(outputs, 1);
    double sum = 0;
    for (std::size_t t = 0; t < steps; ++t) {
      v = alpha * v + in * x[t] + recurrent * held - threshold * held;
      a = rho * a + soft;
      const M now = v.array() - threshold - beta.array() * a.array();
      held = z[t];
      soft = held;
      for (Index i = 0; i < units; ++i)
        soft(i) += free[t](i) * (surrogate.activation(now(i)) - surrogate.activation(u[t](i)));
      y = kappa * y + out * soft;
      sum += (y - target[t]).squaredNorm() / 2;
    }
    return sum;
  }
};

template <class D, class Form> void check(const D& surrogate, double strength) {
  Vector<double> beta = Vector<double>::Zero(units);
  beta.tail(units / 2).setConstant(strength);
  const Pulses<double> membrane{alpha};
  const Network net{
      Layer<D, Form>{
          .projection = {.forward = {.connectivity = {inputs, units}, .trace = membrane, .bias = false},
                         .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = alpha,
                     .threshold = threshold,
                     .reset = Reset::by_threshold_later,
                     .refractory_steps = 1,
                     .integrates_while_refractory = true,
                     .adaptation_decay = rho,
                     .adaptation_strength = beta},
          .surrogate = surrogate,
          .eligibility = {.adaptation_decay = rho, .readout_decay = kappa},
          .signal = {.outputs = outputs}},
      LeakyReadout<Dense<Pulses<double>>>{
          .projection = {.connectivity = {units, outputs}, .trace = {kappa}}}};
  auto weights = net.initial_weights(ScaledNormal<double>{1.5}, Generator{.seed = 4});
  auto state = net.zero_state(Extent{1});
  auto learner = net.learner(Sgd<double>{}, Extent{1}, steps);
  auto& [hidden, readout] = state;
  Held<D> held{surrogate, beta, {}, {}, {}};
  std::vector<M> x, target;
  Spikes<double> in(inputs, 1);
  double loss = 0, spikes = 0;
  for (std::uint32_t t = 0; t < steps; ++t) {
    x.push_back(laws::zero_one<double>(inputs, 1, t, 0.4));
    target.push_back(laws::uniform<double>(outputs, 1, 500 + t));
    in.assign(x.back());
    net.step(weights, state, in);
    loss += net.credit(weights, state, target.back(), learner);
    held.z.push_back(hidden.neuron.spikes.dense());
    held.u.push_back(hidden.neuron.potential);
    M free = M::Ones(units, 1);
    std::get<0>(net.layers).neuron.mask_refractory(hidden.neuron, free);
    held.free.push_back(free);
    spikes += double(hidden.neuron.spikes.count());
  }
  CHECK(spikes > 10);
  const M forward = std::get<0>(weights).projection.forward.weight,
          lateral = std::get<0>(weights).projection.lateral.weight,
          out = std::get<1>(weights).projection.weight;
  REQUIRE(std::abs(held.loss(forward, lateral, out, x, target) - loss) < 1e-12 * loss);
  const auto gradient =
      std::get<0>(net.layers).gradient(std::get<0>(weights), hidden, std::get<0>(learner.credit));
  const auto compare = [&](const M& given, const M& found, auto&& loss_of, bool self) {
    double worst = 0;
    for (Index j = 0; j < given.cols(); ++j)
      for (Index i = 0; i < given.rows(); ++i) {
        if (!self && i == j) continue;
        M more = given, less = given;
        const double h = 1e-6;
        more(i, j) += h;
        less(i, j) -= h;
        worst = std::max(worst, std::abs((loss_of(more) - loss_of(less)) / (2 * h) - found(i, j)));
      }
    CHECK(worst < 1e-6 * std::max(1.0, found.cwiseAbs().maxCoeff()));
    CHECK(found.cwiseAbs().maxCoeff() > 1e-3);
  };
  compare(
      forward, gradient.forward.weight, [&](const M& w) { return held.loss(w, lateral, out, x, target); },
      true);
  compare(
      lateral, gradient.lateral.weight, [&](const M& w) { return held.loss(forward, w, out, x, target); },
      false);
  compare(
      out, std::get<1>(net.layers).projection.gradient(std::get<1>(learner.credit)).weight,
      [&](const M& w) { return held.loss(forward, lateral, w, x, target); }, true);
}
template <class D> void check_both(const D& surrogate) {
  check<D, Exchanged>(surrogate, 0.3);
  check<D, PerSynapse>(surrogate, 0);
}

}  // namespace

TEST_CASE("symmetric e-prop is the gradient of the loss in which travelling spikes and resets are held",
          "[layer]") {
  check_both(Logistic<double>{.steepness = 3});
  check_both(FastSigmoid<double>{.steepness = 2});
  check_both(Arctan<double>{.steepness = 2});
  check_both(Gaussian<double>{});
  check_both(Triangle<double>{});
  check_both(TwoSidedExponential<double>{.steepness = 1.5});
}
