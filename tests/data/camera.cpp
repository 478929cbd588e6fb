#include <neohebb/data/events/camera.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;
using support::near;

namespace {

/// A camera without noise, spread and refractory time.
EventCamera plain() {
  EventCamera camera;
  camera.spread = camera.refractory = camera.leak = camera.shot_noise = 0;
  camera.dark = 1e-9;
  return camera;
}
const auto still = [](std::int64_t, Vector<float>& frame) { frame.setConstant(frame.size(), 0.5f); };

}  // namespace

TEST_CASE("a pixel crosses a threshold for every θ of log intensity, evenly in time on a ramp", "[data]") {
  EventCamera camera = plain();
  camera.threshold_on = 0.2;
  camera.threshold_off = 0.1;
  const auto pixels = camera.make_pixels({3, 2}, Generator{1});
  Vector<float> frame = Vector<float>::Ones(6);
  auto state = camera.zero_state(pixels, frame, 1000, Generator{2});
  const Vector<float> reference = state.reference;
  for (Index i = 0; i < 6; ++i) {
    CHECK(reference[i] < 0.1f);
    CHECK(reference[i] > -0.2f);
  }
  frame[4] = std::exp(1.0f);  // pixel (1, 1) brightens by 1 in a second
  frame[0] = std::exp(-1.0f);
  std::vector<Event> events;
  camera.step(pixels, state, frame, 1'001'000, events);
  std::vector<Event> expected;
  for (int k = 1; reference[4] + 0.2 * k <= 1; ++k)
    expected.push_back({1000 + static_cast<std::int64_t>(1e6 * (reference[4] + 0.2 * k)), 1, 1, 1});
  for (int k = 1; reference[0] - 0.1 * k >= -1; ++k)
    expected.push_back({1000 + static_cast<std::int64_t>(1e6 * (0.1 * k - reference[0])), 0, 0, 0});
  std::sort(expected.begin(), expected.end(), [](const Event& a, const Event& b) { return a.t < b.t; });
  REQUIRE(events.size() == expected.size());
  for (std::size_t k = 0; k < events.size(); ++k) {
    CHECK(near(double(events[k].t), double(expected[k].t), 2));
    CHECK(events[k].x == expected[k].x);
    CHECK(events[k].y == expected[k].y);
    CHECK(events[k].polarity == expected[k].polarity);
  }
  // What is left is less than a threshold, and nothing more comes while nothing changes.
  CHECK(std::abs(state.log_intensity[4] - state.reference[4]) < 0.2f);
  events.clear();
  camera.step(pixels, state, frame, 2'000'000, events);
  CHECK(events.empty());
}

TEST_CASE("the events add up to the change of log intensity", "[data]") {
  const EventCamera camera = plain();
  const auto pixels = camera.make_pixels({8, 8}, Generator{1});
  Vector<float> frame(64);
  Generator pictures{5};
  pictures.uniform(frame);
  frame.array() += 0.05f;
  auto state = camera.zero_state(pixels, frame, 0, Generator{2});
  const Vector<float> before = state.reference;
  std::vector<Event> events;
  for (int t = 1; t < 50; ++t) {
    pictures.uniform(frame);
    frame.array() += 0.05f;
    camera.step(pixels, state, frame, t * 1000, events);
  }
  Vector<float> sum = before;
  for (const Event& e : events) sum[e.y * 8 + e.x] += e.polarity ? 0.26f : -0.26f;
  CHECK((sum - state.reference).cwiseAbs().maxCoeff() < 1e-3f);
  CHECK((frame.array().log().matrix() - sum).cwiseAbs().maxCoeff() < 0.261f);
  CHECK(
      std::is_sorted(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.t < b.t; }));
}

TEST_CASE("events of a pixel keep the refractory time apart", "[data]") {
  EventCamera camera;
  camera.refractory = 3000;
  camera.shot_noise = 50;
  const auto pixels = camera.make_pixels({6, 6}, Generator{1});
  const auto flicker = [](std::int64_t t, Vector<float>& frame) {
    frame.setConstant(frame.size(), t / 2000 % 2 == 0 ? 0.2f : 0.9f);
  };
  const auto events = EventSimulation{.duration = 500'000}(camera, pixels, flicker, Generator{3});
  std::vector<std::int64_t> last(36, -10000);
  std::int64_t least = 1'000'000;
  for (const Event& e : events) {
    std::int64_t& before = last[e.y * 6u + e.x];
    least = std::min(least, e.t - before);
    before = e.t;
  }
  CHECK(events.size() > 1000);
  CHECK(least >= 3000);
  CHECK(least < 3100);
}

TEST_CASE("noise has its rates, and thresholds their spread", "[data]") {
  EventCamera camera = plain();
  camera.shot_noise = 4;
  const auto pixels = camera.make_pixels({32, 32}, Generator{1});
  const EventSimulation simulate{.duration = 2'000'000, .interval = 10'000};
  auto events = simulate(camera, pixels, still, Generator{1});
  const double expected = 4 * 1024 * 2;
  CHECK(near(double(events.size()), expected, 4 * std::sqrt(expected)));
  const auto on = std::count_if(events.begin(), events.end(), [](const Event& e) { return e.polarity == 1; });
  CHECK(near(double(on), double(events.size()) / 2, 2.5 * std::sqrt(expected)));
  camera.shot_noise = 0;
  camera.leak = 4;
  events = simulate(camera, pixels, still, Generator{1});
  // References begin above L too, so the first second has fewer.
  const auto later =
      std::count_if(events.begin(), events.end(), [](const Event& e) { return e.t > 1'000'000; });
  CHECK(near(double(later), expected / 2, expected / 100));
  for (const Event& e : events) CHECK(e.polarity == 1);

  camera.spread = 0.1;
  const auto uneven = camera.make_pixels({64, 64}, Generator{1});
  const double mean = uneven.on.mean();
  CHECK(near(mean, 0.26, 0.002));
  CHECK(near(std::sqrt((uneven.on.array().cast<double>() - mean).square().mean()), 0.026, 0.002));
  CHECK(uneven.on != uneven.off);
}

TEST_CASE("a simulation depends on its generator only, and on the pixels", "[data]") {
  const EventCamera camera;
  const auto pixels = camera.make_pixels({16, 16}, Generator{1});
  const auto wave = [](std::int64_t t, Vector<float>& frame) {
    for (Index i = 0; i < frame.size(); ++i)
      frame[i] = 1.1f + std::sin(static_cast<float>(i % 16) + static_cast<float>(t) * 1e-4f);
  };
  const EventSimulation simulate;
  const auto once = simulate(camera, pixels, wave, Generator{4}.at_sample(3));
  CHECK(once == simulate(camera, pixels, wave, Generator{4}.at_sample(3)));
  CHECK(once != simulate(camera, pixels, wave, Generator{4}.at_sample(4)));
  CHECK(once !=
        simulate(camera, camera.make_pixels({16, 16}, Generator{2}), wave, Generator{4}.at_sample(3)));
  CHECK(once.size() > 1000);
  CHECK(once.back().t <= 315'000);
}

TEST_CASE("finer frames change a smooth scene's events little", "[data]") {
  const EventCamera camera = plain();
  const auto pixels = camera.make_pixels({16, 16}, Generator{1});
  const auto wave = [](std::int64_t t, Vector<float>& frame) {
    for (Index i = 0; i < frame.size(); ++i)
      frame[i] = 1.1f + std::sin(0.5f * static_cast<float>(i % 16) + static_cast<float>(t) * 3e-5f);
  };
  const auto coarse = EventSimulation{.interval = 2000}(camera, pixels, wave, Generator{4});
  const auto fine = EventSimulation{.interval = 200}(camera, pixels, wave, Generator{4});
  CHECK(near(double(coarse.size()), double(fine.size()), 0.01 * double(fine.size())));
}

TEST_CASE("a camera refuses frames and parameters that cannot be", "[data]") {
  const EventCamera camera;
  const auto pixels = camera.make_pixels({4, 3}, Generator{1});
  Vector<float> frame = Vector<float>::Ones(12);
  auto state = camera.zero_state(pixels, frame, 0, Generator{1});
  std::vector<Event> events;
  const auto refusal = [](auto&& f) { return error_of<std::invalid_argument>(f); };
  CHECK(contains(refusal([&] { camera.step(pixels, state, frame, 0, events); }),
                 "a frame at 0 µs follows one at 0 µs"));
  CHECK(contains(refusal([&] { camera.step(pixels, state, Vector<float>::Ones(11), 1, events); }),
                 "the frame is 11 x 1, expected 12 x 1"));
  frame[3] = -1;
  CHECK(contains(refusal([&] { camera.step(pixels, state, frame, 1, events); }), "the smallest is -1"));
  frame[3] = std::nanf("");
  CHECK(contains(refusal([&] { camera.step(pixels, state, frame, 1, events); }), "must be finite"));
  CHECK(contains(refusal([&] { camera.make_pixels({0, 3}, Generator{1}); }), "a sensor of 0 x 3"));
  const auto with = [&](auto EventCamera::*field, double value) {
    EventCamera c;
    c.*field = value;
    return refusal([&] { c.validate(); });
  };
  CHECK(contains(with(&EventCamera::threshold_on, 0), "threshold_on is 0"));
  CHECK(contains(with(&EventCamera::threshold_off, -1), "threshold_off is -1"));
  CHECK(contains(with(&EventCamera::spread, 2), "spread is 2"));
  CHECK(contains(with(&EventCamera::refractory, -1), "refractory (µs) is -1"));
  CHECK(contains(with(&EventCamera::leak, std::nan("")), "leak (Hz) is nan"));
  CHECK(contains(with(&EventCamera::shot_noise, -1), "shot_noise (Hz) is -1"));
  CHECK(contains(with(&EventCamera::dark, 0), "dark is 0"));
  CHECK(contains(refusal([] { EventSimulation{.duration = 0}.validate(); }), "duration (µs) is 0"));
  CHECK(contains(refusal([] { EventSimulation{.interval = 0}.validate(); }), "interval (µs) is 0"));
}
