// What a network refuses.
#include <neohebb/network/network.hpp>

#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;

namespace {

using Decolle = DecolleLayer<Dense<DoubleExponential<double>>>;
constexpr Index in = 6, classes = 4, batch = 3;
Decolle layer(Index from, Index to) {
  return {.projection = {.connectivity = {from, to}, .trace = {0.6, 0.4}}, .signal = {.classes = classes}};
}
std::string refused(auto&& f) { return support::error_of<std::invalid_argument>(f); }

/// Two layers, and all that they learn with.
struct Fixture {
  Network<std::vector<Decolle>> net{std::vector{layer(in, 5), layer(5, 3)}};
  std::vector<Decolle::Weights> weights = net.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  decltype(net.zero_state(Extent{batch})) state = net.zero_state(Extent{batch});
  decltype(net.learner(Sgd<double>{}, Extent{batch}, 1)) learner =
      net.learner(Sgd<double>{}, Extent{batch}, 1);
};

}  // namespace

TEST_CASE("a network refuses spikes of another shape with both", "[network]") {
  Fixture f;
  const auto stepped = [&](Index neurons, Index samples) {
    return refused([&] { f.net.step(f.weights, f.state, Spikes<double>{Extent{neurons}, Extent{samples}}); });
  };
  CHECK(stepped(in, batch) == "no error");
  CHECK(contains(stepped(in + 1, batch), "input is 7 x 3, expected 6 x 3"));
  CHECK(contains(stepped(in, 1), "input is 6 x 1, expected 6 x 3"));
}

TEST_CASE("a network refuses targets of another shape, and with NaN", "[network]") {
  Fixture f;
  const auto taught = [&](const auto& target) {
    return refused([&] { f.net.credit(f.weights, f.state, target, f.learner); });
  };
  CHECK(contains(taught(support::labels(classes + 1, batch)), "target is 5 x 3, expected 4 x 3"));
  CHECK(contains(taught(support::labels(classes, batch - 1)), "target is 4 x 2, expected 4 x 3"));
  std::vector each(2, support::labels(classes, batch));
  CHECK(taught(each) == "no error");
  each[1](3, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(taught(each), "target has NaN or infinite entries (4 x 3)"));
}

TEST_CASE("a network refuses targets, weights, states and learners of another number of layers",
          "[network]") {
  Fixture f;
  const auto target = support::labels(classes, batch);
  const Spikes<double> spikes(in, batch);
  const auto taught = [&](std::size_t targets) {
    return refused([&] { f.net.credit(f.weights, f.state, std::vector(targets, target), f.learner); });
  };
  CHECK(taught(2) == "no error");
  CHECK(taught(1) == "neohebb: Network: 1 targets for 2 layers");
  CHECK(taught(3) == "neohebb: Network: 3 targets for 2 layers");
  Fixture weights, state, rules, credit;
  weights.weights.pop_back();
  CHECK(refused([&] { f.net.step(weights.weights, f.state, spikes); }) ==
        "neohebb: Network: 1 weights for 2 layers");
  state.state.pop_back();
  CHECK(refused([&] { f.net.step(f.weights, state.state, spikes); }) ==
        "neohebb: Network: 1 states for 2 layers");
  credit.learner.credit.pop_back();
  CHECK(refused([&] { f.net.credit(f.weights, f.state, target, credit.learner); }) ==
        "neohebb: Network: 1 credits for 2 layers");
  rules.learner.rules.pop_back();
  CHECK(refused([&] { f.net.update(f.weights, f.state, rules.learner); }) ==
        "neohebb: Network: 1 learners for 2 layers");
}
