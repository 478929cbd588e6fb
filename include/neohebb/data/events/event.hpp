// What event cameras give: a time, a pixel, and whether it became brighter or darker.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <neohebb/core/check.hpp>
#include <optional>
#include <span>
#include <string>

namespace neohebb {

/// One change of brightness. Nothing is promised about x and y but what the file says: check them against the
/// sensor before they become an index (EventOptions::outside does).
struct Event {
  std::int64_t t = 0;  // µs
  std::uint16_t x = 0, y = 0;
  std::uint8_t polarity = 0;  // 1 brighter (ON), 0 darker (OFF)

  friend bool operator==(const Event&, const Event&) = default;
};

/// Pixels; 0 where it is not known.
struct Sensor {
  int width = 0, height = 0;

  friend bool operator==(const Sensor&, const Sensor&) = default;
};

/// File formats of event cameras.
enum class EventFormat : unsigned char {
  nmnist,  // .bin, .bs2: 40 bits an event
  bs3,     // .bs3: 56 bits an event
  aedat1,  // jAER's first: AEDAT 1.0
  aedat2,  // jAER
  aedat3,  // cAER: AEDAT 3.1
  aedat4,  // DV
  evt2,    // Prophesee RAW, EVT 2.0
  evt21,   // Prophesee RAW, EVT 2.1
  evt3,    // Prophesee RAW, EVT 3.0
  dat1,    // Prophesee DAT, version 1, and before DAT had versions
  dat      // Prophesee DAT, version 2
};

/// The name of a format, for messages.
inline std::string name_of(EventFormat format) {
  constexpr const char* names[] = {"N-MNIST (40 bits)", "56-bit events", "AEDAT 1.0", "AEDAT 2.0",
                                   "AEDAT 3.1",         "AEDAT 4",       "EVT 2.0",   "EVT 2.1",
                                   "EVT 3.0",           "DAT 1",         "DAT"};
  return names[static_cast<int>(format)];
}

/// What one call of a decoder did. A decoder is a small value, copyable at any moment:
///
///     Decoded operator()(std::span<const unsigned char> bytes, std::span<Event> events);
///
/// takes whole records from the front of `bytes` and writes events, until the events are full or what remains
/// is no whole record; the caller shows the rest again, with more behind it. A record's events that found no
/// room come with the next call, which may get no bytes. Never throws: `error` says why it cannot go on at
/// byte `consumed`. The events of one call are of one stream, see StreamChoice.
struct Decoded {
  std::size_t consumed = 0;                   // bytes
  std::size_t produced = 0;                   // events
  std::size_t needed = 0;                     // bytes that the next record takes, as far as it is known
  std::string error = {};                     // why the rest cannot be decoded; empty if it can
  std::int32_t stream = 0;                    // of the events
  std::optional<std::int32_t> mixed_in = {};  // why it cannot go on: events of this stream follow
};

/// Which streams' events a decoder gives, where a recording may hold several: the one that is chosen, or
/// every one, or that of the first event and no other.
struct StreamChoice {
  std::optional<std::int32_t> chosen = {};   // the only one that is read, if one was asked for
  bool every = false;                        // all are read
  std::optional<std::int32_t> current = {};  // of the last event

  /// Whether events of this stream are left out.
  bool passes_over(std::int32_t stream) const { return chosen && *chosen != stream; }
  /// Whether an event of this stream is an error, because others came before and none was chosen.
  bool refuses(std::int32_t stream) const { return !chosen && !every && current && *current != stream; }
};

namespace detail {

/// An integer at p, at any alignment, stored least significant byte first, or most significant first.
template <class T> T load_little(const unsigned char* p) {
  std::make_unsigned_t<T> x = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&x, p, sizeof(T));
  } else {
    for (std::size_t k = sizeof(T); k-- > 0;) x = static_cast<std::make_unsigned_t<T>>(x << 8 | p[k]);
  }
  return static_cast<T>(x);
}
inline std::uint32_t load_big(const unsigned char* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

/// Records of one size: decode(p, event) reads the one at p and says whether it is an event.
template <std::size_t Record, class Decode>
Decoded decode_records(std::span<const unsigned char> bytes, std::span<Event> events, Decode&& decode) {
  const unsigned char* p = bytes.data();
  const unsigned char* const end = p + bytes.size() / Record * Record;
  Event* out = events.data();
  Event* const full = out + events.size();
  for (; p != end && out != full; p += Record) out += decode(p, *out);
  return {static_cast<std::size_t>(p - bytes.data()), static_cast<std::size_t>(out - events.data()), Record};
}

/// A counter of `bits` bits that runs over. A decrease by more than half of its range is taken for that, an
/// increase by more than half for a step back across the last overflow; a smaller decrease is time that goes
/// backward.
class WrappingCounter {
 public:
  explicit constexpr WrappingCounter(int bits) : range_(std::int64_t{1} << bits) {}
  std::int64_t operator()(std::int64_t count) {
    if (last_ - count > range_ / 2)
      wrapped_ += range_;
    else if (count - last_ > range_ / 2 && wrapped_ > 0)
      wrapped_ -= range_;
    last_ = count;
    return wrapped_ + count;
  }

 private:
  std::int64_t range_, last_ = 0, wrapped_ = 0;
};

}  // namespace detail
}  // namespace neohebb
