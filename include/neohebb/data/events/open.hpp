// The beginning of a recording: which decoder reads the rest.
#pragma once
#include <neohebb/data/events/aedat.hpp>
#include <neohebb/data/events/aedat4_header.hpp>
#include <neohebb/data/events/evt.hpp>
#include <neohebb/data/events/evt21.hpp>
#include <neohebb/data/events/fixed_width.hpp>
#include <neohebb/data/events/header.hpp>
#include <neohebb/data/events/headerless.hpp>
#include <variant>

namespace neohebb {

/// The decoder of any format.
using EventDecoder = std::variant<NMnistDecoder, Bs3Decoder, DatDecoder, Evt2Decoder, Evt21Decoder,
                                  Evt3Decoder, Aedat1Decoder, Aedat2Decoder, Aedat3Decoder, Aedat4Decoder>;

/// A file's header, and the decoder for what follows it.
struct OpenedEvents {
  EventHeader header;    // what the file says of itself
  EventDecoder decoder;  // for what follows the header
};

namespace detail {

inline bool starts_with(ByteSource& source, std::string_view text) {
  return source.require(text.size()) &&
         std::equal(text.begin(), text.end(), source.available().begin(),
                    [](char c, unsigned char byte) { return static_cast<unsigned char>(c) == byte; });
}

/// Of a file that does not begin with a format's name; `text` are the bytes of its lines, if it has some.
inline EventFormat format_by_extension(ByteSource& source, std::size_t text) {
  const std::string extension = lower(std::filesystem::path(source.name()).extension().string());
  if (extension == ".bin" || extension == ".bs2") return EventFormat::nmnist;
  if (extension == ".bs3") return EventFormat::bs3;
  const bool jaer = starts_with(source, "#") && text > 0;
  if (extension == ".aedat" || (extension == ".dat" && jaer)) return headerless_aedat(source, text);
  if (extension == ".dat") return text > 0 ? EventFormat::dat1 : headerless_dat(source);
  source.fail(0, "neither the beginning nor the extension '", extension,
              "' says which format this is; name it (EventOptions::format)");
}

/// Without a line of the camera's name: DVS128 addresses have 16 bits and jAER's mark of a special event,
/// those of a DAVIS more.
inline Aedat2Decoder::Layout aedat2_layout(ByteSource& source, const EventHeader& header) {
  using Layout = Aedat2Decoder::Layout;
  if (header.dvs128 != header.davis) return header.davis ? Layout::davis : Layout::dvs128;
  for (std::size_t at = 0; at < 1024 && source.require(at + 8); at += 8)
    if ((load_big(source.available().data() + at) >> 16 & 0x7fff) != 0) return Layout::davis;
  return Layout::dvs128;
}

/// Passes over the two bytes between text and events, type and size.
inline void open_dat(ByteSource& source, bool has_text) {
  if (!has_text) return source.consume(has_type_and_size(source) ? 2 : 0);
  if (!source.require(2)) source.fail(source.available().size(), "the file ends within its header");
  const unsigned type = source.available()[0], size = source.available()[1];
  if ((type != 0 && type != 12) || size != 8)
    source.fail(0, "events of type ", type, " and ", size,
                " bytes are not read here, types 0 and 12 of 8 are");
  source.consume(2);
}
/// As the header states the order of a word's halves, else as the words do.
inline Evt21Decoder open_evt21(ByteSource& source, const EventHeader& header) {
  Evt21Decoder decoder;
  if (header.endianness == "legacy") decoder.order = Evt21Decoder::Order::legacy;
  if (!header.endianness.empty()) return decoder;
  constexpr std::size_t enough = 8192;  // bytes
  source.require(enough);
  decoder.order =
      Evt21Decoder::order_of(source.available().first(std::min(enough, source.available().size())));
  return decoder;
}

inline void open_aedat3(ByteSource& source, const HeaderText& text) {
  if (!text.ended)
    source.fail(text.size, text.cut_off ? "the file ends within its header"
                                        : "the header does not end with #!END-HEADER");
  for (const std::string& line : text.lines)
    if (line.starts_with("format:") && !contains_text(line, "raw"))
      source.fail(0, "AEDAT 3.1 in '", line, "' is not read here, RAW is");
}

/// What begins with #!AER-DAT, but is not AEDAT 4.
inline EventHeader open_aedat(ByteSource& source) {
  EventHeader header;
  const HeaderText text(source, '#', "!end-header");
  const std::string version = text.lines.empty() ? "" : text.lines[0].substr(8);
  if (text.lines.empty()) source.fail(0, "the file ends within its header");
  if (version.starts_with("1.0") || version.starts_with("2.0")) {
    if (text.cut_off) source.fail(text.size, "the file ends within its header");
    header.format = version[0] == '1' ? EventFormat::aedat1 : EventFormat::aedat2;
  } else if (version.starts_with("3.1")) {
    open_aedat3(source, text);
    header.format = EventFormat::aedat3;
  } else {
    source.fail(0, "AEDAT ", version, " is not read here, 1.0, 2.0, 3.1 and 4.0 are");
  }
  find_camera(source, text, header);
  if (header.format == EventFormat::aedat3) find_sources(text, header);
  source.consume(text.size);
  return header;
}
/// What begins with a text of Prophesee's, or one of jAER's without a version, or nothing; returns whether
/// there is a text.
inline bool open_other(ByteSource& source, const EventOptions& options, EventHeader& header) {
  const HeaderText percent(source, '%', "end"), hash(source, '#', "!end-header");
  const auto stated = prophesee_header(source, percent);
  if (stated && percent.cut_off) source.fail(percent.size, "the file ends within its header");
  if (stated) header = *stated;
  if (!stated)
    header.format =
        options.format ? *options.format : format_by_extension(source, std::max(percent.size, hash.size));
  const EventFormat f = header.format;
  const bool jaer = f == EventFormat::aedat1 || f == EventFormat::aedat2;
  const bool prophesee = f == EventFormat::dat || f == EventFormat::dat1 || f == EventFormat::evt2 ||
                         f == EventFormat::evt21 || f == EventFormat::evt3;
  if (jaer) find_camera(source, hash, header);
  const std::size_t text = jaer ? hash.size : prophesee ? percent.size : 0;
  source.consume(text);
  return text > 0;
}
/// Refuses a choice of a stream that cannot be there.
inline void check_stream(const ByteSource& source, const EventOptions& options, const EventHeader& header) {
  if (!options.stream) return;
  const std::int32_t n = *options.stream;
  const auto& known = header.streams;
  const bool named = std::any_of(known.begin(), known.end(), [n](const auto& s) { return s.number == n; });
  if (header.format == EventFormat::aedat4 && !known.empty() && !named)
    source.fail(0, "EventOptions::stream is ", n, ", the recording's streams of events are ", list_of(known));
  if (header.format == EventFormat::evt3 && n != 0 && n != 1)
    source.fail(0, "EventOptions::stream is ", n, ", EVT 3.0 has 0 (master) and 1 (slave)");
  if (header.format != EventFormat::aedat4 && header.format != EventFormat::aedat3 &&
      header.format != EventFormat::evt3)
    source.fail(0, "EventOptions::stream is ", n, ", ", name_of(header.format),
                " holds one stream of events, without a number");
}

}  // namespace detail

/// Tells the format by the beginning, else by options.format, else by the extension of the source's name, and
/// leaves the source at the first byte of data. Throws std::runtime_error.
inline OpenedEvents open_events(ByteSource& source, const EventOptions& options) {
  OpenedEvents opened;
  EventHeader& header = opened.header;
  bool has_text = false;
  const bool aedat4 = detail::starts_with(source, detail::aedat4_magic);
  if (aedat4) {
    header.format = EventFormat::aedat4;
    opened.decoder = detail::open_aedat4(source, options, header);
  } else if (detail::starts_with(source, "#!AER-DAT")) {
    header = detail::open_aedat(source);
  } else {
    has_text = detail::open_other(source, options, header);
  }
  detail::check_stream(source, options, header);
  header.sensor = detail::overridden(header.sensor, options.sensor);
  for (EventStream& stream : header.streams)
    stream.sensor = detail::overridden(stream.sensor, options.sensor);
  switch (header.format) {
    case EventFormat::nmnist:
      opened.decoder = NMnistDecoder{};
      break;
    case EventFormat::bs3:
      opened.decoder = Bs3Decoder{};
      break;
    case EventFormat::dat1:
    case EventFormat::dat: {
      detail::open_dat(source, has_text);
      DatDecoder decoder;
      if (header.format == EventFormat::dat1) decoder.layout = DatDecoder::Layout::version1;
      opened.decoder = decoder;
      break;
    }
    case EventFormat::evt2:
      opened.decoder = Evt2Decoder{};
      break;
    case EventFormat::evt21:
      opened.decoder = detail::open_evt21(source, header);
      break;
    case EventFormat::evt3:
      opened.decoder = Evt3Decoder{};
      break;
    case EventFormat::aedat1:
      opened.decoder = Aedat1Decoder{};
      break;
    case EventFormat::aedat2: {
      Aedat2Decoder decoder;
      decoder.layout = detail::aedat2_layout(source, header);
      opened.decoder = decoder;
      break;
    }
    case EventFormat::aedat3:
      opened.decoder = Aedat3Decoder{};
      break;
    case EventFormat::aedat4:
      if (!aedat4) source.fail(0, "AEDAT 4 begins with #!AER-DAT4.0, this file does not");
  }
  std::visit(
      [&](auto& decoder) {
        if constexpr (requires { decoder.streams; })
          decoder.streams = {.chosen = options.stream, .every = options.every_stream && !options.stream};
      },
      opened.decoder);
  return opened;
}

}  // namespace neohebb
