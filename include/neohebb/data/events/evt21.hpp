// Prophesee's camera stream of 64-bit words, the GenX320's own.
// [Prophesee, Metavision documentation: EVT 2.1 format]
#pragma once
#include <neohebb/data/events/event.hpp>

namespace neohebb {

/// EVT 2.1: words of two halves of 32 bits. The head is as EVT 2.0's word: type in bits 28–31, the low six
/// bits of the time 22–27, x of 32 pixels 11–21, y 0–10, or TIME_HIGH's 28 bits of the time. The other half
/// gives an event at x + k for each bit k. Words of other types (triggers, …) are skipped, and so are those
/// before the first TIME_HIGH, which have no time.
class Evt21Decoder {
 public:
  /// The order of the two halves of a word of 64 bits.
  enum class Order : unsigned char {
    little,  // the head behind the other half: words of 64 bits, little-endian (GenX320)
    legacy   // the head first (IMX636, Gen 4.1)
  };
  static constexpr std::size_t record = 8;
  Order order = Order::little;  // of the two halves of a word

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    Evt21Decoder now = *this;  // in registers
    const std::size_t head_at = order == Order::little ? 4 : 0;
    const unsigned char* p = bytes.data();
    const unsigned char* const end = p + bytes.size() / record * record;
    Event* out = events.data();
    Event* const full = out + events.size();
    for (;;) {
      for (; now.mask_ != 0 && out != full; now.mask_ &= now.mask_ - 1, ++out) {
        *out = now.first_;
        out->x = static_cast<std::uint16_t>(out->x + std::countr_zero(now.mask_));
      }
      if (p == end || out == full) break;
      const auto head = detail::load_little<std::uint32_t>(p + head_at);
      if (const std::uint32_t type = head >> 28; type <= 1) {
        now.first_ = {now.high_ | (head >> 22 & 0x3f), static_cast<std::uint16_t>(head >> 11 & 0x7ff),
                      static_cast<std::uint16_t>(head & 0x7ff), static_cast<std::uint8_t>(type)};
        now.mask_ = now.timed_ ? detail::load_little<std::uint32_t>(p + 4 - head_at) : 0;
      } else if (type == 8) {
        now.high_ = now.clock_(head & 0xfffffff) << 6;
        now.timed_ = true;
      }
      p += record;
    }
    *this = now;
    return {static_cast<std::size_t>(p - bytes.data()), static_cast<std::size_t>(out - events.data()),
            record};
  }
  /// The order in which these words make sense: their types are known, the x of events are multiples of 32,
  /// TIME_HIGH has nothing in its other half.
  static Order order_of(std::span<const unsigned char> bytes) {
    std::size_t wrong[2] = {}, times[2] = {};
    for (std::size_t at = 0; at + record <= bytes.size(); at += record)
      for (const Order order : {Order::little, Order::legacy}) {
        const std::size_t head_at = order == Order::little ? 4 : 0, k = static_cast<std::size_t>(order);
        const auto head = detail::load_little<std::uint32_t>(bytes.data() + at + head_at),
                   rest = detail::load_little<std::uint32_t>(bytes.data() + at + 4 - head_at);
        const std::uint32_t type = head >> 28;
        if (type <= 1)
          wrong[k] += (head >> 11 & 31) != 0;
        else if (type == 8)
          ++times[k], wrong[k] += rest != 0;
        else
          wrong[k] += type != 10 && type != 14 && type != 15;
      }
    if (wrong[0] != wrong[1]) return wrong[0] < wrong[1] ? Order::little : Order::legacy;
    return times[0] >= times[1] ? Order::little : Order::legacy;
  }

 private:
  detail::WrappingCounter clock_{28};
  std::int64_t high_ = 0;
  bool timed_ = false;
  std::uint32_t mask_ = 0;  // events of the last word that are still to come
  Event first_;             // that of bit 0
};

}  // namespace neohebb
