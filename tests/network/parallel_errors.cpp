// What Parallel refuses.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/parallel.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

using Decolle = DecolleLayer<Dense<DoubleExponential<double>>>;
using Net = Network<std::vector<Decolle>>;
constexpr Index in = 6, classes = 4, batch = 10;
Decolle layer(Index from, Index to) {
  return {.projection = {.connectivity = {from, to}, .trace = {0.6, 0.4}}, .signal = {.classes = classes}};
}
std::string refused(auto&& f) { return error_of<std::invalid_argument>(f); }

/// A team of two, chunks of four samples.
struct Fixture {
  Net net{std::vector{layer(in, 5), layer(5, 3)}};
  ThreadTeam team{2};
  Parallel<std::vector<Decolle>> parallel{net, team, 4};
  Net::Weights weights = net.initial_weights(ScaledNormal<double>{}, Generator{.seed = 2});
  void learn(Index samples, Index room, const Presentation& shown = {.steps = 3, .burn_in = 1, .window = 1}) {
    auto state = parallel.zero_state(samples);
    auto learner = parallel.learner(Adam<double>{}, room, shown.window);
    parallel.learn(weights, state, learner, shown, Generator{}, support::NoisyInput{},
                   support::labels(classes, samples));
  }
};

}  // namespace

TEST_CASE("empty batches and chunks are refused", "[network]") {
  Fixture f;
  CHECK(contains(refused([&] { f.parallel.zero_state(0); }), "batch is 0, must be at least 1"));
  CHECK(contains(refused([&] { f.parallel.learner(Sgd<double>{}, 0, 1); }), "batch is 0"));
  CHECK(contains(refused([&] { f.parallel.learner(Sgd<double>{}, batch, 0); }), "steps per update is 0"));
  CHECK(contains(refused([&] { Parallel(f.net, f.team, 0); }), "Parallel: chunk is 0"));
  CHECK(contains(refused([] { ThreadTeam(0); }), "ThreadTeam: 0 threads"));
}

TEST_CASE("a learner that is too small for the batch is refused", "[network]") {
  Fixture f;
  CHECK(contains(refused([&] { f.learn(batch, 4); }), "the learner is made for fewer samples than 10"));
  CHECK(contains(refused([&] { f.learn(batch, 9); }), "the learner is made for fewer samples than 10"));
  CHECK(refused([&] { f.learn(9, batch); }) == "no error");
}

TEST_CASE("a learner or a state of larger chunks is refused", "[network]") {
  Fixture f;
  const Parallel wide(f.net, f.team, 8);
  auto state = wide.zero_state(batch);
  auto learner = f.parallel.learner(Adam<double>{}, batch, 1);
  CHECK(contains(refused([&] {
                   f.parallel.learn(f.weights, state, learner, {.steps = 3, .burn_in = 1, .window = 1},
                                    Generator{}, support::NoisyInput{}, support::labels(classes, batch));
                 }),
                 "the learner is made for fewer samples"));
}

TEST_CASE("targets of other shapes and with NaN are refused", "[network]") {
  Fixture f;
  const auto taught = [&](auto&& target) {
    auto state = f.parallel.zero_state(batch);
    auto learner = f.parallel.learner(Adam<double>{}, batch, 1);
    return refused([&] {
      f.parallel.learn(f.weights, state, learner, {.steps = 3, .burn_in = 1, .window = 1}, Generator{},
                       support::NoisyInput{}, target);
    });
  };
  Matrix<double> target = support::labels(classes, batch);
  CHECK(taught(target) == "no error");
  CHECK(contains(taught(Matrix<double>(target.leftCols(9))), "target is 4 x 9, expected 4 x 10"));
  CHECK(contains(taught(Matrix<double>(target.topRows(3))), "target is 3 x 10, expected 4 x 10"));
  target(1, 9) = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(taught(target), "target has NaN or infinite entries"));
}

TEST_CASE("a vector of targets for another number of layers is refused with both numbers", "[network]") {
  Fixture f;
  const auto taught = [&](std::size_t targets) {
    auto state = f.parallel.zero_state(batch);
    auto learner = f.parallel.learner(Adam<double>{}, batch, 1);
    return refused([&] {
      f.parallel.learn(f.weights, state, learner, {.steps = 3, .burn_in = 1, .window = 1}, Generator{},
                       support::NoisyInput{}, std::vector(targets, support::labels(classes, batch)));
    });
  };
  CHECK(taught(2) == "no error");
  CHECK(taught(1) == "neohebb: Network: 1 targets for 2 layers");
  CHECK(taught(3) == "neohebb: Network: 3 targets for 2 layers");
}

TEST_CASE("presentations that learn nothing are refused", "[network]") {
  Fixture f;
  CHECK(contains(refused([&] { f.learn(batch, batch, {.steps = 4, .burn_in = 4, .window = 1}); }),
                 "Presentation.burn_in is 4, must be from 0 to steps - 1 = 3"));
  CHECK(contains(refused([&] { f.learn(batch, batch, {.steps = 0, .burn_in = 0, .window = 1}); }),
                 "Presentation.steps is 0"));
  CHECK(contains(refused([&] { f.learn(batch, batch, {.steps = 4, .burn_in = -1, .window = 1}); }),
                 "Presentation.burn_in is -1"));
  CHECK(contains(refused([] { Presentation{.steps = 4, .burn_in = 0, .window = 0}.validate(); }),
                 "Presentation.window is 0"));
  auto state = f.parallel.zero_state(batch);
  CHECK(contains(refused([&] {
                   f.parallel.predict(f.weights, state, {.steps = 4, .burn_in = 5}, Generator{},
                                      support::NoisyInput{});
                 }),
                 "Presentation.burn_in is 5"));
}

TEST_CASE("layers that do not fit, and no layers, are refused", "[network]") {
  CHECK(contains(refused([] {
                   Network{std::vector{layer(6, 5), layer(4, 3)}};
                 }),
                 "Network: layer 1 takes 4 inputs, the layer before has 5 units"));
  CHECK(contains(refused([] { Network{std::vector<Decolle>{}}; }), "Network without layers"));
}

TEST_CASE("an exception of the input function reaches the caller, and only once", "[network]") {
  Fixture f;
  auto state = f.parallel.zero_state(batch);
  const Presentation shown{.steps = 3, .burn_in = 1, .window = 1};
  CHECK(contains(error_of([&] {
                   f.parallel.predict(f.weights, state, shown, Generator{}, [](Index, Index, auto&) {
                     throw std::runtime_error("no such sample");
                   });
                 }),
                 "no such sample"));
  CHECK(error_of([&] { f.parallel.predict(f.weights, state, shown, Generator{}, support::NoisyInput{}); }) ==
        "no error");
}

TEST_CASE("what was credited before an exception is forgotten by the next learn", "[network]") {
  const Presentation shown{.steps = 7, .burn_in = 1, .window = 3};
  const auto learned = [&](bool interrupted) {
    Fixture f;
    auto learner = f.parallel.learner(Adam<double>{.rate = 0.1}, batch, shown.window);
    const auto learn = [&](Index samples, auto&& input) {
      auto state = f.parallel.zero_state(samples);
      return f.parallel.learn(f.weights, state, learner, shown, Generator{}, input,
                              support::labels(classes, samples));
    };
    bool thrown = !interrupted;
    const auto once = [&](Index t, Index first, auto& spikes) {  // in the middle of the first window
      if (t == 2 && first == 4) {
        thrown = true;
        throw std::runtime_error("no such sample");
      }
      support::NoisyInput{}(t, first, spikes);
    };
    const auto before = f.weights;
    if (interrupted) CHECK(error_of([&] { learn(batch, once); }) == "no such sample");
    CHECK(thrown);
    const bool untouched = f.weights == before;
    CHECK(untouched);
    const auto small = learn(4, support::NoisyInput{});  // of three credits one: the others are stale, too
    const auto losses = learn(batch, support::NoisyInput{});
    return std::tuple{f.weights, small, losses};
  };
  const auto fresh = learned(false);
  const bool same = learned(true) == fresh;
  CHECK(same);
  CHECK(std::get<2>(fresh)[0] > 0);
}

TEST_CASE("numbers of other layers are refused", "[network]") {
  const Fixture f;
  std::vector<double> losses;
  CHECK(error_of<std::invalid_argument>([&] { f.parallel.join_layers(losses); }) ==
        "neohebb: Parallel::join_layers: 0 numbers for 2 layers");
}
