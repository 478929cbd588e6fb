// The published convolutional DECOLLE network: its convolutions alone, dense and by spikes, and whole time steps. See
// README.md in this folder.
#include <filesystem>
#include <neohebb/io/npy.hpp>
#include <span>

#include "convolution.hpp"
#include "verify.hpp"

namespace {

using namespace convolution;

// ------------------------------------------------------------------------------------------------------------------
// Plain formulas, one neuron or weight at a time.

/// Σ W[o, i, ky, kx] x[i, r + ky − padding, c + kx − padding] of one neuron. x: one sample.
template <class S> S plain_output(const Convolution& g, const Matrix<S>& w, const auto& x, Index neuron) {
  const Index o = neuron % g.channels_out, pixel = neuron / g.channels_out;
  double sum = 0;
  for (Index ky = 0; ky < g.kernel; ++ky)
    for (Index kx = 0; kx < g.kernel; ++kx) {
      const Index row = pixel / g.out_width() + ky - g.padding,
                  column = pixel % g.out_width() + kx - g.padding;
      if (row < 0 || row >= g.height || column < 0 || column >= g.width) continue;
      for (Index i = 0; i < g.channels_in; ++i)
        sum += static_cast<double>(w(o, (i * g.kernel + ky) * g.kernel + kx)) *
               static_cast<double>(x((row * g.width + column) * g.channels_in + i));
    }
  return S(sum);
}
/// Σ δ[o, r, c] x[i, r + ky − padding, c + kx − padding] over pixels and samples, for one entry of W.
template <class S>
S plain_gradient(const Convolution& g, const Matrix<S>& delta, const auto& x, Index o, Index entry) {
  const Index i = entry / g.taps(), ky = entry % g.taps() / g.kernel, kx = entry % g.kernel;
  double sum = 0;
  for (Index b = 0; b < delta.cols(); ++b)
    for (Index pixel = 0; pixel < g.out_pixels(); ++pixel) {
      const Index row = pixel / g.out_width() + ky - g.padding,
                  column = pixel % g.out_width() + kx - g.padding;
      if (row < 0 || row >= g.height || column < 0 || column >= g.width) continue;
      sum += static_cast<double>(delta(pixel * g.channels_out + o, b)) *
             static_cast<double>(x((row * g.width + column) * g.channels_in + i, b));
    }
  return S(sum);
}
/// Some entries of a matrix, spread over all of it: values(k) = of(row, column).
template <class S> Matrix<S> some(Index rows, Index cols, auto&& of) {
  constexpr Index count = 48;
  Matrix<S> values(count, 1);
  for (Index k = 0; k < count; ++k) values(k) = of(k * 7919 % rows, k * 104729 % cols);
  return values;
}
template <class S> Matrix<S> some_of(const auto& m) {
  return some<S>(m.rows(), m.cols(), [&](Index i, Index j) { return m(i, j); });
}
template <class S> Matrix<S> some_outputs(const Convolution& g, const Matrix<S>& w, const auto& x) {
  return some<S>(g.outputs(), x.cols(), [&](Index n, Index b) { return plain_output<S>(g, w, x.col(b), n); });
}
template <class S> Matrix<S> some_gradients(const Convolution& g, const Matrix<S>& delta, const auto& x) {
  return some<S>(g.rows(), g.cols(), [&](Index o, Index k) { return plain_gradient<S>(g, delta, x, o, k); });
}

// ------------------------------------------------------------------------------------------------------------------
// The convolutions of the three layers alone.

constexpr int percents[] = {1, 5, 10, 20, 35, 60};

/// Of one sample. flop: a product and a sum per weight and output pixel. Numbers: x and W read and y written, or x and
/// δ read and the gradient read and written, the latter once for all samples.
template <class S> limits::Work kernel_work(const Convolution& g, Index samples, bool gradient) {
  const double in = static_cast<double>(Index(g.inputs())), out = static_cast<double>(Index(g.outputs())),
               w = static_cast<double>(g.rows() * g.cols()) / static_cast<double>(samples);
  limits::Work work{.flop = 2 * static_cast<double>(g.rows() * g.cols() * g.out_pixels()),
                    .read = sizeof(S) * (in + w + (gradient ? out : 0)),
                    .written = sizeof(S) * (gradient ? w : out)};
  work.working_set = static_cast<double>(samples) * (work.read + work.written);
  return work;
}
template <class S> void dense_forward(benchmark::State& state, const Convolution& g, Index samples) {
  const Matrix<S> w = limits::random_matrix<S>(g.rows(), g.cols(), S(-1), S(1)),
                  x = limits::random_matrix<S>(g.inputs(), samples, S(0), S(1), 8);
  Matrix<S> y(Index(g.outputs()), samples);
  auto workspace = g.workspace<S>();
  limits::measure<S>(state, kernel_work<S>(g, samples, false), samples,
                     [&] { g.forward(w, x, y, workspace); });
  verify::equal<S>("convolution", some_of<S>(y), some_outputs<S>(g, w, x));
}
template <class S> void dense_gradient(benchmark::State& state, const Convolution& g, Index samples) {
  const Matrix<S> delta = limits::random_matrix<S>(g.outputs(), samples, S(-1), S(1)),
                  x = limits::random_matrix<S>(g.inputs(), samples, S(0), S(1), 8);
  Matrix<S> gradient = Matrix<S>::Zero(g.rows(), g.cols());
  auto workspace = g.workspace<S>();
  limits::measure<S>(state, kernel_work<S>(g, samples, true), samples,
                     [&] { g.gather(S(1), delta, x, gradient, workspace); });
  gradient.setZero();
  g.gather(S(1), delta, x, gradient, workspace);
  verify::equal<S>("gradient of a convolution", some_of<S>(gradient), some_gradients<S>(g, delta, x));
}
/// By spikes: the same sums where x is 0 or 1. W stays as it is, laid out beforehand.
template <class S> void event_forward(benchmark::State& state, const Convolution& g, double rate) {
  constexpr Index samples = window;
  const Matrix<S> w = limits::random_matrix<S>(g.rows(), g.cols(), S(-1), S(1));
  const auto spikes = limits::random_spikes<S>(g.inputs(), samples, rate);
  Matrix<S> y(Index(g.outputs()), samples);
  auto workspace = g.workspace<S>();
  g.prepare(w, workspace);
  limits::measure<S>(state, kernel_work<S>(g, samples, false), samples, [&] {
    y.setZero();
    for (Index b = 0; b < samples; ++b) g.forward_spikes(w, spikes.active(b), y.col(b), workspace);
  });
  verify::equal<S>("convolution of spikes", some_of<S>(y), some_outputs<S>(g, w, Matrix<S>(spikes.dense())));
}
/// Of the steps of a window, one sample.
template <class S> void event_gradient(benchmark::State& state, const Convolution& g, double rate) {
  constexpr Index samples = window;
  const Matrix<S> delta = limits::random_matrix<S>(g.outputs(), samples, S(-1), S(1));
  const auto spikes = limits::random_spikes<S>(g.inputs(), samples, rate);
  SpikeRecord record(g.inputs(), samples);
  record.append(spikes);
  Matrix<S> gradient = Matrix<S>::Zero(g.rows(), g.cols());
  auto workspace = g.workspace<S>();
  const auto gather = [&] {
    record.group(0);
    g.gather_spikes(S(1), delta, record, gradient, 0, workspace);
  };
  limits::measure<S>(state, kernel_work<S>(g, samples, true), samples, gather);
  gradient.setZero();
  gather();
  verify::equal<S>("gradient by spikes", some_of<S>(gradient),
                   some_gradients<S>(g, delta, Matrix<S>(spikes.dense())));
}

// ------------------------------------------------------------------------------------------------------------------
// The network.

/// Throws unless layer i went from `before` to `after` as the equations say, given the spikes from below: U of some
/// neurons, the rest of all.
template <class S>
void check_step(const auto& layer, const auto& affine, const auto& readout, const auto& before,
                const auto& after, const Spikes<S>& in) {
  const auto &old = before.projection.pre, &now = after.projection.pre;
  const Matrix<S> p = S(0.97) * old.stage(0) + S(0.03) * old.stage(1);
  const Matrix<S> q = S(0.92) * old.stage(1) + S(0.08) * in.dense();
  const Matrix<S> r = S(0.65) * before.neuron.refractory.all + S(0.35) * before.neuron.spikes.dense();
  const Matrix<S>& u = after.neuron.potential;
  const Convolution& g = layer.projection.connectivity;
  verify::equal<S>("P", now.stage(0), p);
  verify::equal<S>("Q", now.stage(1), q);
  verify::equal<S>("U", some_of<S>(u), some<S>(u.rows(), u.cols(), [&](Index n, Index b) {
                     return plain_output<S>(g, affine.weight, p.col(b), n) + affine.bias(n % g.channels_out) -
                            r(n, b);
                   }));
  verify::spikes_of_potential(u, after.neuron.spikes);
  verify::spikes_of_potential(layer.potential(after), layer.spikes(after));
  Matrix<S> y = verify::product<S>(readout.weight, Matrix<S>(layer.spikes(after).dense()));
  y.colwise() += readout.bias;
  verify::equal<S>("Y", after.signal_state.output, y);
}
/// δ = (Gᵀ ∂L/∂Y) ∘ σ'(U) of pooled potentials, with the library's Y, where it belongs: at the largest of each square.
template <class S>
Matrix<S> plain_delta(const auto& layer, const auto& readout, const auto& state, const Matrix<S>& target) {
  const Matrix<S> error =
      (state.signal_state.output - target).cwiseMax(S(-1)).cwiseMin(S(1)) / S(classes * target.cols());
  const Matrix<S> modulator = verify::product<S>(readout.weight.transpose(), error);
  const Matrix<S>& u = state.neuron.potential;
  const MaxPooling& pool = layer.pooling;
  Matrix<S> delta = Matrix<S>::Zero(u.rows(), u.cols()), largest(modulator.rows(), modulator.cols());
  for (Index b = 0; b < u.cols(); ++b)
    for (Index k = 0; k < modulator.rows(); ++k) {
      const Index c = k % pool.channels, row = k / pool.channels / pool.out_width() * pool.size,
                  column = k / pool.channels % pool.out_width() * pool.size;
      Index best = (row * pool.width + column) * pool.channels + c;
      for (Index i = 0; i < pool.size * pool.size; ++i) {
        const Index at = ((row + i / pool.size) * pool.width + column + i % pool.size) * pool.channels + c;
        if (u(at, b) > u(best, b)) best = at;
      }
      largest(k, b) = u(best, b);
      const S steep = 1 + 10 * std::abs(u(best, b));
      delta(best, b) = modulator(k, b) / (steep * steep);
    }
  verify::equal<S>("pooled U", layer.potential(state), largest, 0);
  return delta;
}

/// Two more steps against plain loops; with a learner then an update, some of its gradient against the sum of δPᵀ over
/// both steps, and where the weights went.
template <class P> void check(Problem<P> p, bool learns) {
  using S = typename P::Scalar;
  constexpr Index steps = 2;
  const Sgd<S> optimizer{.rate = S(0.1)};  // shows in the last digits
  auto learner = p.net.learner(optimizer, Extent{p.setting.batch}, steps);
  std::vector<Matrix<S>> gradient(layers, Matrix<S>::Zero(48, 1));
  for (Index t = 0; t < steps; ++t) {
    const auto old = p.state;
    const auto& bottom = p.next();
    p.net.step(p.weights, p.state, bottom);
    if (learns) p.net.credit(p.weights, p.state, p.target, learner);
    for (std::size_t i = 0; i < layers; ++i) {
      const auto& layer = p.net.layer(i);
      const auto& x = p.state[i];
      const auto& readout = p.weights[i].signal;
      check_step<S>(layer, p.weights[i].projection.copy(), readout, old[i], x,
                    i == 0 ? bottom : p.net.spikes(p.state, i - 1));
      if (!learns) continue;
      const Matrix<S> delta = plain_delta<S>(layer, readout, x, p.target);
      verify::equal<S>("delta", layer.pooling.unpool(p.state[i].pooling, x.signal), delta);
      gradient[i] += some_gradients<S>(layer.projection.connectivity, delta, x.projection.pre.stage(0));
    }
  }
  if (!learns) return;
  const auto weight = [&](std::size_t i) { return some_of<S>(p.weights[i].projection.copy().weight); };
  std::vector<Matrix<S>> before;
  for (std::size_t i = 0; i < layers; ++i) {
    before.push_back(weight(i));
    verify::equal<S>("gradient",
                     some_of<S>(p.net.layer(i).projection.gradient(learner.credit[i].projection).weight),
                     gradient[i], sizeof(S) == 4 ? 1e-4 : 1e-12);
  }
  p.net.update(p.weights, p.state, learner);
  for (std::size_t i = 0; i < layers; ++i)
    verify::equal<S>("weights moved by", weight(i) - before[i], -optimizer.rate * gradient[i],
                     sizeof(S) == 4 ? 1e-2 : 1e-9);
}

template <class P> void infer(benchmark::State& state, const Setting& setting, bool unchecked) {
  using S = typename P::Scalar;
  Problem<P>& p = problem<P>(setting);
  limits::measure<S>(state, dense_work<S>(setting.batch, false), window / 5, [&] { p.show(window / 5); });
  p.report_rates(state, setting.batch > 8 ? 2 : window);
  if (unchecked) check(p, false);
}
/// Many samples in dense arithmetic: a quarter of a window at a time, whose products come as often as that.
template <class P, class O>
void learn(benchmark::State& state, const Setting& setting, O optimizer, bool unchecked) {
  using S = typename P::Scalar;
  optimizer.rate = O::linear ? S(1e-6) : S(1e-10);  // moves no rate
  Problem<P>& p = problem<P>(setting);
  auto learner = p.net.learner(optimizer, Extent{setting.batch}, window);
  const Index steps = std::same_as<P, DenseSynapses<S>> && setting.batch > 8 ? window / 4 : window;
  Index credited = 0;
  if (steps < window) p.show(learner, steps, credited);
  limits::measure<S>(state, dense_work<S>(setting.batch, true), steps,
                     [&] { p.show(learner, steps, credited); });
  p.report_rates(state, setting.batch > 8 ? 2 : window);
  if (unchecked) check(p, true);
}

/// The stream layer by layer: each layer makes all steps of a window before the next begins. optimizer.rate 0: inference
/// only. The same result as step by step, bit for bit, which is checked.
template <class P>
void layer_by_layer(benchmark::State& state, const Setting& setting, bool learns, bool unchecked) {
  using S = typename P::Scalar;
  Problem<P>& p = problem<P>(setting);
  std::size_t half = 0;  // of the stream
  auto record = p.net.record(p.state, window);
  const auto show = [&](auto& weights, auto& x, auto& learner) {
    const std::span<const Spikes<S>> input = std::span(p.input).subspan(half++ % 2 * window, window);
    if (learns)
      p.net.learn(weights, x, learner, record, input, p.target, window);
    else
      p.net.run(weights, x, record, input);
  };
  auto learner = p.net.learner(Sgd<S>{.rate = S(1e-6)}, Extent{setting.batch}, window);
  limits::measure<S>(state, dense_work<S>(setting.batch, learns), window,
                     [&] { show(p.weights, p.state, learner); });
  p.report_rates(state, window);
  if (!unchecked) return;
  auto weights = p.weights;
  auto x = p.state;
  show(weights, x, learner);
  p.now = (half + 1) % 2 * window;
  for (Index t = 0; t < window; ++t) {
    p.show(1);
    if (learns) p.net.credit(p.weights, p.state, p.target, learner);
  }
  if (learns) p.net.update(p.weights, p.state, learner);
  for (std::size_t i = 0; i < layers; ++i)
    if (!(p.weights[i].projection == weights[i].projection) ||
        p.state[i].neuron.potential != x[i].neuron.potential)
      throw std::runtime_error("layer by layer and step by step differ in layer " + std::to_string(i + 1));
}

/// Counters, in bytes: what weights, state, the credit of a window, moments and scratch of the optimiser have
/// allocated, and how much this process has more in memory when a window has been learned from; the same of what learning
/// alone takes: memory that holds no spike and no δ is never touched. The time is one step's.
template <class P, class O> void measure_memory(benchmark::State& state, Index batch) {
  const double at_start = resident();
  const auto net = make_network<P>();
  double before = allocated();
  const auto noted = [&](const char* what, auto made) {
    const double now = allocated();
    state.counters[what] = now - std::exchange(before, now);
    return made;
  };
  auto weights = noted("weights", weights_with<P>(net, biases_for(Rates::random)));
  auto x = noted("state", net.zero_state(Extent{batch}));
  const double without_learner = resident();
  auto learner = typename Net<P>::template Learner<decltype(net.rules(O{})),
                                                   decltype(net.zero_credit(Extent{batch}, window))>{
      noted("moments", net.rules(O{})), noted("credit", net.zero_credit(Extent{batch}, window))};
  const auto input = make_input<typename P::Scalar>(batch);
  Matrix<typename P::Scalar> target = Matrix<typename P::Scalar>::Zero(classes, batch);
  const Index steps = window;
  while (state.KeepRunningBatch(steps)) {
    for (Index t = 0; t < steps; ++t) {
      net.step(weights, x, input[static_cast<std::size_t>(t)]);
      net.credit(weights, x, target, learner);
    }
    net.update(weights, x, learner);
  }
  state.counters["learner_resident"] = resident() - without_learner;
  state.counters["resident"] = resident() - at_start;
}

auto add(const std::string& name, auto run) {
  return benchmark::RegisterBenchmark(("convolution" + name).c_str(),
                                      [=, unchecked = true](benchmark::State& state) mutable {
                                        run(state, std::exchange(unchecked, false));
                                      });
}
template <class P> void add_network(const Setting& setting, const std::string& form, bool by_layer) {
  using S = typename P::Scalar;
  const std::string batch = "batch " + std::to_string(setting.batch), rates = in_words(setting.rates);
  const auto add_one = [&](const std::string& work, const std::string& which, bool learns, auto run) {
    auto* made = add(" network, " + work + ", " + batch + ", " + rates + ", " + which, run);
    if (learns && setting.batch > 8) made->Repetitions(3);
  };
  const std::string learning = "window of " + std::to_string(window) + ", ";
  add_one("inference", form, false, [=](auto& state, bool first) { infer<P>(state, setting, first); });
  add_one(learning + "SGD", form, true,
          [=](auto& state, bool first) { learn<P>(state, setting, Sgd<S>{}, first); });
  if (setting.batch > 8 && setting.rates == Rates::random && by_layer)
    add_one(learning + "AdaMax", form, true,
            [=](auto& state, bool first) { learn<P>(state, setting, AdaMax<S>{}, first); });
  if (setting.batch > 8 || !by_layer) return;
  for (const bool learns : {false, true})
    add_one(learns ? learning + "SGD" : "inference", form + ", layer by layer", learns,
            [=](auto& state, bool first) { layer_by_layer<P>(state, setting, learns, first); });
}
template <class P> void add_memory(Index batch, const std::string& form) {
  using S = typename P::Scalar;
  add(" memory, batch " + std::to_string(batch) + ", " + form,
      [=](auto& state, bool) { measure_memory<P, AdaMax<S>>(state, batch); })
      ->Repetitions(1)
      ->Iterations(1);
}

// ------------------------------------------------------------------------------------------------------------------
// What the peer reads.

/// Into a folder: for both kinds of rates each layer's weight (out × in·kernel²), bias, readout (channel fastest) and its
/// bias; and for random weights what one window learns in double arithmetic, from zero state, with SGD of rate 0.1.
int write_networks(const std::string& folder) {
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, const auto& matrix) {
    write_npy(folder + "/" + name + ".npy", matrix);
  };
  const auto net = make_network<DenseSynapses<float>>();
  for (const Rates rates : {Rates::held, Rates::random}) {
    const auto weights = weights_with<DenseSynapses<float>>(net, biases_for(rates));
    for (std::size_t i = 0; i < layers; ++i) {
      const std::string name = std::string(in_words(rates)) + ", layer " + std::to_string(i + 1) + ", ";
      write(name + "weight", weights[i].projection.weight);
      write(name + "bias", weights[i].projection.bias);
      write(name + "readout", Matrix<float>(weights[i].signal.weight));
      write(name + "readout bias", weights[i].signal.bias);
    }
  }
  using Exact = DenseSynapses<double>;
  constexpr Index batch = 2, steps = 8;
  const auto exact = make_network<Exact>();
  const auto all = weights_with<DenseSynapses<float>>(net, biases_for(Rates::random));
  auto weights = weights_with<Exact>(exact, biases_for(Rates::random));
  for (std::size_t i = 0; i < layers; ++i) {
    weights[i].projection.weight = all[i].projection.weight.cast<double>();
    weights[i].signal.weight = all[i].signal.weight.cast<double>();
    weights[i].signal.bias = all[i].signal.bias.cast<double>();
  }
  const auto before = weights;
  const auto input = make_input<double>(batch);
  auto state = exact.zero_state(Extent{batch});
  auto learner = exact.learner(Sgd<double>{.rate = 0.1}, Extent{batch}, steps);
  const Matrix<double> target = Matrix<double>::Identity(classes, batch);
  Matrix<double> shown(Index(geometry(0).inputs()), batch * steps);
  for (Index t = 0; t < steps; ++t) {
    const auto& spikes = input[static_cast<std::size_t>(t)];
    shown.middleCols(t * batch, batch) = spikes.dense();
    exact.step(weights, state, spikes);
    exact.credit(weights, state, target, learner);
  }
  exact.update(weights, state, learner);
  write("check, input", shown);
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string name = "check, layer " + std::to_string(i + 1) + ", ";
    write(name + "weight", Matrix<double>(weights[i].projection.weight - before[i].projection.weight));
    write(name + "bias", Vector<double>(weights[i].projection.bias - before[i].projection.bias));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--write_networks") return write_networks(argv[2]);
  using S = float;
  for (Index layer = 0; layer < layers; ++layer) {
    const Convolution g = geometry(layer);
    const std::string size =
        ", " + std::to_string(g.channels_in) + "-" + std::to_string(g.channels_out) + ", ";
    for (const Index samples : {Index(1), Index(8), window}) {
      const std::string which = size + std::to_string(samples) + (samples == 1 ? " sample" : " samples");
      if (samples < window)
        add(", dense forward" + which, [=](auto& state, bool) {
          dense_forward<S>(state, g, samples);
        })->Repetitions(3);
      if (samples != 8)
        add(", dense gradient" + which, [=](auto& state, bool) {
          dense_gradient<S>(state, g, samples);
        })->Repetitions(3);
    }
    for (const int percent : percents) {
      const std::string which = size + std::to_string(percent) + " %";
      add(", events forward" + which, [=](auto& state, bool) {
        event_forward<S>(state, g, 0.01 * percent);
      })->Repetitions(3);
      add(", events gradient" + which, [=](auto& state, bool) {
        event_gradient<S>(state, g, 0.01 * percent);
      })->Repetitions(3);
    }
  }
  for (const Rates rates : {Rates::held, Rates::random})
    for (const Index batch : {1, 8, 72}) {
      add_network<DenseSynapses<S>>({rates, batch}, "dense", false);
      add_network<EventSynapses<S>>({rates, batch}, "event-driven", true);
    }
  for (const Index batch : {1, 8, 72}) {
    add_memory<DenseSynapses<S>>(batch, "dense");
    add_memory<EventSynapses<S>>(batch, "event-driven");
  }
  return limits::run(argc, argv);
}
