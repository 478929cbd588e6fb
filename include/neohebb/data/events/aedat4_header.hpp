// The header of AEDAT 4: how packets are packed, where they end, which streams there are.
#pragma once
#include <algorithm>
#include <charconv>
#include <neohebb/data/events/aedat4.hpp>
#include <neohebb/data/events/header.hpp>

namespace neohebb {
namespace detail {

/// A stream as the XML of the header describes it.
struct Aedat4Stream {
  EventStream stream;
  std::string kind;     // "EVTS", …
  std::string made_by;  // a module
};

/// <node name="NUMBER" …> and, within it, <attr key="typeIdentifier" …>EVTS</attr>, sizeX, sizeY,
/// source, originalModuleName.
inline std::vector<Aedat4Stream> aedat4_streams(std::string_view xml) {
  std::vector<Aedat4Stream> streams;
  const auto number = [](std::string_view digits, auto& n) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    return error == std::errc{} && end == digits.data() + digits.size();
  };
  const auto until = [](std::string_view all, char end) { return all.substr(0, all.find(end)); };
  constexpr std::string_view node = "<node name=\"", attribute = "<attr key=\"";
  for (std::size_t at = xml.find('<'); at < xml.size(); at = xml.find('<', at + 1)) {
    const std::string_view tag = xml.substr(at, 512);  // what is asked for is short, whatever follows it
    if (tag.starts_with(node)) {
      std::int32_t n = 0;
      if (number(until(tag.substr(node.size()), '"'), n) && streams.size() < most_streams)
        streams.emplace_back().stream.number = n;
    } else if (tag.starts_with(attribute) && !streams.empty() && tag.find('>') < tag.size()) {
      const std::string_view key = until(tag.substr(attribute.size()), '"'),
                             value = until(tag.substr(tag.find('>') + 1), '<');
      auto& [stream, kind, made_by] = streams.back();
      int n = 0;
      if (key == "typeIdentifier") kind = value;
      if (key == "originalModuleName") made_by = value;
      if (key == "source") stream.name = value;
      if (key == "sizeX" && number(value, n) && n > 0 && n <= 32768) stream.sensor.width = n;
      if (key == "sizeY" && number(value, n) && n > 0 && n <= 32768) stream.sensor.height = n;
    }
  }
  // Several streams of one camera, raw and filtered, say: named by what made them, too.
  std::vector<std::string> names;
  for (const Aedat4Stream& s : streams) {
    const auto alike = [&](const Aedat4Stream& other) {
      return other.kind == s.kind && other.stream.name == s.stream.name;
    };
    const bool unique = std::count_if(streams.begin(), streams.end(), alike) == 1 || s.made_by.empty();
    names.push_back(unique ? s.stream.name
                           : s.stream.name + (s.stream.name.empty() ? "" : " by ") + s.made_by);
  }
  for (std::size_t k = 0; k < streams.size(); ++k) streams[k].stream.name = names[k];
  return streams;
}

constexpr std::size_t largest_aedat4_header = 1 << 20;  // real ones have some kilobytes
constexpr std::string_view aedat4_magic = "#!AER-DAT4.0\r\n";

/// Reads magic and header; the sensor is that of the first stream of events.
inline Aedat4Decoder open_aedat4(ByteSource& source, const EventOptions& options, EventHeader& header) {
  const std::size_t begin = aedat4_magic.size();
  if (!source.require(begin + 4)) source.fail(source.available().size(), "the file ends within its header");
  const std::size_t size = load_little<std::uint32_t>(source.available().data() + begin);
  if (size > std::min(options.largest_packet, largest_aedat4_header))
    source.fail(begin, "a header of ", size, " bytes is absurd");
  if (!source.require(begin + 4 + size))
    source.fail(source.available().size(), "the file ends within its header of ", size, " bytes");
  const auto bytes = source.available().subspan(begin + 4, size);
  const auto table = FlatTable::root(bytes);
  const auto compression = table ? table->number<std::int32_t>(0, 0) : std::nullopt;
  const auto contents = table ? table->number<std::int64_t>(1, -1) : std::nullopt;
  const auto xml = table ? table->vector(2, 1) : std::nullopt;
  if (!compression || !contents || !xml) source.fail(begin, "the header holds a damaged FlatBuffer");

  Aedat4Decoder::Layout layout{.largest_packet = options.largest_packet};
  const bool lz4 = *compression == 1 || *compression == 2, zstd = *compression == 3 || *compression == 4;
  if (*compression != 0 && !lz4 && !zstd) source.fail(begin, "compression ", *compression, " is unknown");
  if (lz4 || zstd) {
    layout.unpack = lz4 ? options.lz4 : options.zstd;
    const std::string name = lz4 ? "lz4" : "zstd";
    if (!layout.unpack)
      source.fail(begin, "the packets are compressed: include <neohebb/data/events/", name,
                  ".hpp> and set EventOptions::", name, " = unpack_", name);
  }
  const std::uint64_t data = source.offset() + begin + 4 + size;
  if (*contents != -1) {
    if (*contents < 0 || static_cast<std::uint64_t>(*contents) < data)
      source.fail(begin, "the table of contents stands at byte ", *contents, ", the header ends at ", data);
    layout.bytes = static_cast<std::uint64_t>(*contents) - data;
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + xml->begin, xml->count);
  for (const auto& [stream, kind, made_by] : aedat4_streams(text)) {
    if (kind == "EVTS" && header.sensor == Sensor{}) header.sensor = stream.sensor;
    if (kind == "EVTS") header.streams.push_back(stream);
    if (!kind.empty() && kind != "EVTS") layout.other_streams.push_back(stream.number);
    if (!kind.empty() && kind != "EVTS" && options.stream == stream.number)
      source.fail(begin, "EventOptions::stream is ", stream.number, ", which holds ", kind, ", no events");
  }
  source.consume(begin + 4 + size);
  return Aedat4Decoder(layout);
}

}  // namespace detail
}  // namespace neohebb
