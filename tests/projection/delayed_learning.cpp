// What synapses learn from spikes that arrive late.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/delayed.hpp>
#include <neohebb/projection/with_recurrence.hpp>
#include <neohebb/trace/current_pulses.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "laws/eligibility_laws.hpp"
#include "support/layers.hpp"

using namespace neohebb;

namespace {

using S = double;
using M = Matrix<S>;
constexpr Index in = 4, out = 5, batch = 3, late = 2, window = 6;

template <class T, class Form> auto layer_of(const T& trace, const Matrix<std::int32_t>& delay) {
  using P = Delayed<EventDriven<T, Sparse>>;
  using N = Lif<S, Heaviside, S, Vector<S>>;
  return PlasticLayer<P, N, FastSigmoid<S>, Eprop<S>, Broadcast<S>, Form>{
      .projection = {{.connectivity = delayed_synapses(delay),
                      .trace = trace,
                      .bias = false,
                      .arithmetic = Arithmetic::events},
                     late,
                     Index(delay.maxCoeff())},
      .neuron = {.decay = 0.8,
                 .threshold = 0.3,
                 .adaptation_decay = 0.9,
                 .adaptation_strength = Vector<S>::Constant(out, 0.1)},
      .eligibility = {.adaptation_decay = 0.9, .readout_decay = 0.7},
      .signal = {.outputs = 2, .feedback = Feedback::random}};
}

/// One synapse and one sample in plain loops.
template <class T> struct OneSynapse {
  Index k, line, i, j, delay, sample;
  laws::PlainEligibility<S, Eprop<S>> eligibility;
  StateOf<T, 1, 1> trace;
};

/// Three windows by PerSynapse, by Exchanged, and synapse by synapse.
template <class T> void check_delayed_synapses(const T& trace) {
  Matrix<std::int32_t> delay(out, in);
  delay << 0, 2, -1, 1, 3, 0, -1, 1, 2, 2, -1, 1, 2, -1, -1, 1, 0, 3, -1, 1;
  const auto plain = layer_of<T, PerSynapse>(trace, delay);
  const auto fast = layer_of<T, Exchanged>(trace, delay);
  auto a = plain.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 3});
  typename decltype(fast)::Weights b{a.projection, a.signal};
  auto sa = plain.zero_state(Extent{batch});
  auto sb = fast.zero_state(Extent{batch});
  auto ca = plain.zero_credit(Extent{batch}, window);
  auto cb = fast.zero_credit(Extent{batch}, window);
  auto la = plain.learner(Sgd<S>{0.05});
  auto lb = fast.learner(Sgd<S>{0.05});
  std::vector<OneSynapse<T>> synapses;
  const auto& targets = *plain.projection.projection.connectivity.targets;
  for (Index line = 0; line < targets.cols(); ++line)
    for (Index k = 0; k < targets.rows(); ++k)
      for (Index n = 0; n < batch && targets(k, line) >= 0; ++n)
        synapses.push_back({k,
                            line,
                            targets(k, line),
                            line % in,
                            line / in,
                            n,
                            {plain.eligibility, 1, 0},
                            trace.zero_state(Extent<1>{}, Extent<1>{})});
  const auto input = [](Index t) {
    return t < 0 ? M(M::Zero(in, batch)) : laws::zero_one<S>(in, batch, static_cast<std::uint32_t>(t), 0.4);
  };
  const auto one = [](S x) { return Vector<S>::Constant(1, x).eval(); };
  const M readout = M::Zero(2, out);
  Index spikes = 0;
  for (Index w = 0; w < 3; ++w) {
    const M before = a.projection.copy().weight;
    for (Index step = 0; step < window; ++step) {
      const Index t = w * window + step;
      const M error = laws::uniform<S>(2, batch, 1000 + static_cast<std::uint32_t>(t));
      plain.step(a, sa, laws::spikes<S>(input(t)));
      fast.step(b, sb, laws::spikes<S>(input(t)));
      REQUIRE(sa.neuron.spikes == sb.neuron.spikes);
      plain.credit(a, sa, ReadoutError{error, readout}, ca);
      fast.credit(b, sb, ReadoutError{error, readout}, cb);
      spikes += sa.neuron.spikes.count();
      const M fired = sa.neuron.spikes.dense();
      for (auto& s : synapses) {
        trace.step(s.trace, one(input(t - late - s.delay)(s.j, s.sample)));
        const M signals{{sa.signal(s.i, s.sample), 0}};  // rates are not regularised
        s.eligibility.step(one(sa.psi(s.i, s.sample)), one(fired(s.i, s.sample)), one(0.1), signals,
                           one(trace.value(s.trace)(0, 0)));
      }
    }
    plain.update(a, sa, ca, la);
    fast.update(b, sb, cb, lb);
    M expected = before;
    for (auto& s : synapses) {
      expected(s.k, s.line) -= 0.05 * s.eligibility.gradient(0, 0);
      s.eligibility.gradient.setZero();
    }
    CHECK(laws::deviation(M(a.projection.copy().weight), expected) < 1e-13);
    CHECK(laws::deviation(M(b.projection.copy().weight), expected) < 1e-13);
    CHECK((expected - before).cwiseAbs().maxCoeff() > 1e-4);
  }
  CHECK(spikes > 0);
}

}  // namespace

TEST_CASE("synapses with delays of their own learn from the spikes that reach them", "[projection]") {
  check_delayed_synapses(Pulses<S>{.decay = 0.8});
  check_delayed_synapses(CurrentPulses<S>{.synaptic_decay = 0.7, .follow = 0.3});
}

TEST_CASE("eligibilities are the same where own spikes and others arrive late", "[laws]") {
  using P = EventDriven<Pulses<S>>;
  const Pulses<S> trace{.decay = 0.8};
  const WithRecurrence<Delayed<P>, Delayed<P>> both{
      .forward = {{.connectivity = {18, 6}, .trace = trace, .arithmetic = Arithmetic::events}, 1, 1},
      .lateral = {
          {.connectivity = {18, 6}, .trace = trace, .bias = false, .arithmetic = Arithmetic::events}, 2, 2}};
  CHECK(both.inputs() == 9);
  laws::check_eligibility<S>(Eprop<S>{.adaptation_decay = 0.9, .readout_decay = 0.7}, both);
}

TEST_CASE("own spikes reach a population so many steps later", "[projection]") {
  using P = Dense<Pulses<S>>;
  const WithRecurrence<Delayed<P>> both{
      .forward = {{.connectivity = {4, 3}}},
      .lateral = {.projection = {.connectivity = {3, 3}, .bias = false}, .steps = 2}};
  const auto w = both.initial_weights(ScaledNormal<S>{}, Generator{.seed = 1});
  auto state = both.zero_state(Extent{1});
  M drive(3, 1), fired = M::Zero(3, 1);
  fired(2) = 1;
  for (Index t = 0; t < 5; ++t) {  // fired in step −1, own of step 0
    both.step(w, state, Spikes<S>(4, 1), laws::spikes<S>(t == 0 ? fired : M::Zero(3, 1)), drive);
    CHECK(drive.isZero(0) == (t != 2));
  }
}

TEST_CASE("delays in a network give the same bits on one thread and on two", "[projection]") {
  using Layer = DecolleLayer<Delayed<EventDriven<DoubleExponential<S>>>>;
  const Network net{Layer{.projection = {{.connectivity = {16, 12}}, 2, 1}, .signal = {.classes = 3}},
                    Layer{.projection = {{.connectivity = {12, 10}}, 3}, .signal = {.classes = 3}}};
  const auto learned = [&](int threads) {
    ThreadTeam team(threads);
    const Parallel parallel(net, team);
    auto weights = net.initial_weights(ScaledNormal<S>{4}, Generator{.seed = 1});
    auto state = parallel.zero_state(20);
    auto learner = parallel.learner(Sgd<S>{0.1}, 20, 4);
    const Presentation shown{.steps = 14, .burn_in = 2, .window = 4};
    for (int k = 0; k < 2; ++k)
      parallel.learn(weights, state, learner, shown, Generator{}, support::NoisyInput{},
                     support::labels<S>(3, 20));
    return weights;
  };
  const auto one = learned(1), two = learned(2);
  const bool same = one == two,
             moved = !(one == net.initial_weights(ScaledNormal<S>{4}, Generator{.seed = 1}));
  CHECK(same);
  CHECK(moved);
}
