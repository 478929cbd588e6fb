// Random numbers that depend on their place only: (seed, stream, step, sample, index).
//
// Nothing is remembered between draws but the place, so a sample's numbers are the same in any chunk of a
// batch, on any thread, and after a checkpoint.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <neohebb/core/types.hpp>
#include <numbers>

namespace neohebb {

/// Philox 4×32 with ten rounds: a bijection of 128-bit counters for every 64-bit key.
/// [Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"]
inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::uint64_t key) {
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * c[0], b = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(a)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

/// How many blocks of random numbers are made at once.
inline constexpr int philox_lanes = 8;
/// Word w of counter l is c[w][l].
using PhiloxLanes = std::uint32_t[4][philox_lanes];

/// Equals philox of each counter (tests/core/random.cpp): eight side by side, in place. GCC and Clang keep
/// them in vectors only where these are spelled out.
inline void philox(PhiloxLanes& c, std::uint64_t key) {
#if defined(__GNUC__)
  using Lanes __attribute__((vector_size(8 * philox_lanes))) = std::uint64_t;
  constexpr std::uint64_t low = 0xFFFFFFFF;
  Lanes v[4] = {};
  for (int w = 0; w < 4; ++w)
    v[w] = Lanes{c[w][0], c[w][1], c[w][2], c[w][3], c[w][4], c[w][5], c[w][6], c[w][7]};
  std::uint64_t k0 = key & low, k1 = key >> 32;
  for (int round = 0; round < 10; ++round) {
    const Lanes a = v[0] * 0xD2511F53, b = v[2] * 0xCD9E8D57;
    v[0] = (b >> 32) ^ v[1] ^ k0;
    v[1] = b & low;
    v[2] = (a >> 32) ^ v[3] ^ k1;
    v[3] = a & low;
    k0 = (k0 + 0x9E3779B9) & low;
    k1 = (k1 + 0xBB67AE85) & low;
  }
  for (int w = 0; w < 4; ++w)
    for (int l = 0; l < philox_lanes; ++l) c[w][l] = static_cast<std::uint32_t>(v[w][l]);
#else
  for (int l = 0; l < philox_lanes; ++l) {
    const auto block = philox(std::array{c[0][l], c[1][l], c[2][l], c[3][l]}, key);
    for (std::size_t w = 0; w < 4; ++w) c[w][l] = block[w];
  }
#endif
}

/// 24 of the 32 bits as a number in [0, 1): the same number in float and in double.
template <class S> constexpr S unit_interval(std::uint32_t bits) {
  return static_cast<S>(bits >> 8) * S(1.0 / 16777216.0);
}

/// Consecutive numbers from one place.
class RandomSequence {
 public:
  RandomSequence(std::uint64_t seed, std::uint32_t stream, std::uint32_t step, std::uint32_t sample)
      : seed_(seed), counter_{0, sample, step, stream} {}
  /// The next 32 random bits.
  std::uint32_t bits() {
    if (used_ == 4) {
      block_ = philox(counter_, seed_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }
  /// Uniform in [0, 1).
  template <class S = double> S uniform() { return unit_interval<S>(bits()); }
  /// Uniform in [low, high).
  template <class S> S uniform(S low, S high) { return low + (high - low) * uniform<S>(); }
  /// Standard normal (Box and Muller; computed in double for any S, tails to 5.8 standard deviations).
  template <class S = double> S normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform<double>()));
    return static_cast<S>(radius * std::cos(2 * std::numbers::pi * uniform<double>()));
  }
  /// A whole number in [0, n), n > 0.
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>((std::uint64_t{bits()} * n) >> 32);
  }

 private:
  std::uint64_t seed_;
  std::array<std::uint32_t, 4> counter_, block_{};
  std::size_t used_ = 4;
};

/// Where a state's random numbers come from. Column b of a batch draws from sample `sample` + b; a step moves
/// `step` on.
struct Generator {
  std::uint64_t seed = 0;    // of the whole program's random numbers
  std::uint32_t stream = 0;  // tells apart what draws: a layer's dropout, an encoder, an initialisation
  std::uint32_t step = 0;
  std::uint32_t sample = 0;  // index of the batch's first sample

  friend bool operator==(const Generator&, const Generator&) = default;
  /// The parts that a checkpoint saves.
  static void fields(auto& self, auto&& visit) {
    visit("seed", self.seed);
    visit("stream", self.stream);
    visit("step", self.step);
    visit("sample", self.sample);
  }

  /// An independent generator for part number `part` of whatever this one is for.
  Generator substream(std::uint32_t part) const {
    const std::uint32_t mixed = philox({stream, part, 0x6e656f68, 0x65626221}, 0)[0];
    return {seed, mixed, step, sample};
  }
  /// The same generator at another sample, at another step.
  Generator at_sample(Index first) const {
    return {seed, stream, step, sample + static_cast<std::uint32_t>(first)};
  }
  /// The same generator at step t.
  Generator at_step(Index t) const { return {seed, stream, static_cast<std::uint32_t>(t), sample}; }

  /// Random numbers of column b of the batch, one after the other.
  RandomSequence sequence(Index column = 0) const {
    return {seed, stream, step, sample + static_cast<std::uint32_t>(column)};
  }
  /// matrix(i, b) uniform in [0, 1), then one step on.
  template <class M> void uniform(M&& matrix) {
    for (Index b = 0; b < matrix.cols(); ++b) {
      auto column = matrix.col(b);
      bits(b, matrix.rows(), [&](Index i, std::uint32_t u) {
        column(i) = unit_interval<std::decay_t<decltype(column(i))>>(u);
      });
    }
    ++step;
  }
  /// matrix(i, b) standard normal, then one step on.
  template <class M> void normal(M&& matrix) {
    for (Index b = 0; b < matrix.cols(); ++b) {
      RandomSequence numbers = sequence(b);
      for (Index i = 0; i < matrix.rows(); ++i)
        matrix(i, b) = numbers.normal<std::decay_t<decltype(matrix(i, b))>>();
    }
    ++step;
  }
  /// use(i, 32 random bits) for i in [0, n) of column b: number i of `sequence(b)`.
  template <class Use> void bits(Index b, Index n, Use&& use) const {
    constexpr Index many = 4 * philox_lanes;
    std::uint32_t numbers[many];
    PhiloxLanes c;
    for (Index first = 0; first < n; first += many) {
      for (int l = 0; l < philox_lanes; ++l) {
        c[0][l] = static_cast<std::uint32_t>(first / 4 + l);
        c[1][l] = sample + static_cast<std::uint32_t>(b);
        c[2][l] = step;
        c[3][l] = stream;
      }
      philox(c, seed);
      for (int l = 0; l < philox_lanes; ++l)
        for (int word = 0; word < 4; ++word) numbers[4 * l + word] = c[word][l];
      const Index last = std::min(many, n - first);
      for (Index i = 0; i < last; ++i) use(first + i, numbers[i]);
    }
  }
};

/// The state of something that may or may not draw random numbers.
template <int N, int B>
auto make_state(const auto& of, Extent<N> size, Extent<B> batch, const Generator& generator) {
  if constexpr (requires { of.zero_state(size, batch, generator); })
    return of.zero_state(size, batch, generator);
  else
    return of.zero_state(size, batch);
}

}  // namespace neohebb
