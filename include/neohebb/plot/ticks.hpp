// Round tick values for linear and logarithmic axes.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <neohebb/core/check.hpp>
#include <string>
#include <vector>

namespace neohebb::plot {

enum class Scale { linear, logarithmic };

struct Range {
  double low = 0, high = 1;

  double width() const { return high - low; }
};

struct Tick {
  double value = 0;
  std::string label;
};

/// printf for one number.
inline std::string format_number(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

/// `value` with as many decimals as ticks `step` apart need: 0.25, 1.5, 2000, 1.5e6.
inline std::string tick_label(double value, double step) {
  const double size = std::max(std::abs(value), step);
  if (std::abs(value) < step * 1e-6) return "0";
  const auto needed = [step](double unit) {
    int decimals = 0;
    for (double s = step / unit; decimals < 9 && std::abs(s - std::round(s)) > 1e-6 * s; s *= 10) ++decimals;
    return decimals;
  };
  const auto fixed = [](double v, int decimals) {
    const std::string format = "%." + std::to_string(decimals) + "f";
    return format_number(format.c_str(), v);
  };
  if (size < 1e5 && step >= 0.9999e-4) return fixed(value, needed(1));
  const double exponent = std::floor(std::log10(std::abs(value)) + 1e-9), unit = std::pow(10.0, exponent);
  return fixed(value / unit, needed(unit)) + "e" + std::to_string(static_cast<int>(exponent));
}

/// Multiples of 1, 2 or 5 · 10ᵏ inside the range, the finest such step that makes at most `most` of them.
inline std::vector<Tick> linear_ticks(Range range, int most) {
  std::vector<Tick> ticks;
  const double width = range.width();
  if (!(width > 0) || !is_finite(width) ||
      width < 1e-12 * std::max(std::abs(range.low), std::abs(range.high)))
    return ticks;
  double power = std::pow(10.0, std::floor(std::log10(width / std::max(1, most))) - 1);
  for (;; power *= 10)
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double step = digit * power, slack = 1e-9;
      const double first = std::ceil(range.low / step - slack), last = std::floor(range.high / step + slack);
      if (last - first + 1 > std::max(1, most)) continue;
      for (double k = first; k <= last; ++k) ticks.push_back({k * step, tick_label(k * step, step)});
      return ticks;
    }
}

/// Powers of ten inside the range, thinned to at most `most`; 1, 2 and 5 times them where the range holds few
/// decades.
inline std::vector<Tick> logarithmic_ticks(Range range, int most) {
  std::vector<Tick> ticks;
  const double first = std::floor(std::log10(range.low) + 1e-9),
               last = std::ceil(std::log10(range.high) - 1e-9);
  const auto label = [](double value) {
    return format_number(value >= 1e-4 && value < 1e6 ? "%.10g" : "%.0e", value);
  };
  const auto add = [&](double value) {
    if (value < range.low * (1 - 1e-9) || value > range.high * (1 + 1e-9)) return;
    std::string text = label(value);
    const std::size_t e = text.find('e');  // 1e-05 → 1e-5
    if (e != std::string::npos) text = text.substr(0, e + 1) + std::to_string(std::stoi(text.substr(e + 1)));
    ticks.push_back({value, text});
  };
  if (3 * (last - first) <= most)
    for (double k = first; k <= last; ++k)
      for (const double digit : {1.0, 2.0, 5.0}) add(digit * std::pow(10.0, k));
  else
    for (double k = first, step = std::max(1.0, std::ceil((last - first + 1) / most)); k <= last; k += step)
      add(std::pow(10.0, k));
  return ticks.size() < 2 && range.high < 10 * range.low ? linear_ticks(range, most) : ticks;
}

inline std::vector<Tick> ticks(Range range, Scale scale, int most) {
  return scale == Scale::linear ? linear_ticks(range, most) : logarithmic_ticks(range, most);
}

/// The range an axis shows for data from `low` to `high`: wider by `margin` of its width at either end, never
/// of width zero. No data (low > high) gives 0 … 1, or 1 … 10 on a logarithmic axis.
inline Range axis_range(double low, double high, Scale scale, double margin) {
  if (scale == Scale::logarithmic) {
    if (!(low <= high)) return {1, 10};
    const double grow = low < high ? std::pow(high / low, margin) : 2;
    return {low / grow, high * grow};
  }
  if (!(low <= high)) return {0, 1};
  const double least =
      1e-6 * std::max(std::abs(low), std::abs(high));  // below this the labels could not differ
  const double width = high - low;
  if (width <= least) {
    const double half = low == 0 && high == 0 ? 1 : std::max(0.1 * std::abs(low), 0.1 * std::abs(high));
    return {low - half, high + half};
  }
  return {low - margin * width, high + margin * width};
}

}  // namespace neohebb::plot
