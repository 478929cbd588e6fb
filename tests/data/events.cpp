#include "support/events.hpp"

#include "catch.hpp"

using namespace neohebb;
using namespace support;

namespace {

const EventOptions as_nmnist{.format = EventFormat::nmnist};
Bytes nmnist(const Events& events) {
  Bytes all;
  for (const Event& e : events)
    all = join(all, Bytes{static_cast<unsigned char>(e.x), static_cast<unsigned char>(e.y)},
               big(e.polarity << 23 | e.t, 3));
  return all;
}

}  // namespace

TEST_CASE("N-MNIST's 40 bits are x, y, polarity and time", "[data]") {
  const Events events = {{0, 0, 0, 0}, {1, 33, 2, 1}, {0x7fffff, 255, 254, 1}, {0x7fffff, 1, 255, 0}};
  const Bytes bytes = {0, 0, 0, 0, 0, 33, 2, 0x80, 0, 1, 255, 254, 255, 255, 255, 1, 255, 127, 255, 255};
  CHECK(nmnist(events) == bytes);
  for (const char* name : {"a.bin", "b.BS2"}) {
    const Outcome outcome = decode(bytes, {}, name);
    CHECK(outcome.events == events);
    CHECK(outcome.error == "");
    CHECK(outcome.report == EventReport{.given = 4});
  }
  CHECK(cut_off_everywhere(bytes, as_nmnist) == 4);
  CHECK(decode({bytes.begin(), bytes.end() - 1}, as_nmnist).error ==
        "neohebb: events, byte 19: the file ends within a record of 5 bytes");
}

TEST_CASE("N-MNIST's records at y = 240 are no events: the clock ran over by 8192 us", "[data]") {
  const Bytes bytes = nmnist({{100, 3, 4, 1},
                              {8190, 5, 6, 0},
                              {0, 0, 240, 0},
                              {10, 7, 8, 1},
                              {20, 9, 9, 1},
                              {8191, 255, 240, 1},
                              {0, 255, 240, 0},
                              {0, 1, 239, 0}});
  const Outcome outcome = decode(bytes, as_nmnist);
  CHECK(outcome.events ==
        Events{{100, 3, 4, 1}, {8190, 5, 6, 0}, {8202, 7, 8, 1}, {8212, 9, 9, 1}, {3 * 8192, 1, 239, 0}});
  CHECK(outcome.report == EventReport{.given = 5});
  CHECK(cut_off_everywhere(bytes, as_nmnist) == 8);
}

TEST_CASE("the 56-bit form has 12 bits for x and y, 8 for polarity and 24 for time", "[data]") {
  const Bytes bytes = {0x12, 0x34, 0x56, 1, 0x78, 0x9a, 0xbc, 0xff, 0xf0, 0x00, 0, 0, 0, 7};
  CHECK(decode(bytes, {}, "x.bs3").events == Events{{0x789abc, 0x123, 0x456, 1}, {7, 0xfff, 0, 0}});
  CHECK(cut_off_everywhere(bytes, {.format = EventFormat::bs3}) == 2);
}

TEST_CASE("DAT has a text, a type and a size before its pairs", "[data]") {
  const Bytes pairs = words<std::uint32_t>({5, 3u << 14 | 2 | 1u << 28, 9, 0x3fffu << 14 | 0x3fff, 4, 0});
  const Events events = {{5, 2, 3, 1}, {9, 0x3fff, 0x3fff, 0}, {4, 0, 0, 0}};
  const std::string header = "% Data file containing CD events.\n% Version 2\n% Height 240\n% Width 304\n";
  for (const char type : {'\0', '\x0c'}) {
    const Bytes whole = join(text(header), Bytes{static_cast<unsigned char>(type), 8}, pairs);
    const Outcome outcome = decode(whole);
    CHECK(outcome.error == "");
    CHECK(outcome.events == events);
    CHECK(outcome.report == EventReport{.given = 3, .outside = 1, .backward = 1});
    const EventReader reader(whole);
    CHECK(reader.format() == EventFormat::dat);
    CHECK(reader.sensor() == Sensor{304, 240});
  }
  CHECK(decode(pairs, {}, "x.dat").events == events);
  CHECK(decode(join(Bytes{0, 8}, pairs), {}, "x.dat").events == events);  // told by the times
  CHECK(cut_off_everywhere(join(text(header), Bytes{0, 8}, pairs)) == 3);
  CHECK(contains(decode(join(text(header), Bytes{14, 8}, pairs)).error, "events of type 14 and 8 bytes"));
  CHECK(contains(decode(text("% Data file containing CD events\n% Version 3\n")).error, "DAT version 3"));
}

TEST_CASE("DAT that states no version, or version 1, has the pixels of before version 2", "[data]") {
  const auto old = [](std::uint32_t x, std::uint32_t y, std::uint32_t on) { return x | y << 9 | on << 17; };
  const Bytes pairs =
      words<std::uint32_t>({1000, old(100, 50, 1), 1001, old(511, 255, 0), 1002, old(0, 1, 1)});
  const Events events = {{1000, 100, 50, 1}, {1001, 511, 255, 0}, {1002, 0, 1, 1}};
  const std::string header = "% Data file containing CD events.\n% Height 240\n% Width 304\n";
  for (const char* version : {"", "% Version 1\n", "% Version 0\n"}) {
    const Bytes whole = join(text(header + version), Bytes{0, 8}, pairs);
    CHECK(decode(whole).events == events);
    CHECK(EventReader(whole).format() == EventFormat::dat1);
    CHECK(EventReader(whole).sensor() == Sensor{304, 240});
    CHECK(cut_off_everywhere(whole) == 3);
  }
  CHECK(decode(join(text("% Height 240\n"), Bytes{12, 8}, pairs), {}, "x.dat").events == events);
  CHECK(decode(pairs, {}, "x.dat").events == events);  // told by the bits that are not there
  CHECK(decode(pairs, {.format = EventFormat::dat1}).events == events);
  CHECK(decode(pairs, {.format = EventFormat::dat}).events[0] == Event{1000, 9316, 9, 0});
}

TEST_CASE("a .dat without a header is Prophesee's or jAER's as its times say, or is to be named", "[data]") {
  Bytes dat, jaer;
  for (std::uint32_t k = 0; k < 100; ++k) {
    dat = join(dat,
               words<std::uint32_t>({50000 + 7 * k, (k * 31 % 304) | (k * 17 % 240) << 14 | (k & 1) << 28}));
    jaer = join(jaer, big(k * 37 % 128 << 8 | k * 11 % 128 << 1 | 1, 2), big(50000 + 7 * k, 4));
  }
  const auto format = [](const Bytes& bytes) { return EventReader(bytes, {}, "x.dat").format(); };
  CHECK(format(dat) == EventFormat::dat);
  CHECK(format(jaer) == EventFormat::aedat1);
  CHECK(decode(dat, {}, "x.dat").events[1] == Event{50007, 31, 17, 1});
  CHECK(decode(join(Bytes{12, 8}, dat), {}, "x.dat").events[1] == Event{50007, 31, 17, 1});
  CHECK(decode(jaer, {}, "x.dat").events[1] == Event{50007, 11, 37, 0});
  CHECK(decode({}, {}, "x.dat").error == "");
  for (const Bytes& vague : {Bytes(48), words<std::uint32_t>({5, 6}), damaged(Bytes(400), 7)}) {
    CHECK(contains(decode(vague, {}, "x.dat").error, "x.dat, byte 0: this has no header"));
    CHECK(contains(decode(vague, {}, "x.dat").error, "EventOptions::format: dat, dat1 or aedat1"));
  }
}

TEST_CASE("a DAT time that runs over goes on, and small steps back are steps back", "[data]") {
  const Outcome outcome =
      decode(words<std::uint32_t>({0xfffffff0, 0, 4, 0, 3, 0}), {.format = EventFormat::dat});
  CHECK(outcome.events == Events{{0xfffffff0, 0, 0, 0},
                                 {(std::int64_t{1} << 32) + 4, 0, 0, 0},
                                 {(std::int64_t{1} << 32) + 3, 0, 0, 0}});
  CHECK(outcome.report.backward == 1);
}

TEST_CASE("EVT 2.0: TIME_HIGH and six bits of the event make its time", "[data]") {
  const auto high = [](std::uint32_t t) { return 8u << 28 | t; };
  const auto event = [](std::uint32_t on, std::uint32_t low, std::uint32_t x, std::uint32_t y) {
    return on << 28 | low << 22 | x << 11 | y;
  };
  const Bytes data =
      words<std::uint32_t>({event(1, 3, 4, 5), 10u << 28 | 123, high(2), event(1, 63, 2047, 2046),
                            event(0, 0, 1, 2), 10u << 28 | 0xfffffff, 14u << 28 | 5, 15u << 28 | 5,
                            high(0xfffffff), event(1, 1, 0, 0), high(1), event(0, 2, 7, 8)});
  const Events events = {{191, 2047, 2046, 1},
                         {128, 1, 2, 0},
                         {(std::int64_t{0xfffffff} << 6) + 1, 0, 0, 1},
                         {(std::int64_t{1} << 34) + 66, 7, 8, 0}};
  for (const char* header : {"% evt 2.0\n% geometry 640x480\n", "% Date 2020\r\n% evt 2.0\r\n",
                             "% format EVT2;height=480;width=640\n% end\n", "% evt 2.0\n% end\n"}) {
    const Outcome outcome = decode(join(text(header), data));
    CHECK(outcome.error == "");
    CHECK(outcome.events == events);
    CHECK(outcome.report.backward == 1);
  }
  CHECK(decode(data, {.format = EventFormat::evt2}).events == events);
  CHECK(cut_off_everywhere(data, {.format = EventFormat::evt2}) == 12);
}

TEST_CASE("EVT 3.0: words change the state, vectors give an event for each bit", "[data]") {
  const Bytes data = words<std::uint16_t>(
      {0x8001, 0x6002, 0x0005,          // time 0x1002, y 5
       0x2803, 0x2004,                  // x 3 ON, x 4 OFF
       0x3864, 0x4801, 0x4000, 0x5081,  // base 100 ON: bits 0 and 11, none, bits 0 and 7
       0x1fff, 0x7fff, 0xafff, 0xefff, 0xffff, 0x9abc, 0x6001, 0x2006,  // a smaller TIME_LOW is no overflow
       0x8fff, 0x6fff, 0x2007, 0x8000, 0x6000, 0x2008});
  const Events events = {{0x1002, 3, 5, 1},   {0x1002, 4, 5, 0},   {0x1002, 100, 5, 1},
                         {0x1002, 111, 5, 1}, {0x1002, 124, 5, 1}, {0x1002, 131, 5, 1},
                         {0x1001, 6, 5, 0},   {0xffffff, 7, 5, 0}, {0x1000000, 8, 5, 0}};
  const Outcome outcome = decode(join(text("% evt 3.0\n% geometry 1280x720\n"), data));
  CHECK(outcome.error == "");
  CHECK(outcome.events == events);
  CHECK(outcome.report == EventReport{.given = 9, .backward = 1});
  CHECK(cut_off_everywhere(data, {.format = EventFormat::evt3}) == 23);
  CHECK(EventReader(join(text("% Format EVT3;height=720;width=1280\n"), data)).sensor() == Sensor{1280, 720});
}

TEST_CASE("EVT 3.0 that begins within a recording gives no event before its time, row and vector are known",
          "[data]") {
  const auto events = [](std::initializer_list<std::uint16_t> list) {
    return decode(words<std::uint16_t>(list), {.format = EventFormat::evt3}).events;
  };
  CHECK(events({0x4003, 0x200a, 0x6064, 0x0032, 0x280b, 0x280c, 0x8623, 0x6200, 0x003c, 0x2814, 0x2015}) ==
        Events{{6435328, 20, 60, 1}, {6435328, 21, 60, 0}});
  CHECK(events({0x8001, 0x6002, 0x2003, 0x3004, 0x4001}) == Events{});                           // no row
  CHECK(events({0x0005, 0x6002, 0x2003, 0x3004, 0x4001}) == Events{});                           // no time
  CHECK(events({0x8001, 0x6002, 0x0005, 0x4001, 0x50ff, 0x2003}) == Events{{0x1002, 3, 5, 0}});  // no vector
  CHECK(events({0x6002, 0x8001, 0x0005, 0x2003}) ==
        Events{{0x1000, 3, 5, 0}});  // the low part of another time
}

TEST_CASE("EVT 3.0: a TIME_HIGH that changes begins with a low part of 0, one that is repeated keeps it",
          "[data]") {
  const Bytes data = words<std::uint16_t>(
      {0x8000, 0x6001, 0x0000, 0x2000, 0x300a, 0x4001, 0x4000, 0x80ff, 0x2001, 0x6005, 0x80ff, 0x2002});
  const Outcome outcome = decode(data, {.format = EventFormat::evt3});
  CHECK(outcome.events == Events{{1, 0, 0, 0}, {1, 10, 0, 0}, {1044480, 1, 0, 0}, {1044485, 2, 0, 0}});
  CHECK(outcome.report.backward == 0);
}

TEST_CASE("EVT 3.0 of two cameras, master and slave, is not mixed", "[data]") {
  const Bytes data = words<std::uint16_t>({0x8001, 0x6002, 0x0805, 0x2803, 0x3864, 0x4003, 0x0006, 0x2004,
                                           0x6001, 0x0807, 0x2005, 0x0008, 0x6003, 0x0809, 0x2007});
  const Events slave = {{0x1002, 3, 5, 1},
                        {0x1002, 100, 5, 1},
                        {0x1002, 101, 5, 1},
                        {0x1001, 5, 7, 0},
                        {0x1003, 7, 9, 0}},
               master = {{0x1002, 4, 6, 0}};
  const auto chosen = [&](std::int32_t stream) {
    return decode(data, {.format = EventFormat::evt3, .stream = stream});
  };
  CHECK(chosen(0).events == master);
  CHECK(chosen(1).events == slave);
  CHECK(contains(chosen(2).error, "EVT 3.0 has 0 (master) and 1 (slave)"));
  const Outcome mixed = decode(data, {.format = EventFormat::evt3});
  CHECK(mixed.events == Events{slave[0], slave[1], slave[2]});
  CHECK(mixed.error ==
        "neohebb: events, byte 12: several streams of events would be mixed: 1, 0; choose one "
        "(EventOptions::stream), or take each for itself (EventOptions::every_stream)");
  CHECK(by_stream(data, {.format = EventFormat::evt3}) ==
        std::map<std::int32_t, Events>{{0, master}, {1, slave}});
  const Bytes one = words<std::uint16_t>({0x8001, 0x0805, 0x2803});  // a slave alone
  CHECK(decode(one, {.format = EventFormat::evt3}).events == Events{{0x1000, 3, 5, 1}});
  CHECK(contains(decode(one, {.format = EventFormat::evt3, .stream = 0}).error, "no events are of stream 0"));
}

TEST_CASE("what is irregular is counted, dropped or refused", "[data]") {
  const Events events = {{10, 1, 1, 0}, {20, 9, 1, 0}, {30, 1, 9, 1}, {25, 1, 2, 1}, {26, 3, 3, 1}};
  EventOptions options = as_nmnist;
  options.sensor = {4, 5};
  CHECK(decode(nmnist(events), options).report == EventReport{.given = 5, .outside = 2, .backward = 1});

  options.outside = Irregular::drop;
  CHECK(decode(nmnist(events), options).events == Events{events[0], events[3], events[4]});
  CHECK(decode(nmnist(events), options).report == EventReport{.given = 3, .outside = 2, .dropped = 2});

  options.outside = Irregular::refuse;
  CHECK(decode(nmnist(events), options).error ==
        "neohebb: events, byte 5: an event at (9, 1) outside the sensor, 4 x 5");
  CHECK(decode(nmnist(events), options).events == Events{events[0]});

  options.outside = Irregular::keep;
  options.backward = Irregular::drop;
  CHECK(decode(nmnist(events), options).events == Events{events[0], events[1], events[2]});
  CHECK(decode(nmnist(events), options).report ==
        EventReport{.given = 3, .outside = 2, .backward = 2, .dropped = 2});

  options.backward = Irregular::refuse;
  CHECK(decode(nmnist(events), options).error ==
        "neohebb: events, byte 15: an event at 25 µs follows one at 30 µs");
  CHECK(decode(nmnist(events), options).events.size() == 3);

  options.outside = Irregular::drop;  // before the refused one comes nothing but what is dropped
  CHECK(contains(decode(nmnist({{10, 9, 1, 0}, {8, 1, 1, 0}, {7, 9, 9, 0}, {7, 1, 1, 0}}), options).error,
                 "byte 15: an event at 7 µs follows one at 8 µs"));
}

TEST_CASE("a vector of EVT 3.0 is refused from the event that is outside on", "[data]") {
  EventOptions options{.format = EventFormat::evt3, .sensor = {8, 8}, .outside = Irregular::refuse};
  const Outcome outcome = decode(words<std::uint16_t>({0x8000, 0x0001, 0x3004, 0x40ff}), options);
  CHECK(outcome.events == Events{{0, 4, 1, 0}, {0, 5, 1, 0}, {0, 6, 1, 0}, {0, 7, 1, 0}});
  CHECK(contains(outcome.error, "an event at (8, 1) outside the sensor, 8 x 8"));
}

TEST_CASE("a file that ends within an event may just end", "[data]") {
  EventOptions options = as_nmnist;
  options.refuse_cut_off = false;
  const Outcome outcome = decode({1, 2, 3, 4, 5, 6, 7}, options);
  CHECK(outcome.error == "");
  CHECK(outcome.report == EventReport{.given = 1, .cut_off = true});
}

TEST_CASE("the format is told by the beginning, then by the options, then by the extension", "[data]") {
  const Bytes data = words<std::uint16_t>({0x8000, 0x2001});
  const auto format = [](const Bytes& bytes, const EventOptions& options, const char* name) {
    return EventReader(bytes, options, name).format();
  };
  CHECK(format(join(text("% evt 3.0\n"), data), as_nmnist, "x.bin") == EventFormat::evt3);
  CHECK(format(data, {.format = EventFormat::bs3}, "x.bin") == EventFormat::bs3);
  CHECK(format(data, {}, "folder.x/y.bs3") == EventFormat::bs3);
  CHECK(contains(decode(data, {}, "x.raw").error, "the extension '.raw' says which format"));
  CHECK(contains(decode(text("% evt 4.1\n")).error, "'4.1' is not read here"));
  CHECK(contains(decode(text("% format HISTO3D;height=1\n")).error, "'histo3d' is not read here"));
  CHECK(contains(decode(text("% evt 3.0\n% endianness big\n")).error, "EVT 3.0 of endianness 'big'"));
  CHECK(contains(decode(text("% format EVT2;endianness=legacy\n")).error, "EVT 2.0 of endianness 'legacy'"));
  CHECK(format(text("% evt 3.0\n% format EVT2;endianness=little\n"), {}, "x.raw") == EventFormat::evt2);
  CHECK(contains(decode(text("% evt 3.0\n"), {.stream = 3}).error, "EventOptions::stream is 3"));
  CHECK(contains(decode(data, {.format = EventFormat::bs3, .stream = 0}).error,
                 "56-bit events holds one stream"));
  for (const char* size : {"0x5", "-4x5", "99999999999x5", "5", "5x", "5x4z"})
    CHECK(
        contains(decode(text("% geometry " + std::string(size) + "\n% evt 2.0\n")).error, "states a sensor"));
  // A camera of 128 pixels may write these by chance.
  CHECK(decode({'%', ' ', 0x80, 0, '\n', '%', '\n', 0, 0, 1}, {}, "x.bs2").events ==
        Events{{10, '%', ' ', 1}, {1, '%', '\n', 0}});
}

TEST_CASE("files, streams and memory give the same, and what cannot be opened is named", "[data]") {
  const TemporaryFolder folder;
  Events events;
  for (int k = 0; k < 1000; ++k) events.push_back({k, static_cast<std::uint16_t>(k % 34), 5, 1});
  put_file(folder / "x.bin", nmnist(events));
  const EventRecording all = read_events(folder / "x.bin", {.sensor = {34, 34}, .read_size = 33});
  CHECK(all.events == events);
  CHECK(all.sensor == Sensor{34, 34});
  CHECK(all.report == EventReport{.given = 1000});
  CHECK(contains(error_of([&] { read_events(folder / "missing.bin"); }), "missing.bin: cannot be read"));
  CHECK(contains(error_of([&] { read_events(folder / ""); }), "is a folder"));
  EventReader reader(folder / "x.bin");
  CHECK(contains(error_of<std::invalid_argument>([&] { reader.read({}); }), "must be at least 1"));
  CHECK(contains(error_of<std::invalid_argument>([&] { EventReader(folder / "x.bin", {.read_size = 0}); }),
                 "read_size is 0"));
}

TEST_CASE("random damage gives events and perhaps an error, never anything else", "[data]") {
  const Bytes evt2 = join(text("% evt 2.0\n% geometry 64x48\n"),
                          words<std::uint32_t>({0x80000001, 0x10001001, 0x00001001, 0x80000002, 0x10003003}));
  const Bytes evt3 = join(text("% evt 3.0\n% Width 64\n% Height 48\n"),
                          words<std::uint16_t>({0x8001, 0x6002, 0x0005, 0x2803, 0x3005, 0x4fff, 0x50ff}));
  const Bytes dat = join(text("% Data file containing\n"), Bytes{12, 8}, words<std::uint32_t>({1, 2, 3, 4}));
  for (const Bytes& whole : {evt2, evt3, dat})
    for (std::uint32_t k = 0; k < 500; ++k) {
      EventOptions options;
      options.outside = static_cast<Irregular>(k % 3);
      options.backward = static_cast<Irregular>(k / 3 % 3);
      const Outcome outcome = decode(damaged(whole, k), options);
      CHECK((outcome.error.empty() || contains(outcome.error, "events, byte ")));
    }
}
