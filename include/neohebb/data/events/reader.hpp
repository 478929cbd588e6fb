// Recordings of event cameras, piece by piece.
#pragma once
#include <limits>
#include <neohebb/data/events/open.hpp>

namespace neohebb {

/// The events of a recording in the order of the file, whatever its format and length:
///
///     EventReader reader("recording.raw");
///     std::vector<Event> buffer(65536);
///     while (const std::size_t n = reader.read(buffer)) use(std::span(buffer).first(n));
///
/// The format is told by the file's beginning, else by EventOptions::format, else by the extension (.bin, .bs2,
/// .bs3, .dat). A damaged file gives its events up to the damage; the call after that throws
/// std::runtime_error with file, byte and reason. Memory: EventOptions::piece, and AEDAT 4's packets.
class EventReader {
 public:
  explicit EventReader(const std::string& path, const EventOptions& options = {})
      : EventReader(ByteSource(path, check(options).piece), options) {}
  /// From memory, which must outlive the reader; `name` stands for a file's, its extension too.
  EventReader(std::span<const unsigned char> bytes, const EventOptions& options = {},
              const std::string& name = "events")
      : EventReader(ByteSource(bytes, name), options) {}
  /// From a stream, likewise.
  EventReader(std::istream& stream, const EventOptions& options = {}, const std::string& name = "events")
      : EventReader(ByteSource(stream, name, check(options).piece), options) {}
  EventReader(ByteSource source, const EventOptions& options)
      : options_(check(options)), source_(std::move(source)), opened_(open_events(source_, options_)) {
    const Sensor& known = opened_.header.sensor;
    if (known.width > 0) width_ = static_cast<std::uint32_t>(known.width);
    if (known.height > 0) height_ = static_cast<std::uint32_t>(known.height);
  }

  EventFormat format() const { return opened_.header.format; }
  /// As the options or the file state it.
  Sensor sensor() const { return opened_.header.sensor; }
  const EventReport& report() const { return report_; }
  /// Bytes decoded so far, and in all where that is known.
  std::uint64_t offset() const { return source_.offset(); }
  std::optional<std::uint64_t> size() const { return source_.size(); }

  /// Fills `events` and returns their number; less than there is room for only where the recording ends or is
  /// damaged, 0 where nothing is left.
  std::size_t read(std::span<Event> events) {
    NEOHEBB_REQUIRE(!events.empty(), "EventReader::read: there is room for 0 events, must be at least 1");
    std::size_t n = 0;
    std::visit(
        [&](auto& decoder) {
          while (n < events.size() && advance(decoder, events, n)) {
          }
        },
        opened_.decoder);
    report_.given += n;
    return n;
  }

 private:
  static const EventOptions& check(const EventOptions& options) {
    check_positive("EventOptions: piece", options.piece);
    NEOHEBB_REQUIRE(options.sensor.width >= 0 && options.sensor.height >= 0, "EventOptions: the sensor is ",
                    options.sensor.width, " x ", options.sensor.height, ", must not be negative");
    return options;
  }

  /// Decodes what is available behind the n events that are there; false where nothing further comes. Throws
  /// only while there are none.
  template <class Decoder> bool advance(Decoder& decoder, std::span<Event> events, std::size_t& n) {
    const bool refuses = options_.outside == Irregular::refuse || options_.backward == Irregular::refuse;
    const std::optional<Decoder> before = refuses ? std::optional<Decoder>(decoder) : std::nullopt;
    const auto room = events.subspan(n);
    const auto bytes = source_.available();
    Decoded done = decoder(bytes, room);
    bool go_on = true;
    if (refuses) {
      const std::size_t good = first_refused(room.first(done.produced));
      if (good < done.produced) {
        if (good == 0 && n == 0) refuse(*before, room);
        decoder = *before;  // up to the event that is refused: the next call begins with it
        if (good > 0) done = decoder(bytes, room.first(good));
        if (good == 0) return false;
        go_on = false;
      }
    }
    source_.consume(done.consumed);
    n += keep_regular(room.first(done.produced));
    if (!go_on) return n == 0;  // all before it may have been dropped
    if (n == events.size()) return false;
    if (!done.error.empty()) {
      if (n == 0) source_.fail(0, done.error);
      return false;
    }
    if (done.produced == room.size() || source_.fill()) return true;
    if (n == 0) check_end(decoder, done.needed);
    return false;
  }

  /// Where nothing follows: is the recording whole?
  template <class Decoder> void check_end(Decoder& decoder, std::size_t needed) {
    const std::size_t rest = source_.available().size();
    bool in_packet = false;
    if constexpr (requires { decoder.unfinished(); }) in_packet = decoder.unfinished();
    if constexpr (requires { decoder.check_contents({}); })
      if (decoder.has_contents() && !in_packet) {
        const std::string reason = decoder.check_contents(source_.available());
        report_.miscounted = !reason.empty();
        if (report_.miscounted && options_.refuse_cut_off) source_.fail(0, reason);
        return;
      }
    if (!in_packet && rest == 0) return;
    report_.cut_off = true;
    if (options_.refuse_cut_off)
      source_.fail(rest, "the file ends within ",
                   in_packet ? "a packet" : "a record of " + std::to_string(needed) + " bytes");
  }

  bool outside(const Event& e) const { return e.x >= width_ || e.y >= height_; }

  std::size_t first_refused(std::span<const Event> events) const {
    std::int64_t last = last_;
    for (std::size_t k = 0; k < events.size(); ++k) {
      const bool out = outside(events[k]), back = events[k].t < last;
      if (out && options_.outside == Irregular::refuse) return k;
      if (out && options_.outside == Irregular::drop) continue;
      if (back && options_.backward == Irregular::refuse) return k;
      if (back && options_.backward == Irregular::drop) continue;
      last = events[k].t;
    }
    return events.size();
  }
  template <class Decoder> [[noreturn]] void refuse(Decoder decoder, std::span<Event> room) {
    const std::size_t end = decoder(source_.available(), room.first(1)).consumed;
    const Event& e = room[0];
    const std::size_t begin = end - std::min(end, Decoder::record);
    if (outside(e) && options_.outside == Irregular::refuse)
      source_.fail(begin, "an event at (", e.x, ", ", e.y, ") outside the sensor, ", width_, " x ", height_);
    source_.fail(begin, "an event at ", e.t, " µs follows one at ", last_, " µs");
  }
  /// Counts, drops what is to be dropped, and returns the number that remains.
  std::size_t keep_regular(std::span<Event> events) {
    bool irregular = false;
    std::int64_t last = last_;
    for (const Event& e : events) {
      irregular |= (e.x >= width_) | (e.y >= height_) | (e.t < last);
      last = e.t;
    }
    if (!irregular) {
      last_ = last;
      return events.size();
    }
    std::size_t kept = 0;
    for (const Event& e : events) {
      const bool out = outside(e);
      report_.outside += out;
      const bool drop_out = out && options_.outside == Irregular::drop;
      const bool back = !drop_out && e.t < last_;
      report_.backward += back;
      if (drop_out || (back && options_.backward == Irregular::drop)) {
        ++report_.dropped;
        continue;
      }
      last_ = e.t;
      events[kept++] = e;
    }
    return kept;
  }

  EventOptions options_;
  ByteSource source_;
  OpenedEvents opened_;
  EventReport report_;
  std::uint32_t width_ = 32768, height_ = 32768;
  std::int64_t last_ = std::numeric_limits<std::int64_t>::min();
};

/// A whole recording.
struct EventRecording {
  EventFormat format = EventFormat::nmnist;
  Sensor sensor;
  EventReport report;
  std::vector<Event> events;
};

/// All events at once, of a path, bytes or a stream; throws as EventReader does.
inline EventRecording read_all(EventReader reader) {
  EventRecording all{reader.format(), reader.sensor(), {}, {}};
  std::vector<Event> buffer(std::size_t{1} << 14);
  while (const std::size_t n = reader.read(buffer))
    all.events.insert(all.events.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
  all.report = reader.report();
  return all;
}
inline EventRecording read_events(const std::string& path, const EventOptions& options = {}) {
  return read_all(EventReader(path, options));
}

}  // namespace neohebb
