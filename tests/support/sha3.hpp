// SHA3-224, by which the samples' arrays are known. [FIPS 202]
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace support {

class Sha3 {
 public:
  static std::string of(std::span<const unsigned char> bytes) {
    Sha3 sponge;
    for (const unsigned char byte : bytes) sponge.add(byte);
    sponge.xor_at(sponge.at_, 0x06);
    sponge.xor_at(rate - 1, 0x80);
    sponge.permute();
    std::string text;
    for (std::size_t k = 0; k < 28; ++k)
      for (const int shift : {4, 0})
        text +=
            "0123456789abcdef"[sponge.state_[k / 8] >> (8 * (k % 8) + static_cast<std::size_t>(shift)) & 15];
    return text;
  }

 private:
  static constexpr std::size_t rate = 144;  // bytes

  void xor_at(std::size_t at, unsigned char byte) { state_[at / 8] ^= std::uint64_t{byte} << (8 * (at % 8)); }
  void add(unsigned char byte) {
    xor_at(at_, byte);
    if (++at_ == rate) {
      permute();
      at_ = 0;
    }
  }
  void permute() {
    auto& a = state_;  // a[x + 5 y]
    unsigned lfsr = 1;
    for (int round = 0; round < 24; ++round) {
      std::array<std::uint64_t, 5> c{};
      for (std::size_t k = 0; k < 25; ++k) c[k % 5] ^= a[k];
      for (std::size_t k = 0; k < 25; ++k) a[k] ^= c[(k + 4) % 5] ^ std::rotl(c[(k + 1) % 5], 1);
      std::size_t x = 1, y = 0;
      std::uint64_t moving = a[1];
      for (int t = 0; t < 24; ++t) {
        const std::size_t next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
        moving = std::exchange(a[x + 5 * y], std::rotl(moving, (t + 1) * (t + 2) / 2 % 64));
      }
      for (std::size_t row = 0; row < 25; row += 5) {
        std::array<std::uint64_t, 5> b{};
        for (std::size_t k = 0; k < 5; ++k)
          b[k] = a[row + k] ^ (~a[row + (k + 1) % 5] & a[row + (k + 2) % 5]);
        for (std::size_t k = 0; k < 5; ++k) a[row + k] = b[k];
      }
      for (int k = 0; k < 7; ++k) {
        if (lfsr & 1) a[0] ^= std::uint64_t{1} << ((1 << k) - 1);
        lfsr = lfsr << 1 ^ (lfsr >> 7) * 0x171;
      }
    }
  }

  std::array<std::uint64_t, 25> state_{};
  std::size_t at_ = 0;
};

}  // namespace support
