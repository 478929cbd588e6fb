// Handwritten-looking digits, made to order: a data set for use without files.
#pragma once
#include <algorithm>
#include <array>
#include <neohebb/core/random.hpp>
#include <neohebb/data/digit_shapes.hpp>
#include <neohebb/data/images.hpp>

namespace neohebb {

/// A generator of digits 28×28, white on black, as MNIST's: strokes along the ways people write each digit,
/// with random slant, size, rotation, place, thickness and wobble.
///
///     const LabelledImages train = HandwrittenDigits{}.make(10000, Generator{1});
///
/// Digit number k depends on the generator's seed, stream and step and on k only, so sets may be made in
/// chunks; give test sets another stream. Each ten in a row, from a multiple of ten, hold every digit once.
struct HandwrittenDigits {
  double slant = 0.18;      // columns per row, standard deviation
  double rotation = 6;      // degrees, standard deviation
  double scale = 0.08;      // of the size, standard deviation, height and width apart
  double shift = 0.8;       // pixels, standard deviation, each direction
  double thickness = 2.4;   // pixels, mean
  double unevenness = 0.2;  // of the thickness, standard deviation of its logarithm
  double wobble = 0.03;     // of the height, standard deviation of each point a stroke passes

  /// Height and width of a digit in pixels.
  static constexpr Index side = 28;

  void validate() const {
    check_range("slant", slant, 0.0, 2.0);
    check_range("rotation (degrees)", rotation, 0.0, 180.0);
    check_range("scale", scale, 0.0, 0.3);
    check_range("shift (pixels)", shift, 0.0, 28.0);
    check_range("thickness (pixels)", thickness, 0.5, 10.0);
    check_range("unevenness", unevenness, 0.0, 1.0);
    check_range("wobble", wobble, 0.0, 0.5);
  }

  /// The digit that number k of a set shows, 0 … 9: each ten is shuffled.
  static int label(const Generator& generator, Index k = 0) {
    const std::uint32_t number = generator.sample + static_cast<std::uint32_t>(k);
    Generator tens = generator.substream(1);
    tens.sample = number / 10;
    RandomSequence numbers = tens.sequence();
    std::array<int, 10> order{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    for (std::uint32_t i = 9; i > 0; --i) std::swap(order[i], order[numbers.below(i + 1)]);
    return order[number % 10];
  }

  /// Draws number k and returns its label. pixels: a column of 784, row-major; unsigned char 0 … 255, else 0
  /// … 1. Throws std::invalid_argument.
  int draw(const Generator& generator, Index k, auto&& pixels) const {
    validate();
    check_shape("the pixels of a digit", pixels, side * side, 1);
    using P = typename std::remove_cvref_t<decltype(pixels)>::Scalar;
    const int digit = label(generator, k);
    Canvas canvas;
    write(digit, generator.sequence(k), canvas);
    for (Index i = 0; i < side * side; ++i) {
      const float ink = canvas.ink[static_cast<std::size_t>(i)];
      if constexpr (std::is_floating_point_v<P>)
        pixels(i) = static_cast<P>(ink);
      else
        pixels(i) = static_cast<P>(ink * 255 + 0.5f);
    }
    return digit;
  }

  /// Numbers 0 … count − 1 of the generator's set. Throws std::invalid_argument.
  LabelledImages make(Index count, const Generator& generator) const {
    validate();
    check_positive("count", count);
    LabelledImages set;
    set.height = set.width = side;
    set.pixels.resize(side * side, count);
    set.labels.reserve(static_cast<std::size_t>(count));
    for (Index k = 0; k < count; ++k) set.labels.push_back(draw(generator, k, set.pixels.col(k)));
    return set;
  }

 private:
  using Point = detail::Point;
  struct Canvas {
    std::array<float, static_cast<std::size_t>(side* side)> ink{};

    /// A line of `radius` pixels either side, its edge one pixel soft.
    void line(Point a, Point b, float radius) {
      const float reach = radius + 0.5f;
      const int left = clamp(std::min(a.x, b.x) - reach), right = clamp(std::max(a.x, b.x) + reach + 1);
      const int top = clamp(std::min(a.y, b.y) - reach), bottom = clamp(std::max(a.y, b.y) + reach + 1);
      const float dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
      const float inverse = length > 0 ? 1 / length : 0;
      for (int r = top; r < bottom; ++r)
        for (int c = left; c < right; ++c) {
          const float x = static_cast<float>(c) - a.x, y = static_cast<float>(r) - a.y;
          const float along = std::clamp((x * dx + y * dy) * inverse, 0.f, 1.f);
          const float ex = x - along * dx, ey = y - along * dy, square = ex * ex + ey * ey;
          if (square >= reach * reach) continue;
          float& p = ink[static_cast<std::size_t>(r * int(side) + c)];
          p = std::max(p, std::min(1.f, reach - std::sqrt(square)));
        }
    }
    static int clamp(float x) { return static_cast<int>(std::clamp(std::ceil(x), 0.f, float(side))); }
  };

  void write(int digit, RandomSequence numbers, Canvas& canvas) const {
    const auto spread = [&](double deviation) {  // three deviations at most: every digit stays legible
      return static_cast<float>(deviation * std::clamp(numbers.normal<double>(), -3.0, 3.0));
    };
    const auto shapes = detail::digit_shapes[digit];
    const detail::DigitShape& shape = shapes[numbers.below(static_cast<std::uint32_t>(shapes.size()))];
    const float height = 19 * (1 + spread(scale)), width = 17 * (1 + spread(scale)),
                lean = spread(slant) + 0.1f;
    const float angle = spread(rotation) * float(std::numbers::pi / 180), c = std::cos(angle),
                s = std::sin(angle);
    const float x0 = 13.5f + spread(shift), y0 = 13.5f + spread(shift);
    const float radius = static_cast<float>(thickness) / 2 * std::exp(spread(unevenness)),
                pressure = spread(unevenness / 2);
    for (int k = 0; k < shape.count; ++k) {
      const detail::Stroke& stroke = shape.strokes[k];
      Point points[16];
      for (int i = 0; i < stroke.count; ++i) {
        const Point p = stroke.points[i];
        if (i > 0 && p.x == stroke.points[i - 1].x && p.y == stroke.points[i - 1].y) {
          points[i] = points[i - 1];  // a corner stays one
          continue;
        }
        const float y = (p.y - 0.5f + spread(wobble)) * height,
                    x = (p.x - 0.5f + spread(wobble)) * width - lean * y;
        points[i] = {x0 + c * x - s * y, y0 + s * x + c * y};
      }
      follow(points, stroke.count, radius, pressure, canvas);
    }
  }

  /// A Catmull–Rom spline, three lines between neighbouring points; the pen's pressure changes along the way.
  static void follow(const Point* points, int n, float radius, float pressure, Canvas& canvas) {
    constexpr int strokes = 3;
    Point from = points[0];
    for (int i = 0; i + 1 < n; ++i) {
      const Point b = points[i], d = points[i + 1];
      if (b.x == d.x && b.y == d.y) continue;
      const Point a = points[std::max(0, i - 1)], e = points[std::min(n - 1, i + 2)];
      const float along = static_cast<float>(i) / static_cast<float>(n - 1) - 0.5f;
      const float pen = radius * (1 + pressure * along);
      for (int stroke = 1; stroke <= strokes; ++stroke) {
        const float t = static_cast<float>(stroke) / strokes;
        const auto at = [t](float p, float q, float r, float v) {
          return q + 0.5f * t * (r - p + t * (2 * p - 5 * q + 4 * r - v + t * (3 * (q - r) + v - p)));
        };
        const Point to = {at(a.x, b.x, d.x, e.x), at(a.y, b.y, d.y, e.y)};
        canvas.line(from, to, pen);
        from = to;
      }
    }
  }
};

}  // namespace neohebb
