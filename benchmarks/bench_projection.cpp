// A dense projection 784 → 512 with a double-exponential trace: a step, and an online update. Limited by
// memory for one sample, by arithmetic for many: see README.md in this folder.
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "limits.hpp"
#include "verify.hpp"

namespace {

using namespace neohebb;

constexpr Index inputs = 784, outputs = 512;
constexpr double in = inputs, out = outputs, weight_count = in * out;

template <class S> using Projection = Dense<DoubleExponential<S>>;
template <class S> Projection<S> make() { return {.connectivity = {inputs, outputs}}; }

/// P, Q ← trace(s);  drive = W P + b
template <class S> void step(benchmark::State& state, Index batch) {
  const auto projection = make<S>();
  auto weights = projection.initial_weights(ScaledNormal<S>{}, Generator{.seed = 1});
  weights.bias.setRandom();
  auto x = projection.zero_state(Extent{batch});
  constexpr double rate = 0.1;
  const auto spikes = limits::random_spikes<S>(inputs, batch, rate);
  Matrix<S> drive(outputs, batch);
  const double b = static_cast<double>(batch);
  // flop: a product and a sum per weight and sample. Numbers: W and b are read; a trace step reads P, Q, s
  // and writes P, Q; the drive is written.
  const double s = b * limits::spike_bytes(in, rate);
  limits::measure<S>(state,
                     {.flop = 2 * weight_count * b,
                      .read = sizeof(S) * (weight_count + out + b * 2 * in) + s,
                      .written = sizeof(S) * b * (2 * in + out),
                      .working_set = sizeof(S) * (weight_count + out + b * (2 * in + out)) + s},
                     1, [&] { projection.step(weights, x, spikes, drive); });
  const auto before = x;
  projection.step(weights, x, spikes, drive);
  const Matrix<S> p = S(0.97) * before.pre.stage(0) + S(0.03) * before.pre.stage(1);
  Matrix<S> expected = verify::product<S>(weights.weight, p);
  expected.colwise() += weights.bias;
  verify::equal<S>("P", x.pre.stage(0), p);
  verify::equal<S>("drive", drive, expected);
}

/// Numbers that an optimizer must keep per weight. AdaMax as in DECOLLE: β₁ = 0, the first moment is the
/// gradient.
template <class S> double moments(const Sgd<S>&) { return 0; }
template <class S> double moments(const AdaMax<S>&) { return 1; }
template <class S> double moments(const Adam<S>&) { return 2; }

/// credit(δ), then update: W ← W − rate·δPᵀ, or what the optimizer makes of it.
template <class O> void update(benchmark::State& state, const O& optimizer, Index batch) {
  using S = typename O::Scalar;
  const auto projection = make<S>();
  auto weights = projection.initial_weights(ScaledNormal<S>{}, Generator{.seed = 1});
  auto x = projection.zero_state(Extent{batch});
  Matrix<S> drive(outputs, batch);
  for (Index t = 0; t < 20; ++t)
    projection.step(weights, x, limits::random_spikes<S>(inputs, batch, 0.1, t), drive);
  const Matrix<S> delta = limits::random_matrix<S>(outputs, batch, S(-1e-3), S(1e-3));
  auto credit = projection.zero_credit(Extent{batch}, 1);
  auto learner = projection.learner(optimizer);
  const double b = static_cast<double>(batch), kept = 1 + moments(optimizer);  // W and its moments
  // flop: a product and a sum per weight and sample. Numbers: W, b and their moments are read and written,
  // δ and P are read.
  limits::measure<S>(state,
                     {.flop = 2 * weight_count * b,
                      .read = sizeof(S) * (kept * (weight_count + out) + b * (in + out)),
                      .written = sizeof(S) * kept * (weight_count + out),
                      .working_set = sizeof(S) * (kept * (weight_count + out) + b * (in + out))},
                     1, [&] {
                       projection.credit(weights, x, delta, credit);
                       projection.update(weights, x, credit, learner);
                     });
  projection.credit(weights, x, delta, credit);
  Matrix<S> gradient = Matrix<S>::Zero(outputs, inputs);
  verify::add_outer<S>(gradient, delta, x.pre.stage(0));
  verify::update<S>(projection, weights, x, credit, learner, gradient, "update");
}

void add(const std::string& what, Index batch, auto run) {
  benchmark::RegisterBenchmark(("projection " + what + ", batch " + std::to_string(batch)).c_str(),
                               [=](benchmark::State& state) { run(state, batch); });
}
template <class O> void add_update(const std::string& name, Index batch) {
  add("update, " + name, batch,
      [](benchmark::State& state, Index n) { update(state, O{.rate = typename O::Scalar(1e-6)}, n); });
}

}  // namespace

int main(int argc, char** argv) {
  for (const Index batch : {1, 8, 72}) add("step, float", batch, step<float>);
  add("step, double", 72, step<double>);
  for (const Index batch : {1, 8, 72}) {
    add_update<Sgd<float>>("SGD, float", batch);
    add_update<AdaMax<float>>("AdaMax, float", batch);
    add_update<Adam<float>>("Adam, float", batch);
  }
  add_update<Sgd<double>>("SGD, double", 72);
  return limits::run(argc, argv);
}
