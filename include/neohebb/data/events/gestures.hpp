// Gestures made to order: two arms that move in eleven ways, for use without files.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <neohebb/core/random.hpp>
#include <numbers>

namespace neohebb {

/// A scene for EventSimulation in the classes of DVS128 Gesture (gesture_names of dvs_gesture.hpp): a person
/// who faces the camera, with two arms; the right hand is at the left of the picture. Tempo, phase, reach,
/// size, place and shoulder width vary from sample to sample; a sample depends on the generator's place only.
///
///     const Gestures gestures{.side = 128};
///     auto scene = gestures.make(label, Generator{1}.at_sample(k));
///     const EventSimulation simulate{.duration = 1'000'000};
///     const auto events = simulate(camera, pixels, scene, Generator{2}.at_sample(k));
struct Gestures {
  int side = 128;                      // pixels, of the square sensor
  double tempo = 1.6;                  // movements per second, mean
  double variation = 1;                // 0: every sample of a class is the same; 1: as people differ
  double background = 0.3, arm = 0.9;  // intensities

  static constexpr int classes = 11;

  void validate() const {
    NEOHEBB_REQUIRE(side >= 8 && side <= 4096, "Gestures: side is ", side, " pixels, must be from 8 to 4096");
    check_range("Gestures: tempo (Hz)", tempo, 0.01, 100.0);
    check_range("Gestures: variation", variation, 0.0, 1.0);
    check_range("Gestures: background", background, 0.0, 1e9);
    check_range("Gestures: arm", arm, 0.0, 1e9);
  }

  class Scene;
  /// A sample of class `label`, 0 … 10. Throws std::invalid_argument.
  Scene make(int label, const Generator& generator) const;
};

/// Paints one sample's frames.
class Gestures::Scene {
 public:
  /// A place in the picture.
  struct Point {
    double x = 0, y = 0;  // of the picture's side, y downwards
  };
  /// The hands at t µs: the person's right one, at the left of the picture, then the left one.
  std::array<Point, 2> hands(double t) const {
    const double turns = 2 * std::numbers::pi * tempo_ * t * 1e-6 + phase_;
    const double s = std::sin(turns), c = std::cos(turns);
    const auto at = [&](double x, double y) { return Point{centre_.x + reach_ * x, centre_.y + reach_ * y}; };
    std::array<Point, 2> hand{at(-0.2, 0.34), at(0.2, 0.34)};  // hanging down
    switch (label_) {
      case 0:  // clapping: towards each other and apart
        hand = {at(-0.11 - 0.1 * c, 0.08), at(0.11 + 0.1 * c, 0.08)};
        break;
      case 1:
        hand[0] = at(-0.24 + 0.14 * s, -0.26 + 0.04 * c * c);
        break;
      case 2:
        hand[1] = at(0.24 + 0.14 * s, -0.26 + 0.04 * c * c);
        break;
      case 3:  // clockwise as the person sees it is counter-clockwise in the picture
      case 4: {
        const double way = label_ == 3 ? -1 : 1;
        hand[0] = at(-0.17 + 0.26 * c, -0.08 + way * 0.26 * s);
        break;
      }
      case 5:
      case 6: {
        const double way = label_ == 5 ? -1 : 1;
        hand[1] = at(0.17 + 0.26 * c, -0.08 + way * 0.26 * s);
        break;
      }
      case 7:  // rolling: the forearms go round each other
        hand = {at(-0.03 + 0.1 * c, 0.06 + 0.1 * s), at(0.03 - 0.1 * c, 0.06 - 0.1 * s)};
        break;
      case 8:  // drums: up and down in turn
        hand = {at(-0.2, 0.08 + 0.14 * s), at(0.2, 0.08 - 0.14 * s)};
        break;
      case 9:  // guitar: one hand strums, the other goes along the neck
        hand = {at(-0.08 + 0.03 * s, 0.16 + 0.13 * s), at(0.32 + 0.03 * std::sin(turns / 3), -0.06)};
        break;
      default:  // other: ways that none of these has, another for each sample
        for (std::size_t k = 0; k < 2; ++k)
          hand[k] = at((k == 0 ? -0.2 : 0.2) + 0.16 * std::sin(turns * ratio_[2 * k] + ratio_[3 - 2 * k]),
                       -0.05 + 0.22 * std::sin(turns * ratio_[2 * k + 1]));
    }
    return hand;
  }
  void operator()(std::int64_t t, Vector<float>& frame) const {
    frame.setConstant(Index{side_} * side_, static_cast<float>(background_));
    const auto hand = hands(static_cast<double>(t));
    for (std::size_t k = 0; k < 2; ++k) {
      const Point shoulder{centre_.x + (k == 0 ? -shoulder_ : shoulder_), centre_.y - 0.08 * reach_};
      bar(shoulder, hand[k], thickness_, frame);
      bar(hand[k], hand[k], 1.5 * thickness_, frame);
    }
  }

 private:
  friend struct Gestures;
  /// All points within `radius` of the line from a to b, with an edge of one pixel.
  void bar(const Point& a, const Point& b, double radius, Vector<float>& frame) const {
    const double n = side_, ax = a.x * n, ay = a.y * n, dx = b.x * n - ax, dy = b.y * n - ay;
    const double r = radius * n, square = std::max(dx * dx + dy * dy, 1e-9);
    const auto first = [&](double low) { return static_cast<int>(std::clamp(low - r - 1, 0.0, n)); };
    const auto last = [&](double high) { return static_cast<int>(std::clamp(high + r + 2, 0.0, n)); };
    const int left = first(std::min(ax, ax + dx)), right = last(std::max(ax, ax + dx));
    const int top = first(std::min(ay, ay + dy)), bottom = last(std::max(ay, ay + dy));
    for (int y = top; y < bottom; ++y)
      for (int x = left; x < right; ++x) {
        const double px = x - ax, py = y - ay;
        const double along = std::clamp((px * dx + py * dy) / square, 0.0, 1.0);
        const double distance = std::hypot(px - along * dx, py - along * dy);
        const double covered = std::clamp(r + 0.5 - distance, 0.0, 1.0);
        float& pixel = frame[Index{y} * side_ + x];
        const auto seen = static_cast<float>(background_ + covered * (arm_ - background_));
        if (std::abs(seen - static_cast<float>(background_)) >
            std::abs(pixel - static_cast<float>(background_)))
          pixel = seen;
      }
  }

  int label_ = 0, side_ = 128;
  double background_ = 0, arm_ = 1, tempo_ = 1, phase_ = 0, reach_ = 1, shoulder_ = 0.15, thickness_ = 0.03;
  Point centre_{0.5, 0.5};
  std::array<double, 4> ratio_{};
};

inline Gestures::Scene Gestures::make(int label, const Generator& generator) const {
  validate();
  NEOHEBB_REQUIRE(label >= 0 && label < classes, "Gestures: label ", label, " of ", classes, " classes");
  RandomSequence numbers = generator.sequence();
  const auto about = [&](double mean, double apart) {
    return mean + variation * numbers.uniform(-apart, apart);
  };
  Scene scene;
  scene.label_ = label;
  scene.side_ = side;
  scene.background_ = background;
  scene.arm_ = arm;
  scene.tempo_ = tempo * about(1, 0.3);
  scene.phase_ = about(0, std::numbers::pi);
  scene.reach_ = about(1, 0.15);
  scene.shoulder_ = about(0.15, 0.025);
  scene.thickness_ = about(0.035, 0.008);
  scene.centre_ = {about(0.5, 0.05), about(0.5, 0.05)};
  for (double& ratio : scene.ratio_) ratio = about(1.1, 0.6);
  return scene;
}

}  // namespace neohebb
