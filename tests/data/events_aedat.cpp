#include "catch.hpp"
#include "support/events.hpp"

using namespace neohebb;
using namespace support;

namespace {

const std::string aedat2 = "#!AER-DAT2.0\r\n# This is a raw AE data file - do not edit\r\n";
const std::string aedat3 = "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n";

Bytes packet(int type, std::int64_t size, std::int64_t overflow, std::int64_t number, const Bytes& data,
             int source = 1) {
  return join(little(type, 2), little(source, 2), little(size, 4), little(4, 4), little(overflow, 4),
              little(number + 3, 4), little(number, 4), little(number, 4), data);
}
Bytes polarity(const Event& e, bool valid = true) {
  return join(little(valid | e.polarity << 1 | e.y << 2 | std::int64_t{e.x} << 17, 4), little(e.t, 4));
}

}  // namespace

TEST_CASE("AEDAT 2.0 of a DVS128: bit 0 is OFF, special events are skipped", "[data]") {
  const Bytes data = join(big(127 << 8 | 3 << 1 | 1, 4), big(7, 4), big(0x8000 | 2, 4), big(8, 4),
                          big(0 << 8 | 127 << 1, 4), big(9, 4));
  const Events events = {{7, 3, 127, 0}, {9, 127, 0, 1}};
  CHECK(decode(join(text(aedat2), data)).events == events);
  const Bytes named = join(text(aedat2 + "# AEChip: ch.unizh.ini.jaer.chip.retina.DVS128\r\n"), data);
  CHECK(decode(named).events == events);
  CHECK(EventReader(named).sensor() == Sensor{128, 128});
  CHECK(EventReader(named).format() == EventFormat::aedat2);
  CHECK(cut_off_everywhere(named) == 5);  // between lines of the header, too
}

TEST_CASE("AEDAT 2.0 of a DAVIS: frames and special events are skipped", "[data]") {
  const auto address = [](std::int64_t x, std::int64_t y, std::int64_t on, std::int64_t rest = 0) {
    return big(y << 22 | x << 12 | on << 11 | rest, 4);
  };
  const Bytes data = join(address(1023, 511, 1), big(1, 4), address(5, 6, 1, 0x80000000), big(2, 4),
                          address(5, 6, 1, 0x400), big(3, 4), address(0, 1, 0), big(4, 4));
  const Events events = {{1, 1023, 511, 1}, {4, 0, 1, 0}};
  CHECK(decode(join(text(aedat2), data)).events == events);  // told by the addresses
  const Bytes named = join(text(aedat2 + "# AEChip: eu.seebetter.ini.chips.davis.Davis346red\r\n"),
                           address(5, 0, 0), big(1, 4));
  CHECK(decode(named).events == Events{{1, 5, 0, 0}});
  CHECK(EventReader(named).sensor() == Sensor{346, 260});
}

TEST_CASE("AEDAT 2.0 of a DVS128 has a second mark of special events, which does not make it a DAVIS",
          "[data]") {
  const Bytes data =
      join(big(0x80000000 | 5 << 8 | 2, 4), big(6, 4), big(127 << 8 | 3 << 1 | 1, 4), big(7, 4));
  for (const char* camera : {"", "# AEChip: ch.unizh.ini.jaer.chip.retina.DVS128\r\n"})
    CHECK(decode(join(text(aedat2 + camera), data)).events == Events{{7, 3, 127, 0}});
}

TEST_CASE("a stereo pair of jAER is refused: its cameras would be mixed with special events", "[data]") {
  const std::string chip = "# AEChip: ch.unizh.ini.jaer.chip.stereopsis.DVS128StereoPair\r\n";
  CHECK(contains(decode(join(text(aedat2 + chip), big(5, 4), big(6, 4))).error, "a stereo pair"));
}

TEST_CASE("AEDAT 1.0: addresses of 16 bits as a DVS128 has them, times of 32", "[data]") {
  const auto pair = [](std::int64_t address, std::int64_t t) { return join(big(address, 2), big(t, 4)); };
  Bytes data = join(pair(127 << 8 | 3 << 1 | 1, 7), pair(0x8000 | 2, 8), pair(0 << 8 | 127 << 1, 9));
  Events events = {{7, 3, 127, 0}, {9, 127, 0, 1}};
  const Bytes named = join(text("#!AER-DAT1.0\r\n# AEChip: ch.unizh.ini.jaer.chip.retina.DVS128\r\n"), data);
  const Outcome outcome = decode(named);
  CHECK(outcome.error == "");
  CHECK(outcome.events == events);
  CHECK(EventReader(named).format() == EventFormat::aedat1);
  CHECK(EventReader(named).sensor() == Sensor{128, 128});
  CHECK(cut_off_everywhere(named) == 4);
  CHECK(decode(data, {.format = EventFormat::aedat1}).events == events);
  // No version stands for 1.0, with lines or without, unless the times say 2.0.
  const std::string lines = "# This is a raw AE data file - do not edit\r\n# Tmpdiff128\r\n";
  for (const char* name : {"x.dat", "x.AEDAT"}) {
    CHECK(decode(join(text(lines), data), {}, name).events == events);
    CHECK(decode(data, {}, name).events == events);
  }
  CHECK(decode(join(text(lines), data), {.format = EventFormat::aedat1}).events == events);
  CHECK(decode({}, {}, "x.aedat").error == "");
  Bytes second, wild;
  for (std::int64_t k = 0; k < 9; ++k) {
    second = join(second, big(k << 8 | 2, 4), big(70 + k, 4));
    wild = join(wild, big(k * 0x35a79b2c19f3 >> 4, 6));
  }
  CHECK(decode(join(text(lines), second), {}, "x.aedat").events[8] == Event{78, 1, 8, 1});
  CHECK(contains(decode(wild, {}, "x.aedat").error, "EventOptions::format: aedat1 or aedat2"));
}

TEST_CASE("AEDAT 1.0 times go on when 32 bits run over", "[data]") {
  const Bytes data = join(big(2, 2), big(0xfffffff0, 4), big(2, 2), big(3, 4), big(2, 2), big(0xfffffffe, 4));
  const std::int64_t over = std::int64_t{1} << 32;
  CHECK(decode(data, {.format = EventFormat::aedat1}).events ==
        Events{{over - 16, 1, 0, 1}, {over + 3, 1, 0, 1}, {over - 2, 1, 0, 1}});
}

TEST_CASE("AEDAT 2.0 data that begins like a line of the header is data", "[data]") {
  const Bytes data = join(big('#' << 24 | 7 << 12, 4), big('\n', 4));
  CHECK(decode(join(text(aedat2), data)).events == Events{{'\n', 7, '#' << 2, 0}});
}

TEST_CASE("AEDAT 2.0 times go on when 32 bits run over, and a small step back stays small", "[data]") {
  Bytes data;
  for (const std::int64_t t :
       {std::int64_t{0xfffffff0}, std::int64_t{3}, std::int64_t{0xfffffffe}, std::int64_t{9}})
    data = join(data, big(2, 4), big(t, 4));
  const Outcome outcome = decode(join(text(aedat2), data));
  const std::int64_t over = std::int64_t{1} << 32;
  CHECK(outcome.events ==
        Events{{over - 16, 1, 0, 1}, {over + 3, 1, 0, 1}, {over - 2, 1, 0, 1}, {over + 9, 1, 0, 1}});
  CHECK(outcome.report.backward == 1);
}

TEST_CASE("AEDAT 3.1: polarity packets give events, others are skipped by what they hold", "[data]") {
  const Events events = {{(std::int64_t{2} << 31) + 5, 0x7fff, 1, 1},
                         {(std::int64_t{2} << 31) + 6, 3, 0x7fff, 0},
                         {(std::int64_t{3} << 31) + 0x7fffffff, 127, 126, 1}};
  const auto low = [&](int k) {
    return Event{events[std::size_t(k)].t & 0x7fffffff, events[std::size_t(k)].x, events[std::size_t(k)].y,
                 events[std::size_t(k)].polarity};
  };
  const Bytes whole =
      join(text(aedat3), packet(0, 8, 0, 2, Bytes(16, 0xff)), packet(1, 8, 2, 0, {}),
           packet(1, 8, 2, 3, join(polarity(low(0)), polarity({9, 9, 9, 1}, false), polarity(low(1)))),
           packet(2, 36, 0, 1, Bytes(36, '#')), packet(1, 8, 3, 1, polarity(low(2))), packet(9, 0, 0, 7, {}));
  const Outcome outcome = decode(whole);
  CHECK(outcome.error == "");
  CHECK(outcome.events == events);
  CHECK(outcome.report == EventReport{.given = 3, .outside = 2});
  CHECK(EventReader(whole).format() == EventFormat::aedat3);
  CHECK(EventReader(whole).sensor() == Sensor{128, 128});
  CHECK(cut_off_everywhere(whole) == 6);  // between packets
  CHECK(contains(decode(Bytes(whole.begin(), whole.end() - 30)).error, "the file ends within"));
}

TEST_CASE("AEDAT 3.1 sources are streams: one is chosen, or each is given for itself, and none are mixed",
          "[data]") {
  const std::string two =
      "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#Source 4: DAVIS240C\r\n"
      "#-Source 0: DAVIS640\r\n#!END-HEADER\r\n";
  const Events left = {{5, 1, 2, 1}, {9, 127, 3, 0}, {20, 4, 4, 1}},
               right = {{3, 200, 100, 0}, {11, 239, 179, 1}};
  const Bytes bytes =
      join(text(two), packet(1, 8, 0, 2, join(polarity(left[0]), polarity(left[1]))),
           packet(0, 8, 0, 1, Bytes(8), 4),
           packet(1, 8, 0, 3, join(polarity({1, 1, 1, 1}, false), polarity(right[0]), polarity(right[1])), 4),
           packet(1, 8, 0, 1, polarity(left[2])));
  CHECK(by_stream(bytes) == std::map<std::int32_t, Events>{{1, left}, {4, right}});
  CHECK(EventReader(bytes).streams() ==
        std::vector<EventStream>{{1, "DVS128", {128, 128}, {}}, {4, "DAVIS240C", {240, 180}, {}}});
  for (const auto& [stream, sensor] : {std::pair{1, Sensor{128, 128}}, {4, Sensor{240, 180}}}) {
    const EventRecording one = read_all(EventReader(bytes, {.stream = stream}));
    CHECK(one.sensor == sensor);
    CHECK(one.report == EventReport{.given = stream == 1 ? 3u : 2u});
  }
  const Outcome mixed = decode(bytes);
  CHECK(mixed.events == Events{left[0], left[1]});
  CHECK(contains(mixed.error, "byte " + std::to_string(two.size() + 28 + 16 + 36 + 28 + 8) +
                                  ": several streams of events would be mixed: 1 (DVS128, 128 x 128), 4 "
                                  "(DAVIS240C, 240 x 180); choose one (EventOptions::stream)"));
  CHECK(contains(decode(bytes, {.stream = 0}).error,
                 "no events are of stream 0, which EventOptions::stream chooses; the file names 1 (DVS128"));
  CHECK(
      contains(error_of<std::invalid_argument>([&] { read_all(EventReader(bytes, {.every_stream = true})); }),
               "read_all: events of stream 4 follow those of 1"));
  // A second source without valid events, or one that the header does not name, changes nothing.
  const Bytes one = join(text(aedat3), packet(1, 8, 0, 1, polarity({1, 1, 1, 1}, false), 7),
                         packet(1, 8, 0, 1, polarity(left[0]), 0), packet(1, 8, 0, 0, {}, 2));
  CHECK(decode(one).events == Events{left[0]});
  CHECK(read_all(EventReader(one)).sensor == Sensor{128, 128});
  CHECK(by_stream(one) == std::map<std::int32_t, Events>{{0, {left[0]}}});
}

TEST_CASE("absurd AEDAT 3.1 packets are refused at their first byte, after the events before", "[data]") {
  const Bytes good = join(text(aedat3), packet(1, 8, 0, 1, polarity({4, 1, 2, 1})));
  const auto error = [&](const Bytes& bad) {
    const Outcome outcome = decode(join(good, bad));
    CHECK(outcome.events == Events{{4, 1, 2, 1}});
    CHECK(contains(outcome.error, "byte " + std::to_string(good.size())));
    return outcome.error;
  };
  CHECK(contains(error(packet(1, 8, 0, -1, {})), "has an event count of -1"));
  CHECK(contains(error(packet(1, 16, 0, 1, {})), "events of 8 bytes, not of 16"));
  CHECK(contains(error(packet(5, -8, 0, 1, {})), "events of size -8"));
  CHECK(contains(error(packet(1, 8, -1, 1, {})), "an overflow count of -1"));
  CHECK(contains(error(packet(-1, 8, 0, 1, {})), "a packet of type -1 is none"));
  for (const int type : {1, 7}) {  // gigabytes that are not there
    const Outcome outcome = decode(join(good, packet(type, 8, 0, 0x7fffffff, {})));
    CHECK(outcome.events.size() == 1);
    CHECK(contains(outcome.error, "byte " + std::to_string(good.size() + 28) + ": the file ends within"));
  }
}

TEST_CASE("AEDAT headers without an end, of other versions and packed ones are refused", "[data]") {
  CHECK(
      contains(decode(text("#!AER-DAT3.1\r\n#Format: RAW\r\nx")).error, "byte 28: the header does not end"));
  CHECK(contains(decode(text("#!AER-DAT3.1\r\n#Format: RAW")).error, "ends within its header"));
  CHECK(contains(decode(text("#!AER-DAT2.0")).error, "ends within its header"));
  CHECK(contains(decode(text("#!AER-DAT3.0\r\n")).error, "AEDAT 3.0 is not read here"));
  CHECK(contains(decode(text("#!AER-DAT3.1\r\n#Format: Serial-TS\r\n#!END-HEADER\r\n")).error,
                 "'format: serial-ts' is not read here"));
  CHECK(contains(decode(text("#!AER-DAT2.0\r\n#" + std::string(2000000, ' ') + "\n")).error, "is absurd"));
}

TEST_CASE("random damage of AEDAT gives events and perhaps an error, never anything else", "[data]") {
  const Bytes two = join(text(aedat2), big(0x12345678, 4), big(7, 4), big(0x02345678, 4), big(9, 4));
  const Bytes three =
      join(text(aedat3), packet(1, 8, 0, 2, join(polarity({1, 2, 3, 1}), polarity({2, 3, 4, 0}))),
           packet(2, 4, 0, 1, Bytes(4)));
  for (const Bytes& whole : {two, three})
    for (std::uint32_t k = 0; k < 500; ++k) {
      const Outcome outcome = decode(damaged(whole, k), {.outside = static_cast<Irregular>(k % 3)});
      CHECK((outcome.error.empty() || contains(outcome.error, "events, byte ")));
    }
}
