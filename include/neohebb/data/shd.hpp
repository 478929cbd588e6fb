// The Spiking Heidelberg Digits (SHD) and Spiking Speech Commands (SSC): spoken words as the spikes of 700
// units of a model of the cochlea. [Cramer, Stradmann, Schemmel, Zenke 2022: The Heidelberg spiking data sets
// for the systematic evaluation of spiking neural networks, IEEE TNNLS 33]
#pragma once
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <neohebb/data/events/binning.hpp>
#include <neohebb/io/hdf5.hpp>
#include <string>
#include <utility>
#include <vector>
#if __has_include(<hdf5.h>) && __has_include(<zlib.h>)

namespace neohebb {

/// One spoken word. Spike i is of unit units[i] at times[i]; the order is the file's.
struct ShdSample {
  std::vector<double> times;  // s, from the beginning of the recording
  std::vector<std::int32_t> units;
  Index label = 0;
  Index speaker = -1;  // −1: the file does not say

  friend bool operator==(const ShdSample&, const ShdSample&) = default;
};

/// What a file is expected to hold.
struct ShdOptions {
  Index units = 700;
  Index classes = 0;  // 20 in SHD, 35 in SSC; 0: as many as /extra/keys names, or up to the largest label

  /// Throws std::invalid_argument.
  void validate() const {
    NEOHEBB_REQUIRE(units > 0 && units <= std::numeric_limits<std::int32_t>::max(), "ShdOptions.units is ",
                    units, ", must be from 1 to 2^31 - 1");
    NEOHEBB_REQUIRE(classes >= 0, "ShdOptions.classes is ", classes, ", must be positive, or 0: the file's");
  }
};

/// A file as the data sets are published (unpack shd_train.h5.gz first), of N samples:
///
///     /spikes/times    (N,), lists of real numbers, s
///     /spikes/units    (N,), lists of integers, as many as times
///     /labels          (N,), integers
///     /extra/speaker   (N,), integers; may be missing
///     /extra/keys      the classes' names by label; may be missing
///
/// /extra/meta_info, and whatever else is there, is not looked at.
///
///     const ShdReader file("shd_train.h5");
///     for (Index first = 0; first < file.size(); first += 100)
///       for (const ShdSample& sample : file.read(first, std::min<Index>(100, file.size() - first)))
///         inputs.push_back(bin_shd(sample, {.dt = 0.01, .steps = 100}).bins);
///
/// Only labels and speakers are kept; spikes are read, and checked, when they are asked for. Throws
/// std::runtime_error with file, member, sample, what is there and what was expected; std::invalid_argument
/// for samples that the file does not have. One thread at a time, as libhdf5.
class ShdReader {
 public:
  explicit ShdReader(const std::string& path, const ShdOptions& options = {})
      : ShdReader(Hdf5Reader(path), options) {}
  explicit ShdReader(Hdf5Reader file, const ShdOptions& options = {})
      : file_(std::move(file)), units_(options.units), classes_(options.classes) {
    options.validate();
    for (const char* path : {times_at, units_at, labels_at})
      if (!file_.contains(path))
        fail(path, " is not there; files of SHD and SSC hold ", times_at, ", ", units_at, " and ", labels_at);
    for (const char* path : {times_at, units_at}) file_.lists(path, 0, 0);  // throws unless they are lists
    labels_ = per_sample(labels_at);
    if (file_.contains(speaker_at)) speakers_ = per_sample(speaker_at);
    if (const Index n = file_.shape(units_at)[0]; n != size())
      fail(units_at, " has lists of ", n, " samples, expected ", size(), " as in ", times_at);
    if (file_.contains(keys_at)) names_ = file_.texts(keys_at);
    check_labels();
  }

  /// Samples.
  Index size() const { return file_.shape(times_at)[0]; }
  /// Inputs, and classes.
  Index units() const { return units_; }
  Index classes() const { return classes_; }
  /// Of the classes, by label: "zero"; empty if the file names none.
  const std::vector<std::string>& names() const { return names_; }
  /// Of every sample; speakers are empty if the file does not say.
  const std::vector<Index>& labels() const { return labels_; }
  const std::vector<Index>& speakers() const { return speakers_; }

  /// Samples first … first + n − 1.
  std::vector<ShdSample> read(Index first, Index n) const {
    NEOHEBB_REQUIRE(first >= 0 && n >= 0 && first <= size() && n <= size() - first, n, " samples from ",
                    first, " on are asked for, ", file_.file(), " has ", size());
    const auto times = file_.lists(times_at, first, n), units = file_.lists(units_at, first, n);
    std::vector<ShdSample> all(static_cast<std::size_t>(n));
    for (std::size_t k = 0; k < all.size(); ++k) {
      const std::size_t at = static_cast<std::size_t>(first) + k;
      if (times[k].size() != units[k].size())
        fail(times_at, " has ", times[k].size(), " numbers for sample ", at, " and ", units_at, " has ",
             units[k].size(), ", expected as many");
      all[k] = {times_of(times[k], at), units_of(units[k], at), labels_[at],
                speakers_.empty() ? -1 : speakers_[at]};
    }
    return all;
  }
  ShdSample read(Index sample) const { return std::move(read(sample, 1)[0]); }

 private:
  static constexpr const char *times_at = "/spikes/times", *units_at = "/spikes/units",
                              *labels_at = "/labels", *speaker_at = "/extra/speaker",
                              *keys_at = "/extra/keys";

  template <class... Reason> [[noreturn]] void fail(const char* path, const Reason&... reason) const {
    NEOHEBB_THROW(std::runtime_error, file_.file(), ": '", path, "'", reason...);
  }
  std::string name(const char* path) const { return file_.file() + ": '" + path + "'"; }

  std::vector<Index> per_sample(const char* path) const {
    const NpyArray array = file_.array(path);
    if (array.shape != std::vector<Index>{size()})
      fail(path, " has shape ", shape_text(array.shape), ", expected ", shape_text({size()}), " as in ",
           times_at);
    return array.as<Index>(name(path));
  }
  void check_labels() {
    const auto named = static_cast<Index>(names_.size());
    if (named > 0 && classes_ > 0 && named != classes_)
      fail(keys_at, " names ", named, " classes, expected ", classes_, ", which is ShdOptions::classes");
    const Index known = std::max(named, classes_);
    Index largest = -1;
    for (std::size_t k = 0; k < labels_.size(); ++k) {
      if (labels_[k] < 0 || (known > 0 && labels_[k] >= known))
        fail(labels_at, " holds ", labels_[k], " for sample ", k, ", expected ",
             known > 0 ? "0 to " + std::to_string(known - 1) : "0 or more");
      largest = std::max(largest, labels_[k]);
    }
    classes_ = known > 0 ? known : largest + 1;
  }
  /// Whole numbers would be ms or µs, or the units.
  std::vector<double> times_of(const NpyArray& list, std::size_t sample) const {
    if (list.type != DataType::float32 && list.type != DataType::float64)
      fail(times_at, " holds ", name_of(list.type), ", expected seconds as float16, float32 or float64");
    auto times = list.as<double>(name(times_at));
    for (std::size_t i = 0; i < times.size(); ++i)
      if (!(is_finite(times[i]) && times[i] >= 0))
        fail(times_at, " holds ", times[i], " s for spike ", i, " of sample ", sample,
             ", expected a time that is not negative");
    return times;
  }
  std::vector<std::int32_t> units_of(const NpyArray& list, std::size_t sample) const {
    if (list.type == DataType::float32 || list.type == DataType::float64 || list.type == DataType::boolean)
      fail(units_at, " holds ", name_of(list.type), ", expected integers");
    std::vector<std::int32_t> units(static_cast<std::size_t>(list.size()));
    with_type(list.type, [&](auto tag) {
      using T = decltype(tag);
      if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
        const auto numbers = list.as<T>();
        for (std::size_t i = 0; i < units.size(); ++i) {
          if (std::cmp_less(numbers[i], 0) || std::cmp_greater_equal(numbers[i], units_))
            fail(units_at, " holds ", numbers[i], " for spike ", i, " of sample ", sample, ", expected 0 to ",
                 units_ - 1, "; ShdOptions::units says how many units there are");
          units[i] = static_cast<std::int32_t>(numbers[i]);
        }
      }
    });
    return units;
  }

  Hdf5Reader file_;
  Index units_, classes_;
  std::vector<Index> labels_, speakers_;
  std::vector<std::string> names_;
};

/// All samples, which take 12 bytes a spike: some 1 GB for the training samples of SHD, several for those of
/// SSC.
inline std::vector<ShdSample> read_shd(const std::string& path, const ShdOptions& options = {}) {
  const ShdReader file(path, options);
  constexpr Index together = 256;  // libhdf5's copy of them stays small
  std::vector<ShdSample> all;
  all.reserve(static_cast<std::size_t>(file.size()));
  for (Index first = 0; first < file.size(); first += together) {
    auto part = file.read(first, std::min(together, file.size() - first));
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  return all;
}

/// How a sample becomes the input of a network. Step k lasts from k·dt to just before (k + 1)·dt; unit u is
/// input
///
///     ⌊u · channels / units⌋,
///
/// so that of 70 channels each takes ten neighbouring units. The words of SHD end before 1.4 s, those of SSC
/// last 1 s. Times in float16 are multiples of 2^−11 s from 0.5 s on, and of 2^−10 s from 1 s on: with dt
/// below 1 ms one sees how they were rounded.
struct ShdSteps {
  double dt = 0.01;  // s
  Index steps = 140;
  Index channels = 700;  // inputs
  Index units = 700;     // ShdReader::units()

  /// Throws std::invalid_argument.
  void validate() const {
    NEOHEBB_REQUIRE(is_finite(dt) && dt > 0, "ShdSteps.dt is ", dt, " s, must be positive");
    NEOHEBB_REQUIRE(steps >= 0 && steps < (Index{1} << 30), "ShdSteps.steps is ", steps,
                    ", must be from 0 to 2^30 - 1");
    NEOHEBB_REQUIRE(channels > 0 && channels <= units && units <= std::numeric_limits<std::int32_t>::max(),
                    "ShdSteps: ", channels, " channels of ", units,
                    " units; there must be at least 1, and no more than units");
  }
};

/// A sample in steps: which inputs spike in each.
struct ShdInput {
  EventBins bins;
  Index late = 0;  // spikes after the last step, which are left out
};

/// An input spikes once in a step however many spikes it has there. Throws std::invalid_argument for steps
/// that cannot be, and for a sample with units beyond ShdSteps::units, or with times that are negative.
inline ShdInput bin_shd(const ShdSample& sample, const ShdSteps& steps) {
  steps.validate();
  NEOHEBB_REQUIRE(sample.times.size() == sample.units.size(), "a sample of ", sample.times.size(),
                  " times and ", sample.units.size(), " units");
  std::vector<double> places(sample.times.size());  // in steps
  Index late = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const double t = sample.times[i];
    const Index unit = sample.units[i];
    NEOHEBB_REQUIRE(is_finite(t) && t >= 0 && unit >= 0 && unit < steps.units, "spike ", i,
                    " of the sample is of unit ", unit, " at ", t, " s; units must be from 0 to ",
                    steps.units - 1, " (ShdSteps::units), times must not be negative");
    places[i] = t / steps.dt;
    late += places[i] >= static_cast<double>(steps.steps);
  }
  return {detail::bins_by_step(
              steps.channels, steps.steps,
              [&](auto&& use) {
                for (std::size_t i = 0; i < places.size(); ++i)
                  if (places[i] < static_cast<double>(steps.steps))
                    use(static_cast<std::size_t>(places[i]),
                        static_cast<std::int32_t>(Index{sample.units[i]} * steps.channels / steps.units));
              }),
          late};
}

}  // namespace neohebb
#endif
