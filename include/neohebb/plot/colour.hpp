// Colours and colour maps.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <neohebb/core/check.hpp>

namespace neohebb::plot {

/// 8 bits each of red, green and blue (sRGB).
struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0;

  friend bool operator==(const Colour&, const Colour&) = default;
};

inline constexpr Colour white{255, 255, 255};
inline constexpr Colour black{0, 0, 0};
inline constexpr Colour ink{34, 34, 34};              // text and marks
inline constexpr Colour axis_grey{140, 140, 140};     // frames and ticks
inline constexpr Colour grid_grey{226, 226, 226};     // grid lines, gaps between fields
inline constexpr Colour missing_grey{205, 205, 205};  // NaN in a colour map

/// `a` at weight 0, `b` at weight 1.
inline Colour mix(Colour a, Colour b, double weight) {
  const double w = std::clamp(weight, 0.0, 1.0);
  const auto channel = [w](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + w * (to - from)));
  };
  return {channel(a.red, b.red), channel(a.green, b.green), channel(a.blue, b.blue)};
}

/// Colours at equal distances, straight lines between; x from 0 to 1, clamped; NaN is grey.
template <std::size_t N> Colour interpolate(const std::array<Colour, N>& stops, double x) {
  if (is_nan(x)) return missing_grey;
  const double place = std::clamp(x, 0.0, 1.0) * static_cast<double>(N - 1);
  const auto left = std::min(static_cast<std::size_t>(place), N - 2);
  return mix(stops[left], stops[left + 1], place - static_cast<double>(left));
}

/// Blue – white – red for x from −1 to 1: zero is white; outside values are clamped, NaN is grey.
inline Colour diverging(double x) {
  static constexpr std::array<Colour, 9> stops{{{5, 48, 97},
                                                {33, 102, 172},
                                                {67, 147, 195},
                                                {146, 197, 222},
                                                {255, 255, 255},
                                                {244, 165, 130},
                                                {214, 96, 77},
                                                {178, 24, 43},
                                                {103, 0, 31}}};
  return interpolate(stops, (x + 1) / 2);
}

/// White – blue – dark blue for x from 0 to 1, darker is more; outside values are clamped, NaN is grey.
inline Colour sequential(double x) {
  static constexpr std::array<Colour, 6> stops{
      {{255, 255, 255}, {214, 228, 242}, {147, 190, 222}, {74, 138, 193}, {26, 88, 152}, {8, 38, 92}}};
  return interpolate(stops, x);
}

/// Black – white for x from 0 to 1, lighter is more; outside values are clamped, NaN is mid-blue.
inline Colour grey(double x) {
  static constexpr std::array<Colour, 2> stops{{black, white}};
  return is_nan(x) ? Colour{146, 197, 222} : interpolate(stops, x);
}

/// Series colour number i, repeating after seven: the palette of Okabe and Ito (2008, "Color universal
/// design"), which colour-blind people can tell apart; without its yellow, too faint for lines on white.
inline Colour series_colour(std::size_t i) {
  static constexpr std::array<Colour, 7> palette{{{0, 114, 178},
                                                  {213, 94, 0},
                                                  {0, 158, 115},
                                                  {204, 121, 167},
                                                  {230, 159, 0},
                                                  {86, 180, 233},
                                                  {0, 0, 0}}};
  return palette[i % palette.size()];
}

/// Black or white, whichever reads better on `background`.
inline Colour readable_on(Colour background) {
  const double luminance = 0.299 * background.red + 0.587 * background.green + 0.114 * background.blue;
  return luminance < 140 ? white : ink;
}

}  // namespace neohebb::plot
