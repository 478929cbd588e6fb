// A simulated event camera: frames in, events out.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <neohebb/core/random.hpp>
#include <neohebb/data/events/event.hpp>
#include <tuple>
#include <vector>

namespace neohebb {

/// Each pixel compares the logarithm of its intensity, L = log(I + dark), with the value at its last event:
///
///     ON  at the time when L reaches reference + θ_on,   then reference += θ_on
///     OFF at the time when L reaches reference − θ_off,  then reference −= θ_off
///
/// L runs straight from one frame to the next, so a pixel may cross several thresholds between two frames,
/// each at a time of its own. A crossing within `refractory` of the pixel's last event moves the reference
/// but gives no event. The reference leaks down, which gives ON events without light; shot noise gives events
/// of either polarity at random. Thresholds differ from pixel to pixel (the fixed pattern of a sensor).
/// [Lichtsteiner, Posch, Delbruck 2008, "A 128×128 120 dB 15 µs latency asynchronous temporal contrast vision
/// sensor"; Rebecq, Gehrig, Scaramuzza 2018, "ESIM: an open event camera simulator", section 3.1; Hu, Liu,
/// Delbruck 2021, "v2e: from video frames to realistic DVS events", for threshold spread, leak and shot
/// noise]
///
///     const EventCamera camera;
///     const auto pixels = camera.make_pixels({34, 34}, Generator{1});
///     auto state = camera.zero_state(pixels, frame, 0, Generator{2});
///     std::vector<Event> events;
///     while (…) camera.step(pixels, state, frame, t, events);   // appends, sorted by time
struct EventCamera {
  double threshold_on = 0.26;   // θ_on, of log intensity
  double threshold_off = 0.26;  // θ_off
  double spread = 0.05;         // of both, from pixel to pixel: standard deviation over mean
  double refractory = 1000;     // µs
  double leak = 0.1;            // ON events per second and pixel without light
  double shot_noise = 0.35;     // events per second and pixel, half of them ON
  double dark = 1e-3;           // intensity that a pixel sees in the dark; white is about 1

  void validate() const {
    check_range("EventCamera: threshold_on", threshold_on, 0.001, 100.0);
    check_range("EventCamera: threshold_off", threshold_off, 0.001, 100.0);
    check_range("EventCamera: spread", spread, 0.0, 1.0);
    check_range("EventCamera: refractory (µs)", refractory, 0.0, 1e9);
    check_range("EventCamera: leak (Hz)", leak, 0.0, 1e5);
    check_range("EventCamera: shot_noise (Hz)", shot_noise, 0.0, 1e5);
    check_range("EventCamera: dark", dark, 1e-9, 1e9);
  }

  /// A sensor's own thresholds: pixel (x, y) at y · width + x.
  struct Pixels {
    Sensor sensor;
    Vector<float> on, off;  // rise and fall of the log intensity that make an event
  };
  /// Pixels whose thresholds spread, at least a tenth of the mean. Throws std::invalid_argument for a sensor
  /// without pixels and parameters out of range.
  Pixels make_pixels(const Sensor& sensor, const Generator& generator) const {
    validate();
    NEOHEBB_REQUIRE(sensor.width > 0 && sensor.height > 0 && sensor.width <= 65536 && sensor.height <= 65536,
                    "EventCamera: a sensor of ", sensor.width, " x ", sensor.height, " pixels");
    const Index n = Index{sensor.width} * sensor.height;
    Pixels pixels{sensor, Vector<float>(n), Vector<float>(n)};
    const auto draw = [&](Vector<float>& thresholds, double mean, std::uint32_t part) {
      generator.substream(part).normal(thresholds);
      thresholds.array() =
          static_cast<float>(mean) * (1 + static_cast<float>(spread) * thresholds.array()).max(0.1f);
    };
    draw(pixels.on, threshold_on, 0);
    draw(pixels.off, threshold_off, 1);
    return pixels;
  }

  struct State {
    std::int64_t time = 0;           // µs, of the last frame
    Vector<float> log_intensity;     // L of the last frame
    Vector<float> reference;         // L at the last event
    std::vector<std::int64_t> last;  // µs, the last event
    Generator generator;             // of the noise; a frame is a step
    Vector<float> next = {};         // workspace: L of this frame
    static void fields(auto& self, auto&& visit) {
      visit("time", self.time);
      visit("log_intensity", self.log_intensity);
      visit("reference", self.reference);
      visit("last", self.last);
      visit("generator", self.generator);
    }
  };
  /// The camera sees `frame` at t µs, and has seen other things before: references are uniform within the
  /// thresholds around it. Throws std::invalid_argument as step() does.
  template <class Frame>
  State zero_state(const Pixels& pixels, const Eigen::MatrixBase<Frame>& frame, std::int64_t t,
                   const Generator& generator) const {
    validate();
    State state{t, {}, {}, {}, generator, {}};
    see(pixels, frame.derived(), state.log_intensity);
    state.next.resize(state.log_intensity.size());
    state.reference.resize(state.log_intensity.size());
    generator.substream(0).uniform(state.reference);
    state.reference.array() = state.log_intensity.array() + pixels.off.array() * state.reference.array() -
                              pixels.on.array() * (1 - state.reference.array());
    state.last.assign(static_cast<std::size_t>(state.reference.size()), long_ago);
    state.generator = generator.substream(1);
    return state;
  }

  /// The next frame, at t µs: appends the events since the last, in order of time (then row, column,
  /// polarity). frame: width·height intensities ≥ 0, a column, row by row. Throws std::invalid_argument for
  /// another size, intensities that are negative, NaN or infinite, a time not after the last frame's.
  template <class Frame>
  void step(const Pixels& pixels, State& state, const Eigen::MatrixBase<Frame>& frame, std::int64_t t,
            std::vector<Event>& events) const {
    NEOHEBB_REQUIRE(t > state.time, "EventCamera: a frame at ", t, " µs follows one at ", state.time, " µs");
    see(pixels, frame.derived(), state.next);
    const std::size_t before = events.size();
    const double span = static_cast<double>(t - state.time);
    NEOHEBB_REQUIRE(leak * span * 1e-6 <= 1000, "EventCamera: ", leak * span * 1e-6,
                    " events of each pixel's leak between two frames, at most 1000: show frames more often");
    if (shot_noise > 0) add_noise(pixels, state, span, events);
    if (leak > 0) state.reference -= static_cast<float>(leak * span * 1e-6) * pixels.on;
    const Index n = state.next.size();
    constexpr Index block = 32;
    for (Index first = 0; first < n; first += block) {
      const Index size = std::min(block, n - first);
      const auto change = (state.next.segment(first, size) - state.reference.segment(first, size)).array();
      if (!((change >= pixels.on.segment(first, size).array()) ||
            (change <= -pixels.off.segment(first, size).array()))
               .any())
        continue;
      for (Index i = first; i < first + size; ++i) cross(pixels, state, i, span, events);
    }
    std::sort(events.begin() + static_cast<std::ptrdiff_t>(before), events.end(),
              [](const Event& a, const Event& b) {
                return std::tuple(a.t, a.y, a.x, a.polarity) < std::tuple(b.t, b.y, b.x, b.polarity);
              });
    state.log_intensity.swap(state.next);
    state.time = t;
    ++state.generator.step;
  }

 private:
  static constexpr std::int64_t long_ago = std::numeric_limits<std::int64_t>::min() / 2;

  template <class Frame>
  void see(const Pixels& pixels, const Frame& frame, Vector<float>& log_intensity) const {
    check_shape("EventCamera: the frame", frame, pixels.on.size(), 1);
    log_intensity = frame.template cast<float>();
    NEOHEBB_REQUIRE(all_finite(log_intensity) && log_intensity.minCoeff() >= 0,
                    "EventCamera: intensities must be finite and not negative; the smallest is ",
                    log_intensity.minCoeff());
    log_intensity.array() = (log_intensity.array() + static_cast<float>(dark)).log();
  }
  void emit(const Pixels& pixels, State& state, Index i, std::int64_t t, int polarity,
            std::vector<Event>& events) const {
    std::int64_t& last = state.last[static_cast<std::size_t>(i)];
    if (t < last + static_cast<std::int64_t>(refractory)) return;
    last = t;
    events.push_back({t, static_cast<std::uint16_t>(i % pixels.sensor.width),
                      static_cast<std::uint16_t>(i / pixels.sensor.width),
                      static_cast<std::uint8_t>(polarity)});
  }
  /// Pixel i's crossings on the straight line from the last frame to this one.
  void cross(const Pixels& pixels, State& state, Index i, double span, std::vector<Event>& events) const {
    const float from = state.log_intensity[i], to = state.next[i];
    float& reference = state.reference[i];
    const auto move = [&](float threshold, int polarity) {
      reference += threshold;
      // What the leak alone brought about is due at the end.
      const double way = to == from ? 1 : std::clamp((reference - from) / (to - from), 0.0f, 1.0f);
      emit(pixels, state, i, state.time + static_cast<std::int64_t>(way * span), polarity, events);
    };
    while (to - reference >= pixels.on[i]) move(pixels.on[i], 1);
    while (to - reference <= -pixels.off[i]) move(-pixels.off[i], 0);
  }
  /// Shot noise: exponential pauses between the events of all pixels together.
  void add_noise(const Pixels& pixels, State& state, double span, std::vector<Event>& events) const {
    const auto n = static_cast<std::uint32_t>(pixels.on.size());
    const double per_us = shot_noise * 1e-6 * n;
    RandomSequence numbers = state.generator.sequence();
    for (double t = 0;;) {
      t -= std::log(1 - numbers.uniform()) / per_us;
      if (t >= span) return;
      const std::uint32_t pixel = numbers.below(n);
      emit(pixels, state, pixel, state.time + static_cast<std::int64_t>(t),
           static_cast<int>(numbers.bits() >> 31), events);
    }
  }
};

/// What the camera records of a scene from 0 to `duration` µs: scene(t, frame) paints the frame at t µs, a
/// Vector<float> of width·height intensities. The noise depends on the generator's place only. Throws as
/// EventCamera does.
struct EventSimulation {
  std::int64_t duration = 315'000;  // µs
  std::int64_t interval = 2000;     // µs from frame to frame; times between are interpolated

  void validate() const {
    check_positive("EventSimulation: duration (µs)", duration);
    check_positive("EventSimulation: interval (µs)", interval);
  }
  std::vector<Event> operator()(const EventCamera& camera, const EventCamera::Pixels& pixels, auto&& scene,
                                const Generator& generator) const {
    validate();
    Vector<float> frame(pixels.on.size());
    scene(std::int64_t{0}, frame);
    EventCamera::State state = camera.zero_state(pixels, frame, 0, generator);
    std::vector<Event> events;
    for (std::int64_t t = 0; t < duration;) {
      t = std::min(t + interval, duration);
      scene(t, frame);
      camera.step(pixels, state, frame, t, events);
    }
    return events;
  }
};

}  // namespace neohebb
