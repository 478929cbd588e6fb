// A picture in memory.
#pragma once
#include <cstddef>
#include <neohebb/core/check.hpp>
#include <neohebb/plot/colour.hpp>
#include <vector>

namespace neohebb::plot {

/// The pixels with left ≤ x < right and top ≤ y < bottom; y grows downwards.
struct Box {
  int left = 0, top = 0, right = 0, bottom = 0;

  int width() const { return right - left; }
  int height() const { return bottom - top; }
  Box intersection(const Box& other) const {
    return {std::max(left, other.left), std::max(top, other.top), std::min(right, other.right),
            std::min(bottom, other.bottom)};
  }
  Box grown(int by) const { return {left - by, top - by, right + by, bottom + by}; }

  friend bool operator==(const Box&, const Box&) = default;
};

/// RGB picture of 8 bits a channel, pixel (0, 0) at the top left. What is drawn outside is clipped.
/// Throws std::invalid_argument for a side outside 1 … 32767 pixels.
class Image {
 public:
  Image(int width, int height, Colour background = white) : width_(width), height_(height) {
    check_range("image width in pixels", width, 1, 32767);
    check_range("image height in pixels", height, 1, 32767);
    pixels_.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), background);
  }

  int width() const { return width_; }
  int height() const { return height_; }
  Box box() const { return {0, 0, width_, height_}; }
  /// Rows from top to bottom, each from left to right.
  const std::vector<Colour>& pixels() const { return pixels_; }

  bool contains(int x, int y) const { return x >= 0 && y >= 0 && x < width_ && y < height_; }
  /// Throws std::invalid_argument outside the picture.
  Colour pixel(int x, int y) const {
    NEOHEBB_REQUIRE(contains(x, y), "pixel (", x, ", ", y, ") is outside the ", width_, " x ", height_,
                    " picture");
    return pixels_[place(x, y)];
  }
  void set(int x, int y, Colour colour) {
    if (contains(x, y)) pixels_[place(x, y)] = colour;
  }
  /// Lays colour over the pixel; opacity from 0 to 1.
  void blend(int x, int y, Colour colour, double opacity) {
    if (contains(x, y)) pixels_[place(x, y)] = mix(pixels_[place(x, y)], colour, opacity);
  }
  void fill(const Box& area, Colour colour, double opacity = 1) {
    const Box inside = area.intersection(box());
    for (int y = inside.top; y < inside.bottom; ++y)
      for (int x = inside.left; x < inside.right; ++x) {
        Colour& under = pixels_[place(x, y)];
        under = opacity < 1 ? mix(under, colour, opacity) : colour;
      }
  }

  friend bool operator==(const Image&, const Image&) = default;

 private:
  std::size_t place(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  }
  int width_, height_;
  std::vector<Colour> pixels_;
};

}  // namespace neohebb::plot
