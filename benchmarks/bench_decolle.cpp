// One time step of a DECOLLE network 784-512-512-512 with 10 classes, all of it: traces, potentials, spikes,
// readouts, losses, δ, updates. See README.md in this folder.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "limits.hpp"
#include "verify.hpp"

namespace {

using namespace neohebb;

template <class S> using Layer = DecolleLayer<Dense<DoubleExponential<S>>>;  // SRM, fast sigmoid, smooth L1
constexpr Index classes = 10, presented = 20;                                // steps shown from zero state
constexpr double layer_in[] = {784, 512, 512}, out = 512;

template <class S> auto make_network() {
  std::vector<Layer<S>> layers;
  for (const double inputs : layer_in)
    layers.push_back({.projection = {.connectivity = {Index(inputs), Index(out)}}, .classes = classes});
  return Network{layers};
}
template <class S> auto make_input(Index batch) {
  std::vector<Spikes<S>> input;
  for (Index t = 0; t < presented; ++t) input.push_back(limits::random_spikes<S>(784, batch, 0.1, t));
  return input;
}

/// What a step costs at the least, all layers. kept: numbers per weight that learning reads and writes (W and
/// moments), 0: it only infers.
template <class S> limits::Work work(double batch, double window, double kept) {
  limits::Work w;
  for (const double in : layer_in) {
    const double weights = in * out;
    const bool learns = kept > 0;
    // W P, and δPᵀ; Y = G S, and Gᵀ ∂L/∂Y
    w.flop += (learns ? 2 : 1) * 2 * batch * (weights + classes * out);
    // W; trace: P, Q, s; neuron: drive, R, S; readout: S.
    double read = weights + batch * (3 * in + 4 * out);
    // P, Q; drive; R, U, S
    double written = batch * (2 * in + 4 * out);
    if (learns) {
      // U for δ; δ and P for δPᵀ; once per window, W and its moments
      read += batch * (in + 2 * out) + kept * weights / window;
      written += batch * out + kept * weights / window;
      // a window keeps its δ and P until it ends
      if (window > 1) written += batch * (in + out);
    }
    w.read += sizeof(S) * read;
    w.written += sizeof(S) * written;
    // W and moments; P, Q, s, R, drive, U, S, δ; the window
    w.working_set += sizeof(S) * (std::max(1.0, kept) * weights + batch * (3 * in + 4 * out));
    if (learns) w.working_set += sizeof(S) * batch * (out + (window > 1 ? window * (in + out) : 0));
  }
  return w;
}

/// Throws unless layer i went from `before` to `after` as the equations say, given the spikes from below.
template <class S>
void check_step(const Layer<S>& layer, const auto& w, const auto& before, const auto& after,
                const Spikes<S>& in) {
  const auto &old = before.projection.pre, &now = after.projection.pre;
  const Matrix<S> p = S(0.97) * old.stage(0) + S(0.03) * old.stage(1);
  const Matrix<S> q = S(0.92) * old.stage(1) + S(0.08) * in.dense();
  const Matrix<S> r = S(0.65) * before.neuron.refractory.all + S(0.35) * before.neuron.spikes.dense();
  Matrix<S> u = verify::product<S>(w.projection.weight, p) - r;
  u.colwise() += w.projection.bias;
  Matrix<S> y = verify::product<S>(w.readout.weight, after.neuron.spikes.dense());
  y.colwise() += w.readout.bias;
  verify::equal<S>("P", now.stage(0), p);
  verify::equal<S>("Q", now.stage(1), q);
  verify::equal<S>("U", layer.potential(after), u);
  verify::spikes_of_potential(after.neuron.potential, after.neuron.spikes);
  verify::equal<S>("Y", after.output, y);
}
/// δ = (Gᵀ ∂L/∂Y) ∘ σ'(U), with the library's U and Y.
template <class S> Matrix<S> plain_delta(const auto& w, const auto& state, const Matrix<S>& target) {
  const Matrix<S> error = (state.output - target).cwiseMax(S(-1)).cwiseMin(S(1)) / S(target.size());
  const Matrix<S> modulator = verify::product<S>(w.readout.weight.transpose(), error);
  return modulator.array() / (1 + 10 * state.neuron.potential.array().abs()).square();
}

template <class O>
void learn(benchmark::State& state, const O& optimizer, Index batch, Index window, double kept) {
  using S = typename O::Scalar;
  const auto net = make_network<S>();
  auto weights = net.initial_weights(ScaledNormal<S>{}, Generator{.seed = 1});
  const auto zero = net.zero_state(Extent{batch});
  auto x = zero;
  auto learner = net.learner(optimizer, Extent{batch}, window);
  const auto input = make_input<S>(batch);
  Matrix<S> target = Matrix<S>::Zero(classes, batch);
  for (Index b = 0; b < batch; ++b) target(b % classes, b) = 1;

  limits::measure<S>(state, work<S>(double(batch), double(window), kept), presented, [&] {
    x = zero;
    for (Index t = 0; t < presented; ++t) {
      net.step(weights, x, input[std::size_t(t)]);
      net.credit(weights, x, target, learner);
      if ((t + 1) % window == 0) net.update(weights, x, learner);
    }
  });

  std::vector<Matrix<S>> gradient;
  for (const double in : layer_in) gradient.push_back(Matrix<S>::Zero(Index(out), Index(in)));
  for (Index t = 0; t < std::min<Index>(window, 2); ++t) {
    const auto before = x;
    net.step(weights, x, input[std::size_t(t)]);
    net.credit(weights, x, target, learner);
    for (std::size_t i = 0; i < net.size(); ++i) {
      check_step<S>(net.layer(i), weights[i], before[i], x[i],
                    i == 0 ? input[std::size_t(t)] : x[i - 1].neuron.spikes);
      const Matrix<S> delta = plain_delta<S>(weights[i], x[i], target);
      verify::equal<S>("delta", x[i].delta, delta);
      verify::add_outer<S>(gradient[i], delta, x[i].projection.pre.stage(0));
    }
  }
  for (std::size_t i = 0; i < net.size(); ++i)
    verify::update<S>(net.layer(i).projection, weights[i].projection, x[i].projection, learner.credit[i],
                      learner.rules[i], gradient[i], "layer " + std::to_string(i));
}

template <class S> void infer(benchmark::State& state, Index batch) {
  const auto net = make_network<S>();
  const auto weights = net.initial_weights(ScaledNormal<S>{}, Generator{.seed = 1});
  const auto zero = net.zero_state(Extent{batch});
  auto x = zero;
  const auto input = make_input<S>(batch);
  limits::measure<S>(state, work<S>(double(batch), 1, 0), presented, [&] {
    x = zero;
    for (const auto& spikes : input) net.step(weights, x, spikes);
  });
  const auto before = x;
  net.step(weights, x, input[0]);
  for (std::size_t i = 0; i < net.size(); ++i)
    check_step<S>(net.layer(i), weights[i], before[i], x[i], i == 0 ? input[0] : x[i - 1].neuron.spikes);
}

void add(const std::string& name, auto run) {
  benchmark::RegisterBenchmark(("DECOLLE step, " + name).c_str(),
                               [=](benchmark::State& state) { run(state); });
}
template <class O> void add_learning(const std::string& name, Index batch, Index window, double kept) {
  using S = typename O::Scalar;
  add(name + ", batch " + std::to_string(batch) + (window == 1 ? "" : ", window " + std::to_string(window)),
      [=](benchmark::State& state) { learn(state, O{.rate = S(1e-6)}, batch, window, kept); });
}

}  // namespace

int main(int argc, char** argv) {
  for (const Index batch : {1, 8, 72})
    add("inference, float, batch " + std::to_string(batch),
        [batch](benchmark::State& state) { infer<float>(state, batch); });
  for (const Index window : {Index(1), presented})
    for (const Index batch : {1, 8, 72}) {
      add_learning<Sgd<float>>("SGD, float", batch, window, 1);
      add_learning<AdaMax<float>>("AdaMax, float", batch, window, 3);
      add_learning<Adam<float>>("Adam, float", batch, window, 3);
    }
  add_learning<Sgd<double>>("SGD, double", 72, presented, 1);
  return limits::run(argc, argv);
}
