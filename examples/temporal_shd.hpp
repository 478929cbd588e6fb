// The Spiking Heidelberg Digits (SHD) and Spiking Speech Commands (SSC) as labelled sequences, by the field's protocol:
// the published split, and a test set that is left alone until the end. [Cramer, Stradmann, Schemmel, Zenke 2022, IEEE
// TNNLS 33] (The header's name stands in a macro because CMake leaves out a program that includes what is missing.)
#pragma once
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>

#include "temporal_task.hpp"
#if __has_include(<hdf5.h>) && __has_include(<zlib.h>)
#include <neohebb/data/shd.hpp>  // optional
#define NEOHEBB_EXAMPLE_SHD
#endif

namespace temporal {

#if defined(NEOHEBB_EXAMPLE_SHD)

struct ShdFiles {
  std::string name, train, valid, test;  // valid: of SSC only
  Index classes = 0;
};
/// Throws where a file is missing; the test set need not be there while recordings are held out.
inline ShdFiles find_shd(const std::string& folder, bool tests) {
  const auto at = [&](const std::string& file) { return (std::filesystem::path(folder) / file).string(); };
  const auto there = [&](const std::string& file) { return std::filesystem::exists(at(file)); };
  const bool shd = there("shd_train.h5"), ssc = there("ssc_train.h5");
  if (shd && ssc)
    throw std::runtime_error(folder + ": holds both SHD and SSC; each needs a folder of its own");
  for (const std::string file : {"shd_train.h5", "ssc_train.h5"})
    for (const std::string packed : {".gz", ".zip"})
      if (!shd && !ssc && there(file + packed))
        throw std::runtime_error(at(file + packed) + ": is packed; unpack it and its siblings first");
  if (!shd && !ssc)
    throw std::runtime_error(folder +
                             ": holds neither shd_train.h5 nor ssc_train.h5 (https://zenkelab.org/datasets)");
  const ShdFiles files =
      shd ? ShdFiles{"Spiking Heidelberg Digits", at("shd_train.h5"), "", at("shd_test.h5"), 20}
          : ShdFiles{"Spiking Speech Commands", at("ssc_train.h5"), at("ssc_valid.h5"), at("ssc_test.h5"),
                     35};
  for (const std::string& file : {files.valid, tests ? files.test : std::string()})
    if (!file.empty() && !std::filesystem::exists(file))
      throw std::runtime_error(file + ": is not there, but " + files.train + " is");
  return files;
}

/// What became of the spikes of all files.
struct ShdTally {
  Index spikes = 0, late = 0,
        shared = 0;     // late: after the last step; shared: a step with another of their input
  Index unordered = 0;  // recordings
};

/// Words end with their last spike, or after o.steps.
inline std::vector<Sequence> read_sequences(const ShdReader& file, const DataOptions& o, ThreadTeam& team,
                                            ShdTally& tally) {
  const ShdSteps how{.dt = o.dt / 1000, .steps = o.steps, .channels = o.channels, .units = file.units()};
  constexpr Index together = 256;
  std::vector<Sequence> all;
  for (Index first = 0; first < file.size(); first += together) {
    const auto samples = file.read(first, std::min(together, file.size() - first));
    Index late = 0, spikes = 0;
    auto part = each(samples.size(), team, late, [&](std::size_t k, Index& lost) {
      const ShdInput input = bin_shd(samples[k], how);
      lost = input.late;
      Index steps = input.bins.steps();
      while (steps > 1 && input.bins.active(steps - 1).empty()) --steps;
      return Sequence{input.bins.window(0, steps), static_cast<int>(samples[k].label)};
    });
    for (const ShdSample& sample : samples) {
      spikes += static_cast<Index>(sample.times.size());
      tally.unordered += !std::is_sorted(sample.times.begin(), sample.times.end());
    }
    tally.spikes += spikes;
    tally.late += late;
    tally.shared += spikes - late;
    for (const Sequence& sequence : part) tally.shared -= sequence.spikes.count();
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  return all;
}

/// SSC has a file to choose settings by; of SHD, the first o.hold_out training recordings of every speaker and class are
/// held out. The test set is not even opened then.
inline void load_shd(Task& task, const DataOptions& o, ThreadTeam& team) {
  const bool tests = o.hold_out == 0;
  const ShdFiles files = find_shd(o.shd, tests);
  const ShdOptions expected{.classes = files.classes};
  ShdTally tally;
  const ShdReader train(files.train, expected);
  task.name = files.name;
  task.kinds = {"cochlea"};
  task.classes = train.names();
  for (Index k = 0; train.names().empty() && k < files.classes; ++k)
    task.classes.push_back(std::to_string(k));
  std::map<std::pair<Index, Index>, Index> apart_so_far;
  auto all = read_sequences(train, o, team, tally);
  for (std::size_t k = 0; k < all.size(); ++k) {
    const Index speaker = train.speakers().empty() ? -1 : train.speakers()[k];
    const bool apart = files.valid.empty() && apart_so_far[{speaker, all[k].label}]++ < o.hold_out;
    (apart ? task.held_out : task.train).push_back(std::move(all[k]));
  }
  if (!files.valid.empty()) task.held_out = read_sequences(ShdReader(files.valid, expected), o, team, tally);
  if (tests) task.test = read_sequences(ShdReader(files.test, expected), o, team, tally);
  if (tests && task.test.empty()) throw std::runtime_error(files.test + ": holds no recordings");
  if (!files.valid.empty() && task.held_out.empty())
    throw std::runtime_error(files.valid + ": holds no recordings");
  if (!tests && task.held_out.empty())
    throw std::runtime_error(files.train + ": holds no recordings that could be held out");
  if (tally.unordered > 0)
    fmt::print("{} recordings have spikes that are not in order of time; they are put in order\n",
               tally.unordered);
  const double spikes = std::max(1.0, double(tally.spikes));
  task.lost = fmt::format(
      "{:.2f} % of spikes come after the last step (--steps), {:.2f} % share a step and input with another",
      100 * double(tally.late) / spikes, 100 * double(tally.shared) / spikes);
}

#else

inline void load_shd(Task&, const DataOptions&, ThreadTeam&) {
  throw std::runtime_error("--shd needs libhdf5 (Debian: libhdf5-dev), without which this program was built");
}

#endif

}  // namespace temporal
