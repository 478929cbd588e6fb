#include <neohebb/data/ras.hpp>

#include "catch.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;

namespace {

const support::TemporaryFolder folder;

std::string file_of(const std::string& text) {
  const std::string path = folder / "trains.ras";
  support::put_file(path, {text.begin(), text.end()});
  return path;
}
SpikeTimes read(const std::string& text, const RasOptions& options = {}, RasReport* report = nullptr) {
  return read_ras(file_of(text), options, report);
}
std::string refusal(const std::string& text, const RasOptions& options = {}) {
  return support::error_of([&] { read(text, options); });
}

}  // namespace

TEST_CASE("a .ras file is a line of seconds and neuron for every spike", "[data]") {
  const SpikeTimes times = read("0.0003 2\n0.5\t0\r\n\n  1e-1  1  \n0.7 2", {.duration = 1});
  CHECK(times == SpikeTimes{3, 1, {{0.0003, 2}, {0.1, 1}, {0.5, 0}, {0.7, 2}}});
  CHECK(read("0.1 1\n0.2 3\n", {.index_base = 1}) == SpikeTimes{3, 0, {{0.1, 0}, {0.2, 2}}});
  CHECK(read("", {.neurons = 4}) == SpikeTimes{4, 0, {}});
}

TEST_CASE("lines that begin with # are comments, as NEST writes them", "[data]") {
  CHECK(read("# NEST version: 3.10\n0.1 1\n  # 0.2 0\n0.3 0\n#") == SpikeTimes{2, 0, {{0.1, 1}, {0.3, 0}}});
  CHECK(contains(refusal("0.1 1 # a comment\n"), "line 1: there is more on the line"));
}

TEST_CASE("unsorted lines are sorted stably and counted; strict mode refuses them", "[data]") {
  const std::string text = "0.2 1\n0.1 3\n0.1 0\n0.2 1\n";
  RasReport report;
  CHECK(read(text, {}, &report).spikes == std::vector<TimedSpike>{{0.1, 3}, {0.1, 0}, {0.2, 1}, {0.2, 1}});
  CHECK(report.spikes == 4);
  CHECK(report.unsorted == 1);
  CHECK(report.duplicates == 1);
  CHECK(contains(refusal(text, {.strict = true}),
                 "trains.ras, line 2: the spike at 0.1 s comes behind one at 0.2"));
  CHECK(contains(refusal("0.1 1\n0.1 0\n0.1 1\n", {.strict = true}), "1 spikes are there twice"));
}

TEST_CASE("times off the grid are counted; strict mode refuses them", "[data]") {
  const std::string text = "0.001 1\n0.0023 1\n0.003 1\n";
  RasReport report;
  read(text, {.dt = 1e-3}, &report);
  CHECK(report.off_grid == 1);
  CHECK(contains(refusal(text, {.strict = true, .dt = 1e-3}),
                 "line 2: the time 0.0023 s is off the grid of 0.001 s"));
  CHECK(read(text, {.strict = true, .dt = 1e-4}).spikes.size() == 3);
}

TEST_CASE("spikes outside are refused with their line, or dropped", "[data]") {
  const std::string text = "0.1 0\n0.2 1\n0.3 2\n";
  CHECK(contains(refusal(text, {.neurons = 2}), "line 3: id 2 is outside 0 to 1"));
  CHECK(contains(refusal(text, {.index_base = 1}), "line 1: id 0 is outside 1 to the largest"));
  CHECK(contains(refusal(text, {.duration = 0.2}), "line 2: the time 0.2 s is outside the window of 0.2 s"));
  RasReport report;
  CHECK(read(text, {.neurons = 1, .index_base = 1, .duration = 0.3, .outside = Outside::drop}, &report) ==
        SpikeTimes{1, 0.3, {{0.2, 0}}});
  CHECK(report.dropped == 2);
}

TEST_CASE("what is no spike train is refused with file, line and reason", "[data]") {
  CHECK(contains(refusal("0.1 0\n-0.2 1\n"), "line 2: the time is -0.2 s, must be finite and not negative"));
  CHECK(contains(refusal("nan 1\n"), "line 1: the time is nan"));
  CHECK(contains(refusal("inf 1\n"), "line 1: the time is inf"));
  CHECK(contains(refusal("0.1\n"), "line 1: no neuron behind the time"));
  CHECK(contains(refusal("0.1 1.5\n"), "no whole number of a neuron: '1.5'"));
  CHECK(contains(refusal("0.1 1 7\n"), "more on the line than `time_s neuron`: '7'"));
  CHECK(contains(refusal("time neuron\n"), "no time in seconds: 'time neuron'"));
  CHECK(contains(refusal("0.1x 1\n"), "no time in seconds: '0.1x 1'"));
  CHECK(contains(refusal("0.1,1\n"), "no time"));
  CHECK(contains(refusal("0.1 99999999999999999999\n"), "no whole number"));
  CHECK(contains(refusal("0.1 9999999999\n"), "32 bits"));
  CHECK(contains(refusal("0.1 -1\n"), "id -1 is outside 0"));
  CHECK(contains(refusal(""), "no spikes, which leaves the number of neurons open"));
  CHECK(contains(support::error_of([] { read_ras(folder / "absent.ras"); }), "absent.ras: cannot be read"));
  const auto options = [](const RasOptions& o) {
    return support::error_of<std::invalid_argument>([&] { read("0 1\n", o); });
  };
  CHECK(contains(options({.neurons = -1}), "neurons is -1"));
  CHECK(contains(options({.index_base = 2}), "must be 0 or 1"));
  CHECK(contains(options({.duration = -1}), "duration is -1"));
  CHECK(contains(options({.dt = std::nan("")}), "dt is nan"));
  CHECK(contains(options({.duration = 1e-4, .dt = 1e-3}), "s is shorter than a step of 0.001 s"));
}

TEST_CASE("what is written is read again, bit for bit, in both counts of neurons", "[data]") {
  SpikeTimes times{50, 3, {}};
  RandomSequence random(5, 0, 0, 0);
  for (int k = 0; k < 1000; ++k)
    times.spikes.push_back({3 * random.uniform() * random.uniform(), random.below(50)});
  times.spikes.push_back({5e-324, 49});
  times.sort();
  const std::string path = folder / "written.ras";
  for (const Index base : {0, 1}) {
    write_ras(path, times, base);
    CHECK(read_ras(path, {.neurons = 50, .index_base = base, .duration = 3, .strict = true}) == times);
  }
  const SpikeTrains grid = on_grid(times, {.dt = 1e-4});
  write_ras(path, grid, 1);
  CHECK(on_grid(read_ras(path, {.neurons = 50, .index_base = 1, .duration = 3, .strict = true, .dt = 1e-4}),
                {.dt = 1e-4, .strict = true}) == grid);
  write_ras(path, SpikeTrains{2, 10000, 1e-4, {{3, 0}, {9999, 1}}});
  std::ifstream text(path);
  CHECK(std::string(std::istreambuf_iterator<char>(text), {}) == "0.0003 0\n0.9999 1\n");
  CHECK(support::error_of<std::invalid_argument>([&] { write_ras(path, times, 2); }) != "no error");
  CHECK(support::error_of<std::invalid_argument>([&] { write_ras(path, SpikeTimes{}); }) != "no error");
  CHECK(support::error_of([&] { write_ras(folder / "no/such/folder.ras", times); }) != "no error");
}

TEST_CASE("damaged .ras files are read or refused, and nothing else", "[data]") {
  std::string text;
  for (int k = 0; k < 20; ++k) text += "0." + std::to_string(100 + k) + " " + std::to_string(k % 7) + "\n";
  int refused = 0;
  for (std::uint32_t k = 0; k < 2000; ++k) {
    const support::Bytes bytes = support::damaged({text.begin(), text.end()}, k);
    RasReport report;
    try {
      detail::RasLines({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "x", {.index_base = 0})
          .read(report)
          .validate();
    } catch (const std::runtime_error&) {
      ++refused;
    }
  }
  CHECK(refused > 200);
}

TEST_CASE("the published files: 200 inputs counted from 0, targets from 1, unsorted and off the grid",
          "[data]") {
  const std::string data = support::shared_folder() + "/data/superspike/";
  if (!std::filesystem::exists(data)) return std::puts("skipped: no shared data"), void();
  RasReport report;
  const SpikeTimes input = read_ras(data + "oxford-input.ras",
                                    {.neurons = 200, .duration = 1.89, .strict = true, .dt = 1e-4}, &report);
  CHECK(report.spikes == 1889);
  CHECK(on_grid(input, {.dt = 1e-4, .strict = true}).steps == 18900);

  const auto from_one = read_ras(data + "oxford-target.ras",
                                 {.neurons = 200, .index_base = 1, .duration = 1.89, .dt = 1e-4}, &report);
  CHECK(report.spikes == 10367);
  CHECK(report.dropped == 0);
  CHECK(report.unsorted > 0);
  CHECK(report.off_grid > 9000);
  // The published program counts from 0: id 200 is dropped and neuron 0 stays silent.
  const auto published = read_ras(data + "oxford-target.ras",
                                  {.neurons = 200, .duration = 1.89, .outside = Outside::drop}, &report);
  CHECK(report.dropped > 0);
  CHECK(std::size_t(report.dropped) + published.spikes.size() == from_one.spikes.size());
  CHECK(published.by_neuron()[0].empty());
  CHECK(published.by_neuron()[1] == from_one.by_neuron()[0]);
  GridReport gridded;
  const SpikeTrains target = on_grid(published, {.dt = 1e-4}, &gridded);
  target.validate();
  CHECK(target.spikes.size() + std::size_t(gridded.merged) == published.spikes.size());
  const std::string strict =
      support::error_of([&] { read_ras(data + "oxford-target.ras", {.index_base = 1, .strict = true}); });
  CHECK(
      contains(strict, "oxford-target.ras, line 4: the spike at 0.004947 s comes behind one at 0.005132 s"));
  CHECK(contains(support::error_of([&] { read_ras(data + "oxford-target.ras", {.neurons = 200}); }),
                 "id 200 is outside 0 to 199"));
}
