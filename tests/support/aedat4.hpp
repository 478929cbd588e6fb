// AEDAT 4 by hand: its parts as bytes.
#pragma once
#include "support/events.hpp"

namespace support {

inline Bytes structs(const Events& events) {
  Bytes all;
  for (const Event& e : events)
    all = join(all, little(e.t, 8), little(e.x, 2), little(e.y, 2), Bytes{e.polarity, 0, 0, 0});
  return all;
}
/// A FlatBuffer of one vector, `behind` the vector something else, behind its size.
inline Bytes flat(const std::string& kind, std::int64_t count, const Bytes& elements,
                  const Bytes& behind = {}) {
  const Bytes buffer = join(little(16, 4), text(kind), little(6, 2), little(8, 2), little(4, 2), little(0, 2),
                            little(8, 4), little(4, 4), little(count, 4), elements, behind);
  return join(little(std::int64_t(buffer.size()), 4), buffer);
}
inline Bytes flat(const Events& events, const Bytes& behind = {}) {
  return flat("EVTS", std::int64_t(events.size()), structs(events), behind);
}
inline Bytes packet(std::int64_t stream, const Bytes& payload) {
  return join(little(stream, 4), little(std::int64_t(payload.size()), 4), payload);
}
inline Bytes header(int compression, std::int64_t contents, const std::string& xml) {
  const Bytes buffer =
      join(little(20, 4), text("IOHE"), little(10, 2), little(20, 2), little(4, 2), little(8, 2),
           little(16, 2), little(0, 2), little(12, 4), little(compression, 4), little(contents, 8),
           little(4, 4), little(std::int64_t(xml.size()), 4), text(xml), Bytes{0});
  return join(text("#!AER-DAT4.0\r\n"), little(std::int64_t(buffer.size()), 4), buffer);
}
/// A header whose table of contents begins behind `size` bytes of packets.
inline Bytes header_of(std::size_t size, const std::string& xml) {
  return header(0, std::int64_t(header(0, 0, xml).size() + size), xml);
}
/// A packet in the table of contents; what it does not state is left out.
struct Listed {
  std::optional<int> stream;
  std::optional<std::int64_t> elements;
};
/// A table of contents, behind its size.
inline Bytes contents(const std::vector<Listed>& packets) {
  constexpr std::int64_t first = 26, entry = 38;  // bytes before the vector's elements, of an entry
  const auto count = static_cast<std::int64_t>(packets.size());
  Bytes offsets, entries;
  for (std::int64_t k = 0; k < count; ++k) {
    const auto& [stream, elements] = packets[static_cast<std::size_t>(k)];
    offsets = join(offsets, little(4 * (count - k) + entry * k + 10, 4));
    entries = join(entries, little(10, 2), little(28, 2), little(4, 2), little(stream ? 12 : 0, 2),
                   little(elements ? 20 : 0, 2), little(10, 4), little(77, 8), little(stream.value_or(0), 4),
                   little(1, 4), little(elements.value_or(0), 8));
  }
  return join(little(first + (4 + entry) * count, 4), little(14, 4), text("FTAB"), little(6, 2), little(8, 2),
              little(4, 2), little(6, 4), little(4, 4), little(count, 4), offsets, entries);
}

}  // namespace support
