// Events as pictures: counts, and how recent each pixel's last event is.
#pragma once
#include <cmath>
#include <limits>
#include <neohebb/core/types.hpp>
#include <neohebb/data/events/event.hpp>

namespace neohebb {

namespace detail {
inline void check_view_sensor(const Sensor& sensor) {
  NEOHEBB_REQUIRE(sensor.width > 0 && sensor.height > 0, "a picture of a sensor of ", sensor.width, " x ",
                  sensor.height, "; where a recording does not state its size, give EventOptions::sensor");
}
}  // namespace detail

/// height × width: each pixel's ON events minus its OFF events. Events outside the sensor are left out.
/// Throws std::invalid_argument for a sensor without pixels.
template <class S = float> Matrix<S> signed_frame(std::span<const Event> events, const Sensor& sensor) {
  detail::check_view_sensor(sensor);
  Matrix<S> frame = Matrix<S>::Zero(sensor.height, sensor.width);
  for (const Event& e : events)
    if (e.x < sensor.width && e.y < sensor.height) frame(e.y, e.x) += e.polarity ? S(1) : S(-1);
  return frame;
}
/// height × width: each pixel's events of either polarity; otherwise as signed_frame.
template <class S = float> Matrix<S> count_frame(std::span<const Event> events, const Sensor& sensor) {
  detail::check_view_sensor(sensor);
  Matrix<S> frame = Matrix<S>::Zero(sensor.height, sensor.width);
  for (const Event& e : events)
    if (e.x < sensor.width && e.y < sensor.height) frame(e.y, e.x) += S(1);
  return frame;
}

/// How recent the last event of each pixel and polarity is:
///
///     surface(y, x) = exp(−(t − t_last(x, y, polarity)) / τ),    0 where none has been
///
/// Keeps the last times, so a recording may come block by block. [Lagorce, Orchard, Galluppi, Shi, Benosman
/// 2017, "HOTS: a hierarchy of event-based time-surfaces for pattern recognition", section 3.1]
class TimeSurface {
 public:
  /// Throws std::invalid_argument for a sensor without pixels.
  explicit TimeSurface(const Sensor& sensor) : sensor_(sensor) {
    detail::check_view_sensor(sensor);
    for (auto& last : last_) last.setConstant(sensor.height, sensor.width, never);
  }
  /// Events outside the sensor are left out.
  void add(std::span<const Event> events) {
    for (const Event& e : events)
      if (e.x < sensor_.width && e.y < sensor_.height) {
        std::int64_t& last = last_[e.polarity != 0](e.y, e.x);
        last = std::max(last, e.t);
      }
  }
  /// height × width, at t µs, not before the last event. τ in µs. Throws std::invalid_argument for τ that is
  /// not positive.
  template <class S = float> Matrix<S> surface(bool on, std::int64_t t, double tau) const {
    NEOHEBB_REQUIRE(is_number(tau) && tau > 0, "TimeSurface: tau is ", tau, " µs, must be positive");
    return last_[on].unaryExpr([=](std::int64_t last) {
      if (last == never) return S(0);
      return static_cast<S>(std::exp((static_cast<double>(last) - static_cast<double>(t)) / tau));
    });
  }

 private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
  Sensor sensor_;
  Matrix<std::int64_t> last_[2];  // OFF, ON
};

}  // namespace neohebb
