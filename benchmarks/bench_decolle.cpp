// One time step of a DECOLLE network 784-512-512-512 with 10 classes, all of it: traces, potentials, spikes,
// readouts, losses, δ, updates; dense and event-driven. See README.md in this folder.
#include "decolle.hpp"
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
  verify::equal<S>("Y", after.output, y);
}
/// δ = (Gᵀ ∂L/∂Y) ∘ σ'(U), with the library's U and Y.
template <class S> Matrix<S> plain_delta(const auto& readout, const auto& state, const Matrix<S>& target) {
  const Matrix<S> error = (state.output - target).cwiseMax(S(-1)).cwiseMin(S(1)) / S(target.size());
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
      check_step<S>(p.net.layer(i), p.weights[i].projection.copy(), p.weights[i].readout, old[i], x,
                    input_of(p, bottom, i));
      const Matrix<S> delta = plain_delta<S>(p.weights[i].readout, x, p.target);
      verify::equal<S>("delta", x.delta, delta);
      verify::add_outer<S>(gradient[i], delta, x.projection.pre.stage(0));
    }
  }
  for (std::size_t i = 0; i < layers; ++i)
    verify::equal<S>("gradient", p.net.layer(i).projection.gradient(learner.credit[i]).weight, gradient[i]);
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
    check_step<typename P::Scalar>(p.net.layer(i), p.weights[i].projection.copy(), p.weights[i].readout,
                                   old[i], p.state[i], input_of(p, bottom, i));
}

template <class P> void infer(benchmark::State& state, bool check, Index batch) {
  Problem<P>& p = problem<P>({.batch = batch});
  limits::measure<typename P::Scalar>(state, dense_work<typename P::Scalar>(p.setting, chunk, 0), chunk,
                                      [&] { show(p, chunk); });
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
  limits::measure<S>(state, dense_work<S>(p.setting, window, kept(optimizer)), chunk,
                     [&] { show(p, learner, window, chunk); });
  state.counters["weight_flop"] = 2 * weight_flop(p.setting);
  p.report_rates(state);
  if (check) check_learning(p, optimizer, window);
}

void add(const std::string& name, Index batch, const std::string& ending, auto run) {
  benchmark::RegisterBenchmark(
      ("DECOLLE, " + name + ", batch " + std::to_string(batch) + ", " + ending).c_str(),
      [=, unchecked = true](benchmark::State& state) mutable {
        run(state, std::exchange(unchecked, false));
      });
}
template <class P> void add_inference(Index batch, const std::string& form) {
  add("inference", batch, form, [=](benchmark::State& state, bool check) { infer<P>(state, check, batch); });
}
template <class P, class O>
void add_learning(const std::string& optimizer, Index batch, Index window, const std::string& form) {
  add((window == 1 ? "online " : "window of " + std::to_string(window) + ", ") + optimizer, batch, form,
      [=](benchmark::State& state, bool check) { learn<P>(state, check, O{}, batch, window); });
}
template <class P> void add_all(const std::string& form) {
  using S = typename P::Scalar;
  for (const Index batch : {1, 8, 72}) {
    add_inference<P>(batch, form);
    for (const Index window : {Index(1), chunk}) {
      add_learning<P, Sgd<S>>("SGD", batch, window, form);
      add_learning<P, AdaMax<S>>("AdaMax", batch, window, form);
      add_learning<P, Adam<S>>("Adam", batch, window, form);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  add_all<DenseSynapses<float>>("dense");
  add_all<EventSynapses<float>>("event-driven");
  add_learning<DenseSynapses<double>, Sgd<double>>("SGD", 72, chunk, "double, dense");
  return limits::run(argc, argv);
}
