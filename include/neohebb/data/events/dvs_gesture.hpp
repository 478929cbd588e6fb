// The DVS128 Gesture data set: long recordings, cut into trials by a table.
// [Amir et al. 2017, "A low power, fully event-based gesture recognition system"]
#pragma once
#include <algorithm>
#include <array>
#include <neohebb/data/events/reader.hpp>
#include <neohebb/data/events/recordings.hpp>

namespace neohebb {

/// The files' classes 1 … 11 are labels 0 … 10. The last is "other": a gesture that the subject made up.
inline constexpr std::array<const char*, 11> gesture_names{"hand clapping",
                                                           "right hand wave",
                                                           "left hand wave",
                                                           "right arm clockwise",
                                                           "right arm counter-clockwise",
                                                           "left arm clockwise",
                                                           "left arm counter-clockwise",
                                                           "arm roll",
                                                           "air drums",
                                                           "air guitar",
                                                           "other"};

/// One row of userXX_light_labels.csv: the events with begin ≤ t < end.
struct GestureTrial {
  int label = 0;                    // 0 … 10
  std::int64_t begin = 0, end = 0;  // µs

  friend bool operator==(const GestureTrial&, const GestureTrial&) = default;
};

/// The trials of one recording, in the order of the file, under its header
/// `class,startTime_usec,endTime_usec`. Throws std::runtime_error with the line: another header, no three
/// whole numbers, a class outside 1 … 11, an end not after its start.
inline std::vector<GestureTrial> read_gesture_labels(const std::string& path) {
  std::vector<GestureTrial> trials;
  bool header = false;
  detail::for_each_line(path, [&](int number, std::string_view line) {
    if (line.empty()) return;
    if (!header) {
      if (line != "class,startTime_usec,endTime_usec")
        NEOHEBB_THROW(std::runtime_error, path, ", line ", number,
                      ": the header is not class,startTime_usec,endTime_usec: ", std::string(line));
      header = true;
      return;
    }
    const auto fields = detail::comma_separated(line);
    GestureTrial trial;
    if (fields.size() != 3 || !detail::read_field(fields[0], trial.label) ||
        !detail::read_field(fields[1], trial.begin) || !detail::read_field(fields[2], trial.end))
      NEOHEBB_THROW(std::runtime_error, path, ", line ", number,
                    ": is no three whole numbers: ", std::string(line));
    if (trial.label < 1 || trial.label > 11)
      NEOHEBB_THROW(std::runtime_error, path, ", line ", number, ": class ", trial.label,
                    " is not from 1 to 11");
    if (trial.end <= trial.begin)
      NEOHEBB_THROW(std::runtime_error, path, ", line ", number, ": the trial ends at ", trial.end,
                    " µs, not after its start at ", trial.begin);
    --trial.label;
    trials.push_back(trial);
  });
  if (!header) NEOHEBB_THROW(std::runtime_error, path, ": is empty");
  return trials;
}

/// A recording and the table that cuts it.
struct GestureRecording {
  std::string events, labels;  // userXX_light.aedat, userXX_light_labels.csv

  friend bool operator==(const GestureRecording&, const GestureRecording&) = default;
};

/// What FOLDER/LIST names, in its order; LIST is trials_to_train.txt or trials_to_test.txt. Throws
/// std::runtime_error, naming the line, for a recording or table that is not there, and for an empty list.
inline std::vector<GestureRecording> list_gesture_recordings(const std::string& folder,
                                                             const std::string& list) {
  namespace fs = std::filesystem;
  const std::string path = (fs::path(folder) / list).string();
  std::vector<GestureRecording> all;
  detail::for_each_line(path, [&](int number, std::string_view line) {
    if (line.empty()) return;
    const fs::path events = fs::path(folder) / line;
    const fs::path labels = events.parent_path() / (events.stem().string() + "_labels.csv");
    std::error_code error;
    for (const fs::path& file : {events, labels})
      if (!fs::is_regular_file(file, error))
        NEOHEBB_THROW(std::runtime_error, path, ", line ", number, ": ", file.string(), " is not there");
    all.push_back({events.string(), labels.string()});
  });
  if (all.empty()) NEOHEBB_THROW(std::runtime_error, path, ": names no recording");
  return all;
}

/// Cuts a recording into its trials in one pass: use(k, events) once for every trial, k its place in
/// `trials`, as soon as the recording is past its end (then the others, by k). `events` is a std::vector that
/// may be moved from; times are the recording's. Trials may come in any order and overlap; memory is that of
/// those that are open at a time.
///
/// Events are taken in the file's order; one that comes after an event past its trial's end is lost, so a
/// recording whose time goes backward wants EventOptions::backward. Throws as EventReader does.
inline void for_each_trial(EventReader& reader, std::span<const GestureTrial> trials, auto&& use) {
  std::vector<std::size_t> waiting(trials.size());
  for (std::size_t k = 0; k < trials.size(); ++k) waiting[k] = k;
  std::sort(waiting.begin(), waiting.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(trials[a].begin, a) < std::pair(trials[b].begin, b);
  });
  struct Open {
    std::size_t trial;
    std::vector<Event> events;
  };
  std::vector<Open> open;
  auto next = waiting.begin();
  std::vector<Event> buffer(std::size_t{1} << 14);
  while (next != waiting.end() || !open.empty()) {
    const std::size_t n = reader.read(buffer);
    if (n == 0) break;
    for (const Event& e : std::span(buffer).first(n)) {
      for (std::size_t k = 0; k < open.size();)
        if (e.t >= trials[open[k].trial].end) {
          use(open[k].trial, open[k].events);
          open.erase(open.begin() + static_cast<std::ptrdiff_t>(k));
        } else {
          ++k;
        }
      for (; next != waiting.end() && e.t >= trials[*next].begin; ++next) {
        open.push_back({*next, {}});
        if (e.t < trials[*next].end) continue;
        use(*next, open.back().events);  // no event fell into it
        open.pop_back();
      }
      for (Open& one : open)
        if (e.t >= trials[one.trial].begin) one.events.push_back(e);
    }
  }
  for (; next != waiting.end(); ++next) open.push_back({*next, {}});
  std::sort(open.begin(), open.end(), [](const Open& a, const Open& b) { return a.trial < b.trial; });
  for (Open& one : open) use(one.trial, one.events);
}

}  // namespace neohebb
