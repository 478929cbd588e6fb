// What is in a recording of an event camera, whatever its format and length:
//
//     event_info recording.raw --picture recording.png --npy events.npy
//
// A recording of several cameras is described camera by camera. A damaged file is described up to the damage;
// then comes the error.
#include <array>
#include <bit>
#include <neohebb/data/events/reader.hpp>
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
  std::string file, sensor, picture, npy;
  std::string format;
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

/// Numbers of events of every pixel.
class Picture {
 public:
  static constexpr int largest = 4096;  // pixels of a side

  explicit Picture(Sensor sensor)
      : on_(Matrix<std::uint32_t>::Zero(side(sensor.height), side(sensor.width))), off_(on_) {}

  void add(const Event& e) {
    if (e.x < on_.cols() && e.y < on_.rows()) ++(e.polarity ? on_ : off_)(e.y, e.x);
  }
  /// ON and OFF beside each other, of width × height pixels. The brightest are all but the busiest of those with events,
  /// which may be broken ones.
  void draw(const std::string& file, int width, int height) const {
    std::vector<pictures::Image> images;
    std::vector<double> counts;
    for (const auto& [title, all] : {std::pair{"ON", &on_}, {"OFF", &off_}}) {
      const Matrix<double> seen = all->topLeftCorner(std::clamp<Index>(height, 1, all->rows()),
                                                     std::clamp<Index>(width, 1, all->cols()))
                                      .cast<double>();
      std::copy_if(seen.data(), seen.data() + seen.size(), std::back_inserter(counts),
                   [](double n) { return n > 0; });
      images.push_back(
          {.title = title, .values = seen, .x = "x (pixel)", .y = "y (pixel)", .colours = "events"});
    }
    const auto rank = static_cast<std::ptrdiff_t>(0.995 * static_cast<double>(counts.size()));
    std::nth_element(counts.begin(), counts.begin() + rank, counts.end());
    for (pictures::Image& image : images)
      image.high = counts.empty() ? 1 : counts[static_cast<std::size_t>(rank)];
    pictures::draw(file, images);
  }

 private:
  static Index side(int pixels) { return std::min(pixels > 0 ? pixels : 2048, largest); }
  Matrix<std::uint32_t> on_, off_;
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
    fmt::print("streams    {}, with {} events in all; --camera N reads one alone\n", streams.size(),
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
                                     {"EventOptions::stream", "--camera"},
                                     {"EventOptions::every_stream", "without --picture and --npy"}})
    if (const auto at = message.find(theirs); at != std::string::npos)
      message.replace(at, std::string_view(theirs).size(), ours);
  return message;
}

void run(Options o) {
  if (!o.format.empty()) o.reading.format = formats.at(o.format);
  if (!o.sensor.empty()) o.reading.sensor = parse_sensor(o.sensor);
  o.reading.refuse_cut_off = !o.accept_cut_off;
  o.reading.every_stream = o.picture.empty() && o.npy.empty();
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
      if (!o.picture.empty() && !picture) picture.emplace(reader.sensor());
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
  if (!o.picture.empty()) {
    const Sensor sensor = reader.sensor();
    const Counts& drawn = counts[reader.stream()];
    if (!picture) picture.emplace(sensor);
    picture->draw(o.picture, sensor.width > 0 ? sensor.width : drawn.width,
                  sensor.height > 0 ? sensor.height : drawn.height);
  }
  if (!damage.empty()) throw std::runtime_error(damage);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("event_info", "What is in a recording of an event camera", "FILE --picture events.png");
  program
      .path("FILE", o.file,
            "N-MNIST .bin or .bs2, .bs3, AEDAT 1.0, 2.0, 3.1 or 4, Prophesee EVT 2.0, 2.1, 3.0 or DAT")
      ->required();
  program.option("--format", o.format, "where the file does not tell it")->check(CLI::IsMember(formats));
  program.option("--camera", o.reading.stream,
                 "which of several cameras, by its number; without it each is described");
  program.option("--sensor", o.sensor, "its size, WIDTHxHEIGHT, in place of what the file states");
  program.choice("--outside", o.reading.outside, treatments, "events outside the sensor");
  program.choice("--backward", o.reading.backward, treatments, "events earlier than the one before");
  program.flag("--accept-cut-off", o.accept_cut_off, "a file that ends within an event is no error");
  program.group("Output");
  program.path("--picture", o.picture, "all events of every pixel, as PNG, SVG or PDF by the name");
  program.path("--npy", o.npy, "all events as an array of int64, columns t, x, y, polarity");
  return program.run(argc, argv, [&] {
    try {
      run(o);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(in_options(error.what()));
    }
  });
}
