// Chunks and threads are how a batch is computed, not what is computed.
#include <neohebb/network/parallel.hpp>

#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

// Everything that draws random numbers or looks at a whole batch: escape noise, dropout, rate regularisation.
using Decolle =
    DecolleLayer<Dense<DoubleExponential<double>>, Srm<double, Exponential<double>, EscapeNoise<double>>,
                 Dynamic, FastSigmoid<double>, CrossEntropy<double>>;
using Net = Network<std::vector<Decolle>>;
constexpr Index in = 150, classes = 4, batch = 22;
const Presentation shown{.steps = 9, .burn_in = 2, .window = 3};

Net make(double noise = 0.05, double dropout = 0.3, double regularisation = 20) {
  std::vector<Decolle> layers;
  Index from = in;
  for (const Index units : {140, 7}) {  // two pieces of weights each
    layers.push_back({.projection = {.connectivity = {from, units}, .trace = {0.6, 0.4}},
                      .neuron = {.spike = {noise}},
                      .signal = {.classes = classes, .scale = 3, .dropout = dropout},
                      .rate = {regularisation}});
    from = units;
  }
  return Net(layers);
}
Net::Weights weights_of(const Net& net, double bias = 0) {
  auto w = net.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2});
  for (auto& layer : w) layer.projection.bias.setConstant(bias);
  return w;
}
Generator generator_of(Index k) { return Generator{.seed = 5}.at_sample(k * batch); }
auto input_of(Index k) {
  return [k](Index t, Index first, auto& spikes) { support::NoisyInput{}(t, k * batch + first, spikes); };
}
double distance_of(const Net::Weights& a, const Net::Weights& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    worst = std::max({worst, distance(a[i].projection.weight, b[i].projection.weight),
                      distance(a[i].projection.bias, b[i].projection.bias)});
  return worst;
}

struct Result {
  Net::Weights weights;
  std::vector<double> losses;
  Matrix<int> most_frequent, summed;
};
/// Three batches learned, one predicted.
Result run(const Net& net, int threads, Index chunk, double bias = 0) {
  ThreadTeam team(threads);
  const Parallel parallel(net, team, chunk);
  auto weights = weights_of(net, bias);
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(Adam<double>{.rate = 0.01}, batch, shown.window);
  std::vector<double> losses;
  for (Index k = 0; k < 3; ++k)
    for (const double loss : parallel.learn(weights, state, learner, shown, generator_of(k), input_of(k),
                                            support::labels(classes, batch, k)))
      losses.push_back(loss);
  parallel.predict(weights, state, shown, generator_of(9), input_of(9));
  return {weights, losses, state.most_frequent, state.summed};
}

/// The same with a Network and a loop.
Result run_plainly(const Net& net, double bias = 0) {
  auto weights = weights_of(net, bias);
  auto learner = net.learner(Adam<double>{.rate = 0.01}, Extent{batch}, shown.window);
  Spikes<double> spikes(in, batch);
  Result result;
  for (Index k = 0; k < 3; ++k) {
    auto state = net.zero_state(Extent{batch}, generator_of(k));
    std::vector<double> losses(net.size());
    for (Index t = 0; t < shown.steps; ++t) {
      input_of(k)(t, 0, spikes);
      net.step(weights, state, spikes);
      if (t < shown.burn_in) continue;
      net.credit(weights, state, support::labels(classes, batch, k), learner);
      for (std::size_t i = 0; i < net.size(); ++i) losses[i] += state[i].loss / 7;
      if ((t - shown.burn_in) % 3 == 2 || t + 1 == shown.steps) net.update(weights, state, learner);
    }
    result.losses.insert(result.losses.end(), losses.begin(), losses.end());
  }
  result.weights = weights;
  auto state = net.zero_state(Extent{batch}, generator_of(9));
  std::vector<Matrix<double>> votes(net.size(), Matrix<double>::Zero(classes, batch)), sums = votes;
  for (Index t = 0; t < shown.steps; ++t) {
    input_of(9)(t, 0, spikes);
    net.step(weights, state, spikes);
    if (t < shown.burn_in) continue;
    for (std::size_t i = 0; i < net.size(); ++i) {
      sums[i] += state[i].signal_state.output;
      for (Index b = 0; b < batch; ++b) {
        Index best = 0;
        for (Index c = 1; c < classes; ++c)
          if (state[i].signal_state.output(c, b) > state[i].signal_state.output(best, b)) best = c;
        ++votes[i](best, b);
      }
    }
  }
  result.most_frequent.resize(2, batch);
  result.summed.resize(2, batch);
  for (std::size_t i = 0; i < net.size(); ++i)
    for (Index b = 0; b < batch; ++b) {
      Index vote = 0, sum = 0;
      for (Index c = 1; c < classes; ++c) {
        if (votes[i](c, b) > votes[i](vote, b)) vote = c;
        if (sums[i](c, b) > sums[i](sum, b)) sum = c;
      }
      result.most_frequent(Index(i), b) = int(vote);
      result.summed(Index(i), b) = int(sum);
    }
  return result;
}

}  // namespace

TEST_CASE("one, two, three and four threads give the same bits", "[network]") {
  const Net net = make();
  const Result one = run(net, 1, 4);
  CHECK(distance_of(one.weights, weights_of(net)) > 0.01);
  for (const int threads : {2, 3, 4}) {
    const Result more = run(net, threads, 4);
    const bool same = more.weights == one.weights && more.losses == one.losses;
    CHECK(same);
    CHECK(more.most_frequent == one.most_frequent);
    CHECK(more.summed == one.summed);
  }
  const bool again = run(net, 2, 4).weights == one.weights;
  CHECK(again);
}

TEST_CASE("any chunks equal a plain loop over the whole batch", "[network]") {
  const Net net = make();
  const Result plain = run_plainly(net);
  for (const Index chunk : {1, 5, 22, 100}) {
    const Result chunks = run(net, 2, chunk);
    CHECK(distance_of(chunks.weights, plain.weights) < 1e-9);
    for (std::size_t i = 0; i < plain.losses.size(); ++i)
      CHECK(std::abs(chunks.losses[i] - plain.losses[i]) < 1e-10);
    CHECK(chunks.most_frequent == plain.most_frequent);
    CHECK(chunks.summed == plain.summed);
  }
  CHECK(plain.most_frequent != plain.summed);  // the two rules are told apart
}

TEST_CASE("chunks of a silent layer share the batch's low-rate term", "[network]") {
  const Net net = make(0.05, 0, 3e4);
  const Result plain = run_plainly(net, -1.8);
  for (const Index chunk : {1, 4}) CHECK(distance_of(run(net, 2, chunk, -1.8).weights, plain.weights) < 1e-9);
  CHECK(distance_of(run_plainly(make(0.05, 0, 0), -1.8).weights, plain.weights) > 1e-3);
}

TEST_CASE("a smaller last batch learns with the learner of the full ones", "[network]") {
  const Net net = make();
  ThreadTeam team(2);
  const Parallel parallel(net, team, 4);
  const auto trained = [&](Index room) {
    auto weights = weights_of(net);
    auto state = parallel.zero_state(9);
    auto learner = parallel.learner(Adam<double>{.rate = 0.01}, room, shown.window);
    parallel.learn(weights, state, learner, shown, generator_of(0), input_of(0), support::labels(classes, 9));
    return weights;
  };
  const bool same = trained(batch) == trained(9);
  CHECK(same);
}

TEST_CASE("a state shows nothing of the batch before", "[network]") {
  const Net net = make();
  ThreadTeam team(1);
  const Parallel parallel(net, team, 4);
  const auto weights = weights_of(net);
  auto used = parallel.zero_state(batch), fresh = parallel.zero_state(batch);
  parallel.predict(weights, used, shown, generator_of(1), input_of(1));
  parallel.predict(weights, used, shown, generator_of(2), input_of(2));
  parallel.predict(weights, fresh, shown, generator_of(2), input_of(2));
  CHECK(used.most_frequent == fresh.most_frequent);
  CHECK(used.summed == fresh.summed);
  for (std::size_t k = 0; k < used.chunks.size(); ++k)
    CHECK(used.chunks[k].state[1].signal_state.output == fresh.chunks[k].state[1].signal_state.output);
}

TEST_CASE("a rate set for all layers is what they learn with", "[network]") {
  const Net net = make();
  ThreadTeam team(1);
  const Parallel parallel(net, team, 4);
  auto weights = weights_of(net);
  const auto before = weights;
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(Adam<double>{.rate = 0.01}, batch, shown.window);
  parallel.set_rate(learner, 0.0);
  parallel.learn(weights, state, learner, shown, generator_of(0), input_of(0),
                 support::labels(classes, batch));
  const bool same = weights == before;
  CHECK(same);
}
