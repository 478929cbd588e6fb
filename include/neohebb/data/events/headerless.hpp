// Recordings without a word about their format: which one makes sense of their times.
#pragma once
#include <initializer_list>
#include <neohebb/data/events/options.hpp>
#include <neohebb/data/events/source.hpp>

namespace neohebb::detail {

/// Where the times of a format stand.
struct TimeLayout {
  EventFormat format = EventFormat::dat;
  std::size_t begin = 0, record = 8, time = 0;  // bytes, of the first record, of a record, before its time
  bool big = false;                             // most significant byte first
};

/// Whether these are times of a recording in µs: of the steps at its beginning, nine in ten go forward, by 1
/// s at most, or a little back. Nothing where there are no steps.
inline std::optional<bool> times_fit(ByteSource& source, const TimeLayout& layout) {
  constexpr std::size_t most = 8192;  // bytes
  std::size_t steps = 0, good = 0;
  std::uint32_t last = 0;
  for (std::size_t at = layout.begin; at + layout.record <= most && source.require(at + layout.record);
       at += layout.record) {
    const unsigned char* p = source.available().data() + at + layout.time;
    const std::uint32_t time = layout.big ? load_big(p) : load_little<std::uint32_t>(p);
    if (at > layout.begin) {
      const auto step = static_cast<std::int32_t>(time - last);
      good += step >= -(1 << 16) && step <= 1 << 20;
      ++steps;
    }
    last = time;
  }
  if (steps == 0) return std::nullopt;
  return 10 * good >= 9 * steps;
}
/// The one whose times fit; nothing where it is none, or more.
inline std::optional<EventFormat> only_fit(ByteSource& source, std::initializer_list<TimeLayout> layouts) {
  std::optional<EventFormat> found;
  for (const TimeLayout& layout : layouts)
    if (times_fit(source, layout).value_or(false)) {
      if (found && *found != layout.format) return std::nullopt;
      found = layout.format;
    }
  return found;
}

/// DAT's two bytes before its events: type and size. Without a text they may be absent; then the times tell,
/// and where there are none, the length does.
inline bool has_type_and_size(ByteSource& source) {
  if (!source.require(2)) return false;
  const unsigned type = source.available()[0], size = source.available()[1];
  return (type == 0 || type == 12) && size == 8 &&
         times_fit(source, {.begin = 2}).value_or(source.size().value_or(0) % 8 == 2);
}
/// Of DAT without a text, from this byte on: version 1 has nothing above bit 17.
inline EventFormat dat_version(ByteSource& source, std::size_t begin) {
  for (std::size_t at = begin; at < 8192 && source.require(at + 8); at += 8)
    if (load_little<std::uint32_t>(source.available().data() + at + 4) >> 18 != 0) return EventFormat::dat;
  return EventFormat::dat1;
}
/// Of a .dat without a text: Prophesee's of either version, or jAER's AEDAT 1.0.
inline EventFormat headerless_dat(ByteSource& source) {
  if (!source.require(1)) return EventFormat::dat;  // no events
  const std::size_t begin = has_type_and_size(source) ? 2 : 0;
  const auto format = only_fit(source, {{.begin = begin}, {EventFormat::aedat1, 0, 6, 2, true}});
  if (!format)
    source.fail(0, "this has no header, and its times do not tell whether it is Prophesee's DAT or jAER's ",
                "AEDAT 1.0; name its format (EventOptions::format: dat, dat1 or aedat1)");
  return format == EventFormat::dat ? dat_version(source, begin) : *format;
}
/// Of AEDAT that names no version, from this byte on: it is 1.0, unless its times say otherwise.
inline EventFormat headerless_aedat(ByteSource& source, std::size_t begin) {
  const TimeLayout first{EventFormat::aedat1, begin, 6, 2, true};
  const auto format = only_fit(source, {first, {EventFormat::aedat2, begin, 8, 4, true}});
  if (!format && times_fit(source, first))
    source.fail(0, "this is AEDAT without a version, and its times do not tell whether it is 1.0 or 2.0; ",
                "name its format (EventOptions::format: aedat1 or aedat2)");
  return format.value_or(EventFormat::aedat1);
}

}  // namespace neohebb::detail
