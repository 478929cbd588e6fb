// The bytes of an HDF5 file, and the sum by which the parts of its newer layouts end.
#pragma once
#include <algorithm>
#include <bit>
#include <neohebb/io/file.hpp>
#include <string_view>
#include <utility>

namespace neohebb::detail {

/// [Jenkins 2006: lookup3.c, hashlittle() from 0, public domain; HDF5 File Format Specification 3.0:
/// "Checksum"]
inline std::uint32_t hdf5_checksum(std::span<const unsigned char> bytes) {
  std::uint32_t a = 0xdeadbeef + static_cast<std::uint32_t>(bytes.size()), b = a, c = a;
  const auto word = [&](std::size_t at) {
    std::uint32_t x = 0;
    for (std::size_t k = std::min(bytes.size(), at + 4); k-- > at;) x = x << 8 | bytes[k];
    return x;
  };
  const auto add = [&](std::size_t at) { a += word(at), b += word(at + 4), c += word(at + 8); };
  const auto mix = [](std::uint32_t& x, std::uint32_t& y, std::uint32_t z, int by) {
    x = (x - y) ^ std::rotl(y, by);
    y += z;
  };
  if (bytes.empty()) return c;
  std::size_t at = 0;
  for (; bytes.size() - at > 12; at += 12) {
    add(at);
    mix(a, c, b, 4), mix(b, a, c, 6), mix(c, b, a, 8), mix(a, c, b, 16), mix(b, a, c, 19), mix(c, b, a, 4);
  }
  add(at);
  const auto end = [](std::uint32_t& x, std::uint32_t y, int by) { x = (x ^ y) - std::rotl(y, by); };
  end(c, b, 14), end(a, c, 11), end(b, a, 25), end(c, b, 16), end(a, c, 4), end(b, a, 14), end(c, b, 24);
  return c;
}

/// The bytes of a file, each read within its end.
class Hdf5Bytes {
 public:
  static constexpr std::uint64_t nowhere = ~std::uint64_t{0};  // the format's undefined address

  /// `start`: where the first byte is in the file.
  Hdf5Bytes(std::span<const unsigned char> bytes, std::string file, std::uint64_t start = 0)
      : bytes_(bytes), file_(std::move(file)), start_(start) {}
  std::uint64_t size() const { return bytes_.size(); }
  const std::string& file() const { return file_; }
  void cut(std::uint64_t size) { bytes_ = bytes_.first(static_cast<std::size_t>(size)); }

  template <class... Reason> [[noreturn]] void fail(std::uint64_t at, const Reason&... reason) const {
    bad_file(file_, start_ + at, reason...);
  }
  std::span<const unsigned char> part(std::uint64_t at, std::uint64_t n, const char* what) const {
    if (at > size() || n > size() - at)
      fail(at, "a ", what, " of ", n, " bytes is said to be here, the file ends at ", size());
    return bytes_.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(n));
  }
  std::uint64_t number(std::uint64_t at, unsigned n, const char* what) const {
    std::uint64_t x = 0;
    const auto bytes = part(at, n, what);
    for (unsigned k = n; k-- > 0;) x = x << 8 | bytes[k];
    return x;
  }
  std::uint64_t address(std::uint64_t at, const char* what) const { return number(at, 8, what); }
  void expect(std::uint64_t at, std::string_view signature, const char* what) const {
    const auto bytes = part(at, signature.size(), what);
    if (!std::equal(bytes.begin(), bytes.end(), signature.begin(),
                    [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); }))
      fail(at, "no ", what, " (its signature is wrong)");
  }
  /// `n` bytes at `at`, of which the last four are the sum of those before.
  void expect_sum(std::uint64_t at, std::uint64_t n, const char* what) const {
    const auto bytes = part(at, n, what);
    if (n < 4 || number(at + n - 4, 4, what) != hdf5_checksum(bytes.first(bytes.size() - 4)))
      fail(at, "the ", what, " here is damaged (its checksum is wrong)");
  }
  /// A text that ends with a zero before `end`.
  std::string text(std::uint64_t at, std::uint64_t end, const char* what) const {
    const auto bytes = part(at, end > at ? end - at : 0, what);
    const auto zero = std::find(bytes.begin(), bytes.end(), 0);
    if (zero == bytes.end()) fail(at, "a ", what, " does not end");
    return {bytes.begin(), zero};
  }

 private:
  std::span<const unsigned char> bytes_;
  std::string file_;
  std::uint64_t start_;
};

}  // namespace neohebb::detail
