// Recordings of real cameras, where they are at hand.
#include <neohebb/data/events/reader.hpp>
#include <neohebb/io/npy.hpp>

#include "catch.hpp"
#include "support/sha3.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;

namespace {

/// The path of a sample; "" where it is not there.
std::string sample(const std::string& name) {
  const std::string path = support::shared_folder() + "/data/" + name;
  if (std::filesystem::exists(path)) return path;
  std::puts(("skipped: no " + path).c_str());
  return "";
}

}  // namespace

TEST_CASE("the EVT 2.0 sample has its events, in time", "[data]") {
  const std::string path = sample("events/evt2.raw");
  if (path.empty()) return;
  const EventRecording all =
      read_events(path, {.sensor = {640, 480}, .outside = Irregular::refuse, .backward = Irregular::refuse});
  CHECK(all.format == EventFormat::evt2);
  CHECK(all.report == EventReport{.given = 521252});

  CHECK(support::Sha3::of({}) == "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7");
  const auto sum = [&](int size, auto&& of) {  // of the little-endian array
    Bytes bytes;
    for (const Event& e : all.events)
      for (int k = 0; k < size; ++k)
        bytes.push_back(static_cast<unsigned char>(std::uint64_t{of(e)} >> 8 * k));
    return support::Sha3::of(bytes);
  };
  CHECK(sum(8, [](const Event& e) { return static_cast<std::uint64_t>(e.t); }) ==
        "9855ba39c1baea316ae623b72466e420df60a7510248391856eb4eaf");
  CHECK(sum(2, [](const Event& e) { return e.x; }) ==
        "93fc6cff19b483fd48ca53345c6c1cf05123681d7b7272a1717e9303");
  CHECK(sum(2, [](const Event& e) { return e.y; }) ==
        "07cfaef58e5fa71ce9910ed5b88fb7e9fcf71e4a8654cc2c4666f1ae");
  CHECK(sum(1, [](const Event& e) { return e.polarity; }) ==
        "d2b5e9c4047f4c431937b24cd46c8b504e055372b0ded1df77f0ffa1");
}

TEST_CASE("the EVT 3.0 sample has the pixels that an independent decoder found", "[data]") {
  const std::string path = sample("events/evt3.raw"), found = sample("events/evt3_events.npy");
  if (path.empty() || found.empty()) return;
  const EventRecording all = read_events(path, {.sensor = {1280, 720}, .outside = Irregular::refuse});
  CHECK(all.format == EventFormat::evt3);
  REQUIRE(all.events.size() == 219596);
  // Records of t i64, x i16, y i16, p u8 and padding, 16 bytes, behind NumPy's header.
  const Bytes bytes = read_file(found);
  REQUIRE(bytes.size() >= all.events.size() * 16);
  const unsigned char* p = bytes.data() + (bytes.size() - all.events.size() * 16);
  std::int64_t late = 0;
  std::size_t same = 0;
  for (std::size_t k = 0; k < all.events.size(); ++k, p += 16) {
    const Event& e = all.events[k];
    same += detail::load_little<std::uint16_t>(p + 8) == e.x &&
            detail::load_little<std::uint16_t>(p + 10) == e.y && p[12] == e.polarity;
    const std::int64_t ahead = detail::load_little<std::int64_t>(p) - e.t;
    if (ahead < late || ahead % 4096 != 0) FAIL("event " << k << " differs by " << ahead << " µs");
    late = ahead;  // that decoder adds 4096 µs for every TIME_LOW that decreases alone
  }
  CHECK(same == all.events.size());
}

TEST_CASE("the DAT sample has its events", "[data]") {
  const std::string path = sample("events/ncars.dat");
  if (path.empty()) return;
  const EventRecording all = read_events(path);
  CHECK(all.format == EventFormat::dat);
  CHECK(all.report == EventReport{.given = 2009});
  CHECK(all.events[1] == Event{0x23, 0x43, 0x23, 0});
}

TEST_CASE("the jAER sample has its events", "[data]") {
  const std::string path = sample("events/jaer.aedat2");
  if (path.empty()) return;
  const EventRecording all = read_events(path);
  CHECK(all.format == EventFormat::aedat2);
  CHECK(all.sensor == Sensor{640, 480});
  CHECK(all.report == EventReport{.given = 320});
  CHECK(all.events[0] == Event{0x1edb, 0x273, 0x1c9, 0});
}

TEST_CASE("a DVS128 Gesture clip is the same in 40 and in 56 bits", "[data]") {
  const std::string path = sample("dvsgesture/5.bs2"), longer = sample("dvsgesture/5.bs3");
  if (path.empty() || longer.empty()) return;
  const EventOptions options{
      .sensor = {128, 128}, .outside = Irregular::refuse, .backward = Irregular::refuse};
  const EventRecording all = read_events(path, options);
  CHECK(all.events.size() == 905895 / 5);
  CHECK(all.events == read_events(longer, options).events);
}

TEST_CASE("N-MNIST recordings lie in 34 by 34 pixels and go forward in time", "[data]") {
  const std::string folder = sample("nmnist/Test");
  if (folder.empty()) return;
  int recordings = 0;
  std::uint64_t events = 0, bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.path().extension() != ".bin") continue;
    const EventRecording all =
        read_events(file.path().string(),
                    {.sensor = {34, 34}, .outside = Irregular::refuse, .backward = Irregular::refuse});
    ++recordings;
    events += all.report.given;
    bytes += file.file_size();
  }
  CHECK(recordings == 100);
  CHECK(events * 5 == bytes);
}

TEST_CASE("small recordings that were read wrongly once have the events they hold", "[data]") {
  const std::string faults = support::shared_folder() + "/faults/";
  if (!std::filesystem::exists(faults)) {
    std::puts(("skipped: no " + faults).c_str());
    return;
  }
  using Events = std::vector<Event>;
  const auto read = [&](const std::string& name, const EventOptions& options = {}) {
    return read_events(faults + name, options).events;
  };
  for (const char* name : {"no_event_count.aedat4", "event_count.aedat4"})
    CHECK(read(name) == Events{{1000, 10, 20, 0}, {1001, 11, 21, 1}, {1002, 12, 22, 0}});
  CHECK(read("begins_midstream.evt3.raw") == Events{{6435328, 20, 60, 1}, {6435328, 21, 60, 0}});
  CHECK(read("incomplete_vector.evt3.raw") == Events{{1, 0, 0, 0}, {1, 10, 0, 0}, {1044480, 1, 0, 0}});
  CHECK(read("no_version.dat") == Events{{1000, 100, 50, 1}, {1001, 101, 51, 1}, {1002, 102, 52, 1}});
  const Events jaer = read("jaer_headerless.dat");
  CHECK(jaer.size() == 8);
  CHECK(jaer[0] == Event{5000, 10, 40, 0});
  CHECK(jaer[7] == Event{5070, 17, 47, 0});
  CHECK(read("clock_overflow.bin") ==
        Events{{100, 3, 4, 1}, {8190, 5, 6, 0}, {8202, 7, 8, 1}, {8212, 9, 9, 1}});
}
