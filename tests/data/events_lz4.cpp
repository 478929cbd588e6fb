#include <neohebb/data/events/lz4.hpp>

#include "catch.hpp"
#include "support/events.hpp"

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
