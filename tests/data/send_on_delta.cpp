#include <neohebb/core/random.hpp>
#include <neohebb/data/send_on_delta.hpp>
#include "catch.hpp"

using namespace neohebb;

namespace {
std::vector<Index> spikes_of(const SendOnDelta<float>& code, auto& state, const std::vector<float>& values) {
  Spikes<float> spikes(Extent<>{code.neurons()}, Extent<>{1});
  const Vector<float> now = Eigen::Map<const Vector<float>>(values.data(), Index(values.size()));
  code.step(state, now, spikes);
  return {spikes.active(0).begin(), spikes.active(0).end()};
}
using List = std::vector<Index>;
}  // namespace

TEST_CASE("A channel speaks when it has moved by the threshold since it last spoke", "[data]") {
  const SendOnDelta<float> code{.channels = 2, .threshold = 0.25f};
  auto state = code.zero_state(Extent{1});
  CHECK(spikes_of(code, state, {0.2f, 0.f}) == List{});
  CHECK(spikes_of(code, state, {0.3f, -0.25f}) == List{0, 3});  // ON of channel 0, OFF of channel 1
  CHECK(state.sent(0) == 0.25f);
  CHECK(spikes_of(code, state, {0.3f, -0.4f}) == List{});
  CHECK(spikes_of(code, state, {0.01f, -0.25f}) == List{});
  CHECK(spikes_of(code, state, {0.f, 0.f}) == List{1, 2});
  CHECK(state.clipped == 0);
}

TEST_CASE("What was sent follows the value within a threshold, and the sum of spikes is the value",
          "[data]") {
  const SendOnDelta<double> code{.channels = 3, .threshold = 0.1, .levels = 100};
  auto state = code.zero_state(Extent{2});
  Spikes<double> spikes(Extent<>{code.neurons()}, Extent<>{2});
  Matrix<double> values(3, 2), sum = Matrix<double>::Zero(3, 2);
  for (Index t = 0; t < 200; ++t) {
    Generator{.seed = 3}.at_step(t).normal(values);
    code.step(state, values, spikes);
    for (Index b = 0; b < 2; ++b)
      for (const Index i : spikes.active(b)) sum(i % 3, b) += i < 3 * 100 ? 0.1 : -0.1;
    CHECK((sum - values).cwiseAbs().maxCoeff() < 0.1);
    CHECK((state.sent - sum).cwiseAbs().maxCoeff() < 1e-12);
  }
  CHECK(state.clipped == 0);
}

TEST_CASE("A jump of several thresholds is several neurons, and what there are no neurons for is counted",
          "[data]") {
  const SendOnDelta<float> code{.channels = 1, .threshold = 0.1f, .levels = 3};
  auto state = code.zero_state(Extent{1});
  CHECK(spikes_of(code, state, {0.2f}) == List{0, 1});
  CHECK(spikes_of(code, state, {-0.3f}) == List{3, 4, 5});  // by 5 thresholds
  CHECK(state.clipped == 2);
  CHECK(spikes_of(code, state, {-0.3f}) == List{});
}

TEST_CASE("A change of exactly the threshold counts, in spite of rounding", "[data]") {
  const SendOnDelta<float> code{.channels = 1, .threshold = 0.1f};
  auto state = code.zero_state(Extent{1});
  for (int k = 1; k < 10; ++k) CHECK(spikes_of(code, state, {float(k) * 0.1f}) == List{0});
}

TEST_CASE("A code may begin with the first value instead of zero", "[data]") {
  const SendOnDelta<float> code{.channels = 1, .threshold = 0.1f, .from_first = true};
  auto state = code.zero_state(Extent{1});
  CHECK(spikes_of(code, state, {0.9f}) == List{});
  CHECK(spikes_of(code, state, {0.7f}) == List{1});
}

TEST_CASE("Send-on-delta refuses other sizes and values that are not finite", "[data]") {
  const SendOnDelta<float> code{.channels = 2};
  auto state = code.zero_state(Extent{1});
  Spikes<float> spikes(Extent<>{4}, Extent<>{1}), few(Extent<>{3}, Extent<>{1});
  CHECK_THROWS_AS(code.step(state, Vector<float>::Zero(3), spikes), std::invalid_argument);
  CHECK_THROWS_AS(code.step(state, Vector<float>::Zero(2), few), std::invalid_argument);
  CHECK_THROWS_AS(code.step(state, Vector<float>::Constant(2, std::nanf("")), spikes), std::invalid_argument);
  CHECK_THROWS_AS((SendOnDelta<float>{.channels = 2, .threshold = 0}.zero_state(Extent{1})),
                  std::invalid_argument);
  CHECK_THROWS_AS((SendOnDelta<float>{.channels = 2, .levels = 0}.zero_state(Extent{1})),
                  std::invalid_argument);
  CHECK_THROWS_AS(SendOnDelta<float>{}.zero_state(Extent{1}), std::invalid_argument);
}
