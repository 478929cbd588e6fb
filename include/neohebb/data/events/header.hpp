// Which format a recording has, and what the text at its beginning states.
#pragma once
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <neohebb/data/events/options.hpp>
#include <neohebb/data/events/source.hpp>
#include <string_view>

namespace neohebb {

/// What a file says of itself before its events.
struct EventHeader {
  EventFormat format = EventFormat::nmnist;
  Sensor sensor;
  std::vector<EventStream> streams = {};  // as far as the file describes them
  bool dvs128 = false, davis = false;     // the camera, as far as AEDAT names it
  std::string endianness = {};            // as far as Prophesee's files state it
};

namespace detail {

constexpr std::size_t most_streams = 64;  // of a recording

inline std::string lower(std::string_view text) {
  std::string all(text);
  for (char& c : all) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return all;
}
inline bool contains_text(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The lines at the beginning that start with `mark` and are text, up to the one that is `last`. Data may
/// start with the mark by chance: what holds control characters is no line.
struct HeaderText {
  std::vector<std::string> lines;  // in lower case, without the mark, spaces around, and the end of the line
  std::vector<std::string> names;  // the same as they are written
  std::size_t size = 0;            // bytes
  bool cut_off = false;            // the file ends within a line
  bool ended = false;              // by `last`

  HeaderText(ByteSource& source, char mark, std::string_view last) {
    constexpr std::size_t longest = 1 << 20;
    for (std::size_t at = 0; !ended; at = size) {
      std::string line;
      for (;; ++at) {
        if (at > longest) source.fail(at, "a header of more than ", longest, " bytes is absurd");
        if (!source.require(at + 1)) {
          cut_off = !line.empty();
          return;
        }
        const char c = static_cast<char>(source.available()[at]);
        if (at == size && c != mark) return;
        if (c == '\n') break;
        if (std::iscntrl(static_cast<unsigned char>(c)) && c != '\t' && c != '\r') return;
        line += c;
      }
      size = at + 1;
      const auto first = line.find_first_not_of(" \t\r", 1);
      const auto end = line.find_last_not_of(" \t\r");
      names.push_back(first == std::string::npos ? "" : line.substr(first, end + 1 - first));
      lines.push_back(lower(names.back()));
      ended = lines.back() == last;
    }
  }
};

inline Sensor overridden(Sensor stated, const Sensor& by) {
  if (by.width > 0) stated.width = by.width;
  if (by.height > 0) stated.height = by.height;
  return stated;
}
/// "0 (LEFT, 346 x 260), 1 (RIGHT, 640 x 480)"
inline std::string list_of(const std::vector<EventStream>& streams) {
  std::string list;
  for (const EventStream& s : streams) {
    const std::string size = s.sensor.width > 0 && s.sensor.height > 0
                                 ? std::to_string(s.sensor.width) + " x " + std::to_string(s.sensor.height)
                                 : "";
    const std::string about = s.name + (!s.name.empty() && !size.empty() ? ", " : "") + size;
    list += (list.empty() ? "" : ", ") + std::to_string(s.number) + (about.empty() ? "" : " (" + about + ")");
  }
  return list;
}

/// A number of pixels; text that is none throws.
inline int pixels(const ByteSource& source, std::string_view text) {
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n < 1 || n > 32768)
    source.fail(0, "the header states a sensor of ", std::string(text.substr(0, 40)), " pixels");
  return n;
}

/// "evt 3.0", "format evt3;height=720;width=1280", "geometry 1280x720", "width 304", "version 2", … A DAT
/// that states no version is older than those. Nothing where the lines name no format.
inline std::optional<EventHeader> prophesee_header(const ByteSource& source, const HeaderText& text) {
  EventHeader header;
  std::string evt, format, version;
  bool dat = false;
  for (const std::string& line : text.lines) {
    const auto space = std::min(line.find(' '), line.size());
    const std::string key = line.substr(0, space),
                      value = line.substr(std::min(line.find_first_not_of(' ', space), line.size()));
    if (key == "evt") evt = value;
    if (key == "endianness") header.endianness = value;
    if (key == "format") {
      format = value.substr(0, value.find(';'));
      const auto part = [&](std::string_view name) -> std::string {
        const auto at = value.find(name);
        if (at == std::string::npos) return "";
        const auto begin = at + name.size();
        return value.substr(begin, value.find(';', begin) - begin);
      };
      if (const std::string width = part(";width="); !width.empty())
        header.sensor.width = pixels(source, width);
      if (const std::string height = part(";height="); !height.empty())
        header.sensor.height = pixels(source, height);
      if (const std::string order = part(";endianness="); !order.empty()) header.endianness = order;
    }
    if (key == "geometry") {
      const auto x = std::min(value.find('x'), value.size());
      header.sensor = {pixels(source, value.substr(0, x)),
                       pixels(source, value.substr(std::min(x + 1, value.size())))};
    }
    if (key == "width") header.sensor.width = pixels(source, value);
    if (key == "height") header.sensor.height = pixels(source, value);
    if (key == "version") version = value;
    dat |= key == "data" && contains_text(value, "containing");
  }
  if (!format.empty()) evt = format;
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), evt) != names.end();
  };
  if (is({"2.0", "2", "evt2", "evt2.0"}))
    header.format = EventFormat::evt2;
  else if (is({"2.1", "evt21", "evt2.1"}))
    header.format = EventFormat::evt21;
  else if (is({"3.0", "3", "evt3", "evt3.0"}))
    header.format = EventFormat::evt3;
  else if (!evt.empty())
    source.fail(0, "Prophesee format '", evt, "' is not read here, EVT 2.0, 2.1, 3.0 and DAT are");
  else if (version == "2")
    header.format = EventFormat::dat;
  else if (version == "1" || version == "0" || (version.empty() && dat))
    header.format = EventFormat::dat1;
  else if (!version.empty())
    source.fail(0, "DAT version ", version, " is not read here, versions 1 and 2 are");
  else
    return std::nullopt;
  const bool legacy = header.endianness == "legacy" && header.format == EventFormat::evt21;
  if (!header.endianness.empty() && header.endianness != "little" && !legacy)
    source.fail(0, "Prophesee's ", name_of(header.format), " of endianness '", header.endianness,
                "' is not read here, little is");
  return header;
}

struct Camera {
  const char* name;
  Sensor sensor;
};
/// Those that AEDAT headers name.
inline constexpr std::array<Camera, 6> cameras{{{"dvs128", {128, 128}},
                                                {"davis128", {128, 128}},
                                                {"davis208", {208, 192}},
                                                {"davis240", {240, 180}},
                                                {"davis346", {346, 260}},
                                                {"davis640", {640, 480}}}};

inline const Camera* camera_named_in(std::string_view line) {
  for (const Camera& camera : cameras)
    if (contains_text(line, camera.name)) return &camera;
  return nullptr;
}
/// The first camera that a line names. Of a pair, jAER puts left and right into bit 15 of the addresses.
inline void find_camera(const ByteSource& source, const HeaderText& text, EventHeader& header) {
  for (const std::string& line : text.lines) {
    if (line.starts_with("aechip") && contains_text(line, "stereo"))
      source.fail(0, "a stereo pair, '", line, "', is not read here; save each camera for itself");
    const Camera* camera = camera_named_in(line);
    if (camera && header.sensor == Sensor{}) {
      header.sensor = camera->sensor;
      (camera == &cameras[0] ? header.dvs128 : header.davis) = true;
    }
    if (line.starts_with("aechip") && contains_text(line, "tmpdiff128") && header.sensor == Sensor{}) {
      header.sensor = cameras[0].sensor;
      header.dvs128 = true;
    }
  }
}
/// "Source 1: DVS128" of AEDAT 3.1; with "-Source" it is the one of a file that this was made from.
inline void find_sources(const HeaderText& text, EventHeader& header) {
  constexpr std::string_view key = "source ";
  for (std::size_t k = 0; k < text.lines.size() && header.streams.size() < most_streams; ++k) {
    const std::string_view line = text.lines[k], name = text.names[k];
    const auto colon = line.find(':');
    EventStream stream;
    if (!line.starts_with(key) || colon == std::string_view::npos) continue;
    const auto [end, error] = std::from_chars(line.data() + key.size(), line.data() + colon, stream.number);
    if (error != std::errc{} || end != line.data() + colon) continue;
    stream.name = name.substr(std::min(name.find_first_not_of(' ', colon + 1), name.size()));
    if (const Camera* camera = camera_named_in(line)) stream.sensor = camera->sensor;
    header.streams.push_back(stream);
  }
  if (header.streams.size() == 1 && header.streams[0].sensor == Sensor{})
    header.streams[0].sensor = header.sensor;
}

}  // namespace detail
}  // namespace neohebb
