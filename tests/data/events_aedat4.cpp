#include <ctime>

#include "catch.hpp"
#include "support/aedat4.hpp"

using namespace neohebb;
using namespace support;

namespace {

const std::string xml =
    R"(<dv version="2.0"><node name="outInfo" path="/"><node name="0" path="/0/">
<attr key="compression" type="string">NONE</attr><attr key="typeIdentifier" type="string">EVTS</attr>
<node name="info" path="/0/info/"><attr key="sizeX" type="int">346</attr><attr key="sizeY" type="int">260</attr>
</node></node><node name="1" path="/1/"><attr key="typeIdentifier" type="string">FRME</attr>
<node name="info" path="/1/info/"><attr key="sizeX" type="int">7</attr></node></node></node></dv>)";
const Events some = {{1600000000000000, 345, 259, 1}, {1600000000000001, 0, 0, 0}},
             more = {{1600000000000002, 3, 4, 1}};

}  // namespace

TEST_CASE("AEDAT 4: packets of events give events, others are skipped", "[data]") {
  const Bytes packets =
      join(packet(0, flat(some, Bytes(5, 'x'))), packet(1, flat("FRME", 1, structs(some))),
           packet(3, flat("IMUS", 0, Bytes(64))), packet(0, flat({})), packet(0, flat(more)));
  Events all = some;
  all.insert(all.end(), more.begin(), more.end());
  const Bytes open_ended = join(header(0, -1, xml), packets),
              whole = join(header_of(packets.size(), xml), packets,
                           contents({{0, 2}, {1, 1}, {3, 0}, {0, 0}, {0, 1}}));
  for (const Bytes& bytes : {open_ended, whole}) {
    const Outcome outcome = decode(bytes);
    CHECK(outcome.error == "");
    CHECK(outcome.events == all);
    CHECK(outcome.report == EventReport{.given = 3});
    CHECK(EventReader(bytes).format() == EventFormat::aedat4);
    CHECK(EventReader(bytes).sensor() == Sensor{346, 260});
  }
  CHECK(cut_off_everywhere(open_ended) == 5);  // between packets
  CHECK(contains(decode(join(header_of(packets.size() + 9, xml), packets)).error,
                 "the file ends within a packet"));
}

TEST_CASE("AEDAT 4's table of contents must count as the packets do, unless the file's end does not matter",
          "[data]") {
  const Bytes packets = join(packet(0, flat(some)), packet(1, flat("FRME", 1, structs(some))),
                             packet(5, flat(more)), packet(0, flat(more)));
  const Bytes before = join(header_of(packets.size(), xml), packets);
  const std::vector<Listed> right = {{0, 2}, {1, 1}, {5, 1}, {0, 1}};
  Events all = some;
  for (int k = 0; k < 2; ++k) all.insert(all.end(), more.begin(), more.end());
  const auto outcome = [&](const Bytes& table, bool refuse) {
    Outcome got = decode(join(before, table), {.every_stream = true, .refuse_cut_off = refuse});
    CHECK(got.events == all);
    return got;
  };
  CHECK(outcome(contents(right), true).report == EventReport{.given = 4});
  CHECK(outcome(contents({{0, 3}, {1, 7}, {9, 9}, {5, 1}, {0, 0}}), true).error ==
        "");  // only events are counted
  const std::string at = "neohebb: events, byte " + std::to_string(before.size()) + ": ";
  const std::vector<std::pair<Bytes, std::string>> wrong = {
      {contents({{0, 2}, {1, 1}, {5, 1}, {0, 2}}),
       "the table of contents lists 4 events in 2 packets of stream 0, there are 3 in 2"},
      {contents({{0, 2}, {0, 1}}), "lists 0 events in 0 packets of stream 5, there are 1 in 1"},
      {contents({{0, 2}, {0, 1}, {5, -1}}), "the table of contents is damaged"},
      {join(little(40, 4), little(4, 4), text("FTAB"), Bytes(40, 255)), "the table of contents is damaged"},
      {flat(some), "the table of contents is damaged"},
      {Bytes(100000), "is longer than 4 packets need"},
      {Bytes(), "the file ends within its table of contents"}};
  for (const auto& [table, reason] : wrong) {
    CHECK(contains(outcome(table, true).error, reason));
    CHECK((table.size() == 100000 || outcome(table, true).error.starts_with(at)));
    CHECK(outcome(table, false).error == "");
    CHECK(outcome(table, false).report == EventReport{.given = 4, .miscounted = true});
  }
  CHECK(cut_off_everywhere(join(before, contents(right)), {.every_stream = true}) == 0);
}

TEST_CASE("what AEDAT 4's table of contents does not state is not compared", "[data]") {
  const Bytes packets = join(packet(0, flat(some)), packet(0, flat(more)));
  const auto error = [&](const std::vector<Listed>& list) {
    return decode(join(header_of(packets.size(), xml), packets, contents(list))).error;
  };
  constexpr auto nothing = std::nullopt;
  CHECK(error({{0, nothing}, {0, nothing}}) == "");
  CHECK(error({{0, 2}, {0, nothing}}) == "");
  CHECK(error({{nothing, 2}, {nothing, 1}}) == "");
  CHECK(error({{0, 2}, {nothing, nothing}}) == "");
  CHECK(contains(error({{0, 4}, {0, nothing}}), "lists 4 events in 2 packets of stream 0, there are 3 in 2"));
  CHECK(contains(error({{0, nothing}}), "lists 0 events in 1 packets of stream 0, there are 3 in 2"));
  CHECK(contains(error({{0, 1}, {0, 1}, {0, 1}}), "3 packets of stream 0"));
  const Bytes no_list = join(little(24, 4), little(14, 4), text("FTAB"), little(4, 2), little(4, 2),
                             little(0, 2), little(4, 4), Bytes(6));
  CHECK(decode(join(header_of(packets.size(), xml), packets, no_list)).error == "");
}

TEST_CASE("AEDAT 4 of two cameras: one is chosen, or each is given for itself, and none are mixed",
          "[data]") {
  const auto stream = [](int n, const std::string& kind, const std::string& about) {
    return "<node name=\"" + std::to_string(n) + "\"><attr key=\"typeIdentifier\">" + kind + "</attr>" +
           about + "</node>";
  };
  const auto camera = [&](int n, const std::string& name, int width, int height) {
    return stream(n, "EVTS",
                  "<node name=\"info\"><attr key=\"sizeX\">" + std::to_string(width) +
                      "</attr><attr key=\"sizeY\">" + std::to_string(height) +
                      "</attr><attr key=\"source\">" + name + "</attr></node>");
  };
  const std::string two = camera(0, "LEFT", 346, 260) + stream(1, "FRME", "") + camera(2, "RIGHT", 640, 480);
  const Events left = {{10, 345, 259, 1}, {20, 0, 0, 0}, {30, 346, 0, 1}},
               right = {{5, 639, 479, 1}, {4, 640, 0, 0}};
  const Bytes first = packet(0, flat({left[0], left[1]}));
  const Bytes packets = join(packet(2, flat({})), first, packet(1, flat("FRME", 1, structs(some))),
                             packet(2, flat(right)), packet(0, flat({left[2]})));
  const Bytes bytes =
      join(header_of(packets.size(), two), packets, contents({{2, 0}, {0, 2}, {1, 1}, {2, 2}, {0, 1}}));
  const std::string both = "0 (LEFT, 346 x 260), 2 (RIGHT, 640 x 480)";
  CHECK(by_stream(bytes) == std::map<std::int32_t, Events>{{0, left}, {2, right}});

  EventReader each(bytes, {.every_stream = true});
  Events buffer(100);
  while (each.read(buffer) > 0) {
  }
  CHECK(each.streams() ==
        std::vector<EventStream>{{0, "LEFT", {346, 260}, {.given = 3, .outside = 1}},
                                 {2, "RIGHT", {640, 480}, {.given = 2, .outside = 1, .backward = 1}}});
  CHECK(each.report() == EventReport{.given = 5, .outside = 2, .backward = 1});

  const EventRecording one = read_all(EventReader(bytes, {.stream = 2}));
  CHECK(one.events == right);
  CHECK(one.sensor == Sensor{640, 480});
  CHECK(EventReader(bytes, {.stream = 2}).sensor() == Sensor{640, 480});

  const Outcome mixed = decode(bytes);
  CHECK(mixed.events == Events{left[0], left[1]});
  CHECK(contains(mixed.error, "several streams of events would be mixed: " + both +
                                  "; choose one (EventOptions::stream), or take each for itself "
                                  "(EventOptions::every_stream)"));
  CHECK(
      contains(decode(bytes, {.stream = 1}).error, "EventOptions::stream is 1, which holds FRME, no events"));
  CHECK(contains(decode(bytes, {.stream = 7}).error,
                 "EventOptions::stream is 7, the recording's streams of events are " + both));

  // Two cameras, of which one saw something: it is read, with its own size.
  const EventRecording alone =
      read_all(EventReader(join(header(0, -1, two), packet(0, flat({})), packet(2, flat(right)))));
  CHECK(alone.events == right);
  CHECK(alone.sensor == Sensor{640, 480});
  CHECK(alone.report == EventReport{.given = 2, .outside = 1, .backward = 1});
  // Two streams of one camera are told apart by the modules that made them.
  const std::string by = "DAVIS</attr><attr key=\"originalModuleName\">";
  const std::string alike = camera(0, by + "capture", 8, 8) + camera(1, by + "filter", 8, 8);
  CHECK(contains(decode(header(0, -1, alike), {.stream = 7}).error,
                 "0 (DAVIS by capture, 8 x 8), 1 (DAVIS by filter, 8 x 8)"));
  // Streams that no text describes.
  const Bytes bare = join(header(0, -1, ""), packet(5, flat(some)), packet(8, flat(more)));
  CHECK(contains(decode(bare).error, "would be mixed: 5, 8; choose one"));
  CHECK(decode(bare, {.stream = 8}).events == more);
  CHECK(contains(decode(bare, {.stream = 9}).error,
                 "no events are of stream 9, which EventOptions::stream chooses"));
}

TEST_CASE("a recording of more streams than there are cameras is refused", "[data]") {
  Bytes bytes = header(0, -1, "");
  for (int k = 0; k < 65; ++k) bytes = join(bytes, packet(k, flat(more)));
  EventReader reader(bytes, {.every_stream = true});
  Events buffer(10);
  CHECK(contains(error_of([&] {
                   while (reader.read(buffer) > 0) {
                   }
                 }),
                 "more than 64 streams of events"));
}

TEST_CASE("AEDAT 4 coordinates below 0 are outside every sensor", "[data]") {
  const Bytes bytes = join(header(0, -1, ""), packet(0, flat({{5, 0xffff, 1, 1}})));
  CHECK(decode(bytes).report == EventReport{.given = 1, .outside = 1});
  CHECK(contains(decode(bytes, {.outside = Irregular::refuse}).error,
                 "byte " + std::to_string(bytes.size() - 16) + ": an event at (65535, 1) outside"));
}

TEST_CASE("damaged AEDAT 4 packets are refused at their first byte, after the events before", "[data]") {
  const Bytes good = join(header(0, -1, xml), packet(0, flat(some)));
  EventOptions options;
  options.largest_packet = 1000;
  const auto error = [&](const Bytes& bad) {
    const Outcome outcome = decode(join(good, bad), options);
    CHECK(outcome.events == some);
    CHECK(contains(outcome.error, "events, byte " + std::to_string(good.size()) + ": "));
    return outcome.error;
  };
  CHECK(contains(error(join(little(0, 4), little(-1, 4))), "a packet of -1 bytes of stream 0 is absurd"));
  CHECK(contains(error(packet(0, Bytes(11))), "too short for a FlatBuffer"));
  CHECK(contains(error(packet(0, flat("EVTS", 2, structs(more)))), "a damaged FlatBuffer"));
  CHECK(contains(error(packet(0, flat("EVTS", 0xffffffff, structs(more)))), "a damaged FlatBuffer"));
  CHECK(contains(error(packet(0, flat(Events(100)))), "more than EventOptions::largest_packet"));
  for (const std::size_t at : {0u, 4u, 12u, 16u, 20u, 24u, 28u})  // sizes and offsets that point anywhere
    for (const std::int64_t value :
         {std::int64_t{0xffffffff}, std::int64_t{0x7fffffff}, std::int64_t{1000}}) {
      Bytes bad = flat(more);
      std::copy_n(little(value, 4).begin(), 4, bad.begin() + static_cast<std::ptrdiff_t>(at));
      const Outcome outcome = decode(join(good, packet(0, bad)), options);
      CHECK((at == 12 || contains(outcome.error, "a damaged FlatBuffer")));
    }
  // Gigabytes that are not there: of pictures, and of events.
  CHECK(contains(decode(join(good, little(1, 4), little(0x7fffffff, 4))).error, "the file ends within"));
  CHECK(
      contains(decode(join(good, little(0, 4), little(0x7fffffff, 4), flat(some))).error, "largest_packet"));
  CHECK(
      contains(decode(join(header_of(20, xml), packet(0, flat(some)))).error, "into the table of contents"));
}

TEST_CASE("damaged AEDAT 4 headers are refused", "[data]") {
  CHECK(contains(decode(header(5, -1, xml)).error, "byte 14: compression 5 is unknown"));
  CHECK(contains(decode(header(1, -1, xml)).error, "include <neohebb/data/events/lz4.hpp>"));
  CHECK(contains(decode(header(4, -1, xml)).error, "include <neohebb/data/events/zstd.hpp>"));
  CHECK(contains(decode(header(0, 5, xml)).error, "the table of contents stands at byte 5"));
  CHECK(contains(decode(join(text("#!AER-DAT4.0\r\n"), little(0xffffffff, 4))).error, "is absurd"));
  CHECK(contains(decode(join(text("#!AER-DAT4.0\r\n"), little(40, 4), Bytes(40, 255))).error,
                 "damaged FlatBuffer"));
}

TEST_CASE("a header of AEDAT 4 made to take long is read at once, a larger one refused", "[data]") {
  const auto repeated = [](const std::string& tag) {
    std::string all;
    while (all.size() < 1'000'000) all += tag;
    return all;
  };
  const auto ticks = [](const std::string& headers) {
    const Bytes bytes = header(0, -1, headers);
    const auto begin = std::clock();
    decode(bytes);
    return std::clock() - begin;
  };
  // Tags that never end: each would be searched for to the end of the header, which takes thousands of times as long.
  std::string hostile = repeated("<attr key=\"<node name=\"1");
  CHECK(ticks(hostile) < 50 * ticks(repeated("<attr key=\"x\">1</attr>")));
  hostile += hostile;
  CHECK(contains(decode(header(0, -1, hostile)).error, "is absurd"));
}

TEST_CASE("random damage of AEDAT 4 gives events and perhaps an error, never anything else", "[data]") {
  const Bytes packets = join(packet(0, flat(some)), packet(1, flat("FRME", 1, structs(more))));
  const Bytes whole = join(header_of(packets.size(), "<node name=\"0\"><attr key=\"sizeX\">4</attr>"),
                           packets, contents({{0, 2}, {1, 1}}));
  for (std::uint32_t k = 0; k < 2000; ++k) {
    const Outcome outcome = decode(damaged(whole, k), {.outside = static_cast<Irregular>(k % 3)});
    CHECK((outcome.error.empty() || contains(outcome.error, "events, byte ")));
  }
}
