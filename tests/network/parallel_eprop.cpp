// Layers that receive the readout's error, in chunks and over threads.
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

using S = double;
constexpr Index inputs = 150, units = 40, classes = 3, batch = 10;
const Presentation shown{.steps = 14, .burn_in = 2, .window = 5};

template <class Form> auto make(bool each_sample) {
  const Pulses<S> membrane{.decay = 0.8};
  Vector<S> strength = Vector<S>::Zero(units);
  strength.tail(units / 2).setConstant(0.2);
  return Network{
      EpropLayer<S, Form, NoSelf>{
          .projection = {.forward = {.connectivity = {inputs, units}, .trace = membrane},
                         .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = 0.8,
                     .threshold = 0.5,
                     .reset = Reset::by_threshold_later,
                     .adaptation_strength = strength},
          .eligibility = {.readout_decay = 0.9},
          .signal = {.outputs = classes},
          .rate = {.strength = 3, .target = 0.1, .of_each_sample = each_sample}},
      EpropReadout<S, CrossEntropy<S>>{.projection = {.connectivity = {units, classes}, .trace = {0.9}}}};
}
struct Result {
  Matrix<S> forward, lateral, readout;
  std::vector<S> losses;
  Matrix<int> votes;
};
template <class Form> Result run(int threads, Index chunk, bool each_sample = false) {
  ThreadTeam team(threads);
  const Parallel parallel(make<Form>(each_sample), team, chunk);
  auto weights = parallel.net.initial_weights(ScaledNormal<S>{3}, Generator{.seed = 3});
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(Adam<S>{.rate = 0.01}, batch, shown.window);
  std::vector<int> labels;
  for (int b = 0; b < batch; ++b) labels.push_back(b % int(classes));
  Result r;
  for (Index k = 0; k < 3; ++k) {
    const auto input = [k](Index t, Index first, auto& spikes) {
      support::NoisyInput{}(t, k * batch + first, spikes);
    };
    const Generator generator = Generator{.seed = 5}.at_sample(k * batch);
    for (const S loss :
         parallel.learn(weights, state, learner, shown, generator, input, one_hot<S>(labels, classes)))
      r.losses.push_back(loss);
    parallel.predict(weights, state, shown, generator, input);
  }
  r.votes = state.summed;
  r.forward = std::get<0>(weights).projection.forward.copy().weight;
  r.lateral = std::get<0>(weights).projection.lateral.copy().weight;
  r.readout = std::get<1>(weights).projection.copy().weight;
  return r;
}
double distance_of(const Result& a, const Result& b) {
  return std::max(
      {distance(a.forward, b.forward), distance(a.lateral, b.lateral), distance(a.readout, b.readout)});
}

}  // namespace

TEST_CASE("e-prop learns the same bits on any number of threads, and the same in any chunks", "[network]") {
  const auto check = [](auto form) {
    using Form = decltype(form);
    const Result one = run<Form>(1, 4), whole = run<Form>(1, batch);
    for (const int threads : {2, 3, 4}) {
      const Result more = run<Form>(threads, 4);
      CHECK(distance_of(one, more) == 0);
      CHECK(one.losses == more.losses);
    }
    CHECK(distance_of(one, whole) < 1e-9);
    CHECK(one.votes == whole.votes);
    CHECK(one.losses.size() == 6);
    CHECK(one.losses[4] == 0);  // the population has no loss of its own
  };
  check(Exchanged{});
  check(PerSynapse{});
}

TEST_CASE("both algorithms of e-prop learn the same over chunks", "[network]") {
  for (const bool each_sample : {false, true})
    CHECK(distance_of(run<Exchanged>(2, 3, each_sample), run<PerSynapse>(2, 3, each_sample)) < 1e-9);
}
