// The two tasks whose losses are published to twelve digits: a pattern of sines, and evidence that accumulates.
#pragma once
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <numbers>

#include "support/numpy_random.hpp"

namespace support {

using namespace neohebb;
using M = Matrix<double>;

/// sum A sin(linspace(phi, phi + 2 pi (T // P), T)), P = 1000, 500, 333, 200 over `shorter`; minus its first value;
/// / max |.|
inline Vector<double> sines(NumpyRandom& random, Index steps, Index shorter = 1) {
  double amplitude[4], phase[4];
  for (double& a : amplitude) a = random.uniform(0.5, 2);
  for (double& p : phase) p = random.uniform(0, 2 * std::numbers::pi);
  const Index period[4] = {1000 / shorter, 500 / shorter, 333 / shorter, 200 / shorter};
  Vector<double> target = Vector<double>::Zero(steps);
  for (Index t = 0; t < steps; ++t)
    for (int k = 0; k < 4; ++k)
      target(t) +=
          amplitude[k] * std::sin(phase[k] + double(t) * (2 * std::numbers::pi * double(steps / period[k])) /
                                                 double(steps - 1));
  target.array() -= target(0);
  return target / target.cwiseAbs().maxCoeff();
}

template <class Form, class Forward, class Lateral>
using ReferenceLayer =
    PlasticLayer<WithRecurrence<Forward, Lateral>, Lif<double, Heaviside, double, Vector<double>>,
                 Peaked<double>, Eprop<double>, Broadcast<double>, Form>;

/// Regression: the losses of the first iterations.
template <class Form, template <class...> class Projected>
std::vector<double> regression_losses(int iterations) {
  using Forward = Projected<Pulses<double>>;
  using Lateral = Projected<Pulses<double>, AllToAll<>, NoSelf>;
  constexpr Index inputs = 100, units = 100, steps = 1000;
  NumpyRandom random(1);
  const M in = random.normals(inputs, units, std::sqrt(100.0)).transpose();
  M recurrent = random.normals(units, units, std::sqrt(100.0)).transpose();
  recurrent.diagonal().setZero();
  const M out = random.normals(units, 1, std::sqrt(100.0)).transpose(),
          feedback = random.normals(units, 1, std::sqrt(100.0));
  M spikes(inputs, steps);
  for (Index t = 0; t < steps; ++t)
    for (Index j = 0; j < inputs; ++j) spikes(j, t) = random.uniform() < 0.05 && t > 0;
  const Vector<double> target = sines(random, steps);

  const double alpha = std::exp(-1.0 / 30), kappa = std::exp(-1.0 / 30);
  const Pulses<double> membrane{alpha, true};
  const Network net{
      ReferenceLayer<Form, Forward, Lateral>{
          .projection = {.forward = {.connectivity = {inputs, units}, .trace = membrane, .bias = false},
                         .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = alpha,
                     .threshold = 0.03,
                     .reset = Reset::by_threshold_later,
                     .adaptation_strength = Vector<double>::Zero(units)},
          .surrogate = {.height = 10, .width = 0.03},
          .eligibility = {.readout_decay = kappa, .normalised = true},
          .signal = {.outputs = 1, .feedback = Feedback::random},
          .rate = {.strength = 300, .target = 0.01},
          .carries = false},
      LeakyReadout<Forward>{
          .projection = {.connectivity = {units, 1}, .trace = {kappa, true}, .bias = false}}};
  auto weights = net.initial_weights(ScaledNormal<double>{}, Generator{});
  auto& [hidden, readout] = weights;
  const Vector<double> none = Vector<double>::Zero(units);
  hidden.projection.forward = std::get<0>(net.layers).projection.forward.weights(in, none);
  hidden.projection.lateral = std::get<0>(net.layers).projection.lateral.weights(recurrent, none);
  hidden.signal.feedback = feedback;
  readout.projection = std::get<1>(net.layers).projection.weights(out, none.head(1));
  auto learner = net.learner(Sgd<double>{1e-4}, Extent{1}, steps);
  std::vector<double> losses;
  Spikes<double> now(inputs, 1);
  M wanted(1, 1);
  for (int k = 0; k < iterations; ++k) {
    auto state = net.zero_state(Extent{1});
    double loss = 0;
    for (Index t = 0; t < steps; ++t) {
      now.assign(spikes.col(t));
      net.step(weights, state, now);
      wanted(0) = target(t);
      loss += net.credit(weights, state, wanted, learner);
    }
    net.update(weights, state, learner);
    losses.push_back(loss);
  }
  return losses;
}

/// Evidence accumulation: likewise. `batch` sequences at a time.
template <class Form, template <class...> class Projected>
std::vector<double> evidence_losses(int iterations, Index batch = 1) {
  using Forward = Projected<Pulses<double>>;
  using Lateral = Projected<Pulses<double>, AllToAll<>, NoSelf>;
  constexpr Index inputs = 40, units = 100, outputs = 2, steps = 2250, recall = 150;
  NumpyRandom random(1);
  const M in = random.normals(inputs, units, std::sqrt(40.0)).transpose();
  M recurrent = random.normals(units, units, std::sqrt(100.0)).transpose();
  recurrent.diagonal().setZero();
  const double limit = std::sqrt(3.0 / std::max(1.0, (units + outputs) / 2.0));
  M out(outputs, units);
  for (Index i = 0; i < units; ++i)
    for (Index k = 0; k < outputs; ++k)
      out(k, i) = static_cast<double>(static_cast<float>(random.uniform(-limit, limit)));
  const M feedback = random.normals(units, outputs, 1);

  const double alpha = std::exp(-1.0 / 20), rho = std::exp(-1.0 / 2000);
  Vector<double> strength = Vector<double>::Zero(units);
  strength.tail(50).setConstant(1.7 * (1 - rho) / (1 - alpha));
  const Pulses<double> membrane{alpha};
  const Network net{
      ReferenceLayer<Form, Forward, Lateral>{
          .projection = {.forward = {.connectivity = {inputs, units}, .trace = membrane, .bias = false},
                         .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = alpha,
                     .threshold = 0.6,
                     .reset = Reset::by_threshold_later,
                     .refractory_steps = 4,
                     .integrates_while_refractory = true,
                     .adaptation_decay = rho,
                     .adaptation_strength = strength},
          .surrogate = {.height = 0.5, .width = 0.6},
          .eligibility = {.adaptation_decay = rho, .readout_decay = alpha, .normalised = true},
          .signal = {.outputs = outputs, .feedback = Feedback::random},
          .rate = {.strength = 300.0 / recall, .target = 0.01, .of_each_sample = true},
          .carries = false},
      LeakyReadout<Forward, CrossEntropy<double>>{
          .projection = {.connectivity = {units, outputs}, .trace = {alpha, true}, .bias = false},
          .error_scale = 1.0 / recall}};
  auto weights = net.initial_weights(ScaledNormal<double>{}, Generator{});
  auto& [hidden, readout] = weights;
  const Vector<double> none = Vector<double>::Zero(units);
  hidden.projection.forward = std::get<0>(net.layers).projection.forward.weights(in, none);
  hidden.projection.lateral = std::get<0>(net.layers).projection.lateral.weights(recurrent, none);
  hidden.signal.feedback = feedback;
  readout.projection = std::get<1>(net.layers).projection.weights(out, none.head(outputs));
  auto learner = net.learner(Adam<double>{.rate = 5e-3, .epsilon_outside = true}, Extent{batch}, steps);

  std::vector<double> losses;
  Spikes<double> now(inputs, batch);
  for (int k = 0; k < iterations; ++k) {
    std::vector<int> side, labels;
    for (Index b = 0; b < batch; ++b) side.push_back(random.bit());
    std::vector<std::vector<int>> cues(static_cast<std::size_t>(batch));
    for (Index b = 0; b < batch; ++b) {
      const auto s = static_cast<std::size_t>(b);
      const double p0 = double(side[s] == 0 ? 0.3f : 0.7f), p1 = double(side[s] == 0 ? 0.7f : 0.3f);
      int sum = 0;
      for (int c = 0; c < 7; ++c) {
        cues[s].push_back(random.choice(p0, p1));
        sum += cues[s].back();
      }
      labels.push_back(sum > 3);
    }
    std::vector<M> spikes(static_cast<std::size_t>(steps), M::Zero(inputs, batch));
    for (Index b = 0; b < batch; ++b)
      for (Index t = 0; t < steps; ++t)
        for (Index j = 0; j < inputs; ++j) {
          const Index group = j / 10, cue = t / 150;
          double rate = group == 3 ? 0.01 : 0;
          if (group == 2 && t >= steps - recall) rate = 0.04;
          if (cue < 7 && t % 150 >= 50 &&
              cues[static_cast<std::size_t>(b)][static_cast<std::size_t>(cue)] == group)
            rate = 0.04;
          spikes[static_cast<std::size_t>(t)](j, b) = rate > random.uniform() && t > 0;
        }
    const M target = one_hot<double>(labels, outputs);
    auto state = net.zero_state(Extent{batch});
    double loss = 0;
    for (Index t = 0; t < steps; ++t) {
      now.assign(spikes[static_cast<std::size_t>(t)]);
      net.step(weights, state, now);
      if (t < steps - recall)
        net.credit(weights, state, NoTarget{}, learner);
      else
        loss += net.credit(weights, state, target, learner);
    }
    net.update(weights, state, learner);
    losses.push_back(loss);
  }
  return losses;
}

}  // namespace support
