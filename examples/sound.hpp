// Recordings of sound, from files and made to order.
#pragma once
#include <sndfile.h>

#include <memory>
#include <neohebb/core/random.hpp>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

struct Sound {
  std::vector<float> samples;
  double rate = 8000;  // samples per second
};

/// Any file that libsndfile reads: WAV, FLAC, OGG, … Several channels are mixed to one. Throws std::runtime_error with the
/// file and the reason, also for files without a sample, with numbers that are not finite, or silent.
inline Sound read_sound(const std::string& path) {
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, decltype(&sf_close)> file(sf_open(path.c_str(), SFM_READ, &info), &sf_close);
  if (!file) throw std::runtime_error(path + ": no sound that can be read: " + sf_strerror(nullptr));
  if (info.channels < 1 || info.samplerate < 1)
    throw std::runtime_error(path + ": " + std::to_string(info.channels) + " channels at " +
                             std::to_string(info.samplerate) + " Hz");
  constexpr sf_count_t longest = sf_count_t{1} << 28;
  if (info.frames > longest)
    throw std::runtime_error(path + ": holds " + std::to_string(info.frames) + " samples, too many");
  Sound sound{{}, static_cast<double>(info.samplerate)};
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<float> some(4096 * channels);
  bool silent = true;
  for (sf_count_t n; (n = sf_readf_float(file.get(), some.data(), 4096)) > 0;)
    for (std::size_t k = 0; k < static_cast<std::size_t>(n); ++k) {
      float sum = 0;
      for (std::size_t c = 0; c < channels; ++c) sum += some[k * channels + c];
      if (!neohebb::is_finite(sum))
        throw std::runtime_error(path + ": sample " + std::to_string(sound.samples.size()) +
                                 " is not finite");
      silent = silent && sum == 0;
      sound.samples.push_back(sum / static_cast<float>(channels));
    }
  if (sf_error(file.get()) != SF_ERR_NO_ERROR)
    throw std::runtime_error(path + ": " + sf_strerror(file.get()));
  if (static_cast<sf_count_t>(sound.samples.size()) < info.frames)
    throw std::runtime_error(path + ": ends after " + std::to_string(sound.samples.size()) + " of " +
                             std::to_string(info.frames) + " samples");
  if (sound.samples.empty()) throw std::runtime_error(path + ": holds no samples");
  if (silent)
    throw std::runtime_error(path + ": is silent, all of its " + std::to_string(sound.samples.size()) +
                             " samples are 0");
  return sound;
}

/// A sound like a word: two resonances that move, each class along ways of its own, at another pitch, speed and loudness
/// every time, in noise. Ten classes; number k depends on the generator's place and k only.
inline Sound made_up_word(int digit, const neohebb::Generator& generator, neohebb::Index k) {
  // Hz of both resonances, at the beginning, in the middle and at the end.
  static constexpr double ways[10][2][3] = {
      {{300, 300, 450}, {2200, 1900, 900}},  {{450, 700, 350}, {800, 1200, 1700}},
      {{300, 320, 300}, {1800, 900, 800}},   {{280, 350, 300}, {1300, 2000, 2300}},
      {{600, 480, 420}, {900, 800, 1300}},   {{500, 800, 350}, {1500, 1100, 1900}},
      {{350, 450, 350}, {2100, 1900, 2200}}, {{600, 480, 550}, {1700, 1500, 1200}},
      {{450, 400, 280}, {1900, 2200, 1600}}, {{300, 750, 320}, {1200, 1300, 2000}}};
  neohebb::RandomSequence numbers = generator.sequence(k);
  const double rate = 8000, duration = 0.3 + 0.2 * numbers.uniform(), pitch = 90 + 120 * numbers.uniform();
  const double tract = 0.92 + 0.16 * numbers.uniform(), noise = 0.005 + 0.02 * numbers.uniform();
  Sound sound{{}, rate};
  sound.samples.resize(static_cast<std::size_t>(duration * rate));
  double phase = 0;
  for (std::size_t n = 0; n < sound.samples.size(); ++n) {
    const double at = double(n) / double(sound.samples.size());  // 0 … 1
    const auto way = [&](int r) {
      const auto& f = ways[digit][r];
      return tract * (at < 0.5 ? f[0] + (f[1] - f[0]) * 2 * at : f[1] + (f[2] - f[1]) * (2 * at - 1));
    };
    const double voice = pitch * (1.1 - 0.2 * at);
    phase += voice / rate;
    double x = 0;
    for (int h = 1; h * voice < 3600; ++h) {  // harmonics, louder near a resonance
      double loud = 0;
      for (int r = 0; r < 2; ++r) loud += 1 / (1 + std::pow((h * voice - way(r)) / 90, 2)) / (1 + r);
      x += loud * std::sin(2 * std::numbers::pi * h * phase);
    }
    const double envelope = std::sin(std::numbers::pi * std::min(1.0, 0.03 + at));
    sound.samples[n] = static_cast<float>(0.3 * envelope * x + noise * numbers.normal());
  }
  return sound;
}
