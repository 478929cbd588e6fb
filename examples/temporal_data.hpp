// Labelled sequences of spikes: spoken digits as sounds and as spikes of a cochlea, Braille letters under a finger, and
// sounds made to order.
#pragma once
#include <algorithm>
#include <filesystem>
#include <neohebb/data/current_encoder.hpp>
#include <neohebb/data/encoders.hpp>
#include <neohebb/data/filter_bank.hpp>
#include <neohebb/data/send_on_delta.hpp>
#include <neohebb/io/npz.hpp>
#include <tuple>

#include "sound.hpp"
#include "temporal_shd.hpp"

namespace temporal {

using namespace neohebb;

/// values: channels × steps, in [0, 1]. clipped: what the encoders could not say.
inline Sequence encode(const Matrix<float>& values, int label, const DataOptions& o, Index& clipped) {
  const Extent<> channels(values.rows());
  const SendOnDelta<float> changes{.channels = channels, .threshold = float(o.spike_threshold)};
  const CurrentEncoder<float> level{
      .channels = channels, .gain = float(o.current), .decay = float(std::exp(-o.dt / o.current_tau))};
  auto change = changes.zero_state(Extent{1});
  auto charge = level.zero_state(Extent{1});
  Spikes<float> changed(Extent<>{changes.neurons()}, Extent<>{1}), loud(channels, Extent<>{1});
  Sequence sequence{EventBins(changes.neurons() + level.neurons()), label};
  std::vector<std::int32_t> inputs;
  for (Index t = 0; t < values.cols(); ++t) {
    changes.step(change, values.col(t), changed);
    level.step(charge, values.col(t), loud);
    inputs.assign(changed.active(0).begin(), changed.active(0).end());
    for (const auto i : loud.active(0)) inputs.push_back(static_cast<std::int32_t>(changes.neurons()) + i);
    sequence.spikes.append_step(inputs);
  }
  clipped += change.clipped + charge.clipped;
  return sequence;
}

/// Bands above half the sampling rate do not exist: the filter bank ends there.
inline Sequence encode(const Sound& sound, int label, const DataOptions& o, Index& clipped) {
  const MelFilterBank<float> bank{.channels = o.channels,
                                  .low = o.low,
                                  .high = std::min(o.high, sound.rate / 2),
                                  .window = o.frame,
                                  .hop = o.dt,
                                  .range = o.range};
  return encode(bank(sound.samples, sound.rate), label, o, clipped);
}

/// {digit}_{speaker}_{index}.wav. [Free Spoken Digit Dataset, Jackson and others]
struct SpokenDigit {
  std::string path, speaker;
  int digit = -1, index = -1;
};
inline std::vector<SpokenDigit> list_spoken_digits(const std::string& folder) {
  const auto number = [](const std::string& text) {
    const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
    return digits && !text.empty() && text.size() < 6 ? std::stoi(text) : -1;
  };
  std::vector<SpokenDigit> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".wav") continue;
    const std::string name = entry.path().stem().string();
    const auto first = name.find('_'), last = name.rfind('_');
    SpokenDigit one;
    one.path = entry.path().string();
    if (first < last) {
      one.digit = number(name.substr(0, first));
      one.speaker = name.substr(first + 1, last - first - 1);
      one.index = number(name.substr(last + 1));
    }
    if (one.digit < 0 || one.digit > 9 || one.index < 0)
      throw std::runtime_error(one.path + ": expected a name like 7_jackson_32.wav: digit, speaker, number");
    all.push_back(one);
  }
  if (all.empty())
    throw std::runtime_error(folder +
                             ": holds no .wav files; expected recordings named like 7_jackson_32.wav");
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.index, a.digit, a.speaker) < std::tie(b.index, b.digit, b.speaker);
  });
  return all;
}

/// What 12 taxels of a finger tip felt, 40 times a second. [Müller-Cleve and others 2022, doi 10.3389/fnins.2022.951164]
struct Touch {
  Matrix<float> pressure;  // taxels × steps, in [0, 1]: 0 untouched
  int letter = 0, repetition = 0;
};
inline std::vector<Touch> read_braille(std::string path) {
  if (std::filesystem::is_directory(path))
    path = (std::filesystem::path(path) / "braille_letters.npz").string();
  const Npz file = read_npz(path);
  const auto refuse = [&](const std::string& why) { throw std::runtime_error(path + ": " + why); };
  const auto lengths = file.at("lengths").as<std::int32_t>("lengths");
  const auto letters = file.at("letters").as<std::int32_t>("letters");
  const auto repetitions = file.at("repetition").as<std::int32_t>("repetition");
  const NpyArray& taxels = file.at("taxels");
  const auto values = taxels.as<float>("taxels");
  if (letters.size() != lengths.size() || repetitions.size() != lengths.size() || lengths.empty())
    refuse(fmt::format("{} lengths, {} letters, {} repetitions; expected as many of each, and some",
                       lengths.size(), letters.size(), repetitions.size()));
  std::size_t sum = 0;
  for (const auto n : lengths) {
    if (n < 1) refuse(fmt::format("a recording of {} steps", n));
    sum += static_cast<std::size_t>(n);
  }
  if (taxels.shape.size() != 2 || taxels.shape[0] != static_cast<Index>(sum) || taxels.shape[1] == 0)
    refuse(fmt::format("taxels hold {} numbers, the lengths sum to {} steps; expected steps x taxels",
                       values.size(), sum));
  const auto n = static_cast<Index>(taxels.shape[1]);
  std::vector<Touch> all;
  std::size_t at = 0;
  for (std::size_t k = 0; k < lengths.size(); ++k) {
    if (letters[k] < 0 || letters[k] > 26 || repetitions[k] < 0)
      refuse(fmt::format("recording {} is letter {}, repetition {}; expected letters 0 to 26", k, letters[k],
                         repetitions[k]));
    Touch touch{Matrix<float>(n, lengths[k]), letters[k], repetitions[k]};
    for (Index i = 0; i < touch.pressure.size(); ++i, ++at)
      touch.pressure.data()[i] = (255 - values[at]) / 200;
    check_finite("taxels", touch.pressure);
    all.push_back(std::move(touch));
  }
  return all;
}
/// Steps of dt from those of 25 ms, on straight lines between them.
inline Matrix<float> resampled(const Matrix<float>& values, double ratio) {
  const auto steps = std::max<Index>(1, static_cast<Index>(std::llround(double(values.cols()) * ratio)));
  Matrix<float> made(values.rows(), steps);
  for (Index t = 0; t < steps; ++t) {
    const double at = std::min(double(t) / ratio, double(values.cols() - 1));
    const auto before = static_cast<Index>(at), after = std::min(before + 1, values.cols() - 1);
    const auto part = static_cast<float>(at - double(before));
    made.col(t) = (1 - part) * values.col(before) + part * values.col(after);
  }
  return made;
}

inline void load_spoken_digits(Task& task, const DataOptions& o, ThreadTeam& team, Index& clipped) {
  std::vector<SpokenDigit> train, held_out, test;  // the first five of each speaker and digit test
  for (const auto& f : list_spoken_digits(o.data))
    (f.index < 5 ? test : f.index < 5 + o.hold_out ? held_out : train).push_back(f);
  const auto read = [&](const std::vector<SpokenDigit>& from) {
    return each(from.size(), team, clipped, [&](std::size_t k, Index& lost) {
      return encode(read_sound(from[k].path), from[k].digit, o, lost);
    });
  };
  task.name = "spoken digits";
  task.train = read(train);
  task.held_out = read(held_out);
  task.test = read(test);
}
/// Every fifth repetition tests, and as many of the others as are asked for are held out. Each taxel's range in training
/// is shared among neurons with overlapping receptive fields: a channel for each.
inline void load_braille(Task& task, const DataOptions& o, ThreadTeam& team, Index& clipped) {
  const std::vector<Touch> all = read_braille(o.braille);
  std::vector<const Touch*> train, held_out, test;
  for (const Touch& t : all)
    (t.repetition % 5 == 4                                    ? test
     : t.repetition % 5 == 3 && t.repetition / 5 < o.hold_out ? held_out
                                                              : train)
        .push_back(&t);
  if (train.empty()) throw std::runtime_error(o.braille + ": no recordings are left for training");
  Vector<float> least = train[0]->pressure.rowwise().minCoeff(),
                most = train[0]->pressure.rowwise().maxCoeff();
  for (const Touch* t : train) {
    least = least.cwiseMin(t->pressure.rowwise().minCoeff());
    most = most.cwiseMax(t->pressure.rowwise().maxCoeff());
  }
  const Vector<float> range = (most - least).cwiseMax(1e-3f);
  const PopulationEncoder fields{.neurons = o.fields, .width = 0.7};
  const auto make = [&](const std::vector<const Touch*>& from) {
    return each(from.size(), team, clipped, [&](std::size_t k, Index& lost) {
      const Matrix<float> felt = resampled(from[k]->pressure, 25 / o.dt);
      const Matrix<float> scaled = ((felt.colwise() - least).array().colwise() / range.array()).matrix();
      return encode(fields.rates(scaled), from[k]->letter, o, lost);
    });
  };
  task.name = "Braille letters";
  task.channels = all[0].pressure.rows() * o.fields;
  task.classes = {"space"};
  for (char letter = 'A'; letter <= 'Z'; ++letter) task.classes.emplace_back(1, letter);
  task.train = make(train);
  task.held_out = make(held_out);
  task.test = make(test);
}
inline void make_words(Task& task, const DataOptions& o, std::uint64_t seed, ThreadTeam& team,
                       Index& clipped) {
  const auto make = [&](Index n, std::uint32_t part) {
    const Generator generator = Generator{.seed = seed}.substream(part);
    return each(static_cast<std::size_t>(n), team, clipped, [&](std::size_t k, Index& lost) {
      const int digit = static_cast<int>(k % 10);
      return encode(made_up_word(digit, generator, static_cast<Index>(k)), digit, o, lost);
    });
  };
  task.name = "made-up words";
  task.train = make(o.samples > 0 ? o.samples : 600, 11);
  task.held_out = make(10 * o.hold_out, 12);
  task.test = make(std::max<Index>(10, Index(task.train.size()) / 4), 13);
}

/// The encoded sequences, for other programs: of each set all spikes one after the other, `_step` and `_input`; sequence k
/// has those from `_first`[k] to `_first`[k + 1], lasts `_steps`[k] steps, and has the class `_label`[k].
inline void write_sequences(const std::string& path, const Task& task) {
  Npz file;
  file.put("inputs", task.inputs());
  file.put("channels", task.channels);
  file.put("classes", static_cast<Index>(task.classes.size()));
  for (const auto& [name, set] :
       {std::pair{"train", &task.train}, {"held_out", &task.held_out}, {"test", &task.test}}) {
    const auto n = static_cast<Index>(set->size());
    Index spikes = 0, at = 0;
    for (const Sequence& s : *set) spikes += s.spikes.count();
    Vector<int> step(spikes), input(spikes), steps(n), label(n);
    Vector<Index> first = Vector<Index>::Zero(n + 1);
    for (Index k = 0; k < n; ++k) {
      const Sequence& s = (*set)[static_cast<std::size_t>(k)];
      for (Index t = 0; t < s.spikes.steps(); ++t)
        for (const auto i : s.spikes.active(t)) {
          step(at) = static_cast<int>(t);
          input(at++) = i;
        }
      steps(k) = static_cast<int>(s.spikes.steps());
      label(k) = s.label;
      first(k + 1) = at;
    }
    const std::string start = name;
    file.put(start + "_step", step);
    file.put(start + "_input", input);
    file.put(start + "_first", first);
    file.put(start + "_steps", steps);
    file.put(start + "_label", label);
  }
  write_npz(path, file, Compression::deflate);
}

}  // namespace temporal

/// What the options ask for. Prints what it is, and what encoding lost.
inline Task load_task(const DataOptions& o, std::uint64_t seed, neohebb::ThreadTeam& team) {
  Task task;
  task.channels = o.channels;
  task.dt = o.dt;
  task.classes = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  neohebb::Index clipped = 0;
  if (!o.data.empty())
    temporal::load_spoken_digits(task, o, team, clipped);
  else if (!o.braille.empty())
    temporal::load_braille(task, o, team, clipped);
  else if (!o.shd.empty())
    temporal::load_shd(task, o, team);
  else
    temporal::make_words(task, o, seed, team, clipped);
  if (task.train.empty()) throw std::runtime_error("no recordings are left for training");
  double spikes = 0, steps = 0;
  for (const Sequence& s : task.train) {
    spikes += double(s.spikes.count());
    steps += double(s.spikes.steps());
  }
  fmt::print("{}{}: {} training, {} held-out, {} test sequences of {:.0f} steps of {} ms on average\n",
             o.data.empty() && o.braille.empty() && o.shd.empty() ? "no recordings named: " : "", task.name,
             task.train.size(), task.held_out.size(), task.test.size(), steps / double(task.train.size()),
             o.dt);
  if (task.lost.empty())
    task.lost = fmt::format("{:.2f} % of changes clipped to one spike a step",
                            100 * double(clipped) / (spikes + double(clipped)));
  fmt::print("{} inputs, {:.1f} spikes a step; {}\n", task.inputs(), spikes / steps, task.lost);
  return task;
}
