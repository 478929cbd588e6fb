// Labelled recordings as spikes in memory: real ones, and ones that a simulated event camera makes.
#pragma once
#include <neohebb/data/digits.hpp>
#include <neohebb/data/events/reader.hpp>
#include <neohebb/data/mnist.hpp>
#include <numbers>

#include "dvs_options.hpp"
#include "unpack.hpp"

/// A recording in steps of dt, pixel by pixel: those that the network sees, and Options::shift more on each side.
struct Sample {
  EventBins bins;
  int label = 0;
  int block = 1;  // pixels per cell, each way
  static void fields(auto& self, auto&& visit) {
    visit("bins", self.bins);
    visit("label", self.label);
    visit("block", self.block);
  }
};

struct Recordings {
  std::vector<Sample> train, held_out, test;
  std::vector<std::string> classes;
};

/// Clips with a labels.csv, in place of DVS128 Gesture's two lists.
inline bool holds_clips(const std::string& folder) {
  const std::filesystem::path path(folder);
  return !folder.empty() && std::filesystem::exists(path / "labels.csv") &&
         !std::filesystem::exists(path / "trials_to_train.txt");
}
/// The gestures' of DVS128; digits, and classes of other clips, are numbers.
inline std::vector<std::string> class_names(const Options& o) {
  std::vector<std::string> names(gesture_names.begin(), gesture_names.end());
  if (o.kind() == Kind::gestures && !holds_clips(o.gesture)) return names;
  if (o.kind() == Kind::nmnist) names.resize(10);
  for (std::size_t k = 0; k < names.size(); ++k) names[k] = std::to_string(k);
  return names;
}
inline Sensor sensor_of(Kind kind) { return kind == Kind::gestures ? Sensor{128, 128} : Sensor{34, 34}; }
inline std::int64_t step_duration(const Options& o) {
  return std::max<std::int64_t>(1, std::llround(1000 * o.dt));
}
/// N-MNIST's 34 x 34 pixels without the outermost, DVS128's in blocks of 4 x 4; others likewise.
inline EventGrid grid_of(const Options& o, const Sensor& sensor) {
  return EventGrid::centred(sensor, o.cells, o.cells);
}

/// Where a recording is seen from: its first step (before step 0 nothing happens), and where its image lies.
struct Placement {
  Index first = 0;
  int right = 0, down = 0;       // pixels
  double degrees = 0, size = 1;  // turned and scaled about the middle
};

/// A recording's steps in cells, from its placement's first; empty steps where it has not begun or has ended.
inline EventBins view(const Sample& sample, const Options& o, Index steps, const Placement& where = {}) {
  constexpr std::int32_t channels = 2;
  const Index cells = o.cells, seen = cells * sample.block, wide = seen + Index{2} * o.shift;
  const double middle = 0.5 * static_cast<double>(wide - 1), angle = where.degrees * std::numbers::pi / 180,
               c = where.size * std::cos(angle), s = where.size * std::sin(angle);
  const auto cell_at = [&](double moved, int offset) {  // −1 outside
    const double cell = std::floor((moved + middle + offset - o.shift + 0.5) / sample.block);
    return cell >= 0 && cell < static_cast<double>(cells) ? static_cast<Index>(cell) : Index{-1};
  };
  std::vector<std::int32_t> first_input(static_cast<std::size_t>(wide * wide), -1), inputs;  // of each pixel
  for (Index pixel = 0; pixel < wide * wide; ++pixel) {
    const Index right = pixel % wide, down = pixel / wide;
    const double x = static_cast<double>(right) - middle, y = static_cast<double>(down) - middle;
    const Index column = cell_at(c * x - s * y, where.right), row = cell_at(s * x + c * y, where.down);
    if (column >= 0 && row >= 0)
      first_input[static_cast<std::size_t>(pixel)] =
          static_cast<std::int32_t>((row * cells + column) * channels);
  }
  EventBins bins(cells * cells * channels);
  for (Index t = where.first; t < where.first + steps; ++t) {
    inputs.clear();
    for (const std::int32_t i : sample.bins.active(t))
      if (const auto input = first_input[static_cast<std::size_t>(i / channels)]; input >= 0)
        inputs.push_back(input + i % channels);
    bins.append_step(inputs);
  }
  return bins;
}
/// As training sees it. Depends on the generator's place only.
inline EventBins random_view(const Sample& sample, const Options& o, const Generator& generator) {
  RandomSequence numbers = generator.sequence();
  const auto offset = [&](Index most) {
    return static_cast<Index>(numbers.below(2 * static_cast<std::uint32_t>(most) + 1)) - most;
  };
  Placement where;
  where.right = static_cast<int>(offset(o.shift));
  where.down = static_cast<int>(offset(o.shift));
  const Index room = o.random_start ? std::max<Index>(0, sample.bins.steps() - o.steps) : 0;
  where.first = numbers.below(static_cast<std::uint32_t>(room) + 1);
  where.first += offset(o.time_shift_steps());
  where.degrees = numbers.uniform(-o.rotation, o.rotation);
  where.size = numbers.uniform(1 - o.scaling, 1 + o.scaling);
  return view(sample, o, o.steps, where);
}

namespace dvs {

inline Sample sample_of(std::span<const Event> events, int label, const Options& o, const Sensor& sensor,
                        std::int64_t start, Index most) {
  EventGrid grid = grid_of(o, sensor);
  const int block = std::exchange(grid.block, 1);
  grid.left -= o.shift;
  grid.top -= o.shift;
  grid.width = grid.width * block + 2 * o.shift;
  grid.height = grid.height * block + 2 * o.shift;
  const std::int64_t dt = step_duration(o);
  std::int64_t last = start;
  for (const Event& e : events) last = std::max(last, e.t);
  const auto steps = static_cast<Index>(std::min<std::int64_t>(most, (last - start) / dt + 1));
  return {bin_events(events, grid, {.start = start, .dt = dt, .steps = steps}), label, block};
}
/// Steps of a recording that can ever be seen.
inline Index longest(const Options& o) {
  return o.random_start ? Index{1} << 20 : std::max(o.steps + o.time_shift_steps(), o.test_steps);
}

/// make(k) on the team's threads: samples 0 … n − 1.
inline std::vector<Sample> each(std::size_t n, ThreadTeam& team, auto&& make) {
  std::vector<Sample> samples(n);
  team.run(static_cast<Index>(n), [&](Index k) {
    const Sample made = make(static_cast<std::size_t>(k));
    samples[static_cast<std::size_t>(k)] = made;  // a copy has no room to spare
  });
  return samples;
}
/// Files that hold one sample each. N-MNIST's clock begins with the recording, others' with their first event.
inline std::vector<Sample> read(const std::vector<LabelledRecording>& files, std::size_t n, const Options& o,
                                Kind kind, ThreadTeam& team) {
  return each(std::min(n, files.size()), team, [&](std::size_t k) {
    const EventRecording all = read_events(files[k].path, any_format());
    if (all.events.empty()) throw std::runtime_error(files[k].path + ": holds no events");
    const std::int64_t start = kind == Kind::nmnist ? 0 : all.events.front().t;
    return sample_of(all.events, files[k].label, o, sensor_of(kind), start, longest(o));
  });
}
/// The trials of DVS128 Gesture, of at most n.
inline std::vector<Sample> read_trials(const std::string& folder, const std::string& list, std::size_t n,
                                       const Options& o) {
  std::vector<Sample> samples;
  for (const auto& [events, labels] : list_gesture_recordings(folder, list)) {
    if (samples.size() >= n) break;
    const auto trials = read_gesture_labels(labels);
    const std::size_t before = samples.size();
    samples.resize(before + trials.size());
    EventReader reader(events, any_format());
    for_each_trial(reader, trials, [&](std::size_t k, std::span<const Event> trial) {
      const Sample made =
          sample_of(trial, trials[k].label, o, sensor_of(Kind::gestures), trials[k].begin, longest(o));
      samples[before + k] = made;
    });
  }
  samples.resize(std::min(n, samples.size()));
  return samples;
}
/// scene(k, label&): what the camera sees in sample k.
inline std::vector<Sample> simulate(std::size_t n, const Options& o, Kind kind, std::int64_t duration,
                                    Index first, ThreadTeam& team, auto&& scene) {
  const EventCamera camera;
  const Generator generator = stream(o, Draws::camera);
  const auto pixels = camera.make_pixels(sensor_of(kind), generator.substream(0));
  return each(n, team, [&](std::size_t k) {
    int label = 0;
    auto moving = scene(static_cast<Index>(k), label);
    const auto events = EventSimulation{.duration = duration}(
        camera, pixels, moving, generator.substream(1).at_sample(first + static_cast<Index>(k)));
    return sample_of(events, label, o, sensor_of(kind), 0, longest(o));
  });
}
inline std::vector<Sample> simulate_nmnist(const LabelledImages& images, Index n, const Options& o,
                                           Index first, ThreadTeam& team) {
  return simulate(static_cast<std::size_t>(std::min(n, images.count())), o, Kind::nmnist, 315'000, first,
                  team, [&](Index k, int& label) {
                    label = images.labels[static_cast<std::size_t>(k)];
                    return MovingImage(Saccades{}, sensor_of(Kind::nmnist), images.pixels.col(k),
                                       images.height, images.width);
                  });
}
inline std::vector<Sample> simulate_gestures(Index n, const Options& o, Index first, ThreadTeam& team) {
  return simulate(static_cast<std::size_t>(n), o, Kind::gestures, 1'500'000, first, team,
                  [&](Index k, int& label) {
                    label = static_cast<int>((first + k) % Gestures::classes);
                    return Gestures{.side = 128}.make(label, stream(o, Draws::digits).at_sample(first + k));
                  });
}

/// Of a folder, its part "train" or "test", at most n.
inline std::vector<Sample> read_folder(const std::string& folder, bool train, std::size_t n, const Options& o,
                                       ThreadTeam& team) {
  if (o.kind() == Kind::nmnist)
    return read(list_nmnist(folder, train ? "Train" : "Test"), n, o, Kind::nmnist, team);
  if (holds_clips(folder)) return read(list_labelled_folder(folder), n, o, Kind::gestures, team);
  return read_trials(folder, train ? "trials_to_train.txt" : "trials_to_test.txt", n, o);
}

/// Moves what is held out from `train` to `held_out`: the last recordings, or one fold. Folds count recordings
/// class by class: each has its share of every class, and every recording is in one of them.
inline void hold_out(Recordings& all, const Options& o) {
  const auto count = static_cast<Index>(all.train.size()), folds = o.fold_count();
  if (folds > count)
    throw std::invalid_argument(
        fmt::format("--fold {}/{}: there are {} recordings, too few", o.fold[0], folds, count));
  const Index held = folds > 0 ? (count + folds - o.fold[0]) / folds : o.hold_out;
  if (held + o.batch > count)
    throw std::invalid_argument(
        fmt::format("{} recordings are too few for {} held out and a batch of {}", count, held, o.batch));
  std::vector<Index> order(all.train.size());
  std::iota(order.begin(), order.end(), Index{0});
  const auto label = [&](Index k) { return all.train[static_cast<std::size_t>(k)].label; };
  if (folds > 0)  // in order where labels are equal: not by std::stable_sort, see spike_trains.hpp
    std::sort(order.begin(), order.end(),
              [&](Index a, Index b) { return label(a) != label(b) ? label(a) < label(b) : a < b; });
  std::vector<bool> out(all.train.size());
  for (Index k = 0; k < held; ++k)
    out[static_cast<std::size_t>(
        order[static_cast<std::size_t>(folds > 0 ? o.fold[0] - 1 + k * folds : count - held + k)])] = true;
  std::vector<Sample> kept;
  for (std::size_t k = 0; k < out.size(); ++k)
    (out[k] ? all.held_out : kept).push_back(std::move(all.train[k]));
  all.train = std::move(kept);
  if (held == 0) return;
  std::vector<int> of_class(all.classes.size());
  for (const Sample& s : all.held_out) ++of_class[static_cast<std::size_t>(s.label)];
  fmt::print("held out of each class: {}\n", fmt::join(of_class, ", "));
}

}  // namespace dvs

/// What the options ask for. The test set is left alone while recordings are held out.
inline Recordings load_recordings(const Options& o, ThreadTeam& team) {
  Recordings all{{}, {}, {}, class_names(o)};
  const bool tests = !o.holds_out();
  const auto n =
      o.samples > 0 ? static_cast<std::size_t>(o.samples) : std::numeric_limits<std::size_t>::max();
  const std::string& folder = o.kind() == Kind::nmnist ? o.nmnist : o.gesture;
  if (!folder.empty()) {
    all.train = dvs::read_folder(folder, true, n, o, team);
    if (tests && o.test_data.empty() && (o.kind() == Kind::nmnist || !holds_clips(folder)))
      all.test = dvs::read_folder(folder, false, std::numeric_limits<std::size_t>::max(), o, team);
  } else if (o.kind() == Kind::gestures) {
    const Index train = o.samples > 0 ? o.samples : 550, test = tests && o.test_data.empty() ? train / 5 : 0;
    fmt::print("simulating {} gestures\n", train + test);
    all.train = dvs::simulate_gestures(train, o, 0, team);
    all.test = dvs::simulate_gestures(test, o, train, team);
  } else {
    const bool generated = o.mnist.empty();
    fmt::print("simulating N-MNIST from {}\n", generated ? "generated digits" : "the images of " + o.mnist);
    const Index some = o.samples > 0 ? o.samples : 2000;
    const LabelledImages train = generated ? HandwrittenDigits{}.make(some, stream(o, Draws::digits))
                                           : load_mnist(o.mnist, Split::train);
    all.train = dvs::simulate_nmnist(train, o.samples > 0 ? o.samples : train.count(), o, 0, team);
    if (tests && o.test_data.empty()) {
      const LabelledImages test =
          generated ? HandwrittenDigits{}.make(std::max<Index>(10, some / 5), stream(o, Draws::test_digits))
                    : load_mnist(o.mnist, Split::test);
      all.test = dvs::simulate_nmnist(test, test.count(), o, train.count(), team);
    }
  }
  if (tests && !o.test_data.empty())
    all.test = dvs::read_folder(o.test_data, false, std::numeric_limits<std::size_t>::max(), o, team);

  for (const auto* set : {&all.train, &all.test})
    for (const Sample& s : *set)
      if (s.label >= static_cast<int>(all.classes.size()))
        throw std::runtime_error(
            fmt::format("a recording has label {}, there are {} classes", s.label, all.classes.size()));
  dvs::hold_out(all, o);
  double spikes = 0, steps = 0;
  for (const Sample& s : all.train) {
    spikes += static_cast<double>(s.bins.count());
    steps += static_cast<double>(s.bins.steps());
  }
  fmt::print(
      "{} training, {} held-out, {} test recordings; {:.0f} spikes in {:.0f} steps of {} ms on average\n",
      all.train.size(), all.held_out.size(), all.test.size(), spikes / static_cast<double>(all.train.size()),
      steps / static_cast<double>(all.train.size()), o.dt);
  return all;
}
