// Losses that NEST 3.10 prints for its models of e-prop without ends of trials: an update at every step, synapse by synapse.
#include "catch.hpp"
#include "support/eprop_reference.hpp"

using namespace neohebb;
using support::M;

namespace {

constexpr Index inputs = 100, units = 100, steps = 100, sequences = 5, cutoff = 100;

/// Which inputs have been silent for so long that their synapses learn nothing more.
struct Silence {
  Index limit;
  Vector<int> since = Vector<int>::Constant(100, -1);  // steps since the last spike; -1: none yet
  void step(const auto& spikes) {
    for (Index j = 0; j < since.size(); ++j)
      if (spikes(j) > 0)
        since(j) = 0;
      else if (since(j) >= 0)
        ++since(j);
  }
  bool asleep(Index j) const { return since(j) < 0 || since(j) >= limit; }
};

/// What moves the weights of one projection. late: what an input that wakes has still to say of the step before.
struct SynapseSgd {
  double rate;
  SynapseSgd(double r, Index, Index, int) : rate(r) {}
  void step(const M& gradient, const M& late, const Silence&, M& weights) {
    weights -= rate * (gradient + late);
  }
};

/// Adam of every synapse, in NEST's order. Powers count the steps of the simulation; steps missed while an input was silent
/// are made up for when it wakes: the next gradient enters at the first of them, zeros follow.
struct SynapseAdam {
  double rate;
  M first, second;
  Matrix<int> missed;
  int now;
  SynapseAdam(double r, Index rows, Index cols, int begin)
      : rate(r),
        first(M::Zero(rows, cols)),
        second(first),
        missed(Matrix<int>::Zero(rows, cols)),
        now(begin) {}
  void move(double g, int t, Index i, Index j, M& weights) {
    first(i, j) = 0.9 * first(i, j) + 0.1 * g;
    second(i, j) = 0.999 * second(i, j) + 0.001 * g * g;
    weights(i, j) -= rate * std::sqrt(1 - std::pow(0.999, t + 1)) / (1 - std::pow(0.9, t + 1)) * first(i, j) /
                     (std::sqrt(second(i, j)) + 1e-7);
  }
  void step(const M& gradient, const M& late, const Silence& silence, M& weights) {
    for (Index j = 0; j < weights.cols(); ++j)
      for (Index i = 0; i < weights.rows(); ++i) {
        if (silence.asleep(j)) {
          if (silence.since(j) >= 0) ++missed(i, j);
          continue;
        }
        double next[2] = {gradient(i, j), 0};
        if (missed(i, j) > 0 && late(i, j) != 0) {
          next[0] = late(i, j);
          next[1] = gradient(i, j);
        }
        for (int t = now - missed(i, j); t <= now; ++t)
          move(t == now - missed(i, j) ? next[0] : t == now ? next[1] : 0, t, i, j, weights);
        missed(i, j) = 0;
      }
    ++now;
  }
};

struct Model {
  bool delta;  // psc_delta: v is set to V_reset
  double threshold, strength, adaptation_time, regularisation;
};

template <class Moves> std::vector<double> losses(const Model& model) {
  using Synapses = Dense<Pulses<double>>;
  using Own = Dense<Pulses<double>, AllToAll<>, NoSelf>;
  using Layer =
      PlasticLayer<WithRecurrence<Synapses, Own>, Lif<double, Heaviside, double, Vector<double>>,
                   Peaked<double>, EpropRunning<double>, Broadcast<double>, PerSynapse, RunningRate<double>>;
  support::NumpyRandom random(1);
  const float scale = 0.03f;
  const auto scaled = [&](const M& m, float factor) { return M((m.cast<float>() * factor).cast<double>()); };
  M in = random.normals(inputs, units, 10).transpose(),
    recurrent = random.normals(units, units, 10).transpose();
  recurrent.diagonal().setZero();
  M out = random.normals(units, 1, 10).transpose(), feedback = random.normals(units, 1, 10);
  M spikes(inputs, steps);
  for (Index t = 0; t < steps; ++t)
    for (Index j = 0; j < inputs; ++j) spikes(j, t) = random.uniform() < 0.05;
  const Vector<double> target =
      Vector<double>::Zero(steps);  // sines of periods longer than a sequence: none is left
  out = scaled(out, scale);
  if (model.delta) {
    feedback = M((feedback.cast<float>() / scale).cast<double>());
  } else {
    in = scaled(in, scale);
    recurrent = scaled(recurrent, scale);
    feedback = scaled(feedback, scale);
  }

  const double alpha = std::exp(-1.0 / 30), kappa = 0.97, rho = std::exp(-1 / model.adaptation_time);
  const double rate = 1e-4 * (1 - kappa) * (1 - kappa);
  const Pulses<double> membrane{alpha};
  const Layer hidden{
      .projection = {.forward = {.connectivity = {inputs, units}, .trace = membrane, .bias = false},
                     .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
      .neuron = {.decay = alpha,
                 .threshold = model.threshold,
                 .reset = model.delta ? Reset::to_value : Reset::by_base_threshold,
                 .reset_value = -0.5,
                 .adaptation_decay = rho,
                 .adaptation_strength = Vector<double>::Constant(units, model.strength)},
      .surrogate = {.height = 10, .width = 0.03},
      .eligibility = {.adaptation_decay = rho, .readout_decay = kappa, .rate_decay = kappa},
      .signal = {.outputs = 1, .feedback = Feedback::random},
      .rate = {.strength = model.regularisation, .target = 0.01, .decay = kappa},
      .form = {.cutoff = cutoff}};
  const Vector<double> none = Vector<double>::Zero(units);
  typename Layer::Weights weights{
      {hidden.projection.forward.weights(in, none), hidden.projection.lateral.weights(recurrent, none)},
      {feedback}};
  auto used = weights;  // a spike meets the weights of the step before it was fired
  auto state = hidden.zero_state(Extent{1});
  auto credit = hidden.zero_credit(Extent{1}, 1);
  Moves in_moves(rate, units, inputs, 2), own_moves(rate, units, units, 2), out_moves(rate, 1, units, 3);
  // A readout's synapse says of a step what its trace was before it: its last word comes when its input spikes again.
  Silence silent_in{cutoff}, silent_own{cutoff}, silent_out{cutoff - 1};
  double y = 0;
  Vector<double> trace = none;
  M used_out = out;
  std::vector<double> found(sequences, 0.0);
  Spikes<double> now(inputs, 1);
  M error = M::Zero(1, 1);
  Vector<double> own = none;
  for (Index u = 2; u <= sequences * steps;
       ++u) {  // NEST's update step; its readout sees these spikes in the next one
    now.assign(spikes.col((u - 2) % steps));
    silent_in.step(spikes.col((u - 2) % steps));
    silent_own.step(own);
    hidden.step(used, state, now);
    own = state.neuron.spikes.dense();
    if (u == 2) found[0] += 0.5 * std::pow(target(0), 2);
    y = alpha * y + (used_out * own)(0);
    M late = M::Zero(1, units);
    for (Index j = 0; j < units; ++j)
      if (own(j) > 0 && silent_out.asleep(j)) late(j) = error(0) * trace(j);
    trace = alpha * trace + own;
    silent_out.step(own);
    error(0) = y - target((u - 1) % steps);
    found[static_cast<std::size_t>((u - 1) / steps)] +=
        u - 1 < sequences * steps ? 0.5 * error(0) * error(0) : 0;
    hidden.credit(weights, state, ReadoutError{error, out}, credit);
    const auto gradient = hidden.gradient(weights, state, credit);
    hidden.projection.finish_update(weights.projection, [&](auto&& use) { use(credit.projection); });
    used = weights;
    used_out = out;
    in_moves.step(gradient.forward.weight, M::Zero(units, inputs), silent_in,
                  weights.projection.forward.weight);
    own_moves.step(gradient.lateral.weight, M::Zero(units, units), silent_own,
                   weights.projection.lateral.weight);
    weights.projection.lateral.weight.diagonal().setZero();
    M of_out = error(0) * trace.transpose();
    for (Index j = 0; j < units; ++j)
      if (silent_out.asleep(j)) of_out(j) = 0;
    out_moves.step(of_out, late, silent_out, out);
  }
  return found;
}

void check(const std::vector<double>& found, const std::vector<double>& published) {
  REQUIRE(found.size() == published.size());
  for (std::size_t k = 0; k < found.size(); ++k) {
    INFO("sequence " << k + 1 << ": " << found[k] << ", published " << published[k]);
    CHECK(std::abs(found[k] / published[k] - 1) < 1e-8);
  }
}

}  // namespace

TEST_CASE("e-prop that updates at every step learns as NEST's eprop_iaf_adapt does", "[layer]") {
  check(losses<SynapseSgd>({false, 0.03, 0.0174, 2000, 3}),
        {0.02242584487453, 0.01916753791522, 0.00571493935652, 0.00037875376195, 0.00037823157578});
}
TEST_CASE("e-prop that updates at every step learns as NEST's eprop_iaf_psc_delta does", "[layer]") {
  check(losses<SynapseSgd>({true, 0.5, 0, 10, 2.0 / 100 / 9e-4}),
        {0.27039631749159, 0.51390204375229, 0.53473859833866, 0.53608474802202, 0.49323580244201});
}
TEST_CASE("e-prop that updates at every step runs as NEST's eprop_iaf_psc_delta_adapt, which adapts fast",
          "[layer]") {
  const auto adapting = losses<SynapseSgd>({true, 0.5, 1, 10, 2.0 / 100 / 9e-4});
  const auto still = losses<SynapseSgd>({true, 0.5, 0, 10, 2.0 / 100 / 9e-4});
  for (std::size_t k = 0; k < adapting.size(); ++k) {
    CHECK(adapting[k] > 0);
    CHECK(adapting[k] < still[k]);  // raised thresholds: fewer spikes, and the target is 0
  }
}

namespace {
/// ψ in update steps 14 … 18 of one neuron that NEST's test drives with six spikes.
template <class F> void check_surrogate(const F& shape, const std::vector<double>& published) {
  const Lif<double> neuron{.decay = std::exp(-0.1),
                           .threshold = 0.6,
                           .reset = Reset::by_base_threshold,
                           .refractory_steps = 2,
                           .integrates_while_refractory = true};
  const Peaked<double, F> surrogate{0.5, 1 / 1.7, shape};
  auto state = neuron.zero_state(Extent{1}, Extent{1});
  for (int u = 0; u <= 18; ++u) {
    const bool arrives = u == 2 || u == 3 || u == 4 || u == 6 || u == 10 || u == 12;
    neuron.step(state, M::Constant(1, 1, arrives ? 0.3 : 0.0));
    if (u >= 14)
      CHECK(std::abs(surrogate(state.potential(0)) - published[static_cast<std::size_t>(u - 14)]) < 1e-13);
  }
}
}  // namespace

TEST_CASE("surrogates take the values that NEST's eprop_iaf records", "[layer]") {
  check_surrogate(Triangle<double>{},
                  {0.21030100902759, 0.18933659619924, 0.17036721102500, 0.15320300152221, 0.13767218251307});
  check_surrogate(TwoSidedExponential<double>{},
                  {0.28011776848615, 0.26861558105999, 0.25861553046549, 0.24988832085299, 0.24224569105944});
  check_surrogate(FastSigmoid<double>{1},
                  {0.20044113201621, 0.19020804299944, 0.18160934703950, 0.17432167613232, 0.16809903522604});
  check_surrogate(Arctan<double>{1},
                  {0.37433498786304, 0.36073812744784, 0.34852165076370, 0.33759316659435, 0.32784181049728});
}

TEST_CASE("e-prop that updates at every step learns as NEST's eprop_iaf does, with Adam", "[layer]") {
  check(losses<SynapseAdam>({false, 0.03, 0, 10, 3}),
        {0.14000491891386, 0.28735818029752, 0.22263713699860, 0.23015072431384, 0.17565248170694});
}
