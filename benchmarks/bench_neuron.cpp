// One step of a population of neurons, one sample. Limited by memory: see README.md in this folder.
#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/srm.hpp>

#include "limits.hpp"
#include "verify.hpp"

namespace {

using namespace neohebb;

/// Bytes that a step reads and writes, and bytes that it touches, per neuron. The index list of the spikes
/// comes on top: 4 bytes per spike.
struct Traffic {
  double read, written, touched;
};
/// v ← λ v + I, U = v − θ, S = Θ(U), v ← 0 where S: reads v and I, writes v, U and a byte of S.
template <class S> Traffic traffic(const Lif<S>&) {
  return {2 * sizeof(S), 2 * sizeof(S) + 1, 3 * sizeof(S) + 1};
}
template <class S>
void check_step(const Lif<S>& n, const auto& before, const auto& after, const auto& drive) {
  Matrix<S> v = before.membrane, u = v;
  for (Index i = 0; i < v.size(); ++i) {
    v(i) = n.decay * v(i) + drive(i);
    u(i) = v(i) - n.threshold;
    if (after.potential(i) > 0) v(i) = 0;  // its own potential: rounding may move one across the threshold
  }
  verify::equal<S>("U", after.potential, u);
  verify::equal<S>("v", after.membrane, v);
}
/// R ← γ R + (1−γ) S, U = I − R, S = Θ(U): reads R, I and a byte of S, writes R, U and a byte of S.
template <class S> Traffic traffic(const Srm<S>&) {
  return {2 * sizeof(S) + 1, 2 * sizeof(S) + 1, 3 * sizeof(S) + 1};
}
template <class S>
void check_step(const Srm<S>& n, const auto& before, const auto& after, const auto& drive) {
  Matrix<S> r = before.refractory.all, u = r;
  for (Index i = 0; i < r.size(); ++i) {
    const S gamma = n.refractory.decay;
    r(i) = gamma * r(i) + (1 - gamma) * before.spikes.dense()(i);
    u(i) = drive(i) - r(i);
  }
  verify::equal<S>("R", after.refractory.all, r);
  verify::equal<S>("U", after.potential, u);
}

template <class N> void neuron_step(benchmark::State& state, Index neurons, double low, double high) {
  using S = typename N::Scalar;
  const N neuron{};
  auto x = neuron.zero_state(Extent{neurons}, Extent{1});
  const Matrix<S> drive = limits::random_matrix<S>(neurons, 1, S(low), S(high));
  double rate = 0;  // spikes per neuron and step
  for (Index t = 0; t < 100; ++t) {
    neuron.step(x, drive);
    rate += static_cast<double>(x.spikes.count()) / (100 * static_cast<double>(neurons));
  }
  const double n = static_cast<double>(neurons);
  const auto [read, written, touched] = traffic(neuron);
  limits::measure<S>(
      state, {.read = n * read, .written = n * (written + 4 * rate), .working_set = n * (touched + 4 * rate)},
      1, [&] { neuron.step(x, drive); });
  state.counters["rate_percent"] = 100 * rate;
  const auto before = x;
  neuron.step(x, drive);
  check_step(neuron, before, x, drive);
  verify::spikes_of_potential(x.potential, x.spikes);
}

template <class N> void add(const std::string& name, Index neurons, double low, double high) {
  benchmark::RegisterBenchmark((name + ", " + std::to_string(neurons) + " neurons").c_str(),
                               [=](benchmark::State& state) { neuron_step<N>(state, neurons, low, high); });
}

}  // namespace

int main(int argc, char** argv) {
  for (const Index n : {1000, 10000, 100000, 1000000}) {
    add<Lif<float>>("LIF step, float", n, 0, 0.2);  // half of them fire, every tenth step or so
    add<Srm<float>>("SRM step, float", n, -1, 0.1);
  }
  add<Lif<double>>("LIF step, double", 100000, 0, 0.2);
  return limits::run(argc, argv);
}
