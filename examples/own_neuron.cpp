// A neuron model of one's own in a layer that learns: the file to copy.
//
//     θ_1[t] = ρ_1 θ_1[t−1] + a_1 S[t−1]          fast and slow part of the threshold,  ρ_k = exp(−Δt/τ_k)
//     θ_2[t] = ρ_2 θ_2[t−1] + a_2 S[t−1]
//     U[t] = I[t] − θ_0 − θ_1[t] − θ_2[t]         I = W P + b, from the projection; never reset
//     S[t] = Θ(U[t])
//
// This is the multi-timescale adaptive threshold [Kobayashi, Tsubono & Shinomoto 2009], without its
// refractory period. The task: three patterns of Poisson rates follow each other in one endless stream; which
// one is it? The layer learns at every step, from its own random readout. [Kaiser, Mostafa, Neftci 2020]
#include <neohebb/data/encoders.hpp>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/prediction.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "program.hpp"

namespace {

using namespace neohebb;

/// Replace this type. What a layer asks of it is what the concept Neuron says: zero_state and step, and in
/// the state `potential` (0 = threshold) and `spikes`.
template <class S> struct MultiTimescaleThreshold {
  using Scalar = S;
  // 1. Parameters, with defaults and units.
  S base = S(0.5);                          // θ_0, in units of the drive
  S fast_decay = S(0.905);                  // ρ_1: τ_1 = 10 ms in steps of 1 ms
  S slow_decay = S(0.995);                  // ρ_2: τ_2 = 200 ms
  S fast_jump = S(1), slow_jump = S(0.05);  // a_1, a_2, in units of the drive

  // 2. What they must fulfil: a message that names field, value and the fix.
  void validate() const {
    check_decay("MultiTimescaleThreshold.fast_decay", fast_decay);
    check_decay("MultiTimescaleThreshold.slow_decay", slow_decay);
    NEOHEBB_REQUIRE(std::isfinite(base), "MultiTimescaleThreshold.base is ", base, ", must be finite");
    NEOHEBB_REQUIRE(fast_jump >= 0 && slow_jump >= 0, "MultiTimescaleThreshold: fast_jump and slow_jump are ",
                    fast_jump, " and ", slow_jump, ", must not be negative");
  }
  // 3. What a neuron remembers from step to step: a matrix, neurons × batch, for each variable. Sizes N and B
  // may be numbers or Dynamic.
  template <int N, int B> struct State {
    Matrix<S, N, B> potential, fast, slow;
    Spikes<S, N, B> spikes;
  };
  // A neuron that draws random numbers takes a Generator as third argument and keeps it in its state as
  // `random`.
  template <int N, int B> State<N, B> zero_state(Extent<N> size, Extent<B> batch) const {
    validate();
    return {zeros<S>(size, batch), zeros<S>(size, batch), zeros<S>(size, batch), {size, batch}};
  }
  // 4. One time step, for all neurons of all samples.
  void step(auto& state, const auto& drive) const {
    state.fast = fast_decay * state.fast + fast_jump * state.spikes.dense();
    state.slow = slow_decay * state.slow + slow_jump * state.spikes.dense();
    state.potential = drive - state.fast - state.slow;
    state.potential.array() -= base;
    state.spikes.assign(state.potential.array() > 0);
  }
};
// 5. If something is missing, the compiler says here what.
static_assert(Neuron<MultiTimescaleThreshold<float>>);
static_assert(Neuron<MultiTimescaleThreshold<double>>);

void run(std::uint64_t seed) {
  using S = float;
  constexpr Index inputs = 50, units = 60, classes = 3;
  const Generator generator{.seed = seed};

  // The learning rule counts ∂U/∂I as 1 and weighs it with the surrogate: scale U of your model so that it is
  // about 1 in size, and start W where neurons do fire.
  const DecolleLayer<Dense<DoubleExponential<S>>, MultiTimescaleThreshold<S>, Dynamic, FastSigmoid<S>,
                     CrossEntropy<S>>
      layer{.projection = {.connectivity = {inputs, units},
                           .trace = {.membrane_decay = S(0.95), .synaptic_decay = S(0.8)}},
            .neuron = {.base = S(0.5)},
            .surrogate = {.steepness = 2},
            .signal = {.classes = classes, .scale = 8}};
  auto weights = layer.initial_weights(ScaledNormal<S>{10}, generator.substream(0));
  auto state = layer.zero_state(Extent{1});
  auto credit = layer.zero_credit(Extent{1}, 1);
  auto learner = layer.learner(Adam<S>{.rate = S(1e-3)});

  Matrix<S> patterns(inputs, classes);  // each input's rate in each pattern, from 0 to 60 Hz
  generator.substream(1).uniform(patterns);
  const PoissonEncoder encoder{.rate = 60, .dt = 1};
  Spikes<S> in(inputs, 1);

  struct Result {
    double loss = 0, correct = 0, rate = 0;  // per step; fraction of presentations; Hz
  };
  // Shows patterns for 100 ms each. The state goes on from one to the next; the last 50 ms of each vote.
  Index now = 0;
  const auto show = [&](Index presentations, bool learn) {
    Result sum;
    for (Index k = 0; k < presentations; ++k) {
      const Index shown = generator.substream(2).at_step(now).sequence().below(classes);
      const Matrix<S> target = one_hot<S>(std::vector{shown}, classes);
      MostFrequentWinner<> votes(classes, 1);
      for (Index t = 0; t < 100; ++t, ++now) {
        encoder(patterns.col(shown), t, generator.substream(3).at_step(now), in);
        layer.step(weights, state, in);  // P, U, S, readout
        if (learn) {
          sum.loss += double(layer.credit(weights, state, target, credit));  // δ
          layer.update(weights, state, credit, learner);                     // W
        }
        sum.rate += double(layer.spikes(state).count());
        if (t >= 50) votes.count(layer.output(state));
      }
      sum.correct += votes.predict(0) == shown;
    }
    const double n = double(presentations);
    return Result{sum.loss / (100 * n), sum.correct / n, 1000 * sum.rate / (100 * n * units)};
  };

  fmt::print("before learning: {:.0f} % correct\n", 100 * show(200, false).correct);
  for (int k = 1; k <= 8; ++k) {
    const Result r = show(25, true);
    fmt::print("{:3} patterns shown: loss {:.3f}, {:3.0f} % correct, neurons fire at {:.0f} Hz\n", 25 * k,
               r.loss, 100 * r.correct, r.rate);
  }
  fmt::print("accuracy: {:.1f} % of 500 patterns shown after learning\n", 100 * show(500, false).correct);
}

}  // namespace

int main(int argc, char** argv) {
  Common o;
  Program program("own_neuron", "A neuron model of one's own in a layer that learns online", "--seed 2");
  program.seed(o.seed, "of patterns, spikes and weights");
  return program.run(argc, argv, [&] { run(o.seed); });
}
