// Files that are one event after another: N-MNIST's, its 56-bit form, and Prophesee's DAT.
#pragma once
#include <neohebb/data/events/event.hpp>

namespace neohebb {

/// 40 bits, big-endian: x 8, y 8, polarity 1, time 23. A record at y = 240, below the last row of an ATIS, is
/// no event: the camera's clock of 13 bits ran over, and all later times are 8192 µs later than they say.
/// [Orchard, Jayawant, Cohen, Thakor 2015, and the reader in the authors' event-Python]
struct NMnistDecoder {
  static constexpr std::size_t record = 5;
  /// The row of words that only carry the clock on.
  static constexpr unsigned overflow_row = 240;
  static constexpr std::int64_t overflow = 8192;  // µs
  std::int64_t overflowed = 0;                    // µs

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    std::int64_t late = overflowed;  // in a register
    const unsigned char* p = bytes.data();
    const unsigned char* const end = p + bytes.size() / record * record;
    Event* out = events.data();
    Event* const full = out + events.size();
    for (; p != end && out != full; p += record) {
      if (p[1] == overflow_row) [[unlikely]] {
        late += overflow;
        continue;
      }
      const std::uint32_t low = detail::load_big(p + 1);
      *out++ = {late + (low & 0x7fffff), p[0], p[1], static_cast<std::uint8_t>(low >> 23 & 1)};
    }
    overflowed = late;
    return {static_cast<std::size_t>(p - bytes.data()), static_cast<std::size_t>(out - events.data()),
            record};
  }
};

/// 56 bits, big-endian: x 12, y 12, polarity 8, time 24.
struct Bs3Decoder {
  static constexpr std::size_t record = 7;

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    return detail::decode_records<record>(bytes, events, [](const unsigned char* p, Event& e) {
      const std::uint32_t high = detail::load_big(p), low = detail::load_big(p + 3);
      e = {low & 0xffffff, static_cast<std::uint16_t>(high >> 20),
           static_cast<std::uint16_t>(high >> 8 & 0xfff), (high & 0xff) != 0};
      return 1;
    });
  }
};

/// Pairs, little-endian: time u32, which runs over after 71 minutes, and the pixel.
struct DatDecoder {
  /// The two versions of the format's words.
  enum class Layout : unsigned char {
    version1,  // x bits 0–8, y 9–16, polarity 17
    version2   // x bits 0–13, y 14–27, polarity 28
  };
  static constexpr std::size_t record = 8;
  Layout layout = Layout::version2;  // version of the words
  detail::WrappingCounter time{32};  // its clock, which begins again at 0

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    return layout == Layout::version2 ? decode<14, 14>(bytes, events) : decode<9, 8>(bytes, events);
  }

 private:
  template <int X, int Y> Decoded decode(std::span<const unsigned char> bytes, std::span<Event> events) {
    detail::WrappingCounter clock = time;
    const Decoded done = detail::decode_records<record>(bytes, events, [&](const unsigned char* p, Event& e) {
      const std::uint32_t data = detail::load_little<std::uint32_t>(p + 4);
      e = {clock(detail::load_little<std::uint32_t>(p)), static_cast<std::uint16_t>(data & ((1u << X) - 1)),
           static_cast<std::uint16_t>(data >> X & ((1u << Y) - 1)),
           static_cast<std::uint8_t>(data >> (X + Y) & 1)};
      return 1;
    });
    time = clock;
    return done;
  }
};

}  // namespace neohebb
