// The beginning of a recording: which decoder reads the rest.
#pragma once
#include <neohebb/data/events/aedat.hpp>
#include <neohebb/data/events/aedat4_header.hpp>
#include <neohebb/data/events/evt.hpp>
#include <neohebb/data/events/fixed_width.hpp>
#include <neohebb/data/events/header.hpp>
#include <variant>

namespace neohebb {

using EventDecoder = std::variant<NMnistDecoder, Bs3Decoder, DatDecoder, Evt2Decoder, Evt3Decoder,
                                  Aedat2Decoder, Aedat3Decoder, Aedat4Decoder>;

struct OpenedEvents {
  EventHeader header;
  EventDecoder decoder;
};

namespace detail {

inline bool starts_with(ByteSource& source, std::string_view text) {
  return source.require(text.size()) &&
         std::equal(text.begin(), text.end(), source.available().begin(),
                    [](char c, unsigned char byte) { return static_cast<unsigned char>(c) == byte; });
}

inline EventFormat format_by_extension(const ByteSource& source) {
  const std::string extension = lower(std::filesystem::path(source.name()).extension().string());
  if (extension == ".bin" || extension == ".bs2") return EventFormat::nmnist;
  if (extension == ".bs3") return EventFormat::bs3;
  if (extension == ".dat") return EventFormat::dat;
  source.fail(0, "neither the beginning nor the extension '", extension,
              "' says which format this is; name it (EventOptions::format)");
}

/// Without a line of the camera's name: DVS128 addresses have 16 bits, those of a DAVIS more.
inline Aedat2Decoder::Layout aedat2_layout(ByteSource& source, const EventHeader& header) {
  using Layout = Aedat2Decoder::Layout;
  if (header.dvs128 != header.davis) return header.davis ? Layout::davis : Layout::dvs128;
  for (std::size_t at = 0; at < 1024 && source.require(at + 8); at += 8)
    if (load_big(source.available().data() + at) >> 16 != 0) return Layout::davis;
  return Layout::dvs128;
}

/// The two bytes between text and events: type and size. Files without a text may lack them, which is told by
/// the length; a stream, whose length is not known, is taken to lack them.
inline void open_dat(ByteSource& source, bool has_text) {
  if (!source.require(2)) {
    if (!has_text && source.available().empty()) return;
    source.fail(source.available().size(), "the file ends within its header");
  }
  const unsigned type = source.available()[0], size = source.available()[1];
  const bool known = (type == 0 || type == 12) && size == 8;
  if (has_text && !known)
    source.fail(0, "events of type ", type, " and ", size,
                " bytes are not read here, types 0 and 12 of 8 are");
  if (has_text || (known && source.size() && *source.size() % 8 == 2)) source.consume(2);
}

inline void open_aedat3(ByteSource& source, const HeaderText& text) {
  if (!text.ended)
    source.fail(text.size, text.cut_off ? "the file ends within its header"
                                        : "the header does not end with #!END-HEADER");
  for (const std::string& line : text.lines)
    if (line.starts_with("format:") && !contains_text(line, "raw"))
      source.fail(0, "AEDAT 3.1 in '", line, "' is not read here, RAW is");
}

}  // namespace detail

/// Tells the format by the beginning, else by options.format, else by the extension of the source's name, and
/// leaves the source at the first byte of data. Throws std::runtime_error.
inline OpenedEvents open_events(ByteSource& source, const EventOptions& options) {
  using detail::HeaderText;
  OpenedEvents opened;
  EventHeader& header = opened.header;
  bool has_text = false;
  const bool aedat4 = detail::starts_with(source, detail::aedat4_magic);
  if (aedat4) {
    header.format = EventFormat::aedat4;
    opened.decoder = detail::open_aedat4(source, options, header.sensor);
  } else if (detail::starts_with(source, "#!AER-DAT")) {
    const HeaderText text(source, '#', "!end-header");
    const std::string version = text.lines.empty() ? "" : text.lines[0].substr(8);
    if (text.lines.empty()) source.fail(0, "the file ends within its header");
    if (version.starts_with("2.0")) {
      if (text.cut_off) source.fail(text.size, "the file ends within its header");
      header.format = EventFormat::aedat2;
    } else if (version.starts_with("3.1")) {
      detail::open_aedat3(source, text);
      header.format = EventFormat::aedat3;
    } else {
      source.fail(0, "AEDAT ", version, " is not read here, 2.0, 3.1 and 4.0 are");
    }
    detail::find_camera(text, header);
    source.consume(text.size);
  } else {
    const HeaderText text(source, '%', "end");
    const auto stated = detail::prophesee_header(source, text);
    if (stated && text.cut_off) source.fail(text.size, "the file ends within its header");
    if (stated) header = *stated;
    if (!stated) header.format = options.format ? *options.format : detail::format_by_extension(source);
    const bool prophesee = header.format == EventFormat::dat || header.format == EventFormat::evt2 ||
                           header.format == EventFormat::evt3;
    has_text = prophesee && text.size > 0;
    if (has_text) source.consume(text.size);
  }
  if (options.sensor.width > 0) header.sensor.width = options.sensor.width;
  if (options.sensor.height > 0) header.sensor.height = options.sensor.height;
  switch (header.format) {
    case EventFormat::nmnist:
      opened.decoder = NMnistDecoder{};
      break;
    case EventFormat::bs3:
      opened.decoder = Bs3Decoder{};
      break;
    case EventFormat::dat:
      detail::open_dat(source, has_text);
      opened.decoder = DatDecoder{};
      break;
    case EventFormat::evt2:
      opened.decoder = Evt2Decoder{};
      break;
    case EventFormat::evt3:
      opened.decoder = Evt3Decoder{};
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
  return opened;
}

}  // namespace neohebb
