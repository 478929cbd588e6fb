// What tests of event files share: bytes written by hand, and what a reader makes of them.
#pragma once
#include <map>
#include <neohebb/data/events/reader.hpp>
#include <sstream>

#include "support/temporary_file.hpp"

namespace support {

using neohebb::Event, neohebb::EventFormat, neohebb::EventOptions, neohebb::EventReader;
using Events = std::vector<Event>;

/// `size` bytes of n, the least significant first or last.
inline Bytes little(std::int64_t n, int size) {
  Bytes bytes;
  for (int k = 0; k < size; ++k) bytes.push_back(static_cast<unsigned char>(n >> (8 * k)));
  return bytes;
}
inline Bytes big(std::int64_t n, int size) {
  const Bytes bytes = little(n, size);
  return {bytes.rbegin(), bytes.rend()};
}
inline Bytes text(const std::string& text) { return {text.begin(), text.end()}; }
inline Bytes join(const auto&... parts) {
  Bytes all;
  (all.insert(all.end(), parts.begin(), parts.end()), ...);
  return all;
}
/// The words, little-endian.
template <class Word> Bytes words(std::initializer_list<Word> list) {
  Bytes all;
  for (const Word word : list) all = join(all, little(static_cast<std::int64_t>(word), sizeof(Word)));
  return all;
}

/// What a recording gives, and how that ended: "" or the error.
struct Outcome {
  Events events;
  std::string error;
  neohebb::EventReport report;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// `room` events at a time; in one piece from memory, or from a stream in pieces of `piece` bytes.
inline Outcome decode(const Bytes& bytes, EventOptions options, std::size_t room, std::size_t piece,
                      const std::string& name) {
  Outcome outcome;
  try {
    options.read_size = std::max<std::size_t>(piece, 1);
    std::istringstream stream(std::string(bytes.begin(), bytes.end()));
    EventReader reader = piece == 0 ? EventReader(bytes, options, name) : EventReader(stream, options, name);
    Events buffer(room);
    try {
      while (const std::size_t n = reader.read(buffer))
        outcome.events.insert(outcome.events.end(), buffer.begin(),
                              buffer.begin() + static_cast<std::ptrdiff_t>(n));
    } catch (const std::runtime_error& error) {
      outcome.error = error.what();
    }
    outcome.report = reader.report();
  } catch (const std::runtime_error& error) {
    outcome.error = error.what();
  }
  return outcome;
}
/// The same in any pieces, for any room.
inline Outcome decode(const Bytes& bytes, const EventOptions& options = {},
                      const std::string& name = "events") {
  const Outcome outcome = decode(bytes, options, 1000, 0, name);
  for (const std::size_t room : {1u, 3u, 1000u})
    for (const std::size_t piece : {0u, 1u, 7u, 100u})
      if (decode(bytes, options, room, piece, name) != outcome)
        throw std::logic_error(
            "another outcome in pieces of " + std::to_string(piece) + ", " + std::to_string(room) +
            " events at a time: " + decode(bytes, options, room, piece, name).error + " | " + outcome.error);
  return outcome;
}

/// The events of every stream, each as it is when it is the one that is chosen.
inline std::map<std::int32_t, Events> by_stream(const Bytes& bytes, EventOptions options = {},
                                                const std::string& name = "events") {
  options.every_stream = true;
  std::map<std::int32_t, Events> all;
  EventReader reader(bytes, options, name);
  Events buffer(3);
  while (const std::size_t n = reader.read(buffer)) {
    Events& events = all[reader.stream()];
    events.insert(events.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
  }
  for (const neohebb::EventStream& stream : reader.streams()) {
    options.stream = stream.number;
    const Outcome alone = decode(bytes, options, name);
    if (alone.events != all[stream.number] || alone.report.given != stream.report.given)
      throw std::logic_error("stream " + std::to_string(stream.number) + " alone gives other events");
  }
  return all;
}

/// Cut off at every byte, a recording gives the events before, then an error that names a byte unless it was
/// cut between records; where that is to be accepted, none but of its header. Returns how many lengths gave no
/// error.
inline int cut_off_everywhere(const Bytes& whole, const EventOptions& options = {},
                              const std::string& name = "events") {
  const Events all = decode(whole, options, name).events;
  int clean = 0;
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Outcome outcome =
        decode(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)), options, name);
    if (outcome.events.size() > all.size() ||
        !std::equal(outcome.events.begin(), outcome.events.end(), all.begin()))
      throw std::logic_error("other events when cut off at " + std::to_string(n));
    if (!outcome.error.empty() && !contains(outcome.error, name + ", byte "))
      throw std::logic_error("an error without a place: " + outcome.error);
    clean += outcome.error.empty();
    EventOptions accepting = options;
    accepting.refuse_cut_off = false;
    const Outcome accepted =
        decode({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)}, accepting, name);
    const bool told = accepted.report.cut_off || accepted.report.miscounted;
    if (accepted.events != outcome.events ||
        (told ? !accepted.error.empty() || outcome.error.empty() : accepted.error != outcome.error))
      throw std::logic_error("cut off at " + std::to_string(n) + ": " + outcome.error + " | " +
                             accepted.error);
  }
  return clean;
}

}  // namespace support
