// The table of contents at the end of AEDAT 4, against what the packets held.
#pragma once
#include <neohebb/data/events/flatbuffer.hpp>
#include <vector>

namespace neohebb::detail {

/// Packets of events, stream by stream. Those of streams beyond the first 64 are not counted.
class PacketCounts {
 public:
  void add(std::int32_t stream, std::uint64_t events) {
    Stream* s = find(stream);
    if (!s && streams_.size() < 64) s = &streams_.emplace_back(Stream{stream});
    if (s) ++s->packets, s->events += events;
  }
  /// "" where the table, a FlatBuffer behind its size, lists the same; else what it does instead. The table
  /// may leave out the list, and an entry its stream or its count: what is not stated is not compared.
  std::string compare(std::span<const unsigned char> contents) {
    constexpr const char* damaged = "the table of contents is damaged";
    if (contents.size() < 12) return "the file ends within its table of contents";
    const std::uint64_t size = load_little<std::uint32_t>(contents.data());
    if (size > contents.size() - 4) return "the file ends within its table of contents";
    if (std::memcmp(contents.data() + 8, "FTAB", 4) != 0) return damaged;
    const auto bytes = contents.subspan(4, static_cast<std::size_t>(size));
    const auto table = FlatTable::root(bytes);
    const auto entries = table ? table->vector(0, 4) : std::nullopt;
    if (!entries) return damaged;
    if (!table->has(0)) return "";
    bool all_named = true;
    for (std::size_t k = 0; k < entries->count; ++k) {
      const auto entry = FlatTable::behind_offset(bytes, entries->begin + 4 * k);
      const auto stream = entry ? entry->number<std::int32_t>(1, 0) : std::nullopt;
      const auto elements = entry ? entry->number<std::int64_t>(2, 0) : std::nullopt;
      if (!stream || !elements || *elements < 0) return damaged;
      Stream* s = entry->has(1) ? find(*stream) : nullptr;
      all_named &= entry->has(1);
      if (!s) continue;
      ++s->listed_packets, s->listed_events += static_cast<std::uint64_t>(*elements);
      s->all_counted &= entry->has(2);
    }
    for (const Stream& s : streams_)
      if (s.listed_packets > s.packets || (all_named && s.listed_packets < s.packets) ||
          s.listed_events > s.events || (all_named && s.all_counted && s.listed_events < s.events))
        return "the table of contents lists " + std::to_string(s.listed_events) + " events in " +
               std::to_string(s.listed_packets) + " packets of stream " + std::to_string(s.stream) +
               ", there are " + std::to_string(s.events) + " in " + std::to_string(s.packets);
    return "";
  }

 private:
  struct Stream {
    std::int32_t stream = 0;
    std::uint64_t packets = 0, events = 0, listed_packets = 0, listed_events = 0;
    bool all_counted = true;  // by the table
  };
  Stream* find(std::int32_t stream) {
    for (Stream& s : streams_)
      if (s.stream == stream) return &s;
    return nullptr;
  }
  std::vector<Stream> streams_;
};

}  // namespace neohebb::detail
