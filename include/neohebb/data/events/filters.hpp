// Filters that drop events: noise, hot pixels, pixels that fire too fast.
#pragma once
#include <algorithm>
#include <array>
#include <limits>
#include <neohebb/core/types.hpp>
#include <neohebb/data/events/event.hpp>
#include <vector>

namespace neohebb {

/// Drops the events for which `keep(event)` is false, moves the others to the front and returns their number.
/// A filter carries its state from one block of a recording to the next:
///
///     BackgroundFilter filter(reader.sensor());
///     while (const std::size_t n = reader.read(buffer))
///       use(std::span(buffer).first(keep_events(filter, std::span(buffer).first(n))));
template <class Filter> std::size_t keep_events(Filter&& keep, std::span<Event> events) {
  std::size_t kept = 0;
  for (const Event& e : events)
    if (keep(e)) events[kept++] = e;
  return kept;
}
/// Keeps the events for which keep(event) is true.
template <class Filter> void keep_events(Filter&& keep, std::vector<Event>& events) {
  events.resize(keep_events(keep, std::span(events)));
}

namespace detail {

/// Whether `before` lies within `window` µs before t, or after it; for any times that a file may hold.
inline bool is_recent(std::int64_t t, std::int64_t before, std::int64_t window) {
  return before > t || static_cast<std::uint64_t>(t) - static_cast<std::uint64_t>(before) <=
                           static_cast<std::uint64_t>(window);
}

/// A time for each pixel, with a border of one pixel around.
struct PixelTimes {
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
  PixelTimes(const char* who, const Sensor& s) : sensor(s) {
    NEOHEBB_REQUIRE(s.width > 0 && s.height > 0 && s.width <= 65536 && s.height <= 65536, who,
                    ": the sensor is ", s.width, " x ", s.height,
                    "; where a recording does not state its size, give EventOptions::sensor");
    times.assign(static_cast<std::size_t>(s.width + 2) * static_cast<std::size_t>(s.height + 2), never);
  }
  bool holds(const Event& e) const { return e.x < sensor.width && e.y < sensor.height; }
  std::ptrdiff_t stride() const { return sensor.width + 2; }
  std::int64_t* at(const Event& e) { return times.data() + (e.y + 1) * stride() + e.x + 1; }

  Sensor sensor;
  std::vector<std::int64_t> times;
};

}  // namespace detail

/// Keeps an event if one of the eight pixels around had an event, of either polarity, within `window` µs
/// before: noise is alone, edges are not. [Delbruck 2008, "Frame-free dynamic digital vision", the
/// "background activity filter"] Hot pixels side by side keep each other's events: drop them first, with
/// PixelCounts. Events outside the sensor are dropped.
class BackgroundFilter {
 public:
  /// Throws std::invalid_argument for a sensor without pixels or a window that is not positive.
  explicit BackgroundFilter(const Sensor& sensor, std::int64_t window = 5000)
      : last_("BackgroundFilter", sensor), window_(window) {
    check_positive("BackgroundFilter: window (µs)", window);
  }
  bool operator()(const Event& e) {
    if (!last_.holds(e)) return false;
    std::int64_t* const here = last_.at(e);
    const std::ptrdiff_t row = last_.stride();
    const std::int64_t* const up = here - row;
    const std::int64_t* const down = here + row;
    const std::int64_t latest =
        std::max({up[-1], up[0], up[1], here[-1], here[1], down[-1], down[0], down[1]});
    *here = e.t;
    return detail::is_recent(e.t, latest, window_);
  }

 private:
  detail::PixelTimes last_;
  std::int64_t window_;
};

/// Keeps an event if its pixel's last kept one, of either polarity, is at least `time` µs before. Events
/// outside the sensor are dropped.
class RefractoryFilter {
 public:
  /// Throws std::invalid_argument as BackgroundFilter does.
  RefractoryFilter(const Sensor& sensor, std::int64_t time) : last_("RefractoryFilter", sensor), time_(time) {
    check_positive("RefractoryFilter: time (µs)", time);
  }
  bool operator()(const Event& e) {
    if (!last_.holds(e)) return false;
    std::int64_t& last = *last_.at(e);
    if (detail::is_recent(e.t, last, time_ - 1)) return false;
    last = e.t;
    return true;
  }

 private:
  detail::PixelTimes last_;
  std::int64_t time_;
};

/// Counts a recording's events by pixel, in a first pass, and tells the pixels that fire by themselves: those
/// with more than `rate` events per second, and more than `factor` times the events of every pixel around
/// them. What moves past a pixel moves past its neighbours too, so a hot pixel stands out from them as a
/// defect of an image sensor does, whatever the scene's own rate. Hot pixels may touch: around a pixel means
/// around the patch of busy pixels that it belongs to, of at most `patch` pixels. A longer line of busy
/// pixels is part of the scene.
///
///     PixelCounts counts(sensor);
///     counts.add(events);
///     keep_events(counts.without_hot_pixels(), events);
class PixelCounts {
 public:
  explicit PixelCounts(const Sensor& sensor) : sensor_(sensor) {
    NEOHEBB_REQUIRE(sensor.width > 0 && sensor.height > 0, "PixelCounts: the sensor is ", sensor.width, " x ",
                    sensor.height, "; where a recording does not state its size, give EventOptions::sensor");
    counts_.setZero(sensor.width, sensor.height);
  }
  /// Counts events.
  void add(std::span<const Event> events) {
    for (const Event& e : events) {
      if (e.x >= sensor_.width || e.y >= sensor_.height) continue;
      ++counts_(e.x, e.y);
      first_ = std::min(first_, e.t);
      last_ = std::max(last_, e.t);
    }
  }
  Index count(int x, int y) const { return counts_(x, y); }

  /// A filter without state: drops events of hot pixels, and those outside the sensor.
  class Filter {
   public:
    bool operator()(const Event& e) const { return e.x < hot.rows() && e.y < hot.cols() && !hot(e.x, e.y); }
    Matrix<std::uint8_t> hot;  // width × height, 1 = hot
  };
  /// A filter that leaves out pixels with far more events than their neighbours. Throws
  /// std::invalid_argument.
  Filter without_hot_pixels(double factor = 5, double rate = 20, int patch = 9) const {
    NEOHEBB_REQUIRE(is_number(factor) && factor >= 1, "PixelCounts: factor is ", factor,
                    ", must be at least 1");
    NEOHEBB_REQUIRE(is_number(rate) && rate >= 0, "PixelCounts: rate is ", rate, " Hz, must not be negative");
    check_range("PixelCounts: patch (pixels)", patch, 1, 1024);
    const double seconds =
        first_ > last_ ? 0 : (static_cast<double>(last_) - static_cast<double>(first_)) * 1e-6;
    Filter filter;
    filter.hot.setZero(counts_.rows(), counts_.cols());
    for (Index y = 0; y < counts_.cols(); ++y)
      for (Index x = 0; x < counts_.rows(); ++x) {
        const auto n = static_cast<double>(counts_(x, y));
        filter.hot(x, y) = n > rate * seconds && busy_around(x, y, n / factor, patch) <= patch;
      }
    return filter;
  }

 private:
  /// How many pixels with at least `least` events hang together around (x, y), counted up to patch + 1.
  int busy_around(Index x, Index y, double least, int patch) const {
    std::vector<std::array<Index, 2>> found{{x, y}};
    for (std::size_t k = 0; k < found.size() && static_cast<int>(found.size()) <= patch; ++k) {
      const auto [i, j] = found[k];
      for (Index v = std::max<Index>(0, j - 1); v <= std::min(j + 1, counts_.cols() - 1); ++v)
        for (Index u = std::max<Index>(0, i - 1); u <= std::min(i + 1, counts_.rows() - 1); ++u)
          if (static_cast<double>(counts_(u, v)) >= least &&
              std::find(found.begin(), found.end(), std::array{u, v}) == found.end())
            found.push_back({u, v});
    }
    return static_cast<int>(found.size());
  }

  Sensor sensor_;
  Matrix<Index> counts_;  // width × height
  std::int64_t first_ = std::numeric_limits<std::int64_t>::max(),
               last_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace neohebb
