// Random spikes at given intensities, drawn only where an intensity is not 0: the rate encoders' inner loop.
#pragma once
#include <cstring>
#include <neohebb/core/random.hpp>

namespace neohebb::detail {

/// "Pixel i of sample b fires" as an expression that Spikes::assign reads. Pixel i of sample b draws number i
/// of the generator's sequence(b), in blocks of four; blocks whose four intensities are 0 are not drawn.
template <class X, class P> class RandomFires {
 public:
  using S = typename X::Scalar;
  RandomFires(const X& intensity, const P& probability, const Generator& generator)
      : intensity_(intensity), probability_(probability), generator_(generator), rows_(intensity.rows()) {}
  Index rows() const { return rows_; }
  Index cols() const { return intensity_.cols(); }
  bool coeff(Index i, Index b) const {
    // One comparison for "not among the pixels drawn last": assign reads column by column, any other order
    // works too.
    const auto place = static_cast<std::size_t>(b * rows_ + i);
    if (place - first_ >= drawn_) fill(i, b);
    return fires_[place - first_];
  }
  /// Whether an intensity drawn so far has its sign or its exponent's highest bit set: NaN, infinite,
  /// negative or at least 2 (or −0, which is harmless).
  bool suspicious() const { return (seen_ & suspect) != 0; }

 private:
  static_assert(sizeof(S) == 4 || sizeof(S) == 8, "neohebb: intensities are IEEE 754 float or double");
  static constexpr std::uint64_t suspect = sizeof(S) == 4 ? 0xC0000000C0000000 : 0xC000000000000000;
  static constexpr Index room = 512;  // pixels drawn at once, a multiple of 4
  static constexpr int lanes = philox_lanes;

  /// Draws pixel i of sample b and its neighbours.
  void fill(Index i, Index b) const {
    const Index start = i - i % room, n = std::min(room, rows_ - start), quads = (n + 3) / 4;
    first_ = static_cast<std::size_t>(b * rows_ + start);
    drawn_ = static_cast<std::size_t>(n);
    S x[room];
    for (Index k = 0; k < n; ++k) x[k] = intensity_.coeff(start + k, b);
    for (Index k = n; k < 4 * quads; ++k) x[k] = S(0);
    std::uint32_t blocks[room / 4 + lanes];
    int count = 0;
    std::uint64_t seen = 0;
    for (Index k = 0; k < quads; ++k) {
      std::uint64_t words[sizeof(S) / 2],
          any = 0;  // the bits of four intensities: no comparison of real numbers
      std::memcpy(words, x + 4 * k, sizeof(words));
      for (const std::uint64_t word : words) any |= word;
      blocks[count] = static_cast<std::uint32_t>(k);
      count += any != 0;
      seen |= any;
    }
    seen_ |= seen;
    std::fill_n(fires_, 4 * quads, false);
    for (int l = count; l % lanes != 0; ++l) blocks[l] = blocks[count - 1];
    for (int at = 0; at < count; at += lanes) {
      PhiloxLanes c;
      draw(c, blocks + at, static_cast<std::uint32_t>(start / 4), b);
      S u[4][lanes];
      for (int j = 0; j < 4; ++j)
        for (int l = 0; l < lanes; ++l) u[j][l] = unit_interval<S>(c[j][l]);
      for (int l = 0; l < lanes; ++l)
        for (int j = 0; j < 4; ++j) {
          const auto k = blocks[at + l] * 4 + static_cast<std::uint32_t>(j);
          fires_[k] = u[j][l] < probability_(x[k]);
        }
    }
  }
  void draw(PhiloxLanes& c, const std::uint32_t* blocks, std::uint32_t first, Index b) const {
    for (int l = 0; l < lanes; ++l) {
      c[0][l] = first + blocks[l];
      c[1][l] = generator_.sample + static_cast<std::uint32_t>(b);
      c[2][l] = generator_.step;
      c[3][l] = generator_.stream;
    }
    philox(c, generator_.seed);
  }

  const X& intensity_;
  const P& probability_;
  Generator generator_;
  Index rows_;
  mutable std::uint64_t seen_ = 0;  // every bit that some intensity has
  mutable std::size_t first_ = 0, drawn_ = 0;
  mutable bool fires_[room] = {};
};

}  // namespace neohebb::detail
