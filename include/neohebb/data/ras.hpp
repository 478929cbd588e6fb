// Spike trains as .ras files, Auryn's text format: a line `time_s neuron` for every spike. Lines that begin
// with # are comments, and empty lines nothing.
#pragma once
#include <algorithm>
#include <limits>
#include <neohebb/data/spike_grid.hpp>
#include <neohebb/io/file.hpp>
#include <neohebb/io/number.hpp>
#include <string>
#include <string_view>

namespace neohebb {

/// What happens to spikes of neurons, or at times, that lie outside.
enum class Outside { refuse, drop };

/// How a .ras file is read.
///
///   option       default  meaning
///   neurons      0        size of the population; 0: up to the largest id of the file
///   index_base   0        the file's id of neuron 0: 0 or 1
///   duration     0        s, the window is [0, duration); 0: unknown
///   outside      refuse   or drop: spikes with ids outside the population, or after the window
///   strict       false    refuse times that descend, a spike that is there twice, times off the grid of dt
///   dt           0        s, the grid of `strict` and of RasReport::off_grid; 0: none is known, and on_grid
///                         is to refuse
struct RasOptions {
  Index neurons = 0;
  Index index_base = 0;
  double duration = 0;
  Outside outside = Outside::refuse;
  bool strict = false;
  double dt = 0;

  /// Throws std::invalid_argument.
  void validate() const {
    NEOHEBB_REQUIRE(neurons >= 0 && neurons <= std::numeric_limits<std::int32_t>::max(),
                    "RasOptions.neurons is ", neurons, ", must be from 0 to 2^31 - 1");
    NEOHEBB_REQUIRE(index_base == 0 || index_base == 1, "RasOptions.index_base is ", index_base,
                    ", must be 0 or 1");
    NEOHEBB_REQUIRE(is_finite(duration) && duration >= 0, "RasOptions.duration is ", duration,
                    " s, must be positive, or 0 where it is unknown");
    NEOHEBB_REQUIRE(is_finite(dt) && dt >= 0, "RasOptions.dt is ", dt, " s, must be positive, or 0");
    NEOHEBB_REQUIRE(duration == 0 || duration >= dt, "RasOptions: a window of ", duration,
                    " s is shorter than a step of ", dt, " s");
  }
};

/// What a .ras file was like.
struct RasReport {
  Index spikes = 0;      // lines that hold one
  Index unsorted = 0;    // of these: earlier than the one before
  Index duplicates = 0;  // the same neuron at the same time again; they stay in the trains
  Index off_grid = 0;    // more than 1/1000 step from the grid of RasOptions::dt
  Index dropped = 0;     // outside
};

namespace detail {

/// Reads the lines of a .ras file.
class RasLines {
 public:
  RasLines(std::string_view text, std::string file, const RasOptions& options)
      : text_(text), file_(std::move(file)), options_(options) {}

  SpikeTimes read(RasReport& report) {
    SpikeTimes times{options_.neurons, options_.duration, {}};
    const Index base = options_.index_base;
    Index largest = base - 1;
    double latest = 0;
    while (next()) {
      if (blank() || rest_.front() == '#') continue;  // a comment, as NEST writes them
      const double time = real();
      const Index id = whole();
      if (!blank()) fail("there is more on the line than `time_s neuron`: ", shown(rest_));
      ++report.spikes;
      const bool early = time < latest;
      if (early && options_.strict)
        fail("the spike at ", time, " s comes behind one at ", latest,
             " s, and strict mode wants them in order");
      report.unsorted += early;
      latest = time;
      const bool off = options_.dt > 0 && !GridPlace(time, options_.dt).on_grid;
      if (off && options_.strict)
        fail("the time ", time, " s is off the grid of ", options_.dt, " s, which strict mode refuses");
      report.off_grid += off;
      if (id < base || (options_.neurons > 0 && id >= base + options_.neurons)) {
        if (options_.outside == Outside::refuse)
          fail("id ", id, " is outside ", base, " to ",
               options_.neurons > 0 ? std::to_string(base + options_.neurons - 1) : "the largest",
               "; index_base is the id of the first neuron, Outside::drop leaves such spikes out");
        ++report.dropped;
        continue;
      }
      if (options_.duration > 0 && time >= options_.duration) {
        if (options_.outside == Outside::refuse)
          fail("the time ", time, " s is outside the window of ", options_.duration,
               " s; Outside::drop leaves such spikes out");
        ++report.dropped;
        continue;
      }
      largest = std::max(largest, id);
      times.spikes.push_back({time, id - base});
    }
    if (times.neurons == 0) times.neurons = largest - base + 1;
    if (times.neurons == 0)
      NEOHEBB_THROW(std::runtime_error, file_,
                    ": no spikes, which leaves the number of neurons open; give "
                    "RasOptions.neurons");
    times.sort();
    report.duplicates = duplicates(times);
    if (report.duplicates > 0 && options_.strict)
      NEOHEBB_THROW(std::runtime_error, file_, ": ", report.duplicates,
                    " spikes are there twice, which strict mode refuses");
    return times;
  }

 private:
  bool next() {
    if (text_.empty()) return false;
    const std::size_t end = text_.find('\n');
    rest_ = text_.substr(0, end);
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    ++line_;
    return true;
  }
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  bool blank() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    return rest_.empty();
  }
  /// The next word of the line, where it is a number.
  template <class T> bool take(T& value) {
    blank();
    const auto length = static_cast<std::size_t>(std::ranges::find_if(rest_, is_space) - rest_.begin());
    if (!detail::read_number(rest_.substr(0, length), value)) return false;
    rest_.remove_prefix(length);
    return true;
  }
  double real() {
    double time = 0;
    if (!take(time)) fail("no time in seconds: ", shown(rest_));
    if (!is_finite(time) || time < 0) fail("the time is ", time, " s, must be finite and not negative");
    return time;
  }
  Index whole() {
    Index id = 0;
    if (blank()) fail("no neuron behind the time; a line is `time_s neuron`");
    if (!take(id)) fail("no whole number of a neuron: ", shown(rest_));
    if (id > std::numeric_limits<std::int32_t>::max() - 1)
      fail("id ", id, " is more neurons than 32 bits can count");
    return id;
  }
  static std::string shown(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text.substr(0, 40)) quoted += c >= ' ' && c <= '~' ? c : '?';
    return quoted + (text.size() > 40 ? "…'" : "'");
  }
  /// Spikes of the same neuron at the same time, beyond the first.
  static Index duplicates(const SpikeTimes& times) {
    std::vector<Index> together;
    Index found = 0;
    for (std::size_t k = 0; k < times.spikes.size(); ++k) {
      if (k > 0 && times.spikes[k - 1].time != times.spikes[k].time) {
        found += repeated(together);
        together.clear();
      }
      together.push_back(times.spikes[k].neuron);
    }
    return found + repeated(together);
  }
  static Index repeated(std::vector<Index>& ids) {
    std::sort(ids.begin(), ids.end());
    return static_cast<Index>(ids.end() - std::unique(ids.begin(), ids.end()));
  }
  template <class... Reason> [[noreturn]] void fail(const Reason&... reason) const {
    NEOHEBB_THROW(std::runtime_error, file_, ", line ", line_, ": ", reason...);
  }

  std::string_view text_, rest_;
  std::string file_;
  RasOptions options_;
  Index line_ = 0;
};

}  // namespace detail

/// The spikes of a .ras file, sorted by time; simultaneous ones stay in the file's order.
///
///     const SpikeTimes times = read_ras("target.ras", {.neurons = 200, .outside = Outside::drop});
///     const SpikeTrains target = on_grid(times, {.dt = 1e-4});
///
/// Throws std::runtime_error "FILE, line N: reason" for negative times and NaN, malformed lines, ids and
/// times outside (unless they are to be dropped), and for what `strict` refuses; std::invalid_argument for
/// options without sense.
inline SpikeTimes read_ras(const std::string& path, const RasOptions& options = {},
                           RasReport* report = nullptr) {
  options.validate();
  const Bytes bytes = read_file(path);
  RasReport found;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const SpikeTimes times = detail::RasLines(text, path, options).read(found);
  if (report) *report = found;
  return times;
}

/// Writes spikes so that reading gives the same numbers again; index_base is the id of neuron 0. The file is
/// replaced whole or not at all. Throws std::invalid_argument for trains without sense, std::runtime_error
/// where the file cannot be written.
inline void write_ras(const std::string& path, const SpikeTimes& times, Index index_base = 0) {
  times.validate();
  RasOptions{.index_base = index_base}.validate();
  Bytes text;
  char digits[400];  // the smallest double has some 330 places
  const auto add = [&](const std::to_chars_result& number, char behind) {
    text.insert(text.end(), digits, number.ptr);
    text.push_back(static_cast<unsigned char>(behind));
  };
  for (const TimedSpike& spike : times.spikes) {
    add(std::to_chars(digits, digits + sizeof(digits), spike.time, std::chars_format::fixed), ' ');
    add(std::to_chars(digits, digits + sizeof(digits), spike.neuron + index_base), '\n');
  }
  write_file(path, text);
}
/// Writes a line for each spike: time in s, neuron. Throws std::runtime_error where writing fails.
inline void write_ras(const std::string& path, const SpikeTrains& trains, Index index_base = 0) {
  write_ras(path, in_seconds(trains), index_base);
}

}  // namespace neohebb
