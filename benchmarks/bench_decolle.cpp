// One time step of a DECOLLE network 784-512-512-512 with 10 classes, all of it: traces, potentials, spikes,
// readouts, losses, δ, updates; dense and event-driven. See README.md in this folder.
#include "layer_by_layer.hpp"
#include "verify.hpp"

namespace {

using namespace decolle;

/// Throws unless layer i went from `before` to `after` as the equations say, given the spikes from below.
template <class S>
void check_step(const auto& layer, const auto& affine, const auto& readout, const auto& before,
                const auto& after, const Spikes<S>& in) {
  const auto &old = before.projection.pre, &now = after.projection.pre;
  const Matrix<S> p = S(0.97) * old.stage(0) + S(0.03) * old.stage(1);
  const Matrix<S> q = S(0.92) * old.stage(1) + S(0.08) * in.dense();
  const Matrix<S> r = S(0.65) * before.neuron.refractory.all + S(0.35) * before.neuron.spikes.dense();
  Matrix<S> u = verify::product<S>(affine.weight, p) - r;
  u.colwise() += affine.bias;
  Matrix<S> y = verify::product<S>(readout.weight, Matrix<S>(after.neuron.spikes.dense()));
  y.colwise() += readout.bias;
  verify::equal<S>("P", now.stage(0), p);
  verify::equal<S>("Q", now.stage(1), q);
  verify::equal<S>("U", layer.potential(after), u);
  verify::spikes_of_potential(after.neuron.potential, after.neuron.spikes);
  verify::equal<S>("Y", after.signal_state.output, y);
}
/// δ = (Gᵀ ∂L/∂Y) ∘ σ'(U), with the library's U and Y. samples: of the whole batch.
template <class S>
Matrix<S> plain_delta(const auto& readout, const auto& state, const Matrix<S>& target, Index samples) {
  const Matrix<S> error =
      (state.signal_state.output - target).cwiseMax(S(-1)).cwiseMin(S(1)) / S(classes * samples);
  const Matrix<S> modulator = verify::product<S>(readout.weight.transpose(), error);
  return modulator.array() / (1 + 10 * state.neuron.potential.array().abs()).square();
}
template <class P>
const auto& input_of(const Problem<P>& p, const Spikes<typename P::Scalar>& bottom, std::size_t i) {
  return i == 0 ? bottom : p.net.spikes(p.state, i - 1);
}

/// A few more steps against plain loops, then one update: its gradient against the sum of δPᵀ, and with SGD
/// where the weights went.
template <class O, class P> void check_learning(Problem<P> p, O optimizer, Index window) {
  using S = typename P::Scalar;
  optimizer.rate = S(0.1);  // shows in the last digits
  auto learner = p.net.learner(optimizer, Extent{p.setting.batch}, window);
  std::vector<Matrix<S>> gradient, before;
  for (std::size_t i = 0; i < layers; ++i) {
    before.push_back(p.weights[i].projection.copy().weight);
    gradient.push_back(Matrix<S>::Zero(before[i].rows(), before[i].cols()));
  }
  for (Index t = 0; t < std::min<Index>(window, 2); ++t) {
    const auto old = p.state;
    const auto& bottom = p.next();
    p.net.step(p.weights, p.state, bottom);
    p.net.credit(p.weights, p.state, p.target, learner);
    for (std::size_t i = 0; i < layers; ++i) {
      const auto& x = p.state[i];
      check_step<S>(p.net.layer(i), p.weights[i].projection.copy(), p.weights[i].signal, old[i], x,
                    input_of(p, bottom, i));
      const Matrix<S> delta = plain_delta<S>(p.weights[i].signal, x, p.target, p.setting.batch);
      verify::equal<S>("delta", x.signal, delta);
      verify::add_outer<S>(gradient[i], delta, x.projection.pre.stage(0));
    }
  }
  for (std::size_t i = 0; i < layers; ++i)
    verify::equal<S>("gradient", p.net.layer(i).projection.gradient(learner.credit[i].projection).weight,
                     gradient[i]);
  p.net.update(p.weights, p.state, learner);
  if constexpr (O::linear)
    for (std::size_t i = 0; i < layers; ++i)
      verify::equal<S>("weights moved by", p.weights[i].projection.copy().weight - before[i],
                       -optimizer.rate * gradient[i], sizeof(S) == 4 ? 1e-2 : 1e-9);
}
template <class P> void check_inference(Problem<P> p) {
  const auto old = p.state;
  const auto& bottom = p.next();
  p.net.step(p.weights, p.state, bottom);
  for (std::size_t i = 0; i < layers; ++i)
    check_step<typename P::Scalar>(p.net.layer(i), p.weights[i].projection.copy(), p.weights[i].signal,
                                   old[i], p.state[i], input_of(p, bottom, i));
}

/// A sequence layer by layer against the same one step by step, bit for bit; of that the first steps against plain
/// loops, and its first update. optimizer.rate 0: inference only.
template <class O, class P> void check_order(LayerByLayer<P> l, O optimizer, Index window) {
  using S = typename P::Scalar;
  const bool learns = optimizer.rate > 0;
  optimizer.rate = S(0.1);
  auto learner = l.learner(optimizer, window);
  auto twin = l;
  auto taught = learner;
  if (learns)
    l.learn(learner, window);
  else
    l.infer();
  const auto gradient_of = [&](std::size_t i) {
    Matrix<S> sum = twin.net.layer(i).projection.gradient(taught.credits[0][i].projection).weight;
    for (std::size_t k = 1; k < taught.credits.size(); ++k)
      sum += twin.net.layer(i).projection.gradient(taught.credits[k][i].projection).weight;
    return sum;
  };
  std::vector<Matrix<S>> plain(layers);
  const Index looked_at = std::min<Index>(window, 2);
  for (Index t = 0; t < sequence; ++t) {
    for (std::size_t i = 0; i < layers; ++i) {
      const auto affine = twin.weights[i].projection.copy();
      if (t == 0) plain[i] = Matrix<S>::Zero(affine.weight.rows(), affine.weight.cols());
      for (std::size_t k = 0; k < twin.chunks.size(); ++k) {
        auto& c = twin.chunks[k];
        const auto now = static_cast<std::size_t>(t);
        const auto old = c.state[i];
        twin.step(i, c, now);
        if (learns) twin.credit(i, c, taught.credits[k]);
        if (t >= looked_at) continue;
        const auto& x = c.state[i];
        const auto& readout = twin.weights[i].signal;
        check_step<S>(twin.net.layer(i), affine, readout, old, x,
                      i == 0 ? twin.input(c)[now] : c.record[i - 1][now]);
        if (!learns) continue;
        const Matrix<S> delta = plain_delta<S>(readout, x, c.target, twin.setting.batch);
        verify::equal<S>("delta", x.signal, delta);
        verify::add_outer<S>(plain[i], delta, x.projection.pre.stage(0));
      }
      if (!learns) continue;
      if (t + 1 == looked_at) verify::equal<S>("gradient", gradient_of(i), plain[i]);
      if ((t + 1) % window != 0) continue;
      const Matrix<S> gradient = t < window ? gradient_of(i) : Matrix<S>();
      twin.update(i, taught);
      if (O::linear && t < window)
        verify::equal<S>("weights moved by", twin.weights[i].projection.copy().weight - affine.weight,
                         -optimizer.rate * gradient, sizeof(S) == 4 ? 1e-2 : 1e-9);
    }
  }
  for (std::size_t i = 0; i < layers; ++i) {
    bool same = twin.weights[i].projection.copy() == l.weights[i].projection.copy();
    for (std::size_t k = 0; k < l.chunks.size(); ++k)
      same &= l.chunks[k].state[i].neuron.potential == twin.chunks[k].state[i].neuron.potential;
    if (!same)
      throw std::runtime_error("layer by layer and step by step differ in layer " + std::to_string(i + 1));
  }
}

template <class P> void infer(benchmark::State& state, bool check, Index batch) {
  Problem<P>& p = problem<P>({.batch = batch});
  limits::measure<typename P::Scalar>(state, dense_work<typename P::Scalar>(p.setting, sequence, 0), sequence,
                                      [&] { show(p, sequence); });
  state.counters["weight_flop"] = weight_flop(p.setting);
  p.report_rates(state);
  if (check) check_inference(p);
}
template <class P, class O>
void learn(benchmark::State& state, bool check, O optimizer, Index batch, Index window) {
  using S = typename P::Scalar;
  Problem<P>& p = problem<P>({.batch = batch});
  optimizer.rate = O::linear ? S(1e-6) : S(1e-10);  // moves no rate
  auto learner = p.net.learner(optimizer, Extent{batch}, window);
  limits::measure<S>(state, dense_work<S>(p.setting, window, kept(optimizer)), sequence,
                     [&] { show(p, learner, window, sequence); });
  state.counters["weight_flop"] = 2 * weight_flop(p.setting);
  p.report_rates(state);
  if (check) check_learning(p, optimizer, window);
}

template <class P> void infer_by_layer(benchmark::State& state, bool check, Index batch) {
  using S = typename P::Scalar;
  auto& l = made_for<LayerByLayer<P>>({.batch = batch});
  limits::measure<S>(state, dense_work<S>(l.setting, sequence, 0), sequence, [&] { l.infer(); });
  l.report_rates(state);
  if (check) check_order(l, Sgd<S>{.rate = 0}, sequence);
}
template <class P, class O>
void learn_by_layer(benchmark::State& state, bool check, O optimizer, Index batch, Index window,
                    Index samples) {
  using S = typename P::Scalar;
  auto& l = made_for<LayerByLayer<P>>({.batch = batch, .chunk = samples});
  optimizer.rate = O::linear ? S(1e-6) : S(1e-10);  // moves no rate
  auto learner = l.learner(optimizer, window);
  limits::measure<S>(state, dense_work<S>(l.setting, window, kept(optimizer)), sequence,
                     [&] { l.learn(learner, window); });
  l.report_rates(state);
  if (check) check_order(l, optimizer, window);
}

void add(const std::string& name, Index batch, const std::string& ending, auto run) {
  benchmark::RegisterBenchmark(
      ("DECOLLE, " + name + ", batch " + std::to_string(batch) + ", " + ending).c_str(),
      [=, unchecked = true](benchmark::State& state) mutable {
        run(state, std::exchange(unchecked, false));
      });
}
std::string learning(const std::string& optimizer, Index window) {
  return (window == 1 ? "online " : "window of " + std::to_string(window) + ", ") + optimizer;
}
template <class P> void add_inference(Index batch, const std::string& form) {
  add("inference", batch, form, [=](benchmark::State& state, bool check) { infer<P>(state, check, batch); });
}
template <class P, class O>
void add_learning(const std::string& optimizer, Index batch, Index window, const std::string& form) {
  add(learning(optimizer, window), batch, form,
      [=](benchmark::State& state, bool check) { learn<P>(state, check, O{}, batch, window); });
}
template <class P> void add_all(const std::string& form) {
  using S = typename P::Scalar;
  for (const Index batch : {1, 8, 72}) {
    add_inference<P>(batch, form);
    for (const Index window : {Index(1), sequence}) {
      add_learning<P, Sgd<S>>("SGD", batch, window, form);
      add_learning<P, AdaMax<S>>("AdaMax", batch, window, form);
      add_learning<P, Adam<S>>("Adam", batch, window, form);
    }
  }
}
/// samples: in a chunk at most.
template <class P, class O>
void add_by_layer(const std::string& optimizer, Index batch, Index window, const std::string& form,
                  Index samples) {
  add(learning(optimizer, window), batch, form, [=](benchmark::State& state, bool check) {
    learn_by_layer<P>(state, check, O{}, batch, window, samples);
  });
}
/// The work that the report has targets for. Chunks of 24 keep their states in the cache; but where weights move at
/// every step, each chunk costs a pass over the gradient, and one of all samples is cheaper.
template <class P> void add_all_by_layer(const std::string& arithmetic) {
  using S = typename P::Scalar;
  const std::string form = arithmetic + ", layer by layer";
  for (const Index batch : {1, 72}) {
    add("inference", batch, form,
        [=](benchmark::State& state, bool check) { infer_by_layer<P>(state, check, batch); });
    add_by_layer<P, Sgd<S>>("SGD", batch, 1, form, batch);
  }
  add_by_layer<P, AdaMax<S>>("AdaMax", 72, 1, form, 72);
  add_by_layer<P, Sgd<S>>("SGD", 72, 1, form + ", chunks of 24", 24);
  add_by_layer<P, AdaMax<S>>("AdaMax", 72, 1, form + ", chunks of 24", 24);
  add_by_layer<P, Sgd<S>>("SGD", 1, sequence, form, 1);
  add_by_layer<P, Adam<S>>("Adam", 72, sequence, form, 24);
}

}  // namespace

int main(int argc, char** argv) {
  add_all<DenseSynapses<float>>("dense");
  add_all<EventSynapses<float>>("event-driven");
  add_all_by_layer<DenseSynapses<float>>("dense");
  add_all_by_layer<EventSynapses<float>>("event-driven");
  add_learning<DenseSynapses<double>, Sgd<double>>("SGD", 72, sequence, "double, dense");
  return limits::run(argc, argv);
}
