// The network of the DECOLLE benchmarks, on any projection: 784 inputs, three hidden layers, 10 classes, every
// layer held at one spike rate. The same equations and constants as in peers/.
#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <tuple>

#include "limits.hpp"

namespace decolle {

using namespace neohebb;

inline constexpr Index classes = 10, layers = 3;
inline constexpr Index sequence = 20, sequences = 5;  // steps shown per call that is timed; different inputs

template <class S> using DenseSynapses = Dense<DoubleExponential<S>>;
template <class S> using EventSynapses = EventDriven<DoubleExponential<S>>;

struct Setting {
  Index inputs = 784, hidden = 512, batch = 1;
  double rate = 0.05;   // spikes per neuron and step, inputs and all layers
  bool pinned = false;  // event-driven projections never take the dense path
  Index chunk = 24;     // samples at most that go layer by layer together
  friend bool operator==(const Setting&, const Setting&) = default;
};

template <class P> auto make_network(const Setting& s) {
  std::vector<DecolleLayer<P>> all;  // SRM, fast sigmoid, smooth L1
  for (Index i = 0; i < layers; ++i) {
    P projection{.connectivity = {i == 0 ? s.inputs : s.hidden, s.hidden}};
    if constexpr (requires { projection.arithmetic; })
      if (s.pinned) projection.arithmetic = Arithmetic::events;
    all.push_back({.projection = projection, .signal = {.classes = classes}});
  }
  return Network{all};
}

/// Spikes of a stream: sequences × sequence steps, shown over and over.
template <class S> std::vector<Spikes<S>> make_input(const Setting& s) {
  std::vector<Spikes<S>> input;
  for (Index t = 0; t < sequence * sequences; ++t)
    input.push_back(limits::random_spikes<S>(s.inputs, s.batch, s.rate, t));
  return input;
}

using Biases = std::vector<Vector<float>>;

/// Moves each neuron's bias until it fires at the rate wanted, found once for all batches and projections.
inline const Biases& calibrated_biases(const Setting& setting) {
  static std::map<std::tuple<Index, Index, double>, Biases> known;
  auto [place, is_new] = known.try_emplace({setting.inputs, setting.hidden, setting.rate});
  Biases& biases = place->second;
  if (!is_new) return biases;
  Setting s = setting;
  s.batch = std::clamp<Index>(16384 / s.hidden, 8, 32);
  const auto net = make_network<EventSynapses<float>>(s);
  auto weights = net.initial_weights(ScaledNormal<float>{}, Generator{.seed = 1});
  auto x = net.zero_state(Extent{s.batch});
  const auto input = make_input<float>(s);
  biases.assign(layers, Vector<float>::Zero(s.hidden));
  const auto rate = static_cast<float>(s.rate), samples = static_cast<float>(sequence * s.batch);
  float step = 0.1f;
  for (std::size_t k = 0; k < 60; ++k, step *= 0.95f) {
    Biases rates(layers, Vector<float>::Zero(s.hidden));
    for (std::size_t t = 0; t < sequence; ++t) {
      net.step(weights, x, input[(k % sequences) * sequence + t]);
      for (std::size_t i = 0; i < layers; ++i) rates[i] += net.spikes(x, i).dense().rowwise().sum() / samples;
    }
    for (std::size_t i = 0; i < layers; ++i) {
      biases[i].array() += step * (1 - rates[i].array() / rate).max(-3.0f);
      weights[i].projection.edit([&](auto& affine) { affine.bias = biases[i]; });
    }
  }
  return biases;
}

/// Spikes per neuron and step in each layer, in percent.
inline void count_rates(benchmark::State& bench, const Vector<double>& rates) {
  for (Index i = 0; i < layers; ++i)
    bench.counters["rate" + std::to_string(i + 1) + "_percent"] = 100 * rates(i);
}

/// Network, weights, a stream of input, and a state that has seen enough of it.
template <class P> struct Problem {
  using S = typename P::Scalar;
  Setting setting;
  decltype(make_network<P>(Setting{})) net = make_network<P>(setting);
  decltype(net.initial_weights(ScaledNormal<S>{}, Generator{})) weights =
      net.initial_weights(ScaledNormal<S>{}, Generator{.seed = 1});
  std::vector<Spikes<S>> input = make_input<S>(setting);
  Matrix<S> target = Matrix<S>::Zero(classes, setting.batch);
  decltype(net.zero_state(Extent{Index{}})) state = net.zero_state(Extent{setting.batch});
  std::size_t now = 0;

  explicit Problem(const Setting& s) : setting(s) {
    for (Index b = 0; b < s.batch; ++b) target(b % classes, b) = 1;
    const Biases& biases = calibrated_biases(s);
    for (std::size_t i = 0; i < layers; ++i)
      weights[i].projection.edit([&](auto& affine) { affine.bias = biases[i].template cast<S>(); });
    for (std::size_t t = 0; t < input.size(); ++t) net.step(weights, state, next());
  }
  const Spikes<S>& next() { return input[now++ % input.size()]; }

  /// Mean spikes per neuron and step over the stream, in percent, as counters.
  void report_rates(benchmark::State& bench) { report_rates(bench, state, static_cast<Index>(input.size())); }
  /// … over some steps from state x.
  void report_rates(benchmark::State& bench, decltype(state) x, Index steps) {
    Vector<double> fired = Vector<double>::Zero(layers);
    for (Index t = 0; t < steps; ++t) {
      net.step(weights, x, next());
      for (Index i = 0; i < layers; ++i)
        fired(i) += static_cast<double>(net.spikes(x, static_cast<std::size_t>(i)).count());
    }
    count_rates(bench, fired / static_cast<double>(steps * setting.hidden * setting.batch));
  }
};

/// The T of a setting, made once for a benchmark's repetitions: updates must be too small to change it.
template <class T> T& made_for(const Setting& setting) {
  static std::unique_ptr<T> made;
  if (!made || !(made->setting == setting)) made = std::make_unique<T>(setting);
  return *made;
}
template <class P> Problem<P>& problem(const Setting& setting) { return made_for<Problem<P>>(setting); }

/// Steps of the stream; with a learner an update every `window` of them.
template <class P> void show(Problem<P>& p, Index steps) {
  for (Index t = 0; t < steps; ++t) p.net.step(p.weights, p.state, p.next());
}
template <class P> void show(Problem<P>& p, auto& learner, Index window, Index steps) {
  for (Index t = 0; t < steps; ++t) {
    p.net.step(p.weights, p.state, p.next());
    p.net.credit(p.weights, p.state, p.target, learner);
    if ((t + 1) % window == 0) p.net.update(p.weights, p.state, learner);
  }
}

/// Multiplications and additions of one product with all weights but the readouts'.
inline double weight_flop(const Setting& s) {
  const auto in = static_cast<double>(s.inputs), n = static_cast<double>(s.hidden);
  return 2 * static_cast<double>(s.batch) * n * (in + (layers - 1) * n);
}

/// What a step costs a dense program at the least. kept: numbers per weight that an update reads and writes (W and
/// moments), 0: it only infers.
template <class S> limits::Work dense_work(const Setting& setting, Index window, double kept) {
  limits::Work w;
  const bool learns = kept > 0;
  const auto batch = static_cast<double>(setting.batch), n = static_cast<double>(setting.hidden),
             steps = static_cast<double>(window);
  for (Index i = 0; i < layers; ++i) {
    const double in = i == 0 ? static_cast<double>(setting.inputs) : n, all = in * n;
    // W P, and δPᵀ; Y = G S, and Gᵀ ∂L/∂Y
    w.flop += (learns ? 2 : 1) * 2 * batch * (all + classes * n);
    // W; trace: P, Q, s; neuron: R, S
    double read = all + batch * (2 * in + n);
    double read_spikes = batch * (in + n);
    // P, Q; R, S, U
    double written = batch * (2 * in + 2 * n);
    if (learns) {
      // U for δ; δ and P for δPᵀ; once per window, W and its moments
      read += batch * (in + 2 * n) + kept * all / steps;
      written += batch * n + kept * all / steps;
      // a window keeps its P and δ until it ends
      if (window > 1) written += batch * in;
    }
    w.read += sizeof(S) * read + limits::spike_bytes(read_spikes, setting.rate);
    w.written += sizeof(S) * written + limits::spike_bytes(batch * n, setting.rate);
    // W and moments; P, Q, s, R, U, S, δ; the window
    w.working_set += sizeof(S) * (std::max(1.0, kept) * all + batch * (2 * in + 2 * n)) +
                     limits::spike_bytes(batch * (in + n), setting.rate);
    if (learns) w.working_set += sizeof(S) * batch * (n + (window > 1 ? steps * (in + n) : 0));
  }
  return w;
}

/// Numbers per weight that an update reads and writes. AdaMax as in DECOLLE: β₁ = 0, the first moment is the
/// gradient.
template <class S> constexpr double kept(const Sgd<S>&) { return 1; }
template <class S> constexpr double kept(const AdaMax<S>&) { return 2; }
template <class S> constexpr double kept(const Adam<S>&) { return 3; }

}  // namespace decolle
