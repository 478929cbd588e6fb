#include <neohebb/data/filter_bank.hpp>
#include "catch.hpp"

using namespace neohebb;

namespace {
std::vector<double> tone(double hertz, double rate, double seconds, double loud = 1) {
  std::vector<double> sound(static_cast<std::size_t>(seconds * rate));
  for (std::size_t n = 0; n < sound.size(); ++n)
    sound[n] = loud * std::sin(2 * std::numbers::pi * hertz * double(n) / rate);
  return sound;
}
/// The sums as the comment has them, without a Fourier transform's tricks.
Matrix<double> plain_power(const MelFilterBank<double>& bank, const std::vector<double>& sound, double rate,
                           std::size_t size) {
  const auto width = static_cast<std::size_t>(std::llround(bank.window / 1000 * rate));
  Matrix<double> all = Matrix<double>::Zero(bank.channels, bank.frames(sound.size(), rate));
  for (Index t = 0; t < all.cols(); ++t)
    for (std::size_t k = 0; k <= size / 2; ++k) {
      const double f = double(k) * rate / double(size);
      std::complex<double> x = 0;
      const auto first = static_cast<std::size_t>(std::llround(double(t) * bank.hop / 1000 * rate));
      for (std::size_t n = 0; n < width && first + n < sound.size(); ++n) {
        const double w = std::pow(std::sin(std::numbers::pi * (double(n) + 0.5) / double(width)), 2);
        x += w * sound[first + n] * std::polar(1.0, -2 * std::numbers::pi * double(k * n) / double(size));
      }
      for (Index c = 0; c < bank.channels; ++c) {
        const double l = bank.centre(c - 1), m = bank.centre(c), r = bank.centre(c + 1);
        const double h = f <= l || f >= r ? 0 : f < m ? (f - l) / (m - l) : (r - f) / (r - m);
        all(c, t) += h * std::norm(x);
      }
    }
  return all;
}
}  // namespace

TEST_CASE("A filter bank's power is the plain sum over windows, lines and triangles", "[data]") {
  const MelFilterBank<double> bank{.channels = 7, .low = 100, .high = 3500, .window = 20, .hop = 7};
  std::vector<double> sound = tone(440, 8000, 0.06);
  const auto other = tone(2100, 8000, 0.06, 0.3);
  for (std::size_t n = 0; n < sound.size(); ++n) sound[n] += other[n];
  const Matrix<double> power = bank.power(std::span(sound), 8000);
  CHECK(power.cols() == 9);  // 60 ms in hops of 7
  CHECK(power.isApprox(plain_power(bank, sound, 8000, 256), 1e-10));
  const MelFilterBank<float> in_float{.channels = 7, .low = 100, .high = 3500, .window = 20, .hop = 7};
  CHECK(in_float.power(std::span(std::as_const(sound)), 8000).cast<double>().isApprox(power, 1e-5));
}

TEST_CASE("Bands are evenly spaced in mel", "[data]") {
  const MelFilterBank<double> bank{
      .channels = 3, .low = 0, .high = 700};  // m = 0 … 781.17, f = 700 (2^(k/4) − 1)
  for (Index c = -1; c <= 3; ++c)
    CHECK(bank.centre(c) == Approx(700 * (std::pow(2, double(c + 1) / 4) - 1)).margin(1e-9));
}

TEST_CASE("A tone is loudest in the band around it, at any sampling rate", "[data]") {
  for (const double rate : {8000.0, 11025.0, 44100.0, 48000.0}) {
    const MelFilterBank<float> bank{.channels = 20};
    const auto level = bank(tone(1000, rate, 0.2), rate);
    CHECK(level.cols() == 40);
    Index loudest = 0;
    level.col(10).maxCoeff(&loudest);
    Index nearest = 0;
    for (Index c = 0; c < 20; ++c)
      if (std::abs(bank.centre(c) - 1000) < std::abs(bank.centre(nearest) - 1000)) nearest = c;
    CHECK(loudest == nearest);
    CHECK(level.maxCoeff() == 1);
    CHECK(level.minCoeff() >= 0);
  }
}

TEST_CASE("Levels are in decibels below the loudest, or below a reference", "[data]") {
  std::vector<double> sound = tone(1000, 8000, 0.2), quiet = tone(1000, 8000, 0.2, 0.1);
  sound.insert(sound.end(), quiet.begin(), quiet.end());
  const MelFilterBank<double> bank{.channels = 20, .range = 40};
  const auto level = bank(sound, 8000);
  CHECK(level.col(10).maxCoeff() == Approx(1).epsilon(0.01));
  CHECK(level.col(60).maxCoeff() == Approx(0.5).epsilon(0.02));  // a tenth of the amplitude is 20 dB less
  auto absolute = bank;
  absolute.reference = double(bank.power(std::span(std::as_const(sound)), 8000).maxCoeff());
  CHECK(absolute(quiet, 8000).maxCoeff() == Approx(0.5).epsilon(0.02));
}

TEST_CASE("Every band hears something, however narrow", "[data]") {
  std::vector<double> click(800, 0.0);
  click[300] = 1;
  const MelFilterBank<double> bank{.channels = 120, .high = 4000};
  CHECK((bank.power(std::span(std::as_const(click)), 8000).col(5).array() > 0).all());
}

TEST_CASE("Silence has level 0, and is no error", "[data]") {
  const auto level = MelFilterBank<float>{.channels = 4}(std::vector<float>(400, 0.f), 8000);
  CHECK(level.rows() == 4);
  CHECK(level.cols() == 10);
  CHECK(level.isZero(0));
}

TEST_CASE("Filter banks refuse what makes no sense, with both numbers", "[data]") {
  const std::vector<float> sound(100, 1.f);
  const auto message = [&](const MelFilterBank<float>& bank, const std::vector<float>& of, double rate) {
    try {
      bank(of, rate);
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(message({.high = 5000}, sound, 8000), Contains("5000") && Contains("4000"));
  CHECK_THAT(message({}, sound, 0), Contains("sampling rate of 0"));
  CHECK_THAT(message({}, {}, 8000), Contains("no samples"));
  CHECK_THAT(message({}, {1.f, std::nanf("")}, 8000), Contains("sample 1"));
  CHECK_THAT(message({.channels = 0}, sound, 8000), Contains("channels"));
  CHECK_THAT(message({.low = 500, .high = 300}, sound, 8000), Contains("500") && Contains("300"));
  CHECK_THAT(message({.window = 0}, sound, 8000), Contains("window"));
  CHECK_THAT(message({.hop = -1}, sound, 8000), Contains("hop"));
  CHECK_THAT(message({.range = 0}, sound, 8000), Contains("range"));
  CHECK_THAT(message({.reference = -1}, sound, 8000), Contains("reference"));
}
