// Which format a recording has, and what the text at its beginning states.
#pragma once
#include <array>
#include <cctype>
#include <charconv>
#include <neohebb/data/events/options.hpp>
#include <neohebb/data/events/source.hpp>
#include <string_view>

namespace neohebb {

struct EventHeader {
  EventFormat format = EventFormat::nmnist;
  Sensor sensor;
  bool dvs128 = false, davis = false;  // the camera, as far as AEDAT names it
};

namespace detail {

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
      lines.push_back(first == std::string::npos ? "" : lower(line.substr(first, end + 1 - first)));
      ended = lines.back() == last;
    }
  }
};

/// A number of pixels; text that is none throws.
inline int pixels(const ByteSource& source, std::string_view text) {
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n < 1 || n > 32768)
    source.fail(0, "the header states a sensor of ", std::string(text.substr(0, 40)), " pixels");
  return n;
}

/// "evt 3.0", "format evt3;height=720;width=1280", "geometry 1280x720", "width 304", …
/// Nothing where the lines name no format.
inline std::optional<EventHeader> prophesee_header(const ByteSource& source, const HeaderText& text) {
  EventHeader header;
  std::string evt, dat;
  for (const std::string& line : text.lines) {
    const auto space = std::min(line.find(' '), line.size());
    const std::string key = line.substr(0, space),
                      value = line.substr(std::min(line.find_first_not_of(' ', space), line.size()));
    if (key == "evt") evt = value;
    if (key == "format") {
      evt = value.substr(0, value.find(';'));
      for (auto [name, size] :
           {std::pair{";width=", &header.sensor.width}, {";height=", &header.sensor.height}})
        if (const auto at = value.find(name); at != std::string::npos) {
          const auto begin = at + std::string_view(name).size();
          *size = pixels(source, value.substr(begin, value.find(';', begin) - begin));
        }
    }
    if (key == "geometry") {
      const auto x = std::min(value.find('x'), value.size());
      header.sensor = {pixels(source, value.substr(0, x)),
                       pixels(source, value.substr(std::min(x + 1, value.size())))};
    }
    if (key == "width") header.sensor.width = pixels(source, value);
    if (key == "height") header.sensor.height = pixels(source, value);
    if (key == "version") dat = value;
    if (key == "data" && contains_text(value, "containing") && dat.empty()) dat = "2";
  }
  if (evt == "2.0" || evt == "2" || evt == "evt2" || evt == "evt2.0")
    header.format = EventFormat::evt2;
  else if (evt == "3.0" || evt == "3" || evt == "evt3" || evt == "evt3.0")
    header.format = EventFormat::evt3;
  else if (!evt.empty())
    source.fail(0, "Prophesee format '", evt, "' is not read here, EVT 2.0, EVT 3.0 and DAT 2 are");
  else if (dat == "2")
    header.format = EventFormat::dat;
  else if (!dat.empty())
    source.fail(0, "DAT version ", dat, " is not read here, version 2 is");
  else
    return std::nullopt;
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

inline void find_camera(const HeaderText& text, EventHeader& header) {
  for (const std::string& line : text.lines)
    for (const Camera& camera : cameras)
      if (contains_text(line, camera.name) && header.sensor == Sensor{}) {
        header.sensor = camera.sensor;
        (camera.name == cameras[0].name ? header.dvs128 : header.davis) = true;
      }
}

}  // namespace detail
}  // namespace neohebb
