// Laws of eligibilities. Run them on a rule of your own:
//
//     TEST_CASE("my rule is one") { laws::check_eligibility<double>(MyRule{}, laws::all_to_all<double>()); }
#pragma once
#include <neohebb/layer/plastic.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/pulses.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

namespace laws {

template <class C> inline constexpr bool weight_per_pair = requires { requires C::weight_per_pair; };

/// Synapses for a rule to run over: 9 inputs, 6 neurons.
template <class S> auto all_to_all() {
  return neohebb::Dense<neohebb::Pulses<S>>{.connectivity = {9, 6}, .trace = {.decay = S(0.8)}};
}

/// What a rule does, synapse by synapse, in plain loops over its gates: one sample, one part of a projection. The last
/// column stands for the bias.
template <class S, class E> struct PlainEligibility {
  E rule;
  std::vector<neohebb::Matrix<S>> stages;
  neohebb::Matrix<S> gradient;
  neohebb::Vector<S> trace;  // q

  PlainEligibility(const E& e, Index units, Index inputs)
      : rule(e),
        stages(static_cast<std::size_t>(E::stages), neohebb::Matrix<S>::Zero(units, inputs + 1)),
        gradient(neohebb::Matrix<S>::Zero(units, inputs + 1)),
        trace(neohebb::Vector<S>::Zero(units)) {}
  /// signals: L of each neuron (rows), as many as the rule has; x: traces, and the bias's.
  void step(const auto& psi, const auto& spikes, const auto& beta, const neohebb::Matrix<S>& signals,
            const neohebb::Vector<S>& x) {
    for (Index i = 0; i < gradient.rows(); ++i) {
      const neohebb::Post<S> post{psi(i), spikes(i), beta(i), trace(i)};
      const auto gates = rule.gates(post);
      if constexpr (neohebb::detail::has_post_trace<E>) trace(i) = rule.post_trace(trace(i), post);
      for (Index j = 0; j < gradient.cols(); ++j) {
        S old[8] = {};
        for (std::size_t k = 0; k < stages.size(); ++k) old[k] = stages[k](i, j);
        for (std::size_t m = 0; m < E::signals; ++m) {
          S e = gates.d[m] * x(j);
          for (std::size_t k = 0; k < stages.size(); ++k) e += gates.c[m][k] * old[k];
          gradient(i, j) += signals(i, static_cast<Index>(m)) * e;
        }
        for (std::size_t k = 0; k < stages.size(); ++k) {
          S next = gates.b[k] * x(j);
          for (std::size_t l = 0; l < stages.size(); ++l) next += gates.A[k][l] * old[l];
          stages[k](i, j) = next;
        }
      }
    }
  }
};

/// The same gradient and the same weights by PerSynapse and by Exchanged, over five windows with updates in between, each
/// of several steps, in batches of 1 and 7; over a projection with a weight for every pair also by plain loops. A second
/// signal, where the rule has one, comes from a running firing rate.
template <class S, neohebb::Eligibility E, class P>
void check_eligibility(const E& rule, const P& projection, Index steps = 6) {
  using namespace neohebb;
  using N = Lif<S, Heaviside, S, Vector<S>>;
  using R = std::conditional_t<(E::signals > 1), RunningRate<S>, WindowRate<S>>;
  using Plain = PlasticLayer<P, N, FastSigmoid<S>, E, Broadcast<S>, PerSynapse, R>;
  using Fast = PlasticLayer<P, N, FastSigmoid<S>, E, Broadcast<S>, Exchanged, R>;
  constexpr Index windows = 5;
  constexpr bool exact = std::same_as<S, double>;
  const double tolerance = exact ? 1e-12 : 1e-4;
  const Index inputs = projection.inputs(), units = projection.outputs();
  Vector<S> strength = Vector<S>::Zero(units);
  strength.tail(units / 2).setConstant(S(0.2));
  const N neuron{.decay = S(0.8),
                 .threshold = S(0.4),
                 .reset = Reset::by_threshold_later,
                 .refractory_steps = 1,
                 .integrates_while_refractory = true,
                 .adaptation_decay = S(0.9),
                 .adaptation_strength = strength};
  const Broadcast<S> signal{.outputs = 2, .feedback = Feedback::random};
  const R rate{.strength = S(E::signals > 1 ? 0.5 : 0), .target = S(0.1)};
  const Plain plain{.projection = projection,
                    .neuron = neuron,
                    .surrogate = {S(1)},
                    .eligibility = rule,
                    .signal = signal,
                    .rate = rate};
  const Fast fast{.projection = projection,
                  .neuron = neuron,
                  .surrogate = {S(1)},
                  .eligibility = rule,
                  .signal = signal,
                  .rate = rate};
  for (const Index batch : {Index{1}, Index{7}}) {
    const auto initial = plain.initial_weights(ScaledNormal<S>{S(2)}, Generator{.seed = 3});
    typename Plain::Weights a = initial;
    typename Fast::Weights b{initial.projection, {initial.signal.feedback}};
    auto sa = plain.zero_state(Extent{batch});
    auto sb = fast.zero_state(Extent{batch});
    auto ca = plain.zero_credit(Extent{batch}, steps);
    auto cb = fast.zero_credit(Extent{batch}, steps);
    auto la = plain.learner(Sgd<S>{S(0.05)});
    auto lb = fast.learner(Sgd<S>{S(0.05)});
    std::vector<PlainEligibility<S, E>> naive(static_cast<std::size_t>(batch), {rule, units, inputs});
    Spikes<S> in(inputs, batch);
    const Matrix<S> readout = Matrix<S>::Zero(2, units);
    Index spikes = 0;
    std::uint32_t now = 0;
    for (Index w = 0; w < windows; ++w) {
      for (Index t = 0; t < steps; ++t, ++now) {
        in.assign(uniform<S>(inputs, batch, now, 0, 1).array() < S(0.3));
        const Matrix<S> error = uniform<S>(2, batch, now + 1000, -1, 1);
        plain.step(a, sa, in);
        if (!exact) sb.neuron = sa.neuron;  // one flipped spike would be another course
        fast.step(b, sb, in);
        if (!exact) {
          sb.neuron = sa.neuron;
          sb.rate = sa.rate;
        }
        REQUIRE(sa.neuron.spikes == sb.neuron.spikes);
        plain.credit(a, sa, ReadoutError{error, readout}, ca);
        fast.credit(b, sb, ReadoutError{error, readout}, cb);
        spikes += sa.neuron.spikes.count();
        if constexpr (requires { projection.presynaptic(sa.projection); })
          for (Index n = 0; n < batch; ++n) {
            Vector<S> x(inputs + 1);
            x << projection.presynaptic(sa.projection).col(n), projection.presynaptic_of_bias(sa.projection);
            Matrix<S> signals(units, E::signals);
            signals.col(0) = sa.signal.col(n);
            if constexpr (E::signals > 1)
              signals.col(1) =
                  (rate.strength / S(batch) * (sa.rate.rate.col(n).array() - rate.target)).matrix();
            naive[static_cast<std::size_t>(n)].step(sa.psi.col(n), sa.neuron.spikes.dense().col(n).eval(),
                                                    strength, signals, x);
          }
      }
      const auto ga = plain.gradient(a, sa, ca);
      const auto gb = fast.gradient(b, sb, cb);
      projection.each_block(
          [&](const auto& part, const auto& x, const auto& y) {
            const double size = std::max(1.0, double(x.weight.cwiseAbs().maxCoeff()));
            CHECK(deviation(x.weight, y.weight) <= tolerance * size);
            if (part.bias) CHECK(deviation(x.bias, y.bias) <= tolerance * size);
            if constexpr (weight_per_pair<std::decay_t<decltype(part.connectivity)>>) {
              if constexpr (requires { projection.presynaptic(sa.projection); }) {
                Matrix<S> sum = Matrix<S>::Zero(units, inputs + 1);
                for (auto& one : naive) {
                  sum += one.gradient;
                  one.gradient.setZero();
                }
                CHECK(deviation(x.weight, sum.leftCols(inputs)) <= tolerance * size);
                if (part.bias) CHECK(deviation(x.bias, sum.col(inputs)) <= tolerance * size);
              }
            }
          },
          ga, gb);
      plain.update(a, sa, ca, la);
      fast.update(b, sb, cb, lb);
      if (!exact) b.projection = a.projection;
    }
    CHECK(spikes > 0);
    CHECK(spikes < windows * steps * units * batch);
  }
}

}  // namespace laws
