// What is in a recording of an event camera, whatever its format and length:
//
//     event_info recording.raw --png recording.png --npy events.npy
//
// A recording of several cameras is described camera by camera. A damaged file is described up to the damage;
// then comes the error.
#include <array>
#include <bit>
#include <filesystem>
#include <fstream>
#include <map>
#include <neohebb/data/events/reader.hpp>
#include <neohebb/plot/png.hpp>
#include <optional>
#include <sstream>

#include "program.hpp"
#include "unpack.hpp"

namespace {

using namespace neohebb;

const std::map<std::string, EventFormat> formats = {
    {"nmnist", EventFormat::nmnist}, {"bs3", EventFormat::bs3},       {"dat", EventFormat::dat},
    {"dat1", EventFormat::dat1},     {"evt2", EventFormat::evt2},     {"evt21", EventFormat::evt21},
    {"evt3", EventFormat::evt3},     {"aedat1", EventFormat::aedat1}, {"aedat2", EventFormat::aedat2},
    {"aedat3", EventFormat::aedat3}, {"aedat4", EventFormat::aedat4}};
const std::map<std::string, Irregular> treatments = {
    {"keep", Irregular::keep}, {"drop", Irregular::drop}, {"refuse", Irregular::refuse}};

struct Options {
  std::string file, format, sensor, png, npy, outside = "keep", backward = "keep";
  EventOptions reading = any_format();
  bool accept_cut_off = false;
};

/// Numbers of events, of all time and in the busiest millisecond, whose neighbours may come in any order.
class Counts {
 public:
  std::int64_t first = std::numeric_limits<std::int64_t>::max(),
               last = std::numeric_limits<std::int64_t>::min();
  std::uint64_t on = 0, off = 0, peak = 0;
  int width = 0, height = 0;  // that the events reach to

  void add(const Event& e) {
    ++(e.polarity ? on : off);
    first = std::min(first, e.t);
    last = std::max(last, e.t);
    width = std::max(width, e.x + 1);
    height = std::max(height, e.y + 1);
    const std::int64_t ms = e.t / 1000;
    Bin& bin = recent_[static_cast<std::size_t>(ms) % recent_.size()];
    if (bin.ms != ms) bin = {ms, 0};
    peak = std::max(peak, ++bin.events);
  }
  std::uint64_t all() const { return on + off; }

 private:
  struct Bin {
    std::int64_t ms = 0;
    std::uint64_t events = 0;
  };
  std::array<Bin, 256> recent_{};
};

/// Events of every pixel: red where they are ON, blue where OFF, purple where both, darker where they are more.
class Picture {
 public:
  static constexpr int largest = 4096;  // pixels of a side

  explicit Picture(Sensor sensor)
      : width_(std::min(sensor.width > 0 ? sensor.width : 2048, largest)),
        height_(std::min(sensor.height > 0 ? sensor.height : 2048, largest)),
        pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)) {}

  void add(const Event& e) {
    if (e.x >= width_ || e.y >= height_) return;
    Pixel& pixel = at(e.x, e.y);
    ++(e.polarity ? pixel.on : pixel.off);
  }
  /// Of width × height pixels, each `scale` of the image's: about 800 at least.
  plot::Image draw(int width, int height) {
    width = std::clamp(width, 1, width_);
    height = std::clamp(height, 1, height_);
    std::vector<double> counts;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        if (const double n = at(x, y).all(); n > 0) counts.push_back(n);
    double darkest = 1;  // all but the busiest pixels, which may be broken ones
    if (!counts.empty()) {
      const auto rank =
          counts.begin() + static_cast<std::ptrdiff_t>(0.995 * static_cast<double>(counts.size() - 1));
      std::nth_element(counts.begin(), rank, counts.end());
      darkest = *rank;
    }
    const int scale = std::max(1, 800 / std::max(width, height));
    plot::Image image(width * scale, height * scale);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const Pixel& pixel = at(x, y);
        if (pixel.all() == 0) continue;
        const plot::Colour hue = plot::mix(off_, on_, pixel.on / pixel.all());
        const double strength = 0.3 + 0.7 * std::log1p(pixel.all()) / std::log1p(darkest);
        image.fill({x * scale, y * scale, (x + 1) * scale, (y + 1) * scale},
                   plot::mix(plot::white, hue, strength));
      }
    return image;
  }

 private:
  static constexpr plot::Colour on_{178, 24, 43}, off_{33, 102, 172};
  struct Pixel {
    std::uint32_t on = 0, off = 0;
    double all() const { return static_cast<double>(on) + static_cast<double>(off); }
  };
  Pixel& at(int x, int y) {
    return pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                   static_cast<std::size_t>(x)];
  }

  int width_, height_;
  std::vector<Pixel> pixels_;
};

/// A NumPy array, int64, of columns t, x, y, polarity. Its number of rows is put into the header at the end.
class NpyColumns {
 public:
  explicit NpyColumns(const std::string& path) : path_(path), file_(path, std::ios::binary) { header(); }

  void add(std::span<const Event> events) {
    rows_.clear();
    for (const Event& e : events) rows_.push_back({e.t, e.x, e.y, e.polarity});
    file_.write(reinterpret_cast<const char*>(rows_.data()),
                static_cast<std::streamsize>(rows_.size() * sizeof(rows_[0])));
    count_ += events.size();
    check();
  }
  void finish() {
    file_.seekp(0);
    header();
    file_.close();
    check();
  }

 private:
  void header() {
    const char order = std::endian::native == std::endian::little ? '<' : '>';
    file_ << std::string("\x93NUMPY\x01\x00\x76\x00", 10)
          << fmt::format("{:<117}\n",
                         fmt::format("{{'descr': '{}i8', 'fortran_order': False, 'shape': ({}, 4), }}", order,
                                     count_));
    check();
  }
  void check() const {
    if (!file_) throw std::runtime_error("cannot write " + path_);
  }
  std::string path_;
  std::ofstream file_;
  std::vector<std::array<std::int64_t, 4>> rows_;
  std::uint64_t count_ = 0;
};

std::string in_words(double rate) {
  for (const auto& [limit, unit] : {std::pair{1e6, "M"}, {1e3, "k"}})
    if (rate >= limit) return fmt::format("{:.2f} {} events/s", rate / limit, unit);
  return fmt::format("{:.1f} events/s", rate);
}
Sensor parse_sensor(const std::string& text) {
  Sensor sensor;
  char x = 0;
  std::istringstream in(text);
  if (!(in >> sensor.width >> x >> sensor.height) || x != 'x' || !in.eof() || sensor.width < 1 ||
      sensor.height < 1 || sensor.width > 32768 || sensor.height > 32768)
    throw std::invalid_argument("--sensor is " + text + ", must be WIDTHxHEIGHT, such as 346x260");
  return sensor;
}

void describe(const Sensor& sensor, const EventReport& report, const Counts& counts) {
  if (sensor.width > 0 && sensor.height > 0)
    fmt::print("sensor     {} x {}\n", sensor.width, sensor.height);
  else
    fmt::print("sensor     not stated\n");
  fmt::print("events     {}: {} ON, {} OFF\n", counts.all(), counts.on, counts.off);
  if (counts.all() > 0) {
    const double seconds = 1e-6 * (static_cast<double>(counts.last) - static_cast<double>(counts.first));
    fmt::print("pixels     x up to {}, y up to {}\n", counts.width - 1, counts.height - 1);
    fmt::print("time       {} to {} us: {:.6f} s\n", counts.first, counts.last, seconds);
    if (seconds > 0) fmt::print("mean rate  {}\n", in_words(static_cast<double>(counts.all()) / seconds));
    fmt::print("peak rate  {} events in a millisecond\n", counts.peak);
  }
  fmt::print("irregular  {} outside, {} backward, {} of them dropped{}{}\n", report.outside, report.backward,
             report.dropped, report.cut_off ? ", cut off at the end" : "",
             report.miscounted ? ", table of contents wrong" : "");
}
/// The whole recording; where it holds several streams, or one was chosen, stream by stream.
void describe(const Options& o, const EventReader& reader, const std::map<std::int32_t, Counts>& counts) {
  const auto size = reader.size();
  fmt::print("file       {}{}\n", o.file, size ? fmt::format(", {} bytes", *size) : "");
  fmt::print("format     {}\n", name_of(reader.format()));
  const EventReport report = reader.report();
  const std::vector<EventStream> streams = reader.streams();
  const auto of = [&](std::int32_t stream) {
    const auto found = counts.find(stream);
    return found == counts.end() ? Counts{} : found->second;
  };
  if (!o.reading.stream && streams.size() < 2) return describe(reader.sensor(), report, of(reader.stream()));
  if (!o.reading.stream)
    fmt::print("streams    {}, with {} events in all; --stream N reads one alone\n", streams.size(),
               report.given);
  for (EventStream stream : streams) {
    if (o.reading.stream && stream.number != *o.reading.stream) continue;
    fmt::print("{}stream     {}{}\n", o.reading.stream ? "" : "\n", stream.number,
               stream.name.empty() ? "" : ", " + stream.name);
    stream.report.cut_off = report.cut_off;
    stream.report.miscounted = report.miscounted;
    describe(stream.sensor, stream.report, of(stream.number));
  }
}
/// Errors name the library's options: here they have other names.
std::string in_options(std::string message) {
  for (const auto& [theirs, ours] : {std::pair{"EventOptions::format", "--format"},
                                     {"EventOptions::stream", "--stream"},
                                     {"EventOptions::every_stream", "without --png and --npy"}})
    if (const auto at = message.find(theirs); at != std::string::npos)
      message.replace(at, std::string_view(theirs).size(), ours);
  return message;
}

/// The keys, as CLI11 wants them.
CLI::IsMember one_of(const auto& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return CLI::IsMember(keys);
}

void run(Options o) {
  if (!o.format.empty()) o.reading.format = formats.at(o.format);
  o.reading.outside = treatments.at(o.outside);
  o.reading.backward = treatments.at(o.backward);
  if (!o.sensor.empty()) o.reading.sensor = parse_sensor(o.sensor);
  o.reading.refuse_cut_off = !o.accept_cut_off;
  o.reading.every_stream = o.png.empty() && o.npy.empty();
  EventReader reader(o.file, o.reading);
  std::optional<Picture> picture;
  std::optional<NpyColumns> columns;
  if (!o.npy.empty()) {
    std::error_code none;
    if (std::filesystem::equivalent(o.npy, o.file, none))
      throw std::invalid_argument("--npy " + o.npy + " is the recording itself, which it would overwrite");
    columns.emplace(o.npy);
  }

  std::map<std::int32_t, Counts> counts;
  std::string damage;
  std::vector<Event> buffer(4096);
  try {
    while (const std::size_t n = reader.read(buffer)) {
      const auto events = std::span(buffer).first(n);
      Counts& of_stream = counts[reader.stream()];
      for (const Event& e : events) of_stream.add(e);
      if (!o.png.empty() && !picture) picture.emplace(reader.sensor());
      if (picture)
        for (const Event& e : events) picture->add(e);
      if (columns) columns->add(events);
    }
  } catch (const std::runtime_error& error) {
    damage = error.what();
  }

  describe(o, reader, counts);
  if (columns) {
    columns->finish();
    fmt::print("array      {}\n", o.npy);
  }
  if (!o.png.empty()) {
    const Sensor sensor = reader.sensor();
    const Counts& drawn = counts[reader.stream()];
    if (!picture) picture.emplace(sensor);
    plot::write_png(o.png, picture->draw(sensor.width > 0 ? sensor.width : drawn.width,
                                         sensor.height > 0 ? sensor.height : drawn.height));
    fmt::print("picture    {}: ON red, OFF blue\n", o.png);
  }
  if (!damage.empty()) throw std::runtime_error(damage);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"What is in a recording of an event camera", "event_info"};
  app.add_option("FILE", o.file,
                 "N-MNIST .bin or .bs2, .bs3, AEDAT 1.0, 2.0, 3.1 or 4, Prophesee EVT 2.0, 2.1, 3.0 or DAT")
      ->required();
  app.add_option("--format", o.format, "where the file does not tell it")->check(one_of(formats));
  app.add_option("--stream", o.reading.stream,
                 "which of several cameras, by its number; without it each is described");
  app.add_option("--sensor", o.sensor, "its size, WIDTHxHEIGHT, in place of what the file states");
  app.add_option("--outside", o.outside, "events outside the sensor")
      ->check(one_of(treatments))
      ->capture_default_str();
  app.add_option("--backward", o.backward, "events earlier than the one before")
      ->check(one_of(treatments))
      ->capture_default_str();
  app.add_flag("--accept-cut-off", o.accept_cut_off, "a file that ends within an event is no error");
  app.add_option("--png", o.png, "a picture of all events");
  app.add_option("--npy", o.npy, "all events as an array of int64, columns t, x, y, polarity");
  return run_program(app, argc, argv, [&] {
    try {
      run(o);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(in_options(error.what()));
    }
  });
}
