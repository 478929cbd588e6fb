// SuperSpike learns: a few outputs, an input that repeats, each kind of feedback.
#include <neohebb/layer/superspike.hpp>

#include "catch.hpp"
#include "support/superspike.hpp"

using namespace neohebb;
using support::SpikeList;

namespace {

/// 40 inputs repeat 0.5 s of 10 Hz; two outputs are to spike three times each.
struct Task {
  static constexpr Index period = 5000, inputs = 40, outputs = 2;
  std::vector<SpikeList> in, target;
  Task() : target(period) {
    for (Index t = 0; t < period; ++t) in.push_back(support::random_list(inputs, 1e-3, t, 41));
    for (const std::size_t t : {800u, 2300u, 4100u}) target[t] = {0};
    for (const std::size_t t : {1500u, 2900u, 3600u}) target[t] = {1};
  }
};

/// The measure after so many seconds of learning.
template <class S> double error_after(const SuperSpikeNetwork<S>& net, double seconds, double rate) {
  const Task task;
  auto weights = net.initial_weights(Generator{.seed = 1});
  auto state = net.zero_state();
  auto learner = net.learner(RMaxProp<S>{.rate = S(rate)});
  const VanRossumMeasure measure{.tau = 2};
  auto error = measure.zero_state();
  for (Index t = 0; t < static_cast<Index>(seconds / 1e-4); ++t) {
    const auto place = static_cast<std::size_t>(t % Task::period);
    net.learn(weights, state, learner, task.in[place], task.target[place]);
    measure.step(error, learner.error());
  }
  return measure.value(error);
}

}  // namespace

TEMPLATE_TEST_CASE("each kind of feedback learns a simple task", "[superspike]", float, double) {
  using S = TestType;
  SuperSpikeNetwork<S> net{
      .layers = {{.in = Task::inputs, .out = 24, .weight_scale = 0.1}, {.in = 24, .out = Task::outputs}}};
  const double silent = error_after(net, 10, 0);
  CHECK(silent > 4);
  for (const Feedback feedback : {Feedback::symmetric, Feedback::random, Feedback::uniform}) {
    net.feedback = feedback;
    const double learned = error_after(net, 60, 1e-3);
    CAPTURE(int(feedback), silent, learned);
    CHECK(learned < silent / 4);
  }
}
