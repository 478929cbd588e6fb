// Prophesee's camera streams.
// [Prophesee, Metavision documentation: EVT 2.0 and EVT 3.0 formats]
#pragma once
#include <neohebb/data/events/event.hpp>

namespace neohebb {

/// EVT 2.0: 32-bit little-endian words, their type in bits 28–31. TIME_HIGH carries 28 bits of the time, an
/// event the 6 below them. Events before the first TIME_HIGH have no time and are left out; words of other
/// types (triggers, …) are skipped.
class Evt2Decoder {
 public:
  static constexpr std::size_t record = 4;

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    Evt2Decoder now = *this;  // in registers
    const Decoded done =
        detail::decode_records<record>(bytes, events, [&](const unsigned char* p, Event& e) -> int {
          const std::uint32_t word = detail::load_little<std::uint32_t>(p), type = word >> 28;
          if (type <= 1) {
            e = {now.high_ | (word >> 22 & 0x3f), static_cast<std::uint16_t>(word >> 11 & 0x7ff),
                 static_cast<std::uint16_t>(word & 0x7ff), static_cast<std::uint8_t>(type)};
            return now.timed_;
          }
          if (type == 8) {
            now.high_ = now.clock_(word & 0xfffffff) << 6;
            now.timed_ = true;
          }
          return 0;
        });
    *this = now;
    return done;
  }

 private:
  detail::WrappingCounter clock_{28};
  std::int64_t high_ = 0;
  bool timed_ = false;
};

/// EVT 3.0: 16-bit little-endian words, their type in bits 12–15, that change one part of the state each; a
/// vector word gives an event for each bit of a mask. What the stream has not defined yet gives no event:
/// before the first TIME_HIGH there is no time, before the first ADDR_Y no row, before the first VECT_BASE_X
/// no vector. A TIME_HIGH that changes the time begins with a low part of 0. TIME_HIGH runs over after 16.8
/// s; a TIME_LOW smaller than the last is time that goes backward. ADDR_Y names the camera, 0 master or 1
/// slave: the stream. Words of other types (triggers, …) are skipped.
class Evt3Decoder {
 public:
  static constexpr std::size_t record = 2;
  StreamChoice streams;

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    Evt3Decoder now = *this;  // in registers
    std::optional<std::int32_t> mixed_in;
    const unsigned char* p = bytes.data();
    const unsigned char* end = p + bytes.size() / record * record;
    Event* out = events.data();
    Event* const full = out + events.size();
    for (;;) {
      for (; now.mask_ != 0 && out != full; now.mask_ &= now.mask_ - 1)
        *out++ = {now.t_, static_cast<std::uint16_t>(now.first_ + std::countr_zero(now.mask_)), now.y_,
                  now.polarity_};
      if (p == end || out == full) break;
      const std::uint32_t word = detail::load_little<std::uint16_t>(p), value = word & 0xfff;
      p += record;
      switch (word >> 12) {
        case 0:  // ADDR_Y
          if (const auto camera = static_cast<std::int32_t>(value >> 11);
              camera == now.camera_ || now.turn_to(camera, out != events.data(), mixed_in)) {
            now.y_ = value & 0x7ff;
            now.known_ = now.streams.passes_over(camera) ? now.known_ & ~row : now.known_ | row;
          } else {
            end = p -= record;
          }
          break;
        case 2:  // ADDR_X
          *out = {now.t_, static_cast<std::uint16_t>(word & 0x7ff), now.y_,
                  static_cast<std::uint8_t>(word >> 11 & 1)};
          out += (now.known_ & (time | row)) == (time | row);
          break;
        case 3:  // VECT_BASE_X
          now.base_ = word & 0x7ff;
          now.polarity_ = word >> 11 & 1;
          now.known_ |= base;
          break;
        case 4:  // VECT_12
          now.vector(value, 12);
          break;
        case 5:  // VECT_8
          now.vector(word & 0xff, 8);
          break;
        case 6:  // TIME_LOW
          now.t_ = (now.t_ & ~std::int64_t{0xfff}) | value;
          break;
        case 8:  // TIME_HIGH
          if (const std::int64_t high = now.clock_(value) << 12;
              (now.known_ & time) == 0 || (now.t_ & ~std::int64_t{0xfff}) != high)
            now.t_ = high;
          now.known_ |= time;
          break;
        default:
          break;
      }
    }
    if (out != events.data()) now.streams.current = streams.chosen.value_or(now.camera_);
    *this = now;
    return {static_cast<std::size_t>(p - bytes.data()),
            static_cast<std::size_t>(out - events.data()),
            record,
            {},
            streams.current.value_or(0),
            mixed_in};
  }

 private:
  static constexpr std::uint32_t time = 1, row = 2, base = 4;

  void vector(std::uint32_t mask, std::uint16_t width) {
    mask_ = known_ == (time | row | base) ? mask : 0;
    first_ = base_;
    base_ = static_cast<std::uint16_t>(base_ + width);
  }
  /// Whether a row of the other camera may follow; false if events of this one must be given before, or if it
  /// would mix the two.
  bool turn_to(std::int32_t camera, bool gave_events, std::optional<std::int32_t>& mixed_in) {
    if (gave_events && !streams.chosen) streams.current = camera_;
    if (streams.refuses(camera)) mixed_in = camera;
    if (mixed_in || (gave_events && streams.every)) return false;
    camera_ = camera;
    return true;
  }

  detail::WrappingCounter clock_{12};
  std::int64_t t_ = 0;
  std::uint32_t known_ = 0;  // what the stream has defined
  std::uint32_t mask_ = 0;   // events of the last vector that are still to come, from first_ on
  std::uint16_t first_ = 0, base_ = 0, y_ = 0;
  std::uint8_t polarity_ = 0;
  std::int32_t camera_ = 0;  // of the row
};

}  // namespace neohebb
