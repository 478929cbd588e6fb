#include <neohebb/plot/axes.hpp>

#include "catch.hpp"

using Catch::Matchers::WithinAbs;
using namespace neohebb::plot;

namespace {
std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> all;
  for (const Tick& tick : ticks) all.push_back(tick.label);
  return all;
}
using Labels = std::vector<std::string>;
}  // namespace

TEST_CASE("linear ticks are round and labelled with the decimals they need") {
  CHECK(labels(linear_ticks({0, 1}, 6)) == Labels{"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(labels(linear_ticks({91.3, 99.2}, 5)) == Labels{"92", "94", "96", "98"});
  CHECK(labels(linear_ticks({-0.011, 0.011}, 4)) == Labels{"-0.01", "0", "0.01"});
  CHECK(labels(linear_ticks({0, 3e6}, 4)) == Labels{"0", "1e6", "2e6", "3e6"});
  CHECK(labels(linear_ticks({0, 3e-6}, 4)) == Labels{"0", "1e-6", "2e-6", "3e-6"});
  CHECK(labels(linear_ticks({1e6, 1.2e6}, 3)) == Labels{"1.0e6", "1.1e6", "1.2e6"});
}

TEST_CASE("there are never more ticks than asked for, and always some") {
  for (double low = -7.3; low < 8; low += 1.7)
    for (double width = 1e-7; width < 1e9; width *= 3.7)
      for (int most = 2; most < 12; ++most) {
        const auto ticks = linear_ticks({low, low + width}, most);
        CHECK(static_cast<int>(ticks.size()) <= most);
        CHECK(ticks.size() >= 1);
        for (const Tick& tick : ticks)
          CHECK((tick.value >= low - 1e-6 * width && tick.value <= low + width * (1 + 1e-6)));
      }
}

TEST_CASE("logarithmic ticks are powers of ten, with 2 and 5 where there are few") {
  CHECK(labels(logarithmic_ticks({1, 1000}, 5)) == Labels{"1", "10", "100", "1000"});
  CHECK(labels(logarithmic_ticks({0.9, 11}, 10)) == Labels{"1", "2", "5", "10"});
  CHECK(labels(logarithmic_ticks({1e-7, 1e-4}, 5)) == Labels{"1e-7", "1e-6", "1e-5", "0.0001"});
  CHECK(logarithmic_ticks({1e-30, 1e30}, 8).size() <= 8);
  CHECK(labels(logarithmic_ticks({3.1, 3.9}, 4)) == Labels{"3.2", "3.4", "3.6", "3.8"});
}

TEST_CASE("ranges that are empty, constant, huge or not numbers give an axis all the same") {
  CHECK(axis_range(INFINITY, -INFINITY, Scale::linear, 0.05).width() == 1);
  CHECK(axis_range(INFINITY, -INFINITY, Scale::logarithmic, 0.05).low == 1);
  CHECK(axis_range(5, 5, Scale::linear, 0.05).low < 5);
  CHECK(axis_range(5, 5, Scale::linear, 0.05).high > 5);
  CHECK(axis_range(0, 0, Scale::linear, 0.05).width() == 2);
  CHECK(axis_range(7, 7, Scale::logarithmic, 0.05).low < 7);
  CHECK(linear_ticks({1, 1}, 5).empty());
  CHECK(linear_ticks({-1e308, 1e308}, 5).empty());
  CHECK(linear_ticks({NAN, 1}, 5).empty());
  CHECK(linear_ticks({1e17, 1e17 + 16}, 5).empty());
}

TEST_CASE("an axis maps its range onto its pixels") {
  const AxisMap linear{{0, 10}, Scale::linear, 100, 300};
  CHECK(linear(0) == 100);
  CHECK(linear(5) == 200);
  const AxisMap logarithmic{{1, 100}, Scale::logarithmic, 500, 100};
  CHECK_THAT(logarithmic(1), WithinAbs(500, 1e-9));
  CHECK_THAT(logarithmic(10), WithinAbs(300, 1e-9));
  CHECK_THAT(logarithmic(100), WithinAbs(100, 1e-9));
  CHECK(std::isnan(logarithmic(NAN)));
  CHECK(logarithmic(-1) > 1000);
}

TEST_CASE("names that do not fit are shortened") {
  CHECK(shortened("hidden", 200) == "hidden");
  const std::string name = shortened("a very long name of a layer", 100);
  CHECK(name.ends_with("..."));
  CHECK(text_width(name) <= 100);
  CHECK(shortened("abc", 3).empty());
}
