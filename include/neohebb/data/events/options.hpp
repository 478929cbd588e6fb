// How recordings of event cameras are read.
#pragma once
#include <neohebb/data/events/event.hpp>
#include <neohebb/io/file.hpp>
#include <optional>

namespace neohebb {

/// What to do with events that cannot be right. All are counted.
enum class Irregular : unsigned char { keep, drop, refuse };

/// Unpacks one LZ4 or ZSTD frame into `unpacked`, at most `limit` bytes of it. Returns "" or what is wrong.
using Unpack = std::string (*)(std::span<const unsigned char> packed, std::size_t limit, Bytes& unpacked);

/// How event files are read.
struct EventOptions {
  /// For files whose beginning does not say what they are; goes before their extension.
  std::optional<EventFormat> format = {};
  /// For files that do not state it; where this is not 0 it goes before what they state, for every stream.
  Sensor sensor = {};
  /// Which stream's events to give, where a recording holds several: AEDAT 4's stream, AEDAT 3.1's source,
  /// EVT 3.0's camera (0 master, 1 slave). Without a choice a second stream's events are an error.
  std::optional<std::int32_t> stream = {};
  /// Events of every stream, each read() those of one: EventReader::stream() says whose. `stream` goes before
  /// it.
  bool every_stream = false;
  /// Events outside the sensor; where its size is not known, those at 32768 or beyond.
  Irregular outside = Irregular::keep;
  /// Events earlier than the last one that was given.
  Irregular backward = Irregular::keep;
  /// Whether a file is an error, after its events, that ends within an event or packet, or whose table of
  /// contents (AEDAT 4) is damaged or counts otherwise than its packets; otherwise it just ends.
  bool refuse_cut_off = true;
  /// Bytes read at once.
  std::size_t read_size = std::size_t{1} << 18;
  /// Bytes that one packet of AEDAT 4 may take, packed and unpacked.
  std::size_t largest_packet = std::size_t{1} << 26;
  /// For compressed AEDAT 4: unpack_lz4 of <neohebb/data/events/lz4.hpp>, unpack_zstd of <…/zstd.hpp>.
  Unpack lz4 = nullptr, zstd = nullptr;
};

/// Counts of events read and left out so far, and what is odd in the file.
struct EventReport {
  std::uint64_t given = 0;     // events that read() returned
  std::uint64_t outside = 0;   // events outside the sensor, kept or dropped
  std::uint64_t backward = 0;  // events, inside or kept, that are earlier than the last one given
  std::uint64_t dropped = 0;   // events that read() left out
  bool cut_off = false;        // the file ends within an event or packet
  bool miscounted = false;     // its table of contents is damaged, or counts otherwise

  friend bool operator==(const EventReport&, const EventReport&) = default;
};

/// A camera of a recording, or what a program made of its events.
struct EventStream {
  std::int32_t number = 0;  // for EventOptions::stream
  std::string name = {};    // "" where the file has none
  Sensor sensor = {};
  EventReport report = {};  // of its events

  friend bool operator==(const EventStream&, const EventStream&) = default;
};

}  // namespace neohebb
