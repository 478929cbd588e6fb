// Anti-aliased shapes: strokes, polylines, discs, bands.
//
// A shape is first gathered in a mask that keeps each pixel's largest coverage, then laid over the picture
// once, so that a translucent line is not darker where its pieces meet.
#pragma once
#include <algorithm>
#include <cmath>
#include <neohebb/plot/image.hpp>
#include <span>
#include <vector>

namespace neohebb::plot {

/// A place in pixels; whole numbers are pixel corners, so (0.5, 0.5) is the centre of the top left pixel.
struct Point {
  double x = 0, y = 0;

  bool finite() const { return is_finite(x) && is_finite(y); }
};

struct Stroke {
  Colour colour = ink;
  double width = 1;    // pixels
  double opacity = 1;  // 0 to 1
  double dash = 0;     // pixels on, then as many off; 0: unbroken
};

/// How much of each pixel of `area` a shape covers.
class Mask {
 public:
  explicit Mask(const Box& area)
      : area_(area),
        coverage_(static_cast<std::size_t>(std::max(0, area.width())) *
                  static_cast<std::size_t>(std::max(0, area.height()))) {}

  void cover(int x, int y, double amount) {
    float& pixel =
        coverage_[static_cast<std::size_t>(y - area_.top) * static_cast<std::size_t>(area_.width()) +
                  static_cast<std::size_t>(x - area_.left)];
    pixel = std::max(pixel, static_cast<float>(amount));
  }
  /// All points at most width/2 from the segment: a stroke with round ends.
  void segment(Point a, Point b, double width) {
    const double reach = width / 2 + 0.5, dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
    const int top = row(std::min(a.y, b.y) - reach), bottom = row(std::max(a.y, b.y) + reach + 1);
    for (int y = top; y < bottom; ++y) {
      // Only the part of the segment that comes near this row: a long diagonal costs its length, not its box.
      double from = std::min(a.x, b.x), to = std::max(a.x, b.x);
      if (std::abs(dy) > 1e-9) {
        const double t0 = std::clamp((y - reach - a.y) / dy, 0.0, 1.0),
                     t1 = std::clamp((y + 1 + reach - a.y) / dy, 0.0, 1.0);
        from = a.x + dx * (dx * dy > 0 ? std::min(t0, t1) : std::max(t0, t1));
        to = a.x + dx * (dx * dy > 0 ? std::max(t0, t1) : std::min(t0, t1));
        if (from > to) std::swap(from, to);
      }
      const int left = column(from - reach), right = column(to + reach + 1);
      for (int x = left; x < right; ++x) {
        const double px = x + 0.5 - a.x, py = y + 0.5 - a.y;
        const double t = length2 > 0 ? std::clamp((px * dx + py * dy) / length2, 0.0, 1.0) : 0;
        const double distance = std::hypot(px - t * dx, py - t * dy);
        if (distance < reach) cover(x, y, std::min({1.0, width, reach - distance}));
      }
    }
  }
  void lay(Image& image, Colour colour, double opacity) const {
    const float* pixel = coverage_.data();
    for (int y = area_.top; y < area_.bottom; ++y)
      for (int x = area_.left; x < area_.right; ++x, ++pixel)
        if (*pixel > 0) image.blend(x, y, colour, opacity * static_cast<double>(*pixel));
  }
  const Box& area() const { return area_; }
  int row(double y) const {
    return static_cast<int>(std::clamp(std::floor(y), double(area_.top), double(area_.bottom)));
  }
  int column(double x) const {
    return static_cast<int>(std::clamp(std::floor(x), double(area_.left), double(area_.right)));
  }

 private:
  Box area_;
  std::vector<float> coverage_;
};

/// The pixels of `clip` within `margin` of the points.
inline Box bounding_box(std::span<const Point> points, double margin, const Box& clip) {
  double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
  for (const Point& p : points)
    if (p.finite()) {
      left = std::min(left, p.x - margin);
      top = std::min(top, p.y - margin);
      right = std::max(right, p.x + margin);
      bottom = std::max(bottom, p.y + margin);
    }
  const auto pixel = [](double v) { return static_cast<int>(std::clamp(v, -1e6, 1e6)); };
  const Box box =
      Box{pixel(std::floor(left)), pixel(std::floor(top)), pixel(std::ceil(right)), pixel(std::ceil(bottom))}
          .intersection(clip);
  return box.width() > 0 && box.height() > 0 ? box : Box{clip.left, clip.top, clip.left, clip.top};
}

/// Joins the points; a point that is NaN or infinite leaves a gap, a point alone between gaps is drawn as a
/// dot.
inline void polyline(Image& image, std::span<const Point> points, const Stroke& stroke, const Box& clip) {
  Mask mask(bounding_box(points, stroke.width + 1, clip.intersection(image.box())));
  const auto far = [](Point p) { return Point{std::clamp(p.x, -1e6, 1e6), std::clamp(p.y, -1e6, 1e6)}; };
  double walked = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].finite()) continue;
    const Point a = far(points[i]);
    if (i + 1 == points.size() || !points[i + 1].finite()) {
      if (i == 0 || !points[i - 1].finite()) mask.segment(a, a, 2 * stroke.width);
      continue;
    }
    const Point b = far(points[i + 1]);
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    if (stroke.dash <= 0 || !(length > 0)) {
      mask.segment(a, b, stroke.width);
      continue;
    }
    const auto at = [&](double s) {
      return Point{a.x + (b.x - a.x) * s / length, a.y + (b.y - a.y) * s / length};
    };
    const double period = 2 * stroke.dash;
    for (double start = -std::fmod(walked, period); start < length; start += period)
      if (start + stroke.dash > 0)
        mask.segment(at(std::max(0.0, start)), at(std::min(length, start + stroke.dash)), stroke.width);
    walked += length;
  }
  mask.lay(image, stroke.colour, stroke.opacity);
}
inline void polyline(Image& image, std::span<const Point> points, const Stroke& stroke) {
  polyline(image, points, stroke, image.box());
}
inline void line(Image& image, Point a, Point b, const Stroke& stroke = {}) {
  const Point ends[2] = {a, b};
  polyline(image, ends, stroke, image.box());
}

/// A filled circle.
inline void disc(Image& image, Point centre, double radius, Colour colour, const Box& clip) {
  Mask mask(bounding_box(std::span(&centre, 1), radius + 1, clip.intersection(image.box())));
  mask.segment(centre, centre, 2 * radius);
  mask.lay(image, colour, 1);
}
inline void disc(Image& image, Point centre, double radius, Colour colour) {
  disc(image, centre, radius, colour, image.box());
}

/// The outline of a box, inside it, `thickness` pixels thick.
inline void rectangle(Image& image, const Box& box, Colour colour, int thickness = 1) {
  image.fill({box.left, box.top, box.right, box.top + thickness}, colour);
  image.fill({box.left, box.bottom - thickness, box.right, box.bottom}, colour);
  image.fill({box.left, box.top + thickness, box.left + thickness, box.bottom - thickness}, colour);
  image.fill({box.right - thickness, box.top + thickness, box.right, box.bottom - thickness}, colour);
}

/// The area between two lines over the same x: upper[i] and lower[i] have equal x. NaN leaves a gap.
inline void band(Image& image, std::span<const Point> upper, std::span<const Point> lower, Colour colour,
                 double opacity, const Box& clip) {
  NEOHEBB_REQUIRE(upper.size() == lower.size(), "band with ", upper.size(), " upper and ", lower.size(),
                  " lower points");
  Mask mask(clip.intersection(image.box()));
  for (std::size_t i = 0; i + 1 < upper.size(); ++i) {
    if (!upper[i].finite() || !upper[i + 1].finite() || !lower[i].finite() || !lower[i + 1].finite())
      continue;
    // A column of pixels belongs to the piece that holds its centre, so that neighbouring pieces leave no
    // seam.
    const double from = std::min(upper[i].x, upper[i + 1].x), to = std::max(upper[i].x, upper[i + 1].x);
    for (int x = mask.column(from + 0.5), end = mask.column(to + 0.5); x < end; ++x) {
      const double t = (x + 0.5 - upper[i].x) / (upper[i + 1].x - upper[i].x);
      const double a = upper[i].y + t * (upper[i + 1].y - upper[i].y),
                   b = lower[i].y + t * (lower[i + 1].y - lower[i].y);
      const double top = std::min(a, b), bottom = std::max(a, b);
      for (int y = mask.row(top), last = mask.row(bottom + 1); y < last; ++y)
        mask.cover(x, y, std::clamp(std::min(bottom, y + 1.0) - std::max(top, double(y)), 0.0, 1.0));
    }
  }
  mask.lay(image, colour, opacity);
}

}  // namespace neohebb::plot
