// SuperSpike with any batch: what samples ask for is averaged, in one piece and over threads.
#include <neohebb/layer/superspike.hpp>
#include <neohebb/network/parallel.hpp>

#include "catch.hpp"
#include "support/superspike.hpp"

using namespace neohebb;

namespace {

constexpr Index inputs = 13, outputs = 5;

SuperSpike<double> all_terms() {
  auto rule = support::short_windows<double>();
  rule.rate_regularisation = 1e-3;
  rule.feedback_delay = 1e-3;
  return rule;
}
/// The gradients of both layers in the last of two windows, from weights that stand still.
template <class Form, int B> std::array<Matrix<double>, 2> gradients(Extent<B> batch, Index first) {
  const auto rule = all_terms();
  const auto net = support::lively_network(rule, Form{});
  const auto weights = support::lively_weights(net);
  auto state = net.zero_state(batch);
  auto learner = net.learner(RMaxProp<double>{}, batch, rule.window_steps());
  std::array<Matrix<double>, 2> found;
  Index spikes = 0;
  const auto use = [&](Index t, const auto& in, const auto& target) {
    net.step(weights, state, in);
    net.credit(weights, state, target, learner);
    spikes += std::get<0>(state).neuron.spikes.count();
    if ((t + 1) % rule.window_steps() != 0) return;
    for_each_layer(net.layers, [&](auto i) {
      found[i] = support::gradient_of(net, weights, state, learner, i).weight;
      auto w = at(weights, i).projection;
      net.layer(i).projection.finish_update(w, [&](auto&& with) { with(at(learner.credit, i).projection); });
    });
  };
  support::random_steps<double>(0, 2 * rule.window_steps(), inputs, outputs, use, batch, first);
  REQUIRE(spikes > 20);
  return found;
}

/// Three batches of ten samples in chunks of three, on so many threads: the weights of both layers.
template <class Form> std::array<Matrix<double>, 2> learned(int threads, Index chunk) {
  constexpr Index batch = 10;
  auto rule = all_terms();
  rule.window = 0.01;
  ThreadTeam team(threads);
  const Parallel parallel(support::lively_network(rule, Form{}), team, chunk);
  auto weights = support::lively_weights(parallel.net);
  auto state = parallel.zero_state(batch);
  auto learner = parallel.learner(RMaxProp<double>{.rate = 1e-3}, batch, rule.window_steps());
  const Presentation shown{.steps = 300, .burn_in = 50, .window = rule.window_steps()};
  for (Index k = 0; k < 3; ++k) {
    const auto spikes_of = [k](Index neurons, Index t, std::uint64_t seed) {
      return [=](Index sample) {
        return support::random_list(neurons, 0.01, t, seed + static_cast<std::uint64_t>(k * batch + sample));
      };
    };
    const auto input = [&](Index t, Index first, auto& in) {
      in.assign_lists([&](Index b) { return spikes_of(inputs, t, 1000)(first + b); });
    };
    const auto target = [&](Index t) {
      Matrix<double> wanted = Matrix<double>::Zero(outputs, batch);
      for (Index b = 0; b < batch; ++b)
        for (const auto i : spikes_of(outputs, t, 2000)(b)) wanted(i, b) = 1;
      return wanted;
    };
    parallel.learn(weights, state, learner, shown, Generator{.seed = 5}, input, target);
  }
  return {std::get<0>(weights).projection.copy().weight, std::get<1>(weights).projection.copy().weight};
}

}  // namespace

TEST_CASE("a batch gives the mean of its samples' gradients", "[superspike]") {
  const auto check = [](auto form) {
    using Form = decltype(form);
    const auto batch = gradients<Form>(Extent<>(3), 0);
    for (std::size_t l = 0; l < 2; ++l) REQUIRE(batch[l].cwiseAbs().maxCoeff() > 0);
    std::array<Matrix<double>, 2> mean;
    for (Index b = 0; b < 3; ++b) {
      const auto single = gradients<Form>(Extent<1>{}, b);
      for (std::size_t l = 0; l < 2; ++l) {
        CHECK(support::relative(single[l], batch[l]) > 0.01);  // samples differ
        mean[l] = b == 0 ? single[l] : mean[l] + single[l];
      }
    }
    for (std::size_t l = 0; l < 2; ++l)
      CHECK(support::relative(batch[l], Matrix<double>(mean[l] / 3)) < 1e-12);
  };
  check(Exchanged{});
  check(PerSynapse{});
}

TEST_CASE("SuperSpike learns the same bits on any number of threads, and the same in any chunks",
          "[superspike]") {
  const auto check = [](auto form) {
    using Form = decltype(form);
    const auto one = learned<Form>(1, 3), two = learned<Form>(2, 3), whole = learned<Form>(1, 10);
    const auto net = support::lively_network(all_terms(), form);
    const auto initial = std::get<0>(support::lively_weights(net)).projection.copy().weight;
    CHECK(support::distance(one[0], initial) > 1e-4);
    for (std::size_t l = 0; l < 2; ++l) {
      CHECK(one[l] == two[l]);
      CHECK(support::distance(one[l], whole[l]) < 1e-9);
    }
  };
  check(Exchanged{});
  check(PerSynapse{});
}
