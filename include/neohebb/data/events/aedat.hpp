// iniVation's older streams: AEDAT 1.0 and 2.0 of jAER, AEDAT 3.1 of cAER.
// [iniVation, documentation of the AEDAT file formats]
#pragma once
#include <neohebb/data/events/event.hpp>

namespace neohebb {

namespace detail {
/// A time of 32 bits that runs over, counted with its nearest neighbour: small steps back across an overflow
/// stay small.
class NearestTime {
 public:
  std::int64_t operator()(std::uint32_t time) {
    t_ = timed_ ? t_ + static_cast<std::int32_t>(time - static_cast<std::uint32_t>(t_)) : std::int64_t{time};
    timed_ = true;
    return t_;
  }

 private:
  std::int64_t t_ = 0;
  bool timed_ = false;
};
/// The pixel of a DVS128's address. x is the address's own: jAER shows 127 − x.
inline Event dvs128_event(std::int64_t t, std::uint32_t address) {
  return {t, static_cast<std::uint16_t>(address >> 1 & 0x7f), static_cast<std::uint16_t>(address >> 8 & 0x7f),
          static_cast<std::uint8_t>(~address & 1)};
}
}  // namespace detail

/// AEDAT 1.0: big-endian pairs of an address u16, as a DVS128 has it in AEDAT 2.0, and a time u32 in µs.
class Aedat1Decoder {
 public:
  static constexpr std::size_t record = 6;

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    detail::NearestTime clock = clock_;
    const Decoded done = detail::decode_records<record>(bytes, events, [&](const unsigned char* p, Event& e) {
      const std::uint32_t address = std::uint32_t{p[0]} << 8 | p[1];
      e = detail::dvs128_event(clock(detail::load_big(p + 2)), address);
      return static_cast<int>((address & 0x8000) == 0);
    });
    clock_ = clock;
    return done;
  }

 private:
  detail::NearestTime clock_;
};

/// AEDAT 2.0: big-endian pairs of an address and a time in µs, both u32. Special events and samples of frames
/// and motion sensors are skipped.
class Aedat2Decoder {
 public:
  /// Which bits of an address hold x, y and polarity.
  enum class Layout : unsigned char {
    dvs128,  // polarity 1 − bit 0, x bits 1–7, y 8–14, special bits 15 and 31
    davis    // frame or motion sample bit 31, special bit 10, polarity bit 11, x 12–21, y 22–30
  };
  static constexpr std::size_t record = 8;
  Layout layout = Layout::dvs128;  // the camera that recorded the file

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    return layout == Layout::dvs128 ? decode<Layout::dvs128>(bytes, events)
                                    : decode<Layout::davis>(bytes, events);
  }

 private:
  template <Layout L> Decoded decode(std::span<const unsigned char> bytes, std::span<Event> events) {
    detail::NearestTime clock = clock_;
    const Decoded done =
        detail::decode_records<record>(bytes, events, [&](const unsigned char* p, Event& e) -> int {
          const std::uint32_t address = detail::load_big(p);
          const std::int64_t t = clock(detail::load_big(p + 4));
          if constexpr (L == Layout::dvs128) {
            e = detail::dvs128_event(t, address);
            return (address & 0x80008000) == 0;
          } else {
            e = {t, static_cast<std::uint16_t>(address >> 12 & 0x3ff),
                 static_cast<std::uint16_t>(address >> 22 & 0x1ff),
                 static_cast<std::uint8_t>(address >> 11 & 1)};
            return (address & 0x80000400) == 0;
          }
        });
    clock_ = clock;
    return done;
  }

  detail::NearestTime clock_;
};

/// AEDAT 3.1: packets of one type each, little-endian. Polarity packets hold pairs of data u32 (valid bit 0,
/// polarity bit 1, y 2–16, x 17–31) and time i32, below the overflow count of the packet; events that are not
/// valid and packets of other types are skipped. A packet's source is its stream.
class Aedat3Decoder {
 public:
  static constexpr std::size_t record = 8;
  StreamChoice streams;

  Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events) {
    Decoded done;
    for (;;) {
      const auto rest = bytes.subspan(done.consumed);
      const auto room = events.subspan(done.produced);
      if (skip_ > 0) {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, rest.size()));
        skip_ -= n;
        done.consumed += n;
        if (skip_ > 0) return done.needed = 1, done;
      } else if (left_ > 0) {
        const bool other = streams.refuses(source_);
        const Decoded some = decode(rest, other && !room.empty() ? room.first(1) : room);
        if (other && some.produced > 0) {  // the record is left to the next call
          ++left_;
          done.consumed += some.consumed - record;
          return done.mixed_in = source_, done;
        }
        done.consumed += some.consumed;
        done.produced += some.produced;
        if (some.produced > 0) done.stream = *(streams.current = source_);
        if (left_ > 0) return done.needed = record, done;
      } else {
        done.needed = header;
        if (streams.every && done.produced > 0) return done;
        if (rest.size() < header || room.empty() || !begin_packet(rest.data(), done.error)) return done;
        done.consumed += header;
      }
    }
  }
  /// Whether a packet has more to come.
  bool unfinished() const { return skip_ > 0 || left_ > 0; }

 private:
  static constexpr std::size_t header = 28;

  bool begin_packet(const unsigned char* p, std::string& error) {
    const auto type = detail::load_little<std::int16_t>(p);
    const auto size = detail::load_little<std::int32_t>(p + 4),
               overflow = detail::load_little<std::int32_t>(p + 12),
               number = detail::load_little<std::int32_t>(p + 20);
    const auto refuse = [&](const char* what, std::int64_t n) {
      error = "a packet of type " + std::to_string(type) + " " + what + " " + std::to_string(n);
      return false;
    };
    if (type < 0) return refuse("is none; its events have size", size);
    if (number < 0) return refuse("has an event count of", number);
    if (size < 0) return refuse("has events of size", size);
    source_ = detail::load_little<std::int16_t>(p + 2);
    if (type != 1 || streams.passes_over(source_)) {
      skip_ = static_cast<std::uint64_t>(size) * static_cast<std::uint64_t>(number);
      return true;
    }
    if (size != record) return refuse("(polarity) has events of 8 bytes, not of", size);
    if (overflow < 0) return refuse("has an overflow count of", overflow);
    left_ = static_cast<std::size_t>(number);
    overflow_ = static_cast<std::int64_t>(overflow) << 31;
    return true;
  }
  Decoded decode(std::span<const unsigned char> bytes, std::span<Event> events) {
    const std::size_t most = std::min(bytes.size() / record, left_);
    const Decoded done = detail::decode_records<record>(
        bytes.first(most * record), events, [high = overflow_](const unsigned char* p, Event& e) {
          const auto data = detail::load_little<std::uint32_t>(p);
          e = {high + detail::load_little<std::int32_t>(p + 4), static_cast<std::uint16_t>(data >> 17),
               static_cast<std::uint16_t>(data >> 2 & 0x7fff), static_cast<std::uint8_t>(data >> 1 & 1)};
          return static_cast<int>(data & 1);
        });
    left_ -= done.consumed / record;
    return done;
  }

  std::int32_t source_ = 0;    // of the packet
  std::uint64_t skip_ = 0;     // bytes
  std::size_t left_ = 0;       // events of the packet
  std::int64_t overflow_ = 0;  // µs
};

}  // namespace neohebb
