// What the fuzz targets share. An input is a recording and, behind it, four bytes that choose how it is read.
#pragma once
#include <neohebb/data/events/writer.hpp>

#include "support/events.hpp"

namespace fuzz {

using namespace neohebb;
using support::Outcome;

struct Input {
  support::Bytes bytes;
  EventOptions options;
  std::size_t room = 1, piece = 1;
  unsigned choice = 0;  // of the target

  Input(const unsigned char* data, std::size_t size) {
    unsigned char c[4] = {};
    for (auto& choose : c)
      if (size > 0) choose = data[--size];
    bytes.assign(data, data + size);
    options.outside = static_cast<Irregular>(c[0] % 3);
    options.backward = static_cast<Irregular>(c[0] / 3 % 3);
    options.refuse_cut_off = c[0] / 9 % 2 == 0;
    if (c[0] / 18 % 2 == 0) options.sensor = {c[1] * 8, c[1] * 8};
    options.every_stream = c[0] / 36 % 2 == 1;
    if (c[0] / 72 % 2 == 1) options.stream = c[1] % 4;
    options.largest_packet = 1 << 16;
    room = 1 + c[2] % 32;
    piece = 1 + std::size_t{c[2]} / 32 * 7;
    choice = c[3];
  }
};

inline void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

/// Reads the input at once and in pieces: the same events, the same end, and none that the options leave out.
inline Outcome read(const Input& input, const std::string& name = "events") {
  const EventOptions& o = input.options;
  Outcome all = support::decode(input.bytes, o, 4096, 0, name);
  require(all == support::decode(input.bytes, o, input.room, input.piece, name), "another outcome in pieces");
  require(all.report.given == all.events.size(), "not as many events as reported");
  require(all.error.empty() || all.error.starts_with("neohebb: " + name + ", byte "),
          "an error without a place");
  const bool several = o.every_stream && !o.stream;  // each has times of its own
  require(
      several || o.backward == Irregular::keep ||
          std::is_sorted(all.events.begin(), all.events.end(), [](auto& a, auto& b) { return a.t < b.t; }),
      "time goes backward");
  for (const Event& e : all.events)
    require(e.polarity <= 1 && (o.outside == Irregular::keep || o.sensor.width == 0 ||
                                (e.x < o.sensor.width && e.y < o.sensor.height)),
            "an event outside");
  return all;
}

/// What was read can be written, or is refused, and is the same when it is read again.
inline void write_again(const std::vector<Event>& events, EventFormat format, std::size_t piece) {
  std::ostringstream stream;
  EventWriter writer(stream, format);
  try {
    for (std::size_t at = 0; at < events.size(); at += piece)
      writer.write(std::span(events).subspan(at, std::min(piece, events.size() - at)));
  } catch (const std::invalid_argument&) {
    return;
  }
  writer.finish();
  const std::string text = stream.str();
  const support::Bytes bytes(text.begin(), text.end());
  // Events that spell a text are read as one.
  if (format == EventFormat::nmnist && !events.empty() && (events[0].x == '%' || events[0].x == '#')) return;
  require(read_all(EventReader(bytes, {.format = format})).events == events,
          "other events after a round trip");
}

}  // namespace fuzz
