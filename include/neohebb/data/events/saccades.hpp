// An image that a camera looks at with three small jerks of its eye, as N-MNIST was recorded.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <neohebb/core/types.hpp>
#include <neohebb/data/events/event.hpp>
#include <numbers>
#include <vector>

namespace neohebb {

/// Where the image is at each moment: at three corners of a triangle in turn, moving from one to the next as
/// (1 − cos πu) / 2, u from 0 to 1, and back to the first at the end. [Orchard, Jayawant, Cohen, Thakor 2015,
/// "Converting static image datasets to spiking neuromorphic datasets using saccades": three saccades, 100 ms
/// each] The defaults were read off its recordings: corners from what their events add up to, times from
/// their rate. The test recordings' corners lie about half a pixel further up and left than the training
/// recordings'; these are between.
/// MovingImage throws std::invalid_argument for durations that are not positive, and numbers without sense.
struct Saccades {
  /// Where the camera looks, in pixels.
  struct Place {
    double x = 0, y = 0;  // pixels of the sensor, of the image's top left corner
  };
  std::array<Place, 3> corners{{{0.5, 0.8}, {1.75, 6.25}, {5.75, 1.25}}};  // pixels
  std::array<double, 3> start{12'000, 117'000, 220'000};                   // µs
  std::array<double, 3> duration{72'000, 72'000, 80'000};                  // µs
  double paper = 1;                                                        // intensity where a pixel is 0
  double ink = 0.2;  // where it is 255. N-MNIST's strokes are darker than what surrounds them, as MNIST
                     // defines its pixels: 0 white, 255 black

  void validate() const {
    for (std::size_t k = 0; k < 3; ++k) {
      check_range("Saccades: start (µs)", start[k], -1e12, 1e12);
      NEOHEBB_REQUIRE(is_number(duration[k]) && duration[k] > 0, "Saccades: duration ", k, " is ",
                      duration[k], " µs, must be positive");
      NEOHEBB_REQUIRE(is_number(corners[k].x) && is_number(corners[k].y) && std::abs(corners[k].x) < 1e4 &&
                          std::abs(corners[k].y) < 1e4,
                      "Saccades: corner ", k, " is (", corners[k].x, ", ", corners[k].y,
                      "), must be within 10000 pixels");
    }
    check_range("Saccades: paper", paper, 0.0, 1e9);
    check_range("Saccades: ink", ink, 0.0, 1e9);
  }
  /// Where the camera looks at time t in µs.
  Place at(double t) const {
    Place place = corners[0];
    for (std::size_t k = 0; k < 3; ++k) {
      const double u = std::clamp((t - start[k]) / duration[k], 0.0, 1.0);
      const double way = (1 - std::cos(std::numbers::pi * u)) / 2;
      const Place &from = corners[k], &to = corners[(k + 1) % 3];
      place.x += way * (to.x - from.x);
      place.y += way * (to.y - from.y);
    }
    return place;
  }
};

/// A scene for EventSimulation: an image of bytes, 0 … 255, on paper without end, moved by saccades; between
/// pixels it is interpolated (bilinear).
///
///     const EventSimulation simulate;
///     MovingImage scene(Saccades{}, {34, 34}, mnist.pixels.col(k), 28, 28);
///     const std::vector<Event> events = simulate(camera, pixels, scene, Generator{1}.at_sample(k));
class MovingImage {
 public:
  /// image: a column of height·width bytes, row by row. Throws std::invalid_argument for another size, a
  /// sensor without pixels, and what Saccades refuse.
  MovingImage(const Saccades& saccades, const Sensor& sensor, const auto& image, Index height, Index width)
      : saccades_(saccades), sensor_(sensor) {
    saccades.validate();
    check_positive("MovingImage: height", height);
    check_positive("MovingImage: width", width);
    check_shape("MovingImage: the image", image, height * width, 1);
    NEOHEBB_REQUIRE(sensor.width > 0 && sensor.height > 0, "MovingImage: a sensor of ", sensor.width, " x ",
                    sensor.height, " pixels");
    // A border of paper stands for all of it.
    canvas_.setConstant(width + 2, height + 2, static_cast<float>(saccades.paper));
    for (Index r = 0; r < height; ++r)
      for (Index c = 0; c < width; ++c)
        canvas_(c + 1, r + 1) =
            static_cast<float>(saccades.paper + (saccades.ink - saccades.paper) *
                                                    static_cast<double>(image(r * width + c)) / 255);
    row_.resize(width + 2);
    wide_.resize(sensor.width + 1);
  }
  void operator()(std::int64_t t, Vector<float>& frame) {
    const auto place = saccades_.at(static_cast<double>(t));
    const double left = std::floor(-place.x), top = std::floor(-place.y);
    const auto right = static_cast<float>(-place.x - left), down = static_cast<float>(-place.y - top);
    const Index column = static_cast<Index>(left) + 1, row = static_cast<Index>(top) + 1;
    const Index last = canvas_.rows() - 1;
    frame.resize(Index{sensor_.width} * sensor_.height);
    for (Index y = 0; y < sensor_.height; ++y) {
      const auto line = [&](Index r) { return canvas_.col(std::clamp<Index>(r, 0, canvas_.cols() - 1)); };
      row_ = (1 - down) * line(y + row) + down * line(y + row + 1);
      for (Index x = 0; x < wide_.size(); ++x) wide_[x] = row_[std::clamp<Index>(x + column, 0, last)];
      frame.segment(y * sensor_.width, sensor_.width) =
          (1 - right) * wide_.head(sensor_.width) + right * wide_.tail(sensor_.width);
    }
  }

 private:
  Saccades saccades_;
  Sensor sensor_;
  Matrix<float> canvas_;  // (width + 2) × (height + 2)
  Vector<float> row_, wide_;
};

}  // namespace neohebb
