#include <neohebb/data/shd.hpp>
#include <neohebb/io/hdf5_writer.hpp>

#include "catch.hpp"
#include "support/hdf5.hpp"

using namespace neohebb;
using support::array;
using support::contains;
using support::error_of;
using support::lists;

namespace {

/// Three words, the second without spikes.
struct Parts {
  std::vector<NpyArray> times = lists<float>({{0.25f, 0.0625f, 0.5f}, {}, {0.75f}});
  std::vector<NpyArray> units = lists<std::uint16_t>({{3, 699, 0}, {}, {10}});
  NpyArray labels = array<std::uint16_t>({0, 1, 1}), speakers = array<std::uint8_t>({4, 0, 11});
  std::vector<std::string> keys = {"zero", "one"};

  Bytes bytes() const {
    Hdf5Writer file;
    file.put_lists("/spikes/times", times);
    file.put_lists("/spikes/units", units);
    file.put("/labels", labels);
    if (speakers.size() > 0) file.put("/extra/speaker", speakers);
    if (!keys.empty()) file.put_texts("/extra/keys", keys, {static_cast<Index>(keys.size())}, 8);
    file.put("/extra/meta_info/age", array<float>({30, 31}));
    return file.dump();
  }
  ShdReader reader(const ShdOptions& options = {}) const {
    return ShdReader(Hdf5Reader(bytes(), "x.h5"), options);
  }
};

const std::vector<ShdSample> words = {
    {{0.25, 0.0625, 0.5}, {3, 699, 0}, 0, 4}, {{}, {}, 1, 0}, {{0.75}, {10}, 1, 11}};

/// What is said when the changed file is read to its end.
template <class E = std::runtime_error>
std::string error_with(auto&& change, const ShdOptions& options = {}) {
  Parts parts;
  change(parts);
  return error_of<E>([&] {
    const ShdReader file = parts.reader(options);
    file.read(0, file.size());
  });
}

std::vector<std::int32_t> active(const EventBins& bins, Index step) {
  const auto list = bins.active(step);
  return {list.begin(), list.end()};
}

}  // namespace

TEST_CASE("SHD: samples are read one by one, by ranges and all at once", "[data]") {
  const ShdReader file = Parts{}.reader();
  CHECK(file.size() == 3);
  CHECK(file.units() == 700);
  CHECK(file.classes() == 2);
  CHECK(file.names() == std::vector<std::string>{"zero", "one"});
  CHECK(file.labels() == std::vector<Index>{0, 1, 1});
  CHECK(file.speakers() == std::vector<Index>{4, 0, 11});
  CHECK(file.read(0, 3) == words);
  CHECK(file.read(1, 2) == std::vector<ShdSample>{words[1], words[2]});
  CHECK(file.read(3, 0).empty());
  CHECK(file.read(2) == words[2]);

  const support::TemporaryFolder folder;
  write_file(folder / "shd_test.h5", Parts{}.bytes());
  CHECK(read_shd(folder / "shd_test.h5") == words);

  Parts many;  // read_shd reads in parts
  many.times.assign(600, array<float>({0.5f}));
  many.units.clear();
  std::vector<std::uint16_t> labels;
  for (std::uint16_t k = 0; k < 600; ++k) {
    many.units.push_back(array<std::uint16_t>({k}));
    labels.push_back(k % 2);
  }
  many.labels = array(labels);
  many.speakers = array<std::uint8_t>({});
  write_file(folder / "many.h5", many.bytes());
  const auto all = read_shd(folder / "many.h5");
  REQUIRE(all.size() == 600);
  for (int k = 0; k < 600; ++k) REQUIRE(all[static_cast<std::size_t>(k)] == ShdSample{{0.5}, {k}, k % 2, -1});
}

TEST_CASE("SHD: times and units may be of any real and any whole type", "[data]") {
  Parts parts;
  parts.times = lists<double>({{0.25, 0.0625, 0.5}, {}, {0.75}});
  parts.units = lists<std::int64_t>({{3, 699, 0}, {}, {10}});
  parts.labels = array<std::int64_t>({0, 1, 1});
  CHECK(parts.reader().read(0, 3) == words);
  parts.units = lists<std::uint64_t>({{3, 699, 0}, {}, {10}});
  CHECK(parts.reader().read(0, 3) == words);
  parts.units = lists<std::int8_t>({{3, 127, 0}, {}, {10}});
  CHECK(parts.reader().read(0).units == std::vector<std::int32_t>{3, 127, 0});
}

TEST_CASE("SHD: speakers and names may be missing; the labels then tell the classes", "[data]") {
  Parts parts;
  parts.speakers = array<std::uint8_t>({});
  parts.keys.clear();
  parts.labels = array<std::uint16_t>({0, 6, 1});
  const ShdReader file = parts.reader();
  CHECK(file.speakers().empty());
  CHECK(file.names().empty());
  CHECK(file.read(1).speaker == -1);
  CHECK(file.classes() == 7);
  CHECK(parts.reader({.classes = 35}).classes() == 35);
}

TEST_CASE("SHD: what a file lacks or has of another kind is named", "[data]") {
  const auto error = [](auto&& put) {
    Hdf5Writer file;
    put(file);
    return error_of([&] { ShdReader(Hdf5Reader(file.dump(), "x.h5")); });
  };
  const Parts parts;
  CHECK(contains(error([](Hdf5Writer& file) { file.put("/x", 1); }),
                 "x.h5: '/spikes/times' is not there; files of SHD and SSC hold /spikes/times, /spikes/units "
                 "and /labels"));
  CHECK(contains(error([&](Hdf5Writer& file) { file.put_lists("/spikes/times", parts.times); }),
                 "x.h5: '/spikes/units' is not there"));
  CHECK(contains(error([&](Hdf5Writer& file) {
                   file.put("/labels", parts.labels);
                   file.put("/spikes/times", array<float>({1, 2, 3}));
                   file.put_lists("/spikes/units", parts.units);
                 }),
                 "x.h5: '/spikes/times' holds numbers, expected lists"));
  CHECK(contains(error([&](Hdf5Writer& file) {
                   file.put_text("/labels", "zero");
                   file.put_lists("/spikes/times", parts.times);
                   file.put_lists("/spikes/units", parts.units);
                 }),
                 "x.h5: '/labels' holds text, expected numbers"));
  CHECK(
      contains(error_of([] { read_shd("/nowhere/shd_train.h5"); }), "/nowhere/shd_train.h5: cannot be read"));
}

TEST_CASE("SHD: numbers of samples and of spikes that differ are refused", "[data]") {
  CHECK(contains(error_with([](Parts& parts) { parts.units.pop_back(); }),
                 "x.h5: '/spikes/units' has lists of 2 samples, expected 3 as in /spikes/times"));
  CHECK(contains(error_with([](Parts& parts) {
                   parts.labels = array<std::uint16_t>({0, 1});
                 }),
                 "x.h5: '/labels' has shape (2,), expected (3,) as in /spikes/times"));
  CHECK(contains(error_with([](Parts& parts) {
                   parts.labels.shape = {1, 3};
                 }),
                 "x.h5: '/labels' has shape (1, 3), expected (3,)"));
  CHECK(contains(error_with([](Parts& parts) { parts.speakers = array<std::uint8_t>({1}); }),
                 "x.h5: '/extra/speaker' has shape (1,), expected (3,)"));
  CHECK(
      contains(error_with([](Parts& parts) {
                 parts.units[2] = array<std::uint16_t>({1, 2});
               }),
               "x.h5: '/spikes/times' has 1 numbers for sample 2 and /spikes/units has 2, expected as many"));
}

TEST_CASE("SHD: units, times and labels that cannot be are refused with their place", "[data]") {
  const auto time = [](float t) {
    return error_with([t](Parts& parts) { parts.times[0] = array<float>({0, t, 1}); });
  };
  CHECK(contains(
      time(-0.5f),
      "x.h5: '/spikes/times' holds -0.5 s for spike 1 of sample 0, expected a time that is not negative"));
  CHECK(contains(time(std::numeric_limits<float>::quiet_NaN()), "holds nan s for spike 1 of sample 0"));
  CHECK(contains(time(std::numeric_limits<float>::infinity()), "holds inf s for spike 1 of sample 0"));
  CHECK(contains(error_with([](Parts& parts) { parts.units[2] = array<std::uint16_t>({700}); }),
                 "x.h5: '/spikes/units' holds 700 for spike 0 of sample 2, expected 0 to 699; "
                 "ShdOptions::units says how many units there are"));
  CHECK(contains(error_with([](Parts&) {}, {.units = 699}), "holds 699 for spike 1 of sample 0"));
  CHECK(contains(error_with([](Parts& parts) {
                   parts.units = lists<std::int64_t>({{3, -1, 0}, {}, {1}});
                 }),
                 "holds -1 for spike 1 of sample 0"));
  CHECK(contains(error_with([](Parts& parts) {
                   parts.units = lists<std::uint64_t>({{0, 0, ~0ull}, {}, {1}});
                 }),
                 "holds 18446744073709551615 for spike 2 of sample 0"));
  CHECK(contains(error_with([](Parts& parts) { parts.times = parts.units; }),
                 "x.h5: '/spikes/times' holds uint16, expected seconds as float16, float32 or float64"));
  CHECK(contains(error_with([](Parts& parts) { parts.units = parts.times; }),
                 "x.h5: '/spikes/units' holds float32, expected integers"));
  CHECK(contains(error_with([](Parts& parts) {
                   parts.labels = array<std::uint16_t>({0, 2, 1});
                 }),
                 "x.h5: '/labels' holds 2 for sample 1, expected 0 to 1"));
  CHECK(contains(error_with([](Parts& parts) {
                   parts.labels = array<std::int64_t>({0, 1, -1});
                   parts.keys.clear();
                 }),
                 "x.h5: '/labels' holds -1 for sample 2, expected 0 or more"));
  CHECK(contains(error_with([](Parts& parts) {
                   parts.labels = array<float>({0, 0.5f, 1});
                 }),
                 "x.h5: '/labels' holds 0.5"));
  CHECK(contains(error_with([](Parts&) {}, {.classes = 20}),
                 "x.h5: '/extra/keys' names 2 classes, expected 20, which is ShdOptions::classes"));
}

TEST_CASE("SHD: what cannot be asked for is refused", "[data]") {
  using Wrong = std::invalid_argument;
  const ShdReader file = Parts{}.reader();
  CHECK(contains(error_of<Wrong>([&] { file.read(2, 2); }), "2 samples from 2 on are asked for, x.h5 has 3"));
  CHECK(contains(error_of<Wrong>([&] { file.read(-1, 1); }), "1 samples from -1 on"));
  CHECK(contains(error_of<Wrong>([&] { file.read(0, -1); }), "-1 samples from 0 on"));
  CHECK(contains(error_of<Wrong>([&] { file.read(4, 0); }), "0 samples from 4 on"));
  CHECK(contains(error_with<Wrong>([](Parts&) {}, {.units = 0}), "ShdOptions.units is 0"));
  CHECK(contains(error_with<Wrong>([](Parts&) {}, {.classes = -1}), "ShdOptions.classes is -1"));

  const auto error = [](const ShdSample& sample, const ShdSteps& steps) {
    return error_of<Wrong>([&] { bin_shd(sample, steps); });
  };
  const ShdSample& word = words[0];
  CHECK(contains(error(word, {.dt = 0}), "ShdSteps.dt is 0 s"));
  CHECK(contains(error(word, {.dt = std::numeric_limits<double>::quiet_NaN()}), "ShdSteps.dt is nan s"));
  CHECK(contains(error(word, {.steps = -1}), "ShdSteps.steps is -1"));
  CHECK(contains(error(word, {.channels = 0}), "0 channels of 700 units"));
  CHECK(contains(error(word, {.channels = 701}), "701 channels of 700 units"));
  CHECK(contains(error(word, {.channels = 70, .units = 699}), "spike 1 of the sample is of unit 699"));
  CHECK(contains(error({{-1}, {0}}, {}), "spike 0 of the sample is of unit 0 at -1 s"));
  CHECK(contains(error({{1}, {0, 1}}, {}), "a sample of 1 times and 2 units"));
}

TEST_CASE("SHD: spikes fall into steps, those after the last are counted", "[data]") {
  // Steps of 1/8 s. A spike at a step's beginning is in it; one just before it is not.
  const ShdSample sample{{0.5, 0.125, 0, 0.1249, 0.13, 0.2, 0.375, 7}, {8, 699, 5, 1, 3, 3, 2, 0}, 0, -1};
  const auto [bins, late] = bin_shd(sample, {.dt = 0.125, .steps = 3});
  CHECK(late == 3);
  CHECK(bins.size() == 700);
  REQUIRE(bins.steps() == 3);
  CHECK(active(bins, 0) == std::vector<std::int32_t>{1, 5});
  CHECK(active(bins, 1) == std::vector<std::int32_t>{3, 699});
  CHECK(active(bins, 2).empty());
  const auto longer = bin_shd(sample, {.dt = 0.125, .steps = 57});
  CHECK(longer.late == 0);
  CHECK(longer.bins.window(0, 3) == bins);
  CHECK(active(longer.bins, 56) == std::vector<std::int32_t>{0});
  CHECK(bin_shd(sample, {.dt = 1e-310, .steps = 1}).late == 7);
  CHECK(bin_shd(sample, {.steps = 0}).late == 8);
  CHECK(bin_shd({}, {}).bins.steps() == 140);
}

TEST_CASE("SHD: neighbouring units are merged", "[data]") {
  ShdSample sample;
  for (std::int32_t unit = 0; unit < 700; ++unit) {
    sample.times.push_back(0.001 * unit);
    sample.units.push_back(unit);
  }
  for (const Index channels : {70, 140, 1, 256}) {
    const auto bins = bin_shd(sample, {.dt = 0.001, .steps = 701, .channels = channels}).bins;
    CHECK(bins.size() == channels);
    std::vector<std::int32_t> inputs;
    for (Index k = 0; k < 701; ++k)
      for (const auto input : active(bins, k)) inputs.push_back(input);
    REQUIRE(inputs.size() == 700);
    for (std::size_t unit = 0; unit < 700; ++unit)
      REQUIRE(inputs[unit] == static_cast<std::int32_t>(unit * static_cast<std::size_t>(channels) / 700));
  }
  CHECK(bin_shd(sample, {.dt = 1, .steps = 1, .channels = 70}).bins.count() == 70);
}

TEST_CASE("SHD: a damaged file is an error or is read, nothing else", "[data]") {
  const Bytes bytes = Parts{}.bytes();
  const auto read = [](const Bytes& some) {
    return error_of([&] {
      const ShdReader file(Hdf5Reader(some, "x.h5"));
      file.read(0, file.size());
    });
  };
  CHECK(read(bytes) == "no error");
  for (std::size_t n = 0; n < bytes.size(); n += 256)
    CHECK(contains(read(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n))), "x.h5"));
  int errors = 0;
  for (std::uint32_t number = 0; number < 300; ++number)
    errors += read(support::damaged(bytes, number)) != "no error";
  CHECK(errors > 50);
}

TEST_CASE("SHD: files that h5py writes in the layout of the published ones are read", "[data]") {
  const support::TemporaryFolder folder;
  const std::string python = support::python_with_h5py();
  if (python.empty()) return;
  REQUIRE(support::run_python(python, folder, R"(
import h5py
times, units = [[0.25, 0.0625, 0.5], [], [0.75]], [[3, 699, 0], [], [10]]
grows = dict(maxshape=(None,), chunks=(2,))
for name, real, whole, how in [('half', 'f2', 'u2', grows), ('single', 'f4', 'u2', {}), ('big', '>f4', '>i4', {}),
                               ('double', 'f8', 'i8', dict(grows, compression='gzip'))]:
    with h5py.File(name + '.h5', 'w') as f:
        for path, kind, lists in [('spikes/times', real, times), ('spikes/units', whole, units)]:
            d = f.create_dataset(path, (3,), dtype=h5py.special_dtype(vlen=np.dtype(kind)), **how)
            for k, list in enumerate(lists):
                if list: d[k] = np.array(list, kind)
        f['labels'] = np.array([0, 1, 1], 'u2')
        f['extra/speaker'] = np.array([4, 0, 11], 'u2')
        f['extra/keys'] = np.array([b'zero', b'one'])
        f['extra/meta_info/gender'] = np.array([b'female', b'male'])
        f['extra/meta_info/age'] = np.array([30, 31], 'u2')
        f.attrs['CLASS'] = 'GROUP'
)"));
  for (const std::string name : {"half", "single", "big", "double"}) {
    INFO(name);
    const ShdReader file(folder / name + ".h5");
    CHECK(file.names() == std::vector<std::string>{"zero", "one"});
    CHECK(file.read(0, 3) == words);
    CHECK(file.read(2) == words[2]);
    CHECK(bin_shd(file.read(0), {.dt = 0.25, .steps = 2, .channels = 70}).late == 1);
  }
}
