// Recordings of event cameras, block by block.
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
/// The format is told by the file's beginning, else by EventOptions::format, else by the extension (.bin,
/// .bs2, .bs3, .dat, .aedat). A damaged file gives its events up to the damage; the call after that throws
/// std::runtime_error with file, byte and reason. So does one where the events of a second stream (a camera,
/// a source) follow: EventOptions::stream chooses one, EventOptions::every_stream gives each for itself.
/// Memory: EventOptions::read_size, and AEDAT 4's packets.
class EventReader {
 public:
  explicit EventReader(const std::string& path, const EventOptions& options = {})
      : EventReader(ByteSource(path, check(options).read_size), options) {}
  /// From memory, which must outlive the reader; `name` stands for a file's, its extension too.
  EventReader(std::span<const unsigned char> bytes, const EventOptions& options = {},
              const std::string& name = "events")
      : EventReader(ByteSource(bytes, name), options) {}
  /// From a stream, likewise.
  EventReader(std::istream& stream, const EventOptions& options = {}, const std::string& name = "events")
      : EventReader(ByteSource(stream, name, check(options).read_size), options) {}
  EventReader(ByteSource source, const EventOptions& options)
      : options_(check(options)), source_(std::move(source)), opened_(open_events(source_, options_)) {
    for (const EventStream& stream : opened_.header.streams) streams_.emplace_back(stream);
    for (std::size_t k = 0; k < streams_.size(); ++k)
      if (options_.stream == streams_[k].is.number) current_ = k;
  }

  EventFormat format() const { return opened_.header.format; }
  /// As the options or the file state it, of the stream whose events came last; before the first events of
  /// the one that is chosen, or the first one that the file describes.
  Sensor sensor() const { return streams_.empty() ? opened_.header.sensor : now().is.sensor; }
  /// Of all streams.
  EventReport report() const {
    EventReport all = ending_;
    for (const Stream& s : streams_) {
      all.given += s.is.report.given;
      all.outside += s.is.report.outside;
      all.backward += s.is.report.backward;
      all.dropped += s.is.report.dropped;
    }
    return all;
  }
  /// The number of the stream whose events came last; 0 where the format has no streams.
  std::int32_t stream() const { return streams_.empty() ? 0 : now().is.number; }
  /// Those the file describes, and those that events were of so far.
  std::vector<EventStream> streams() const {
    std::vector<EventStream> all;
    for (const Stream& s : streams_) all.push_back(s.is);
    return all;
  }
  /// Bytes decoded so far, and in all where that is known.
  std::uint64_t offset() const { return source_.offset(); }
  std::optional<std::uint64_t> size() const { return source_.size(); }

  /// Fills `events` and returns their number; less than there is room for only where the recording ends or is
  /// damaged, or with EventOptions::every_stream, 0 where nothing is left.
  std::size_t read(std::span<Event> events) {
    NEOHEBB_REQUIRE(!events.empty(), "EventReader::read: there is room for 0 events, must be at least 1");
    std::size_t n = 0;
    std::visit(
        [&](auto& decoder) {
          while (n < events.size() && advance(decoder, events, n)) {
          }
        },
        opened_.decoder);
    if (n > 0) now().is.report.given += n;
    return n;
  }

 private:
  struct Stream {
    EventStream is;
    std::uint32_t width = 32768, height = 32768;
    std::int64_t last = std::numeric_limits<std::int64_t>::min();

    explicit Stream(const EventStream& stream) : is(stream) {
      if (is.sensor.width > 0) width = static_cast<std::uint32_t>(is.sensor.width);
      if (is.sensor.height > 0) height = static_cast<std::uint32_t>(is.sensor.height);
    }
    bool outside(const Event& e) const { return e.x >= width || e.y >= height; }
  };
  const Stream& now() const { return streams_[current_]; }
  Stream& now() { return streams_[current_]; }
  /// Makes the stream the current one. Where the file describes one stream and no event is of it, this is the
  /// one.
  void turn_to(std::int32_t number) {
    if (!streams_.empty() && now().is.number == number) return;
    for (current_ = 0; current_ < streams_.size(); ++current_)
      if (now().is.number == number) return;
    if (streams_.size() == 1 && opened_.header.streams.size() == 1 &&
        streams_[0].is.report == EventReport{}) {
      current_ = 0;
      now().is.number = number;
      return;
    }
    if (streams_.size() == detail::most_streams)
      source_.fail(0, "more than ", detail::most_streams, " streams of events");
    const bool described = opened_.header.streams.size() > 1;
    streams_.emplace_back(
        EventStream{.number = number,
                    .sensor = described ? detail::overridden({}, options_.sensor) : opened_.header.sensor});
  }

  static const EventOptions& check(const EventOptions& options) {
    check_positive("EventOptions: read_size", options.read_size);
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
    if (done.produced > 0) turn_to(done.stream);
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
    if (done.mixed_in && n == 0) refuse_mixture(*done.mixed_in);
    if (done.mixed_in) return false;
    if (options_.every_stream && done.produced > 0) return n == 0;
    if (done.produced == room.size() || source_.fill()) return true;
    if (n == 0) check_end(decoder, done.needed);
    return false;
  }

  [[noreturn]] void refuse_mixture(std::int32_t other) {
    const std::size_t current = current_;
    turn_to(other);
    current_ = current;
    source_.fail(0, "several streams of events would be mixed: ", detail::list_of(streams()),
                 "; choose one (EventOptions::stream), or take each for itself (EventOptions::every_stream)");
  }
  /// Where nothing follows: is the recording whole?
  template <class Decoder> void check_end(Decoder& decoder, std::size_t needed) {
    if constexpr (requires { decoder.streams; })
      if (options_.stream && !decoder.streams.current && (streams_.empty() || stream() != *options_.stream))
        source_.fail(0, "no events are of stream ", *options_.stream, ", which EventOptions::stream chooses",
                     streams_.empty() ? "" : "; the file names ", detail::list_of(streams()));
    const std::size_t rest = source_.available().size();
    bool in_packet = false;
    if constexpr (requires { decoder.unfinished(); }) in_packet = decoder.unfinished();
    if constexpr (requires { decoder.check_contents({}); })
      if (decoder.has_contents() && !in_packet) {
        const std::string reason = decoder.check_contents(source_.available());
        ending_.miscounted = !reason.empty();
        if (ending_.miscounted && options_.refuse_cut_off) source_.fail(0, reason);
        return;
      }
    if (!in_packet && rest == 0) return;
    ending_.cut_off = true;
    if (options_.refuse_cut_off)
      source_.fail(rest, "the file ends within ",
                   in_packet ? "a packet" : "a record of " + std::to_string(needed) + " bytes");
  }

  std::size_t first_refused(std::span<const Event> events) const {
    if (events.empty()) return 0;
    std::int64_t last = now().last;
    for (std::size_t k = 0; k < events.size(); ++k) {
      const bool out = now().outside(events[k]), back = events[k].t < last;
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
    if (now().outside(e) && options_.outside == Irregular::refuse)
      source_.fail(begin, "an event at (", e.x, ", ", e.y, ") outside the sensor, ", now().width, " x ",
                   now().height);
    source_.fail(begin, "an event at ", e.t, " µs follows one at ", now().last, " µs");
  }
  /// Counts, drops what is to be dropped, and returns the number that remains.
  std::size_t keep_regular(std::span<Event> events) {
    if (events.empty()) return 0;
    Stream& stream = now();
    const std::uint32_t width = stream.width, height = stream.height;
    bool irregular = false;
    std::int64_t last = stream.last;
    for (const Event& e : events) {
      irregular |= (e.x >= width) | (e.y >= height) | (e.t < last);
      last = e.t;
    }
    if (!irregular) {
      stream.last = last;
      return events.size();
    }
    std::size_t kept = 0;
    for (const Event& e : events) {
      const bool out = stream.outside(e);
      stream.is.report.outside += out;
      const bool drop_out = out && options_.outside == Irregular::drop;
      const bool back = !drop_out && e.t < stream.last;
      stream.is.report.backward += back;
      if (drop_out || (back && options_.backward == Irregular::drop)) {
        ++stream.is.report.dropped;
        continue;
      }
      stream.last = e.t;
      events[kept++] = e;
    }
    return kept;
  }

  EventOptions options_;
  ByteSource source_;
  OpenedEvents opened_;
  std::vector<Stream> streams_;
  std::size_t current_ = 0;
  EventReport ending_;  // how the recording ended
};

/// A whole recording.
struct EventRecording {
  EventFormat format = EventFormat::nmnist;
  Sensor sensor;
  EventReport report;
  std::vector<Event> events;
};

/// All events at once, of a path, bytes or a stream; throws as EventReader does, and std::invalid_argument
/// for a reader that gives the events of several streams.
inline EventRecording read_all(EventReader reader) {
  EventRecording all;
  std::vector<Event> buffer(std::size_t{1} << 14);
  std::optional<std::int32_t> stream;
  while (const std::size_t n = reader.read(buffer)) {
    NEOHEBB_REQUIRE(!stream || *stream == reader.stream(), "read_all: events of stream ", reader.stream(),
                    " follow those of ", *stream, "; choose one (EventOptions::stream)");
    stream = reader.stream();
    all.events.insert(all.events.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
  }
  all.format = reader.format();
  all.sensor = reader.sensor();
  all.report = reader.report();
  return all;
}
/// All events of a file. Throws std::runtime_error that begins with the path.
inline EventRecording read_events(const std::string& path, const EventOptions& options = {}) {
  return read_all(EventReader(path, options));
}

}  // namespace neohebb
