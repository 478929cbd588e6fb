// DECOLLE goes on from weights, state and learner with the bits of a run that was never stopped.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/resumes.hpp"

using namespace neohebb;
using support::Classes, support::Plan, support::resumes_anywhere;

namespace {

using Kernel = DoubleExponential<float>;
constexpr Index in = 30, units = 20, classes = 4;
const Sgd<float> sgd{.rate = 0.02f}, other_sgd{.rate = 0.5f};
const Adam<float> adam{.rate = 0.01f}, other_adam{.rate = 0.5f};

template <class P> auto two() {
  const auto layer = [](Index from, Index to) {
    return DecolleLayer<P>{.projection = {.connectivity = {from, to}, .trace = {0.6f, 0.4f}},
                           .signal = {.classes = classes, .scale = 3, .dropout = 0.25f}};
  };
  return Network(std::vector{layer(in, units), layer(units, 11)});
}

}  // namespace

TEST_CASE("DECOLLE's states go on bit for bit: dense and event-driven, online and in windows", "[network]") {
  for (const Index batch : {1, 3})
    for (const Index window : {1, 6}) {
      const Plan plan{.inputs = in, .batch = batch, .window = window};
      CHECK(resumes_anywhere(two<Dense<Kernel>>(), plan, adam, other_adam, Classes{classes}));
      CHECK(resumes_anywhere(two<EventDriven<Kernel>>(), plan, sgd, other_sgd, Classes{classes}));
      CHECK(resumes_anywhere(two<EventDriven<Kernel>>(), plan, adam, other_adam, Classes{classes}));
    }
}

TEST_CASE("columns that wait for their updates are settled, and the run goes on bit for bit", "[network]") {
  for (const double rate : {0.02, 0.9}) {  // by events, by products
    const Plan plan{.inputs = in, .rate = rate, .before = 40, .after = 100};
    CHECK(resumes_anywhere(two<EventDriven<Kernel>>(), plan, sgd, other_sgd, Classes{classes}));
  }
}

TEST_CASE("a state of other sizes is refused with both numbers, and changes nothing", "[network]") {
  const auto net = two<EventDriven<Kernel>>();
  support::LongRun run(net, {.inputs = in, .batch = 2}, sgd, Classes{classes}, 1);
  for (int k = 0; k < 5; ++k) run.step();
  Checkpoint file;
  file.put("state", run.state);
  auto other = net.zero_state(Extent{3});
  const auto before = other;
  const std::string error = support::error_of([&] { file.get("state", other); });
  CHECK(support::contains(error, "'state/0/projection/pre/all' is float32 of shape (30, 4)"));
  CHECK(support::contains(error, "expected float32 of shape (30, 6)"));
  CHECK(support::same_bits(other, before));
}
