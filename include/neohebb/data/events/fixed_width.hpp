// Files that are one event after another: N-MNIST's, its 56-bit form, and Prophesee's DAT.
#pragma once
#include <neohebb/data/events/event.hpp>

namespace neohebb {

/// 40 bits, big-endian: x 8, y 8, polarity 1, time 23. [Orchard, Jayawant, Cohen, Thakor 2015]
struct NMnistDecoder {
  static constexpr std::size_t record = 5;

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    return detail::decode_records<record>(bytes, events, [](const unsigned char* p, Event& e) {
      const std::uint32_t low = detail::load_big(p + 1);
      e = {low & 0x7fffff, p[0], p[1], static_cast<std::uint8_t>(low >> 23 & 1)};
      return 1;
    });
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

/// Pairs, little-endian: time u32, which runs over after 71 minutes; x bits 0–13, y 14–27, polarity 28.
struct DatDecoder {
  static constexpr std::size_t record = 8;
  detail::WrappingCounter time{32};

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    detail::WrappingCounter clock = time;
    const Decoded done = detail::decode_records<record>(bytes, events, [&](const unsigned char* p, Event& e) {
      const std::uint32_t data = detail::load_little<std::uint32_t>(p + 4);
      e = {clock(detail::load_little<std::uint32_t>(p)), static_cast<std::uint16_t>(data & 0x3fff),
           static_cast<std::uint16_t>(data >> 14 & 0x3fff), static_cast<std::uint8_t>(data >> 28 & 1)};
      return 1;
    });
    time = clock;
    return done;
  }
};

}  // namespace neohebb
