#include <neohebb/data/events/lz4.hpp>
#include <neohebb/data/events/writer.hpp>

#include "catch.hpp"
#include "support/aedat4.hpp"

using namespace neohebb;
using namespace support;

namespace {

Bytes pack(const Bytes& plain) {
  Bytes packed(LZ4F_compressFrameBound(plain.size(), nullptr));
  packed.resize(LZ4F_compressFrame(packed.data(), packed.size(), plain.data(), plain.size(), nullptr));
  return packed;
}

}  // namespace

TEST_CASE("LZ4 frames are unpacked up to a limit, and damaged ones refused", "[data]") {
  Bytes plain;
  for (std::uint32_t k = 0; k < 300000; ++k) plain.push_back(static_cast<unsigned char>(k * k >> 7));
  const Bytes packed = pack(plain);
  Bytes unpacked;
  CHECK(unpack_lz4(packed, plain.size(), unpacked) == "");
  CHECK(unpacked == plain);
  CHECK(contains(unpack_lz4(packed, plain.size() - 1, unpacked), "more than 299999 bytes"));
  CHECK(
      contains(unpack_lz4(std::span(packed).first(packed.size() - 1), plain.size(), unpacked), "is cut off"));
  CHECK(contains(unpack_lz4(join(packed, Bytes{1}), plain.size(), unpacked), "bytes follow the LZ4 frame"));
  CHECK(contains(unpack_lz4(Bytes{1, 2, 3, 4, 5, 6, 7, 8}, 100, unpacked), "LZ4: "));
  CHECK(contains(unpack_lz4({}, 100, unpacked), "is cut off"));
  CHECK(contains(unpack_lz4(pack(Bytes(50'000'000)), 1000, unpacked), "more than 1000 bytes"));
  CHECK(unpacked.capacity() < 10'000'000);
}

TEST_CASE("LZ4 packets of AEDAT 4, cut off at every byte, and packets that unpack to more than is allowed",
          "[data]") {
  const Events events = {{1, 2, 3, 1}, {2, 3, 4, 0}};
  const Bytes packets = join(packet(0, pack(flat(events))), packet(0, pack(flat(events))));
  const std::size_t begin = header(1, 0, "").size();
  const Bytes before = join(header(1, std::int64_t(begin + packets.size()), ""), packets);
  EventOptions options{.largest_packet = 5000, .lz4 = unpack_lz4};
  CHECK(cut_off_everywhere(join(before, pack(contents({{0, 2}, {0, 2}}))), options) == 0);
  CHECK(contains(
      decode(join(before, pack(contents({{0, 2}, {0, 1}}))), options).error,
      "byte " + std::to_string(before.size()) + ": the table of contents lists 3 events in 2 packets"));
  CHECK(contains(decode(join(before, Bytes(30, 7)), options).error,
                 "the table of contents cannot be unpacked"));
  CHECK(contains(decode(join(before, pack(Bytes(1'000'000))), options).error, "the table of contents"));

  const Bytes bomb = pack(Bytes(1'000'000));
  const Outcome outcome =
      decode(join(header(1, -1, ""), packet(0, pack(flat(events))), packet(0, bomb)), options);
  CHECK(outcome.events == events);
  CHECK(contains(outcome.error, "cannot be unpacked: more than 5000 bytes"));
}

TEST_CASE("the AEDAT 4 sample of a DAVIS346 has its events", "[data]") {
  const std::string path = shared_folder() + "/data/events/davis.aedat4";
  if (!std::filesystem::exists(path)) {
    std::puts(("skipped: no " + path).c_str());
    return;
  }
  const EventRecording all =
      read_events(path, {.outside = Irregular::refuse, .backward = Irregular::refuse, .lz4 = unpack_lz4});
  CHECK(all.format == EventFormat::aedat4);
  CHECK(all.sensor == Sensor{346, 260});
  CHECK(all.report == EventReport{.given = 117667});  // as its table of contents counts

  Events events = all.events;  // its times count from 1970, for which EVT 3.0 has no room
  for (Event& e : events) e.t -= all.events[0].t;
  for (const EventFormat format : {EventFormat::aedat3, EventFormat::evt3}) {
    std::stringstream file;
    EventWriter writer(file, format, all.sensor);
    writer.write(events);
    writer.finish();
    const EventRecording again = read_all(EventReader(file));
    CHECK((again.events == events));
    CHECK(again.sensor == all.sensor);
  }
}

TEST_CASE("the AEDAT 4 sample of two cameras has the events of each", "[data]") {
  const std::string path = shared_folder() + "/faults/two_cameras.aedat4";
  if (!std::filesystem::exists(path)) {
    std::puts(("skipped: no " + path).c_str());
    return;
  }
  EventOptions options{.outside = Irregular::refuse, .backward = Irregular::refuse, .lz4 = unpack_lz4};
  const auto both = by_stream(neohebb::read_file(path), options);
  REQUIRE(both.size() == 2);
  CHECK(both.at(0).size() == 4000);
  CHECK(both.at(1).size() == 2000);
  CHECK(contains(error_of([&] { read_events(path, options); }),
                 "would be mixed: 0 (LEFT, 346 x 260), 1 (RIGHT, 640 x 480); choose one"));
  options.stream = 1;
  CHECK(read_events(path, options).sensor == Sensor{640, 480});
}

TEST_CASE("a damaged LZ4 recording gives events and perhaps an error", "[data]") {
  const std::string path = shared_folder() + "/data/events/davis.aedat4";
  if (!std::filesystem::exists(path)) return;
  Bytes start = neohebb::read_file(path);
  start.resize(20000);
  for (std::uint32_t k = 0; k < 300; ++k) {
    const Outcome outcome = decode(damaged(start, k), {.lz4 = unpack_lz4}, 100, 997, "events");
    CHECK(contains(outcome.error, "events"));  // it is cut off in any case
  }
}
