#include <neohebb/data/events/writer.hpp>

#include "catch.hpp"
#include "support/events.hpp"

using namespace neohebb;
using namespace support;

namespace {

constexpr EventFormat writable[] = {EventFormat::nmnist, EventFormat::aedat3, EventFormat::evt3};

/// In pieces of one event, two events, … up to `longest`, then one again.
Bytes written(EventFormat format, const Events& events, Sensor sensor = {}, std::size_t longest = 100) {
  std::ostringstream stream;
  EventWriter writer(stream, format, sensor);
  for (std::size_t at = 0, piece = 0; at < events.size(); at += piece) {
    piece = std::min(piece % longest + 1, events.size() - at);
    writer.write(std::span(events).subspan(at, piece));
  }
  writer.finish();
  const std::string all = stream.str();
  return {all.begin(), all.end()};
}
std::string refusal(EventFormat format, const Events& events) {
  return error_of<std::invalid_argument>([&] { written(format, events); });
}

/// As cameras give them: bursts along a row at one time, single ones, pauses; x, y below side.
Events random_events(std::size_t count, std::uint32_t side, std::uint32_t longest_pause, std::uint32_t seed) {
  RandomSequence random(1, 2, 3, seed);
  Events events;
  std::int64_t t = random.below(5000);
  while (events.size() < count) {
    t += random.below(random.below(100) == 0 ? longest_pause : 20);
    Event e{t, 0, static_cast<std::uint16_t>(random.below(side)), static_cast<std::uint8_t>(random.below(2))};
    std::uint32_t x = random.below(side);
    for (std::uint32_t n = 1 + random.below(2) * random.below(40); n > 0 && x < side; --n) {
      e.x = static_cast<std::uint16_t>(x);
      events.push_back(e);
      x += random.below(8) == 0 ? random.below(30) : 1;  // not always ascending
    }
  }
  return events;
}

}  // namespace

TEST_CASE("what is read from a recording is what was written to it", "[data]") {
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    const Events small = random_events(3000, 240, 300, seed),
                 large = random_events(20000, 2048, 100'000'000, seed);
    CHECK(decode(written(EventFormat::nmnist, small), {.format = EventFormat::nmnist}).events == small);
    for (const Events& events : {small, large, Events{}})
      for (const EventFormat format : {EventFormat::aedat3, EventFormat::evt3}) {
        const EventRecording all = read_all(EventReader(written(format, events)));
        CHECK(all.format == format);
        CHECK(all.events == events);
        CHECK(all.report == EventReport{.given = events.size()});
      }
  }
}

TEST_CASE("the sensor is written where the format has a place for it", "[data]") {
  const auto sensor = [](EventFormat format, Sensor of) {
    return EventReader(written(format, {}, of)).sensor();
  };
  CHECK(sensor(EventFormat::evt3, {1280, 720}) == Sensor{1280, 720});
  CHECK(sensor(EventFormat::evt3, {1280, 0}) == Sensor{});
  CHECK(sensor(EventFormat::aedat3, {128, 128}) == Sensor{128, 128});
  CHECK(sensor(EventFormat::aedat3, {346, 260}) == Sensor{346, 260});
  CHECK(sensor(EventFormat::aedat3, {34, 34}) == Sensor{});
}

TEST_CASE("N-MNIST events are written bit by bit as the data set has them", "[data]") {
  CHECK(written(EventFormat::nmnist, {{0x7fffff, 255, 254, 1}, {1, 33, 2, 0}}) ==
        Bytes{255, 254, 255, 255, 255, 33, 2, 0, 0, 1});
}

TEST_CASE("EVT 3.0: three events within 12 pixels are a vector, which goes on while there are some",
          "[data]") {
  Events row;
  for (const std::uint16_t x : std::initializer_list<std::uint16_t>{100, 101, 111, 112, 135, 136, 200, 211})
    row.push_back({0x1002, x, 5, 1});
  row.push_back({0x1002, 210, 5, 1});
  const Bytes all = written(EventFormat::evt3, row, {}, 1);  // one by one
  CHECK(all == join(text("% evt 3.0\n% end\n"),
                    words<std::uint16_t>({0x8001, 0x6002, 0x0005, 0x2864, 0x2865, 0x286f, 0x2870, 0x2887,
                                          0x2888, 0x28c8, 0x28d3, 0x28d2})));
  std::ostringstream stream;
  EventWriter writer(stream, EventFormat::evt3);
  writer.write(row);
  writer.finish();
  const std::string at_once = stream.str();
  CHECK(Bytes(at_once.begin(), at_once.end()) ==
        join(text("% evt 3.0\n% end\n"), words<std::uint16_t>({0x8001, 0x6002, 0x0005, 0x3864, 0x4803, 0x4001,
                                                               0x4800, 0x4001, 0x28c8, 0x28d3, 0x28d2})));
}

TEST_CASE("EVT 3.0: the time runs over often enough, and is repeated", "[data]") {
  Events events;
  for (std::int64_t t :
       {std::int64_t{0}, std::int64_t{1} << 23, (std::int64_t{1} << 24) - 1, std::int64_t{1} << 24,
        (std::int64_t{1} << 24) + 4096, std::int64_t{5} << 24, (std::int64_t{1} << 40) - 1})
    events.push_back({t, 1, 2, 0});
  CHECK(decode(written(EventFormat::evt3, events), {}, 100, 0, "events").events == events);
  const Events still(10000, Event{5, 1, 2, 0});
  CHECK(written(EventFormat::evt3, still).size() == 16 + 2 * (10000 + 1 + 3 * 2));
}

TEST_CASE("what a format cannot hold is refused by number, and nothing of it is written", "[data]") {
  const Events good = {{5, 1, 1, 0}};
  CHECK(contains(refusal(EventFormat::nmnist, {good[0], {6, 256, 0, 0}}),
                 "event 1 is at (256, 0), the format holds coordinates up to 255"));
  CHECK(contains(refusal(EventFormat::nmnist, {{1 << 23, 0, 0, 0}}), "from 0 to 8388607"));
  CHECK(contains(refusal(EventFormat::nmnist, {good[0], {6, 7, 240, 0}}),
                 "event 1 is at (7, 240), where the format's clock overflows stand"));
  CHECK(contains(refusal(EventFormat::aedat3, {{0, 0, 32768, 0}}), "up to 32767"));
  CHECK(contains(refusal(EventFormat::aedat3, {{std::int64_t{1} << 62, 0, 0, 0}}), "times from 0 to"));
  CHECK(contains(refusal(EventFormat::evt3, {{0, 2048, 0, 0}}), "up to 2047"));
  CHECK(contains(refusal(EventFormat::evt3, {{std::int64_t{1} << 40, 0, 0, 0}}), "times from 0 to"));
  CHECK(contains(refusal(EventFormat::evt3, {{4096, 0, 0, 0}, {4095, 0, 0, 0}}),
                 "event 1 is at 4095 µs, after one at 4096 µs: EVT 3.0 cannot go back so far"));
  for (const EventFormat format : writable) {
    CHECK(contains(refusal(format, {{-1, 0, 0, 0}}), "is at -1 µs"));
    CHECK(contains(refusal(format, {{0, 0, 0, 2}}), "polarity 2, must be 0 or 1"));
    std::ostringstream stream;
    EventWriter writer(stream, format);
    writer.write(good);
    CHECK(contains(error_of<std::invalid_argument>([&] {
                     writer.write(Events{{6, 2, 2, 1}, {7, 65535, 2, 1}});
                   }),
                   "event 2 is at (65535, 2)"));
    writer.finish();
    const std::string all = stream.str();
    CHECK(decode({all.begin(), all.end()}, {.format = format}).events == good);
    CHECK(writer.written() == 1);
    CHECK(contains(error_of<std::invalid_argument>([&] { writer.write(good); }), "after finish()"));
  }
  CHECK(contains(refusal(EventFormat::dat, {}), "DAT is not written here"));
}

TEST_CASE("time that goes backward is kept where the format can say it", "[data]") {
  const Events back = {{4500, 1, 1, 0}, {4096, 1, 1, 0}, {8191, 1, 1, 0}};
  for (const EventFormat format : writable)
    CHECK(decode(written(format, back), {.format = format}).events == back);
  const Events far = {{std::int64_t{7} << 31, 1, 1, 0}, {0, 1, 1, 0}};
  CHECK(decode(written(EventFormat::aedat3, far)).events == far);
}

TEST_CASE("a file has its name when it is whole, and errors of files and streams are named", "[data]") {
  const TemporaryFolder folder;
  const Events events = random_events(1000, 34, 300, 9);
  write_events(folder / "a.bin", EventFormat::nmnist, events);
  CHECK(read_events(folder / "a.bin").events == events);
  {
    EventWriter writer(folder / "b.bin", EventFormat::nmnist);
    writer.write(events);
  }
  CHECK(folder.files() == 1);
  CHECK(contains(error_of([&] { write_events(folder / "no/c.bin", EventFormat::nmnist, events); }),
                 "no/c.bin"));
  std::ostringstream broken;
  broken.setstate(std::ios::badbit);
  CHECK(contains(error_of([&] { EventWriter(broken, EventFormat::evt3, {}, "pipe"); }),
                 "pipe: cannot be written"));
}

TEST_CASE("real recordings are the same after a round trip", "[data]") {
  const std::string data = shared_folder() + "/data/";
  std::vector<std::string> names = {"events/evt2.raw", "events/evt3.raw", "events/ncars.dat",
                                    "events/jaer.aedat2", "dvsgesture/5.bs3"};
  for (int k = 1; k <= 10; ++k) names.push_back("dvsgesture/" + std::to_string(k) + ".bs2");
  for (const std::string folder : {"nmnist/Train/0", "nmnist/Test/7"})
    if (std::filesystem::exists(data + folder))
      for (const auto& file : std::filesystem::directory_iterator(data + folder))
        if (names.push_back(folder + "/" + file.path().filename().string()); names.size() % 10 == 0) break;
  for (const std::string& name : names) {
    if (!std::filesystem::exists(data + name)) {
      std::puts(("skipped: no " + data + name).c_str());
      continue;
    }
    const EventRecording recording = read_events(data + name);
    INFO(name);
    CHECK(recording.report.given > 0);
    for (const EventFormat format : writable) {
      std::ostringstream stream;
      EventWriter writer(stream, format);
      try {
        writer.write(recording.events);
      } catch (const std::invalid_argument&) {
        CHECK(format == EventFormat::nmnist);  // sensors and recordings too large for it
        continue;
      }
      writer.finish();
      const std::string all = stream.str();
      const Bytes bytes(all.begin(), all.end());
      CHECK((read_all(EventReader(bytes, {.format = format})).events == recording.events));
    }
  }
}
