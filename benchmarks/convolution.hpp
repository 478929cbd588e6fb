// The network of the convolution benchmarks, on any projection: images of 2 × 32 × 32, convolutions with 64, 128 and
// 128 channels, kernel 7, pooling 2, 1, 2, and 11 classes [Kaiser, Mostafa, Neftci 2020]. The same equations and
// constants as in peers/convolution_torch.py, which reads its weights from this program.
#pragma once
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "limits.hpp"
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace convolution {

using namespace neohebb;

inline constexpr Index classes = 11, layers = 3, window = 20;
inline constexpr Index stream = 2 * window;  // different steps of input, shown in turn
inline constexpr double input_rate = 0.05;   // spikes per input and step

template <class S> using DenseSynapses = Dense<DoubleExponential<S>, Convolution>;
template <class S> using EventSynapses = EventDriven<DoubleExponential<S>, Convolution>;
template <class P>
using ConvolutionLayer = DecolleLayer<P, Srm<typename P::Scalar>, Dynamic, FastSigmoid<typename P::Scalar>,
                                      SmoothL1<typename P::Scalar>, ReadsSpikes, MaxPooling>;

/// Rates of the spikes that the next layer sees. Held: a bias for each channel, at which it fires at 5 %. Random: as
/// weights and biases drawn like those of a new PyTorch layer have it, uniform in ±1/√(inputs of a neuron).
enum class Rates { held, random };
inline const char* in_words(Rates rates) { return rates == Rates::held ? "5 % spikes" : "random weights"; }

struct Setting {
  Rates rates = Rates::held;
  Index batch = 1;
  friend bool operator==(const Setting&, const Setting&) = default;
};

inline Convolution geometry(Index layer) {
  constexpr Index kernel = 7, stride = 1, padding = 3;
  constexpr Index side[] = {32, 16, 16}, channels[] = {2, 64, 128, 128};
  return {side[layer], side[layer], channels[layer], channels[layer + 1], kernel, stride, padding};
}
template <class P> auto make_network() {
  std::vector<ConvolutionLayer<P>> all;
  for (Index i = 0; i < layers; ++i) {
    const Convolution c = geometry(i);
    const Index pool = i == 1 ? 1 : 2;
    ConvolutionLayer<P> layer{};
    layer.projection.connectivity = c;
    layer.signal.classes = classes;
    layer.pooling = {c.out_height(), c.out_width(), c.channels_out, pool};
    all.push_back(layer);
  }
  return Network{all};
}
template <class P> using Net = decltype(make_network<P>());
template <class P> using StateOfNet = decltype(std::declval<Net<P>>().zero_state(Extent<>{}));

template <class S> std::vector<Spikes<S>> make_input(Index batch) {
  std::vector<Spikes<S>> input;
  for (Index t = 0; t < stream; ++t)
    input.push_back(limits::random_spikes<S>(geometry(0).inputs(), batch, input_rate, t));
  return input;
}

using Biases = std::vector<Vector<float>>;
template <class P> auto weights_with(const Net<P>& net, const Biases& biases) {
  using S = typename P::Scalar;
  auto weights = net.initial_weights(ScaledUniform<S>{}, Generator{.seed = 1});
  for (std::size_t i = 0; i < biases.size(); ++i)
    weights[i].projection.edit([&](auto& affine) { affine.bias = biases[i].template cast<S>(); });
  return weights;
}

/// Shifts each channel's bias until a twentieth of its (pooled) potentials are positive, layer by layer. Several
/// rounds, since fewer spikes leave less refractoriness.
inline Biases held_biases() {
  const auto net = make_network<EventSynapses<float>>();
  constexpr Index batch = 2, onset = 100, settling = 12, looked_at = 8, rounds = 16;
  const auto input = make_input<float>(batch);
  auto state = net.zero_state(Extent{batch});
  Biases biases;
  std::size_t now = 0;
  for (std::size_t i = 0; i < layers; ++i) {
    const Index channels = geometry(static_cast<Index>(i)).channels_out;
    biases.push_back(Vector<float>::Zero(channels));
    for (Index round = 0; round < rounds; ++round) {
      const auto weights = weights_with<EventSynapses<float>>(net, biases);
      std::vector<std::vector<float>> potentials(static_cast<std::size_t>(channels));
      for (Index t = round == 0 ? -onset : 0; t < settling + looked_at; ++t) {
        const auto& in = input[now++ % input.size()];
        for (std::size_t k = 0; k <= i; ++k)
          net.layer(k).step(weights[k], state[k], k == 0 ? in : net.spikes(state, k - 1));
        if (t < settling) continue;
        const auto& u = net.layer(i).potential(state[i]);
        for (Index j = 0; j < u.size(); ++j)
          potentials[static_cast<std::size_t>(j % channels)].push_back(u(j));
      }
      for (Index c = 0; c < channels; ++c) {
        auto& all = potentials[static_cast<std::size_t>(c)];
        const auto place = all.begin() + static_cast<std::ptrdiff_t>(0.95 * static_cast<double>(all.size()));
        std::nth_element(all.begin(), place, all.end());
        biases.back()(c) -= *place;
      }
    }
  }
  return biases;
}
inline const Biases& biases_for(Rates rates) {
  static std::map<Rates, Biases> known;
  if (const auto found = known.find(rates); found != known.end()) return found->second;
  if (rates == Rates::held) return known[rates] = held_biases();
  for (Index i = 0; i < layers; ++i) {
    const Convolution c = geometry(i);
    const float bound = 1 / std::sqrt(static_cast<float>(Index(c.cols())));
    known[rates].push_back(
        limits::random_matrix<float>(c.rows(), 1, -bound, bound, 100 + static_cast<std::uint64_t>(i)));
  }
  return known[rates];
}

/// Eight samples past the onset of their traces, from which larger batches begin.
template <class S> const StateOfNet<EventSynapses<S>>& settled_state(Rates rates) {
  static std::map<Rates, StateOfNet<EventSynapses<S>>> known;
  if (const auto found = known.find(rates); found != known.end()) return found->second;
  constexpr Index batch = 8, settling = 150;
  const auto net = make_network<EventSynapses<S>>();
  const auto weights = weights_with<EventSynapses<S>>(net, biases_for(rates));
  const auto input = make_input<S>(batch);
  auto state = net.zero_state(Extent{batch});
  for (std::size_t t = 0; t < settling; ++t) net.step(weights, state, input[t % stream]);
  return known.emplace(rates, std::move(state)).first->second;
}

/// Network, weights, a stream of input, and a state that has seen enough of it.
template <class P> struct Problem {
  using S = typename P::Scalar;
  Setting setting;
  Net<P> net = make_network<P>();
  typename Net<P>::Weights weights = weights_with<P>(net, biases_for(setting.rates));
  std::vector<Spikes<S>> input = make_input<S>(setting.batch);
  Matrix<S> target = Matrix<S>::Zero(classes, setting.batch);
  StateOfNet<P> state = net.zero_state(Extent{setting.batch});
  std::size_t now = 0;

  explicit Problem(const Setting& s) : setting(s) {
    for (Index b = 0; b < s.batch; ++b) target(b % classes, b) = 1;
    net.step(weights, state, next());
    const auto& settled = settled_state<S>(s.rates);
    for (std::size_t i = 0; i < layers; ++i) {
      auto& x = state[i];
      Matrix<S> fired(x.neuron.potential.rows(), s.batch);
      for (Index b = 0; b < s.batch; ++b) {
        const Index from = b % settled[i].drive.cols();
        for (Index k = 0; k < DoubleExponential<S>::stages; ++k)
          x.projection.pre.stage(k).col(b) = settled[i].projection.pre.stage(k).col(from);
        x.neuron.refractory.stage(0).col(b) = settled[i].neuron.refractory.stage(0).col(from);
        fired.col(b) = settled[i].neuron.spikes.dense().col(from);
      }
      x.neuron.spikes.assign(fired.array() > 0);
      if constexpr (requires { x.projection.follows; })
        x.projection.follows = false;  // W∘P is to be made anew
    }
    net.step(weights, state, next());
  }
  const Spikes<S>& next() { return input[now++ % input.size()]; }

  /// Steps of the stream; with a learner an update every `window` of them.
  void show(Index steps) {
    for (Index t = 0; t < steps; ++t) net.step(weights, state, next());
  }
  void show(auto& learner, Index steps, Index& credited, Index each = window) {
    for (Index t = 0; t < steps; ++t) {
      net.step(weights, state, next());
      net.credit(weights, state, target, learner);
      if (++credited % each == 0) net.update(weights, state, learner);
    }
  }
  /// Spikes per unit and step that the layers show, in percent, as counters: mean over some steps.
  void report_rates(benchmark::State& bench, Index steps) {
    Vector<double> fired = Vector<double>::Zero(layers);
    for (Index t = 0; t < steps; ++t) {
      show(1);
      for (Index i = 0; i < layers; ++i) {
        const auto& spikes = net.spikes(state, static_cast<std::size_t>(i));
        fired(i) +=
            static_cast<double>(spikes.count()) / static_cast<double>(spikes.neurons() * spikes.batch());
      }
    }
    for (Index i = 0; i < layers; ++i)
      bench.counters["rate" + std::to_string(i + 1) + "_percent"] =
          100 * fired(i) / static_cast<double>(steps);
  }
};

inline std::shared_ptr<void>& kept_problem() {
  static std::shared_ptr<void> kept;
  return kept;
}
/// The Problem of a setting, made once for a benchmark's repetitions; one of all kinds at a time, since they are large.
template <class P> Problem<P>& problem(const Setting& setting) {
  static std::weak_ptr<Problem<P>> mine;
  static std::shared_ptr<void>& kept = kept_problem();
  auto found = mine.lock();
  if (!found || !(found->setting == setting)) {
    found.reset();
    kept.reset();
    found = std::make_shared<Problem<P>>(setting);
    mine = found;
    kept = found;
  }
  return *found;
}

inline double weight_count() {
  double all = 0;
  for (Index i = 0; i < layers; ++i) all += static_cast<double>(geometry(i).rows() * geometry(i).cols());
  return all;
}
/// Multiplications and additions of one product with all weights but the readouts'.
inline double weight_flop(Index batch) {
  double all = 0;
  for (Index i = 0; i < layers; ++i) {
    const Convolution c = geometry(i);
    all += 2 * static_cast<double>(batch * c.rows() * c.cols() * c.out_pixels());
  }
  return all;
}
/// What a step costs a dense program at the least.
template <class S> limits::Work dense_work(Index batch, bool learns) {
  limits::Work w;
  const double samples = static_cast<double>(batch), share = learns ? 1 / static_cast<double>(window) : 0;
  w.flop = (learns ? 2 : 1) * weight_flop(batch);
  for (Index i = 0; i < layers; ++i) {
    const Convolution c = geometry(i);
    const double in = samples * static_cast<double>(Index(c.inputs())),
                 out = samples * static_cast<double>(Index(c.outputs()));
    // P, Q, R; δ and P of the window. Likewise, and U.
    w.read += sizeof(S) * (2 * in + out + (learns ? in + out : 0));
    w.written += sizeof(S) * (2 * in + 2 * out + (learns ? in + out : 0));
  }
  w.read += sizeof(S) * weight_count() * (1 + share);
  w.written += sizeof(S) * weight_count() * share;
  w.working_set = std::min(w.read + w.written, 64.0 * 1048576);  // beyond caches all are alike
  return w;
}

/// Bytes that the program has allocated; 0 where the C library does not tell.
inline double allocated() {
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 33)
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
#endif
#endif
  return 0;
}
/// Bytes of this process that are in memory; 0 where there is no /proc.
inline double resident() {
  double pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace convolution
